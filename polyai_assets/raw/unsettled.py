"""The index of partitions that hold conversations in progress: small, so that a sensor need not read certificates.

One JSON file per project, beside its days. It can be rebuilt from the certificates.
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


def read_unsettled(store: RawStore, project: Project) -> Unsettled:
    """Read the days of a project that are still open."""
    content = store.read(_name(project))
    return msgspec.json.decode(content, type=Unsettled) if content else {}


def note_day(store: RawStore, project: Project, certificate: Certificate) -> None:
    """Enter a day that was just fetched, or take it out when nothing in it is in progress."""
    index = read_unsettled(store, project)
    before = dict(index)
    index.pop(certificate.date, None)
    if certificate.in_progress:
        starts = {name: datetime.fromisoformat(start) for name, start in certificate.in_progress.items()}
        index[certificate.date] = OpenDay(certificate.fetch_started_at, starts)
    if index != before:
        store.write(_name(project), msgspec.json.format(msgspec.json.encode(index), indent=2))


def _name(project: Project) -> str:
    parts = (quote(part, safe="") for part in (project.region, project.account_id, project.project_id))
    return "/".join([*parts, "unsettled.json"])
