"""What a person sees of `polyai status`, on terminals of any width."""

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from polyai_assets.raw.conversations.settle import State, Unsettled
from polyai_assets.raw.retention_days import LAYERS
from polyai_assets.status.problem import MEANINGS, overdue_conversations, red_days, stale_days
from polyai_assets.status.standing import ProjectStatus
from polyai_assets.status.table import needs_a_person, print_json, print_statuses

NOW = datetime(2025, 3, 10, 12, tzinfo=UTC)
DAY = date(2025, 3, 8)
KEY = "us-1/acme-hotels/hotel-bot"

See = Callable[..., str]


@pytest.fixture
def see(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> See:
    """Show statuses on a terminal with so many columns, or where there is none."""

    def see(*statuses: ProjectStatus, columns: int | None = None) -> str:
        if columns is not None:
            monkeypatch.setenv("FORCE_COLOR", "1")
            monkeypatch.setenv("TERM", "xterm")
            monkeypatch.setenv("COLUMNS", str(columns))
        print_statuses(statuses, NOW)
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capsys.readouterr().out)

    return see


def status(project: str = KEY, **changed: Any) -> ProjectStatus:
    """A project that is current, unless told otherwise."""
    given: dict[str, Any] = {
        "project": project,
        "last_complete": date(2025, 3, 9),
        "last_fetch": NOW - timedelta(hours=1),
        "unsettled": 1,
        "oldest_open": None,
        "red": [],
        "stale": [],
        "proof": "proven by offset",
        "unproven": [],
        "next_look": NOW + timedelta(minutes=14),
        "never_fetched": [],
        "provisional": [NOW.date()],
        "causes": [],
        "kept_from": {},
    }
    return ProjectStatus(**given | changed)


def red(
    *days: date, project: str = KEY, problem: str = "the key was refused", failures: int = 1
) -> ProjectStatus:
    notes = [
        Unsettled(
            project=project,
            date=day,
            state=State.RED,
            since=NOW,
            problem=problem,
            failures=failures,
            tried_at=NOW,
        )
        for day in days
    ]
    return status(project, red=notes, causes=red_days(project, notes))


def stale(*days: date, project: str = KEY) -> ProjectStatus:
    return status(project, stale=days, causes=stale_days(project, days))


CURRENT = status("uk-1/acme-clinics/reception")
STALE = stale(DAY, project="us-1/acme-bank/card-support")
RED = red(DAY, DAY + timedelta(days=1))


@pytest.mark.parametrize("columns", [40, 80, 200, None])
def test_red_projects_come_first_then_what_else_needs_a_person(see: See, columns: int | None):
    seen = see(CURRENT, STALE, RED, columns=columns)
    places = [seen.index(one.project) for one in (RED, STALE, CURRENT)]
    assert places == sorted(places)


@pytest.mark.parametrize("columns", [30, 40, 60, 79, 80, 100, 200, None])
def test_whatever_the_width_nothing_essential_is_cut(see: See, columns: int | None):
    seen = see(CURRENT, STALE, RED, columns=columns)
    assert "\N{HORIZONTAL ELLIPSIS}" not in seen
    words = " ".join(seen.split())
    for said in (
        *(RED.project, STALE.project, CURRENT.project, "2 red", "1 stale", "2025-03-09", "in 14 min"),
        "2025-03-08 to 2025-03-09 (2 days) are red since 2025-03-10 12:00 UTC: the key was refused",
    ):
        assert said in words


def test_80_columns_have_room_for_a_line_a_project(see: See):
    seen = see(CURRENT, STALE, RED, columns=80).splitlines()
    assert seen[0].split() == ["project", "state", "complete", "to", "unsettled", "next", "look"]
    assert seen[1].split() == [KEY, "2", "red", "2025-03-09", "1", "in", "14", "min"]
    assert max(len(line) for line in seen if not line.startswith("    polyai ")) <= 80


def test_a_wider_terminal_shows_more(see: See):
    header = {columns: see(RED, columns=columns).splitlines()[0] for columns in (80, 100, 140)}
    assert "last fetch" not in header[80]
    assert "last fetch" in header[100]
    assert "open since" in header[140]


def test_a_terminal_that_is_too_narrow_for_a_table_has_a_block_a_project(see: See):
    seen = see(RED, columns=60).splitlines()
    assert seen[0] == KEY
    assert [line.split("  ")[1] for line in seen[1:5]] == ["state", "complete to", "unsettled", "next look"]
    assert "  unsettled     1, 1 provisional" in seen


@pytest.mark.parametrize("columns", [60, 80, None])
def test_each_red_day_has_its_cause_and_the_whole_command(see: See, columns: int | None):
    apart = red(DAY, DAY + timedelta(days=5), problem="[Errno 5] the disk is gone")
    seen = see(apart, columns=columns)
    assert "the disk is gone" in " ".join(seen.split())
    for day in ("2025-03-08", "2025-03-13"):
        assert f"    polyai backfill {KEY} --since {day} --until {day}" in seen.splitlines()


def test_without_a_terminal_sentences_are_wrapped_and_commands_are_not(see: See):
    seen = see(red(DAY, problem=" ".join(["a word of a long cause"] * 20)))
    assert "a word of a long cause " * 19 in " ".join(seen.split())
    sentences = seen.splitlines()[3:]
    assert max(map(len, sentences)) <= 100
    long = "us-1/" + "a" * 120
    assert (
        f"    polyai backfill {long} --since {DAY} --until {DAY}" in see(red(DAY, project=long)).splitlines()
    )


def test_a_red_day_says_when_it_is_tried_again(see: See):
    assert "tried again by itself from 2025-03-10 12:30 UTC on; at once, when the cause is gone:" in see(RED)
    assert "no longer tried by itself" in see(red(DAY, failures=12))


def test_a_fetch_that_was_not_believed_can_be_accepted(see: See):
    seen = see(red(DAY, problem="the fetch was not believed, and what was kept stays: it returned 4 of 24"))
    assert f'    polyai accept {KEY} 2025-03-08 --why "…"' in seen.splitlines()


def test_days_that_nobody_asked_for_come_with_their_command_and_are_no_problem(see: See):
    one = status(never_fetched=[DAY])
    seen = see(one)
    assert "never fetched: 2025-03-08; if you want them" in seen
    assert f"polyai backfill {KEY} --since 2025-03-08 --until 2025-03-08" in seen
    assert "every project is current" in seen
    assert not needs_a_person([one])


@pytest.mark.parametrize("columns", [80, None])
def test_each_layer_that_is_retired_has_a_line(see: See, columns: int | None):
    kept_from = {layer: DAY - timedelta(days=n) for n, layer in enumerate(LAYERS)}
    seen = see(status(kept_from=kept_from), columns=columns).splitlines()
    place = seen.index("  retired, and not fetched again by itself:")
    assert seen[place + 1 : place + 6] == [
        "    raw    of days before 2025-03-08",
        "    text   of days before 2025-03-07",
        "    audio  of days before 2025-03-06",
        "    facts  of days before 2025-03-05",
        "    logs   of days before 2025-03-04",
    ]


@pytest.mark.parametrize("columns", [60, 80, 140])
def test_every_word_that_appears_is_explained_and_no_other(see: See, columns: int):
    running = overdue_conversations(KEY, [NOW - timedelta(days=2)], timedelta(days=1), NOW)
    for one in (RED, STALE, CURRENT, status(causes=running)):
        above, _, legend = see(one, columns=columns).rpartition("\n\n")
        explained = {line.partition(":")[0] for line in legend.splitlines() if ": " in line}
        assert explained == {word for word in MEANINGS if re.search(rf"\b{word}\b", above)}


def test_a_program_sees_everything(capsys: pytest.CaptureFixture[str]):
    print_json([RED, CURRENT])
    first, second = json.loads(capsys.readouterr().out)
    assert (first["word"], second["word"]) == ("red", "current")
    assert first["problems"] == [first["causes"][0]["says"]]
    assert first["causes"][0]["commands"] == [f"polyai backfill {KEY} --since 2025-03-08 --until 2025-03-09"]
    assert second["provisional"] == ["2025-03-10"]
    assert first["red"][0]["state"] == "red"


def test_what_needs_a_person_is_told_to_programs_too():
    assert needs_a_person([CURRENT, STALE])
    assert not needs_a_person([CURRENT])


def test_the_documentation_explains_the_same_words():
    page = Path(__file__).parents[2].joinpath("docs", "when-something-is-red.md").read_text().replace("`", "")
    for word, meaning in MEANINGS.items():
        assert f"| *{word}* | {meaning}" in page
