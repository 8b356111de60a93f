"""Ending, from one thread, what others wait for."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

from polyai_assets.api.errors import PermanentError


class Halted(PermanentError):
    """Nothing more is to be asked for: the run was stopped."""


class Halt:
    """Ends the waiting of every thread that shares it: for the next attempt, for its turn, for bytes."""

    def __init__(self) -> None:
        self._halted = Event()

    def halt(self) -> None:
        """End all waiting from now on."""
        self._halted.set()

    def check(self) -> None:
        """Raise `Halted` if it was halted."""
        if self._halted.is_set():
            raise Halted("No more is asked for: the run was stopped.")

    def sleep(self, seconds: float) -> None:
        """Wait. Raises `Halted`."""
        self._halted.wait(seconds)
        self.check()

    @contextmanager
    def on_interrupt(self) -> Iterator[None]:
        """Halt when an interrupt leaves the block, so that the pool of threads around it ends without delay."""
        try:
            yield
        except BaseException as error:
            if not isinstance(error, Exception):
                self.halt()
            raise
