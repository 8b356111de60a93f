"""Terminals as they are: of another encoding than UTF-8, without colours, closed or gone."""

import io
import os
import sys
import traceback
from contextlib import suppress
from types import TracebackType

from polyai_assets.machine.secrets import masked


def prepare_terminal() -> None:
    """See to it that what this process prints is printed, whatever takes it, and without secrets.

    Characters that the terminal does not know are replaced. What was closed takes everything and shows nothing.
    """
    _replace_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    sys.excepthook = _print_masked


def discard_output() -> None:
    """Let what is still to be written to a broken output vanish: Python would try, and complain, at its very end."""
    with suppress(OSError):  # it may be no file at all
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def shows_colours() -> bool | None:
    """Tell whether colours are not wanted (False), or whether the terminal decides (None)."""
    return False if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" else None


def _replace_closed() -> None:
    for name, number in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:
            # the number too: the next file that is opened would be given it, and what a library prints
            handle = os.open(os.devnull, os.O_RDWR)
            if handle != number:
                os.dup2(handle, number)
                os.close(handle)
            setattr(sys, name, io.TextIOWrapper(io.FileIO(number, "r" if number == 0 else "w")))


def _print_masked(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    print(masked("".join(traceback.format_exception(kind, error, trace))), end="", file=sys.stderr)  # noqa: T201 - a traceback has no other place
