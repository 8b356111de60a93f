"""`polyai plan` as a table for people, and as JSON for programs."""

from collections.abc import Callable, Sequence

import click
import msgspec
from rich.markup import escape
from rich.table import Table

from polyai_assets.machine.wide import console_of_output, print_rows
from polyai_assets.plan.estimate import NOTHING, Estimate, total
from polyai_assets.plan.layers import Layer
from polyai_assets.plan.project_plan import ProjectPlan

_SIZES = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))
_TIMES = ((86400, "d"), (3600, "h"), (60, "min"))


class Totals(msgspec.Struct, frozen=True):
    """The sums over all projects of what is switched on; times as if one project came after the other."""

    conversations: Estimate
    calls: Estimate
    seconds: Estimate
    received_bytes: Estimate
    stored_bytes: Estimate
    talk_seconds: Estimate
    calls_used: int


def totals(plans: Sequence[ProjectPlan]) -> Totals:
    """Add plans up."""
    layers = [layer for plan in plans for layer in plan.layers if layer.switched_on]
    return Totals(
        conversations=total(plan.conversations for plan in plans),
        calls=total(layer.calls for layer in layers),
        seconds=total(layer.seconds for layer in layers),
        received_bytes=total(layer.received_bytes for layer in layers),
        stored_bytes=total(layer.stored_bytes for layer in layers),
        talk_seconds=total(plan.talk_seconds for plan in plans),
        calls_used=sum(plan.calls_used for plan in plans),
    )


def print_plan_json(plans: Sequence[ProjectPlan]) -> None:
    """Print the plans and their totals as JSON."""
    content = {"projects": list(plans), "totals": totals(plans)}
    click.echo(msgspec.json.format(msgspec.json.encode(content), indent=2))


def print_plan(plans: Sequence[ProjectPlan]) -> None:
    """Print a line per project and layer, the totals, and below what is to be said of each project.

    On a terminal without room for that, a line is a block.
    """
    console = console_of_output()
    table = Table()
    table.add_column("project", no_wrap=True)
    for column in ("conversations", "API calls", "time", "received", "stored"):
        table.add_column(column, justify="right")
    for plan in plans:
        if plan.problem:
            table.add_row(f"[red]{plan.project}[/]", "[red]cannot be asked[/]")
        else:
            table.add_row(f"[bold]{plan.project}[/]", *([] if plan.layers else ["none"]))
        for layer in plan.layers:
            _add(table, layer)
        table.add_section()
    summed, asked = totals(plans), sum(not plan.problem for plan in plans)
    if asked:
        table.add_row(
            "total" if asked == len(plans) else f"total of {asked} of {len(plans)}",
            counted(summed.conversations),
            counted(summed.calls),
            timed(summed.seconds),
            sized(summed.received_bytes),
            sized(summed.stored_bytes),
            style="bold",
        )
    print_rows(console, table)
    console.print(
        "Likely value (lowest - highest). Layers in parentheses are not switched on, and in no total."
    )
    for plan in plans:
        for line in _said(plan):
            console.print(line, soft_wrap=True)
    console.print(f"{summed.calls_used} calls were used for this; nothing was fetched.")


def counted(estimate: Estimate) -> str:
    """Write a number of things."""
    error = (estimate.high - estimate.low) / 2
    return f"{estimate.likely:,.0f}" + (f" ± {error:,.0f}" if error >= 0.5 else "")


def sized(estimate: Estimate) -> str:
    """Write bytes in the unit that suits the likely value."""
    unit, name = next((size for size in _SIZES if estimate.likely >= size[0]), (1.0, "B"))
    return _interval(estimate, lambda value: _short(value / unit), f" {name}")


def timed(estimate: Estimate) -> str:
    """Write seconds in the unit that suits the likely value."""
    unit, name = next((size for size in _TIMES if estimate.likely >= size[0]), (1, "s"))
    return _interval(estimate, lambda value: _short(value / unit), f" {name}")


def hours(estimate: Estimate) -> str:
    """Write seconds in hours."""
    return _interval(estimate * (1 / 3600), _short, " h")


def _add(table: Table, layer: Layer) -> None:
    table.add_row(
        f"  {layer.name if layer.switched_on else f'({layer.name})'}",
        "-" if layer.items == NOTHING else counted(layer.items),
        "-" if layer.calls == NOTHING else counted(layer.calls),
        timed(layer.seconds),
        "-" if layer.received_bytes == NOTHING else sized(layer.received_bytes),
        "-" if layer.stored_bytes == NOTHING else sized(layer.stored_bytes),
        style=None if layer.switched_on else "dim",
    )


def _said(plan: ProjectPlan) -> list[str]:
    name = f"[red]{plan.project}[/]" if plan.problem else plan.project
    if plan.problem:
        return [f"{name}: {escape(plan.problem)}"]
    days = f"{plan.since} to {plan.until}"
    if not plan.layers:
        return [f"{name}: no conversations from {days}"]
    said = (
        f"{name}: {days}, {plan.counted}; {sized(plan.bytes_each)} each; {hours(plan.talk_seconds)} of talk"
    )
    notes = [f"{name}: [yellow]{escape(note)}[/]" for note in plan.notes]
    return [said, *notes]


def _interval(estimate: Estimate, written: Callable[[float], str], unit: str) -> str:
    low, likely, high = (written(value) for value in (estimate.low, estimate.likely, estimate.high))
    return f"{likely}{unit}" if low == likely == high else f"{likely}{unit} ({low} - {high})"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"
