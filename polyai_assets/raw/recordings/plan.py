"""Which recordings of a day are wanted, which of them are there, and what to ask for: decided as pure functions.

What the raw store knows of the day's calls decides that.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from typing import Any, NamedTuple

import msgspec
import pyarrow.parquet as pq

from polyai_assets.api.query import DIRECTIONS
from polyai_assets.contract.lenient import Unreadable, read_json
from polyai_assets.contract.recording import FAILED, NO_RECORDING, OK
from polyai_assets.privacy.tombstones import Tombstones
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.ends import ask_again_at, ended_at, is_final
from polyai_assets.raw.recordings.manifest import Key, Recording, is_ours, is_recording
from polyai_assets.raw.store import RawStore

_COLUMNS = ["conversation_id", "started_at", "ended_at", "in_progress", "vanished_at", "payload"]
_ROWS = 256
_LONGEST = 1e9
"""Seconds: the claim of a longer call is no measure for its recording."""


class Call(NamedTuple):
    """A conversation as far as its recording is concerned.

    `channel` is "" where the record does not say. `ended_at` is as in `raw.late`. `seconds` are the
    lengths that the record gives: of the whole call, and of the part that the agent handled.
    """

    conversation_id: str
    ended_at: datetime
    channel: str = ""
    handoff: bool = False
    in_progress: bool = False
    vanished: bool = False
    seconds: tuple[float, ...] = ()


class _CallFields(msgspec.Struct):
    channel: Any = None
    handoff: Any = None
    total_duration: Any = None
    polyai_duration: Any = None


def read_calls(store: RawStore, certificate: Certificate) -> list[Call]:
    """Read the conversations of a partition that can be asked for: those that have an id, and were not erased."""
    erased = Tombstones.read(store, certificate.partition.project)
    with store.local_file(certificate, certificate.file) as path, pq.ParquetFile(path) as file:
        return [
            _call(row, certificate)
            for batch in file.iter_batches(batch_size=_ROWS, columns=_COLUMNS)
            for row in batch.to_pylist()
            if row["conversation_id"] and row["conversation_id"] not in erased
        ]


def _call(row: dict[str, Any], certificate: Certificate) -> Call:
    fields = _read_fields(row["payload"])
    return Call(
        conversation_id=row["conversation_id"],
        channel=fields.channel if isinstance(fields.channel, str) else "",
        handoff=fields.handoff is True,
        in_progress=row["in_progress"],
        vanished=row["vanished_at"] is not None,
        ended_at=ended_at(certificate.date, row["started_at"], row["ended_at"]),
        seconds=tuple(_numbers(fields.total_duration, fields.polyai_duration)),
    )


def _read_fields(payload: bytes) -> _CallFields:
    try:
        return msgspec.json.decode(payload, type=_CallFields)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass  # strict readers refuse it
    try:
        record = read_json(payload)
    except Unreadable:
        return _CallFields()
    known = record if isinstance(record, dict) else {}
    return _CallFields(**{name: known.get(name) for name in _CallFields.__struct_fields__})


def _numbers(*values: object) -> Iterator[float]:
    for value in values:
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LONGEST:
            yield float(value)


CHATS = frozenset({"CHAT", "WEBCHAT", "SMS", "RCS"})
"""Channels that are never recorded: the Agents API answers 404 for them (its page on audio). Any other is asked for:
that there is no recording is no error."""


@dataclass(frozen=True, slots=True)
class WantedRecordings:
    """Whose recordings are wanted (`none`, `handoffs`, `all`), in which directions, and whether redacted."""

    calls: str
    directions: Sequence[str] = ("combined",)
    redacted: bool = True

    def expected(self, calls: Iterable[Call]) -> dict[Key, Call]:
        """Choose the recordings that are wanted: of calls that have ended, and that the API still returns."""
        return {
            Key(call.conversation_id, direction, self.redacted): call
            for call in calls
            if self.calls == "all" or (self.calls == "handoffs" and call.handoff)
            if call.channel.strip().upper() not in CHATS and not call.in_progress and not call.vanished
            for direction in self.directions
        }


@dataclass(slots=True)
class Plan:
    """What to do about a partition's recordings.

    `known` need nothing: they are there, or there are none. `found` have a file that the manifest does not know.
    `ask` are to be asked for, those last that could not be fetched the last time: after some in a row that fail the
    rest is not tried. `drop` are files that are left over.
    """

    known: dict[Key, Recording] = field(default_factory=dict)
    found: list[Key] = field(default_factory=list)
    ask: list[Key] = field(default_factory=list)
    drop: list[str] = field(default_factory=list)


def plan(
    expected: Mapping[Key, Call],
    calls: Iterable[Call],
    manifest: Iterable[Recording],
    sizes: Mapping[str, int],
    forgotten_until: datetime | None = None,
) -> Plan:
    """Compare what is wanted with the manifest and with the files there are, by their sizes.

    What is kept stays, also where it is wanted no more, or the API no longer returns its conversation: this may be
    the only copy. Only where a person has decided that what had vanished until then is forgotten, recordings go
    with their conversations.
    """
    held = {call.conversation_id for call in calls}
    entries = {
        recording.key: recording
        for recording in manifest
        if recording.conversation_id in held
        or (recording.status == OK and (forgotten_until is None or recording.fetched_at > forgotten_until))
    }
    made = Plan()
    for key, recording in entries.items():
        if (recording.status == OK and sizes.get(key.file) == recording.bytes) or (
            recording.status == NO_RECORDING
            and (key not in expected or is_final(expected[key].ended_at, recording.fetched_at))
        ):
            made.known[key] = recording
    listed = {key.file for key, recording in entries.items() if recording.status == OK}
    strays = {file for file in sizes if is_ours(file)} - listed
    names = {key.file: key for key in _keys(held)} if strays else {}
    made.found = [names[file] for file in sorted(strays & names.keys())]
    made.drop = sorted(
        file for file in strays - names.keys() if forgotten_until is not None or not is_recording(file)
    )
    for key in made.found:
        made.known.pop(key, None)
    settled = {*made.known, *made.found}
    failed = {key for key, recording in entries.items() if recording.status == FAILED}
    made.ask = sorted((key for key in expected if key not in settled), key=failed.__contains__)
    return made


def _keys(conversation_ids: Iterable[str]) -> Iterator[Key]:
    """Give every recording that conversations may have."""
    for conversation_id, direction, redacted in product(conversation_ids, DIRECTIONS, (True, False)):
        yield Key(conversation_id, direction, redacted)


def next_look(expected: Mapping[Key, Call], recordings: Mapping[Key, Recording]) -> datetime | None:
    """Give when to ask again for recordings that may still come: ever more rarely, the longer their call is over."""
    moments = []
    for key, call in expected.items():
        recording = recordings.get(key)
        if recording is not None and recording.status == NO_RECORDING:
            moments.append(ask_again_at(call.ended_at, recording.fetched_at))
    return min((moment for moment in moments if moment is not None), default=None)
