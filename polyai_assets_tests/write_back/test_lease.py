"""What publishers leave on disk: those that were killed long ago leave nothing."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from polyai_assets.write_back.lease import Leases

NOW = datetime.now(UTC)


def test_locks_of_publishers_that_were_killed_long_ago_are_removed(tmp_path: Path):
    leases = Leases(tmp_path)
    with leases.held() as me:
        for name, age in (("lately", 1), ("long ago", 25)):
            (tmp_path / f"{name}.lock").touch()
            at = (NOW - timedelta(hours=age)).timestamp()
            os.utime(tmp_path / f"{name}.lock", (at, at))
        leases.tidy(NOW)
        assert {path.stem for path in tmp_path.iterdir()} == {me, "lately"}
        assert leases.is_gone("lately", NOW + timedelta(hours=1), NOW)


def test_where_nobody_has_published_there_is_nothing_to_tidy(tmp_path: Path):
    Leases(tmp_path / "publishers").tidy(NOW)
    assert list(tmp_path.iterdir()) == []
