"""Which sheets were written for review, where, and whose conversations are in each.

    data/sheets/<token>.json

An erasure finds a sheet by that, wherever it was written. A sheet that was moved is not followed. A note comes before
its sheet: a process that is killed leaves no sheet that an erasure would not find.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from secrets import token_hex

import msgspec

from polyai_assets.machine.folders import own_folder
from polyai_assets.raw.disk import put_local


class NotedSheet(msgspec.Struct, frozen=True):
    """A sheet: its whole path, and the conversations of a project that it was written with."""

    path: str
    project: str
    conversations: list[str]


def sheets_folder(root: Path) -> Path:
    """Name the folder of the notes in a Dagster project."""
    return root / "data" / "sheets"


@contextmanager
def noting_sheet(root: Path, path: Path, project: str, conversations: Iterable[str]) -> Iterator[None]:
    """Note a sheet, which the block then writes; the note goes if that fails, and stays if the sheet is there."""
    sheet = NotedSheet(str(path.absolute()), project, sorted(set(conversations)))
    own_folder(sheets_folder(root))
    note = sheets_folder(root) / f"{token_hex(8)}.json"
    put_local(note, BytesIO(msgspec.json.encode(sheet)))
    try:
        yield
    except BaseException as error:
        if isinstance(error, Exception) or not path.exists():  # an interrupt may come when it is written
            note.unlink()
        raise


def read_sheets(root: Path) -> Iterator[NotedSheet]:
    """Read the notes; one that is damaged is none."""
    for file in sorted(sheets_folder(root).glob("*.json")):
        try:
            yield msgspec.json.decode(file.read_bytes(), type=NotedSheet)
        except msgspec.DecodeError:
            continue
