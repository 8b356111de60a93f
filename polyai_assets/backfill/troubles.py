"""The outcome of the days of a backfill: which are done, and what is wrong with which of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from polyai_assets.raw.remedies import backfill_commands
from polyai_assets.raw.windows import spans

_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a day of a project, and the lines to type that mend it.

    What is only to be looked at makes no day red.
    """

    project: str
    day: date
    cause: str
    next_step: str
    is_red: bool = True


@dataclass(slots=True)
class DoneDays:
    """The days that are done, by project and job, each with the troubles that were met."""

    found: dict[tuple[str, str, date], Sequence[Trouble]] = field(default_factory=dict)

    def add(self, project: str, job: str, day: date, troubles: Sequence[Trouble] = ()) -> None:
        """Note the outcome of a day, in place of what an earlier attempt found."""
        self.found[project, job, day] = troubles

    @property
    def count(self) -> int:
        """How many days are done, each counted for each job."""
        return len(self.found)

    def days(self, project: str, job: str) -> set[date]:
        """Name the days of a project that a job is done with."""
        return {day for of, by, day in self.found if (of, by) == (project, job)}

    def red_days(self, project: str) -> set[date]:
        """Name the red days of a project."""
        return {trouble.day for trouble in self._troubles() if trouble.is_red and trouble.project == project}

    @property
    def is_red(self) -> bool:
        """Whether any day is red."""
        return any(trouble.is_red for trouble in self._troubles())

    def lines(self) -> list[str]:
        """Say what is wrong, red days first; what is the same on several days of a project, once.

        What is only to be looked at is the same where the same is to be typed: its cause counts the records of a day.
        """
        groups: dict[tuple[bool, str, str], list[Trouble]] = {}
        for trouble in sorted(self._troubles(), key=_gravest_first):
            same = trouble.cause if trouble.is_red else trouble.next_step.replace(_fetch([trouble]), "")
            groups.setdefault((trouble.is_red, trouble.project, same), []).append(trouble)
        listed = list(groups.values())
        lines = [line for same in listed[:_MOST_NAMED] for line in _in_words(same)]
        if others := listed[_MOST_NAMED:]:
            noun = "cause" if len(others) == 1 else "causes"
            lines.append(f"and {len(others)} other {noun}, which Dagster shows at these days:")
            lines += _where([trouble for same in others for trouble in same])
        return lines

    def _troubles(self) -> Iterable[Trouble]:
        return (trouble for listed in self.found.values() for trouble in listed)


def _gravest_first(trouble: Trouble) -> tuple[bool, str, date]:
    return not trouble.is_red, trouble.project, trouble.day


def _in_words(same: Sequence[Trouble]) -> Iterator[str]:
    """Say where something is wrong, why, and what to do about all of these days."""
    first = same[0]
    yield f"{'red' if first.is_red else 'look at'}: {first.project} {_days_of(same)}: {first.cause}"
    for line in first.next_step.splitlines():
        for whole in _of_all(line, same):
            yield f"    {whole}"


def _where(troubles: Sequence[Trouble]) -> Iterator[str]:
    """Name the days of troubles, a line each project."""
    for project in dict.fromkeys(trouble.project for trouble in troubles):
        yield f"    {project} {_days_of([trouble for trouble in troubles if trouble.project == project])}"


def _days_of(troubles: Sequence[Trouble]) -> str:
    return ", ".join(map(str, spans(sorted({trouble.day for trouble in troubles}))))


def _of_all(line: str, same: Sequence[Trouble]) -> Iterator[str]:
    """Give the line that mends the first of some days, as those that mend all of them."""
    of_first = _fetch(same[:1])
    commands = _fetch(same).splitlines() if of_first in line else [of_first]
    yield from (line.replace(of_first, command) for command in commands)


def _fetch(same: Sequence[Trouble]) -> str:
    """Give the commands that fetch the days of troubles of one project, a line each."""
    return "\n".join(backfill_commands(same[0].project, [trouble.day for trouble in same]))
