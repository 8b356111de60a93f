"""Whether contenders have brought the same: counts and sums over what each has in its tables, by whatever names."""

from pathlib import Path

import duckdb

_IN_JSON = (
    "SELECT id, entry.key AS name, unnest(coalesce(try_cast(entry.value AS VARCHAR[]), "
    "[entry.value ->> '$'])) AS value FROM (SELECT id, unnest(map_entries(metrics::JSON::MAP(VARCHAR, JSON))) "
    "AS entry FROM {table}) WHERE entry.value IS NOT NULL AND json_type(entry.value) <> 'NULL'"
)

OURS = {
    "conversations": "SELECT conversation_id AS id, started_at FROM conversations",
    "turns": "SELECT conversation_id AS id, user_input, agent_response FROM turns",
    "metrics": "SELECT conversation_id AS id, name, value FROM metrics",
}
PLAIN = {
    "conversations": "SELECT id, started_at FROM conversations",
    "turns": "SELECT id, user_input, agent_response FROM turns",
    "metrics": "SELECT id, name, value FROM metrics",
}
FLOOR = PLAIN | {"metrics": _IN_JSON.format(table="metrics")}
DLT = {
    "conversations": "SELECT id, started_at FROM loaded.conversations",
    "turns": "SELECT id, user_input, agent_response FROM loaded.conversations__turns AS turn "
    "JOIN loaded.conversations AS c ON turn._dlt_parent_id = c._dlt_id",
    "metrics": _IN_JSON.format(table="loaded.conversations"),
}
"""How each names what all have."""

_SUMS = {
    "conversations": "SELECT count(*), sum(hash(id, epoch_us(started_at::TIMESTAMPTZ))::HUGEINT) FROM ({})",
    "turns": "SELECT count(*), sum(hash(id, coalesce(user_input, ''), coalesce(agent_response, ''))::HUGEINT) "
    "FROM ({})",
    "metrics": "SELECT count(*), sum(hash(id, name, value)::HUGEINT) FROM ({})",
}

Sums = dict[str, tuple[int, int]]
"""Rows, and the sum of their hashes, by table."""


def sums(database: Path, queries: dict[str, str]) -> Sums:
    """Sum up what a contender has brought into a DuckDB file."""
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        found = {
            table: connection.execute(_SUMS[table].format(query)).fetchall()
            for table, query in queries.items()
        }
    return {table: (rows[0][0], int(rows[0][1] or 0)) for table, rows in found.items()}
