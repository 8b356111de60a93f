import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyai_assets.contract.conversation import CONVERSATION, TURN
from polyai_assets.contract.fields import Kind, field, own_fields
from polyai_assets.contract.normalise import Normalised, normalise
from polyai_assets.contract.strict import strict_struct
from polyai_assets_tests.contract.records import CLEAN, FULL, is_strict, nested, payload, without
from polyai_assets_tests.examples import examples

REQUIRED = [one.wire for one in CONVERSATION if one.wire and one.required]
OPTIONAL = [one.wire for one in CONVERSATION if one.wire and not one.required]


@pytest.mark.parametrize(
    "record", [CLEAN, FULL, CLEAN | {"turns": [], "metrics": {}}, CLEAN | {"turns": [{}]}]
)
def test_a_clean_record_is_strict_and_needs_nothing_done(record: dict[str, Any]) -> None:
    result = normalise(payload(record))
    assert is_strict(payload(record))
    assert isinstance(result, Normalised)
    assert result.violations == []
    assert is_strict(result.payload.encode())


@given(st.sets(st.sampled_from(OPTIONAL)))
@settings(max_examples=examples(30))
def test_any_optional_field_may_be_missing(names: set[str]) -> None:
    assert is_strict(payload(without(FULL, *names)))


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_required_field_is_not_strict(name: str) -> None:
    assert not is_strict(payload(without(FULL, name)))


@pytest.mark.parametrize("name", [one.wire for one in CONVERSATION if one.wire] + ["metrics", "turns"])
def test_null_is_not_strict(name: str) -> None:
    assert not is_strict(payload(FULL, **{name: None}))


@pytest.mark.parametrize("name", [one.wire for one in own_fields(TURN)])
def test_null_in_a_turn_is_not_strict(name: str) -> None:
    assert not is_strict(payload(turns=[{name: None}]))


@pytest.mark.parametrize(
    "changes",
    [
        {"num_turns": "7"},
        {"num_turns": 3.7},
        {"num_turns": 7.0},
        {"num_turns": 2**63},
        {"total_duration": "49"},
        {"handoff": "true"},
        {"handoff": 1},
        {"from_number": 12025550124},
        {"state": []},
        {"metrics": {"a": 1}},
        {"metrics": {"a": ["1", None]}},
        {"metrics": []},
        {"turns": {}},
        {"turns": ["hello"]},
        {"turns": [{"intents": "greet"}]},
        {"turns": [{"entities": ["Ada"]}]},
        {"turns": [{"latency": "1.5"}]},
        {"turns": [{"latency": {"perceived_latency": "1.5"}}]},
        {"turns": [{"latency": {"perceived_latency": 1.5, "asr": 0.2}}]},
        {"turns": [{"latency": {"label": 1}}]},
        {"metrics": {"a": []}},
        {"sentiment": "good"},
        {"turns": [{"sentiment": "good"}]},
        {"ID": "CA1"},
        {"extra": {}},
        {"id": ""},
    ],
)
def test_another_type_or_an_unknown_field_is_not_strict(changes: dict[str, Any]) -> None:
    assert not is_strict(payload(**changes))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        payload()[:-1],
        payload() + b"x",
        payload(channel="\ud800"),
        payload(**{"\udfff": 1}),
        payload(state={"a": "\ud800"}),
        payload().replace(b"VOICE", b"\xff"),
        payload().replace(b"VOICE", b"\xed\xa0\x80"),
        payload().replace(b"false", b"NaN"),
        payload(state={"a": 0}).replace(b"0}", b"NaN}"),
        payload(total_duration=0).replace(b'duration": 0', b'duration": Infinity'),
        payload(total_duration=0).replace(b'duration": 0', b'duration": 1e400'),
        payload(state=0).replace(b'"state": 0', f'"state": {{"a": {nested(100_000)}}}'.encode()),
        payload(state=0).replace(b'"state": 0', f'"state": {nested(100_000, "{")}'.encode()),
    ],
)
def test_what_json_does_not_allow_is_not_strict(body: bytes) -> None:
    assert not is_strict(body)


@pytest.mark.parametrize("wire", ["Turn-Score", "with space", "it's", "a.b", "1st", "extra", "class", "日本"])
def test_a_field_may_have_any_name_in_the_api(wire: str) -> None:
    declared = field("column", Kind.INTEGER, "Anything", wire=wire)
    decode = msgspec.json.Decoder(strict_struct("Odd", (declared,))).decode
    decode(json.dumps({wire: 1}).encode())
    with pytest.raises(msgspec.ValidationError):
        decode(json.dumps({wire: "1"}).encode())
    with pytest.raises(msgspec.ValidationError):
        decode(b'{"field_0": 1}')
