"""Folders and files of ours on this machine: for their owner only, and nothing that git takes up by accident.

What people said on the telephone lies in them. What is there already is its owner's business and stays as it is;
`polyai doctor` looks at it.
"""

from contextlib import suppress
from pathlib import Path

FOLDER_MODE = 0o700
FILE_MODE = 0o600
IGNORE = ".gitignore"


def private_folder(folder: Path) -> list[Path]:
    """Make a folder and those above it that are missing, for their owner only; gives what was made, outermost first."""
    missing = [missing_folder for missing_folder in (folder, *folder.parents) if not missing_folder.exists()]
    made = []
    for missing_folder in reversed(missing):
        with suppress(FileExistsError):  # another process was first
            missing_folder.mkdir(mode=FOLDER_MODE)
            made.append(missing_folder)
    folder.mkdir(exist_ok=True)  # raises where a file has the name
    return made


def own_folder(folder: Path) -> None:
    """Make a folder in which only we write, and have git ignore the outermost of those that were missing.

    A folder that lies in an ignored one is ignored already.
    """
    for outermost in private_folder(folder)[:1]:
        if not any(_ignores_all(parent) for parent in outermost.parents):
            private_file(outermost / IGNORE)
            (outermost / IGNORE).write_text("# What lies here is data that polyai-assets keeps.\n*\n")


def _ignores_all(folder: Path) -> bool:
    file = folder / IGNORE
    return file.is_file() and "*" in file.read_bytes().decode(errors="replace").splitlines()


def private_file(path: Path) -> None:
    """Make an empty file for its owner only, unless it is there."""
    path.touch(mode=FILE_MODE)
