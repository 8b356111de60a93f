"""Files of the raw store that are not what their certificate says: bits that flipped, ends that were cut, files gone.

A certificate holds the SHA-256 of every file it names. Whoever reads one hashes it first: a parquet file with a
flipped bit may well be readable, and say something else.
"""

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from polyai_assets.machine.actionable import Actionable
from polyai_assets.raw.partition import RawFile


class DamagedRawFile(Actionable, OSError):
    """A file of the raw store is missing, or is another than its certificate names. Says which, and what to do."""

    def __init__(self, place: str, what: str, asset: str) -> None:
        self.found = f"{place} {what}"
        super().__init__(
            f"{self.found}. Materialize {asset} for the day again: it is fetched anew and the damaged file "
            "replaced. Or restore the file from a backup"
        )


@contextmanager
def verified(local: AbstractContextManager[Path], file: RawFile, place: str, asset: str) -> Iterator[Path]:
    """Give a file of the store as a local one, once it has proven to be what its certificate says.

    `place` is how it is called, `asset` what has to be materialized to replace it. Raises DamagedRawFile.
    """
    with ExitStack() as opened:
        try:
            path = opened.enter_context(local)
            with path.open("rb") as content:
                digest = hashlib.file_digest(content, "sha256").hexdigest()
        except FileNotFoundError as error:
            raise DamagedRawFile(place, "is missing", asset) from error
        _compare(digest, file, place, asset)
        yield path


def verify(content: bytes, file: RawFile, place: str, asset: str) -> bytes:
    """Give the content of a file back if it is what its certificate says. Raises DamagedRawFile."""
    _compare(hashlib.sha256(content).hexdigest(), file, place, asset)
    return content


def _compare(digest: str, file: RawFile, place: str, asset: str) -> None:
    if digest != file.sha256:
        raise DamagedRawFile(place, "is damaged: it is not the file that its certificate names", asset)
