"""The spool of details: where they wait on local disk until they are committed, in a journal a partition."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from polyai_assets.machine.folders import own_folder, private_folder
from polyai_assets.raw.details.files import Asked
from polyai_assets.raw.journal import Extent, Journal, hold
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.stale import remove_stale


class DetailSpool:
    """The details of one partition on their way. Several threads may add to it."""

    def __init__(self, path: Path) -> None:
        self._places: dict[str, tuple[Asked, Extent]] = {}
        self._journal = Journal[Asked](path, Asked, self._take)

    def __len__(self) -> int:
        return len(self._places)

    @property
    def asked(self) -> dict[str, Asked]:
        """What is spooled, by conversation."""
        return {name: asked for name, (asked, _) in self._places.items()}

    def add(self, asked: Asked, payload: bytes | None) -> None:
        """Spool the answer for a conversation; the later one counts."""
        self._take(asked, self._journal.add(asked, payload))

    def payload(self, conversation_id: str) -> bytes | None:
        """Read a spooled payload; None where there was none."""
        _, place = self._places[conversation_id]
        return self._journal.read(place)

    def close(self) -> None:
        """Close the file; it stays."""
        self._journal.close()

    def discard(self) -> None:
        """Remove the file: what it held is committed."""
        self._journal.discard()

    def _take(self, asked: Asked, place: Extent) -> bool:
        self._places[asked.conversation_id] = asked, place
        return True


@contextmanager
def detail_spool(folder: Path, partition: Partition, now: datetime) -> Iterator[DetailSpool]:
    """Open the spool of a partition below `folder`, where an earlier run left it.

    One that another run is on at this moment is not shared: then a fresh one is begun.
    """
    details = folder / "details"
    own_folder(folder)
    private_folder(details)
    remove_stale(details, now)
    name, lock = hold(details, partition.spool_name)
    try:
        spool = DetailSpool(details / f"{name}.spool")
        try:
            yield spool
        finally:
            spool.close()
    finally:
        lock.release()
