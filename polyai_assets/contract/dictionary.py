"""The data dictionary: every table and column of the warehouse as a page of Markdown, from the declared fields.

`python -m polyai_assets.contract.dictionary docs/data-dictionary.md` writes it, which is `make docs`.
"""

import argparse
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from polyai_assets.contract.delivery_log import DELIVERY_TABLES
from polyai_assets.contract.every_table import EVERY_TABLE
from polyai_assets.contract.fields import LATENCY_MEMBER, Field, Kind, constraints_of, key_of, never_null
from polyai_assets.contract.lasting_tables import REQUEST_TABLES
from polyai_assets.contract.marts import KEPT_KPI_TABLES, MARTS
from polyai_assets.contract.tables import (
    CONVERSATION_DETAILS,
    CONVERSATIONS,
    FUNCTION_EVENTS,
    METRIC_EVENTS,
    METRICS,
    QA_SAMPLES,
    REFERENCE_DATASETS,
    SEARCH_HITS,
    TURNS,
    Table,
)
from polyai_assets.machine.markdown import escaped, grid

EXAMPLES = (
    """\
-- calls handed off, and how long they took, by day
SELECT project, date, count(*) AS conversations, avg(handoff::INT) AS handed_off, avg(total_duration) AS seconds
FROM conversations
WHERE NOT in_progress
GROUP BY ALL ORDER BY ALL;""",
    """\
-- the 20 answers that users waited for longest
SELECT conversations.channel, turns.latency, turns.user_input, turns.agent_response
FROM turns JOIN conversations USING (project, date, conversation_id)
ORDER BY latency DESC NULLS LAST LIMIT 20;""",
    """\
-- a metric by variant of the agent; a metric may have several values in one conversation
SELECT variant_name, name, count(DISTINCT conversation_id) AS conversations, avg(value_double) AS mean
FROM metrics JOIN conversations USING (project, date, conversation_id)
GROUP BY ALL ORDER BY ALL;""",
)
"""Queries that show how the tables are used."""

_PREFACE = """\
# Data dictionary

<!-- Made from the declared fields by `make docs`: change a field there, not here. -->

Every table of the warehouse and every column, as they are declared in `polyai_assets/contract`. Fields that you declare
yourself, under `contract:` in `defs.yaml`, are described where they are: by the comments of their columns in the
warehouse (`FROM duckdb_columns()`), and in Dagster.

## Before the first query

- **Project and day.** Every table that runs fill with records has `project` (`region/account_id/project_id`, as in
  `us-1/acme/hotel-bot`) and `date`, the UTC date on which the conversation began. Together they are the partition,
  which a run replaces as a whole: `conversations`, `turns` and `metrics` always agree.
- **Reference data.** Tables with `valid_from` and `valid_until` have no date: each row says from when to when it was
  so. A run replaces the rows of a project; `valid_until IS NULL` picks those that hold now.
- **Keys.** Columns marked *key* together say what a row is about. In `conversations`, `turns` and `metrics` no two rows
  share them; should two records have the same id in the API, `contract_violations` says so. A conversation id is
  text and may contain anything.
{joins}
- **Times** are `TIMESTAMPTZ`, moments that are kept in UTC. DuckDB shows them, and cuts them into days, in the time
  zone of the session: `SET TimeZone = 'UTC'`.
- **Units.** Durations and latency are seconds; the column *unit* says so where a number has one.
- **NULL and empty.** Text that is loaded is never NULL: where there is nothing it is `''`, and a list is `[]`. A
  column that is not marked *never NULL* may be NULL: where the API sent no value, or one that does not fit. Any column
  that was declared later is NULL in the rows that were loaded before, until their days are replayed.
- **Constraints.** *never NULL* is kept by the pipeline; *always sent*, *never empty* and *at least 0* are what the API
  promises, *plausible up to* is what is to be expected. A record that breaks such a rule is loaded all the same as far
  as it can be, and the breach is in `contract_violations`, `schema_drift` or `detail_drift`. *known values* are those
  known so far; others are loaded too.
- **Requests.** `annotation_requests` and `note_requests` are filled by people, with what they want published to PolyAI.
  They belong to no partition, a run replaces none of them, and nothing can restore them: keep a copy.
- **Findings.** `findings` holds what is or was wrong, on however many days; `alert_outbox` the messages about
  it. They belong to no partition, and a run replaces none of their rows.
- **Unknown fields.** What the API sends and is not declared is in `extra`, by its name in the API:
  `extra ->> 'new_field'`.
- **Personal data** is the class of what a column may hold: contact, text, staff, audio, or free (anything that agents
  and projects put there). What a project's policy does to each is on the [page on personal data](privacy.md).
- **In the API** is where the value stands in the API's record: `turns[].user_input` is a member of each element of
  `turns`. A column without such a name is not sent: the pipeline makes it, as the description says.

```sql
{examples}
```"""


_JOINS = """\
- **Joins.** {joined} have `conversation_id`: join them with `USING (project, date, conversation_id)`. {counted} have
`turn_index`, too. What vanished or is in quarantine has no row in `conversations`, and a conversation may have no turns
and no metrics: then a `LEFT JOIN` keeps it."""


def preface(tables: Sequence[Table]) -> str:
    """Write what comes before the tables."""
    joins = _JOINS.format(joined=_having("conversation_id", tables), counted=_having("turn_index", tables))
    wrapped = textwrap.fill(joins, 119, subsequent_indent="  ", break_on_hyphens=False)
    return _PREFACE.format(joins=wrapped, examples="\n\n".join(EXAMPLES))


def _having(column: str, tables: Sequence[Table]) -> str:
    names = [
        f"`{table.name}`" for table in tables if {column, "date"} <= {field.name for field in table.fields}
    ]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


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
    **{table.name: Source("people, and how their requests ended") for table in REQUEST_TABLES},
}
"""Where the tables come from that do not hold what the pipeline itself found."""


def render(
    tables: Sequence[Table] = EVERY_TABLE,
    copied: Sequence[Table] = MARTS,
    of_targets: Sequence[Table] = DELIVERY_TABLES,
    kept: Sequence[Table] = (*KEPT_KPI_TABLES.values(),),
) -> str:
    """Write the page on the tables of the warehouse, and on those that only its copy or a delivery target has."""
    sections = [
        preface(tables),
        f"## The tables\n\n{_overview(tables)}",
        *(_section(table) for table in tables),
        f"## Figures that stay\n\n[When rows are retired](retention.md#figures-that-stay).\n\n{_overview(kept)}",
        *(_section(table) for table in kept),
        f"## Only in the read-only copy\n\n[What else is in it](copy.md).\n\n{_overview(copied)}",
        *(_section(table) for table in copied),
        f"## Only in a delivery target\n\n[What it says](delivery.md#the-log).\n\n{_overview(of_targets)}",
        *(_section(table) for table in of_targets),
    ]
    return "\n\n".join(sections) + "\n"


def _overview(tables: Iterable[Table]) -> str:
    rows = [(f"[`{table.name}`](#{table.name})", escaped(table.grain)) for table in tables]
    return grid(("table", "what a row is"), rows)


def _section(table: Table) -> str:
    key = ", ".join(f"`{name}`" for name in key_of(table.fields))
    columns = grid(
        ("column", "type", "unit", "description", "constraints", "personal data", "in the API"),
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
        *constraints_of(field),
    ]
    return (
        f"`{field.name}`",
        f"`{field.kind.sql_type}`",
        field.unit or "",
        escaped(field.description),
        escaped(", ".join(held)),
        field.personal,
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
