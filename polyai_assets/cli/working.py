"""A sign of life on a terminal, while a command works and has nothing to say yet."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def working(on: str) -> Iterator[None]:
    """Show on a terminal what is being worked on, until it is done; elsewhere nothing.

    It is shown beside the output, on standard error. Print what was found afterwards: meanwhile the line is not free.
    """
    from rich.console import Console

    console = Console(stderr=True)
    # a CI that forces colours is no terminal
    if not (sys.stderr.isatty() and console.is_interactive):
        yield
        return
    with console.status(f"{on} …"):
        yield
