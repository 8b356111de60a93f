"""Dates on the command line."""

from datetime import date

import click


class Day(click.ParamType[date]):
    """A date on the command line, as in 2026-11-03."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read a date."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no date; write it like 2026-11-03", param, ctx)
