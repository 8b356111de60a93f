"""A day of planted conversations, loaded under a policy: nothing planted is in any byte of what is made of it."""

import json
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import dagster as dg
import duckdb
import pyarrow as pa
import pytest

from polyai_assets.alerts.block import block_of
from polyai_assets.alerts.gather import gather
from polyai_assets.alerts.settings import AlertSettings
from polyai_assets.assets.outcome import DetailsOutcome, Outcome
from polyai_assets.assets.partition_outcome import PartitionOutcome
from polyai_assets.checks import no_schema_drift, text_is_redacted, v3_guarantees
from polyai_assets.contract.tables import CONVERSATION_DETAILS, FUNCTION_EVENTS, QA_SAMPLES
from polyai_assets.delivery.settings import USUAL_TABLES
from polyai_assets.marts.build import CopySource, make_copy
from polyai_assets.privacy.masking import Masking
from polyai_assets.privacy.policy import PrivacyPolicy
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.report.data import ReportScope
from polyai_assets.report.write import write_page
from polyai_assets.review.sampled import sampled_turns
from polyai_assets.review.write import write_sheet
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.details import LoadedDetails, replace_details
from polyai_assets.warehouse.facts.masked import MaskedOtherwise
from polyai_assets.warehouse.facts.renew import renew_facts
from polyai_assets.warehouse.facts.settings import KpiSettings, VariantSettings
from polyai_assets.warehouse.load import Load, Staged
from polyai_assets.warehouse.replace import replace_tables
from polyai_assets.warehouse.staged_rows import row_schema
from polyai_assets_tests.contract.details import RECORDED, detail_of
from polyai_assets_tests.contract.records import FULL
from polyai_assets_tests.delivery.conftest import NOW, Desk, LoadedOnce, certificate_of
from polyai_assets_tests.looking import looking, own_duckdb
from polyai_assets_tests.privacy.planted import planted
from polyai_assets_tests.privacy.test_masking import ACME, CALLER, OURS, REDACTING
from polyai_assets_tests.tiers import LONG
from polyai_assets_tests.warehouse.conftest import PARTITION, START, ask, batch, change, current_facts
from polyai_assets_tests.warehouse.one_day import replace_partition

pytestmark = pytest.mark.slow

PUBLISHED = (*USUAL_TABLES, CONVERSATION_DETAILS.name, FUNCTION_EVENTS.name)
TEST_CALLER = "+447700900123"
SETTINGS = KpiSettings(usual=VariantSettings(test_numbers=(TEST_CALLER,)))
SHORTEST = 8
"""Characters of what is looked for: a shorter text may be there for another reason."""
CORPUS = [*planted(each=2)]
JUDGED = (
    [
        ("turns", text_is_redacted.NAME),
        ("turns", v3_guarantees.NAME),
        ("conversations", v3_guarantees.NAME),
        ("conversations", no_schema_drift.NAME),
    ],
    [("conversation_details", text_is_redacted.NAME), ("conversation_details", no_schema_drift.NAME)],
)
"""The checks of what was loaded of the list, and of details, by asset."""
Loaded = tuple[Staged, LoadedDetails]
SECRETS = {text for found in CORPUS for text in found.gone if len(text) >= SHORTEST} | {
    CALLER,
    CALLER[4:],
    TEST_CALLER[4:],
}


def record(place: int) -> dict[str, Any]:
    found = CORPUS[place]
    turns = [
        {**FULL["turns"][0], "user_input": text, "agent_response": f"You said: {text}"}
        for text in found.turns
    ]
    return FULL | {
        "id": f"CA{place}",
        "from_number": TEST_CALLER if place == 1 else CALLER,
        "to_number": OURS,
        "turns": turns,
        "state": {**found.values, "said": " ".join(found.turns)},
        "metrics": {"CSAT_FREE_FEEDBACK": found.turns[0], "SAID": found.turns[0]},
        "odd": found.turns[0],
    }


def detail(place: int) -> bytes:
    found = CORPUS[place]
    sent = {
        "fromNumber": CALLER,
        "toNumber": OURS,
        "direction": "inbound",
        "note": found.turns[0],
        "shortSummary": {"heading": found.turns[0], "content": " ".join(found.turns)},
        "functionEvents": {
            "1": [{"name": "f", "arguments": dict(found.values), "utterance": found.turns[0]}]
        },
    }
    return json.dumps(RECORDED | {"turns": [], "metrics": {}} | sent).encode()


def load_all(warehouse: Warehouse, load: Load, places: Sequence[int] = range(len(CORPUS))) -> Loaded:
    records = [json.dumps(record(place)).encode() for place in places]
    batches = [
        batch(*records),
        batch(json.dumps(record(0) | {"id": "GONE"}).encode(), vanished_at=START),
        batch(json.dumps(record(0) | {"id": "ODD", "turns": CORPUS[0].turns[0]}).encode()),
    ]
    changes = [change("CA0", field="turns[0].user_input", before=CORPUS[0].turns[0])]
    with own_duckdb() as connection:
        staged = replace_partition(connection, warehouse, load, batches, changes)
        details = [detail_of(detail(place), conversation_id=f"CA{place}") for place in places]
        return staged, replace_details(connection, warehouse, load, details)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with tables, copy, published files, a page and a log of a day under a policy."""
    folder = tmp_path_factory.mktemp("masked")
    handler = logging.FileHandler(folder / "everything.log")
    logging.getLogger().addHandler(handler)
    logging.getLogger("polyai_assets").setLevel(logging.DEBUG)
    try:
        yield made_in(folder, Masking(REDACTING, ACME))
    finally:
        logging.getLogger("polyai_assets").setLevel(logging.NOTSET)
        logging.getLogger().removeHandler(handler)


def made_in(folder: Path, masking: Masking) -> Path:
    desk = Desk(folder, Warehouse(str(folder / "polyai.duckdb"), wait=30), LoadedOnce(folder))
    certificate: Certificate = certificate_of(PARTITION.date, (b"1",))
    desk.certify(certificate)
    load = replace(
        PARTITION, records=certificate.content_sha256, kpi=SETTINGS, masking=masking, has_details=True
    )
    write_what_follows(folder, desk.warehouse, load_all(desk.warehouse, load))
    desk.publish(tables=PUBLISHED)
    make_copy(folder / "copy.duckdb", CopySource(warehouse=desk.warehouse, transcripts=True), NOW)
    with duckdb.connect(str(folder / "copy.duckdb"), read_only=True) as connection:
        write_page(
            connection,
            ReportScope((PARTITION.project,), PARTITION.date, PARTITION.date),
            folder / "page.html",
        )
    return folder


def write_what_follows(folder: Path, warehouse: Warehouse, loaded: Loaded) -> None:
    """Write what Dagster is given of the day, the findings and alerts of it, and a sheet for its review."""
    staged, details = loaded
    given = {"rows": details.rows, "facts": details.facts, "drift": details.drift, "leaks": details.leaks}
    outcomes: list[PartitionOutcome] = [
        Outcome(PARTITION.partition, staged=staged),
        DetailsOutcome(PARTITION.partition, sampled_texts=details.sampled_texts, **given),
    ]
    tables = (staged.rows, details.rows)
    shown = [outcome.metadata(name) for outcome, rows in zip(outcomes, tables, strict=True) for name in rows]
    judged = [
        outcome.judge(dg.AssetCheckKey(dg.AssetKey(asset), check))
        for outcome, names in zip(outcomes, JUDGED, strict=True)
        for asset, check in names
    ]
    (folder / "events.txt").write_text(repr([shown, judged, [outcome.made_beside for outcome in outcomes]]))
    drawn = {"conversation_id": "CA0", "position": 0} | {
        field.name: field.kind.empty
        for field in QA_SAMPLES.row_fields
        if field.name not in ("conversation_id",)
    }
    with own_duckdb() as connection:
        rows = pa.Table.from_pylist([drawn], row_schema(QA_SAMPLES))
        replace_tables(connection, warehouse, PARTITION, {QA_SAMPLES: rows})
        turns = sampled_turns(connection, warehouse, PARTITION.project, None, None)
        with warehouse.attached(connection, read_only=True):
            findings = gather(connection, [PARTITION.project], lambda _: (), kpis=False)
    assert any(finding.kind for finding in findings)
    alerts = [block_of(finding, AlertSettings()).text for finding in findings]
    (folder / "findings.txt").write_text(repr([findings, alerts]))
    write_sheet(turns, folder / "review.xlsx")


def everything_in(folder: Path) -> Iterator[tuple[str, str]]:
    """Give all that lies in a folder as text, databases and Parquet files as their rows, and all bytes."""
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        yield file.name, file.read_bytes().decode("utf-8", errors="replace")
        if file.suffix == ".xlsx":
            with ZipFile(file) as packed:
                yield file.name, "".join(packed.read(name).decode() for name in packed.namelist())
        if file.suffix == ".parquet":
            with looking() as connection:
                yield file.name, str(connection.execute("FROM read_parquet(?)", [str(file)]).fetchall())
        if file.suffix == ".duckdb":
            with duckdb.connect(str(file), read_only=True) as connection:
                for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
                    yield f"{file.name}: {name}", str(connection.execute(f'FROM "{name}"').fetchall())


def left_in(folder: Path) -> set[tuple[str, str]]:
    return {(name, secret) for name, text in everything_in(folder) for secret in SECRETS if secret in text}


def test_nothing_planted_is_in_any_byte_of_what_is_made_of_a_day(folder: Path):
    assert left_in(folder) == set()
    names = {file.name for file in folder.rglob("*") if file.is_file()}
    made = {"polyai.duckdb", "copy.duckdb", "page.html", "everything.log"}
    assert made | {"events.txt", "findings.txt", "review.xlsx"} <= names
    assert any(file.suffix == ".parquet" for file in folder.rglob("*"))


@LONG
def test_where_contacts_and_text_are_dropped_nothing_planted_is_left_either(tmp_path: Path):
    warehouse = Warehouse(str(tmp_path / "polyai.duckdb"), wait=30)
    load = replace(PARTITION, masking=Masking(PrivacyPolicy(pii="drop", text="drop")), has_details=True)
    write_what_follows(tmp_path, warehouse, load_all(warehouse, load, range(0, len(CORPUS), 5)))
    assert left_in(tmp_path) == set()


def test_texts_of_details_are_looked_at_once_more(folder: Path):
    events = (folder / "events.txt").read_text()
    assert len(re.findall(r"nothing is left in [\d,]+ texts", events)) == 2


def test_without_a_policy_it_is_there(tmp_path: Path):
    """What the test above looks for is found."""
    warehouse = Warehouse(str(tmp_path / "polyai.duckdb"), wait=30)
    write_what_follows(tmp_path, warehouse, load_all(warehouse, PARTITION, range(0, len(CORPUS), 5)))
    found = {name for name, _ in left_in(tmp_path)}
    assert {"polyai.duckdb: turns", "polyai.duckdb: conversation_details", "review.xlsx"} <= found


def test_facts_count_pseudonyms_as_the_phones_that_they_stand_for(folder: Path):
    with duckdb.connect(str(folder / "polyai.duckdb"), read_only=True) as connection:
        found = connection.execute(
            "SELECT DISTINCT contact_kind, contact, our_number, test_rule FROM conversation_facts ORDER BY ALL"
        ).fetchall()
        numbers = connection.execute("SELECT test_numbers FROM kpi_settings").fetchall()
    caller, test = ACME.of_contact(CALLER), ACME.of_contact(TEST_CALLER)
    assert sorted(found) == sorted([("phone", caller, OURS, None), ("phone", test, OURS, "number")], key=str)
    assert numbers == [([test],)]


def test_where_the_details_know_that_a_call_was_outbound_its_numbers_are_theirs(tmp_path: Path):
    warehouse = Warehouse(str(tmp_path / "polyai.duckdb"), wait=30)
    load = replace(PARTITION, masking=Masking(REDACTING, ACME), has_details=True)
    outbound = FULL | {"from_number": OURS, "to_number": CALLER}
    sent = RECORDED | {"fromNumber": OURS, "toNumber": CALLER, "direction": "outbound"}
    with own_duckdb() as connection:
        replace_partition(connection, warehouse, load, [batch(json.dumps(outbound).encode())])
        replace_details(connection, warehouse, load, [detail_of(json.dumps(sent).encode())])
    token = ACME.of_contact(CALLER)
    assert ask(warehouse, "SELECT from_number, to_number FROM conversations") == [
        {"from_number": OURS, "to_number": token}
    ]
    assert ask(warehouse, "SELECT contact FROM conversation_facts") == [{"contact": token}]


def test_facts_of_tables_of_another_policy_are_refused_and_stale_until_the_details_follow(tmp_path: Path):
    warehouse = Warehouse(str(tmp_path / "polyai.duckdb"), wait=30)
    before = replace(PARTITION, records="r1", has_details=True)
    after = replace(before, masking=Masking(PrivacyPolicy(text="redact")))
    payload, details = json.dumps(FULL).encode(), [detail_of(json.dumps(RECORDED).encode())]
    with own_duckdb() as connection:
        replace_partition(connection, warehouse, before, [batch(payload)])
        replace_details(connection, warehouse, before, details)
        assert current_facts(connection, warehouse, after) is None
        with pytest.raises(MaskedOtherwise) as caught:
            renew_facts(connection, warehouse, after)
        replace_partition(connection, warehouse, after, [batch(payload)])
        assert current_facts(connection, warehouse, after) is None
        replace_details(connection, warehouse, after, details)
        assert current_facts(connection, warehouse, after) is not None
    assert "--replay --details" in str(caught.value)
