"""What a verdict means for a migration."""

from datetime import UTC, date, datetime

import pytest

from polyai_assets.contract.conversation import CONVERSATION, TURN
from polyai_assets.contract.drift import Severity
from polyai_assets.contract.parity import PARITY, WHOLE_RECORD
from polyai_assets.migration.parity import NOT_IN_V1, WHOLE_TURN, DayParity, Parity, ParityVerdict, severity
from polyai_assets.migration.versions import Versions

V1_V3, V2_V3 = Versions("v1", "v3"), Versions("v2", "v3")
DAY = date(2026, 1, 5)


@pytest.mark.parametrize(
    "verdict",
    [
        ParityVerdict.EQUAL,
        ParityVerdict.TIME_FORMAT,
        ParityVerdict.NULL_BECAME_EMPTY,
        ParityVerdict.IN_FLIGHT,
    ],
)
def test_what_polyai_says_of_the_versions_is_harmless(verdict: ParityVerdict) -> None:
    assert severity("started_at", verdict, V1_V3) is None


@pytest.mark.parametrize("verdict", [ParityVerdict.DIFFERS, ParityVerdict.ONLY_IN_OLD])
@pytest.mark.parametrize("path", [WHOLE_RECORD, WHOLE_TURN, "handoff", "turns[].latency"])
def test_what_is_lost_or_differs_is_an_error(path: str, verdict: ParityVerdict) -> None:
    assert severity(path, verdict, V1_V3) is Severity.ERROR


@pytest.mark.parametrize("path", [WHOLE_RECORD, WHOLE_TURN])
def test_conversations_and_turns_that_only_the_newer_version_has_are_errors(path: str) -> None:
    assert severity(path, ParityVerdict.ONLY_IN_NEW, V1_V3) is Severity.ERROR


def test_a_field_that_only_the_newer_version_has_is_a_warning_unless_it_is_known() -> None:
    assert severity("mood", ParityVerdict.ONLY_IN_NEW, V1_V3) is Severity.WARN
    assert severity("turns[].barge_in", ParityVerdict.ONLY_IN_NEW, V1_V3) is None
    assert severity("turns[].barge_in", ParityVerdict.ONLY_IN_NEW, V2_V3) is Severity.WARN


def test_the_known_fields_are_declared() -> None:
    declared = {one.name for one in CONVERSATION} | {f"turns[].{one.name}" for one in TURN}
    assert declared >= NOT_IN_V1


def test_a_verdict_names_the_versions() -> None:
    assert [one.named(V2_V3) for one in (ParityVerdict.ONLY_IN_OLD, ParityVerdict.ONLY_IN_NEW)] == [
        "only in v2",
        "only in v3",
    ]


def test_a_day_sums_up_its_conversations_and_puts_first_what_is_grave() -> None:
    rows = [
        Parity("mood", ParityVerdict.ONLY_IN_NEW, 1, 8),
        Parity("handoff", ParityVerdict.DIFFERS, 1, 8),
        Parity("started_at", ParityVerdict.TIME_FORMAT, 8, 8),
        Parity(WHOLE_RECORD, ParityVerdict.EQUAL, 6, 9),
        Parity(WHOLE_RECORD, ParityVerdict.ONLY_IN_NEW, 1, 9),
        Parity(WHOLE_RECORD, ParityVerdict.IN_FLIGHT, 2, 9),
    ]
    parity = DayParity(V1_V3, DAY, datetime(2026, 1, 6, tzinfo=UTC), rows)
    assert (parity.conversations, parity.equal, parity.in_flight) == (9, 6, 2)
    assert [one.path for _, one in parity.to_look_at()] == [WHOLE_RECORD, "handoff", "mood"]


@pytest.mark.parametrize(
    ("compared_at", "is_provisional"), [("2026-01-05T23:59:59Z", True), ("2026-01-06T00:00:00Z", False)]
)
def test_a_day_that_was_not_over_is_provisional(compared_at: str, is_provisional: bool) -> None:
    assert DayParity(V1_V3, DAY, datetime.fromisoformat(compared_at)).is_provisional is is_provisional


def test_the_column_names_every_verdict() -> None:
    column = next(column for column in PARITY if column.name == "verdict")
    assert [verdict for verdict in ParityVerdict if verdict.named(V1_V3) not in column.description] == []
