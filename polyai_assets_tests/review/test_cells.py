"""Texts in cells, whatever they hold."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.review.cells import CUT, LONGEST, from_cell, is_like_formula, to_cell

ANY_TEXT = st.text(st.characters(exclude_categories=[])) | st.from_regex(
    re.compile(r"(_x[0-9A-F]{4}_|_|x|0)*")
)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@given(ANY_TEXT)
def test_every_text_becomes_one_that_xml_can_hold(text: str):
    cell = to_cell(text)
    assert ElementTree.fromstring(f"<t>{cell.replace('&', '&amp;').replace('<', '&lt;')}</t>").text == (
        cell or None
    )


@given(ANY_TEXT)
def test_a_cell_is_read_as_the_text_it_was_made_of_but_for_what_cannot_be_held(text: str):
    kept = re.sub(
        "[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "\ufffd", re.sub("\r\n?", "\n", text)
    )
    assert from_cell(to_cell(text)) == kept


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("", ""),
        ("_x0041_", "_x005F_x0041_"),
        ("_x005F_", "_x005F_x005F_"),
        ("snake_case_x", "snake_case_x"),
        ("a\x00b\x1bc", "a\ufffdb\ufffdc"),
        ("half \ud83d", "half \ufffd"),
        ("one\r\ntwo\rthree\n\ttab", "one\ntwo\nthree\n\ttab"),
        ("=1+1", "=1+1"),
    ],
)
def test_texts_are_written_so(text: str, cell: str):
    assert to_cell(text) == cell


@pytest.mark.parametrize(
    "text", ["x" * (LONGEST + 1), "é" * 100_000, "😀" * 20_000, "a" + "😀" * 20_000, "_x0041_" * 9_000]
)
def test_a_text_that_is_too_long_is_cut_with_a_mark(text: str):
    cell = to_cell(text)
    assert LONGEST - 20 <= units(cell) <= LONGEST
    assert cell.endswith(CUT)
    assert text.startswith(from_cell(cell.removesuffix(CUT)))


def test_a_text_that_just_fits_is_whole():
    assert to_cell("x" * LONGEST) == "x" * LONGEST
    assert to_cell("😀" * (LONGEST // 2)) == "😀" * (LONGEST // 2)


@pytest.mark.parametrize("text", ["=1+1", "+44 20", "-5", "@SUM(A1)", "\t=1"])
def test_what_would_be_a_formula_is_known(text: str):
    assert is_like_formula(text)


@pytest.mark.parametrize("text", ["", "1+1", "a=b", " =1", "five - two"])
def test_what_would_be_none_is_not(text: str):
    assert not is_like_formula(text)
