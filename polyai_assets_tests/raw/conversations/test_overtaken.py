"""Two runs that commit the same day at once: the later fetch stays, and nothing of either is lost."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from polyai_assets.raw.conversations.commit import commit_day
from polyai_assets.raw.partition import Partition, RawFile
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Simulator
from polyai_assets_tests.deployment import DAY1, DAY2, HOTEL, NOW
from polyai_assets_tests.raw.conftest import RULES, FetchDays
from polyai_assets_tests.raw.conversations.test_commit import FOLDER, PROJECT, change_one


class Interrupted(RawStore):
    """A raw store on which something else happens just after a file was put there."""

    def __init__(self, root: str, meanwhile: Callable[[], object]) -> None:
        super().__init__(root)
        self._meanwhile: Callable[[], object] | None = meanwhile

    def put_local(self, folder: str, name: str, path: Path) -> RawFile:
        file = super().put_local(folder, name, path)
        meanwhile, self._meanwhile = self._meanwhile, None
        if meanwhile is not None:
            meanwhile()
        return file


def let_one_vanish(polyai: Simulator) -> str:
    first, *_ = polyai.conversations(HOTEL.key, midnight(DAY1), midnight(DAY2))
    polyai.remove(HOTEL.key, first["id"])
    name: str = first["id"]
    return name


def test_a_later_fetch_that_commits_in_between_stays(
    tmp_path: Path, fetch_days: FetchDays, polyai: Simulator
):
    store = RawStore(str(tmp_path / "raw"))
    commit_day(store, fetch_days(DAY1), DAY1, RULES)
    change_one(polyai)
    earlier = fetch_days(DAY1, now=NOW + timedelta(hours=1))
    let_one_vanish(polyai)
    later = fetch_days(DAY1, now=NOW + timedelta(hours=2))
    interrupted = Interrupted(str(tmp_path / "raw"), lambda: commit_day(store, later, DAY1, RULES))
    committed = commit_day(interrupted, earlier, DAY1, RULES)
    assert committed.fetch_id == later.id
    assert store.certificate(Partition(PROJECT, DAY1)) == committed
    assert not [name for name in store.names(FOLDER) if name.startswith(earlier.id)]


def test_an_earlier_fetch_that_commits_in_between_is_built_upon(
    tmp_path: Path, fetch_days: FetchDays, polyai: Simulator
):
    store = RawStore(str(tmp_path / "raw"))
    commit_day(store, fetch_days(DAY1), DAY1, RULES)
    change_one(polyai)
    earlier = fetch_days(DAY1, now=NOW + timedelta(hours=1))
    gone = let_one_vanish(polyai)
    later = fetch_days(DAY1, now=NOW + timedelta(hours=2))
    interrupted = Interrupted(str(tmp_path / "raw"), lambda: commit_day(store, earlier, DAY1, RULES))
    committed = commit_day(interrupted, later, DAY1, RULES)
    assert [version.fetch_id for version in committed.versions][1:] == [earlier.id, later.id]
    assert committed.vanished.keys() == {gone}
    assert set(store.names(FOLDER)) == {
        *(version.file.name for version in committed.versions),
        *(file.name for file in committed.changes),
        "certificate.json",
    }
