"""What a backfill shows while it works."""

import io
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep

import pytest
from rich.console import Console

from polyai_assets.assets.step import ROOT
from polyai_assets.backfill.screen import Screen
from polyai_assets.raw.progress import Progress, progress_in_log

_MOVES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")  # of the cursor
LONG = "us-1/acme-hotels-and-resorts/the-bot-at-the-front-desk"


def drawn(width: int, *, terminal: bool) -> str:
    """What is shown of a backfill that is half done."""
    output = io.StringIO()
    console = Console(file=output, width=width, force_terminal=terminal, color_system=None)
    screen = Screen(console, 28)
    with screen.shown():
        screen.work_on(f"{LONG} details")
        logging.getLogger(f"{ROOT}.raw.fetch").warning("%s: 12,000 conversations so far", LONG)
        screen.count(14, 28)
        screen.say("us-1/acme/hotel-bot: 14 days fetched, checked and loaded")
    return output.getvalue()


@pytest.mark.parametrize("width", [80, 60, 120])
def test_the_bar_has_room_at_any_width_and_says_how_far_it_is(width: int):
    lines = drawn(width, terminal=True).replace("\r", "\n").splitlines()
    (bar, *_) = [line for line in lines if "14 of 28 days" in line]
    assert "left" in bar
    assert "us-1/acme" in bar
    assert "…" in bar
    assert all(len(_MOVES.sub("", line)) <= width for line in lines)


@contextmanager
def fetching(screen: Screen) -> Iterator[None]:
    with Progress("us-1/acme/hotel-bot", "fetching", "details", 1_200, done=400), screen.shown():
        yield


def test_how_far_it_is_is_drawn_without_a_line_in_the_log():
    output = io.StringIO()
    with fetching(Screen(Console(file=output, width=80, force_terminal=True, color_system=None), 28)):
        pass
    assert "us-1/acme/hotel-bot: fetching: 400 of 1,200 details" in output.getvalue()


def test_without_a_terminal_how_far_it_is_is_a_line_when_it_is_logged(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO, logger=ROOT)
    output = io.StringIO()
    with fetching(Screen(Console(file=output, width=80), 28)), progress_in_log(every=0.01):
        until = monotonic() + 5
        while not output.getvalue() and monotonic() < until:
            sleep(0.01)
    assert output.getvalue().startswith("us-1/acme/hotel-bot: fetching: 400 of 1,200 details")


def test_elsewhere_there_are_the_lines_alone():
    assert drawn(80, terminal=False) == "us-1/acme/hotel-bot: 14 days fetched, checked and loaded\n"


def test_elsewhere_it_is_a_line_that_a_request_is_tried_again():
    output = io.StringIO()
    with Screen(Console(file=output, width=80), 28).shown():
        logging.getLogger("polyai_assets.api").warning("Attempt 1 of 8 failed; the next in 1.5 s")
    assert output.getvalue() == "Attempt 1 of 8 failed; the next in 1.5 s\n"


def test_what_is_logged_stands_under_the_bar():
    assert "12,000 conversations so far" in drawn(120, terminal=True)
