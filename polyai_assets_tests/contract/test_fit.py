"""Records are fitted together, and each as if it came alone."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyai_assets.contract.fit import fit, read_strictly
from polyai_assets_tests.contract.records import (
    CLEAN,
    FULL,
    is_strict,
    json_values,
    nested,
    payload,
    repeating,
    unicode_text,
)
from polyai_assets_tests.examples import examples

LATENCY = '"latency": {"perceived_latency": 1, "label": "a", "label": "a"}'


@pytest.mark.parametrize(
    "member",
    [
        '"channel": "VOICE-SIP"',
        '"in_progress": false',
        '"num_turns": 2, "num_turns": 2',
        '"metrics": {}, "metrics": {}',
        '"metrics": {"a": "1", "a": "1"}',
        '"metrics": {"a": ["1"], "\\u0061": "1"}',
        '"turns": [], "turns": [{}]',
        '"turns": [{}, {"is_ood": true, "is_ood": true}]',
        f'"turns": [{{{LATENCY}}}]',
        '"state": {}, "state": {"a": 1}',
        # what it lacks in quotation marks, an escape may seem to have
        r'"variant_id": "\u0022\u0022", "num_ood": 1, "num_ood": 1',
    ],
)
def test_a_key_that_comes_twice_is_not_strict_wherever_it_stands(member: str) -> None:
    bodies = [payload(FULL), repeating(CLEAN, member), payload(id="CA3")]
    assert read_strictly(bodies)[1] == [1]


@pytest.mark.parametrize("latency", [{"label": None}, {}, {"perceived_latency": 2, "label": 'so "fast"'}, 3])
def test_a_latency_of_any_declared_form_is_strict(latency: Any) -> None:
    assert is_strict(payload(turns=[{"latency": latency}, {"latency": 1.5}]))


texts = st.fixed_dictionaries(
    {},
    optional={
        "variant_id": unicode_text | st.text('"\\\\u0022', max_size=8),
        "state": st.dictionaries(unicode_text, json_values, max_size=2),
        "metrics": st.dictionaries(unicode_text, unicode_text | st.lists(unicode_text, min_size=1)),
        "turns": st.lists(st.fixed_dictionaries({"intents": st.lists(unicode_text)}), max_size=2),
    },
)


@given(st.lists(texts, max_size=5))
@settings(max_examples=examples(40))
def test_quotation_marks_in_texts_are_no_keys(sent: list[dict[str, Any]]) -> None:
    bodies = [json.dumps(CLEAN | one, ensure_ascii=False).encode("utf-8", "replace") for one in sent]
    rows = fit(bodies).rows
    assert sum(len(one.conversations["conversation_id"]) for one in rows) == len(sent)
    doubtful = read_strictly(bodies)[1]
    assert [place for place in doubtful if rb"\u0022" not in bodies[place]] == []


@pytest.mark.parametrize("depth", range(900, 1000, 7))
def test_a_record_at_the_edge_of_what_can_be_read_is_a_row_or_in_quarantine(depth: int) -> None:
    body = payload(state=0, more=1).replace(b'"state": 0', f'"state": {nested(depth, "{")}'.encode())
    fitted = fit([payload(id="CA0"), body])
    found = [one for rows in fitted.rows for one in rows.conversations["state"].to_pylist()]
    assert len(found) + len(fitted.quarantined) == 2
    assert sum(text is not None for text in found) + len(fitted.quarantined) == 1
