"""Committing a fetched day to the raw store."""

import tempfile
from dataclasses import asdict
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from polyai_assets.raw.certificate import Certificate, WalkLog
from polyai_assets.raw.fetch import Fetch, FetchRequest
from polyai_assets.raw.parquet import write_records
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.windows import midnight


def commit_day(store: RawStore, fetch: Fetch, day: date) -> Certificate:
    """Write a day's records and, last, their certificate.

    Records that are the same as before, and still there, get a new certificate and no second file. A fetch
    that started later and has committed meanwhile stays; its certificate is returned.
    """
    project = fetch.request.project
    current = store.certificate(project, day)
    if current is not None and current.fetch_started_at > fetch.started_at:
        return current
    entries = fetch.entries[day]
    with tempfile.TemporaryDirectory() as folder:
        local = Path(folder) / "records.parquet"
        digest = write_records(local, entries)
        if current and current.records_sha256 == digest and store.has_records(project, current):
            file = current.file
        else:
            file = store.put_records(project, day, f"{fetch.id}.parquet", local)
    certificate = Certificate(
        project=project.key,
        date=day,
        fetch_id=fetch.id,
        fetch_started_at=fetch.started_at,
        fetch_finished_at=fetch.finished_at,
        code_version=version("polyai-assets"),
        query=describe_query(fetch.request),
        walks=[walk for walk in fetch.walks if _touches(walk, day)],
        rows=len(entries),
        unreadable=sum(entry.conversation_id is None or entry.started_at is None for entry in entries),
        in_progress={
            entry.conversation_id: entry.started_at.isoformat()
            for entry in entries
            if entry.in_progress and entry.conversation_id is not None and entry.started_at is not None
        },
        records_sha256=digest,
        file=file,
    )
    store.put_certificate(project, certificate)
    return certificate


def describe_query(request: FetchRequest) -> dict[str, Any]:
    """Give the filters of a fetch, without what differs from window to window."""
    filters = {name: value for name, value in asdict(request.query).items() if value}
    return filters | {"client_env": list(request.client_envs)}


def _touches(walk: WalkLog, day: date) -> bool:
    return walk.start < midnight(day) + timedelta(days=1) and walk.end > midnight(day)
