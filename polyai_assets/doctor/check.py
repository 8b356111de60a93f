"""A check: what it looks at, what it finds, and running several at once so that none takes the others down."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from time import monotonic

import msgspec

from polyai_assets.machine.secrets import masked

_LONGEST_TEXT = 600


class Colour(StrEnum):
    """Green: as it should be. Yellow: works, but a person should know. Red: something will not work."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


class Diagnosis(msgspec.Struct, frozen=True):
    """A line: what was looked at, the verdict, what was found, and what to do ('' if nothing)."""

    check: str
    verdict: Colour
    says: str
    next_step: str = ""


def green(check: str, says: str) -> Diagnosis:
    """Say that something is as it should be."""
    return Diagnosis(check, Colour.GREEN, says)


def yellow(check: str, says: str, next_step: str) -> Diagnosis:
    """Say what a person should know."""
    return Diagnosis(check, Colour.YELLOW, says, next_step)


def red(check: str, says: str, next_step: str) -> Diagnosis:
    """Say what will not work, and what to do."""
    return Diagnosis(check, Colour.RED, says, next_step)


def cleaned(finding: Diagnosis) -> Diagnosis:
    """Take secrets out of a finding, and line breaks."""
    return msgspec.structs.replace(
        finding, says=one_line(finding.says), next_step=one_line(finding.next_step)
    )


def one_line(text: str) -> str:
    """Take secrets out of a text and make it one line of bearable length."""
    text = " ".join(masked(text).split())
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"


@dataclass(frozen=True)
class Check:
    """A look at one thing. `subject` is what is looked at; `hint` is what to do if the look itself fails."""

    name: str
    subject: str
    look: Callable[[], Iterable[Diagnosis]]
    hint: str


class Line(msgspec.Struct, frozen=True):
    """A finding and its subject, a project or a place."""

    subject: str
    finding: Diagnosis


@dataclass
class _Running:
    check: Check
    found: list[Diagnosis] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        try:
            self.found = list(self.check.look())
        except Exception as error:  # noqa: BLE001 - a broken environment raises anything, and that is the answer
            said = f"{type(error).__name__}: {error}"
            self.found = [red(self.check.name, said, self.check.hint)]
        finally:
            self.done.set()


def run_checks(checks: Sequence[Check], seconds: float) -> list[Line]:
    """Run checks at the same time, for at most so many seconds; their lines in the order of the checks.

    What is not done by then is reported as late, and left behind: the threads do not keep the process alive.
    """
    running = [_Running(check) for check in checks]
    for running_check in running:
        threading.Thread(
            target=running_check.run, name=f"doctor {running_check.check.name}", daemon=True
        ).start()
    deadline = monotonic() + seconds
    lines = []
    for running_check in running:
        in_time = running_check.done.wait(max(deadline - monotonic(), 0.0))
        late = red(
            running_check.check.name, f"no answer within {seconds:.0f} seconds", running_check.check.hint
        )
        lines += [
            Line(running_check.check.subject, cleaned(finding))
            for finding in (running_check.found if in_time else [late])
        ]
    return lines
