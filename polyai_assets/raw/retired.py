"""Days of which something was removed because it was kept for long enough: what is kept for how long, and the marks.

A mark stands where the rest of the day is: in the certificate of conversations for `raw`, `text` and `facts`, in the
manifest of recordings for `audio`. Who fetches a day anew, on purpose, writes a certificate without marks.

Example: raw records are kept for 90 days. On 2026-06-01 the day 2026-03-02 is 91 days old. Its certificate gets the
mark, then its files are removed. A replay, a backfill or a sensor that meets the day leaves it as it is.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec

from polyai_assets.api.record import UNREADABLE
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.recordings.manifest import RECORDING_FILES
from polyai_assets.raw.retention_days import AUDIO
from polyai_assets.raw.store import CONVERSATION_FILES, RawStore

Retired = Mapping[str, datetime]
"""The layers of a day that were removed, and when."""


class _Marks(msgspec.Struct, frozen=True):
    """What is read of a certificate, or of a manifest."""

    retired: dict[str, datetime] = {}
    retired_at: datetime | None = None


def read_retired(
    store: RawStore, partitions: Sequence[Partition], layers: Collection[str]
) -> dict[Partition, Retired]:
    """Find the days of which some of the `layers` were removed: one small file of each is read, and one for audio.

    A certificate that cannot be read has no mark. Raises StoreUnavailable.
    """
    of_records = {CONVERSATION_FILES.name(partition): partition for partition in partitions}
    of_audio = {RECORDING_FILES.name(partition): partition for partition in partitions}
    names = [*(of_records if {*layers} - {AUDIO} else ()), *(of_audio if AUDIO in layers else ())]
    of_names = of_records | of_audio
    found: dict[Partition, dict[str, datetime]] = {}
    for name, content in store.read_some(names).items():
        marks = {layer: at for layer, at in read_marks(content).items() if layer in layers}
        if marks:
            found.setdefault(of_names[name], {}).update(marks)
    return {**found}


def read_marks(content: bytes) -> Retired:
    """Give the layers that a certificate, or a manifest of recordings, says to be removed; none where it is damaged."""
    try:
        marks = msgspec.json.decode(content, type=_Marks)
    except UNREADABLE:
        return {}
    return marks.retired if marks.retired_at is None else {AUDIO: marks.retired_at}
