"""Install the locked requirements into the environment of this Python, and show how far it is.

    python .ci/install.py requirements.lock

uv takes a sixth of the time that pip takes, so pip installs uv (pinned in the same file), and uv the rest, from where
pip would take it: what a person or a company has configured for pip counts for uv too. Where uv cannot, pip installs
everything. Both compare what they fetch with the hashes of the file.

On a terminal progress is one line that moves; in a log it is few lines. If the installation fails, all that was said is
printed, and the exit code is that of pip.
"""

import ast
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PINNED = re.compile(r"^[A-Za-z0-9][\w.-]*(\[[\w, -]+\])?==", re.MULTILINE)
UV = re.compile(r"^uv==.*\n(?:[ \t].*\n)*", re.MULTILINE)
PIP = [
    "-m",
    "pip",
    "install",
    "--disable-pip-version-check",
    "--no-input",
    "--progress-bar",
    "off",
    "--require-hashes",
]
# What pip calls it, what uv calls it, and what separates several.
SETTINGS = (
    ("index-url", "UV_DEFAULT_INDEX", " "),
    ("extra-index-url", "UV_INDEX", " "),
    ("find-links", "UV_FIND_LINKS", ","),
    ("trusted-host", "UV_INSECURE_HOST", " "),
    ("cert", "SSL_CERT_FILE", " "),
    ("proxy", "ALL_PROXY", " "),
    ("timeout", "UV_HTTP_TIMEOUT", " "),
)
# pip takes the pinned release from whichever index has it, and trusts the certificates of the system.
LIKE_PIP = {"UV_INDEX_STRATEGY": "unsafe-best-match", "UV_SYSTEM_CERTS": "1"}


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

    def wait(self, seconds: float) -> None:
        """Show that the installation goes on, on a terminal."""
        if self._is_terminal:
            _write(f"\r  {self.total} packages: {seconds:.0f} s")

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


def settings_of_uv(listed: str) -> dict[str, str]:
    """Translate what `pip config list` prints into environment variables of uv."""
    configured: dict[str, str] = {}
    for section in ("global", "install", ":env:"):  # the later counts more
        for line in listed.splitlines():
            name, _, value = line.partition("=")
            if name.startswith(f"{section}."):
                configured[name.removeprefix(f"{section}.")] = ast.literal_eval(value)
    return LIKE_PIP | {
        theirs: separator.join(configured[ours].split())
        for ours, theirs, separator in SETTINGS
        if ours in configured
    }


def install_by_uv(lock: Path, progress: Progress) -> bool:
    """Install what a file pins by uv; says whether uv could."""
    text = lock.read_text(encoding="utf-8")
    pinned = UV.search(text)
    if not pinned:
        return False
    with tempfile.TemporaryDirectory() as folder:
        alone = Path(folder, "uv.lock")
        alone.write_text(pinned[0], encoding="utf-8")
        if subprocess.run(
            [sys.executable, *PIP, "--requirement", str(alone)], capture_output=True
        ).returncode:
            return False
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    environment = {**settings_of_uv(listed), **os.environ}  # what is set for uv counts most
    command = [sys.executable, "-m", "uv", "pip", "install", "--python", sys.executable, "--require-hashes"]
    began = time.monotonic()
    with subprocess.Popen(
        [*command, "--requirement", str(lock)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    ) as uv:
        while True:
            try:
                said, _ = uv.communicate(timeout=1)
                break
            except subprocess.TimeoutExpired:
                progress.wait(time.monotonic() - began)
    if uv.returncode:
        progress.say(f"{said}uv could not install what {lock} pins; pip tries, which takes some minutes ...")
    else:
        progress.say("".join(f"  {line}" for line in said.splitlines() if line.startswith("Installed ")))
    return uv.returncode == 0


def install_by_pip(lock: Path, progress: Progress) -> int:
    """Install what a file pins by pip; gives its exit code."""
    said = []
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [sys.executable, *PIP, "--requirement", str(lock)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    ) as pip:
        for line in pip.stdout or ():
            said.append(line)
            read(line, progress)
    if pip.returncode:
        progress.say("".join(said) + f"pip could not install what {lock} pins; its last lines say why.")
    return pip.returncode


def install(lock: Path) -> int:
    """Install what a file pins; gives the exit code."""
    progress = Progress(len(PINNED.findall(lock.read_text(encoding="utf-8"))), sys.stdout.isatty())
    return 0 if install_by_uv(lock, progress) else install_by_pip(lock, progress)


if __name__ == "__main__":
    sys.exit(install(Path(sys.argv[1])))
