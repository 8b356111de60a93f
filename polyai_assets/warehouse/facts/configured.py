"""The columns of facts that a project configures: members of the agent's state, and metrics, with a kind each."""

import re
from collections.abc import Iterator
from dataclasses import replace

from polyai_assets.contract.fact import Fact, FactGroup
from polyai_assets.contract.fields import Kind, Pii
from polyai_assets.contract.tables import CONVERSATION_FACTS, Table, literal, quote
from polyai_assets.warehouse.facts.settings import KpiSettings

_STATE = (
    *('$."shared_id"', '$."call_sid"', '$."asr_lang_code"'),
    *('$."handoff"."sip_method"', '$."handoff"."method"', '$."handoff"."utterance"'),
)
"""What is read of the state of every project, by JSON paths in the order in which formulas take them."""

state = FactGroup("state", Pii.FREE)
metric = FactGroup("metrics", Pii.FREE)


def column_name(source: str, name: str) -> str:
    """Name the column of a member of the state, or of a metric: no other column is called so."""
    return f"{source}_{re.sub('[^a-z0-9]+', '_', name.lower()).strip('_')}"


def state_paths(settings: KpiSettings) -> str:
    """Give the members of the state that are read, as a list of JSON paths in SQL."""
    paths = [*_STATE, *(f'$."{member}"' for member in settings.state_columns)]
    return "[" + ", ".join(map(literal, paths)) + "]"


def metric_values(settings: KpiSettings) -> str:
    """Give the last values of the configured metrics, as further columns of a query of metrics."""
    return "".join(
        f",\n        arg_max(value, position) FILTER (name = {literal(name)}) AS {quote(f'sent_{place}')}"
        for place, name in enumerate(settings.metric_columns)
    )


def facts_table(settings: KpiSettings) -> Table:
    """Give the table of facts as a project has it."""
    further = tuple(fact for fact, _ in _configured(settings))
    return replace(CONVERSATION_FACTS, fields=(*CONVERSATION_FACTS.fields, *further), configured=further)


def formulas(settings: KpiSettings) -> list[tuple[str, str]]:
    """Give the columns that are filled by a formula, with that."""
    found = [(fact.name, fact.formula) for fact in facts_table(settings).fields if isinstance(fact, Fact)]
    misfits = [
        f"CASE WHEN {value} IS NOT NULL AND {fact.formula} IS NULL THEN 1 ELSE 0 END"
        for fact, value in _configured(settings)
    ]
    return [
        (name, " + ".join([formula, *misfits]) if name == "misfits" else formula) for name, formula in found
    ]


def _configured(settings: KpiSettings) -> Iterator[tuple[Fact, str]]:
    """Give the configured columns, each with the text that it is cast from."""
    for place, (name, kind) in enumerate(settings.state_columns.items(), len(_STATE) + 1):
        value = f"state[{place}]"
        yield (
            state(column_name("state", name), kind, f"{name} of the agent's state", _cast(value, kind)),
            value,
        )
    for place, (name, kind) in enumerate(settings.metric_columns.items()):
        value = f"sent_{place}"
        yield metric(column_name("metric", name), kind, f"Last value of {name}", _cast(value, kind)), value


def _cast(value: str, kind: Kind) -> str:
    return f"TRY_CAST({value} AS {kind.sql_type})"
