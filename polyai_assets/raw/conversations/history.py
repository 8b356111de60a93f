"""The history of a day: what each of its fetches changed, in files that its certificate names."""

from datetime import datetime

from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.conversations.changes import (
    MOST_FILES,
    WHOLE,
    Change,
    decode_changes,
    encode_changes,
    keep_aside,
    sound_changes,
)
from polyai_assets.raw.conversations.forget import forgotten_in, reaches_back
from polyai_assets.raw.conversations.merge import Merge
from polyai_assets.raw.conversations.request import Fetch
from polyai_assets.raw.partition import RawFile
from polyai_assets.raw.store import CONVERSATION_FILES, RawStore


def changed_by(fetch: Fetch, current: Certificate | None, merge: Merge) -> list[Change]:
    """List what a fetch changed of what was kept."""
    changed = merge.changes()
    if current and current.query.get("api_version", "v3") != fetch.request.connection.api_version:
        # another version writes every record otherwise; only which are new or gone is a change
        changed = [change for change in changed if change.field == WHOLE]
    return changed


def put_changes(
    store: RawStore,
    certificate: Certificate,
    current: Certificate | None,
    merge: Merge,
    changed: list[Change],
    until: datetime | None,
) -> tuple[list[RawFile], list[str]]:
    """Write what changed beside what changed before; where a conversation is to be forgotten, all of it anew.

    Gives the files, and the names of those that were lost. Many files become one.
    """
    files, damaged = sound_changes(store, current) if current else ({}, {})
    lost = [*(current.changes_lost if current else ()), *damaged]
    if current and reaches_back(until, current.fetch_started_at):
        before = [change for content in files.values() for change in decode_changes(content)]
        forgotten = merge.forgotten | forgotten_in(before, until, merge.held)
        changed = [*(change for change in before if change.conversation_id not in forgotten), *changed]
        files = {}
    else:
        keep_aside(store, certificate.partition.folder, damaged)
    if not changed:
        return list(files), lost
    content = encode_changes(changed)
    if len(files) >= MOST_FILES:
        content, files = b"".join([*files.values(), content]), {}
    return [
        *files,
        CONVERSATION_FILES.put_bytes(
            store, certificate.partition, f"{certificate.fetch_id}.changes", content
        ),
    ], lost
