"""What a person types when a check has failed: whole lines, each of which may end in a comment, as in a shell."""

from polyai_assets.raw.partition import Partition
from polyai_assets.raw.remedies import accept_commands, backfill_commands


def fetch_again(partition: Partition, *options: str) -> str:
    """Fetch the day of a partition again."""
    return "\n".join(backfill_commands(partition.project.key, [partition.date], *options))


def accept_or_fetch_again(partition: Partition) -> str:
    """Fetch the day again; before, where it is right as it is, record that."""
    (accept,) = accept_commands(partition.project.key, [partition.date])
    return f"{accept}  # if it is right as it is, then:\n{fetch_again(partition)}"


def look(command: str, partition: Partition) -> str:
    """Look at what a command lists of the project of a partition."""
    return f"polyai {command} {partition.project}"
