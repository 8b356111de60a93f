"""The models of facts and KPIs as dbt describes them, and the ratios of each day."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from polyai_assets.contract.fields import Field
from polyai_assets.contract.marts import (
    BETWEEN_CALLS,
    DAILY_KPIS,
    FUNCTION_DAILY,
    KPI_TABLES,
    LEVELS,
    METRIC_DAILY,
    PARTITIONS,
    TOPIC_DAILY,
)
from polyai_assets.contract.ratios import RATIOS
from polyai_assets.contract.tables import CONVERSATION_FACTS, FUNCTION_EVENTS, METRICS, TURN_TOPICS, Table
from polyai_assets.dbt_package.properties import (
    HAS_FACTS,
    HEADER,
    Properties,
    describe_columns,
    enabled_with,
    is_delivered,
    key_test,
    write_properties,
)

FACTS = replace(CONVERSATION_FACTS, fields=(*CONVERSATION_FACTS.fields, *BETWEEN_CALLS))
"""The facts, with what they have to do with other calls of the same contact."""

_NEEDED: Mapping[Table, tuple[Table, ...]] = {
    TOPIC_DAILY: (TURN_TOPICS,),
    FUNCTION_DAILY: (FUNCTION_EVENTS,),
    METRIC_DAILY: (METRICS,),
}
"""What has to be delivered for a table of KPIs beside the facts."""

_KEYS_OF_RATIOS = ("project", "business_date", "level", "channel_group", "direction", "site", "provisional")


def model_name(table: Table) -> str:
    """Name the model of a table."""
    return f"polyai__{table.name}"


def kpi_files() -> Iterator[tuple[str, str]]:
    """Give the files of models of KPIs that follow from declarations, by their paths in the package."""
    yield "models/kpis/kpis.yml", write_properties({"models": list(_models())})
    yield "models/kpis/polyai__daily_ratios.sql", _daily_ratios()


def _models() -> Iterator[Properties]:
    for table in (FACTS, PARTITIONS, *KPI_TABLES):
        yield {
            "name": model_name(table),
            "description": table.grain,
            "config": enabled_with(HAS_FACTS, *map(is_delivered, _NEEDED.get(table, ()))),
            "data_tests": [key_test(table)],
            "columns": [column | _tests(column["name"]) for column in describe_columns(table.fields)],
        }
    yield {
        "name": "polyai__calls",
        "description": "One row per conversation that is no test and has ended. Columns as in conversation_facts.",
        "config": enabled_with(HAS_FACTS),
    }
    yield {
        "name": "polyai__daily_ratios",
        "description": "The ratios of each row of daily_kpis. Never average them: use the macros over sums.",
        "config": enabled_with(HAS_FACTS),
        "columns": [
            *describe_columns(_ratio_keys()),
            *({"name": ratio.name, "description": f"{ratio.title}: {ratio.comment}."} for ratio in RATIOS),
        ],
    }


def _ratio_keys() -> list[Field]:
    return [field for field in DAILY_KPIS.fields if field.name in _KEYS_OF_RATIOS]


def _tests(column: str) -> Properties:
    if column == "level":
        return {"data_tests": [{"accepted_values": {"arguments": {"values": list(LEVELS)}}}]}
    return {}


def _daily_ratios() -> str:
    keys = "\n".join(f"    {name}," for name in _KEYS_OF_RATIOS)
    ratios = ",\n".join(
        f"    {{{{ dbt_polyai.{ratio.name}(of_row=true) }}}} as {ratio.name}" for ratio in RATIOS
    )
    return f"-- {HEADER}\nselect\n{keys}\n    conversations,\n{ratios}\nfrom {{{{ ref('polyai__daily_kpis') }}}}\n"
