"""What a backfill shows while it works: a live bar on a terminal, and a line a project."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.table import Column
from rich.text import Text

from polyai_assets.api.retries import logger as retries_log
from polyai_assets.assets.step import ROOT
from polyai_assets.machine.secrets import masked
from polyai_assets.raw.progress import about, under_way
from polyai_assets.raw.progress import log as progress_log

_TIMES_A_SECOND = 4
_SAID_ELSEWHERE = {progress_log.name, retries_log.name}
"""Loggers whose lines are printed where there is no terminal."""


@contextmanager
def quietly() -> Iterator[None]:
    """Keep Dagster's warnings to its own developers from whoever looks: its version is pinned."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=dg.PreviewWarning)
        warnings.filterwarnings("ignore", category=dg.BetaWarning)
        yield


class _Left(ProgressColumn):
    """How long the rest may take, going by what is done."""

    max_refresh = 1.0

    def render(self, task: Task) -> Text:
        if not task.completed or not task.remaining or task.elapsed is None:
            return Text("")
        return Text(f"{about(task.elapsed / task.completed * task.remaining)} left")


class _UnderWay:
    """How far the work is that is under way, whenever it is drawn."""

    def __rich__(self) -> Text:
        return Text(masked(under_way()), style="dim", no_wrap=True, overflow="ellipsis")


class Screen(logging.Handler):
    """The bar of a backfill over `total` days; under it how far its work is, all the time, and what was logged last.

    It has room at 80 columns: long names are cut. Where there is no terminal, how far it is is a line now and then, and
    so is for what the API is waited for.
    """

    def __init__(self, console: Console, total: int) -> None:
        super().__init__(logging.INFO)
        self._console = console
        self._last = Text("", style="dim", no_wrap=True, overflow="ellipsis")
        self._bar = Progress(
            TextColumn("{task.description}", table_column=Column(no_wrap=True, overflow="ellipsis", ratio=2)),
            BarColumn(bar_width=None, table_column=Column(ratio=1)),
            TextColumn("{task.completed} of {task.total} days", table_column=Column(no_wrap=True)),
            _Left(table_column=Column(no_wrap=True)),
            console=console,
            expand=True,
        )
        self._task = self._bar.add_task("", total=total)

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the bar meanwhile, if there is a terminal to show it on."""
        logger = logging.getLogger(ROOT)
        logger.addHandler(self)
        try:
            if self._console.is_terminal:
                with Live(
                    Group(self._bar, _UnderWay(), self._last),
                    console=self._console,
                    transient=True,
                    refresh_per_second=_TIMES_A_SECOND,
                ):
                    yield
            else:
                yield
        finally:
            logger.removeHandler(self)

    def work_on(self, what: str) -> None:
        """Say what is being worked on."""
        self._bar.update(self._task, description=what)

    def count(self, done: int, total: int) -> None:
        """Say how many days are done."""
        self._bar.update(self._task, completed=done, total=total)

    def say(self, line: str) -> None:
        """Print a line that stays."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def emit(self, record: logging.LogRecord) -> None:
        """Show what is logged under the bar."""
        line = masked(record.getMessage()).partition("\n")[0]
        if record.name != progress_log.name:
            self._last.plain = line
        if not self._console.is_terminal and record.name in _SAID_ELSEWHERE:
            self.say(line)
