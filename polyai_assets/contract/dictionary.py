"""The data dictionary: every table and column of the warehouse as a page of Markdown, from the declared fields.

`python -m polyai_assets.contract.dictionary docs/data-dictionary.md` writes it, which is `make docs`.
"""

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from polyai_assets.contract.constraints import guarantees, key_of, never_null
from polyai_assets.contract.fields import LATENCY_MEMBER, Field, Kind
from polyai_assets.contract.preface import preface
from polyai_assets.contract.tables import (
    CONVERSATION_DETAILS,
    CONVERSATIONS,
    EVERY_TABLE,
    FUNCTION_EVENTS,
    METRIC_EVENTS,
    METRICS,
    QA_SAMPLES,
    REFERENCE_DATASETS,
    REQUEST_TABLES,
    SEARCH_HITS,
    TURNS,
    Table,
)
from polyai_assets.machine.markdown import escaped, grid


class Source(NamedTuple):
    """What a table comes from, such as a record of the API, and where in it the fields are."""

    record: str
    path: str = ""


SOURCES = {
    CONVERSATIONS.name: Source("a conversation in the answer of the list call"),
    TURNS.name: Source("an element of `turns` of such a conversation", "turns[]."),
    METRICS.name: Source("`metrics` of such a conversation, a map from name to one value or several"),
    CONVERSATION_DETAILS.name: Source("the Agents API's detail of a conversation"),
    FUNCTION_EVENTS.name: Source(
        "an event in `functionEvents` of such a detail, a map from the number of a turn to its events",
        "functionEvents.*[].",
    ),
    METRIC_EVENTS.name: Source(
        "an event in `metrics` of such a detail, a map from the name of a metric to its events",
        "metrics.*[].",
    ),
    SEARCH_HITS.name: Source("the ids in the answers to the saved searches of a project"),
    QA_SAMPLES.name: Source("the ids in the answers to `sample=random`"),
    **{dataset.name: Source(dataset.source) for dataset in REFERENCE_DATASETS},
    **{table.name: Source("people, and what became of their requests") for table in REQUEST_TABLES},
}
"""Where the tables come from that do not hold what the pipeline itself found."""


def render(tables: Sequence[Table] = EVERY_TABLE) -> str:
    """Write the page."""
    sections = [preface(tables), _overview(tables), *(_section(table) for table in tables)]
    return "\n\n".join(sections) + "\n"


def _overview(tables: Iterable[Table]) -> str:
    rows = [(f"[`{table.name}`](#{table.name})", escaped(table.grain)) for table in tables]
    return "## The tables\n\n" + grid(("table", "what a row is"), rows)


def _section(table: Table) -> str:
    key = ", ".join(f"`{name}`" for name in key_of(table.fields))
    columns = grid(
        ("column", "type", "unit", "description", "constraints", "in the API"),
        [_row(table, field) for field in table.fields],
    )
    return f"### {table.name}\n\n{escaped(table.grain)} Key: {key}. Source: {_source(table).record}.\n\n{columns}"


def _source(table: Table) -> Source:
    sent = any(field.wire is not None for field in table.fields)
    return SOURCES.get(table.name, Source("a record of the API" if sent else "the pipeline itself"))


def _row(table: Table, field: Field) -> tuple[str, ...]:
    held = [
        *(["key"] if field.key else []),
        *(["never NULL"] if never_null(field) else []),
        *guarantees(field),
    ]
    return (
        f"`{field.name}`",
        f"`{field.kind.sql_type}`",
        field.unit or "",
        escaped(field.description),
        escaped(", ".join(held)),
        _name_in_api(table, field),
    )


def _name_in_api(table: Table, field: Field) -> str:
    if field.wire is None:
        return ""
    path = _source(table).path + field.wire
    return f"`{path}` or `{path}.{LATENCY_MEMBER}`" if field.kind is Kind.LATENCY else f"`{path}`"


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the page to the given file."""
    parser = argparse.ArgumentParser(description="Write the data dictionary from the declared fields.")
    parser.add_argument("page", type=Path, help="the file to write, such as docs/data-dictionary.md")
    page: Path = parser.parse_args(arguments).page
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
