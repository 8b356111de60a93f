"""Reasons on the command line."""

import click


class Reason(click.ParamType[str]):
    """Why somebody decides something: in words, and not the dots of an example."""

    name = "text"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take a reason."""
        text = str(value).strip()
        if not any(character.isalnum() for character in text):
            self.fail(f"{text!r} says nothing: write the reason, for those who ask later", param, ctx)
        return text
