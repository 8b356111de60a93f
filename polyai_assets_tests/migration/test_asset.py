"""The asset migration_parity: two versions of the API beside each other, from the calls to the rows."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydantic import SecretStr

from polyai_assets.configuration import ProjectConfig
from polyai_assets.configuration.api_key import ConfiguredKey
from polyai_assets.configuration.compare_with import CompareConfig
from polyai_assets.contract.parity import WHOLE_RECORD
from polyai_assets.migration.days import Comparing, ParityOutcome
from polyai_assets.migration.parity import Parity, ParityVerdict
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Clock, Fault, Simulator
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.conftest import Configure, Deploy
from polyai_assets_tests.contract.records import FULL, payload
from polyai_assets_tests.deployment import (
    BANK,
    DAY1,
    DAY2,
    DAY3,
    HOTEL,
    NOW,
    broken,
    partition,
    partitions_of,
    project_of,
)

PARITY = "migration_parity"
DAYS = (DAY1, DAY2, DAY3)
START = "2025-03-01T10:00:00.250000Z"
NEXT_MORNING = datetime(2025, 3, 2, 9, tzinfo=UTC)
"""23 hours after that."""
V1, V2 = CompareConfig(api_version="v1"), CompareConfig(api_version="v2")


@pytest.fixture(scope="module")
def old_served() -> Iterator[tuple[Simulator, str]]:
    simulator = Simulator([HOTEL], clock=Clock(NOW))
    with simulator.running() as url:
        yield simulator, url


@dataclass(frozen=True)
class Pair:
    """Two PolyAIs, of which one serves v1 and the other v3; on the first day they have only what is put there."""

    old: Simulator
    new: Simulator
    config: ProjectConfig
    comparing: Comparing

    def put(self, name: str, old: dict[str, Any] | None = None, new: dict[str, Any] | None = None) -> None:
        """Serve a conversation in both versions, with what differs in each."""
        for simulator, changes in ((self.old, old), (self.new, new)):
            record = FULL | {"id": name, "started_at": START, **(changes or {})}
            simulator.put(HOTEL.key, payload(record), conversation_id=name, started_at=START)

    def compare(self, *days: date) -> list[ParityOutcome]:
        return list(self.comparing.run(self.config, partitions_of(self.config.project, days or (DAY1,))))

    def found(self, now: datetime = NOW) -> list[Parity]:
        """What is not equal on the first day."""
        (outcome,) = replace(self.comparing, now=lambda: now).run(
            self.config, partitions_of(self.config.project, [DAY1])
        )
        assert outcome.parity is not None, outcome.error
        return [one for one in outcome.parity.rows if one.verdict is not ParityVerdict.EQUAL]


@pytest.fixture
def comparing(tmp_path: Path) -> Comparing:
    return Comparing(
        store=RawStore(str(tmp_path / "raw")),
        warehouse=Warehouse(str(tmp_path / "polyai.duckdb"), wait=30),
        spool=tmp_path / "spool",
        connect=duckdb.connect,
        now=lambda: NOW,
    )


@pytest.fixture
def pair(
    old_served: tuple[Simulator, str], polyai: Simulator, configure: Configure, comparing: Comparing
) -> Pair:
    old, url = old_served
    old.faults.clear()
    old.clock.stop_at(NOW)
    old.requests.clear()
    old.restore(HOTEL.key)
    for simulator in (old, polyai):
        for one in simulator.conversations(HOTEL.key, midnight(DAY1), midnight(DAY2)):
            simulator.remove(HOTEL.key, one["id"])
    config = configure(compare_with=CompareConfig(api_version="v1", base_url=url), max_attempts=1)
    return Pair(old, polyai, config, comparing)


def rows(found: list[Parity]) -> set[tuple[str, ParityVerdict, int, int, str]]:
    return {(one.path, one.verdict, one.count, one.total, one.example_conversation_id) for one in found}


def test_versions_that_differ_in_five_ways_are_told_just_these_five(pair: Pair):
    pair.put("CA-null", old={"handoff_destination": None}, new={"handoff_destination": ""})
    pair.put("CA-time", old={"started_at": "2025-03-01 10:00:00.25"})
    pair.put("CA-differs", new={"channel": "WEBCHAT"})
    for name in ("CA-only-v1", "CA-only-v3", "CA-same"):
        pair.put(name)
    pair.old.remove(HOTEL.key, "CA-only-v3")
    pair.new.remove(HOTEL.key, "CA-only-v1")
    assert rows(pair.found()) == {
        ("handoff_destination", ParityVerdict.NULL_BECAME_EMPTY, 1, 4, "CA-null"),
        ("started_at", ParityVerdict.TIME_FORMAT, 1, 4, "CA-time"),
        ("channel", ParityVerdict.DIFFERS, 1, 4, "CA-differs"),
        (WHOLE_RECORD, ParityVerdict.ONLY_IN_OLD, 1, 6, "CA-only-v1"),
        (WHOLE_RECORD, ParityVerdict.ONLY_IN_NEW, 1, 6, "CA-only-v3"),
    }


def test_the_table_says_what_was_found(pair: Pair, tmp_path: Path):
    pair.put("CA-1", new={"channel": "WEBCHAT"})
    pair.put("CA-2")
    pair.compare()
    with duckdb.connect(str(tmp_path / "polyai.duckdb")) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        (row,) = connection.execute(f"FROM {PARITY} WHERE verdict = 'differs'").fetchall()
        records = connection.execute(f"SELECT verdict, count, total FROM {PARITY} WHERE path = '(record)'")
        assert records.fetchall() == [("equal", 1, 2)]
    example = "text like 'xxxxx-xxx' in v1, text like 'xxxxxxx' in v3"
    assert row == (HOTEL.key, DAY1, "channel", "differs", 1, 2, "CA-1", example, "v1", "v3", NOW)


def test_a_day_that_is_compared_again_is_replaced(pair: Pair, tmp_path: Path):
    pair.put("CA-1", new={"channel": "WEBCHAT"})
    pair.compare()
    pair.put("CA-1")
    pair.compare()
    with duckdb.connect(str(tmp_path / "polyai.duckdb")) as connection:
        assert connection.execute(f"SELECT DISTINCT verdict FROM {PARITY}").fetchall() == [("equal",)]


def test_a_day_without_conversations_is_compared_too(pair: Pair):
    (outcome,) = pair.compare()
    assert outcome.parity is not None
    assert outcome.parity.rows == [Parity(WHOLE_RECORD, ParityVerdict.EQUAL, 0, 0)]


@pytest.mark.parametrize(
    "changes",
    [
        {"in_progress": True},
        {"started_at": "2025-03-01T10:00:00.250000Z", "total_duration": 22 * 3600},  # ended an hour ago
    ],
)
@pytest.mark.parametrize("side", ["old", "new"])
def test_what_is_in_flight_in_either_version_is_counted_and_not_judged(
    pair: Pair, side: str, changes: dict[str, Any]
):
    pair.put("CA-1", **{side: changes | {"channel": "SMS"}})
    pair.put("CA-2")
    assert rows(pair.found(NEXT_MORNING)) == {(WHOLE_RECORD, ParityVerdict.IN_FLIGHT, 1, 1, "CA-1")}


@pytest.mark.parametrize(("hours", "verdict"), [(3, ParityVerdict.ONLY_IN_NEW), (1, ParityVerdict.IN_FLIGHT)])
def test_a_conversation_that_one_version_lacks_is_in_flight_while_it_is_young(
    pair: Pair, hours: int, verdict: ParityVerdict
):
    pair.put("CA-1", new={"total_duration": (23 - hours) * 3600})
    pair.old.remove(HOTEL.key, "CA-1")
    assert rows(pair.found(NEXT_MORNING)) == {(WHOLE_RECORD, verdict, 1, 1 if hours == 3 else 0, "CA-1")}


def test_hostile_ids_and_records_are_told_and_stop_nothing(pair: Pair):
    names = ["../../etc", "' OR 1=1 --", "\x00\x1b[2J", "🦜" * 80, "a|b,[c]"]
    for name in names:
        pair.put(name)
    pair.put("half", old={"id": "CA\ud800", "handoff": False}, new={"id": "CA\ud800"})
    broken_record = b'{"id": "broken", "started_at": "%b", "state": {"x": 1.2.3}}' % START.encode()
    for simulator in (pair.old, pair.new):
        simulator.put(HOTEL.key, broken_record, conversation_id="broken", started_at=START)
        simulator.put(HOTEL.key, b'{"x": 1}', conversation_id="none", started_at=START)
    twice = payload(FULL | {"id": "twice", "started_at": START})
    pair.put("twice")
    pair.old.put(HOTEL.key, twice[:-1] + b', "handoff": true}', conversation_id="twice", started_at=START)
    found = pair.found()
    assert rows(found) == {
        ("handoff", ParityVerdict.DIFFERS, 2, 7, "twice"),
        (WHOLE_RECORD, ParityVerdict.DIFFERS, 1, 9, "broken"),
    }
    (unreadable,) = [one for one in found if one.path == WHOLE_RECORD]
    assert unreadable.example.startswith("cannot be compared: in v1 it is not valid JSON: ")


def test_the_same_conversations_of_both_versions_differ_as_polyai_says(
    comparing: Comparing, configure: Configure
):
    """v1 of the simulator has nulls, five ways to write a time, and fields that may be missing."""
    (outcome,) = comparing.run(configure(compare_with=V1), partitions_of(project_of(HOTEL), [DAY1]))
    assert outcome.parity is not None
    assert outcome.parity.conversations == 3
    assert outcome.parity.to_look_at() == []
    met = {(one.path, one.verdict) for one in outcome.parity.rows}
    assert met >= {
        ("started_at", ParityVerdict.TIME_FORMAT),
        ("handoff_reason", ParityVerdict.NULL_BECAME_EMPTY),
        ("turns[].barge_in", ParityVerdict.ONLY_IN_NEW),
        ("turns[].latency", ParityVerdict.ONLY_IN_NEW),
        ("turns[].metadata", ParityVerdict.ONLY_IN_NEW),
        ("turns[].agent_response", ParityVerdict.EQUAL),
    }


def test_v2_is_compared_with_v3_and_is_the_same_in_everything(comparing: Comparing, configure: Configure):
    (outcome,) = comparing.run(configure(compare_with=V2), partitions_of(project_of(HOTEL), [DAY1]))
    assert outcome.parity is not None
    assert {one.verdict for one in outcome.parity.rows} == {ParityVerdict.EQUAL}
    assert (outcome.parity.versions, outcome.parity.equal) == (("v2", "v3"), 3)


def test_a_project_that_is_still_on_v1_is_compared_the_same_way(comparing: Comparing, configure: Configure):
    config = configure(api_version="v1", compare_with=CompareConfig(api_version="v3"))
    (outcome,) = comparing.run(config, partitions_of(config.project, [DAY1]))
    assert outcome.parity is not None
    assert outcome.parity.versions == ("v1", "v3")
    assert outcome.parity.to_look_at() == []


def test_details_that_a_project_leaves_out_are_no_difference(comparing: Comparing, configure: Configure):
    off = {"include_latency": False, "include_turn_metadata": False, "include_context_state": False}
    (outcome,) = comparing.run(configure(compare_with=V1, **off), partitions_of(project_of(HOTEL), [DAY1]))
    assert outcome.parity is not None
    assert outcome.parity.to_look_at() == []


def test_a_filter_that_v1_does_not_know_is_left_out_of_both_versions(
    comparing: Comparing, configure: Configure, polyai: Simulator
):
    (outcome,) = comparing.run(
        configure(compare_with=V1, channels=("voice",), page_size=3), partitions_of(project_of(HOTEL), [DAY1])
    )
    assert outcome.parity is not None
    assert outcome.parity.to_look_at() == []
    assert not any("channel" in request.query for request in polyai.requests)
    comparing_v2 = list(
        comparing.run(
            configure(compare_with=V2, channels=("voice",)), partitions_of(project_of(HOTEL), [DAY1])
        )
    )
    assert comparing_v2[0].error is None
    asked = [request for request in polyai.requests if "channel" in request.query]
    assert {request.path.split("/")[1] for request in asked} == {"v2", "v3"}


def test_each_version_has_its_own_key(pair: Pair):
    assert pair.config.compare_with is not None
    wrong = CompareConfig(
        api_version="v1",
        key=ConfiguredKey(SecretStr("wrong-key-93"), "environment variable OLD"),
        base_url=pair.config.compare_with.base_url,
    )
    config = pair.config.model_copy(update={"compare_with": wrong, "parallel_windows": 1})
    outcomes = list(pair.comparing.run(config, partitions_of(config.project, DAYS)))
    assert ["environment variable OLD was refused" in str(one.error) for one in outcomes] == [True] * 3
    assert "wrong-key-93" not in str(outcomes[0].error)
    assert len(pair.old.requests) == 1  # what every day would meet is met once


@pytest.mark.parametrize("side", ["old", "new"])
def test_a_day_that_fails_in_one_version_is_red_alone(pair: Pair, side: str):
    getattr(pair, side).faults.add(broken(DAY2))
    outcomes = pair.compare(*DAYS)
    assert [one.error is None for one in outcomes] == [True, False, True]
    assert "418" in str(outcomes[1].error)


def test_a_day_that_fails_keeps_what_was_found_before(pair: Pair, tmp_path: Path):
    pair.put("CA-1", new={"channel": "WEBCHAT"})
    pair.compare()
    pair.new.faults.add(broken(DAY1))
    (outcome,) = pair.compare()
    assert outcome.error is not None
    with duckdb.connect(str(tmp_path / "polyai.duckdb")) as connection:
        kept = connection.execute(f"SELECT path FROM {PARITY} WHERE verdict = 'differs'").fetchall()
    assert kept == [("channel",)]


def test_pages_that_lose_conversations_are_not_believed(pair: Pair):
    for number in range(4):
        pair.put(f"CA-{number}")
    one_window = pair.config.model_copy(update={"parallel_windows": 1})
    # the only page comes without two of them, and the count by offset says so
    pair.new.faults.add(Fault("drop_conversations", {"count": 2}, times=1))
    (outcome,) = pair.comparing.run(one_window, partitions_of(one_window.project, [DAY1]))
    assert "v3 is not to be believed: 2 conversations were fetched, but the API counts another number" in str(
        outcome.error
    )


def test_no_record_is_left_on_disk(pair: Pair):
    pair.put("CA-1")
    pair.compare()
    left = [path for path in pair.comparing.spool.rglob("*") if path.is_file() and path.suffix != ".lock"]
    assert left == [pair.comparing.spool / ".gitignore"]


def test_the_spool_of_a_comparison_is_not_continued_by_the_next(pair: Pair):
    for number in range(6):
        pair.put(f"CA-{number}", old={"handoff": False})
    slow = pair.config.model_copy(update={"page_size": 2, "parallel_windows": 1})
    pair.old.faults.add(Fault("error", {"status": 503}, times=None, after=1))
    (dead,) = pair.comparing.run(slow, partitions_of(slow.project, [DAY1]))
    assert dead.error is not None
    pair.old.faults.clear()
    for number in range(6):
        pair.put(f"CA-{number}")
    (outcome,) = replace(pair.comparing, now=lambda: NOW + timedelta(minutes=5)).run(
        slow, partitions_of(slow.project, [DAY1])
    )
    assert outcome.parity is not None
    assert outcome.parity.to_look_at() == []


def test_dagster_shows_each_days_own_verdict(deploy: Deploy, configure: Configure, polyai: Simulator):
    deployment = deploy(configure(compare_with=V1))
    polyai.faults.add(broken(DAY2))
    failure = deployment.run(DAY1, DAY3, assets=[PARITY]).failure
    assert failure.startswith("1 of 3 partitions are red")
    assert deployment.statuses(PARITY, DAYS) == ["MATERIALIZED", "FAILED", "MATERIALIZED"]
    assert deployment.verdicts(PARITY, "ready_to_migrate", DAYS) == ["SUCCEEDED", "FAILED", "SUCCEEDED"]
    polyai.faults.clear()
    assert deployment.run(DAY2, DAY2, assets=[PARITY]).success
    assert deployment.verdicts(PARITY, "ready_to_migrate", DAYS) == ["SUCCEEDED"] * 3
    metadata = deployment.metadata(PARITY, DAY2)
    assert (metadata["conversations"], metadata["to_look_at"]) == (3, 0)
    assert metadata["dagster/partition_row_count"] > 20
    assert (metadata["old_version"], metadata["new_version"]) == ("v1", "v3")


def test_a_project_that_has_one_version_is_told_so_plainly(deploy: Deploy, configure: Configure):
    deployment = deploy(configure(compare_with=V1), configure(BANK))
    failure = deployment.run(DAY1, DAY2, assets=[PARITY], projects=(BANK, BANK)).failure
    assert (
        f"- {partition(DAY1, BANK)}, {partition(DAY2, BANK)}: {BANK.key} is fetched by v3 alone, so there is "
        "nothing to compare. To compare it with another version, give it the option compare_with, such as "
        "{api_version: v1}\n"
    ) in failure


def test_where_no_project_is_compared_there_is_no_such_asset(deploy: Deploy, configure: Configure):
    def names(*projects: ProjectConfig) -> set[str]:
        graph = deploy(*projects).definitions.resolve_asset_graph()
        return {key.path[-1] for key in graph.get_all_asset_keys()}

    assert names(configure(compare_with=V1), configure(BANK)) - names(configure()) == {PARITY}


def test_the_asset_is_described_as_the_others(deploy: Deploy, configure: Configure):
    definitions = deploy(configure(compare_with=V1), key_prefix=("eu",)).definitions
    (spec,) = [one for one in definitions.resolve_all_asset_specs() if one.key.path == ["eu", PARITY]]
    assert (spec.description or "").startswith("One row per path and verdict")
    assert (spec.group_name, spec.kinds, list(spec.deps)) == ("polyai", {"duckdb", "api"}, [])


def test_today_is_provisional(comparing: Comparing, configure: Configure):
    (outcome,) = comparing.run(configure(compare_with=V1), partitions_of(project_of(HOTEL), [NOW.date()]))
    assert outcome.parity is not None
    assert outcome.parity.is_provisional
    assert outcome.parity.compared_at == datetime(2025, 3, 10, 12, tzinfo=UTC)
