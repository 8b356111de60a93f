"""What `dg scaffold defs polyai_assets.PolyAIConversations` writes: a `defs.yaml` that works and explains itself."""

import json
import re
from datetime import UTC, date, datetime
from string import Template
from typing import Annotated

import click
import dagster as dg
from pydantic import BaseModel, Field

from polyai_assets.api.project import CONVERSATIONS_HOSTS, Project
from polyai_assets.configuration import rules
from polyai_assets.configuration.start_date import BACK

_FILE = Template("""\
type: $type_name

# Lines that begin with "# " and an option are examples: remove the "# " to use them.
attributes:
  start_date: $start_date  # the first day to have, in UTC
  # raw_store: data/raw  # what PolyAI said, as it came: a folder, or s3://bucket/prefix
  # warehouse: data/polyai.duckdb  # the tables: a DuckDB file, or ducklake:postgres:… with warehouse_data
  # key_prefix: polyai  # where other assets of this Dagster project have the same keys
  # alerts: {urls: "{{ env.POLYAI_ALERT_URLS }}"}  # as apprise writes them: slack://…, mailto://…
  # defaults: {lookback_days: 3}  # any option of a project, once for all
  projects:
    - region: $region  # us-1, uk-1, euw-1 or studio
      account_id: $account_id
      project_id: $project_id
      api_key: "{{ env.$variable }}"
      # details: true  # summaries, PolyScore, tags, function calls
      # audio: {calls: handoffs}  # recordings of the calls that a person took over
""")
_WORDS = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})
_NEXT = """\
Next:
  1. Put the key of {project} into the variable {variable}, in the environment or in a file .env that git ignores.
  2. `polyai doctor` says whether everything is there; then `dg dev`.
"""


class ProjectToScaffold(BaseModel):
    """The options of `dg scaffold defs`: PolyAI's names of a project."""

    region: Annotated[str, rules.one_of(CONVERSATIONS_HOSTS, "region of PolyAI")] = Field(
        "us-1", description="PolyAI's region: us-1, uk-1, euw-1 or studio."
    )
    account_id: str = Field("my-account", description="The account's id, as in the URL of Agent Studio.")
    project_id: str = Field("my-project", description="The project's id, as in the URL of Agent Studio.")


class PolyAIScaffolder(dg.Scaffolder[ProjectToScaffold]):
    """Writes a commented `defs.yaml` with one project."""

    @classmethod
    def get_scaffold_params(cls) -> type[ProjectToScaffold]:
        """Name what may be given on the command line."""
        return ProjectToScaffold

    def scaffold(self, request: dg.ScaffoldRequest[ProjectToScaffold]) -> None:
        """Write the file, or append a document to one. Raises InvalidProject for a name that no project can have."""
        if request.scaffold_format != "yaml":
            raise ValueError("polyai_assets writes YAML only: leave out --format python")
        project = Project(request.params.region, request.params.account_id, request.params.project_id)
        text = defs_yaml(request.type_name, project, datetime.now(UTC).date())
        if request.append:
            with request.target_path.open("a", encoding="utf-8") as file:
                file.write(f"---\n{text}")
        else:
            (request.target_path / "defs.yaml").write_text(text, encoding="utf-8")
        click.echo(_NEXT.format(project=project, variable=key_variable(project)))


def defs_yaml(type_name: str, project: Project, today: date) -> str:
    """Write a `defs.yaml` with one project, whose history begins 90 days before `today`."""
    return _FILE.substitute(
        type_name=type_name,
        start_date=today - BACK,
        region=project.region,
        account_id=_quoted(project.account_id),
        project_id=_quoted(project.project_id),
        variable=key_variable(project),
    )


def key_variable(project: Project) -> str:
    """Name the variable of a project's key: `POLYAI_KEY_US1_ACME_HOTEL_BOT`."""
    parts = (project.region.replace("-", ""), project.account_id, project.project_id)
    return "_".join(["POLYAI_KEY", *(re.sub(r"\W", "_", part).upper() for part in parts)])


def _quoted(text: str) -> str:
    """Quote what YAML would read as a number or a word of its own."""
    return (
        text
        if re.fullmatch(r"[A-Za-z][\w-]*", text) and text.lower() not in _WORDS
        else json.dumps(text, ensure_ascii=False)
    )
