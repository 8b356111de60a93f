"""How far a long work is."""

import logging
from time import monotonic, sleep

import pytest

from polyai_assets.raw import progress as progress_module
from polyai_assets.raw.progress import Progress, about, progress_in_log, under_way

HOTEL = "us-1/acme/hotel-bot"


class Clock:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress_module, "monotonic", clock)
    return clock


def test_of_a_known_number_it_says_how_many_there_are_how_fast_they_come_and_what_is_left(clock: Clock):
    with Progress(f"{HOTEL} 2026-11-03", "fetching", "details", 1_200) as progress:
        progress.add()
        clock.now += 10
        progress.add(400, size=3_100_000)
        assert progress.line == (
            f"{HOTEL} 2026-11-03: fetching, less than a minute left: 401 of 1,200 details, 3.1 MB, 40 a second"
        )


def test_what_is_left_is_reckoned_from_the_first_that_came(clock: Clock):
    with Progress(HOTEL, "at work", "days done", 11) as progress:
        clock.now += 3_000  # all of them are fetched first
        progress.add()
        assert progress.left is None
        clock.now += 60
        progress.add()
        assert progress.left == 540
        assert progress.line == f"{HOTEL}: at work, about 9 minutes left: 2 of 11 days done"


def test_of_a_list_without_an_announced_end_the_share_of_its_time_says_what_is_left(clock: Clock):
    with Progress(HOTEL, "fetching", "conversations", whole=2 * 86_400) as progress:
        clock.now += 60
        for window in (1, 2):
            progress.add(1_000, pages=1, size=2_000_000)
            progress.cover(window, 21_600)
        assert progress.line == (
            f"{HOTEL}: fetching, about 3 minutes left: 2,000 conversations in 2 pages, 4.0 MB, 33 a second"
        )
        progress.cover(1, 86_400)
        progress.cover(2, 86_400)
        assert progress.left is None


def test_what_is_not_counted_is_named(clock: Clock):
    with Progress(HOTEL, "storing", "records", done=5_000) as progress:
        clock.now += 60
        assert progress.line == f"{HOTEL}: storing: 5,000 records"


def test_items_are_counted_when_they_are_dealt_with():
    progress = Progress(HOTEL, "loading", "records", 5)
    batches = progress.counted(["abc", "de"], len)
    assert (next(batches), progress.done) == ("abc", 0)
    assert (next(batches), progress.done) == ("de", 3)
    assert (list(batches), progress.done) == ([], 5)


def test_what_is_part_of_a_work_comes_first_and_what_is_over_is_gone(clock: Clock):
    with Progress(HOTEL, "at work", "days done", 30):
        with Progress(HOTEL, "writing", "records", done=7):
            assert under_way() == f"{HOTEL}: writing: 7 records; {HOTEL}: at work: 0 of 30 days done"
        assert under_way() == f"{HOTEL}: at work: 0 of 30 days done"
    assert under_way() == ""


def test_it_is_logged_while_nothing_comes(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO, logger="polyai_assets")
    with progress_in_log(every=0.01), Progress(HOTEL, "storing", "records", done=7):
        until = monotonic() + 5
        while not caplog.messages and monotonic() < until:
            sleep(0.01)
    assert set(caplog.messages) == {f"{HOTEL}: storing: 7 records"}


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(5, "less than a minute"), (60, "about 1 minute"), (200, "about 3 minutes"), (7_300, "about 2 hours")],
)
def test_a_duration_is_said_as_people_do(seconds: float, said: str):
    assert about(seconds) == said
