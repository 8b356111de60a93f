"""What changed in conversations between two fetches, and the files of a partition that say so.

The API has no change feed and no `updated_at`, so a change is what differs between the record we kept and the
record we were sent.
"""

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.leftovers import DAMAGED
from polyai_assets.raw.partition import RawFile
from polyai_assets.raw.store import CONVERSATION_FILES, RawStore

log = logging.getLogger(__name__)

LONGEST = 80
"""Of values that are longer, in characters, the hash is given."""

MOST_FILES = 20
"""A day whose changes lie in so many files gets one in their place with the next change."""

WHOLE = "(conversation)"
"""The field of a change that concerns the conversation as such."""

PRESENT = "present"
VANISHED = "vanished"
LOST = "lost"
"""The fate of a vanished conversation whose record nothing holds any more: its file was damaged."""


class Change(msgspec.Struct, frozen=True):
    """One field of a conversation that differs from what was kept before. Texts; long ones as hashes."""

    conversation_id: str
    changed_at: datetime
    field: str
    before: str
    after: str


def moved_to(day: object) -> str:
    """Name the fate of a conversation whose start now lies on another day."""
    return f"moved to {day}"


def compare(conversation_id: str, before: bytes, after: bytes, at: datetime) -> list[Change]:
    """List the fields in which two versions of a record differ.

    Fields are named as in the API: `handoff_reason`, `turns[3].user_input`, `metrics.CALL_DURATION`,
    `state.guest`. Records that cannot be read are compared as a whole.
    """
    try:
        old, new = _flatten(json.loads(before)), _flatten(json.loads(after))
    except (ValueError, RecursionError):
        old, new = {WHOLE: _hash(before)}, {WHOLE: _hash(after)}
    fields = sorted(old.keys() | new.keys(), key=_natural)
    return [
        Change(conversation_id, at, field, old.get(field, ""), new.get(field, ""))
        for field in fields
        if old.get(field) != new.get(field)
    ]


def _flatten(record: Any) -> dict[str, str]:
    return {_clean(path).decode(): _shown(value) for path, value in _leaves("", record)}


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Walk down objects, and down the list of turns; other lists are values."""
    if isinstance(value, dict) and value:
        for key, element in value.items():
            yield from _leaves(f"{path}.{key}" if path else key, element)
    elif path == "turns" and isinstance(value, list) and value:
        for index, turn in enumerate(value):
            yield from _leaves(f"turns[{index}]", turn)
    else:
        yield path or WHOLE, value


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    clean = _clean(text)
    return clean.decode() if len(text) <= LONGEST else _hash(clean)


def _clean(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def _hash(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


_MOST_DIGITS = 18


def _natural(field: str) -> tuple[str, int, str]:
    """Order turns by number, not by text."""
    if field.startswith("turns[") and "]" in field:
        number, _, rest = field.removeprefix("turns[").partition("]")
        if number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS:
            return "turns", int(number), rest
    return field, -1, ""


def read_changes(store: RawStore, certificate: Certificate) -> Iterator[dict[str, Any]]:
    """Read all that changed in a partition since it was first fetched, a mapping from field to value each.

    Raises DamagedRawFile.
    """
    for file in certificate.changes:
        for change in decode_changes(CONVERSATION_FILES.read_file(store, certificate, file)):
            yield msgspec.structs.asdict(change)


def sound_changes(
    store: RawStore, certificate: Certificate
) -> tuple[dict[RawFile, bytes], dict[str, bytes | None]]:
    """Read the files of changes that are whole, in their order; and what there is of those that are not, by their name.

    None stands for one that is missing. One that cannot be read is neither: then this raises what the store raises.
    """
    folder = certificate.partition.folder
    found = store.read_some(f"{folder}/{file.name}" for file in certificate.changes)
    sound: dict[RawFile, bytes] = {}
    damaged: dict[str, bytes | None] = {}
    for file in certificate.changes:
        content = found.get(f"{folder}/{file.name}")
        if content is not None and hashlib.sha256(content).hexdigest() == file.sha256:
            sound[file] = content
        else:
            damaged[file.name] = content
    return sound, damaged


def keep_aside(store: RawStore, folder: str, damaged: Mapping[str, bytes | None]) -> None:
    """Keep damaged files of changes beside the others, as `<name>.damaged`: a person may read a part of them."""
    for name, content in damaged.items():
        if content is None:
            log.warning("%s/%s is missing: the changes that it listed are lost", folder, name)
            continue
        aside = f"{folder}/{name}{DAMAGED}"
        store.write(aside, content)
        log.warning("%s/%s is damaged: its changes count no more; what is left is in %s", folder, name, aside)


def encode_changes(changes: list[Change]) -> bytes:
    """Write changes, one JSON object a line."""
    return b"".join(msgspec.json.encode(change) + b"\n" for change in changes)


def decode_changes(content: bytes) -> list[Change]:
    """Read what `encode_changes` wrote."""
    return [msgspec.json.decode(line, type=Change) for line in content.splitlines()]


class Forgotten(NamedTuple):
    """The conversations whose changes are not kept: the `names`, and those not `held` that did not change since."""

    until: datetime
    names: Set[str]
    held: Set[str]


def put_changes(
    store: RawStore,
    certificate: Certificate,
    current: Certificate | None,
    changed: list[Change],
    forgotten: Forgotten | None,
) -> tuple[list[RawFile], list[str]]:
    """Write what changed beside what changed before; with `forgotten`, all of it anew, without these conversations.

    Gives the files, and the names of those that were lost. Many files become one.
    """
    files, damaged = sound_changes(store, current) if current else ({}, {})
    lost = [*(current.changes_lost if current else ()), *damaged]
    if forgotten is not None:
        before = [change for content in files.values() for change in decode_changes(content)]
        names = forgotten.names | forgotten_in(before, forgotten.until, forgotten.held)
        changed = [*(change for change in before if change.conversation_id not in names), *changed]
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


def forgotten_in(changes: Iterable[Change], until: datetime, held: Set[str]) -> set[str]:
    """Find the conversations that the day holds no more and that nothing was noted of since the decision."""
    last = {change.conversation_id: change.changed_at for change in changes}
    return {name for name, changed_at in last.items() if name not in held and changed_at <= until}
