"""The command lines that mend days, whole, as a person types them."""

import shlex
from collections.abc import Iterable
from datetime import date

from polyai_assets.raw.partition import Partition
from polyai_assets.raw.windows import spans

ACCEPT = "polyai accept"

BELIEVE_OR_ACCEPT = "fetch again if it was a passing fault; if it is right as it is, accept it first"


def backfill_commands(project: str, days: Iterable[date], *options: str) -> list[str]:
    """Give the commands that fetch days of a project again: one for each unbroken row of days."""
    quoted = shlex.quote(project)
    return [
        " ".join(["polyai backfill", quoted, f"--since {span.dates[0]} --until {span.dates[-1]}", *options])
        for span in spans(list(days))
    ]


def backfill_command(partition: Partition, *options: str) -> str:
    """Give the command that fetches a partition again."""
    return backfill_commands(partition.project.key, [partition.date], *options)[0]


def deliver_commands(delivery: str, project: str, days: Iterable[date]) -> list[str]:
    """Give the commands that deliver days of a project to a target: one for each unbroken row of days."""
    return [
        f"polyai deliver --target {delivery} {shlex.quote(project)} --since {span.dates[0]} --until {span.dates[-1]}"
        for span in spans(list(days))
    ]


def deliver_command(delivery: str, partition: Partition) -> str:
    """Give the command that delivers a partition to a target."""
    return deliver_commands(delivery, partition.project.key, [partition.date])[0]


def launch_command(asset: str, partition: str) -> str:
    """Give the command that materializes a partition, by its key, of an asset that `polyai backfill` does not take."""
    return f"dg launch --assets {asset} --partition {shlex.quote(partition)}"


def accept_commands(project: str, days: Iterable[date]) -> list[str]:
    """Give the commands that accept what refused fetches of days returned."""
    return [f'{ACCEPT} {shlex.quote(project)} {day} --why "…"' for day in sorted(set(days))]


def accept_command(partition: Partition) -> str:
    """Give the command that accepts what a refused fetch of a partition returned."""
    return accept_commands(partition.project.key, [partition.date])[0]


def drift_command(project: str) -> str:
    """Give the command that shows the drift of a project, and the lines that declare what is new."""
    return f"polyai drift {shlex.quote(project)}"


def accept_drift_command(project: str, path: str) -> str:
    """Give the command that accepts the drift at a path as it is."""
    return f'polyai drift {_option("--accept", path)} --why "…" {shlex.quote(project)}'


def take_back_drift_command(project: str, path: str) -> str:
    """Give the command that has the drift at a path reported again."""
    return f"polyai drift {_option('--unaccept', path)} {shlex.quote(project)}"


def _option(name: str, value: str) -> str:
    return shlex.quote(f"{name}={value}") if value.startswith("-") else f"{name} {shlex.quote(value)}"
