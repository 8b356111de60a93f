"""Running checks: at the same time, for a limited time, and so that none of them can take the others down."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from time import monotonic

import msgspec

from polyai_assets.doctor.finding import Finding, red
from polyai_assets.doctor.scrub import cleaned


@dataclass(frozen=True)
class Check:
    """A look at one thing. `subject` is what is looked at; `hint` is what to do if the look itself fails."""

    name: str
    subject: str
    look: Callable[[], Iterable[Finding]]
    hint: str


class Line(msgspec.Struct, frozen=True):
    """A finding and its subject, a project or a place."""

    subject: str
    finding: Finding


@dataclass
class _Running:
    check: Check
    found: list[Finding] = field(default_factory=list)
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

    What is not done by then is told, and left behind: the threads do not keep the process alive.
    """
    running = [_Running(check) for check in checks]
    for one in running:
        threading.Thread(target=one.run, name=f"doctor {one.check.name}", daemon=True).start()
    deadline = monotonic() + seconds
    lines = []
    for one in running:
        in_time = one.done.wait(max(deadline - monotonic(), 0.0))
        late = red(one.check.name, f"no answer within {seconds:.0f} seconds", one.check.hint)
        lines += [Line(one.check.subject, cleaned(finding)) for finding in (one.found if in_time else [late])]
    return lines
