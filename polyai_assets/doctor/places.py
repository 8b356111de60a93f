"""Folders on this machine: is there room, may we write, and who else can read what lies there."""

import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from polyai_assets.doctor.check import Diagnosis, green, red, yellow

DISK = "disk"
LITTLE = 5_000_000_000
TOO_LITTLE = 500_000_000
PRIVACY = "privacy"
_GIT_SECONDS = 10


def look_at_places(
    places: Mapping[str, Path], little: int = LITTLE, too_little: int = TOO_LITTLE
) -> Iterator[Diagnosis]:
    """Look at folders by what they are for. Those that are not there yet will be made where they belong."""
    for purpose, folder in places.items():
        there = next(parent for parent in (folder, *folder.parents) if parent.exists())
        problem = why_not_writable(there)
        if problem:
            yield red(
                DISK,
                f"{purpose}: {there} cannot be written to: {problem}",
                "give this user the right to write there, or configure another place",
            )
            continue
        free = shutil.disk_usage(there).free
        says = f"{purpose}: {free / 1e9:,.1f} GB free in {folder}"
        step = "make room: `polyai plan` says how much a backfill takes"
        if free < too_little:
            yield red(DISK, says, step)
        elif free < little:
            yield yellow(DISK, says, step)
        else:
            yield green(DISK, says)


def why_not_writable(folder: Path) -> str | None:
    """Try to write a file that vanishes at once; says why it cannot be, or None."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return None
    except OSError as error:
        return error.strerror or str(error)


def look_at_privacy(places: Mapping[str, Path]) -> Iterator[Diagnosis]:
    """Look at folders and files by what they are for. What is not there yet will be made private."""
    there = {purpose: place for purpose, place in places.items() if place.exists()}
    found = [finding for purpose, place in there.items() for finding in _of_place(purpose, place)]
    yield from found
    if not found:
        yield green(
            PRIVACY, f"only their owner reads {', '.join(there)}" if there else "nothing is written yet"
        )


def _of_place(purpose: str, place: Path) -> Iterator[Diagnosis]:
    if is_open(place):
        yield yellow(
            PRIVACY,
            f"{purpose}: every user of this machine can read {place}",
            f"unless that is meant: chmod -R go= {place}",
        )
    if is_in_git(place):
        yield yellow(
            PRIVACY,
            f"{purpose}: {place} lies in a git repository that does not ignore it: a commit would take it along",
            f"add it to the repository's .gitignore, or: echo '*' > {_folder(place)}/.gitignore",
        )


def is_open(place: Path) -> bool:
    """Tell whether users who are neither the owner nor in the group can read a place: it and the way to it are open."""
    way = all(folder.stat().st_mode & stat.S_IXOTH for folder in place.absolute().parents)
    return way and bool(place.stat().st_mode & stat.S_IROTH)


def is_in_git(place: Path) -> bool:
    """Tell whether a place lies in a git repository that does not ignore it; not where there is no git to ask."""
    git = shutil.which("git")
    folder = _folder(place)
    if git is None or not any((parent / ".git").exists() for parent in (folder, *folder.parents)):
        return False
    # A folder whose own .gitignore says * is not ignored itself, but all that is in it is.
    asked = place / "any" if place.is_dir() else place
    command = [git, "-C", str(folder), "check-ignore", "--quiet", str(asked)]
    return subprocess.run(command, capture_output=True, timeout=_GIT_SECONDS, check=False).returncode == 1


def _folder(place: Path) -> Path:
    return place if place.is_dir() else place.parent
