"""What calls of the same contact have to do with each other: who called again, and what is contained then."""

from datetime import UTC, date, datetime, timedelta

import duckdb
import pytest

from polyai_assets_tests.marts.planted import LOADED_AT, SETTLED_UNTIL, SWITCHBOARD, Call

pytestmark = pytest.mark.slow

WEEK = timedelta(days=7)


def is_real(call: Call) -> bool:
    return not call["is_test"] and not call["in_progress"]


def key(call: Call) -> tuple[str, ...]:
    return call["project"], call["conversation_id"]


def boards(calls: list[Call]) -> set[tuple[str, str, date]]:
    """Contacts of accounts with more than 20 calls on a day, and these days."""
    counts: dict[tuple[str, str, date], int] = {}
    for call in filter(is_real, calls):
        if call["contact"] is not None:
            place = (call["region"] + call["account_id"], call["contact"], call["business_date"])
            counts[place] = counts.get(place, 0) + 1
    return {place for place, count in counts.items() if count > 20}


def known_by_contact(calls: list[Call]) -> dict[tuple[str, str], list[Call]]:
    busy = boards(calls)
    found: dict[tuple[str, str], list[Call]] = {}
    for call in filter(is_real, calls):
        who = (call["region"] + call["account_id"], call["contact"])
        near = any((*who, call["business_date"] + timedelta(days=shift)) in busy for shift in range(-7, 8))
        if call["contact_kind"] in ("phone", "email") and not near:
            found.setdefault(who, []).append(call)
    return {
        who: sorted(listed, key=lambda call: (call["started_at"], key(call))) for who, listed in found.items()
    }


def expected_repeats(calls: list[Call]) -> dict[tuple[str, ...], tuple[str, ...]]:
    found = {}
    for listed in known_by_contact(calls).values():
        for place, call in enumerate(listed):
            end = call["finished_at"]
            later = next((other for other in listed[place + 1 :] if other["direction"] == "inbound"), None)
            if later is None or end is None or later["started_at"] > end + WEEK:
                continue
            if call["handoff"] and later["started_at"] < end + timedelta(minutes=15):
                continue
            found[key(call)] = key(later)
    return found


def test_who_called_again_is_found_as_by_hand(copied: duckdb.DuckDBPyConnection, planted_calls: list[Call]):
    found = {
        (project, call): (repeat_project, repeat)
        for project, call, repeat_project, repeat in copied.execute(
            "SELECT project, conversation_id, repeat_project, repeat_id FROM repeat_contacts"
        ).fetchall()
    }
    assert found == expected_repeats(planted_calls)
    assert len(found) > 300


@pytest.mark.parametrize(
    ("call", "repeat"),
    [
        ("midnight-1", "midnight-2"),
        ("midnight-2", None),
        ("other-region", None),
        ("transfer-1", None),
        ("again-1", "again-2"),
        ("skips-1", "skips-2"),
        ("skips-outbound", "skips-2"),
        ("week-1", "week-2"),
        ("week-late-1", None),
        ("redacted-0", None),
        ("board-0", None),
        ("board-next-day", None),
    ],
)
def test_a_call_is_a_return_only_if_a_person_called_again(
    copied: duckdb.DuckDBPyConnection, call: str, repeat: str | None
):
    found = copied.execute("SELECT repeat_id FROM calls WHERE conversation_id = ?", [call]).fetchall()
    assert found == [(repeat,)]


@pytest.mark.parametrize(
    ("column", "window"), [("contained_24h", timedelta(hours=24)), ("contained_7d", WEEK)]
)
def test_containment_with_return_judges_calls_whose_window_is_closed(
    copied: duckdb.DuckDBPyConnection, planted_calls: list[Call], column: str, window: timedelta
):
    repeats = expected_repeats(planted_calls)
    by_key = {key(call): call for call in planted_calls}
    known = {key(call) for listed in known_by_contact(planted_calls).values() for call in listed}

    def contained(call: Call) -> bool | None:
        if key(call) not in known:
            return None
        end = call["finished_at"]
        if end is None or ((end + window).date() > SETTLED_UNTIL and end + window > LOADED_AT):
            return None
        repeat = repeats.get(key(call))
        return not call["handoff"] and not (repeat and by_key[repeat]["started_at"] <= end + window)

    found = {
        (project, call): value
        for project, call, value in copied.execute(
            f"SELECT project, conversation_id, {column} FROM calls"
        ).fetchall()
    }
    assert found == {key(call): contained(call) for call in planted_calls if is_real(call)}
    assert {True, False, None} == set(found.values())


def test_tests_and_running_conversations_are_in_the_facts_and_no_calls(
    copied: duckdb.DuckDBPyConnection, planted_calls: list[Call]
):
    facts = copied.execute("SELECT count(*) FROM conversation_facts").fetchall()
    calls = copied.execute("SELECT count(*) FROM calls").fetchall()
    assert (facts, calls) == ([(len(planted_calls),)], [(sum(map(is_real, planted_calls)),)])


def test_a_switchboard_is_nobody(copied: duckdb.DuckDBPyConnection):
    found = copied.execute(
        "SELECT DISTINCT is_contact_known, contained_24h FROM calls WHERE contact = ?", [SWITCHBOARD]
    ).fetchall()
    assert found == [(False, None)]


def test_a_day_that_is_missing_leaves_the_window_open(tmp_path_factory: pytest.TempPathFactory):
    from polyai_assets_tests.marts.conftest import copy_of
    from polyai_assets_tests.marts.planted import HOTEL
    from polyai_assets_tests.marts.scenes import by

    folder = tmp_path_factory.mktemp("hole")
    asked = by("+1300", "asked", HOTEL, datetime(2026, 10, 26, 12, tzinfo=UTC))
    copy_of(folder, [asked])
    with duckdb.connect(str(folder / "polyai.duckdb")) as connection:
        connection.execute("DELETE FROM loads WHERE project = ? AND date = '2026-10-28'", [HOTEL])
    from polyai_assets.marts.build import CopySource, make_copy
    from polyai_assets.warehouse.attach import Warehouse

    make_copy(
        folder / "polyai-marts.duckdb",
        CopySource(warehouse=Warehouse(str(folder / "polyai.duckdb"))),
        LOADED_AT,
    )
    with duckdb.connect(str(folder / "polyai-marts.duckdb"), read_only=True) as connection:
        found = connection.execute("SELECT contained_24h, contained_7d FROM calls").fetchall()
    assert found == [(True, None)]
