"""What is said before the Dagster UI opens on the demo."""

from pathlib import Path

import duckdb

from polyai_assets.configuration.audio_config import AudioConfig
from polyai_assets.contract.tables import AUDIO, CONVERSATION_DETAILS, CONVERSATIONS
from polyai_assets.demo.ui import due_downloads
from polyai_assets_tests.deployment import BANK, HOTEL, configured, platform_in

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
