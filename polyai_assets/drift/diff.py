"""Drift as a diff that a person can read, and as JSON for programs."""

from collections.abc import Sequence
from itertools import groupby

import click
import msgspec

from polyai_assets.contract.drift import DriftKind, Severity
from polyai_assets.drift.open import Accepted, OpenDrift, Shown

_COLOURS = {"+": "green", "-": "red", "~": "yellow"}


def print_drift_json(shown: Sequence[Shown]) -> None:
    """Print the drift as a JSON list, an object for each platform."""
    click.echo(msgspec.json.format(msgspec.json.encode(shown), indent=2))


def print_drift(shown: Sequence[Shown]) -> None:
    """Print the drift by project, what declares it, what accepts it, and what people have accepted."""
    if not any(drift.open for drift in shown):
        accepted = any(drift.accepted for drift in shown)
        says = " but what was accepted" if accepted else ": every record has the declared shape"
        click.secho(f"no drift{says}", fg="green")
    for drift in shown:
        _print_findings(drift)
        if drift.contract:
            stands = (
                "in place of the `contract:` that stands there"
                if drift.stands_there
                else "below `attributes:`"
            )
            click.echo(f"\nTo declare what is new, write this into {drift.file}, {stands}:\n")
            click.secho(drift.contract, bold=True, nl=False)
        if drift.replay:
            click.echo(
                "\nNothing is lost meanwhile: an unknown field is in extra. Once it is declared or accepted,\n"
                "replay the days: that calls no API, fills new columns, and judges the days again.\n"
            )
            for command in drift.replay:
                click.secho(f"  {command}", bold=True)


def _print_findings(shown: Shown) -> None:
    ordered = sorted(
        shown.open, key=lambda drift: (drift.finding.project, drift.finding.severity, drift.finding.path)
    )
    listed = {
        project: [*found] for project, found in groupby(ordered, key=lambda drift: drift.finding.project)
    }
    accepted: dict[str, list[Accepted]] = {}
    for decided in shown.accepted:
        accepted.setdefault(decided.project, []).append(decided)
    for project in sorted({*listed, *accepted}):
        click.secho(project, bold=True)
        for drift in listed.get(project, ()):
            _print_open(drift)
        for decided in accepted.get(project, ()):
            _print_accepted(decided)


def _print_open(drift: OpenDrift) -> None:
    finding = drift.finding
    days = "1 day" if finding.days == 1 else f"{finding.days} days, last on {finding.last_seen}"
    share = "" if finding.share is None else f", {finding.share:.0%} of the records"
    example = f", {finding.example}" if finding.example else ""
    severity = DriftKind(finding.kind).severity
    marked = " (queries may break)" if severity is Severity.ERROR else ""
    click.secho(f"  {drift.sign} {finding.path}: {finding.kind}{marked}", fg=_COLOURS[drift.sign])
    click.echo(f"      since {finding.first_seen}, {days}{share}{example}")
    if drift.hint:
        click.echo(f"      {drift.hint}")
    if drift.accept:
        click.echo("      to accept it as it is: ", nl=False)
        click.secho(drift.accept, bold=True)


def _print_accepted(accepted: Accepted) -> None:
    decision = accepted.decision
    types = f" ({', '.join(decision.types)})" if decision.types else ""
    until = f", for days up to {decision.until}" if decision.until else ""
    click.secho(f"  = {decision.path}: {decision.kind}{types}, {decision.summary}{until}", dim=True)
    click.secho(f"      to take that back: {accepted.take_back}", dim=True)
