"""Calls of what goes wrong where nobody looks: midnight, clocks, switchboards, transfers, arms of a test."""

from datetime import UTC, datetime, timedelta

from polyai_assets_tests.marts.planted import BANK, DESK, HOTEL, SWITCHBOARD, Call, call

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def by(contact: str, conversation_id: str, project: str, started_at: datetime, **given: object) -> Call:
    """Make a call of a contact."""
    return call(
        project, started_at, contact_kind="phone", contact=contact, conversation_id=conversation_id, **given
    )


def scene_calls() -> list[Call]:
    """Make all of them."""
    return [*_repeated(), *_switchboard(), *_clocks(), *_arms()]


def _repeated() -> list[Call]:
    late = datetime(2026, 10, 27, 23, 58, tzinfo=UTC)
    noon = datetime(2026, 10, 26, 12, tzinfo=UTC)
    end = datetime(2026, 11, 7, 15, tzinfo=UTC)
    return [
        # across midnight and projects
        by("+13000000001", "midnight-1", HOTEL, late),
        by("+13000000001", "midnight-2", BANK, late + 10 * MINUTE),
        # another account: another person
        by("+13000000001", "other-region", DESK, late + 5 * MINUTE),
        # a transfer that comes back, and one that does not
        by("+13000000002", "transfer-1", HOTEL, noon, handoff=True),
        by("+13000000002", "transfer-2", HOTEL, noon + 12 * MINUTE),
        by("+13000000003", "again-1", HOTEL, noon, handoff=True),
        by("+13000000003", "again-2", HOTEL, noon + 18 * MINUTE),
        # tests, outbound calls and running ones are no returns; what comes after them is
        by("+13000000004", "skips-1", HOTEL, noon),
        by("+13000000004", "skips-test", HOTEL, noon + HOUR, is_test=True),
        by("+13000000004", "skips-studio", HOTEL, noon + HOUR, is_test=True, channel_group="studio"),
        by("+13000000004", "skips-running", HOTEL, noon + HOUR, in_progress=True),
        by("+13000000004", "skips-outbound", HOTEL, noon + HOUR, direction="outbound"),
        by("+13000000004", "skips-2", HOTEL, noon + 30 * HOUR),
        # just within, and just past, 7 days
        by("+13000000005", "week-1", HOTEL, noon),
        by("+13000000005", "week-2", HOTEL, noon + 2 * MINUTE + 7 * DAY),
        by("+13000000006", "week-late-1", HOTEL, noon),
        by("+13000000006", "week-late-2", HOTEL, noon + 3 * MINUTE + 7 * DAY),
        # the window is open: 24 hours have not been loaded
        by("+13000000007", "open", HOTEL, end),
        # the same word is nobody
        *[call(HOTEL, noon + n * MINUTE, conversation_id=f"redacted-{n}", contact=None) for n in range(3)],
    ]


def _switchboard() -> list[Call]:
    morning = datetime(2026, 10, 30, 8, tzinfo=UTC)
    return [
        *[by(SWITCHBOARD, f"board-{n}", BANK, morning + n * 5 * MINUTE) for n in range(21)],
        by(SWITCHBOARD, "board-next-day", BANK, morning + DAY),
    ]


def _clocks() -> list[Call]:
    """Calls in each of the two hours from 2 to 3 in Berlin on 25 October, one over both."""
    first = datetime(2026, 10, 25, 0, 10, tzinfo=UTC)
    return [
        call(BANK, first, conversation_id="clock-1", site="night", total_seconds=3600.0),
        call(BANK, first + 20 * MINUTE, conversation_id="clock-2", site="night", total_seconds=600.0),
        call(BANK, first + 65 * MINUTE, conversation_id="clock-3", site="night", total_seconds=60.0),
        call(BANK, first + HOUR, conversation_id="clock-4", site="night", total_seconds=300.0),
    ]


def _arms() -> list[Call]:
    """An A/B test of the bank over a day and an hour: 150 calls an arm, 60 and 30 handed off."""
    begin = datetime(2026, 11, 3, 10, tzinfo=UTC)
    return [
        call(
            BANK,
            begin + n * 10 * MINUTE,
            conversation_id=f"{arm}-{n}",
            site="lab",
            deployment_id=f"d-{arm}",
            deployment_message=arm,
            handoff=n < handoffs,
        )
        for arm, handoffs in (("control", 60), ("variant", 30))
        for n in range(150)
    ]
