"""Keys that come more than once: the last value counts, and all are kept."""

from polyai_assets.contract.fields import WIRE_EXTRA
from polyai_assets.contract.normalise import Normalised, normalise
from polyai_assets_tests.contract.normalising import read
from polyai_assets_tests.contract.records import CLEAN, repeating


def test_a_repeated_key_has_its_last_value_and_all_are_in_extra_and_noted() -> None:
    record, found = read(repeating(CLEAN, '"channel": "CHAT"', '"new": 1', '"new": 2', '"channel": "SMS"'))
    assert record["channel"] == "SMS"
    assert record[WIRE_EXTRA] == {"new": [1, 2], "channel": ["VOICE-SIP", "CHAT", "SMS"]}
    assert found == [
        (None, "channel", "key comes once", "VOICE-SIP"),
        (None, "channel", "key comes once", "CHAT"),
        (None, "new", "key comes once", "1"),
    ]


def test_a_repeated_key_in_a_turn_is_noted_with_its_turn() -> None:
    record, found = read(repeating(CLEAN, '"turns": [{}, {"user_input": "a", "user_input": "b"}]'))
    assert record["turns"][1]["user_input"] == "b"
    assert record["turns"][1][WIRE_EXTRA] == {"user_input": ["a", "b"]}
    assert found == [(1, "user_input", "key comes once", "a")]


def test_a_repeated_metric_has_the_values_of_all() -> None:
    record, found = read(repeating(CLEAN, '"metrics": {"a": "1", "b": "2", "a": ["3", "4"]}'))
    assert record["metrics"] == {"a": ["1", "3", "4"], "b": ["2"]}
    assert found == [(None, "metrics.a", "key comes once", "1")]


def test_a_repeated_key_of_a_latency_has_its_last_value_and_all_are_in_extra() -> None:
    latency = '{"perceived_latency": 1, "perceived_latency": 2}'
    record, found = read(repeating(CLEAN, f'"turns": [{{"latency": {latency}}}]'))
    assert record["turns"][0]["latency"]["perceived_latency"] == 2
    assert record["turns"][0][WIRE_EXTRA] == {"latency": {"perceived_latency": [1, 2]}}
    assert found == [(0, "latency.perceived_latency", "key comes once", "1")]


def test_repeated_keys_deeper_down_are_kept_as_sent() -> None:
    result = normalise(repeating(CLEAN, '"state": {"a": {"b": 1, "b": 2}}', '"new": {"c": 3, "c": 4}'))
    assert isinstance(result, Normalised)
    assert '"state": {"a": {"b": 1, "b": 2}}' in result.payload
    assert f'"{WIRE_EXTRA}": {{"new": {{"c": 3, "c": 4}}}}' in result.payload
