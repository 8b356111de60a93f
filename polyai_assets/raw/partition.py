"""A partition: a project and a UTC date. The one name for what is fetched, kept, loaded and judged together."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

import msgspec

from polyai_assets.api.project import Project


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """A project's UTC day; `str` gives it as messages name it: `us-1/acme/hotel-bot 2026-11-03`."""

    project: Project
    date: date

    @classmethod
    def parse(cls, key: str) -> "Partition":
        """Invert `key`. Raises ValueError for what is no date, and InvalidProject for what names no project."""
        day, _, project = key.partition("|")
        return cls(Project.parse(project), date.fromisoformat(day))

    @property
    def key(self) -> str:
        """Its key in Dagster: `2026-11-03|us-1/acme/hotel-bot`."""
        return f"{self.date.isoformat()}|{self.project.key}"

    @property
    def folder(self) -> str:
        """Its folder below the root of a store: `us-1/acme/hotel-bot/2026-11-03`, with each part quoted."""
        return f"{project_folder(self.project.key)}/{self.date.isoformat()}"

    @property
    def spool_name(self) -> str:
        """What it is called on local disk, where a project's own name might be too long."""
        return hashlib.sha256(f"{self.project}|{self.date.isoformat()}".encode()).hexdigest()[:24]

    def __str__(self) -> str:
        return f"{self.project} {self.date}"


def project_folder(key: str) -> str:
    """Name the folder of a project below the root of a store, from its key."""
    return "/".join(quote(part, safe="") for part in key.split("/"))


def days_among(names: Iterable[str]) -> list[date]:
    """Give the days of which there is a folder in that of a project, oldest first; other names are left out."""
    return sorted(filter(None, map(_day_of, names)))


def _day_of(name: str) -> date | None:
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None


class Partitioned(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a partition, and says of which: the project's key and the date."""

    project: str
    date: date

    @property
    def partition(self) -> Partition:
        """The partition that it is of."""
        return Partition(Project.parse(self.project), self.date)


class RawFile(msgspec.Struct, frozen=True):
    """A file: its name beside the certificate, size in bytes and SHA-256."""

    name: str
    bytes: int
    sha256: str
