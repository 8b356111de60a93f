"""How far a fetch is."""

import logging

import pytest

from polyai_assets.raw.asking import Progress


def test_progress_is_in_the_log_every_ten_seconds(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="polyai_assets")
    progress = Progress("us-1/acme/hotel-bot 2026-11-03", "details", 1200)
    progress.add()
    assert caplog.messages == []
    progress.said -= 10
    progress.add(size=3_100_000)
    progress.add()
    (message,) = caplog.messages
    assert message.startswith("us-1/acme/hotel-bot 2026-11-03: 2 of 1,200 details, 3.1 MB, ")
    assert message.endswith(" details a second so far")


def test_pages_are_counted_where_what_comes_lies_on_pages() -> None:
    progress = Progress("us-1/acme/hotel-bot", "conversations")
    progress.add(1_000, pages=1, size=2_000_000)
    progress.add(500, pages=1, size=1_000_000)
    assert str(progress).startswith("1,500 conversations in 2 pages, 3.0 MB, ")
