"""The Dagster instance that a backfill writes its runs to: the one that the UI shows."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from polyai_assets.automation.dagster_home import open_home
from polyai_assets.doctor.check import Colour
from polyai_assets.doctor.dagster_home import HOME, look_at_home
from polyai_assets.machine.actionable import Actionable

_LOGS = "compute_logs"
_OVERRIDES = {
    # Where a dagster.yaml does not say it, Dagster would send statistics of use and greet.
    "telemetry": {"enabled": False},
    # It would capture what this process prints, and so its bar. What steps log is in the events of their runs.
    _LOGS: {
        "module": "dagster._core.storage.noop_compute_log_manager",
        "class": "NoOpComputeLogManager",
    },
}


class NoInstance(Actionable):
    """There is no Dagster instance to write runs to; the message says what to set."""


@contextmanager
def open_instance(
    root: Path, say: Callable[[str], None], *, captures_logs: bool = False
) -> Iterator[dg.DagsterInstance]:
    """Open the instance that DAGSTER_HOME names, or else the one in `data` of the project in `root`, and say so.

    With `captures_logs` it knows where the logs of steps are. Raises NoInstance and DagsterUnreachable.
    """
    overrides = {name: setting for name, setting in _OVERRIDES.items() if not captures_logs or name != _LOGS}
    if not os.environ.get(HOME):
        own = root / "data"
        if not (own / "dagster.yaml").is_file():
            raise NoInstance(
                f"{HOME} is not set, so no UI would show these runs. Set it to the folder that Dagster runs with, "
                f"as in: export {HOME}={own}"
            )
        say(f"{HOME} is not set: the runs are in {own}")
        os.environ[HOME] = str(own)
    for finding in look_at_home():
        if finding.verdict is Colour.RED:
            raise NoInstance(f"{finding.check} {finding.says}. Next: {finding.next_step}")
    with open_home(Path(os.environ[HOME]), overrides) as instance:
        yield instance
