"""Erasing from the command line, in a Dagster project of one's own."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from polyai_assets.cli.main import main
from polyai_assets.erasure.erasure_plan import read_plans
from polyai_assets.privacy.pseudonym import VARIABLE
from polyai_assets.raw.store import RawStore
from polyai_assets.retention.alone import plans_folder
from polyai_assets_tests.cli.test_write_back import name, root
from polyai_assets_tests.deployment import HOTEL
from polyai_assets_tests.looking import looking_into

__all__ = ["name", "root"]

pytestmark = pytest.mark.slow


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["erase", *arguments])


def rows_of(root: Path, name: str) -> int:
    with looking_into(root / "data" / "polyai.duckdb") as connection:
        (count,) = connection.execute(
            "SELECT count(*) FROM conversations WHERE conversation_id = ?", [name]
        ).fetchall()[0]
    return int(count)


def test_it_shows_what_it_would_do_and_then_does_it_and_gives_a_receipt(root: Path, name: str):
    shown = run("--conversation", name, "--dry-run")
    assert "Conversations: 1. Days: 1." in shown.output, shown.output
    assert "polyai.duckdb: deleted, and the days are loaded again\n" in shown.output
    assert "         1  rows of conversations\n" in shown.output
    assert "Figures are restated; --keep-kpis keeps them." in shown.output
    assert rows_of(root, name) == 1
    declined = run("--conversation", name)
    assert (declined.exit_code, rows_of(root, name), read_plans(root)) == (1, 1, [])
    done = run("--conversation", name, "--yes", "--json", "--reference", "DSR-7", "--by", "ada")
    assert done.exit_code == 0, done.output
    receipt = json.loads(done.stdout)
    assert (receipt["conversations"], receipt["by"], receipt["reference"]) == (1, "ada", "DSR-7")
    assert (receipt["projects"], receipt["asked"]) == ([HOTEL.key], "a conversation that was named")
    assert rows_of(root, name) == 0
    pages = sorted((root / "data" / "raw" / "erased" / "receipts").iterdir())
    assert [page.suffix for page in pages] == [".json", ".md"]
    assert not any(name in page.read_text() for page in pages)
    assert list(plans_folder(root).glob("*.json")) == []
    again = run("--conversation", name, "--yes")
    assert (again.exit_code, "nothing is kept of that" in again.output) == (1, True)
    assert "no erasure is left to be continued" in run("--resume").output


def test_a_contact_of_whom_nothing_is_kept_yet_is_left_out_from_now_on(
    root: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(VARIABLE, f"1:{'k' * 32}")
    done = run("--contact", "+44 20 7946 0958", "--future", "--account", "acme", "--yes")
    assert done.exit_code == 0, done.output
    (tombstone,) = (root / "data" / "raw" / "erased" / "contacts").iterdir()
    assert tombstone.name.startswith("acme@p1_p")
    assert "7946" not in tombstone.name + tombstone.read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "say whose: either --contact, or --conversation"),
        (("--contact", "+44 20 7946 0958", "--conversation", "CA1"), "say whose"),
        (("--conversation", "CA1", "--future"), "--future is about a contact"),
        (("--contact", "020 7946 0958"), "is without its country, so only what was sent so is found"),
        (("--contact", "anonymous"), "that is no telephone number, e-mail address or id"),
        (
            ("--contact", "+44 20 7946 0958", "--future"),
            f"without a key it could be guessed: {VARIABLE} is not set",
        ),
        (
            ("--contact", "+44 20 7946 0958", "--account", "nobody"),
            "no project of the account nobody is configured",
        ),
    ],
)
def test_what_it_cannot_do_is_said_with_the_reason(root: Path, arguments: tuple[str, ...], said: str):
    found = run(*arguments)
    assert found.exit_code != 0
    assert said in " ".join(found.output.split())


def test_the_raw_store_is_encrypted_and_its_key_rotated(root: Path, monkeypatch: pytest.MonkeyPatch):
    refused = CliRunner().invoke(main, ["encrypt"])
    assert "POLYAI_MASTER_KEY is not set. Make a key" in refused.output
    assert "Nothing was encrypted" in refused.output
    monkeypatch.setenv("POLYAI_MASTER_KEY", f"1:{'a' * 32}")
    done = CliRunner().invoke(main, ["encrypt"])
    assert (done.exit_code, "files were encrypted" in done.output) == (0, True), done.output
    RawStore(str(root / "data" / "raw")).write(f"{HOTEL.key}/2025-03-01/x.parquet", b"records")
    monkeypatch.setenv("POLYAI_MASTER_KEY", f"2:{'b' * 32},1:{'a' * 32}")
    assert "1 key was wrapped" in CliRunner().invoke(main, ["rotate-key"]).output
    assert "no key is left that is not wrapped" in CliRunner().invoke(main, ["rotate-key"]).output
