"""The detector of what redaction has left."""

import re

import pytest

from polyai_assets.privacy.leaks import LeakSample, leaks_in
from polyai_assets.privacy.redact import Redactor
from polyai_assets_tests.privacy.planted import HARMLESS, KEPT, planted


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("it is 020 7946 0958", ["NUMBER"]),
        ("write to a@b.io", ["EMAIL"]),
        ("GB82 WEST 1234 5698 7654 32", ["NUMBER", "IBAN"]),
        ("one two three four five six seven eight", ["SPOKEN"]),
        ("[NUMBER] and [ENTITY:guest 1234567] at 10:30", []),
    ],
)
def test_what_is_left_is_found_by_kind(text: str, kinds: list[str]):
    assert list(leaks_in(text)) == kinds


def test_after_redaction_nothing_of_the_corpus_is_found_and_before_it_is():
    before = [text for found in planted() for text in found.turns]
    after = [text for found in planted() for text in Redactor().redact_turns(found.turns)]
    assert sum(bool(list(leaks_in(text))) for text in before) > len(before) / 3
    assert [text for text in after if list(leaks_in(text))] == []


def test_of_many_texts_some_are_looked_at_and_none_for_what_is_kept():
    sample = LeakSample(tuple(map(re.compile, KEPT)))
    for text in [*HARMLESS, "BK12345678"] * 40:
        sample.add(text)
    assert 0 < sample.texts < 100
    assert sample.found == {}
