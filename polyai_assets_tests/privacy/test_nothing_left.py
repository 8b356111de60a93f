"""A day of planted conversations, loaded under a policy: nothing planted is in any byte of what is made of it."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from polyai_assets.contract.tables import CONVERSATION_DETAILS, FUNCTION_EVENTS
from polyai_assets.delivery.settings import USUAL_TABLES
from polyai_assets.marts.build import CopySource, make_copy
from polyai_assets.privacy.masking import Masking
from polyai_assets.privacy.policy import PrivacyPolicy
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.report.data import ReportScope
from polyai_assets.report.write import write_page
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.details import replace_details
from polyai_assets.warehouse.facts.masked import MaskedOtherwise
from polyai_assets.warehouse.facts.renew import are_current, renew_facts
from polyai_assets.warehouse.facts.settings import KpiSettings, VariantSettings
from polyai_assets.warehouse.load import Load
from polyai_assets_tests.contract.details import RECORDED, detail_of
from polyai_assets_tests.contract.records import FULL
from polyai_assets_tests.delivery.conftest import NOW, Desk, certificate_of
from polyai_assets_tests.looking import looking, own_duckdb
from polyai_assets_tests.privacy.planted import planted
from polyai_assets_tests.privacy.test_masking import ACME, CALLER, OURS, REDACTING
from polyai_assets_tests.warehouse.conftest import PARTITION, START, ask, batch, change
from polyai_assets_tests.warehouse.one_day import replace_partition

pytestmark = pytest.mark.slow

PUBLISHED = (*USUAL_TABLES, CONVERSATION_DETAILS.name, FUNCTION_EVENTS.name)
TEST_CALLER = "+447700900123"
SETTINGS = KpiSettings(usual=VariantSettings(test_numbers=(TEST_CALLER,)))
SHORTEST = 8
"""Characters of what is looked for: a shorter text may be there for another reason."""
CORPUS = [*planted(each=2)]
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


def load_all(warehouse: Warehouse, load: Load) -> None:
    records = [json.dumps(record(place)).encode() for place in range(len(CORPUS))]
    batches = [
        batch(*records),
        batch(json.dumps(record(0) | {"id": "GONE"}).encode(), vanished_at=START),
        batch(json.dumps(record(0) | {"id": "ODD", "turns": CORPUS[0].turns[0]}).encode()),
    ]
    changes = [change("CA0", field="turns[0].user_input", before=CORPUS[0].turns[0])]
    with own_duckdb() as connection:
        replace_partition(connection, warehouse, load, batches, changes)
        details = [detail_of(detail(place), conversation_id=f"CA{place}") for place in range(len(CORPUS))]
        replace_details(connection, warehouse, load, details)


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
    desk = Desk(folder, Warehouse(str(folder / "polyai.duckdb"), wait=30))
    certificate: Certificate = certificate_of(PARTITION.date, (b"1",))
    desk.certify(certificate)
    load = replace(
        PARTITION, records=certificate.content_sha256, kpi=SETTINGS, masking=masking, has_details=True
    )
    load_all(desk.warehouse, load)
    desk.publish(tables=PUBLISHED)
    make_copy(folder / "copy.duckdb", CopySource(warehouse=desk.warehouse, transcripts=True), NOW)
    with duckdb.connect(str(folder / "copy.duckdb"), read_only=True) as connection:
        write_page(
            connection,
            ReportScope((PARTITION.project,), PARTITION.date, PARTITION.date),
            folder / "page.html",
        )
    return folder


def everything_in(folder: Path) -> Iterator[tuple[str, str]]:
    """Give all that lies in a folder as text, databases and Parquet files as their rows, and all bytes."""
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        yield file.name, file.read_bytes().decode("utf-8", errors="replace")
        if file.suffix == ".parquet":
            with looking() as connection:
                yield file.name, str(connection.execute("FROM read_parquet(?)", [str(file)]).fetchall())
        if file.suffix == ".duckdb":
            with duckdb.connect(str(file), read_only=True) as connection:
                for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
                    yield f"{file.name}: {name}", str(connection.execute(f'FROM "{name}"').fetchall())


def left_in(folder: Path) -> set[tuple[str, str]]:
    return {(name, secret) for name, text in everything_in(folder) for secret in SECRETS if secret in text}


def test_nothing_planted_is_in_any_byte_of_tables_copy_files_page_and_log(folder: Path):
    assert left_in(folder) == set()
    names = {file.name for file in folder.rglob("*") if file.is_file()}
    assert {"polyai.duckdb", "copy.duckdb", "page.html", "everything.log"} <= names
    assert any(file.suffix == ".parquet" for file in folder.rglob("*"))


def test_without_a_policy_it_is_there(tmp_path: Path):
    """What the test above looks for is found."""
    load_all(Warehouse(str(tmp_path / "polyai.duckdb"), wait=30), PARTITION)
    found = {name for name, _ in left_in(tmp_path)}
    assert {"polyai.duckdb: turns", "polyai.duckdb: conversation_details"} <= found


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
        assert not are_current(connection, warehouse, after)
        with pytest.raises(MaskedOtherwise) as caught:
            renew_facts(connection, warehouse, after)
        replace_partition(connection, warehouse, after, [batch(payload)])
        assert not are_current(connection, warehouse, after)
        replace_details(connection, warehouse, after, details)
        assert are_current(connection, warehouse, after)
    assert "--replay --details" in str(caught.value)
