"""`polyai drift` on what was loaded: the findings, what declares them, and the commands that accept them."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest
import yaml
from click.testing import CliRunner

from polyai_assets.cli.main import main
from polyai_assets.contract.contract import PACKAGED, Contract
from polyai_assets.contract.drift import drift_of_pages
from polyai_assets.contract.fields import Kind, field
from polyai_assets.drift.open import Shown, read_drift
from polyai_assets.warehouse.attach import Warehouse, WarehouseUnreachable
from polyai_assets.warehouse.details import replace_details
from polyai_assets.warehouse.load import Load
from polyai_assets.workspace import find_platforms
from polyai_assets_tests.cli.test_main import MODULE, root
from polyai_assets_tests.contract.details import DAY, EVENT, RECORDED, detail_of
from polyai_assets_tests.contract.records import CLEAN, payload, without
from polyai_assets_tests.deployment import BANK, HOTEL, configured, platform_in
from polyai_assets_tests.drift.conftest import LetDrift
from polyai_assets_tests.warehouse.conftest import PARTITION, elsewhere, loaded

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_facts")]

__all__ = ["root"]

DRIFTED = payload(
    without(CLEAN, "in_progress"),
    moodScore=3.5,
    channel=7,
    extras={"a": 1},
    tags=["a"],
    turns=[{"langCode": "en", "parts": [{"a": 1}]}],
)
MEANS = {"description": "what it means"}


def shown(folder: Path, *bodies: bytes, partition: Load = PARTITION, contract: Contract = PACKAGED) -> Shown:
    loaded(Warehouse(str(folder / "polyai.duckdb")), *bodies, partition=replace(partition, contract=contract))
    return read(folder, contract)


def read(folder: Path, contract: Contract = PACKAGED) -> Shown:
    projects = [configured(one, "http://127.0.0.1:1") for one in (HOTEL, BANK)]
    platform = platform_in(folder, *projects, contract=contract)
    with duckdb.connect() as connection:
        return read_drift(connection, platform, [HOTEL.key, BANK.key], date.min)


def signs(found: Shown) -> dict[str, str]:
    return {one.finding.path: one.sign for one in found.open}


def to_declare(found: Shown) -> Any:
    return yaml.safe_load(found.contract)["contract"] if found.contract else None


@pytest.fixture(scope="module")
def every_kind(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    return shown(tmp_path_factory.mktemp("drifted"), DRIFTED)


def test_every_kind_of_drift_is_shown_and_what_is_new_has_its_lines(every_kind: Shown):
    assert signs(every_kind) == {
        "moodScore": "+",
        "extras": "+",
        "tags": "+",
        "turns[].langCode": "+",
        "turns[].parts": "+",
        "in_progress": "-",
        "channel": "~",
    }
    assert to_declare(every_kind) == {
        "conversations": [
            {"name": "extras", "kind": "object", **MEANS},
            {"name": "mood_score", "kind": "number", **MEANS, "api_name": "moodScore"},
            {"name": "tags", "kind": "list of text", **MEANS},
        ],
        "turns": [
            {"name": "lang_code", "kind": "text", **MEANS, "api_name": "langCode"},
            {"name": "parts", "kind": "list of objects", **MEANS},
        ],
    }
    assert every_kind.replay == [
        f"polyai backfill {HOTEL.key} --since {PARTITION.date} --until {PARTITION.date} --replay"
    ]


def test_each_finding_has_the_command_that_accepts_it(every_kind: Shown):
    assert {one.finding.path: one.accept for one in every_kind.open} == {
        path: f'polyai drift --accept {quoted} --why "…" {HOTEL.key}'
        for path, quoted in (
            *((path, path) for path in ("moodScore", "extras", "tags", "in_progress", "channel")),
            *((path, f"'{path}'") for path in ("turns[].langCode", "turns[].parts")),
        )
    }


ODD_NAMES = {
    "conversation_id": "conversation_id_sent",
    'quo"te': "quo_te",
    "back\\slash": "back_slash",
    "attr_555-010-4477": "attr_555_010_4477",
    "@": "field",
    "2fa": "field_2fa",
    "order": "order_sent",
    "Größe: 'x' #1": "gr_e_x_1",
    "a" * 70: "a" * 50,
}
"""New members of a record, and the columns that are proposed for them."""


@pytest.fixture(scope="module")
def lines_for_odd_names(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    found = shown(tmp_path_factory.mktemp("odd"), payload(**dict.fromkeys(ODD_NAMES, 1)))
    lines: list[dict[str, Any]] = to_declare(found)["conversations"]
    return lines


@pytest.mark.parametrize(("sent", "column"), ODD_NAMES.items())
def test_odd_names_make_lines_that_the_configuration_reads(
    lines_for_odd_names: list[dict[str, Any]], sent: str, column: str
):
    assert len(lines_for_odd_names) == len(ODD_NAMES)
    (entry,) = [line for line in lines_for_odd_names if line["name"] == column]
    wire = {} if sent == column else {"api_name": sent}
    assert entry == {"name": column, "kind": "integer", **MEANS, **wire}


def test_what_the_configuration_cannot_declare_is_accepted_only(tmp_path: Path):
    sent = ["note\n", "Channel", "{{ env.HOME }}", " "]
    found = shown(tmp_path, payload(**dict.fromkeys(sent, 1)))
    assert found.contract == ""
    assert [bool(one.accept) for one in found.open] == [True] * len(sent)


def test_names_that_are_alike_have_columns_of_their_own(tmp_path: Path):
    entries = to_declare(shown(tmp_path, payload(moodScore=1, mood_score=2, **{"mood-score": 3})))
    names = [one["name"] for one in entries["conversations"]]
    assert sorted(names) == ["mood_score", "mood_score_sent", "mood_score_sent_2"]


def test_a_field_of_several_projects_is_declared_once_for_all(tmp_path: Path):
    bank = elsewhere(PARTITION, project=BANK.key)
    loaded(Warehouse(str(tmp_path / "polyai.duckdb")), payload(score=1.5), partition=bank)
    found = shown(tmp_path, payload(score=1))
    assert to_declare(found) == {"conversations": [{"name": "score", "kind": "number", **MEANS}]}
    assert len(found.replay) == len(found.open) == 2


def test_what_is_declared_already_stands_in_the_lines_too(tmp_path: Path):
    contract = Contract(
        {"conversations": (field("tone", Kind.TEXT, "A tone", wire="toneOfVoice"),)}, {"metrics": ("CSAT",)}
    )
    found = shown(tmp_path, payload(toneOfVoice=["x"], mood="x"), contract=contract)
    tone = {"name": "tone", "kind": "text", "description": "A tone", "api_name": "toneOfVoice"}
    assert to_declare(found) == {
        "conversations": [tone, {"name": "mood", "kind": "text", **MEANS}],
        "known": {"metrics": ["CSAT"]},
    }
    assert found.stands_there
    assert {one.finding.path: one.hint for one in found.open} == {
        "mood": "",
        "toneOfVoice": "give it another kind under conversations of the contract in defs.yaml",
    }


def test_new_words_and_metrics_are_declared_as_known(tmp_path: Path):
    before = elsewhere(PARTITION, date=PARTITION.date.replace(month=2, day=28))
    loaded(Warehouse(str(tmp_path / "polyai.duckdb")), *days(before, metrics={"A": "1"}), partition=before)
    new = {"channel": "KIOSK", "environment": "staging", "metrics": {"A": "1", "B": "1"}}
    found = shown(tmp_path, *days(PARTITION, **new))
    assert to_declare(found) == {
        "known": {"channel": ["KIOSK"], "environment": ["staging"], "metrics": ["B"]}
    }


def days(partition: Load, **changed: Any) -> list[bytes]:
    return [
        payload(CLEAN | changed, id=f"CA{number}", started_at=f"{partition.date}T10:00:00Z")
        for number in range(20)
    ]


def test_members_of_pages_that_nobody_declared_are_accepted_only(tmp_path: Path):
    partition = replace(PARTITION, found_before=tuple(drift_of_pages({"total": 2, "partial": 1}, 3)))
    found = shown(tmp_path, payload(), partition=partition)
    assert signs(found) == {"(page).partial": "+", "(page).total": "+"}
    assert found.contract == ""
    assert found.open[0].accept == f"polyai drift --accept '(page).partial' --why \"…\" {HOTEL.key}"


def test_drift_of_details_is_declared_and_accepted_too(tmp_path: Path):
    odd = {"callCost": 0.5, "duration": "2", "utterance": "Hello."}
    body = without(RECORDED, "accountId") | {
        "moodScore": 3,
        "polyScore": "4",
        "shortSummary": {"heading": "A room", "content": 7, "keyPoints": ["a"]},
        "functionEvents": {"1": [EVENT | odd, 7], "first": [EVENT]},
    }
    with duckdb.connect() as connection:
        warehouse = Warehouse(str(tmp_path / "polyai.duckdb"))
        replace_details(
            connection, warehouse, elsewhere(PARTITION, date=DAY), [detail_of(msgspec.json.encode(body))]
        )
    found = read(tmp_path)
    assert signs(found) == {
        "details.accountId": "-",
        "details.functionEvents": "~",
        "details.functionEvents[]": "~",
        "details.functionEvents[].callCost": "+",
        "details.functionEvents[].duration": "~",
        "details.moodScore": "+",
        "details.polyScore": "~",
        "details.shortSummary.content": "~",
        "details.shortSummary.keyPoints": "+",
    }
    assert to_declare(found) == {
        "conversation_details": [
            {"name": "mood_score", "kind": "integer", **MEANS, "api_name": "moodScore"},
            {
                "name": "summary_key_points",
                "kind": "list of text",
                **MEANS,
                "api_name": "shortSummary.keyPoints",
            },
        ],
        "function_events": [{"name": "call_cost", "kind": "number", **MEANS, "api_name": "callCost"}],
    }
    assert found.replay == [
        f"polyai backfill {HOTEL.key} --since {DAY} --until {DAY} --details --replay",
    ]


def test_without_a_warehouse_nothing_is_claimed(tmp_path: Path):
    with pytest.raises(WarehouseUnreachable, match="nothing was loaded yet"):
        read(tmp_path)


def test_a_person_sees_a_diff_and_lines_to_paste_that_make_it_go_away(root: Path):
    warehouse = Warehouse(str(root / "data" / "polyai.duckdb"))
    loaded(warehouse, payload(mood="secret words"))
    result = CliRunner().invoke(main, ["drift", HOTEL.key, "--days", "36500"])
    assert result.exit_code == 0, result.output
    assert f"{HOTEL.key}\n  + mood: added\n" in result.output
    assert f'      to accept it as it is: polyai drift --accept mood --why "…" {HOTEL.key}\n' in result.output
    file = root / MODULE / "defs" / "polyai" / "defs.yaml"
    head = f"write this into {file.relative_to(root)}, below `attributes:`:\n\n"
    lines = result.output.partition(head)[2].partition("\n\n")[0]
    assert lines.startswith("  contract:\n    conversations:\n      - name: mood\n        kind: text\n")
    assert "secret words" not in result.output
    file.write_text(f"{file.read_text()}{lines}\n")
    (platform,) = find_platforms(root)
    loaded(warehouse, payload(mood="secret words"), partition=replace(PARTITION, contract=platform.contract))
    assert CliRunner().invoke(main, ["drift", "--days", "36500"]).output.startswith("no drift: ")


def test_a_program_sees_json(root: Path, let_drift: LetDrift):
    let_drift(mood="x")
    result = CliRunner().invoke(main, ["drift", "--json", "--days", "36500"])
    (platform,) = json.loads(result.output)
    (found,) = platform["open"]
    assert (found["finding"]["path"], found["finding"]["kind"]) == ("mood", "added")
    assert platform["file"] == f"{MODULE}/defs/polyai/defs.yaml"


def test_drift_that_is_long_past_is_not_shown(root: Path, let_drift: LetDrift):
    let_drift(mood="x")
    result = CliRunner().invoke(main, ["drift", "--days", "1"])
    assert result.output == "no drift: every record has the declared shape\n"


def test_a_warehouse_that_is_not_there_is_told(root: Path):
    result = CliRunner().invoke(main, ["drift"])
    assert result.exit_code == 1
    assert "nothing was loaded yet" in result.output
