"""When it is no use to go on, and how long to wait."""

from datetime import timedelta

import pytest

from polyai_assets.api.errors import Forbidden, NotFound, ServerError, Unauthorized
from polyai_assets.api.halt import Halt
from polyai_assets.raw.trouble import (
    EVERY_CONVERSATION,
    EVERY_REQUEST,
    EVERY_WINDOW,
    Breaker,
    ask_in_parallel,
    growing_pause,
)

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("failures", "pause"),
    [(-1, MINUTE), (0, MINUTE), (1, 2 * MINUTE), (5, 32 * MINUTE), (6, HOUR), (10**9, HOUR)],
)
def test_a_pause_doubles_with_each_failure_up_to_the_longest(failures: int, pause: timedelta) -> None:
    assert growing_pause(MINUTE, HOUR, failures) == pause


@pytest.mark.parametrize(
    ("error", "opened_by"),
    [
        (Unauthorized("no"), (EVERY_REQUEST, EVERY_CONVERSATION, EVERY_WINDOW)),
        (Forbidden("no"), (EVERY_CONVERSATION, EVERY_WINDOW)),
        (NotFound("no"), (EVERY_WINDOW,)),
        (ServerError("down"), ()),
    ],
)
def test_an_error_that_everything_would_meet_opens_the_breaker_at_once(
    error: Exception, opened_by: tuple[tuple[type[Exception], ...], ...]
) -> None:
    for for_all in (EVERY_REQUEST, EVERY_CONVERSATION, EVERY_WINDOW):
        breaker = Breaker(5, for_all)
        breaker.fail(error)
        assert (breaker.is_open, breaker.refusal) == (
            (True, error) if for_all in opened_by else (False, None)
        )


def test_failures_in_a_row_open_the_breaker_and_a_success_between_them_does_not_let_them_add_up() -> None:
    breaker = Breaker(3, EVERY_WINDOW)
    for _ in range(3):
        breaker.fail(ServerError("down"), times=2)
        breaker.succeed()
    assert not breaker.is_open
    breaker.fail(ServerError("down"), times=3)
    breaker.succeed()
    assert breaker.is_open  # for good


def test_what_is_asked_in_parallel_is_given_in_order_and_ends_when_the_breaker_opens() -> None:
    breaker = Breaker(2, EVERY_WINDOW)
    asked = []

    def ask(number: int) -> int:
        asked.append(number)
        if number >= 10:
            breaker.fail(ServerError("down"))
        return number

    assert list(ask_in_parallel(ask, range(1000), breaker, Halt(), at_once=1, name="test")) == list(range(12))
    assert asked == list(range(12))


def test_an_error_of_one_ends_the_asking_of_all_and_is_raised() -> None:
    asked = []

    def ask(number: int) -> None:
        asked.append(number)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(ask_in_parallel(ask, range(1000), Breaker(5, EVERY_WINDOW), Halt(), at_once=4, name="test"))
    assert len(asked) <= 4
