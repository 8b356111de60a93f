"""The sections on how calls ended: their way to being served by the agent alone, and why they were handed off."""

from polyai_assets.report import amounts, row_charts
from polyai_assets.report.blocks import Cell, DataTable, Heading, Panel, Section
from polyai_assets.report.data import ReportData
from polyai_assets.report.shown import MOST_DRAWN, divided, listed
from polyai_assets.report.svg import draw


def funnel(data: ReportData) -> Section:
    """Give the way of calls from being answered to being served by the agent alone."""
    title = "From answered to self-served"
    total = data.total
    answered = total.get("conversations") or 0
    if not answered:
        return Section("funnel", title)
    engaged = answered - (total.get("not_engaged") or 0)
    kept = engaged - (total.get("handoffs") or 0)
    served = total.get("self_served") or 0
    steps = [
        ("Answered", answered, "All calls"),
        ("Engaged", engaged, "Less those in which the caller said nothing"),
        ("Kept by the agent", kept, "Less those that were handed off"),
        ("Self-served", served, "Less those that were abandoned"),
    ]
    bars = [
        (step, float(calls), f"{amounts.count(calls)} · {amounts.share(calls / answered)}")
        for step, calls, _ in steps
    ]
    sentence = (
        f"Of {amounts.count(answered)} calls, {amounts.count(engaged)} were engaged or handed off, "
        f"{amounts.count(kept)} stayed with the agent, and {amounts.count(served)} were self-served."
    )
    rows = [
        [
            Cell(step),
            Cell(amounts.count(calls)),
            Cell(amounts.share(calls / answered), share=calls / answered),
            Cell(amounts.count(before - calls) if number else ""),
            Cell(said),
        ]
        for number, ((step, calls, said), before) in enumerate(
            zip(steps, [answered, *(calls for _, calls, _ in steps)], strict=False)
        )
    ]
    headings = [
        Heading("Step", is_text=True),
        Heading("Calls"),
        Heading("Of all"),
        Heading("Lost"),
        Heading("What", is_text=True),
    ]
    return Section(
        "funnel",
        title,
        panels=[
            Panel(
                title="Calls that remain",
                sentence=sentence,
                svg=draw(row_charts.draw_lengths(bars), "funnel", sentence),
                table=DataTable(title, headings, rows),
                notes=["not_engaged", "handoffs", "abandoned", "self_served"],
                open=True,
            )
        ],
    )


def handoffs(data: ReportData) -> Section:
    """Give why, and where to, calls were handed off."""
    title = "Why calls were handed off"
    total = sum(row["handoffs"] for row in data.handoffs)
    if not total:
        return Section("handoffs", title, empty="No call of these days was handed off.")
    reasons: dict[str, int] = {}
    for row in data.handoffs:
        reasons[row["reason"]] = reasons.get(row["reason"], 0) + row["handoffs"]
    ranked = sorted(reasons.items(), key=lambda reason: (-reason[1], reason[0]))
    bars = [
        (reason, float(calls), f"{amounts.count(calls)} · {amounts.share(calls / total)}")
        for reason, calls in ranked[:MOST_DRAWN]
    ]
    most, calls = ranked[0]
    sentence = (
        f"Handoffs by reason: {len(ranked)} {'reason' if len(ranked) == 1 else 'reasons'}, most often "
        f"{amounts.quoted(most)} with {amounts.share(calls / total)} of {amounts.count(total)}."
    )
    headings = [
        Heading("Reason", is_text=True),
        Heading("Destination", is_text=True),
        Heading("Handoffs", "handoffs"),
        Heading("Share"),
        Heading("User turns before"),
        Heading("At once", "asked_at_once"),
    ]
    rows = [
        [
            Cell(amounts.name(row["reason"])),
            Cell(amounts.name(row["destination"])),
            Cell(amounts.count(row["handoffs"])),
            Cell(amounts.share(row["handoffs"] / total), share=row["handoffs"] / total),
            Cell(amounts.mean(divided(row["user_turns"], row["handoffs"]))),
            Cell(amounts.share(divided(row["asked_at_once"], row["handoffs"]))),
        ]
        for row in data.handoffs
    ]
    return Section(
        "handoffs",
        title,
        panels=[
            Panel(
                title="Reasons",
                sentence=sentence,
                svg=draw(row_charts.draw_lengths(bars), "reasons", sentence),
                table=listed(title, headings, rows),
                open=True,
            )
        ],
    )
