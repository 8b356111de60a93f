"""Which days want their details fetched, by two certificates."""

from datetime import UTC, datetime, timedelta

import pytest

from polyai_assets.raw.details.details_certificate import ConversationsState, DetailsState, why_due

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=5)


def of_three(running: int = 0, rows: int = 3) -> ConversationsState:
    return ConversationsState("abc", rows, {f"CA{number}": NOW for number in range(running)})


@pytest.mark.parametrize(
    ("conversations", "details", "reason"),
    [
        (of_three(), None, "its details were never fetched"),
        (of_three(running=2), None, "its details were never fetched"),
        (of_three(), DetailsState("old", 0, LATER), "its conversations have changed"),
        (of_three(), DetailsState("abc", 1, LATER), "conversations could not be asked for"),
        (of_three(), DetailsState("abc", 0, NOW), "its conversations are due by age"),
        (of_three(rows=0), None, None),
        (of_three(running=3), None, None),
        (of_three(), DetailsState("abc", 0, LATER), None),
        (of_three(), DetailsState("abc", 0, None), None),
        (of_three(), DetailsState("abc", 0, NOW + timedelta(seconds=1)), None),
    ],
)
def test_details_are_wanted_for_a_reason(
    conversations: ConversationsState, details: DetailsState | None, reason: str | None
) -> None:
    assert why_due(conversations, details, NOW) == reason
