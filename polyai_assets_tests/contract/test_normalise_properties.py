"""Whatever comes in a field: it ends in its column, in `extra` or in a violation, and never in an exception."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyai_assets.contract.conversation import CONVERSATION, TURN
from polyai_assets.contract.fields import WIRE_EXTRA, Field, Kind, own_fields
from polyai_assets.contract.normalise import WHOLE_RECORD, Normalised, normalise
from polyai_assets.contract.violation import Quarantined, shorten
from polyai_assets_tests.contract.records import (
    CLEAN,
    any_text,
    cleaned,
    is_strict,
    json_values,
    payload,
    same,
)
from polyai_assets_tests.examples import examples

EXAMPLES = settings(max_examples=examples(12))  # of each field: some four hundred in all


def is_kept(one: Field, sent: Any, record: dict[str, Any], rules: dict[str, str]) -> bool:
    """Tell whether a value is in its column, in `extra`, or in a violation."""
    assert one.wire is not None
    if one.wire in record and same(record[one.wire], cleaned(sent)):
        return True
    if one.kind is Kind.LATENCY and isinstance(sent, dict):
        kept = record[one.wire] | record.get(WIRE_EXTRA, {}).get(one.wire, {})
        return same({name: kept[name] for name in cleaned(sent)}, cleaned(sent))
    if one.wire in record.get(WIRE_EXTRA, {}):
        return same(record[WIRE_EXTRA][one.wire], cleaned(sent)) and one.wire in rules
    if sent is None:
        return one.wire not in record  # the guarantee finds null text; another null is none
    if one.kind is Kind.INTEGER and isinstance(sent, float) and one.wire in record:
        return bool(Decimal(repr(sent)) == record[one.wire]) and one.wire not in rules
    return same(rules.get(one.wire), cleaned(shorten(json.loads(json.dumps(sent)))))


def rules_of(result: Normalised, turn_index: int | None) -> dict[str, str]:
    return {one.field: one.value for one in result.violations if one.turn_index == turn_index}


def strict_again(record: dict[str, Any], turns: list[dict[str, Any]]) -> bytes:
    """Encode a normalised record with what it may lack: null text, and required values that are in `extra`."""
    return json.dumps(
        CLEAN | {k: v for k, v in record.items() if k != WIRE_EXTRA} | {"turns": turns}
    ).encode()


@pytest.mark.parametrize(
    "one", [one for one in CONVERSATION if one.wire is not None], ids=lambda one: str(one.wire)
)
@given(sent=json_values)
@EXAMPLES
def test_any_value_in_a_field_of_a_conversation_is_kept(one: Field, sent: Any) -> None:
    body = payload(**{str(one.wire): sent})
    result = normalise(body)
    if isinstance(result, Quarantined):
        assert one.wire in ("id", "started_at")
        assert result.payload == body
        return
    record = json.loads(result.payload)
    assert is_kept(one, sent, record, rules_of(result, None))
    assert is_strict(strict_again(record, record["turns"]))


@pytest.mark.parametrize("one", own_fields(TURN), ids=lambda one: str(one.wire))
@given(sent=json_values)
@EXAMPLES
def test_any_value_in_a_field_of_a_turn_is_kept(one: Field, sent: Any) -> None:
    result = normalise(payload(turns=[{}, {one.wire: sent}]))
    assert isinstance(result, Normalised)
    record = json.loads(result.payload)
    assert is_kept(one, sent, record["turns"][1], rules_of(result, 1))
    turns = [{k: v for k, v in turn.items() if k != WIRE_EXTRA} for turn in record["turns"]]
    assert is_strict(strict_again(record, turns))


@given(st.dictionaries(any_text.filter(lambda name: name not in CLEAN), json_values, max_size=4))
@settings(max_examples=examples(100))
def test_whatever_is_not_declared_is_carried(sent: dict[str, Any]) -> None:
    result = normalise(payload(sent | CLEAN))
    if isinstance(result, Quarantined):
        assert "turns" in sent
        return
    declared = {one.wire for one in CONVERSATION} | {"metrics", "turns"}
    unknown = {name: value for name, value in sent.items() if name not in declared}
    extra = json.loads(result.payload).get(WIRE_EXTRA, {})
    assert same({name: extra[name] for name in extra if name not in declared}, cleaned(unknown))


@given(json_values)
@settings(max_examples=examples(100))
def test_any_metrics_are_kept(sent: Any) -> None:
    result = normalise(payload(metrics=sent))
    assert isinstance(result, Normalised)
    record = json.loads(result.payload)
    assert is_strict(strict_again(record, []))
    if isinstance(sent, dict):
        elements = [value if isinstance(value, list) else [value] for value in sent.values()]
        assert sum(map(len, record["metrics"].values())) == sum(map(len, elements))
        empty = {cleaned(name) for name, value in sent.items() if value == []}
        assert set(record["metrics"]) >= {cleaned(name) for name in sent} - empty
        assert set(record.get(WIRE_EXTRA, {}).get("metrics", {})) == empty
        odd = {name for name, values in zip(sent, elements, strict=True) if not all(map(is_text, values))}
        # text that is not valid Unicode within a value is told of the whole record
        told = set(rules_of(result, None)) - {"", WHOLE_RECORD}
        assert told == {f"metrics.{cleaned(name)}" for name in odd}
    elif sent is not None:
        assert "metrics" in rules_of(result, None)
        assert same(record.get(WIRE_EXTRA, {}).get("metrics"), cleaned(sent))


@given(
    st.binary(max_size=40)
    | st.binary(max_size=20).map(lambda noise: payload(channel="x").replace(b"x", noise))
)
@settings(max_examples=examples(150))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    result = normalise(body)
    if isinstance(result, Quarantined):
        assert result.reasons
        assert not is_strict(body)
    else:
        record = json.loads(result.payload)
        assert is_strict(strict_again(record, record["turns"]))


def is_text(value: Any) -> bool:
    return isinstance(value, str)
