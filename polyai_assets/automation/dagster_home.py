"""Opening the instance of Dagster that a folder describes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg

# Dagster has no public way to open an instance with a setting of one's own.
from dagster._core.instance.ref import InstanceRef

from polyai_assets.machine.actionable import Actionable
from polyai_assets.machine.secrets import masked


class DagsterUnreachable(Actionable):
    """Dagster's instance cannot be opened or searched: the reason, and what to do."""

    def __init__(self, reason: str, next_step: str) -> None:
        self.reason, self.next_step = masked(reason), next_step
        super().__init__(f"{reason}. Next: {next_step}")


def open_home(home: Path, overrides: Mapping[str, Any] | None = None) -> dg.DagsterInstance:
    """Open the instance of a DAGSTER_HOME; `overrides` are settings that count more than its dagster.yaml.

    Raises DagsterUnreachable: a dagster.yaml that Dagster refuses, a library that is missing, a database that does not
    answer.
    """
    from dagster._check import CheckError  # what Dagster raises where a storage's module is not installed
    from sqlalchemy.exc import SQLAlchemyError

    try:
        return dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(home), overrides=overrides))
    except (dg.DagsterError, CheckError, ImportError, SQLAlchemyError) as error:
        remedy = (
            "write postgresql+psycopg2:// at the beginning of its address: that is the driver of dagster-postgres"
            if isinstance(error, ModuleNotFoundError) and error.name == "psycopg"
            else "correct it, or start what it names"
        )
        reason = str(error).rstrip(".\n ")
        raise DagsterUnreachable(f"{home / 'dagster.yaml'} cannot be followed: {reason}", remedy) from error
