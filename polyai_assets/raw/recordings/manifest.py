"""The manifest of a partition's recordings, beside their files.

    <root>/audio/<region>/<account>/<project>/<date>/<hash of the id>.<direction>.<redacted or plain>.wav
    <root>/audio/<region>/<account>/<project>/<date>/manifest.json

The table `audio` is made from it. A file appears under its name only when all of it is there, so a manifest that is
lost, or that a kill has kept from being written, is made again from the files. That is why it names none of them as
its own (`files`): `Dataset` writes a partition's files before the certificate that makes them count, and removes what
none names; here a run that ends after 900 of 1,000 recordings, some gigabytes, is to keep the 900 and know them again.
Reading, comparing and putting the manifest is the `Dataset`'s.
"""

import hashlib
import re
from datetime import datetime
from typing import NamedTuple

import msgspec

from polyai_assets.contract.recording import OK
from polyai_assets.raw.dataset import Dataset
from polyai_assets.raw.partition import Partitioned, RawFile
from polyai_assets.raw.recordings.sound import Sound

MANIFEST = "manifest.json"
_DIGITS = 40
_RECORDING = re.compile(rf"[0-9a-f]{{{_DIGITS}}}\.\w+\.(redacted|plain)\.wav")
_ON_ITS_WAY = re.compile(r"\..*\.tmp")


class Key(NamedTuple):
    """What identifies a recording of a partition."""

    conversation_id: str
    direction: str
    redacted: bool

    @property
    def file(self) -> str:
        """The name of its file. An id may hold anything, and be longer than any name."""
        digest = hashlib.sha256(self.conversation_id.encode(errors="surrogatepass")).hexdigest()[:_DIGITS]
        return f"{digest}.{self.direction}.{'redacted' if self.redacted else 'plain'}.wav"


def is_ours(file: str) -> bool:
    """Tell whether a file has the name of a recording, or of one that was on its way."""
    return is_recording(file) or _ON_ITS_WAY.fullmatch(file) is not None


def is_recording(file: str) -> bool:
    """Tell whether a file has the name of a recording."""
    return _RECORDING.fullmatch(file) is not None


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a recording; `duration` is in seconds, `fetched_at` when it was last asked for.

    `reason` is why it is not kept, or what is odd about it though it is.
    """

    conversation_id: str
    direction: str
    redacted: bool
    status: str
    reason: str = ""
    fetched_at: datetime
    bytes: int | None = None
    sha256: str = ""
    duration: float | None = None
    sample_rate: int | None = None
    channels: int | None = None

    @property
    def key(self) -> Key:
        """What identifies it."""
        return Key(self.conversation_id, self.direction, self.redacted)


class Manifest(Partitioned, frozen=True, kw_only=True):
    """The recordings of a partition. `of_records_sha256` identifies the conversations that they were asked for.

    `retired_at` is when all of them were removed, since they were kept for long enough.
    """

    version: int = 1
    of_records_sha256: str
    recordings: list[Recording]
    retired_at: datetime | None = None

    @property
    def files(self) -> list[RawFile]:
        """None: a recording counts because it is there, whole, and not because the manifest names it."""
        return []


def recorded(key: Key, sound: Sound, size: int, sha256: str, at: datetime) -> Recording:
    """Describe a recording that is kept."""
    return Recording(
        **key._asdict(),
        status=OK,
        reason=sound.remark,
        fetched_at=at,
        bytes=size,
        sha256=sha256,
        duration=sound.duration,
        sample_rate=sound.sample_rate,
        channels=sound.channels,
    )


RECORDING_FILES = Dataset(
    asset="audio",
    name=lambda partition: f"audio/{partition.folder}/{MANIFEST}",
    kind=Manifest,
    what="manifest",
    remedy="It is made again from the files by {fetch_again}",
    options=("--audio",),
)
