"""Open drift as a diff that a person can read, and as JSON for programs."""

from collections.abc import Sequence
from itertools import groupby

import click
import msgspec

from polyai_assets.contract.drift import DriftKind, Severity
from polyai_assets.drift.open import OpenDrift
from polyai_assets.drift.place import REPLAY, REPLAY_DETAILS

_COLOURS = {"+": "green", "-": "red", "~": "yellow"}
_WITHOUT = {REPLAY: "raw_conversations", REPLAY_DETAILS: "raw_details"}


def print_drift_json(found: Sequence[OpenDrift]) -> None:
    """Print the findings as a JSON list."""
    click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2))


def print_drift(found: Sequence[OpenDrift]) -> None:
    """Print the findings by project, each with the line that accepts it."""
    if not found:
        click.secho("no drift: every record has the declared shape", fg="green")
        return
    ordered = sorted(found, key=lambda one: (one.finding.project, one.finding.severity, one.finding.path))
    for project, listed in groupby(ordered, key=lambda one: one.finding.project):
        click.secho(project, bold=True)
        for one in listed:
            _print(one)
    replays = sorted({one.accepting.replay for one in found if one.accepting}, reverse=True)
    if replays:
        told = " and ".join(f"{assets} without {_WITHOUT[assets]}" for assets in replays)
        click.echo(
            "\nNothing is lost meanwhile: an unknown field is in extra. Then replay the days, which calls no API and "
            f"fills the new column: materialize {told}."
        )


def _print(one: OpenDrift) -> None:
    finding = one.finding
    days = "1 day" if finding.days == 1 else f"{finding.days} days, last on {finding.last_seen}"
    share = "" if finding.share is None else f", {finding.share:.0%} of the records"
    example = f", {finding.example}" if finding.example else ""
    severity = DriftKind(finding.kind).severity
    marked = " (queries may break)" if severity is Severity.ERROR else ""
    click.secho(f"  {one.sign} {finding.path}: {finding.kind}{marked}", fg=_COLOURS[one.sign])
    click.echo(f"      since {finding.first_seen}, {days}{share}{example}")
    if one.accepting is not None:
        click.echo(f"      to accept it, in {one.accepting.file}: {one.accepting.what}")
        if one.accepting.line:
            click.secho(f"          {one.accepting.line}", bold=True)
