"""`polyai migration` on the command line."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from polyai_assets.cli.main import main
from polyai_assets.contract.parity import WHOLE_RECORD
from polyai_assets.contract.tables import MIGRATION_PARITY
from polyai_assets.migration.days import rows_of
from polyai_assets.migration.parity import DayParity, Parity, ParityVerdict
from polyai_assets.migration.versions import Versions
from polyai_assets.raw.partition import Partition
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.load import Load
from polyai_assets.warehouse.replace import replace_tables
from polyai_assets_tests.cli.test_main import DEFS, MODULE, root
from polyai_assets_tests.deployment import BANK, HOTEL, project_of

pytestmark = pytest.mark.slow

__all__ = ["root"]

EQUAL = Parity(WHOLE_RECORD, ParityVerdict.EQUAL, 3, 4)
EXPECTED = [
    EQUAL,
    Parity("started_at", ParityVerdict.TIME_FORMAT, 4, 4, "CA1", "9 in v1, 99 in v3"),
    Parity("handoff_reason", ParityVerdict.NULL_BECAME_EMPTY, 4, 4, "CA1", "null in v1, empty text in v3"),
    Parity("from_number", ParityVerdict.NULL_BECAME_EMPTY, 1, 4, "CA1", "null in v1, empty text in v3"),
]


V1_V3, V2_V3 = Versions("v1", "v3"), Versions("v2", "v3")


@dataclass(frozen=True)
class Compared:
    """A Dagster project that is two days old, with its project compared with v1."""

    root: Path
    day1: date
    day2: date

    @property
    def warehouse(self) -> Path:
        return self.root / "data" / "polyai.duckdb"

    def keep(self, day: date, *rows: Parity, versions: Versions = V1_V3) -> None:
        parity = DayParity(versions, day, datetime.now(UTC), list(rows))
        partition = Load(Partition(project_of(HOTEL), day))
        with duckdb.connect() as connection:
            replace_tables(
                connection, Warehouse(str(self.warehouse)), partition, {MIGRATION_PARITY: rows_of(parity)}
            )


@pytest.fixture
def compared(root: Path) -> Compared:
    day1, day2 = (datetime.now(UTC).date() - timedelta(days=back) for back in (2, 1))
    defs = DEFS.replace("2026-01-01", day1.isoformat()) + "      compare_with: {api_version: v1}\n"
    (root / MODULE / "defs" / "polyai" / "defs.yaml").write_text(defs)
    return Compared(root, day1, day2)


def migration(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["migration", HOTEL.key, *arguments])


def test_a_project_that_is_ready_is_told_so_with_what_is_as_expected(compared: Compared):
    compared.keep(compared.day1, *EXPECTED)
    compared.keep(compared.day2, *EXPECTED, Parity(WHOLE_RECORD, ParityVerdict.IN_FLIGHT, 2, 4))
    result = migration()
    assert result.exit_code == 0, result.output
    assert result.output.splitlines() == [
        f"us-1/acme/hotel-bot: v1 and v3, {compared.day1} to {compared.day2}",
        "  2 days compared: 8 conversations, 6 of them equal in every field; 2 more in flight, not judged",
        '  as expected, null became "": from_number, handoff_reason',
        "  as expected, timestamp format: started_at",
        "ready to migrate from v1 to v3",
    ]


def test_what_to_look_at_is_listed_and_the_exit_code_is_1(compared: Compared):
    differs = Parity("handoff", ParityVerdict.DIFFERS, 1, 4, "CA7", "true in v1, false in v3")
    lost = Parity(WHOLE_RECORD, ParityVerdict.ONLY_IN_OLD, 1, 4, "CA8", "began 10:00:00 UTC, 2 turns")
    new = Parity("mood", ParityVerdict.ONLY_IN_NEW, 4, 4, "CA7", "a number")
    turns = Parity(
        "turns[].user_input", ParityVerdict.DIFFERS, 1, 9, "CA7", "null in v1, text like 'xx' in v3"
    )
    compared.keep(compared.day1, EQUAL, differs)
    compared.keep(compared.day2, EQUAL, differs, lost, new, turns)
    result = migration()
    assert result.exit_code == 1
    assert result.output.splitlines()[2:] == [
        "  ! (record): only in v1",
        f"      1 of 8 conversations, on {compared.day2}",
        "      for example CA8: began 10:00:00 UTC, 2 turns",
        "  ! handoff: differs",
        f"      2 of 8 values, {compared.day1} to {compared.day2}",
        "      for example CA7: true in v1, false in v3",
        "  ! turns[].user_input: differs",
        f"      1 of 9 turns, on {compared.day2}",
        "      for example CA7: null in v1, text like 'xx' in v3",
        "  ? mood: only in v3",
        f"      4 of 4 values, on {compared.day2}",
        "      for example CA7: a number",
        "not ready: 4 differences to look at",
    ]


def test_days_that_were_not_compared_are_named(compared: Compared):
    compared.keep(compared.day2, *EXPECTED)
    result = migration()
    assert result.exit_code == 1
    assert f"  not compared: 1 day, {compared.day1}\n" in result.output
    assert "not ready: 1 day to compare\n  polyai backfill us-1/acme/hotel-bot --since " in result.output
    assert result.output.endswith(" --compare\n")


def test_fewer_days_can_be_asked_for(compared: Compared):
    compared.keep(compared.day2, *EXPECTED)
    assert migration("--days", "1").exit_code == 0


def test_what_other_versions_showed_does_not_count(compared: Compared):
    for day in (compared.day1, compared.day2):
        compared.keep(day, *EXPECTED, versions=V2_V3)
    result = migration()
    assert result.exit_code == 1
    assert f"  not compared: 2 days, {compared.day1} to {compared.day2}\n" in result.output


def test_a_program_sees_json(compared: Compared):
    compared.keep(compared.day1, *EXPECTED)
    compared.keep(
        compared.day2, EQUAL, Parity("handoff", ParityVerdict.DIFFERS, 1, 4, "CA7", "true in v1, false in v3")
    )
    result = migration("--json")
    assert result.exit_code == 1
    found = json.loads(result.output)
    assert (found["ready"], found["days_compared"], found["days_not_compared"]) == (False, 2, [])
    assert (found["old_version"], found["new_version"]) == ("v1", "v3")
    (one,) = found["to_look_at"]
    assert (one["path"], one["count"], one["total"], one["first"]) == ("handoff", 1, 4, str(compared.day2))
    assert {one["path"] for one in found["expected"]} == {"started_at", "handoff_reason", "from_number"}


def test_an_id_cannot_steer_the_terminal(compared: Compared):
    compared.keep(compared.day1, *EXPECTED)
    compared.keep(compared.day2, EQUAL, Parity("handoff", ParityVerdict.DIFFERS, 1, 4, "CA\x1b[2J\n", "true"))
    assert "for example CA\N{REPLACEMENT CHARACTER}[2J\N{REPLACEMENT CHARACTER}: true" in migration().output


def test_before_anything_was_compared_it_says_so(compared: Compared):
    assert "nothing was loaded yet" in migration().output
    compared.warehouse.parent.mkdir()
    with duckdb.connect(str(compared.warehouse)) as connection:
        connection.execute("CREATE TABLE other (a INT)")
    result = migration()
    assert result.exit_code == 1
    assert "not ready: 2 days to compare" in result.output


@pytest.mark.usefixtures("root")
def test_a_project_without_another_version_is_told_what_to_do():
    result = migration()
    assert result.exit_code == 1
    assert (
        f"Error: {HOTEL.key} is fetched by v3 alone, so there is nothing to compare. To compare it with another "
        "version, give it the option compare_with, such as {api_version: v1}\n"
    ) == result.output


@pytest.mark.usefixtures("root")
def test_a_project_that_is_not_configured_is_told_plainly():
    result = CliRunner().invoke(main, ["migration", BANK.key])
    assert f"no project {BANK.key} is configured" in result.output
