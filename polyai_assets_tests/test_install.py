"""How `make install` installs, and what it shows meanwhile."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).parents[1] / ".ci" / "install.py"
INSTALL = runpy.run_path(str(SCRIPT))


def shown(lines: list[str], total: int, capsys: pytest.CaptureFixture[str], *, terminal: bool = False) -> str:
    progress = INSTALL["Progress"](total, terminal)
    for line in lines:
        INSTALL["read"](line, progress)
    return capsys.readouterr().out


def test_a_log_has_a_line_at_each_quarter_and_one_for_the_installation(capsys: pytest.CaptureFixture[str]):
    lines = [
        "Ignoring pywin32: markers 'sys_platform == 'win32'' don't match your environment",
        *(f"Collecting package-{n}==1.0" for n in range(4)),
        "  Downloading package_1.whl (1 kB)",
        *(f"Processing /files/package_{n}.whl" for n in range(4)),
        "Installing collected packages: a, b, c",
    ]
    assert shown(lines, 9, capsys).splitlines() == [
        *(f"  {n} of 8 packages fetched" for n in (2, 4, 6, 8)),
        "  installing 3 packages (half a minute) ...",
    ]


def test_a_terminal_has_one_line_that_moves(capsys: pytest.CaptureFixture[str]):
    out = shown(["Collecting a==1", "Collecting b==1"], 2, capsys, terminal=True)
    assert out == "\r  1 of 2 packages fetched\r  2 of 2 packages fetched"


def test_every_pinned_package_counts_once():
    lock = SCRIPT.parents[1] / "requirements.lock"
    pinned = [line for line in lock.read_text().splitlines() if line[:1].isalnum()]
    assert len(INSTALL["PINNED"].findall(lock.read_text())) == len(pinned) > 100


def test_what_pip_says_is_shown_where_it_fails(tmp_path: Path):
    lock = tmp_path / "lock"
    lock.write_text("no-such-package==1.0 --hash=nothing\n")
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(lock)], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "hash" in done.stdout
    assert "its last lines say why" in done.stdout


def test_uv_looks_where_pip_is_configured_to_look():
    listed = """
:env:.find-links='/wheels /more'
global.cert='/etc/certificates.pem'
global.constraint='/etc/constraints.txt'
global.extra-index-url='https://one.example.com/simple https://two.example.com/simple'
global.index-url='https://pypi.example.com/simple'
install.index-url='https://nearer.example.com/simple'
"""
    assert INSTALL["settings_of_uv"](listed) == {
        "SSL_CERT_FILE": "/etc/certificates.pem",
        "UV_DEFAULT_INDEX": "https://nearer.example.com/simple",
        "UV_FIND_LINKS": "/wheels,/more",
        "UV_INDEX": "https://one.example.com/simple https://two.example.com/simple",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_SYSTEM_CERTS": "1",
    }


def test_uv_is_pinned_with_its_hashes():
    pinned = INSTALL["UV"].search((SCRIPT.parents[1] / "requirements.lock").read_text())[0]
    assert pinned.startswith("uv==")
    assert pinned.count("--hash=sha256:") > 10
    assert pinned.count("==") == 1
