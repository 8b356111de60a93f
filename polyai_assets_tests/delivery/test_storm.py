"""A target after a storm equals what is published."""

from pathlib import Path

import pytest

from polyai_assets_tests.delivery.storm import storm
from polyai_assets_tests.postgres import PostgresServer


@pytest.mark.slow
def test_deliverers_that_are_killed_or_meet_each_other_leave_a_target_that_equals_what_is_published(
    new_database: PostgresServer, tmp_path: Path
) -> None:
    storm(tmp_path, new_database, days=6, projects=1, kills=1, seed=7)
