"""Install the locked requirements into the environment of this Python, and show how far it is.

    python .ci/install.py requirements.lock

pip alone is either silent for minutes or prints two hundred lines. On a terminal this is one line that moves; in a log
it is one at each quarter. If pip fails, all that it said is printed, and its exit code is ours.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

PINNED = re.compile(r"^[A-Za-z0-9][\w.-]*(\[[\w, -]+\])?==", re.MULTILINE)
OPTIONS = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--require-hashes"]


class Progress:
    """How many packages of how many are there, in one line."""

    def __init__(self, total: int, is_terminal: bool) -> None:
        self.total = total
        self.done = 0
        self._is_terminal = is_terminal
        self._quarter = 0

    def add(self) -> None:
        """Count a package."""
        self.done = min(self.done + 1, self.total)
        text = f"  {self.done} of {self.total} packages fetched"
        quarter = 4 * self.done // self.total
        if self._is_terminal:
            _write(f"\r{text}")
        elif quarter > self._quarter:
            _write(f"{text}\n")
        self._quarter = quarter

    def say(self, text: str) -> None:
        """Say something in a line of its own."""
        _write(f"\n{text}\n" if self._is_terminal else f"{text}\n")


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def read(line: str, progress: Progress) -> None:
    """Take in a line of pip's."""
    if line.startswith("Ignoring "):  # of another system or another Python
        progress.total -= 1
    elif line.startswith(("Collecting ", "Processing ", "Requirement already satisfied")):
        progress.add()
    elif line.startswith("Installing collected packages: "):
        count = line.count(",") + 1
        progress.say(f"  installing {count} package{'' if count == 1 else 's'} (half a minute) ...")


def install(lock: Path) -> int:
    """Install what a file pins; gives pip's exit code."""
    progress = Progress(len(PINNED.findall(lock.read_text(encoding="utf-8"))), sys.stdout.isatty())
    command = [sys.executable, "-m", "pip", "install", *OPTIONS, "--requirement", str(lock)]
    said = []
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as pip:
        for line in pip.stdout or ():
            said.append(line)
            read(line, progress)
    if pip.returncode:
        progress.say("".join(said) + f"pip could not install what {lock} pins; its last lines say why.")
    return pip.returncode


if __name__ == "__main__":
    sys.exit(install(Path(sys.argv[1])))
