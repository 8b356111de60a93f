"""The first figures of a page: what a manager asks before anything else."""

from polyai_assets.report import amounts, shown
from polyai_assets.report.amounts import Amount
from polyai_assets.report.blocks import Comparison, Section, Tile
from polyai_assets.report.data import Measured, ReportData
from polyai_assets.report.shown import ShownFigure

_SPARK_WIDTH, _SPARK_HEIGHT = 120, 26


def first_figures(data: ReportData) -> Section:
    """Give the section of first figures."""
    total = data.total
    if not total.get("conversations"):
        return Section(
            "first",
            "At a glance",
            empty="There are no calls in these days. Tests, and conversations that are in progress, are no calls.",
        )
    unknown = total.get("contact_unknown_share")
    tiles = [
        _tile(data, shown.CALLS, "Calls", _per_day(data)),
        _tile(data, shown.CONTAINMENT, "Containment", ["not handed off, as PolyAI counts"]),
        _tile(data, shown.ENGAGED, "Containment, engaged", ["without silent and abandoned calls"]),
        _tile(
            data,
            shown.RETURN,
            "Containment, 24 hours",
            [f"contact unknown in {amounts.share(unknown)} of calls"],
        ),
        _tile(
            data,
            shown.AHT,
            "Average handle time",
            [f"the agent's part {amounts.seconds(total.get('aht_agent'))}"],
        ),
        _tile(
            data,
            shown.POLY_SCORE,
            "PolyScore",
            [
                f"{amounts.count(total.get('scored') or 0)} scored, "
                f"{amounts.count(total.get('poly_score_pending') or 0)} may still come"
            ],
        ),
        _tile(
            data,
            shown.CSAT,
            "CSAT",
            [
                f"{amounts.count(total.get('csat_answers') or 0)} answers, response rate "
                f"{amounts.share(total.get('csat_response_rate'))}"
            ],
        ),
        _saved(data),
    ]
    return Section("first", "At a glance", lead=_lead(data), tiles=tiles)


def _lead(data: ReportData) -> str:
    scope = data.scope
    before = amounts.period(*scope.before)
    if scope.before == scope.same_weekdays:
        return f"Changes are against the {scope.length} days before, which have the same weekdays: {before}."
    return (
        f"Changes are against the {'day' if scope.length == 1 else f'{scope.length} days'} before ({before}), and "
        f"against the same {'weekday' if scope.length == 1 else 'weekdays'} ({amounts.period(*scope.same_weekdays)})."
    )


def _per_day(data: ReportData) -> list[str]:
    if data.scope.length == 1:
        return []
    mean = (data.total.get("conversations") or 0) / data.scope.length
    return [f"{amounts.mean(mean)} a day"]


def _tile(data: ReportData, figure: ShownFigure, title: str, details: list[str]) -> Tile:
    weak = figure.weakness(data.total)
    return Tile(
        title=title,
        note=figure.name,
        value=figure.amount(data.total.get(figure.name)),
        details=[*details, *([weak] if weak else [])],
        comparisons=_comparisons(data, figure),
        weak=weak,
        spark=spark([day.get(figure.name) for day in _every_day(data)]),
    )


def _comparisons(data: ReportData, figure: ShownFigure) -> list[Comparison]:
    pairs: list[tuple[str, Measured]] = [("Before", data.before)]
    if data.scope.before != data.scope.same_weekdays:
        pairs.append(("Same weekday" if data.scope.length == 1 else "Same weekdays", data.same_weekdays))
    return [
        Comparison(
            amounts.change(figure.amount, data.total.get(figure.name), then.get(figure.name)),
            against,
            figure.amount(then.get(figure.name)) if then.get(figure.name) is not None else "",
        )
        for against, then in pairs
    ]


def _saved(data: ReportData) -> Tile:
    currencies = data.total.get("currencies") or []
    if len(currencies) > 1:
        return Tile(
            title="Cost saved",
            note="cost_saved",
            value=amounts.UNKNOWN,
            details=[f"in {', '.join(map(amounts.name, currencies))}: see the projects"],
        )
    currency = currencies[0] if currencies else None
    figure = ShownFigure("cost_saved", "Saved", Amount(lambda value: amounts.money(value, currency)))
    details = (
        ["estimate, of contained calls"]
        if data.total.get("cost_saved") is not None
        else ["no rates are configured"]
    )
    return _tile(data, figure, "Cost saved", details)


def _every_day(data: ReportData) -> list[Measured]:
    by_day = {day["business_date"]: day for day in data.days}
    return [by_day.get(day, {}) for day in data.scope.days]


def spark(values: list[float | None]) -> str:
    """Give the path of a small line through values; it is broken where they are unknown, "" with fewer than two."""
    known = [value for value in values if value is not None]
    if len(known) <= 1:
        return ""
    low, high = min(known), max(known)
    across = _SPARK_WIDTH / max(len(values) - 1, 1)
    path, pen = [], "M"
    for place, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        height = _SPARK_HEIGHT / 2 if high == low else _SPARK_HEIGHT * (high - value) / (high - low)
        path.append(f"{pen}{place * across:.1f},{height + 2:.1f}")
        pen = "L"
    return "".join(path)
