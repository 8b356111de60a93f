"""What dbt knows of columns and tables: descriptions, classes of personal data, tests that the contract gives."""

from collections.abc import Iterable
from typing import Any

import yaml

from polyai_assets.contract.fields import Field, key_of, never_null
from polyai_assets.contract.tables import CONVERSATION_FACTS, Table

Properties = dict[str, Any]

HEADER = "Written by `make docs` from what is declared in polyai_assets: change it there, not here."

_ADAPTER = "target.type in var('polyai_adapters')"

_WARN = {"severity": "warn"}
_START = "started_at"


class _Dumper(yaml.CSafeDumper):
    """Writes each list and mapping in full, and no alias for what is there twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def write_properties(properties: Properties) -> str:
    """Write a file of properties."""
    written = yaml.dump(
        {"version": 2, **properties}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=115
    )
    return f"# {HEADER}\n{written}"


def enabled_with(*conditions: str) -> Properties:
    """Say where a model is made: for the adapters whose figures are tested, where these conditions hold."""
    return {"enabled": f"{{{{ {' and '.join([_ADAPTER, *conditions])} }}}}"}


def is_delivered(table: Table) -> str:
    """Give the condition that a table is among those that are delivered."""
    return f"'{table.name}' in var('polyai_tables')"


FACTS_ARE_BUILT = "var('polyai_facts') == 'build'"
"""The condition that facts are made from base tables."""

HAS_FACTS = f"({FACTS_ARE_BUILT} or {is_delivered(CONVERSATION_FACTS)})"
"""The condition that there are facts."""


def describe_columns(fields: Iterable[Field]) -> list[Properties]:
    """Describe columns."""
    return [_described(field) for field in fields]


def key_test(table: Table) -> Properties:
    """Give the test that a table's key has a value in every row, where it must, and is that of one row alone."""
    filled = [field.name for field in table.fields if field.key and never_null(field)]
    return {"dbt_polyai.is_key": {"arguments": {"columns": key_of(table.fields), "filled": filled}}}


def contract_tests(table: Table) -> list[Properties]:
    """Give the tests of a table that the contract gives.

    What PolyAI may send anew is a warning: it is loaded, too.
    """
    least = {field.name: field.minimum for field in table.fields if field.minimum is not None}
    warned = {"dbt_polyai.at_least": {"arguments": {"minimums": least}, "config": _WARN}}
    return [key_test(table), *([warned] if least else [])]


def tested_columns(fields: Iterable[Field]) -> list[Properties]:
    """Give those columns that the contract gives tests of their own.

    Columns that were declared after a day was loaded are NULL there: only the start is held to have a value.
    """
    return [_described(field) | {"data_tests": tests} for field in fields if (tests := _tests(field))]


def _described(field: Field) -> Properties:
    personal = {"config": {"meta": {"pii": field.personal}}} if field.personal else {}
    return {"name": field.name, "description": f"{field.comment}.", **personal}


def _tests(field: Field) -> list[str | Properties]:
    tests: list[str | Properties] = ["not_null"] if field.name == _START and never_null(field) else []
    if field.known:
        values = [*field.known, *([] if field.required else [""])]
        tests.append({"accepted_values": {"arguments": {"values": values}, "config": _WARN}})
    return tests
