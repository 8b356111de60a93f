"""What the collector is kept from."""

import subprocess
import sys

import pytest

PROGRAM = """
import gc
from polyai_assets.machine.collector import sparing_what_is_there

with sparing_what_is_there():
    print(gc.get_freeze_count() > 10_000)
    added = [[number] for number in range(100)]
    with sparing_what_is_there():
        print(any(found is added for found in gc.get_objects()))
    print(gc.get_freeze_count() > 10_000)
print(gc.get_freeze_count())
"""


@pytest.mark.slow
def test_what_is_there_is_spared_as_long_as_it_is_said_and_what_is_added_is_not():
    found = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["True", "True", "True", "0"]
