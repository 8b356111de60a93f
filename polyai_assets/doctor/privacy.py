"""Who can read what lies on this machine: other users, and everybody who gets the repository."""

import shutil
import stat
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from polyai_assets.doctor.finding import Finding, green, yellow

NAME = "privacy"
_SECONDS = 10


def look_at_privacy(places: Mapping[str, Path]) -> Iterator[Finding]:
    """Look at folders and files by what they are for. What is not there yet will be made private."""
    there = {purpose: place for purpose, place in places.items() if place.exists()}
    found = [finding for purpose, place in there.items() for finding in _of_place(purpose, place)]
    yield from found
    if not found:
        yield green(NAME, f"only their owner reads {', '.join(there)}" if there else "nothing is written yet")


def _of_place(purpose: str, place: Path) -> Iterator[Finding]:
    if is_open(place):
        yield yellow(
            NAME,
            f"{purpose}: every user of this machine can read {place}",
            f"unless that is meant: chmod -R go= {place}",
        )
    if is_in_git(place):
        yield yellow(
            NAME,
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
    if git is None or not any((one / ".git").exists() for one in (folder, *folder.parents)):
        return False
    # A folder whose own .gitignore says * is not ignored itself, but all that is in it is.
    asked = place / "any" if place.is_dir() else place
    command = [git, "-C", str(folder), "check-ignore", "--quiet", str(asked)]
    return subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False).returncode == 1


def _folder(place: Path) -> Path:
    return place if place.is_dir() else place.parent
