"""What a check finds."""

from enum import StrEnum

import msgspec


class Verdict(StrEnum):
    """Green: as it should be. Yellow: works, but a person should know. Red: something will not work."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


class Finding(msgspec.Struct, frozen=True):
    """A line: what was looked at, the verdict, what was found, and what to do ('' if nothing)."""

    check: str
    verdict: Verdict
    says: str
    next_step: str = ""


def green(check: str, says: str) -> Finding:
    """Say that something is as it should be."""
    return Finding(check, Verdict.GREEN, says)


def yellow(check: str, says: str, next_step: str) -> Finding:
    """Say what a person should know."""
    return Finding(check, Verdict.YELLOW, says, next_step)


def red(check: str, says: str, next_step: str) -> Finding:
    """Say what will not work, and what to do."""
    return Finding(check, Verdict.RED, says, next_step)
