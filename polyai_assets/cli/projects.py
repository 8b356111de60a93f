"""Projects on the command line."""

from pathlib import Path

import click
from click.shell_completion import CompletionItem


class ProjectKey(click.ParamType[str]):
    """The key of a project, as in us-1/acme/hotel-bot; a shell completes it from the configuration."""

    name = "project"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take a key as it is: whether it is configured is known once the configuration is loaded."""
        return str(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Give the configured projects that begin so."""
        from polyai_assets.workspace import written_keys

        return [CompletionItem(key) for key in written_keys(Path.cwd()) if key.startswith(incomplete)]
