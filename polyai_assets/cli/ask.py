"""The command `ask`: named questions on the read-only copy."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from polyai_assets.cli.parameters import Day
from polyai_assets.cli.projects import ProjectKey
from polyai_assets.cli.sql import COPY_OPTION, find_copy
from polyai_assets.cli.working import working

if TYPE_CHECKING:
    from polyai_assets.questions.question import Question


class QuestionName(click.ParamType[str]):
    """The name of a question."""

    name = "question"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Give the questions that there are."""
        from polyai_assets.questions.question import all_questions

        return [CompletionItem(name) for name in all_questions(own_folder()) if name.startswith(incomplete)]


@click.command()
@click.argument("question", type=QuestionName(), required=False)
@click.option("--project", type=ProjectKey(), help="Of this project alone. Default: of all.")
@click.option("--since", type=Day(), help="First local day. Default: four weeks to --until.")
@click.option("--until", type=Day(), help="Last local day. Default: yesterday.")
@click.option("--csv", "form", flag_value="csv", help="Print CSV.")
@click.option("--json", "form", flag_value="json", help="Print JSON, with what the figures mean.")
@COPY_OPTION
def ask(
    question: str | None,
    project: str | None,
    since: date | None,
    until: date | None,
    form: str | None,
    file: Path | None,
) -> None:
    """Ask the read-only copy a named question.

    Without QUESTION it lists those that there are. Your own is a file in data/questions: one query, headed by a
    comment, which may name $project, $since and $until.
    """
    from polyai_assets.questions.question import all_questions, find_question

    if question is None:
        print_questions(all_questions(own_folder()))
        return
    asked = find_question(question, own_folder())
    now = datetime.now(UTC)
    with working("Opening the copy"):
        from polyai_assets.cli.rows import print_result
        from polyai_assets.marts.copy_file import age_of, opened_copy
        from polyai_assets.marts.query_result import as_json
        from polyai_assets.questions.ask import Period
        from polyai_assets.questions.ask import ask as ask_copy

        period = Period.of(since, until, now.date())
        place, command = find_copy(file, project)
    with opened_copy(place, command) as connection:
        age = age_of(connection, now, command)
        answer = ask_copy(connection, asked, period, project, now)
    if age.warning:
        click.echo(age.warning, err=True)
    if form == "csv":
        click.echo(answer.result.csv, nl=False)
    elif form == "json":
        click.echo(as_json(answer.objects))
    else:
        click.echo(f"{asked.title}: {period.since} to {period.until}, {project or 'all projects'}")
        print_result(answer.result)
        for note in answer.notes:
            click.echo(click.wrap_text(note, width=_width()))


def own_folder() -> Path:
    """Say where a person's own questions lie: in the Dagster project that one stands in, or else here."""
    from polyai_assets.workspace import NoPlatform, project_root

    try:
        root = project_root(Path.cwd())
    except NoPlatform:
        root = Path.cwd()
    return root / "data" / "questions"


def print_questions(questions: "Mapping[str, Question]") -> None:
    """Print the names of questions, and what they ask."""
    width = max(map(len, questions))
    for name, question in questions.items():
        own = f" ({question.file})" if question.file else ""
        click.echo(f"{name:{width}}  {question.title}{own}")


def _width() -> int:
    from polyai_assets.machine.wide import console_of_output, readable_width

    return readable_width(console_of_output())
