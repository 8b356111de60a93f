"""Fields that are null, missing or empty, and members that have no column."""

import json
from typing import Any

import pytest

from polyai_assets.contract.conversation import ALSO_SENT_IN_TURNS, CONVERSATION, TURN
from polyai_assets.contract.drift import DriftKind
from polyai_assets.contract.fields import WIRE_EXTRA, own_fields
from polyai_assets.contract.guarantees import GUARANTEES, WHITELIST, Guarantees
from polyai_assets.contract.normalise import Normalised, normalise
from polyai_assets_tests.contract.normalising import read
from polyai_assets_tests.contract.records import CLEAN, payload, without


@pytest.mark.parametrize("sent", [{"EVENT": None}, {"EVENT": ["x", None]}])
def test_a_metric_without_a_value_is_null_text_and_no_other_type(sent: dict[str, Any]) -> None:
    for version, told in (("v1", []), ("v3", ['text is "", never null'])):
        result = normalise(payload(metrics=sent), GUARANTEES[version])
        assert isinstance(result, Normalised)
        assert json.loads(result.payload)["metrics"]["EVENT"][-1] == ""
        assert [one.rule for one in result.violations] == told
        assert result.drift == []


@pytest.mark.parametrize("name", ALSO_SENT_IN_TURNS)
@pytest.mark.parametrize("value", [None, 7, "x", [{"a": 1}], {"a": 1}])
def test_members_of_a_turn_that_have_no_column_are_carried_without_a_word(name: str, value: Any) -> None:
    result = normalise(payload(turns=[{name: value}]))
    assert isinstance(result, Normalised)
    assert json.loads(result.payload)["turns"][0][WIRE_EXTRA] == {name: value}
    assert (result.violations, result.drift) == ([], [])


def test_a_field_that_v1_lacks_is_told_with_the_whitelist_as_its_cause() -> None:
    for version, why in (("v1", WHITELIST), ("v3", "")):
        result = normalise(payload(without(CLEAN, "channel")), GUARANTEES[version])
        assert isinstance(result, Normalised)
        assert result.drift == [("channel", DriftKind.MISSING, why)]


def test_null_missing_and_empty_are_different() -> None:
    null, found_in_null = read(payload(variant_id=None, num_turns=None))
    missing, found_in_missing = read(payload())
    empty, found_in_empty = read(payload(variant_id="", num_turns=""))
    # Null text is left to the guarantee against it; of a null that is no text nothing is promised.
    assert found_in_null == []
    assert found_in_missing == []
    assert found_in_empty == [(None, "num_turns", "value is integer", "")]
    assert "variant_id" not in null
    assert missing["variant_id"] == ""
    assert empty["variant_id"] == ""


NO_TEXT = [one for one in (*own_fields(CONVERSATION), *own_fields(TURN)) if not one.kind.is_text]


@pytest.mark.parametrize("name", sorted(str(one.wire) for one in NO_TEXT if not one.required))
@pytest.mark.parametrize("guarantees", GUARANTEES.values(), ids=GUARANTEES.keys())
def test_an_optional_field_that_is_no_text_may_be_null(guarantees: Guarantees, name: str) -> None:
    result = normalise(payload({**CLEAN, name: None, "turns": [{name: None}]}), guarantees)
    assert isinstance(result, Normalised)
    assert result.violations == []
    assert {path for path, _, _ in result.drift} <= {name, f"turns[].{name}"}  # where it is no field of it


@pytest.mark.parametrize("field", ["metrics", "turns"])
def test_metrics_and_turns_may_be_null(field: str) -> None:
    result = normalise(payload(**{field: None}))
    assert isinstance(result, Normalised)
    assert (result.violations, result.drift) == ([], [])


def test_a_required_field_is_not_null() -> None:
    assert read(payload(in_progress=None))[1] == [(None, "in_progress", "value is not null", "null")]


def test_a_missing_required_field_is_noted() -> None:
    record, found = read(payload(without(CLEAN, "channel", "in_progress")))
    assert record["channel"] == ""
    assert "in_progress" not in record
    assert found == [
        (None, "channel", "required field is present", "missing"),
        (None, "in_progress", "required field is present", "missing"),
    ]
