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
    if not any(one.open for one in shown):
        accepted = any(one.accepted for one in shown)
        says = " but what was accepted" if accepted else ": every record has the declared shape"
        click.secho(f"no drift{says}", fg="green")
    for one in shown:
        _print_findings(one)
        if one.contract:
            stands = (
                "in place of the `contract:` that stands there" if one.stands_there else "below `attributes:`"
            )
            click.echo(f"\nTo declare what is new, write this into {one.file}, {stands}:\n")
            click.secho(one.contract, bold=True, nl=False)
        if one.replay:
            click.echo(
                "\nNothing is lost meanwhile: an unknown field is in extra. Once it is declared or accepted,\n"
                "replay the days: that calls no API, fills new columns, and judges the days again.\n"
            )
            for command in one.replay:
                click.secho(f"  {command}", bold=True)


def _print_findings(shown: Shown) -> None:
    ordered = sorted(
        shown.open, key=lambda one: (one.finding.project, one.finding.severity, one.finding.path)
    )
    listed = {project: [*found] for project, found in groupby(ordered, key=lambda one: one.finding.project)}
    accepted: dict[str, list[Accepted]] = {}
    for decided in shown.accepted:
        accepted.setdefault(decided.project, []).append(decided)
    for project in sorted({*listed, *accepted}):
        click.secho(project, bold=True)
        for one in listed.get(project, ()):
            _print_open(one)
        for decided in accepted.get(project, ()):
            _print_accepted(decided)


def _print_open(one: OpenDrift) -> None:
    finding = one.finding
    days = "1 day" if finding.days == 1 else f"{finding.days} days, last on {finding.last_seen}"
    share = "" if finding.share is None else f", {finding.share:.0%} of the records"
    example = f", {finding.example}" if finding.example else ""
    severity = DriftKind(finding.kind).severity
    marked = " (queries may break)" if severity is Severity.ERROR else ""
    click.secho(f"  {one.sign} {finding.path}: {finding.kind}{marked}", fg=_COLOURS[one.sign])
    click.echo(f"      since {finding.first_seen}, {days}{share}{example}")
    if one.hint:
        click.echo(f"      {one.hint}")
    if one.accept:
        click.echo("      to accept it as it is: ", nl=False)
        click.secho(one.accept, bold=True)


def _print_accepted(one: Accepted) -> None:
    decision = one.decision
    types = f" ({', '.join(decision.types)})" if decision.types else ""
    until = f", for days up to {decision.until}" if decision.until else ""
    click.secho(f"  = {decision.path}: {decision.kind}{types}, {decision.told}{until}", dim=True)
    click.secho(f"      to take that back: {one.take_back}", dim=True)
