"""Completion at a prompt: the names of tables, columns and macros of the copy, and the words of SQL."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import duckdb

_SQL = (
    *(
        "SELECT",
        "FROM",
        "WHERE",
        "GROUP BY",
        "ORDER BY",
        "HAVING",
        "LIMIT",
        "JOIN",
        "LEFT JOIN",
        "USING",
        "WITH",
    ),
    *("DISTINCT", "FILTER", "BETWEEN", "CASE", "WHEN", "THEN", "ELSE", "END", "IS NOT NULL", "SHOW TABLES;"),
    *("DESCRIBE", "SUMMARIZE", "UNNEST(", "INTERVAL", "COUNT(*)", "SUM(", "AVG(", "ALL", "DESC"),
)
_DELIMITERS = " \t\n,()=<>+-*/;.'"


def words_of(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Give the columns of each table and view, by its name; under "" what else may be written."""
    found: dict[str, list[str]] = {}
    for table, column in connection.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = current_database() "
        "ORDER BY table_name, column_index"
    ).fetchall():
        found.setdefault(table, []).append(column)
    macros = connection.execute(
        "SELECT DISTINCT function_name || '(' FROM duckdb_functions() WHERE database_name = current_database() "
        "AND NOT internal ORDER BY ALL"
    ).fetchall()
    columns = {column for listed in found.values() for column in listed}
    return found | {"": [*sorted(found), *sorted(columns), *(macro for (macro,) in macros), *_SQL]}


def complete(words: dict[str, list[str]], line: str, text: str) -> list[str]:
    """Give what may follow: columns of a table after its name and a dot, tables after FROM and JOIN, else anything."""
    before = line[: len(line) - len(text)] if line.endswith(text) else line
    if before.endswith("."):
        table = before[:-1].split()[-1].rpartition(",")[2].rpartition("(")[2]
        possible = words.get(table, [])
    elif before.split()[-1:] and before.split()[-1].upper() in ("FROM", "JOIN", "DESCRIBE", "SUMMARIZE"):
        possible = [name for name in words if name]
    else:
        possible = words[""]
    begun = text.lower()
    return list(dict.fromkeys(word for word in possible if word.lower().startswith(begun)))


@contextmanager
def complete_words(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Let the prompt of this process complete words with Tab meanwhile; nothing where Python has no readline."""
    try:
        import readline
    except ImportError:  # Windows
        yield
        return
    before, delimiters = readline.get_completer(), readline.get_completer_delims()
    readline.set_completer(_completer(words_of(connection), readline.get_line_buffer))
    readline.set_completer_delims(_DELIMITERS)
    readline.parse_and_bind("tab: complete")
    try:
        yield
    finally:
        readline.set_completer(before)
        readline.set_completer_delims(delimiters)


def _completer(words: dict[str, list[str]], line: Callable[[], str]) -> Callable[[str, int], str | None]:
    def completer(text: str, state: int) -> str | None:
        found = complete(words, line(), text)
        return found[state] if state < len(found) else None

    return completer
