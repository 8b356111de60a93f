"""The files of the dbt package that follow from declarations are those that lie in `dbt/`."""

import re
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from jinja2.nativetypes import NativeEnvironment

from polyai_assets.assets import details, specs
from polyai_assets.contract.fact import Fact
from polyai_assets.contract.kpi import measure
from polyai_assets.contract.measures import MEASURES
from polyai_assets.contract.tables import AUDIO, CONVERSATION_FACTS, QA_SAMPLES, SEARCH_HITS
from polyai_assets.dbt_package.facts import WRITTEN
from polyai_assets.dbt_package.formulas import UnknownFormula, portable_formula
from polyai_assets.dbt_package.sources import ASSETS
from polyai_assets.dbt_package.write import main, render_package, written_before
from polyai_assets.delivery.settings import USUAL_TABLES
from polyai_assets.warehouse.facts.statement import UNSPACED
from polyai_assets_tests.dbt_package.company import PACKAGE
from polyai_assets_tests.looking import looking

pytestmark = pytest.mark.slow


def test_what_lies_in_the_folder_is_what_the_declarations_give() -> None:
    lying = {path.relative_to(PACKAGE).as_posix(): path.read_text() for path in written_before(PACKAGE)}
    assert lying == render_package(), "run `make docs`"


def test_what_no_declaration_gives_any_more_is_removed_and_what_people_wrote_stays(tmp_path: Path) -> None:
    staging = tmp_path / "models" / "staging"
    staging.mkdir(parents=True)
    first_line = next(iter(render_package().values())).partition("\n")[0]
    (staging / "stg_polyai__gone.sql").write_text(f"-- {first_line.removeprefix('# ')}\nselect 1\n")
    (staging / "ours.sql").write_text("select 1\n")
    main([str(tmp_path)])
    assert not (staging / "stg_polyai__gone.sql").exists()
    assert (staging / "ours.sql").exists()
    assert (staging / "stg_polyai__turns.sql").exists()


@pytest.mark.parametrize(
    ("formula", "written"),
    [
        ("count(*)", "count(*)"),
        ("count(*) FILTER (handoff)", "count(case when handoff then 1 end)"),
        ("sum(score) FILTER (scale = '1-5')", "sum(case when scale = '1-5' then score end)"),
        ("count(score) FILTER (a OR (b))", "count(case when a OR (b) then score end)"),
        ("min(currency)", "min(currency)"),
    ],
)
def test_a_formula_is_written_without_filter(formula: str, written: str) -> None:
    assert portable_formula(measure("m", "M", formula)) == written


@pytest.mark.parametrize("formula", ["list(name)", "sum(a) + sum(b)", "sum(a + b)"])
def test_a_formula_of_another_form_is_refused_with_what_to_do(formula: str) -> None:
    with pytest.raises(UnknownFormula, match=r"the measure m has the formula .* write it so"):
        portable_formula(measure("m", "M", formula))


def test_every_measure_has_a_formula_that_can_be_written() -> None:
    assert all(portable_formula(measure) for measure in MEASURES if measure.formula)


def test_what_is_written_for_other_warehouses_is_what_formulas_of_facts_have() -> None:
    formulas = [field.formula for field in CONVERSATION_FACTS.fields if isinstance(field, Fact)]
    assert [text for text in WRITTEN if not any(text in formula for formula in formulas)] == []


def test_letters_of_scripts_without_blanks_are_the_same_for_both_adapters() -> None:
    macros = (PACKAGE / "macros" / "facts.sql").read_text()
    (of_postgres,) = re.findall(r"default__is_unspaced.* ~ '(\[.*\])'", macros)
    (of_duckdb,) = re.findall(r"duckdb__is_unspaced.*, '(\[.*\])'", macros)
    written = re.sub(r"\\[uU]([0-9A-F]+)", r"\\x{\1}", of_postgres)
    with looking() as connection:
        differing = connection.execute(
            "SELECT count(*) FILTER (regexp_matches(letter, $mine) <> regexp_matches(letter, $theirs)), "
            "count(*) FILTER (regexp_matches(letter, $mine)) "
            "FROM (SELECT chr(i::INTEGER) AS letter FROM range(1, 1114112) AS codes (i) "
            "WHERE i NOT BETWEEN 55296 AND 57343)",
            {"mine": written, "theirs": of_duckdb},
        ).fetchall()
    assert of_duckdb == UNSPACED
    assert differing[0][0] == 0
    assert differing[0][1] > 90_000


def test_the_tables_with_a_key_for_dagster_are_our_assets() -> None:
    tables = (
        *specs.TABLES,
        *details.TABLES,
        CONVERSATION_FACTS,
        AUDIO,
        SEARCH_HITS,
        QA_SAMPLES,
    )
    assert {table.name for table in tables} == ASSETS


def enabled(adapter: str, **given: object) -> set[str]:
    """Name what is enabled on an adapter by the files of properties, as dbt reads them."""
    variables = yaml.safe_load((PACKAGE / "dbt_project.yml").read_text())["vars"] | given
    target = SimpleNamespace(type=adapter)
    is_enabled = {
        condition: NativeEnvironment().from_string(condition).render(target=target, var=variables.__getitem__)
        for condition in conditions().values()
    }
    return {name for name, condition in conditions().items() if is_enabled[condition]}


@cache
def conditions() -> dict[str, str]:
    """Give by name on which condition each source, model, metric … is enabled."""
    found: dict[str, str] = {}
    for path in PACKAGE.glob("models/**/*.yml"):
        properties = yaml.load(path.read_text(), yaml.CSafeLoader)
        sources = [table for source in properties.pop("sources", []) for table in source["tables"]]
        listed = [each for kind in properties.values() if isinstance(kind, list) for each in kind]
        found |= {
            each["name"]: str(each.get("config", {}).get("enabled", True)) for each in [*sources, *listed]
        }
    return found


def test_by_default_the_usual_tables_are_read_and_what_needs_others_is_not_built() -> None:
    usual = enabled("postgres")
    assert {"turns", "stg_polyai__turns", "polyai__daily_kpis", "polyai__metric_daily", "polyai_aht"} <= usual
    others = {"turn_topics", "stg_polyai__turn_topics", "polyai__topic_daily", "polyai__function_daily"}
    assert not usual & others
    assert others <= enabled("postgres", polyai_tables=[*USUAL_TABLES, "turn_topics", "function_events"])


def test_the_tables_that_are_read_by_default_are_those_that_are_delivered_by_default() -> None:
    project = yaml.safe_load((PACKAGE / "dbt_project.yml").read_text())
    assert project["vars"]["polyai_tables"] == [*USUAL_TABLES]


@pytest.mark.parametrize(
    ("adapter", "given"), [("snowflake", {}), ("duckdb", {"polyai_tables": ["conversations"]})]
)
def test_without_a_tested_adapter_or_delivered_facts_only_staging_is_left(
    adapter: str, given: dict[str, object]
) -> None:
    found = enabled(adapter, **given)
    assert "stg_polyai__conversations" in found
    assert not {name for name in found if name.startswith(("polyai__", "polyai_report", "polyai_aht"))}


def test_a_project_with_a_time_spine_of_its_own_has_no_other() -> None:
    assert enabled("duckdb") - enabled("duckdb", polyai_time_spine=False) == {"polyai__days"}
