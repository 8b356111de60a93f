"""`polyai deliver`, and what `polyai status` says of targets."""

import json
from datetime import date
from pathlib import Path

import pytest

from polyai_assets_tests.cli.test_main import DEFS, MODULE, polyai, root
from polyai_assets_tests.delivery.published import HOTEL, Published

__all__ = ["root"]

pytestmark = pytest.mark.slow

DAY1, DAY2 = date(2026, 3, 1), date(2026, 3, 2)


@pytest.fixture
def published(root: Path) -> Published:
    """Two published days, and a target that is a file."""
    (root / MODULE / "defs" / "polyai" / "defs.yaml").write_text(
        f"{DEFS}  publish: {{tables: [conversations, turns]}}\n"
        "  deliveries: [{name: mine, type: duckdb, connection: data/mine.duckdb}]\n"
    )
    published = Published(root / "data" / "published")
    for day in (DAY1, DAY2):
        published.put(day=day, conversations=[{"conversation_id": f"C{day}"}])
    return published


def test_what_would_be_delivered_is_said_and_nothing_is_written(published: Published, root: Path):
    said = polyai("deliver", "--target", "mine", "--since", "2026-03-02", "--dry-run")
    assert said.output == (
        "mine us-1/acme/hotel-bot: 1 days would be delivered, 1 rows\n"
        "  2026-03-02 version 1 in place of none\n"
    )
    assert not (root / "data" / "mine.duckdb").exists()


def test_days_are_delivered_and_the_status_says_what_a_target_has(published: Published):
    said = polyai("deliver")
    assert (said.exit_code, said.stdout) == (0, "mine us-1/acme/hotel-bot: 2 days delivered, 2 rows\n")
    assert polyai("deliver").stdout == (
        "mine us-1/acme/hotel-bot: 0 days delivered, 0 rows; 2 not: it is delivered as it is\n"
    )
    published.put(2, day=DAY2)
    status = polyai("status")
    assert "mine: 2 days, newest 2026-03-01 version 1, 1 behind since 2026-03-09 12:02 UTC" in status.output
    assert (
        "polyai deliver --target mine us-1/acme/hotel-bot --since 2026-03-02 --until 2026-03-02"
        in status.output
    )
    (project,) = json.loads(polyai("status", "--json").output)
    (delivery,) = project["deliveries"]
    assert (delivery["delivered"], delivery["version"], delivery["lacking"]) == (2, 1, ["2026-03-02"])
    (day,) = json.loads(polyai("deliver", HOTEL.key, "--since", "2026-03-02", "--json").stdout)
    assert (day["date"], day["version"], day["rows"], day["is_new"], day["error"]) == (
        "2026-03-02",
        2,
        0,
        True,
        None,
    )
    assert "everything as it is published" in polyai("deliver", "--dry-run").output


def test_a_refused_day_needs_a_person(published: Published, root: Path):
    published.put(2, day=DAY1)
    polyai("deliver")
    (root / f"data/published/manifests/us-1/acme/hotel-bot/{DAY1}.v2.json").unlink()
    said = polyai("deliver")
    assert said.exit_code == 1
    assert f"  {DAY1}: the target has a newer version: version 2" in said.stderr
    status = polyai("status", "--check")
    assert status.exit_code == 1
    assert "mine: 2 days, newest 2026-03-02 version 1, 1 refused" in status.output


def test_a_target_that_is_not_declared_is_named_with_those_that_are(published: Published):
    said = polyai("deliver", "--target", "min")
    assert said.output == "Error: no delivery is called min; there are mine\n"


def test_where_nothing_is_published_it_is_said_how_days_are(published: Published):
    said = polyai("deliver", "--until", "2026-01-01")
    assert (said.exit_code, said.stdout) == (0, "")
    assert "nothing is published yet" in said.stderr
    assert said.stderr.endswith("days that were loaded before, by: polyai publish\n")


def test_without_a_target_the_option_is_named(root: Path):
    assert "declare a target under `deliveries` in defs.yaml" in polyai("deliver").output
