"""Folders on this machine: is there room, and may we write."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from polyai_assets.doctor.finding import Finding, green, red, yellow

NAME = "disk"
LITTLE = 5_000_000_000
TOO_LITTLE = 500_000_000


def look_at_places(
    places: Mapping[str, Path], little: int = LITTLE, too_little: int = TOO_LITTLE
) -> Iterator[Finding]:
    """Look at folders by what they are for. Those that are not there yet will be made where they belong."""
    for purpose, folder in places.items():
        there = next(one for one in (folder, *folder.parents) if one.exists())
        problem = why_not_writable(there)
        if problem:
            yield red(
                NAME,
                f"{purpose}: {there} cannot be written to: {problem}",
                "give this user the right to write there, or configure another place",
            )
            continue
        free = shutil.disk_usage(there).free
        says = f"{purpose}: {free / 1e9:,.1f} GB free in {folder}"
        step = "make room: `polyai plan` says how much a backfill takes"
        if free < too_little:
            yield red(NAME, says, step)
        elif free < little:
            yield yellow(NAME, says, step)
        else:
            yield green(NAME, says)


def why_not_writable(folder: Path) -> str | None:
    """Try to write a file that vanishes at once; says why it cannot be, or None."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return None
    except OSError as error:
        return error.strerror or str(error)
