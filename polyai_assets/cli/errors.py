"""How the command line reports what went wrong, on whatever terminal."""

import errno
import getpass
import sys
from typing import Any

import click

from polyai_assets.machine.actionable import Actionable
from polyai_assets.machine.secrets import masked
from polyai_assets.machine.terminal import discard_output, prepare_terminal, shows_colours


class PlainGroup(click.Group):
    """Reports errors of its commands that a person can act on in one line, without a traceback."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command line as a program. What is wrong with its output is said in one line, too."""
        prepare_terminal()
        try:
            return super().main(*args, color=shows_colours(), **extra)
        except OSError as error:
            discard_output()
            click.ClickException(masked(f"the output cannot be written: {_of_system(error)}")).show()
            sys.exit(1)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command. Raises `ClickException` for what a person can act on."""
        try:
            return super().invoke(ctx)
        except Actionable as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # whoever read the output has enough: click ends without a word
            raise click.ClickException(masked(_of_system(error))) from error
        except Exception as error:
            import duckdb  # only where something is wrong: `polyai --help` must not wait for it

            if not isinstance(error, duckdb.Error):
                raise
            raise click.ClickException(masked(str(error))) from error


def this_user() -> str:
    """Name who types. Raises `UsageError` where the system has no name, as in many containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        raise click.UsageError(
            "this system has no name for you: say who you are with --who or --by, or set USER"
        ) from None


def _of_system(error: OSError) -> str:
    """Say what the system refuses, and where."""
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}" if error.filename else reason
