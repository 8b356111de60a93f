"""What holds for lakes, where a transaction is of one table: versions of rows, what commits say, conflicts."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from polyai_assets.delivery.targets import lake as lake_module
from polyai_assets.delivery.targets.lake import LakeTarget
from polyai_assets.delivery.targets.target import DeliveryConflict, TargetUnreachable
from polyai_assets_tests.delivery.published import DAY, HOTEL, NOW, Published, errors, opened
from polyai_assets_tests.delivery.vendors import DeltaVendor, IcebergVendor, LakeVendor
from polyai_assets_tests.looking import looking
from polyai_assets_tests.tiers import LONG

pytestmark = [pytest.mark.slow, LONG]  # files of a lake

PAGE = Path(__file__).parents[2] / "docs" / "targets.md"
LAKES = {"iceberg": IcebergVendor, "delta": DeltaVendor}


@pytest.fixture(params=LAKES)
def lake(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LakeVendor:
    return LAKES[request.param](tmp_path, monkeypatch)


@pytest.fixture
def published(tmp_path: Path) -> Published:
    published = Published(tmp_path / "published")
    published.put(conversations=[{"conversation_id": "CA1"}], turns=[{"conversation_id": "CA1"}])
    return published


def certified(lake: LakeVendor, table: str = "conversations") -> list[tuple[str, ...]]:
    """Ask what the page recommends."""
    (query,) = re.findall(r"```text\n(SELECT conversations\.\*.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    query = query.replace("conversations", table)
    with looking() as connection:
        for name in (table, "polyai_delivery_log"):
            connection.register(name, lake.arrow(name))
        found = connection.execute(f"SELECT conversation_id FROM ({query.strip().rstrip(';')})").fetchall()
        for name in (table, "polyai_delivery_log"):
            connection.unregister(name)
    return found


def test_half_a_delivery_is_in_no_query_that_joins_the_log(
    lake: LakeVendor, published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    published.deliver(lake.kind, lake.connection)
    assert certified(lake) == [("CA1",)]
    published.put(2, conversations=[{"conversation_id": "CA2"}])
    with monkeypatch.context() as broken:
        lake.fail_at("turns", broken)
        published.deliver(lake.kind, lake.connection)
    assert lake.rows("conversations", "conversation_id", "_version") == [("CA2", 2)]
    assert certified(lake) == certified(lake, "turns") == []
    assert lake.rows("polyai_delivery_log", "version", "differing") == [(1, "conversations,turns")]
    assert errors(published.deliver(lake.kind, lake.connection)) == []
    assert certified(lake) == [("CA2",)]
    assert lake.rows("polyai_delivery_log", "version", "differing") == [(2, "")]
    assert lake.commit("conversations")["polyai.versions"] == "2026-03-01=2"
    assert lake.commit("conversations")["polyai.project"] == HOTEL.key


def test_a_log_that_another_process_has_written_meanwhile_is_a_conflict(
    lake: LakeVendor, published: Published
) -> None:
    published.deliver(lake.kind, lake.connection)
    with opened(lake.kind, lake.connection) as target:
        assert isinstance(target, LakeTarget)
        before = target.read_log()
        log = target.open("polyai_delivery_log")
        published.put(2)
        published.deliver(lake.kind, lake.connection)
        with pytest.raises(DeliveryConflict):
            target.replace_log(before, before)
        with pytest.raises(DeliveryConflict):
            target.overwrite(log, lake.arrow("polyai_delivery_log").to_reader(), HOTEL.key, [DAY], {})


def test_a_slow_deliverer_never_writes_an_older_version_over_a_newer_one(
    lake: LakeVendor, published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have read that the log has nothing. The other one empties the day; it has not come to its log yet."""
    overwrite, check = lake.made.overwrite, lake_module.check_newest
    said: list[str] = []

    def overtaken(target: LakeTarget, opened: object, *given: object) -> None:
        if lake.is_of(opened, "turns"):
            monkeypatch.setattr(lake.made, "overwrite", overwrite)
            published.put(2)
            with monkeypatch.context() as broken:
                lake.fail_at("polyai_delivery_log", broken)
                assert errors(published.deliver(lake.kind, lake.connection, history=True))
        overwrite(target, opened, *given)

    def finish_when_seen(*given: object) -> None:
        try:
            check(*given)
        except DeliveryConflict as conflict:
            said.append(str(conflict))
            assert lake.rows("turns", "conversation_id") == []
            assert errors(published.deliver(lake.kind, lake.connection, history=True)) == []
            raise

    monkeypatch.setattr(lake.made, "overwrite", overtaken)
    monkeypatch.setattr(lake_module, "check_newest", finish_when_seen)
    (day,) = published.deliver(lake.kind, lake.connection)
    assert (day.error, day.is_new) == (None, False)
    assert said == ["another process delivers version 2 of 2026-03-01 at this moment"]
    assert lake.rows("conversations", "conversation_id") == lake.rows("turns", "conversation_id") == []
    assert lake.rows("polyai_delivery_log", "version", "rows_found") == [(2, 0)]
    assert lake.rows("polyai_delivery_history", "version") == [(2,)]


def test_what_was_published_anew_is_delivered_once_the_row_of_the_log_is_deleted(
    lake: LakeVendor, published: Published
) -> None:
    published.put(7, conversations=[{"conversation_id": "CA7"}])
    published.deliver(lake.kind, lake.connection)
    lake.forget("polyai_delivery_log")
    anew = Published(published.place.with_name("anew"), published_at=NOW + timedelta(days=1))
    anew.put(conversations=[{"conversation_id": "CA1"}])
    assert errors(anew.deliver(lake.kind, lake.connection)) == []
    assert lake.rows("conversations", "conversation_id", "_version") == [("CA1", 1)]


def test_a_place_that_does_not_answer_is_unreachable() -> None:
    place = "http://127.0.0.1:9/catalog?warehouse=w&credential=ann:tiger-lions-7"
    with opened("iceberg", place) as target, pytest.raises(TargetUnreachable) as refused:
        target.probe()
    assert "tiger" not in str(refused.value)
