"""The index of partitions that hold conversations in progress: small, so that a sensor need not read certificates.

One small JSON file per open day, in a folder beside the days of its project: runs that fetch different days of
a project at the same time do not overwrite each other's notes.
"""

from datetime import date, datetime
from urllib.parse import quote

import msgspec

from polyai_assets.api.project import Project
from polyai_assets.raw.certificate import Certificate
from polyai_assets.raw.store import RawStore


class OpenDay(msgspec.Struct, frozen=True):
    """A day with conversations in progress when it was fetched: their ids with their starts."""

    fetched_at: datetime
    in_progress: dict[str, datetime]


Unsettled = dict[date, OpenDay]

_SUFFIX = ".json"


def read_unsettled(store: RawStore, project: Project) -> Unsettled:
    """Read the days of a project that are still open, oldest first."""
    index: Unsettled = {}
    for name in store.names(_folder(project)):
        day = date.fromisoformat(name.removesuffix(_SUFFIX))
        content = store.read(_name(project, day))
        if content is not None:  # else a run has just settled the day
            index[day] = msgspec.json.decode(content, type=OpenDay)
    return index


def note_day(store: RawStore, project: Project, certificate: Certificate) -> None:
    """Enter a day that was just fetched, or take it out when nothing in it is in progress."""
    name = _name(project, certificate.date)
    if not certificate.in_progress:
        store.delete(name)
        return
    starts = {name: datetime.fromisoformat(start) for name, start in certificate.in_progress.items()}
    opened = OpenDay(certificate.fetch_started_at, starts)
    store.write(name, msgspec.json.format(msgspec.json.encode(opened), indent=2))


def _folder(project: Project) -> str:
    parts = (quote(part, safe="") for part in (project.region, project.account_id, project.project_id))
    return "/".join([*parts, "unsettled"])


def _name(project: Project, day: date) -> str:
    return f"{_folder(project)}/{day.isoformat()}{_SUFFIX}"
