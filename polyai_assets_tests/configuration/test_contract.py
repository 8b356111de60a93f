"""The option `contract`: further fields and known words, and what they may not be."""

from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from polyai_assets.assets.details import build_details
from polyai_assets.assets.ingest import build_ingest
from polyai_assets.configuration.schema import AttributesInFile
from polyai_assets.contract.contract import EXTENDABLE, PACKAGED
from polyai_assets.contract.fields import EXTRA, Kind, Pii, field
from polyai_assets.contract.profile import METRIC, WORD
from polyai_assets.contract.tables import CONVERSATIONS, DETAIL_TABLES, TABLES, TURNS
from polyai_assets_tests.configuration.conftest import VALID, Load, Problems

DECLARED = """\
  contract:
    conversations:
      - name: mood_score
        kind: number
        description: How the user felt
        api_name: moodScore
      - {name: tags, kind: list of text, description: Tags, pii: text}
    turns:
      - {name: lang, kind: text, description: Language of the turn, api_name: latency.lang, pii: none}
    known:
      channel: [KIOSK, Voice-Note]
      environment: staging
      metrics: CSAT
"""


def test_without_the_option_the_contract_is_the_packaged_one(load: Load):
    assert load(VALID).contract is PACKAGED
    assert (PACKAGED.tables, PACKAGED.detail_tables) == (TABLES, DETAIL_TABLES)


def test_declared_fields_are_columns_beside_the_packaged_ones(load: Load):
    contract = load(VALID + DECLARED).contract
    mood = field("mood_score", Kind.NUMBER, "How the user felt", wire="moodScore")
    tags = field("tags", Kind.TEXT_LIST, "Tags", pii=Pii.TEXT)
    added = [
        one for one in contract.conversation if one.name not in {each.name for each in CONVERSATIONS.fields}
    ]
    assert added == [mood, tags]
    assert contract.conversation[-1] is EXTRA
    lang = field("lang", Kind.TEXT, "Language of the turn", wire="latency.lang", pii=Pii.NONE)
    assert contract.turn == (*TURNS.fields[:-1], lang, EXTRA)
    assert contract.detail_tables == DETAIL_TABLES


def test_declared_words_and_metrics_are_never_new(load: Load):
    more = load(VALID + DECLARED).contract.never_new - PACKAGED.never_new
    assert more == {
        (WORD, "channel", "KIOSK"),
        (WORD, "channel", "Voice-Note"),
        (WORD, "environment", "staging"),
        (METRIC, "metrics", "CSAT"),
    }


def test_conversations_can_be_filtered_by_a_declared_channel_and_by_no_other(load: Load, problems: Problems):
    filtered = (
        "      channels: [kiosk, voice]\n"
        "      searches: [{name: a, type: transcript, query: b, channels: VOICE-NOTE}]\n"
    )
    (project,) = load(VALID + filtered + DECLARED).projects
    assert (project.channels, project.searches[0].channels) == (("kiosk", "voice"), ("VOICE-NOTE",))
    first, second = problems(VALID + filtered)
    assert "defs.yaml:11 attributes.projects.0.channels: ['kiosk', 'voice'] is no channel" in first
    assert "defs.yaml:12 attributes.projects.0.searches.0.channels: 'VOICE-NOTE' is no channel" in second


def test_editors_and_dg_know_the_option():
    schema = Draft202012Validator(AttributesInFile.model_json_schema())
    given = yaml.load(VALID + DECLARED, Loader=yaml.BaseLoader)["attributes"]
    assert [one.message for one in schema.iter_errors(given)] == []
    given["contract"]["turns"][0]["kind"] = "txt"
    (error,) = schema.iter_errors(given)
    assert error.json_path == "$.contract.turns[0].kind"


def test_dagster_shows_the_declared_columns_of_its_platform_and_of_no_other(load: Load, tmp_path: Path):
    details = "    function_events: [{name: cost, kind: number, description: Its cost}]\n"
    by_hand = VALID + "      details: by_hand\n"
    shown = [
        {
            (spec.key.path[-1], column.name)
            for step in (build_ingest(platform, tmp_path), *build_details(platform, tmp_path))
            for spec in step.specs
            for column in spec.metadata["dagster/column_schema"].columns
        }
        for platform in (load(by_hand + DECLARED + details), load(by_hand))
    ]
    assert shown[0] - shown[1] == {
        ("conversations", "mood_score"),
        ("conversations", "tags"),
        ("turns", "lang"),
        ("function_events", "cost"),
    }


@pytest.mark.parametrize("name", EXTENDABLE)
def test_each_table_of_records_takes_fields(load: Load, name: str):
    text = f"{VALID}  contract:\n    {name}: [{{name: mood, kind: object, description: A mood}}]\n"
    contract = load(text).contract
    table = contract.table(EXTENDABLE[name])
    assert table.configured == (field("mood", Kind.OBJECT, "A mood", pii=Pii.FREE),)


_SOME = "kind: text, description: A field"


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ("[]", " must be a mapping with tables, such as conversations, and known."),
        ("{turn: []}", ".turn: unknown option. Did you mean turns?"),
        ("{turns: {name: a}}", ".turns: must be a list, each entry beginning with '- name: …'."),
        ("{turns: [a]}", ".turns.0: must be a mapping with name, kind and description."),
        (f"{{turns: [{{{_SOME}}}]}}", ".turns.0.name: is missing: The name of its column"),
        ("{turns: [{name: a, kind: text}]}", ".turns.0.description: is missing: What it means"),
        ("{turns: [{name: a, kind: text, description: b, unit: s}]}", ".turns.0.unit: unknown option."),
        (
            "{turns: [{name: a, kind: txt, description: b}]}",
            ".turns.0.kind: 'txt' is no kind of value. Did you mean text? Write one of text, timestamp, integer,",
        ),
        (
            "{turns: [{name: a, kind: latency, description: b}]}",
            ".turns.0.kind: 'latency' is no kind of value.",
        ),
        (
            f"{{turns: [{{name: moodScore, {_SOME}}}]}}",
            ".turns.0.name: 'moodScore' is no name of a column: write small letters, digits and _,",
        ),
        (f"{{turns: [{{name: 2fa, {_SOME}}}]}}", ".turns.0.name: '2fa' is no name of a column"),
        (f"{{turns: [{{name: {'a' * 64}, {_SOME}}}]}}", "is no name of a column"),
        (
            f"{{turns: [{{name: order, {_SOME}}}]}}",
            ".turns.0.name: 'order' is a word of SQL, which every query would have to quote. Choose another, such as "
            "order_sent, and write api_name: order.",
        ),
        (
            f"{{turns: [{{name: turn_index, {_SOME}}}]}}",
            ".turns.0.name: 'turn_index' is a column of turns already. Choose another name,",
        ),
        (f"{{turns: [{{name: extra, {_SOME}}}]}}", ".turns.0.name: 'extra' is a column of turns already."),
        (
            f"{{turns: [{{name: a, {_SOME}}}, {{name: a, {_SOME}}}]}}",
            ".turns.1.name: 'a' is a column of turns",
        ),
        (
            f"{{turns: [{{name: said, api_name: User_Input, {_SOME}}}]}}",
            ".turns.0.api_name: 'User_Input' is declared already, or differs in capitals alone: it is the column "
            "user_input of turns. Remove this entry.",
        ),
        (
            f"{{conversations: [{{name: turns, {_SOME}}}]}}",
            ".conversations.0.name: 'turns' is declared already, or differs in capitals alone: it is the table turns.",
        ),
        (
            f"{{conversation_details: [{{name: functions, api_name: functionEvents, {_SOME}}}]}}",
            "it is the table function_events. Remove this entry.",
        ),
        (
            "{turns: [{name: a, api_name: latency.at, kind: timestamp, description: b}]}",
            ".turns.0.kind: no member of latency is read as a time. Write text, and cast it in your query.",
        ),
        ("{known: [KIOSK]}", ".known: must be a mapping, such as {channel: [KIOSK]}."),
        ("{known: {chanel: KIOSK}}", ".known.chanel: unknown option. Did you mean channel?"),
        ("{known: {channel: [7]}}", ".known.channel: [7] must be text; put it in quotes."),
    ],
)
def test_a_declaration_that_cannot_be_is_told_with_its_place_and_what_to_do(
    problems: Problems, declared: str, said: str
):
    (problem,) = problems(f"{VALID}  contract: {declared}\n")
    assert problem.startswith("defs.yaml:11 attributes.contract")
    assert said.lstrip() in problem


def test_a_table_that_stands_one_level_too_high_is_told_its_place(problems: Problems):
    (problem,) = problems(f"{VALID}  function_events: []\n")
    assert "function_events belongs under `contract`. Move it there." in problem
