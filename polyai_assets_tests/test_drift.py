"""`polyai drift` on what was loaded: the findings, and the line that accepts each."""

import json
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from polyai_assets.cli import main
from polyai_assets.contract.fields import Kind, field
from polyai_assets.drift import open_drift
from polyai_assets.warehouse.attach import Warehouse, WarehouseUnreachable
from polyai_assets_tests.contract.records import CLEAN, payload, without
from polyai_assets_tests.deployment import HOTEL, configured, platform_in
from polyai_assets_tests.test_cli import root
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


def accepted(tmp_path: Path, *bodies: bytes) -> dict[str, tuple[str, str, str]]:
    loaded(Warehouse(str(tmp_path / "polyai.duckdb")), *bodies)
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


def test_numbers_with_and_without_a_fraction_are_numbers(tmp_path: Path):
    found = accepted(tmp_path, payload(score=1), payload(id="CA2", score=1.5))
    assert found["score"] == ("+", "add the field", 'field("score", Kind.NUMBER, "what it means"),')


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
