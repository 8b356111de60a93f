"""A question: a file with one query, headed by a comment: its first line is the title, the rest what it means.

-- Calls by language
-- Only calls that have ended.
SELECT language, count(*) FROM calls WHERE business_date BETWEEN $since AND $until GROUP BY ALL
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import resources
from pathlib import Path

from polyai_assets.machine.actionable import Actionable
from polyai_assets.machine.text_file import read_text

SUFFIX = ".sql"


class NoQuestion(Actionable):
    """There is no question of this name; says which there are."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question: its name, what it asks and what its figures mean; `file` is that of a person's own, else None."""

    name: str
    title: str
    meaning: str
    sql: str
    file: Path | None = None


def parse_question(name: str, text: str, file: Path | None = None) -> Question:
    """Read a question from the text of its file."""
    lines = text.lstrip("\ufeff\n\r\t ").splitlines()
    head = []
    for line in lines:
        if not line.startswith("--"):
            break
        head.append(line.removeprefix("--").strip())
    title, *meaning = head or [name]
    return Question(name, title.rstrip("."), " ".join(filter(None, meaning)), text, file)


def packaged_questions() -> dict[str, Question]:
    """Give the questions that come with the package, by name, in the order in which they are listed."""
    folder = resources.files("polyai_assets.questions").joinpath("sql")
    return {
        name: parse_question(name, folder.joinpath(f"{name}{SUFFIX}").read_text(encoding="utf-8"))
        for name in PACKAGED
    }


PACKAGED = (
    *("by-site", "containment", "why-handoff", "who-called-back", "release"),
    *("ab", "csat", "listen", "functions", "cost"),
)


def all_questions(folder: Path) -> Mapping[str, Question]:
    """Give every question: the packaged ones, and those in a folder, which may take the place of one.

    Raises TextUnreadable for a file that is no text.
    """
    return packaged_questions() | {question.name: question for question in _own(folder)}


def find_question(name: str, folder: Path) -> Question:
    """Find a question by its name. Raises NoQuestion."""
    questions = all_questions(folder)
    found = questions.get(name)
    if found is not None:
        return found
    near = get_close_matches(name, questions)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(questions)}."
    raise NoQuestion(f"no question {name}; {hint} Your own is a file {folder / name}{SUFFIX}")


def _own(folder: Path) -> Iterator[Question]:
    for file in sorted(folder.glob(f"*{SUFFIX}")):
        yield parse_question(file.stem, read_text(file), file)
