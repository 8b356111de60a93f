"""The facts where they are not delivered: their formulas over base tables, in SQL of DuckDB and Postgres.

What the formulas are made of stands in `dbt/models/facts/polyai__fact_parts.sql`.
"""

from collections.abc import Iterator, Mapping

from polyai_assets.contract.fact import Fact
from polyai_assets.contract.fields import Field, Kind
from polyai_assets.contract.tables import CONVERSATION_FACTS, CONVERSATIONS, METRICS, TURNS
from polyai_assets.dbt_package.properties import (
    FACTS_ARE_BUILT,
    HEADER,
    Properties,
    enabled_with,
    is_delivered,
    write_properties,
)

_NOT_DELIVERED = {
    "is_default_variant": "the table variants",
    "deployment_message": "the table deployments",
    "deployed_at": "the table deployments",
    "certificate_sha256": "the table loads",
    "restated_at": "the table conversation_changes",
    "loaded_at": "when the row was made",
    "settings_hash": "the table kpi_settings",
}
"""Columns that are NULL where facts are made from base tables, each with what is not among these."""

MISSING = frozenset(_NOT_DELIVERED)
"""Their names."""

WRITTEN: Mapping[str, str] = {
    "date_diff('minute', timezone('UTC', started_at), local_start)": (
        "extract(epoch from local_start - timezone('UTC', started_at)) / 60"
    ),
    "local_start::DATE": "cast(local_start as date)",
    "hour(local_start)": "{{ dbt_polyai.hour_of('local_start') }}",
    "isodow(local_start)": "extract(isodow from local_start)",
    "open_minutes IS NOT NULL": "has_hours",
    "len(list_filter(open_minutes, lambda span: week_minute >= span.since AND week_minute < span.until)) > 0": (
        "is_in_hours"
    ),
    "site_names[nullif(variant_name, '')], site_names[nullif(variant_id, '')], site_names[our_number]": (
        "site_of_name, site_of_id, site_of_number"
    ),
    "list_sort(list_distinct(list_concat(coalesce(heard, []), coalesce(heard_in_detail, []))))": (
        "coalesce(languages, [])"
    ),
    "[]": "{{ dbt_polyai.no_texts() }}",
    "INTERVAL 10 DAY": "interval '240' hour",
    "$has_details": "{{ dbt_polyai.has_details() }}",
    "$studio || url_encode(conversation_id)": (
        "studio_address || {{ dbt_polyai.url_encoded('conversation_id') }}"
    ),
}
"""What formulas have that only DuckDB understands, or that the platform fills in, and how it is written here."""

_TYPES = {
    Kind.TEXT: "text",
    Kind.TIMESTAMP: "timestamptz",
    Kind.DATE: "date",
    Kind.INTEGER: "bigint",
    Kind.NUMBER: "{{ dbt_polyai.double() }}",
    Kind.BOOLEAN: "boolean",
    Kind.TEXT_LIST: "text[]",
}

_PARTS, BUILT_FACTS = "polyai__fact_parts", "polyai__built_facts"


def fact_files() -> Iterator[tuple[str, str]]:
    """Give the files of facts that are made from base tables, by their paths in the package."""
    yield "models/facts/facts.yml", write_properties({"models": list(_models())})
    yield f"models/facts/{BUILT_FACTS}.sql", _built()


def portable_fact(fact: Fact) -> str:
    """Write the formula of a fact in SQL of DuckDB and Postgres."""
    formula = fact.formula
    for of_duckdb, portable in WRITTEN.items():
        formula = formula.replace(of_duckdb, portable)
    return formula


def _models() -> Iterator[Properties]:
    base = " and ".join(is_delivered(table) for table in (CONVERSATIONS, TURNS, METRICS))
    config = enabled_with(f"({FACTS_ARE_BUILT} or ({base}))")
    missing = "; ".join(f"{name} ({why})" for name, why in _NOT_DELIVERED.items())
    yield {
        "name": _PARTS,
        "description": "One row per conversation: what the formulas of its facts are made of.",
        "config": config,
    }
    yield {
        "name": BUILT_FACTS,
        "description": f"The facts, made from base tables. What these do not have is NULL: {missing}.",
        "config": config | {"materialized": f"{{{{ 'table' if {FACTS_ARE_BUILT} else 'ephemeral' }}}}"},
    }


def _built() -> str:
    columns = ",\n".join(f"    {_column(field)}" for field in CONVERSATION_FACTS.fields)
    return f"-- {HEADER}\nselect\n{columns}\nfrom {{{{ ref('{_PARTS}') }}}}\n"


def _column(field: Field) -> str:
    if not isinstance(field, Fact):
        return field.name
    value = "null" if field.name in MISSING else portable_fact(field)
    if field.name == "misfits":  # those of columns that a project has configured are not known here
        value = f"case when not has_own_columns then {value} end"
    return f"cast({value} as {_TYPES[field.kind]}) as {field.name}"
