"""Dates and reasons on the command line."""

from datetime import UTC, date, datetime, timedelta

import click
from click.shell_completion import CompletionItem

_BACK = {"today": 0, "yesterday": 1}
"""Days by name, and how many days ago they are."""


class Day(click.ParamType[date]):
    """A date on the command line, as in 2026-11-03; or `today` or `yesterday`, in UTC."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read a date."""
        if isinstance(value, date):
            return value
        word = str(value).strip().lower()
        if word in _BACK:
            return datetime.now(UTC).date() - timedelta(days=_BACK[word])
        try:
            return date.fromisoformat(word)
        except ValueError:
            self.fail(f"{value!r} is no date; write it like 2026-11-03, today or yesterday", param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Give the days that have names."""
        return [CompletionItem(name) for name in _BACK if name.startswith(incomplete)]


class Reason(click.ParamType[str]):
    """Why a person decides something: in words, and not the dots of an example."""

    name = "text"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take a reason."""
        text = str(value).strip()
        if not any(character.isalnum() for character in text):
            self.fail(f"{text!r} says nothing: write the reason, for those who ask later", param, ctx)
        return text
