"""The figures of the dbt package, on DuckDB and on Postgres, are those of our own copy of the same calls."""

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from polyai_assets.contract.fields import Kind, key_of
from polyai_assets.contract.kpi import Measure
from polyai_assets.contract.marts import BETWEEN_CALLS, DAILY_KPIS, KPI_TABLES
from polyai_assets.contract.ratios import RATIOS
from polyai_assets.contract.tables import CONVERSATION_FACTS, Table
from polyai_assets.dbt_package.facts import MISSING
from polyai_assets_tests.dbt_package.base_calls import BASE_DAYS
from polyai_assets_tests.dbt_package.company import Company
from polyai_assets_tests.dbt_package.conftest import IN_DUCKDB, VARIABLES, Built
from polyai_assets_tests.dbt_package.golden import DELIVERED_AT, WITH_TURNS_AT
from polyai_assets_tests.looking import looking_into
from polyai_assets_tests.tiers import LONG

pytestmark = [pytest.mark.slow, LONG]

Row = tuple[Any, ...]


def comparable(table: Table) -> str:
    """Select a table's columns with its sums rounded, since they depend on the order of what is added."""
    columns = [
        f"round({field.name}::DOUBLE, 6)"
        if field.kind is Kind.NUMBER
        else f"{field.name}::BIGINT"
        if field.kind is Kind.INTEGER
        else field.name
        for field in table.fields
    ]
    keys = ", ".join(key_of(table.fields))
    return f"SELECT {', '.join(columns)} FROM {{}} ORDER BY {keys}"


def of_copy(copy: Path, query: str) -> list[Row]:
    with looking_into(copy) as connection:
        return connection.execute(query).fetchall()


def test_every_model_is_built_and_every_test_passes_but_for_words_that_are_new(built: Built) -> None:
    assert {name: status for name, status in built.statuses.items() if status not in ("success", "pass")} == {
        "polyai_report": "no-op",
        "accepted_values_stg_polyai__conversations_channel__VOICE_SIP__CHAT__WEBCHAT__SMS__RCS": "warn",
    }
    assert len(built.statuses) > 40


def test_the_rows_of_every_table_of_kpis_are_those_of_our_copy(built: Built, golden_copy: Path) -> None:
    for table in KPI_TABLES:
        query = comparable(table)
        expected = of_copy(golden_copy, query.format(table.name))
        assert expected
        assert built.ask(query.format(f"polyai__{table.name}")) == expected, table.name


def test_facts_that_are_made_from_base_tables_are_ours_column_by_column(
    built: Built, base_calls: Path
) -> None:
    fields = [field for field in CONVERSATION_FACTS.fields if field.name not in MISSING]
    values = (f"round({field.name}, 6)" if field.kind is Kind.NUMBER else field.name for field in fields)
    query = f"SELECT {', '.join(values)} FROM {{}} ORDER BY project, date, conversation_id"
    expected = of_copy(base_calls, query.format("conversation_facts"))
    found = built.ask(query.format("company_facts"))
    assert len(found) == len(expected) == 96 * len(BASE_DAYS)
    for field, made, ours in zip(fields, zip(*found, strict=True), zip(*expected, strict=True), strict=True):
        assert made == ours, field.name


def test_what_base_tables_do_not_have_is_null(built: Built) -> None:
    counted = ", ".join(f"count({name})" for name in sorted(MISSING))
    assert built.ask(f"SELECT {counted} FROM company_facts") == [(0,) * len(MISSING)]


def test_what_calls_of_a_contact_have_to_do_with_each_other_is_the_same(
    built: Built, golden_copy: Path
) -> None:
    columns = ", ".join(field.name for field in BETWEEN_CALLS)
    query = f"SELECT project, date, conversation_id, {columns} FROM {{}} ORDER BY ALL"
    expected = of_copy(golden_copy, query.format("conversation_facts"))
    assert built.ask(query.format("polyai__conversation_facts")) == expected
    assert {row[-2] for row in expected} == {True, False, None}


def test_the_ratios_of_a_day_are_the_same(built: Built, golden_copy: Path) -> None:
    ratios = ", ".join(f"round({ratio.name}, 9)" for ratio in RATIOS)
    query = f"SELECT project, business_date, level, channel_group, direction, site, {ratios} FROM {{}} ORDER BY ALL"
    assert built.ask(query.format("polyai__daily_ratios")) == of_copy(
        golden_copy, query.format("daily_ratios")
    )


def test_a_macro_of_a_ratio_gives_it_over_several_days(built: Built, golden_copy: Path) -> None:
    expected = of_copy(
        golden_copy,
        "SELECT project, round(containment(sum(contained), sum(handoff_known)), 9), "
        "round(csat_net(sum(csat_top2), sum(csat_bottom2), sum(csat_answers)), 9) "
        "FROM daily_kpis WHERE level = 'project' GROUP BY 1 ORDER BY 1",
    )
    found = built.ask(
        "SELECT project, round(containment, 9), round(csat_net, 9) FROM company_containment ORDER BY 1"
    )
    assert found == expected
    assert all(0 < containment < 1 for _, containment, _ in found)


def test_the_semantic_layer_has_every_day_and_rows_that_may_be_added_up(built: Built) -> None:
    assert built.ask(
        "SELECT max(business_date) - min(business_date) + 1 - count(*), count(*) - count(DISTINCT business_date) "
        "FROM polyai__days"
    ) == [(0, 0)]
    ((added, whole),) = built.ask(
        "SELECT (SELECT sum(conversations) FROM polyai__kpi_parts)::BIGINT, "
        "(SELECT count(*) FROM polyai__calls)"
    )
    assert added == whole


def test_a_source_is_as_fresh_as_the_last_day_of_it_that_was_delivered(built: Built) -> None:
    assert built.freshness["conversations"] == ("pass", DELIVERED_AT)
    assert built.freshness["polyai_delivery_log"] == ("pass", DELIVERED_AT)
    assert built.freshness["turns"] == ("pass", WITH_TURNS_AT)


def test_sources_have_the_keys_of_our_assets(built_in_duckdb: Built) -> None:
    keys = {
        source.name: source.config.meta.get("dagster", {}).get("asset_key")
        for source in built_in_duckdb.company.manifest.sources.values()
    }
    assert keys["conversations"] == ["calls", "conversations"]
    assert keys["turn_topics"] is None


def test_every_measure_that_may_be_added_up_and_every_ratio_is_a_metric(built_in_duckdb: Built) -> None:
    sums = {field.name for field in DAILY_KPIS.fields if isinstance(field, Measure) and field.addable}
    metrics = {metric.name for metric in built_in_duckdb.company.manifest.metrics.values()}
    assert metrics == {f"polyai_{name}" for name in sums | {ratio.name for ratio in RATIOS}}


def test_a_delivery_that_is_not_as_published_fails_a_test(built_in_duckdb: Built, tmp_path: Path) -> None:
    file = tmp_path / "golden.duckdb"
    shutil.copyfile(built_in_duckdb.company.folder.with_name("golden.duckdb"), file)
    with duckdb.connect(str(file)) as connection:
        connection.execute("UPDATE polyai.polyai_delivery_log SET rows_found = 6 WHERE date = '2026-11-01'")
        connection.execute("INSERT INTO polyai.conversations FROM polyai.conversations LIMIT 1")
        connection.execute("UPDATE polyai.turns SET conversation_id = NULL WHERE date = '2026-11-01'")
    company = Company(tmp_path / "company", built_in_duckdb.company.manifest)
    company.write({"type": "duckdb", "path": str(file), "schema": "built"})
    statuses = company.statuses("test", "--select", "staging")
    company.close()
    failed = sorted(name for name, status in statuses.items() if status == "fail")
    expected = (
        "found_as_delivered_stg_polyai__delivery_log",
        "is_key_stg_polyai__conversations",
        "is_key_stg_polyai__turns",
    )
    assert len(failed) == len(expected)
    assert all(name.startswith(f"dbt_polyai_{found}_") for name, found in zip(failed, expected, strict=True))


def test_where_facts_are_made_from_base_tables_nothing_reads_delivered_ones(tmp_path: Path) -> None:
    tables = [table for table in VARIABLES["polyai_tables"] if table != "conversation_facts"]
    company = Company(tmp_path)
    company.write(IN_DUCKDB, polyai_facts="build", polyai_tables=tables)
    nodes = {node.name: node for node in company.parse().manifest.nodes.values()}
    assert nodes["polyai__built_facts"].config.materialized == "table"
    assert "model.dbt_polyai.polyai__built_facts" in nodes["stg_polyai__conversation_facts"].depends_on.nodes
    assert not [
        name
        for node in nodes.values()
        for name in node.depends_on.nodes
        if name.endswith(".conversation_facts")
    ]
    assert "polyai__daily_kpis" in nodes


@pytest.mark.parametrize(
    ("tables", "given", "missing"),
    [
        (["conversations", "turns"], {"polyai_details": False}, "lacks metrics. Add them to `tables`"),
        (
            ["conversations", "turns", "metrics", "turn_topics"],
            {},
            "lacks conversation_details, function_events,",
        ),
    ],
)
def test_facts_are_not_made_without_a_table_that_changes_them(
    tmp_path: Path, tables: list[str], given: dict[str, bool], missing: str
) -> None:
    company = Company(tmp_path)
    company.write(IN_DUCKDB, polyai_facts="build", polyai_tables=tables, **given)
    with pytest.raises(Exception, match=missing):
        company.parse()
