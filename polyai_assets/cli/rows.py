"""Printing rows of the copy: a table as wide as the terminal, CSV or JSON."""

from rich.markup import escape
from rich.table import Table

from polyai_assets.machine.wide import console_of_output, print_rows
from polyai_assets.marts.query_result import QueryResult, plain_text

_DIGITS = 3


def print_result(result: QueryResult) -> None:
    """Print rows for a person; numbers stand on the right, and with three digits behind the point."""
    if not result.columns:
        return
    table = Table()
    for place, name in enumerate(result.columns):
        is_number = any(isinstance(row[place], int | float) for row in result.rows)
        table.add_column(escape(name), justify="right" if is_number else "left", no_wrap=True)
    for row in result.rows:
        table.add_row(*(escape(_shown(value)) for value in row))
    print_rows(console_of_output(), table)


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.{_DIGITS}f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return plain_text(value)
