"""A page says what the data says, harms nobody who opens it, and needs nothing else."""

import random
import re
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest

from polyai_assets.report import amounts
from polyai_assets.report.data import ReportData, ReportScope
from polyai_assets.report.page import digest, render_page
from polyai_assets_tests.report.example import example, measured
from polyai_assets_tests.report.reading import read_page
from polyai_assets_tests.tiers import LONG

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def nine_days() -> str:
    """The page of an example of nine days."""
    return render_page(example(days=9))


def test_every_site_stands_in_the_table_with_its_figures(hostile: ReportData, page: str) -> None:
    _, *rows = read_page(page).tables["Sites"]

    assert [(row[0], row[1], row[3], row[6]) for row in rows] == [
        (
            amounts.name(site["site"]),
            f"{site['conversations']:,}",
            f"{100 * site['containment']:.1f}\xa0%",
            f"{site['aht']:,.0f}\xa0s",
        )
        for site in hostile.sites
    ]


def test_every_day_stands_in_the_table_with_its_calls_and_those_of_the_period_before(
    hostile: ReportData, page: str
) -> None:
    _, *rows = read_page(page).tables["Calls by day"]

    assert [(row[1], row[2]) for row in rows] == [
        (f"{day['conversations']:,}", f"{before['conversations']:,}")
        for day, before in zip(hostile.days, hostile.days_before, strict=True)
    ]
    assert [row[0] for row in rows if "provisional" in row[0]] == [
        f"{amounts.day(day)}, provisional" for day in hostile.provisional
    ]


def test_the_first_figures_are_those_of_the_data_with_their_changes(hostile: ReportData, page: str) -> None:
    text = read_page(page).text
    total, before = hostile.total, hostile.before

    assert f"{total['conversations']:,}" in text
    for name in ("containment", "containment_engaged", "containment_24h"):
        assert f"{100 * total[name]:.1f}\xa0%" in text
    assert f"{total['cost_saved']:,.0f}\xa0GBP" in text
    assert (
        f"{total['csat_answers']:,} answers, response rate {100 * total['csat_response_rate']:.1f}\xa0%"
        in text
    )
    change = 100 * (total["conversations"] - before["conversations"]) / before["conversations"]
    assert f"{change:+.1f}\xa0%".replace("-", "\N{MINUS SIGN}") in text


def test_no_name_becomes_markup(page: str) -> None:
    reader = read_page(page)

    assert {tag for tag, _ in reader.tags}.isdisjoint({"script", "img", "iframe", "object", "link", "form"})
    assert [name for _, attributes in reader.tags for name in attributes if name.startswith("on")] == []
    assert "<script>alert(1)</script>" in reader.text
    assert "{{ 7 * 7 }}" in reader.text
    assert re.search(r"[\x00-\x08\x0b-\x1f\ud800-\udfff]", page) is None


def test_a_page_refers_to_nothing_but_itself(page: str) -> None:
    reader = read_page(page)
    ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    links = [attributes["href"] for _, attributes in reader.tags if "href" in attributes]

    assert len(ids) == len(set(ids))
    assert [link for link in links if link is None or link.removeprefix("#") not in ids] == []
    assert {name for _, attributes in reader.tags for name in attributes} & {
        "src",
        "srcset",
        "xlink:href",
    } == set()
    assert re.findall(r"@import|url\((?!#)", page) == []
    assert set(re.findall(r"url\(#([^)]+)\)", page)) <= set(ids)
    assert re.findall(r"https?://(?!www\.w3\.org/)\S+", page) == []


def test_every_chart_says_in_a_sentence_what_it_shows_and_takes_the_colours_of_the_page(page: str) -> None:
    drawings = [
        attributes for tag, attributes in read_page(page).tags if attributes.get("class") == "drawing"
    ]

    assert len(drawings) > 15
    assert all(
        drawing["role"] == "img" and (drawing["aria-label"] or "").endswith(".") for drawing in drawings
    )
    assert re.findall(r"#0000\d\d", page) == []
    assert "font-family=" not in page


def test_headings_go_down_by_one_level_at_a_time(page: str) -> None:
    levels = [int(tag[1]) for tag, _ in read_page(page).tags if re.fullmatch(r"h[1-6]", tag)]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(following - level <= 1 for level, following in pairwise(levels))


def test_every_figure_that_has_a_definition_refers_to_it(hostile: ReportData, page: str) -> None:
    text = read_page(page).text

    for name in ("containment", "containment_24h", "csat_mean", "cost_saved", "aht"):
        assert hostile.footnotes[name].text in text


def test_a_page_without_calls_says_so() -> None:
    scope = ReportScope(("us-1/acme/bot",), date(2026, 11, 23), date(2026, 11, 29))

    text = read_page(render_page(ReportData(scope=scope))).text

    assert "There are no calls in these days" in text
    assert "none is loaded" in text


def test_what_is_not_known_is_said_to_be_unknown_and_why() -> None:
    bare = {
        "conversations": 40,
        "handoffs": 0,
        "handoff_known": 40,
        "self_served": 40,
        "containment": 1.0,
        "low": 0.9,
        "high": 1.0,
    }
    data = ReportData(
        scope=ReportScope(("us-1/acme/bot",), *[date(2026, 11, 29)] * 2),
        total=bare,
        sites=[{**bare, "site": None, "low": 0.9, "high": 1.0}],
    )

    text = read_page(render_page(data)).text

    assert "No function call is known" in text
    assert "No topic is known" in text
    assert "which release answered" in text
    assert "no rates are configured" in text
    assert "(unknown)" in text


def test_a_figure_of_few_cases_is_marked() -> None:
    row = measured(12, random.Random(1))
    data = ReportData(scope=ReportScope(("us-1/acme/bot",), *[date(2026, 11, 29)] * 2), total=row)

    assert "of 12 cases only" in read_page(render_page(data)).text


@LONG
def test_the_same_data_makes_the_same_page(hostile: ReportData, page: str, nine_days: str) -> None:
    first = example(days=9)

    assert render_page(first) == nine_days
    assert digest(hostile) in page
    assert digest(first) != digest(replace(first, total={**first.total, "conversations": 1}))
    assert digest(first) == digest(replace(first, copied_at=None))


@pytest.mark.parametrize(
    ("length", "before", "weekdays"), [(1, 1, 7), (7, 7, 7), (10, 10, 14), (28, 28, 28), (30, 30, 35)]
)
def test_a_period_is_compared_with_the_one_before_and_with_the_same_weekdays(
    length: int, before: int, weekdays: int
) -> None:
    last = date(2026, 11, 29)
    scope = ReportScope(("us-1/acme/bot",), last - timedelta(days=length - 1), last)

    assert scope.last - scope.before[1] == timedelta(days=before)
    assert scope.last - scope.same_weekdays[1] == timedelta(days=weekdays)
    assert scope.before[1] < scope.first


def test_days_with_releases_are_marked_in_charts_and_tables(nine_days: str) -> None:
    data = example(days=9)
    first, second = (release["since"] for release in data.releases)
    _, *rows = read_page(nine_days).tables["Calls by day"]

    assert [row[0] for row in rows if "release" in row[0]] == [
        f"{amounts.day(first)}, release",
        f"{amounts.day(second)}, release",
    ]
    assert f"{amounts.day(second)}: released {amounts.quoted('Fix of dates, v2')}" in nine_days
    assert nine_days.count("a release</li>") > 3
    assert "a release</li>" not in render_page(replace(data, releases=[]))


def test_a_page_whose_data_is_old_or_lacks_the_last_days_of_a_project_says_so(nine_days: str) -> None:
    data = example(days=9)
    late, other = data.scope.projects
    warned = read_page(
        render_page(
            replace(
                data,
                is_old=True,
                loaded_until={late: data.scope.last - timedelta(days=2), other: data.scope.last},
            )
        )
    ).text

    assert "This page is stale: its data was copied at 2026-11-30 03:12 UTC" in warned
    assert f"{late} is loaded until {amounts.day(data.scope.last - timedelta(days=2))} only" in warned
    assert f"{other} is loaded until" not in warned
    assert "stale" not in read_page(nine_days).text


@LONG
def test_of_many_projects_that_lack_days_some_are_named_and_the_rest_are_counted() -> None:
    projects = [f"us-1/acme/{number}" for number in range(8)]
    data = example(days=2, projects=projects)
    before = data.scope.first - timedelta(days=1)
    text = read_page(render_page(replace(data, loaded_until=dict.fromkeys(projects, before)))).text

    assert text.count("is loaded until") == 5
    assert "So are those of 3 more projects" in text
