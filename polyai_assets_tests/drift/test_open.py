"""`polyai drift` on what was loaded: the findings, and the line that accepts each."""

import json
from dataclasses import astuple, replace
from pathlib import Path

import duckdb
import msgspec
import pytest
from click.testing import CliRunner

from polyai_assets.cli.main import main
from polyai_assets.contract.drift import drift_of_pages
from polyai_assets.contract.fields import Kind, field
from polyai_assets.drift.open import open_drift
from polyai_assets.warehouse.attach import Warehouse, WarehouseUnreachable
from polyai_assets.warehouse.details import replace_details
from polyai_assets.warehouse.partition import Partition
from polyai_assets_tests.cli.test_main import root
from polyai_assets_tests.contract.details import DAY, EVENT, RECORDED, detail_of
from polyai_assets_tests.contract.records import CLEAN, payload, without
from polyai_assets_tests.deployment import HOTEL, configured, platform_in
from polyai_assets_tests.warehouse.conftest import PARTITION, loaded

__all__ = ["root"]

DRIFTED = payload(
    without(CLEAN, "in_progress"),
    moodScore=3.5,
    channel=7,
    extras={"a": 1},
    tags=["a"],
    turns=[{"langCode": "en", "parts": [{"a": 1}]}],
)


def accepted(
    tmp_path: Path, *bodies: bytes, partition: Partition = PARTITION
) -> dict[str, tuple[str, str, str]]:
    loaded(Warehouse(str(tmp_path / "polyai.duckdb")), *bodies, partition=partition)
    platform = platform_in(tmp_path, configured(HOTEL, "http://127.0.0.1:1"))
    with duckdb.connect() as connection:
        found = open_drift(connection, platform, [HOTEL.key], PARTITION.date)
    return {
        one.finding.path: (one.sign, one.accepting.what, one.accepting.line)
        if one.accepting
        else (one.sign, "", "")
        for one in found
    }


def test_every_kind_of_drift_says_how_it_is_accepted(tmp_path: Path):
    assert accepted(tmp_path, DRIFTED) == {
        "moodScore": (
            "+",
            "add the field",
            'field("mood_score", Kind.NUMBER, "what it means", wire="moodScore"),',
        ),
        "extras": ("+", "add the field", 'field("extras", Kind.OBJECT, "what it means"),'),
        "tags": ("+", "add the field", 'field("tags", Kind.TEXT_LIST, "what it means"),'),
        "turns[].langCode": (
            "+",
            "add the field",
            'field("lang_code", Kind.TEXT, "what it means", wire="langCode"),',
        ),
        "turns[].parts": ("+", "add the field", 'field("parts", Kind.OBJECT_LIST, "what it means"),'),
        "in_progress": ("-", "take required=True from in_progress", ""),
        "channel": ("~", "give channel another Kind", ""),
    }


@pytest.mark.parametrize(
    ("sent", "line"),
    [
        (
            "conversation_id",
            'field("conversation_id_sent", Kind.INTEGER, "what it means", wire="conversation_id"),',
        ),
        ('quo"te', 'field("quo_te", Kind.INTEGER, "what it means", wire="quo\\"te"),'),
        ("back\\slash", 'field("back_slash", Kind.INTEGER, "what it means", wire="back\\\\slash"),'),
        (
            "attr_555-010-4477",
            'field("attr_555_010_4477", Kind.INTEGER, "what it means", wire="attr_555-010-4477"),',
        ),
        ("@", 'field("unnamed", Kind.INTEGER, "what it means", wire="@"),'),
    ],
)
def test_odd_names_make_lines_that_python_reads(tmp_path: Path, sent: str, line: str):
    (found,) = accepted(tmp_path, payload(**{sent: 1})).values()
    assert found == ("+", "add the field", line)
    declared = eval(line.rstrip(","), {"field": field, "Kind": Kind})
    assert declared.wire == sent


def test_members_of_pages_that_nobody_declared_are_shown_and_accepted_by_no_line(tmp_path: Path):
    partition = replace(PARTITION, found_before=tuple(drift_of_pages({"total": 2, "partial": 1}, 3)))
    found = accepted(tmp_path, payload(), partition=partition)
    assert found == {"(page).partial": ("+", "", ""), "(page).total": ("+", "", "")}


def test_numbers_with_and_without_a_fraction_are_numbers(tmp_path: Path):
    found = accepted(tmp_path, payload(score=1), payload(id="CA2", score=1.5))
    assert found["score"] == ("+", "add the field", 'field("score", Kind.NUMBER, "what it means"),')


def of_details(tmp_path: Path, **changed: object) -> dict[str, tuple[str, str, str, str, str]]:
    """What is said of the drift of a detail: sign, file, what to do, the line, what to replay."""
    body = msgspec.json.encode(without(RECORDED, "accountId") | changed)
    with duckdb.connect() as connection:
        warehouse = Warehouse(str(tmp_path / "polyai.duckdb"))
        replace_details(connection, warehouse, replace(PARTITION, date=DAY), [detail_of(body)])
    platform = platform_in(tmp_path, configured(HOTEL, "http://127.0.0.1:1"))
    with duckdb.connect() as connection:
        return {
            one.finding.path: (one.sign, *astuple(one.accepting)) if one.accepting else (one.sign, *4 * ("",))
            for one in open_drift(connection, platform, [HOTEL.key], DAY)
        }


def test_drift_of_details_says_how_it_is_accepted_too(tmp_path: Path):
    odd = {"callCost": 0.5, "note\n": "x", "duration": "2", "utterance": "Hello."}
    found = of_details(
        tmp_path,
        moodScore=3,
        polyScore="4",
        shortSummary={"heading": "A room", "content": 7, "keyPoints": ["a"]},
        functionEvents={"1": [EVENT | odd, 7], "first": [EVENT]},
    )
    detail, event = (f"polyai_assets/contract/{name}.py" for name in ("detail", "function_event"))
    replay = "conversation_details,function_events,metric_events"
    assert found == {
        "details.accountId": ("-", detail, "take required=True from accountId", "", replay),
        "details.functionEvents": ("~", "", "", "", ""),
        "details.functionEvents[]": ("~", "", "", "", ""),
        "details.functionEvents[].callCost": (
            "+",
            event,
            "add the field",
            'field("call_cost", Kind.NUMBER, "what it means", wire="callCost"),',
            replay,
        ),
        "details.functionEvents[].duration": ("~", event, "give duration another Kind", "", replay),
        "details.functionEvents[].note\ufffd": (
            "+",
            event,
            "add the field",
            'field("note", Kind.TEXT, "what it means", wire="note\\n"),',
            replay,
        ),
        "details.moodScore": (
            "+",
            detail,
            "add the field",
            'field("mood_score", Kind.INTEGER, "what it means", wire="moodScore"),',
            replay,
        ),
        "details.polyScore": ("~", detail, "give polyScore another Kind", "", replay),
        "details.shortSummary.content": ("~", detail, "give shortSummary.content another Kind", "", replay),
        "details.shortSummary.keyPoints": (
            "+",
            detail,
            "add the field",
            'field("summary_key_points", Kind.TEXT_LIST, "what it means", wire="shortSummary.keyPoints"),',
            replay,
        ),
    }


@pytest.mark.parametrize("kind", ["details", "conversations", "both"])
def test_a_person_is_told_what_to_replay(root: Path, kind: str):
    warehouse = Warehouse(str(root / "data" / "polyai.duckdb"))
    told = []
    if kind != "details":
        loaded(warehouse, payload(mood="x"))
        told.append("conversations,turns,metrics without raw_conversations")
    if kind != "conversations":
        detail = detail_of(msgspec.json.encode(RECORDED | {"mood": "x"}))
        with duckdb.connect() as connection:
            replace_details(connection, warehouse, PARTITION, [detail])
        told.append("conversation_details,function_events,metric_events without raw_details")
    result = CliRunner().invoke(main, ["drift", "--days", "36500"])
    assert result.output.endswith(f"fills the new column: materialize {' and '.join(told)}.\n")


def test_without_a_warehouse_nothing_is_claimed(tmp_path: Path):
    platform = platform_in(tmp_path, configured(HOTEL, "http://127.0.0.1:1"))
    with duckdb.connect() as connection, pytest.raises(WarehouseUnreachable, match="nothing was loaded yet"):
        open_drift(connection, platform, [HOTEL.key], PARTITION.date)


def test_a_person_sees_a_diff(root: Path):
    loaded(Warehouse(str(root / "data" / "polyai.duckdb")), payload(mood="secret words"))
    result = CliRunner().invoke(main, ["drift", "us-1/acme/hotel-bot", "--days", "36500"])
    assert result.exit_code == 0, result.output
    assert "us-1/acme/hotel-bot\n  + mood: added\n" in result.output
    assert 'field("mood", Kind.TEXT, "what it means"),' in result.output
    assert "secret words" not in result.output


def test_a_program_sees_json(root: Path):
    loaded(Warehouse(str(root / "data" / "polyai.duckdb")), payload(mood="x"))
    result = CliRunner().invoke(main, ["drift", "--json", "--days", "36500"])
    (found,) = json.loads(result.output)
    assert (found["finding"]["path"], found["finding"]["kind"]) == ("mood", "added")
    assert found["accepting"]["file"] == "polyai_assets/contract/conversation.py"


def test_drift_that_is_long_past_is_not_shown(root: Path):
    loaded(Warehouse(str(root / "data" / "polyai.duckdb")), payload(mood="x"))
    result = CliRunner().invoke(main, ["drift", "--days", "1"])
    assert result.output == "no drift: every record has the declared shape\n"


def test_a_warehouse_that_is_not_there_is_told(root: Path):
    result = CliRunner().invoke(main, ["drift"])
    assert result.exit_code == 1
    assert "nothing was loaded yet" in result.output
