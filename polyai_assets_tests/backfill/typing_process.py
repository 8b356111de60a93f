"""Types `polyai backfill` in a process of its own."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from polyai_assets.cli.main import main


def type_backfill(root: Path, environment: Mapping[str, str], *arguments: str) -> None:
    """Run the command in a project until the process ends; `root` gets the files `stdout` and `stderr`."""
    os.environ.update(environment)  # a forked process has that of the server of forks
    os.chdir(root)
    for stream in (sys.stdout, sys.stderr):
        with (root / stream.name.strip("<>")).open("wb") as file:
            os.dup2(file.fileno(), stream.fileno())
    main(["backfill", *arguments])
