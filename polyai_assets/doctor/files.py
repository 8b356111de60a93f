"""Files that are damaged, or that nobody will ever read: only what a look at the newest days finds."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from polyai_assets.api.project import Project
from polyai_assets.doctor.finding import Finding, green, red, yellow
from polyai_assets.raw.certificate import CertificateUnreadable
from polyai_assets.raw.stale import MAX_AGE
from polyai_assets.raw.store import RawStore

RAW, SPOOL = "raw store", "spool"
HINT = "check raw_store in defs.yaml"
_DAYS = 14
_LEFT_BEHIND = timedelta(hours=6)
"""A file that is being written is renamed within seconds."""


def look_at_raw_store(url: str, projects: Sequence[Project], now: datetime) -> Iterator[Finding]:
    """Read the certificates of the newest days of each project, and look whether their records are there."""
    store = RawStore(url)
    days = bad = 0
    for project in projects:
        for day in store.days(project)[-_DAYS:]:
            days += 1
            try:
                certificate = store.certificate(project, day)
            except CertificateUnreadable as error:
                bad += 1
                yield red(RAW, str(error), "")
                continue
            if certificate is None:
                bad += 1
                yield yellow(RAW, f"{day} of {project} has files but no certificate", "materialize it again")
            elif not store.has_records(certificate):
                bad += 1
                yield red(
                    RAW,
                    f"{day} of {project}: the file {certificate.file.name} is missing, or not as long as it was",
                    "restore it from a backup, or materialize the day again",
                )
        if "://" not in url:
            yield from _left_behind(Path(url) / RawStore.partition(project.key, now.date()), now)
    if not bad:
        yield green(RAW, f"{days} days looked at, the newest of each project: all as their certificates say")


def _left_behind(newest: Path, now: datetime) -> Iterator[Finding]:
    """Look for half-written files of runs that were killed, in the newest days of a project."""
    folders = sorted(newest.parent.iterdir())[-_DAYS:] if newest.parent.is_dir() else []
    old = (now - _LEFT_BEHIND).timestamp()
    orphans = [file for folder in folders for file in folder.glob(".*.tmp") if file.stat().st_mtime < old]
    if orphans:
        size = sum(file.stat().st_size for file in orphans) / 1e6
        yield yellow(
            RAW,
            f"{len(orphans)} half-written files of runs that were killed ({size:,.1f} MB), such as {orphans[0]}",
            "delete them",
        )


def look_at_spool(folder: Path, now: datetime) -> Iterator[Finding]:
    """Look for walks that are too old to be continued; the next fetch removes them."""
    walks = (
        [one for one in (folder / "walks").iterdir() if one.is_dir()] if (folder / "walks").is_dir() else []
    )
    oldest = (now - MAX_AGE).timestamp()
    stale = [one for one in walks if one.stat().st_mtime < oldest]
    size = sum(file.stat().st_size for one in stale for file in one.iterdir()) / 1e6
    if stale:
        yield yellow(
            SPOOL,
            f"{len(stale)} fetches were broken off more than a day ago ({size:,.1f} MB)",
            "nothing: the next fetch removes them. If there is none, see the daemon",
        )
    else:
        yield green(SPOOL, f"{len(walks)} fetches to be continued")
