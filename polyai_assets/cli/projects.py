"""Projects on the command line: a parameter that names one, and `polyai projects`, which lists those of an account."""

import json
import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from polyai_assets.cli.working import working

if TYPE_CHECKING:
    from polyai_assets.api.agents.reference import ReferenceObject

_REGIONS = ("us-1", "uk-1", "euw-1", "studio")
"""Those of `api.project`, which takes long to import."""
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_.][A-Za-z0-9]+)*")
_WORDS_OF_YAML = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}


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


@click.command()
@click.argument("account")
@click.option(
    "--region",
    default=_REGIONS[0],
    show_default=True,
    type=click.Choice(_REGIONS),
    help="Where the account is.",
)
@click.option(
    *("--key", "variable"),
    default="POLYAI_KEY",
    show_default=True,
    metavar="VARIABLE",
    help="The environment variable that holds the key.",
)
@click.option("--base-url", help="Address in place of the region's host of the Agents API.")
def projects(account: str, region: str, variable: str, base_url: str | None) -> None:
    """Print the YAML of every agent of ACCOUNT that a key sees.

    Four lines each, for `projects` of a defs.yaml. Those that are configured already are left out.
    """
    with working("Asking PolyAI"):
        from pydantic import SecretStr

        from polyai_assets.api.agents.reference import ReferenceClient, all_agents_of
        from polyai_assets.api.project import AgentsConnection
        from polyai_assets.workspace import load_variables, written_keys

        load_variables(Path.cwd())
        key = os.environ.get(variable, "").strip()
        if not key:
            raise click.ClickException(
                f"the environment variable {variable} is not set: set it to a key of {account}, here or in .env, or "
                "name another one with --key"
            )
        connection = AgentsConnection(
            project=all_agents_of(region, account),
            api_key=SecretStr(key),
            key_source=f"environment variable {variable}",
            base_url=base_url,
            max_attempts=3,
        )
        with ReferenceClient(connection) as client:
            agents = client.agents()
        configured = written_keys(Path.cwd())
    if not agents:
        raise click.ClickException(
            f"the key in {variable} sees no agent of {account} in {region}: check its scope in PolyAI's Agent Studio"
        )
    for line, is_yaml in describe_agents(agents, region, account, variable, configured):
        click.echo(line, err=not is_yaml)


def describe_agents(
    agents: "Collection[ReferenceObject]",
    region: str,
    account: str,
    variable: str,
    configured: Collection[str],
) -> Iterator[tuple[str, bool]]:
    """Yield lines, and whether each is one of a defs.yaml: of agents that are not configured, and cannot be but."""
    from polyai_assets.api.errors import InvalidProject
    from polyai_assets.api.project import Project

    for agent in sorted(agents, key=lambda agent: agent.id or ""):
        try:
            project = Project(region, account, agent.id or "")
        except InvalidProject as error:
            yield f"left out: {error}", False
            continue
        if project.key in configured:
            yield f"{project} is configured already", False
            continue
        yield f"      - region: {region}", True
        yield f"        account_id: {_scalar(account)}", True
        yield f"        project_id: {_scalar(project.project_id)}", True
        yield f'        api_key: "{{{{ env.{variable} }}}}"', True


def _scalar(text: str) -> str:
    """Write text as YAML does, in quotes where it would be read as something else."""
    is_plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS_OF_YAML
    return text if is_plain else json.dumps(text)
