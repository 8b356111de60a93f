"""What a backfill shows while it works."""

import io
import logging
import re

import pytest
from rich.console import Console

from polyai_assets.assets.step import ROOT
from polyai_assets.backfill.screen import Screen

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


def test_elsewhere_there_are_the_lines_alone():
    assert drawn(80, terminal=False) == "us-1/acme/hotel-bot: 14 days fetched, checked and loaded\n"


def test_what_is_logged_stands_under_the_bar():
    assert "12,000 conversations so far" in drawn(120, terminal=True)
