"""What is said before the Dagster UI opens on the demo."""

import os
import signal
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from polyai_assets.configuration.audio import AudioConfig
from polyai_assets.contract.tables import AUDIO, CONVERSATION_DETAILS, CONVERSATIONS
from polyai_assets.demo.ui import due_downloads, forget_daemon, serve
from polyai_assets.doctor.dagster_home import look_at_daemon
from polyai_assets_tests.deployment import BANK, HOTEL, configured, platform_in
from polyai_assets_tests.doctor.asking import RED, YELLOW, only
from polyai_assets_tests.doctor.test_machine import NOW, beat

URL = "http://127.0.0.1:1"
CALL = "(project, date, conversation_id, channel, handoff, in_progress, total_duration)"


def test_it_says_what_the_sensors_are_going_to_fetch_and_how_much_that_is(tmp_path: Path):
    hotel = configured(HOTEL, URL, details=True, audio=AudioConfig(calls="handoffs"))
    platform = platform_in(tmp_path, hotel, configured(BANK, URL))
    with duckdb.connect(platform.warehouse) as connection:
        for table in (CONVERSATIONS, CONVERSATION_DETAILS, AUDIO):
            connection.execute(table.create("main"))
        for name, channel, handoff, running in (
            ("handed off", "VOICE-SIP", True, False),
            ("kept", "VOICE-SIP", True, False),
            ("contained", "VOICE-SIP", False, False),
            ("chat", "WEBCHAT", True, False),
            ("running", "VOICE-SIP", True, True),
        ):
            for project in (HOTEL.key, BANK.key):
                row = [project, "2026-01-05", name, channel, handoff, running, 3_000_000]
                connection.execute(f"INSERT INTO conversations {CALL} VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        for table in ("conversation_details", "audio"):
            connection.execute(
                f"INSERT INTO {table} (project, date, conversation_id) VALUES (?, '2026-01-05', 'kept')",
                [HOTEL.key],
            )
    assert due_downloads(platform) == [
        f"Sensors fetch by themselves, for {HOTEL.key}: 3 details and 1 recording (3,000 MB)"
    ]


@pytest.mark.slow
def test_a_daemon_that_was_stopped_on_purpose_is_not_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    beat(tmp_path, timedelta(hours=1))
    assert only(look_at_daemon(NOW, {"DAGSTER_HOME": str(tmp_path)})).verdict == RED
    forget_daemon()
    assert only(look_at_daemon(NOW, {"DAGSTER_HOME": str(tmp_path)})).verdict == YELLOW


UI = """
import pathlib, signal, sys, time
signal.signal(signal.SIGINT, lambda *_: (pathlib.Path("ended").touch(), sys.exit()))
pathlib.Path("begun").touch()
time.sleep(60)
"""


@pytest.mark.slow
def test_what_ends_this_process_ends_the_ui_with_its_children_first(tmp_path: Path):
    def end_us() -> None:
        while not (tmp_path / "begun").exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=end_us, daemon=True).start()
    before = signal.getsignal(signal.SIGTERM)
    serve([sys.executable, "-c", UI], tmp_path)
    assert (tmp_path / "ended").exists()
    assert signal.getsignal(signal.SIGTERM) is before
