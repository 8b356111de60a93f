"""What a person types when a check has failed: whole lines, each of which may end in a comment, as in a shell."""

from datetime import date

from polyai_assets.raw.remedies import accept_commands, backfill_commands


def fetch_again(partition: str, *options: str) -> str:
    """Fetch the day of a partition again."""
    day, project = _read(partition)
    return "\n".join(backfill_commands(project, [day], *options))


def accept_or_fetch_again(partition: str) -> str:
    """Fetch the day again; before, where it is right as it is, record that."""
    day, project = _read(partition)
    (accept,) = accept_commands(project, [day])
    return f"{accept}  # if it is right as it is, then:\n{fetch_again(partition)}"


def look(command: str, partition: str) -> str:
    """Look at what a command lists of the project of a partition."""
    _, project = _read(partition)
    return f"polyai {command} {project}"


def project_of(partition: str) -> str:
    """Name the project of a partition."""
    return _read(partition)[1]


def _read(partition: str) -> tuple[date, str]:
    day, _, project = partition.partition("|")
    return date.fromisoformat(day), project
