"""Redaction: everything planted is gone, nothing harmless is, and by kind."""

import re

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.privacy.redact import DTMF_DIGITS, Redactor
from polyai_assets.privacy.suspicious import holds_enough, marked, with_numerals
from polyai_assets_tests.privacy.judging import judge
from polyai_assets_tests.privacy.planted import COMPOUND, HARMLESS, KEPT, SPOKEN, planted


def redacted(*turns: str, **values: str) -> list[str]:
    return Redactor().redact_turns(turns, {text: name for name, text in values.items()})


def test_everything_planted_is_masked_and_nothing_harmless():
    judged = judge()
    assert judged.missed == []
    assert judged.wrong == []
    assert {f"spoken {language}" for language in SPOKEN} <= judged.planted.keys()
    assert {"CARD", "IBAN", "EMAIL", "URL", "SPELLED", "ENTITY", "NUMBER"} <= judged.tags.keys()


def test_whatever_is_masked_was_suspected():
    """Of the rest of the texts none is looked at."""
    masked = [
        text for found in planted() for text in ["\n".join(found.turns)] if Redactor().redact(text) != text
    ]
    texts = pa.array(masked)
    suspected = zip(masked, marked(texts), with_numerals(texts), strict=True)
    assert [
        text for text, mark, numerals in suspected if not (mark or (numerals and holds_enough(text)))
    ] == []


def test_what_is_not_masked_would_be_found():
    """The judge of the corpus can fail."""
    from polyai_assets_tests.privacy.planted import Planted

    judged = judge([Planted("NUMBER", ("my number is five",), ("five",))])
    assert (judged.recall, len(judged.missed)) == (0, 1)


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        (["my card is 4111 1111 1111 1111."], ["my card is [CARD]."]),
        (["my card is 4111 1111 1111 1112."], ["my card is [NUMBER]."]),
        (["it is 4111 1111", "ok 1111 1111 bye"], ["it is [CARD]", "[CARD] bye"]),
        (["0123456"], ["[NUMBER]"]),
        (["012345"], ["012345"]),
        (["٠١٢٣٤٥٦ and ０９０ー１２３４ー５６７８"], ["[NUMBER] and [NUMBER]"]),
        (["I 4 5 6 7 8 9 0 you"], ["I [NUMBER] you"]),
        (["GB82 WEST 1234 5698 7654 32 is it"], ["[IBAN] is it"]),
        (["GB82 WEST 1234 5698 7654 33 is it"], ["GB82 WEST [NUMBER] is it"]),
        (["a@b.co, ann punkt lee klammeraffe example punkt de"], ["[EMAIL], [EMAIL]"]),
        (["https://x.io/menu", "https://x.io/?id=7"], ["https://x.io/menu", "[URL]"]),
        (["one two three", "people and four dogs"], ["one two three", "people and four dogs"]),
        (["it is SB-15404.", "360 and change"], ["it is SB-15404.", "360 and change"]),
        (["", "", ""], ["", "", ""]),
    ],
)
def test_kinds_are_told_apart(turns: list[str], expected: list[str]):
    assert redacted(*turns) == expected


def test_what_the_agent_extracted_is_masked_under_its_name_and_only_as_a_word():
    values = {"guest": "ann lee", "first": "ann"}
    assert redacted("I'm ANN LEE, Ann; the annex is Hannah's", **values) == [
        "I'm [ENTITY:guest], [ENTITY:first]; the annex is Hannah's"
    ]
    assert redacted("田中です", name="田中") == ["[ENTITY:name]です"]


def test_a_number_of_which_a_part_was_extracted_is_masked_whole():
    assert redacted("it is 020 7946 0958", last="0958") == ["it is [NUMBER]"]


def test_patterns_of_the_user_keep_their_numbers_and_no_others():
    redactor = Redactor(tuple(map(re.compile, KEPT)))
    assert redactor.redact("BK12345678 for 12345678") == "BK12345678 for [NUMBER]"


def test_keys_are_masked_from_four_digits_on():
    pressed = ["4", "7", "12#", ""]
    assert Redactor().redact_turns(pressed, fewest=DTMF_DIGITS) == ["[NUMBER]", "[NUMBER]", "[NUMBER]#", ""]
    assert Redactor().redact_turns(["1", "2", "3#"], fewest=DTMF_DIGITS) == ["1", "2", "3#"]


@given(st.lists(st.text(st.sampled_from("0123456789 -.,\nanbone@x/:"), max_size=30), min_size=1, max_size=4))
def test_as_many_turns_come_back_and_no_long_run_of_digits_is_left(turns: list[str]):
    found = Redactor().redact_turns(turns)
    assert len(found) == len(turns)
    assert not any(re.search(r"\d{7}", text) for text in found)


@given(st.text(max_size=60), st.text(min_size=3, max_size=8))
def test_any_text_and_any_value_can_be_looked_at(text: str, value: str):
    Redactor().redact(text, {value.lower(): "value"})


@pytest.mark.parametrize("text", [*HARMLESS[:3], ""])
def test_text_without_anything_is_the_same(text: str):
    assert Redactor().redact(text) == text


@pytest.mark.parametrize("name", COMPOUND)
def test_numbers_as_few_words_are_masked(name: str):
    assert "[NUMBER]" in Redactor().redact(COMPOUND[name])


@pytest.mark.parametrize("words", ["a dot b ", "ann dot lee ", "www.", "a underscore b ", "at "])
def test_of_what_is_never_an_address_a_long_text_is_read_in_time_and_stays(words: str):
    text = words * (16_000 // len(words))
    assert [found for found in Redactor().redact_turns([text]) if "[EMAIL]" in found] == []
