"""The drift that people accepted: a small file for each decision, beside the days of its project.

    <root>/<region>/<account>/<project>/accepted_drift/<hash>.json

A decision is written once and never changed; to take it back is to delete it. One that is damaged counts as not made:
what it accepted is reported again, which is safe, and the others stand.
"""

import hashlib
import logging
from collections.abc import Iterable, Sequence
from datetime import date, datetime

import msgspec

from polyai_assets.api.record import UNREADABLE
from polyai_assets.contract.drift import OTHERS, DriftKind, types_shown
from polyai_assets.raw.file_store import FileStore
from polyai_assets.raw.partition import project_folder

_FOLDER = "accepted_drift"
_NULL = frozenset({"null"})
"""A value that is left open is none of another type."""

_OF_A_TYPE = frozenset({DriftKind.ADDED.value, DriftKind.TYPE_CHANGED.value})
"""Kinds of drift that are another thing once values of another type come."""

log = logging.getLogger(__name__)


class AcceptedDrift(msgspec.Struct, frozen=True):
    """The decision of a person that a kind of drift at a path is right as it is: by whom, when and why.

    It stands for values of `types` (see `types_shown`), and for days up to `until`; None for all that come.
    """

    path: str
    kind: str
    who: str
    when: datetime
    why: str
    types: tuple[str, ...] = ()
    until: date | None = None

    def is_about(self, path: str, kind: str, day: date) -> bool:
        """Tell whether it speaks of drift of a day."""
        return (self.path, self.kind) == (path, kind) and (self.until is None or day <= self.until)

    @property
    def summary(self) -> str:
        """Who accepted it, when and why."""
        return f"accepted by {self.who} on {self.when:%Y-%m-%d}: {self.why}"


def is_acceptable(path: str) -> bool:
    """Tell whether drift at a path can be accepted: the rest of too many paths is no one thing."""
    return not path.endswith(OTHERS)


def types_of(kind: str, examples: Iterable[str]) -> frozenset[str]:
    """Name the types that make drift what it is; none where only its kind does."""
    return frozenset().union(*map(types_shown, examples)) - _NULL if kind in _OF_A_TYPE else frozenset()


def accepting(
    decisions: Sequence[AcceptedDrift], path: str, kind: str, example: str, day: date
) -> AcceptedDrift | None:
    """Find the newest decision that accepts drift of a day; several may accept each some of its types."""
    about = [decision for decision in decisions if decision.is_about(path, kind, day)]
    types = {name for decision in about for name in decision.types}
    return (
        max(about, key=lambda decision: decision.when)
        if about and types_of(kind, [example]) <= types
        else None
    )


def read_accepted(store: FileStore, project: str) -> list[AcceptedDrift]:
    """Read what was accepted of a project, the oldest first."""
    folder = _folder(project)
    found = []
    for name, content in store.read_all(folder).items():
        try:
            found.append(msgspec.json.decode(content, type=AcceptedDrift))
        except UNREADABLE as error:
            log.warning(
                "%s/%s/%s cannot be read (%s): what it accepted is reported again. Restore it from a backup; or delete "
                "it, and decide once more with `polyai drift %s`",
                *(store.url, folder, name, error, project),
            )
    return sorted(found, key=lambda decision: decision.when)


def write_accepted(store: FileStore, project: str, decision: AcceptedDrift) -> None:
    """Keep a decision."""
    store.write(_name(project, decision), msgspec.json.format(msgspec.json.encode(decision), indent=2))


def delete_accepted(store: FileStore, project: str, decision: AcceptedDrift) -> None:
    """Take a decision back."""
    store.delete(_name(project, decision))


def _folder(project: str) -> str:
    return f"{project_folder(project)}/{_FOLDER}"


def _name(project: str, decision: AcceptedDrift) -> str:
    what = msgspec.json.encode([decision.path, decision.kind, decision.types, decision.until])
    return f"{_folder(project)}/{hashlib.sha256(what).hexdigest()[:32]}.json"
