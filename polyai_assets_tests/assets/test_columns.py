"""What Dagster shows of the columns of a table, and of their constraints."""

import dagster as dg

from polyai_assets.assets.specs import table_spec
from polyai_assets.contract.conversation import CONVERSATION
from polyai_assets.contract.fields import DATE, Kind, derived, field
from polyai_assets.contract.tables import CONVERSATIONS, METRICS, TURNS, Table
from polyai_assets_tests.deployment import Deployment


def schema_of(deployment: Deployment, table: Table) -> dg.TableSchema:
    schema = table_spec(deployment.platform, table).metadata["dagster/column_schema"]
    assert isinstance(schema, dg.TableSchema)
    return schema


def column_of(deployment: Deployment, table: Table, name: str) -> dg.TableColumn:
    (column,) = [one for one in schema_of(deployment, table).columns if one.name == name]
    return column


def constraints_of(deployment: Deployment, table: Table, name: str) -> list[str]:
    return list(column_of(deployment, table, name).constraints.other)


def test_text_lists_and_keys_are_never_null_and_the_others_may_be(deployment: Deployment):
    nullable = {one.name for one in schema_of(deployment, TURNS).columns if one.constraints.nullable}
    assert nullable == {
        *("user_input_datetime", "agent_response_datetime", "latency", "latency_percentile_1d"),
        *("is_ood", "is_silence", "barge_in", "metadata", "extra"),
    }
    assert not column_of(deployment, CONVERSATIONS, "started_at").constraints.nullable


def test_the_columns_of_a_key_are_marked_and_unique_together(deployment: Deployment):
    schema = schema_of(deployment, METRICS)
    assert [one.name for one in schema.columns if "key" in one.tags] == [
        *("project", "date", "conversation_id", "name", "position"),
    ]
    assert schema.constraints.other == ["unique together: project, date, conversation_id, name, position"]
    assert not any(one.constraints.unique for one in schema.columns)


def test_a_key_of_one_column_is_unique(deployment: Deployment):
    table = Table("words", "One row per word.", (derived("word", Kind.TEXT, "A word", key=True), DATE))
    assert not any(one.constraints.unique for one in schema_of(deployment, table).columns)
    alone = Table("words", "One row per word.", table.fields[:1])
    (column,) = schema_of(deployment, alone).columns
    assert column.constraints.unique
    assert schema_of(deployment, alone).constraints.other == []


def test_a_smallest_number_is_a_constraint_and_the_unit_is_in_the_description(deployment: Deployment):
    column = column_of(deployment, CONVERSATIONS, "total_duration")
    assert column.description == "Length of the whole call (seconds)"
    assert list(column.constraints.other) == ["at least 0", "plausible up to 604,800"]
    assert constraints_of(deployment, TURNS, "is_ood") == []


def test_what_the_api_always_sends_and_what_may_be_empty_are_told_apart(deployment: Deployment):
    assert constraints_of(deployment, CONVERSATIONS, "conversation_id") == ["always sent", "never empty"]
    assert constraints_of(deployment, CONVERSATIONS, "account_id") == ["always sent", "may be empty"]
    assert constraints_of(deployment, CONVERSATIONS, "variant_id") == ["may be empty"]
    assert constraints_of(deployment, CONVERSATIONS, "started_at") == ["always sent", "never empty"]
    assert constraints_of(deployment, CONVERSATIONS, "in_progress") == ["always sent"]
    assert constraints_of(deployment, CONVERSATIONS, "region") == []
    assert constraints_of(deployment, TURNS, "user_input_datetime") == ["NULL where sent empty"]


def test_the_known_values_of_a_field_are_told(deployment: Deployment):
    mood = field("mood", Kind.TEXT, "How the user felt", known=("calm", "cross"))
    table = Table("conversations", "One row per conversation.", (*CONVERSATION, mood))
    assert constraints_of(deployment, table, "mood") == ["may be empty", "known values: calm, cross"]


def test_personal_data_is_a_tag_of_the_column_and_of_the_asset(deployment: Deployment):
    tags = {one.name: one.tags.get("pii") for one in schema_of(deployment, CONVERSATIONS).columns}
    assert {name: pii for name, pii in tags.items() if pii} == {
        **dict.fromkeys(("from_number", "to_number"), "contact"),
        **dict.fromkeys(("state", "extra"), "free"),
    }
    assert {"pii/contact", "pii/free"} <= table_spec(deployment.platform, CONVERSATIONS).tags.keys()
