"""Small days are loaded together, and what becomes of one does not depend on the others."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest

from polyai_assets.assets import loading
from polyai_assets.assets.loading import MOST_DAYS, MOST_RECORDS, together
from polyai_assets.assets.outcome import Outcome
from polyai_assets.contract.tables import TABLES
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.store import RawStore
from polyai_assets.simulator import Simulator
from polyai_assets.warehouse import transaction
from polyai_assets.warehouse.altered import WarehouseAltered
from polyai_assets.warehouse.replace import TooManyViolations
from polyai_assets_tests.assets.ingesting import connect, ingest, ingest_in, ingest_raw, small_pages
from polyai_assets_tests.deployment import DAY1, DAY2, DAY3, HOTEL, partitions_of, project_of
from polyai_assets_tests.looking import looking_into
from polyai_assets_tests.raw.damaging import damage

DAYS = [DAY1, DAY2, DAY3]
MADE_OTHERWISE = {"loads": ("loaded_at",), "conversation_facts": ("loaded_at",)}
"""Columns that say when a row was made."""


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch, tables_created_anew: None) -> list[str]:
    """The names under which transactions were committed."""
    names: list[str] = []
    commit = transaction._commit_claimed

    def noting(connection: Any, warehouse: Any, name: str, *given: Any, **options: Any) -> Any:
        result = commit(connection, warehouse, name, *given, **options)
        names.append(name)
        return result

    monkeypatch.setattr(transaction, "_commit_claimed", noting)
    return names


def replay(url: str, folder: Path, days: Sequence[date] = DAYS, **options: Any) -> list[Outcome]:
    config = small_pages(url).model_copy(update=options)
    partitions = partitions_of(project_of(HOTEL), days)
    return list(replace(ingest_in(folder), fetches=False).run(config, partitions))


def loaded_days(folder: Path) -> list[date]:
    with looking_into(folder / "polyai.duckdb") as connection:
        return [
            day
            for (day,) in connection.execute("SELECT DISTINCT date FROM conversations ORDER BY 1").fetchall()
        ]


def content(folder: Path) -> dict[str, list[Any]]:
    with looking_into(folder / "polyai.duckdb") as connection:
        return {
            table: connection.execute(
                f"SELECT * EXCLUDE ({', '.join(left_out)}) FROM {table} ORDER BY ALL"
                if (left_out := MADE_OTHERWISE.get(table))
                else f"SELECT * FROM {table} ORDER BY ALL"
            ).fetchall()
            for table in (*(table.name for table in TABLES), *MADE_OTHERWISE)
        }


def test_small_days_are_stored_in_one_transaction_and_hold_what_each_alone_would(
    polyai_url: str, tmp_path: Path, commits: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched = ingest(polyai_url, tmp_path, DAYS)
    assert len(commits) == 1
    together, shown = content(tmp_path), [outcome.staged for outcome in fetched]
    (tmp_path / "polyai.duckdb").unlink()
    monkeypatch.setattr(loading, "MOST_DAYS", 1)
    alone = replay(polyai_url, tmp_path)
    assert len(commits) == 1 + len(DAYS)
    assert content(tmp_path) == together
    assert [outcome.staged for outcome in alone] == shown


@pytest.mark.usefixtures("no_facts")
def test_a_damaged_day_is_red_and_the_others_are_loaded(polyai_url: str, tmp_path: Path) -> None:
    ingest_raw(polyai_url, tmp_path, DAYS)
    store = RawStore(str(tmp_path / "raw"))
    certificate = store.certificate(partitions_of(project_of(HOTEL), [DAY2])[0])
    assert certificate is not None
    damage(store, certificate, certificate.file, "flipped")
    outcomes = replay(polyai_url, tmp_path)
    assert [outcome.is_red for outcome in outcomes] == [False, True, False]
    assert loaded_days(tmp_path) == [DAY1, DAY3]


@pytest.mark.usefixtures("no_facts")
def test_a_day_with_too_many_violations_is_left_out_of_the_transaction(
    polyai: Simulator, polyai_url: str, tmp_path: Path, commits: list[str]
) -> None:
    for number in range(3):
        polyai.put(
            HOTEL.key, {"id": f"b{number}", "started_at": "2025-03-02T10:00:00Z", "total_duration": -1}
        )
    ingest_raw(polyai_url, tmp_path, DAYS)
    outcomes = replay(polyai_url, tmp_path, max_violation_ratio=0.1)
    assert [type(outcome.error) for outcome in outcomes] == [type(None), TooManyViolations, type(None)]
    assert len(commits) == 1
    assert loaded_days(tmp_path) == [DAY1, DAY3]


@pytest.mark.usefixtures("no_facts")
def test_a_day_that_the_tables_refuse_keeps_none_of_the_others_back(polyai_url: str, tmp_path: Path) -> None:
    ingest(polyai_url, tmp_path, DAYS)
    with duckdb.connect(str(tmp_path / "polyai.duckdb")) as connection:
        connection.execute("DROP TABLE turns")
        connection.execute(f"CREATE TABLE turns (date DATE CHECK (date <> DATE '{DAY3}'))")
    outcomes = replay(polyai_url, tmp_path)
    assert [type(outcome.error) for outcome in outcomes] == [type(None), type(None), WarehouseAltered]


@pytest.mark.usefixtures("no_facts")
def test_a_day_that_another_run_has_committed_meanwhile_is_loaded_again_alone(
    polyai: Simulator, polyai_url: str, tmp_path: Path, commits: list[str]
) -> None:
    ingest_raw(polyai_url, tmp_path, DAYS)
    opened = []

    def overtaken() -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        if not opened:
            opened.append(True)
            polyai.put(HOTEL.key, {"id": "later", "started_at": "2025-03-02T10:00:00Z"})
            stale = [loader.store.certificate(partition) for partition in partitions]
            newer = dict(zip(partitions, stale, strict=True))
            ingest_raw(polyai_url, tmp_path, [DAY2])
            assert newer[partitions[1]] != loader.store.certificate(partitions[1])
        return connect()

    partitions = partitions_of(project_of(HOTEL), DAYS)
    loader = replace(ingest_in(tmp_path), fetches=False, connect=overtaken)
    outcomes = list(loader.run(small_pages(polyai_url), partitions))
    assert [outcome.error for outcome in outcomes] == [None] * 3
    assert len(commits) == 2
    with looking_into(tmp_path / "polyai.duckdb") as connection:
        assert connection.execute(
            "SELECT date FROM conversations WHERE conversation_id = 'later'"
        ).fetchall() == [(DAY2,)]


def certified(certificate: Certificate, *rows: int) -> list[Outcome]:
    return [
        Outcome(certificate.partition, msgspec.structs.replace(certificate, rows=count)) for count in rows
    ]


def test_days_are_together_as_long_as_they_are_small(polyai_url: str, tmp_path: Path) -> None:
    config = small_pages(polyai_url)
    (fetched,) = ingest_in(tmp_path, loads=False).run(config, partitions_of(config.project, [DAY1]))
    assert fetched.certificate is not None

    def sizes(*rows: int) -> list[int]:
        assert fetched.certificate is not None
        return [len(group) for group in together(certified(fetched.certificate, *rows))]

    assert sizes() == []
    assert sizes(*[20] * 365) == [MOST_DAYS] * 3 + [65]
    assert sizes(20, MOST_RECORDS + 1, 20, 20) == [1, 1, 2]
    assert sizes(MOST_RECORDS - 20, 20, 1) == [2, 1]
    red = Outcome.red(fetched.partition, ValueError())
    assert [len(group) for group in together([red, *certified(fetched.certificate, 20), red])] == [3]
