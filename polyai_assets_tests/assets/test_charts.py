"""Small charts in Markdown: what they show, and that Dagster's UI shows them."""

from datetime import date, timedelta
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest

from polyai_assets.assets.charts import by_hour, last_days, shares, sparkline

LAST = date(2026, 11, 16)
SVG = "{http://www.w3.org/2000/svg}"


def drawn(markdown: str) -> ET.Element:
    """The image that Markdown shows; its address is the image, so that nobody is asked for it."""
    before, _, address = markdown.partition("](data:image/svg+xml,")
    assert before.startswith("![")
    assert address.endswith(")")
    assert not set(address[:-1]) & set('()<>"# \n')  # Markdown would take the address to end there
    return ET.fromstring(unquote(address[:-1]))


def bars(image: ET.Element) -> list[str]:
    return [bar for path in image.iter(f"{SVG}path") for bar in path.attrib["d"].split("M") if bar]


@pytest.mark.parametrize(
    ("counts", "line"),
    [
        ([], ""),
        ([0, 0], "··"),
        ([1], "█"),
        ([0, 1, 7, 8], "·▁▇█"),
        ([1000, 500, 1], "█▄▁"),
    ],
)
def test_a_sparkline_has_a_block_for_each_count_and_a_dot_for_nothing(counts: list[int], line: str):
    assert sparkline(counts) == line


def test_the_hours_say_how_many_the_highest_block_is():
    assert by_hour([0] * 23 + [1200]) == f"`{'·' * 23}█` 00 to 23 h UTC, at most 1,200 an hour"


def test_shares_are_bars_with_their_numbers_and_fit_where_markdown_is_shown_at_once():
    lines = shares({"self-served": 8, "handoff": 3, "`|x": 0}, "outcome", 16).splitlines()
    assert lines[2:] == [
        "| `self-served` | 8 | 50.0% | ████████ |",
        "| `handoff` | 3 | 18.8% | ███ |",
        "| `` `\\|x `` | 0 | 0.0% |  |",
    ]
    assert shares({"a": 0}, "outcome", 0).endswith("| `a` | 0 |  |  |")
    assert shares({"a": 1}, "outcome", 24).endswith(" | ▋ |")  # 5 of the 8 parts of a block
    longest = {f"{place}{'x' * 99}": 10**6 for place in range(10)}
    assert len(shares(longest, "metric", 10**6)) < 1_000


def test_a_bar_a_day_and_none_for_a_day_that_was_never_loaded():
    counts = {LAST - timedelta(days=back): 10 * (back + 1) for back in (0, 1, 5)}
    image = drawn(last_days(counts, LAST))
    assert len(bars(image)) == 3
    assert [text.text for text in image.iter(f"{SVG}text")] == ["60", "18 Oct", "16 Nov"]


def test_a_day_without_a_conversation_is_to_be_told_from_one_that_was_never_loaded():
    assert bars(drawn(last_days({LAST: 0}, LAST))) == ["29,0v1"]
    assert bars(drawn(last_days({}, LAST))) == []


def test_it_says_in_words_what_it_shows():
    assert last_days({LAST: 1200}, LAST).startswith("![2026-10-18 to 2026-11-16, at most 1,200 a day](")


def test_it_is_shown_at_once_whatever_it_shows_and_is_always_the_same():
    counts = {LAST - timedelta(days=back): 10**9 + back for back in range(40)}
    assert len(last_days(counts, LAST)) < 1_000
    assert len(by_hour([10**9] * 24)) < 1_000
    assert last_days(counts, LAST) == last_days(dict(reversed(counts.items())), LAST)
