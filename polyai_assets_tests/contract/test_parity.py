"""What a verdict means for a migration."""

from datetime import UTC, date, datetime

import pytest

from polyai_assets.contract.conversation import CONVERSATION
from polyai_assets.contract.drift import Severity
from polyai_assets.contract.parity import (
    NOT_IN_V1,
    WHOLE_RECORD,
    WHOLE_TURN,
    DayParity,
    Parity,
    Verdict,
    Versions,
    severity,
)
from polyai_assets.contract.turn import TURN

V1_V3, V2_V3 = Versions("v1", "v3"), Versions("v2", "v3")
DAY = date(2026, 1, 5)


@pytest.mark.parametrize(
    "verdict", [Verdict.EQUAL, Verdict.TIME_FORMAT, Verdict.NULL_BECAME_EMPTY, Verdict.IN_FLIGHT]
)
def test_what_polyai_says_of_the_versions_is_harmless(verdict: Verdict) -> None:
    assert severity("started_at", verdict, V1_V3) is None


@pytest.mark.parametrize("verdict", [Verdict.DIFFERS, Verdict.ONLY_IN_OLD])
@pytest.mark.parametrize("path", [WHOLE_RECORD, WHOLE_TURN, "handoff", "turns[].latency"])
def test_what_is_lost_or_differs_is_an_error(path: str, verdict: Verdict) -> None:
    assert severity(path, verdict, V1_V3) is Severity.ERROR


@pytest.mark.parametrize("path", [WHOLE_RECORD, WHOLE_TURN])
def test_conversations_and_turns_that_only_the_newer_version_has_are_errors(path: str) -> None:
    assert severity(path, Verdict.ONLY_IN_NEW, V1_V3) is Severity.ERROR


def test_a_field_that_only_the_newer_version_has_is_a_warning_unless_it_is_known() -> None:
    assert severity("mood", Verdict.ONLY_IN_NEW, V1_V3) is Severity.WARN
    assert severity("turns[].barge_in", Verdict.ONLY_IN_NEW, V1_V3) is None
    assert severity("turns[].barge_in", Verdict.ONLY_IN_NEW, V2_V3) is Severity.WARN


def test_the_known_fields_are_declared() -> None:
    declared = {one.name for one in CONVERSATION} | {f"turns[].{one.name}" for one in TURN}
    assert declared >= NOT_IN_V1


def test_a_verdict_names_the_versions() -> None:
    assert [one.told(V2_V3) for one in (Verdict.ONLY_IN_OLD, Verdict.ONLY_IN_NEW)] == [
        "only in v2",
        "only in v3",
    ]


def test_a_day_sums_up_its_conversations_and_puts_first_what_is_grave() -> None:
    rows = [
        Parity("mood", Verdict.ONLY_IN_NEW, 1, 8),
        Parity("handoff", Verdict.DIFFERS, 1, 8),
        Parity("started_at", Verdict.TIME_FORMAT, 8, 8),
        Parity(WHOLE_RECORD, Verdict.EQUAL, 6, 9),
        Parity(WHOLE_RECORD, Verdict.ONLY_IN_NEW, 1, 9),
        Parity(WHOLE_RECORD, Verdict.IN_FLIGHT, 2, 9),
    ]
    parity = DayParity(V1_V3, DAY, datetime(2026, 1, 6, tzinfo=UTC), rows)
    assert (parity.conversations, parity.equal, parity.in_flight) == (9, 6, 2)
    assert [one.path for _, one in parity.to_look_at()] == [WHOLE_RECORD, "handoff", "mood"]


@pytest.mark.parametrize(
    ("compared_at", "is_provisional"), [("2026-01-05T23:59:59Z", True), ("2026-01-06T00:00:00Z", False)]
)
def test_a_day_that_was_not_over_is_provisional(compared_at: str, is_provisional: bool) -> None:
    assert DayParity(V1_V3, DAY, datetime.fromisoformat(compared_at)).is_provisional is is_provisional
