"""Which recordings are wanted, which of them are there, and what to ask for: decided as pure functions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product

from polyai_assets.api.query import DIRECTIONS
from polyai_assets.contract.recording import FAILED, NO_RECORDING, OK
from polyai_assets.raw.late import ask_again_at, is_final
from polyai_assets.raw.recordings.calls import Call
from polyai_assets.raw.recordings.manifest import Key, Recording, is_ours, is_recording

CHATS = frozenset({"CHAT", "WEBCHAT", "SMS", "RCS"})
"""Channels that are never recorded. Any other is asked for: that there is no recording is no error."""


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
