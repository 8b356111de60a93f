"""Writes the tables of `docs/kpis.md` from the declared ratios and measures: `make docs`."""

from collections.abc import Sequence

from polyai_assets.contract.measures import MEASURES
from polyai_assets.contract.ratios import RATIOS
from polyai_assets.machine.markdown import escaped, grid, rewrite_page

BEGIN = "<!-- What follows is written by `make docs` from the declared ratios and measures. -->\n"


def render_kpis() -> str:
    """Write the tables."""
    ratios = [
        (
            escaped(ratio.title),
            f"`{ratio.call}`",
            ratio.unit or ("share" if ratio.is_share else ""),
            escaped(ratio.polyai or "none"),
            escaped(f"{ratio.description}. {ratio.caveat}".rstrip(". ") + "."),
        )
        for ratio in RATIOS
    ]
    measures = [
        (
            f"`{measure.name}`",
            f"`{escaped(measure.formula)}`" if measure.formula else "",
            measure.unit or "",
            "yes" if measure.addable else "no",
            escaped(f"{measure.description}. {measure.caveat}".rstrip(". ") + "."),
        )
        for measure in MEASURES
    ]
    return (
        "## Ratios\n\n"
        + grid(
            ("figure", "over rows of `daily_kpis`", "unit", "in PolyAI's dashboards", "what it means"), ratios
        )
        + "\n\n## Measures\n\n"
        + grid(("column of `daily_kpis`", "over `calls`", "unit", "addable", "what it means"), measures)
        + "\n"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Replace what follows the mark in the given page."""
    rewrite_page(arguments, "Write the tables of KPIs from what is declared.", BEGIN, render_kpis)


if __name__ == "__main__":
    main()
