"""Which sheets were written for review, where, and whose conversations are in each.

    data/sheets/<token>.json

An erasure finds a sheet by that, wherever it was written. A sheet that was moved is not followed.
"""

from collections.abc import Iterable, Iterator
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


def note_sheet(root: Path, path: Path, project: str, conversations: Iterable[str]) -> None:
    """Note that a sheet was written."""
    noted = NotedSheet(str(path.absolute()), project, sorted(set(conversations)))
    own_folder(sheets_folder(root))
    put_local(sheets_folder(root) / f"{token_hex(8)}.json", BytesIO(msgspec.json.encode(noted)))


def read_sheets(root: Path) -> Iterator[NotedSheet]:
    """Read the notes; one that is damaged is none."""
    for file in sorted(sheets_folder(root).glob("*.json")):
        try:
            yield msgspec.json.decode(file.read_bytes(), type=NotedSheet)
        except msgspec.DecodeError:
            continue
