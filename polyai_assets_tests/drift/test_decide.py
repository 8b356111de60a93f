"""`polyai drift --accept` and `--unaccept`, as a person types them."""

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from polyai_assets.cli.main import main
from polyai_assets.contract.drift import Drift, DriftKind
from polyai_assets.contract.profile import BY_HOUR
from polyai_assets.raw.accepted_drift import AcceptedDrift, read_accepted
from polyai_assets.raw.store import RawStore
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.cli.test_main import root
from polyai_assets_tests.contract.records import payload
from polyai_assets_tests.deployment import HOTEL
from polyai_assets_tests.drift.conftest import LetDrift
from polyai_assets_tests.warehouse.conftest import PARTITION, elsewhere, loaded

pytestmark = [pytest.mark.usefixtures("no_facts"), pytest.mark.slow]

__all__ = ["root"]

NEXT_DAY = elsewhere(PARTITION, date=PARTITION.date.replace(day=2))
ADA = ("--why", "we do not need it", "--who", "ada")


def polyai(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["drift", *arguments])


def kept(root: Path) -> list[AcceptedDrift]:
    return read_accepted(RawStore(str(root / "data" / "raw")), HOTEL.key)


def test_what_was_accepted_is_open_no_more_and_listed_with_who_when_and_why(root: Path, let_drift: LetDrift):
    let_drift(mood="x", tags=["a"])
    result = polyai("--accept", "mood", *ADA, HOTEL.key)
    assert result.exit_code == 0, result.output
    assert result.output == (
        f"Accepted for {HOTEL.key}: mood: added (text).\n"
        "From the next run on it passes, and the finding is resolved. Days that were judged before pass once they are "
        "replayed:\n"
        f"  polyai backfill {HOTEL.key} --since {PARTITION.date} --until {PARTITION.date} --replay\n"
    )
    (decision,) = kept(root)
    shown = polyai("--days", "36500").output
    assert "+ mood" not in shown
    assert "+ tags: added" in shown
    assert (
        f"  = mood: added (text), accepted by ada on {decision.when:%Y-%m-%d}: we do not need it\n" in shown
    )
    assert f"      to take that back: polyai drift --unaccept mood {HOTEL.key}\n" in shown


def test_accepted_alone_is_no_drift(root: Path, let_drift: LetDrift):
    let_drift(mood="x")
    assert polyai("--accept", "mood", *ADA).exit_code == 0
    assert polyai("--days", "36500").output.startswith("no drift but what was accepted\n")


def test_what_was_taken_back_is_open_again(root: Path, let_drift: LetDrift):
    let_drift(mood="x")
    polyai("--accept", "mood", *ADA)
    result = polyai("--unaccept", "mood", HOTEL.key)
    assert result.exit_code == 0, result.output
    assert result.output.startswith(f"Taken back for {HOTEL.key}: mood: added, accepted by ada on ")
    assert kept(root) == []
    assert "  + mood: added\n" in polyai("--days", "36500").output


def test_all_types_that_came_are_accepted_and_no_other(root: Path):
    warehouse = Warehouse(str(root / "data" / "polyai.duckdb"))
    loaded(warehouse, payload(mood="x"), payload(id="CA2", mood=None))
    loaded(warehouse, payload(mood=["x"]), partition=NEXT_DAY)
    polyai("--accept", "mood", *ADA)
    assert [one.types for one in kept(root)] == [("list", "text")]
    loaded(warehouse, payload(mood=3), partition=NEXT_DAY)
    assert "  + mood: added\n" in polyai("--days", "36500").output
    polyai("--accept", "mood", *ADA)
    assert [one.types for one in kept(root)] == [("list", "text"), ("number", "text")]


def test_hours_without_a_conversation_are_accepted_for_what_was_and_not_for_what_comes(root: Path):
    gone = Drift(BY_HOUR, DriftKind.GONE, 20, 20, "09:00 to 11:59 UTC, 20 a week before")
    warehouse = Warehouse(str(root / "data" / "polyai.duckdb"))
    loaded(warehouse, payload(), partition=replace(PARTITION, found_before=(gone,)))
    result = polyai("--accept", BY_HOUR, *ADA)
    assert f"{BY_HOUR}: gone, up to {PARTITION.date}." in result.output
    assert [one.until for one in kept(root)] == [PARTITION.date]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--accept", "mod", *ADA], "Error: no open drift is at mod. Did you mean mood?\n"),
        (["--accept", "x", *ADA, HOTEL.key], "Error: no open drift is at x. There is mood, tags.\n"),
        (["--unaccept", "mood"], "Error: no accepted drift is at mood. There is none.\n"),
        (["--accept", "(others)", *ADA], "Error: (others) stands for the rest of too many paths"),
        (["--accept", "mood"], "Error: --accept PATH and --why TEXT belong together\n"),
        (["--why", "because"], "Error: --accept PATH and --why TEXT belong together\n"),
        (
            ["--accept", "mood", "--why", "…"],
            "Invalid value for '--why': '…' says nothing: write the reason,",
        ),
        (
            ["--accept", "a", "--unaccept", "b", "--why", "c"],
            "Error: --accept and --unaccept exclude each other\n",
        ),
    ],
)
def test_what_cannot_be_decided_is_told_in_a_line(
    root: Path, let_drift: LetDrift, arguments: list[str], said: str
):
    let_drift(mood="x", tags=["a"])
    result = polyai(*arguments)
    assert result.exit_code != 0
    assert said in result.output
    assert "Traceback" not in result.output
    assert kept(root) == []
