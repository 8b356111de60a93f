"""The base of all errors that a person can do something about, and how others that quote a secret are masked."""

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from polyai_assets.machine.secrets import masked

P = ParamSpec("P")
R = TypeVar("R")


class Actionable(Exception):
    """Something is wrong that a person can mend: the message says what, where, why and what to do next.

    Whatever it quotes, its text holds no secret of this process. The command line shows it in place of a traceback.
    """

    def __init__(self, *args: object) -> None:
        super().__init__(*(masked(argument) if isinstance(argument, str) else argument for argument in args))


class SecretInError(Exception):
    """Stands in for an error that quotes a secret, by itself or by one behind it: its traceback, masked."""


def quoting_no_secret(error: Exception) -> Exception:
    """Give an error whose text is to be kept or shown: itself, or one that stands in for it."""
    text = str(error)
    shown = masked(text)
    return error if shown == text else SecretInError(f"{type(error).__name__}: {shown}")


def chain(error: BaseException) -> Iterator[BaseException]:
    """Give an error and those behind it, each once: one that several threads raised again can be its own cause."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or link.__context__


@contextmanager
def without_secrets() -> Iterator[None]:
    """Let errors pass as they are, except those that quote a secret: Dagster keeps the text of all that are chained."""
    try:
        yield
    except Exception as error:
        text = "".join(traceback.format_exception(error))
        shown = masked(text)
        if shown == text:
            raise
        stand_in = SecretInError(f"{type(error).__name__}: {masked(str(error))}\n\n{shown}")
    else:
        return
    raise stand_in from None


def keeps_secrets(function: Callable[P, R]) -> Callable[P, R]:
    """Wrap what Dagster calls by itself, such as the body of a sensor, in `without_secrets`."""

    @wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        with without_secrets():
            return function(*args, **kwargs)

    return guarded
