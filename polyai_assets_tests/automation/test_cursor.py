"""What sensors remember: a cursor of other code stops none of them."""

import dagster as dg
import pytest

from polyai_assets.automation.cursor import read_cursor, write_cursor
from polyai_assets.automation.tick import ProjectMemory


@pytest.mark.parametrize(
    "cursor", [None, "", "{", "7", '{"hotel": {"asked_at": 5}}', "[" * 100_000, "before v2"]
)
def test_a_cursor_that_cannot_be_read_counts_as_none(instance: dg.DagsterInstance, cursor: str | None):
    with dg.build_sensor_context(instance=instance, cursor=cursor) as context:
        assert read_cursor(context, dict[str, ProjectMemory]) is None


def test_a_cursor_is_read(instance: dg.DagsterInstance):
    memory = {"hotel": ProjectMemory(failures=2)}
    with dg.build_sensor_context(instance=instance, cursor=write_cursor(memory)) as context:
        assert read_cursor(context, dict[str, ProjectMemory]) == memory
