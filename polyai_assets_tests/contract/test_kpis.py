"""Measures and ratios are declared once: the page of KPIs and the macros follow."""

from pathlib import Path

import pytest

from polyai_assets.contract.kpi import Ratio
from polyai_assets.contract.kpi_page import BEGIN, main, render_kpis
from polyai_assets.contract.measures import MEASURES
from polyai_assets.contract.ratios import RATIOS

PAGE = Path(__file__).parents[2] / "docs" / "kpis.md"


def test_the_page_in_the_repository_is_current():
    current = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].strip() == render_kpis().strip()
    assert current, "docs/kpis.md is not what is declared now: run `make docs` and commit the page"


def test_the_prose_before_the_tables_is_kept(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text(f"Prose.\n\n{BEGIN}old")
    main([str(page)])
    assert page.read_text() == f"Prose.\n\n{BEGIN}\n{render_kpis()}"


@pytest.mark.parametrize("ratio", RATIOS, ids=lambda ratio: ratio.name)
def test_a_ratio_is_made_of_measures_that_may_be_added_up(ratio: Ratio):
    addable = {measure.name for measure in MEASURES if measure.addable}
    assert addable.issuperset(ratio.measures)
    assert ratio.description


def test_names_are_given_once():
    names = [*(measure.name for measure in MEASURES), *(ratio.name for ratio in RATIOS)]
    assert len(names) == len(set(names))


def test_the_figures_of_polyais_dashboards_are_named():
    named = {ratio.polyai for ratio in RATIOS if ratio.polyai}
    assert {"Containment rate", "Average handle time", "Average PolyScore", "CSAT", "Cost savings"} <= named
