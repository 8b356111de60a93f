"""The tables that were delivered, as sources of dbt, and a staging view on each of them."""

from collections.abc import Iterator

from polyai_assets.contract.delivery_log import DELIVERY_LOG
from polyai_assets.contract.fields import Kind, derived
from polyai_assets.contract.tables import (
    CONVERSATION_DETAILS,
    CONVERSATION_FACTS,
    CONVERSATIONS,
    FUNCTION_EVENTS,
    METRIC_EVENTS,
    METRICS,
    SINGLE_TABLES,
    TURNS,
    Table,
)
from polyai_assets.dbt_package.facts import BUILT_FACTS
from polyai_assets.dbt_package.properties import (
    HAS_FACTS,
    HEADER,
    Properties,
    contract_tests,
    describe_columns,
    is_delivered,
    tested_columns,
    write_properties,
)
from polyai_assets.delivery.settings import PUBLISHABLE

ASSETS = frozenset(
    table.name
    for table in (
        *(CONVERSATIONS, TURNS, METRICS, CONVERSATION_FACTS),
        *(CONVERSATION_DETAILS, FUNCTION_EVENTS, METRIC_EVENTS, *SINGLE_TABLES),
    )
)
"""The tables that are assets of Dagster by their own name."""

DELIVERED_AT = derived(
    "delivered_at", Kind.TIMESTAMP, "When the day was delivered: what is newer has changed"
)

_LOADED_AT = (
    "select max(delivered_at) from {{ this.incorporate(path={'identifier': 'polyai_delivery_log'}) }} "
    "where ',' || tables || ',' like '%,{{ this.identifier }},%'"
)
_FRESHNESS = {
    "warn_after": {"count": 36, "period": "hour"},
    "error_after": {"count": 72, "period": "hour"},
}


def source_files() -> Iterator[tuple[str, str]]:
    """Give the files of sources and of staging, by their paths in the package."""
    yield "models/staging/sources.yml", write_properties(_sources())
    yield "models/staging/staging.yml", write_properties({"models": [_model(table) for table in _staged()]})
    for table in _staged():
        yield f"models/staging/{staging_name(table)}.sql", _staging(table)


def staging_name(table: Table) -> str:
    """Name the staging view of a table."""
    return f"stg_polyai__{table.name.removeprefix('polyai_')}"


def _staged() -> list[Table]:
    return [*PUBLISHABLE.values(), DELIVERY_LOG]


def _sources() -> Properties:
    return {
        "sources": [
            {
                "name": "polyai",
                "description": "Days that polyai-assets has delivered: whole, certified, restatements included.",
                "database": "{{ var('polyai_database', none) or target.database }}",
                "schema": "{{ var('polyai_schema') }}",
                "config": {"loaded_at_query": _LOADED_AT, "freshness": _FRESHNESS},
                "tables": [*map(_source, PUBLISHABLE.values()), _log()],
            }
        ]
    }


def _source(table: Table) -> Properties:
    key = f"{{{{ var('polyai_asset_key_prefix') + ['{table.name}'] }}}}"
    meta = {"meta": {"dagster": {"asset_key": key}}} if table.name in ASSETS else {}
    return {
        "name": table.name,
        "description": table.grain,
        "config": {"enabled": f"{{{{ {is_delivered(table)} }}}}", **meta},
        "columns": describe_columns(table.fields),
    }


def _log() -> Properties:
    return {
        "name": DELIVERY_LOG.name,
        "description": DELIVERY_LOG.grain,
        "config": {"loaded_at_query": "select max(delivered_at) from {{ this }}"},
        "columns": describe_columns(DELIVERY_LOG.fields),
    }


def _model(table: Table) -> Properties:
    is_log = table is DELIVERY_LOG
    is_there = HAS_FACTS if table is CONVERSATION_FACTS else is_delivered(table)
    return {
        "name": staging_name(table),
        "description": f"{table.grain} The source of the same name has the columns.",
        **({} if is_log else {"config": {"enabled": f"{{{{ {is_there} }}}}"}}),
        "data_tests": [*contract_tests(table), *(["dbt_polyai.found_as_delivered"] if is_log else [])],
        "columns": tested_columns(table.fields) + describe_columns([] if is_log else [DELIVERED_AT]),
    }


def _staging(table: Table) -> str:
    source = f"{{{{ source('polyai', '{table.name}') }}}}"
    if table is DELIVERY_LOG:
        names = ",\n".join(f"    {field.name}" for field in table.fields)
        return f"-- {HEADER}\nselect\n{names}\nfrom {source}\n"
    if table is CONVERSATION_FACTS:
        built = f"{{{{ ref('{BUILT_FACTS}') }}}}"
        source = f"{{% if dbt_polyai.facts_are_built() %}}{built}{{% else %}}{source}{{% endif %}}"
    names = "\n".join(f"    delivered.{field.name}," for field in table.fields)
    return (
        f"-- {HEADER}\n"
        f"select\n{names}\n    delivery.{DELIVERED_AT.name}\nfrom {source} as delivered\n"
        f"left join {{{{ source('polyai', '{DELIVERY_LOG.name}') }}}} as delivery\n"
        "    on delivery.project = delivered.project and delivery.date = delivered.date\n"
    )
