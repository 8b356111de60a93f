"""Records as the API might send them."""

import json
import re
from typing import Any

from hypothesis import strategies as st

CLEAN: dict[str, Any] = {
    "id": "CA1",
    "account_id": "acme",
    "project_id": "hotel-bot",
    "environment": "live",
    "started_at": "2026-03-01T10:00:00Z",
    "channel": "VOICE-SIP",
    "in_progress": False,
}
"""A record with every required field and no other."""

FULL: dict[str, Any] = CLEAN | {
    "variant_id": "v1",
    "variant_name": "Boston",
    "from_number": "+12025550124",
    "to_number": "+12025550102",
    "num_turns": 2,
    "total_duration": 49,
    "polyai_duration": 48.5,
    "handoff": True,
    "handoff_reason": "asked",
    "handoff_destination": "desk",
    "num_silences": 0,
    "num_ood": 1,
    "state": {"from_": "+1", "nested": {"deep": [1, None]}},
    "metrics": {"CALL_DURATION": "49", "STEP": ["a", "b"]},
    "turns": [
        {
            "user_input": "",
            "user_input_dtmf": "12#",
            "user_input_datetime": "",
            "agent_response": "Hello",
            "agent_response_datetime": "2026-03-01T10:00:01.250Z",
            "latency": 0.75,
            "translated_user_input": "",
            "english_agent_response": "Hello",
            "intents": ["greet"],
            "entities": [{"name": "Ada", "all": ["Ada"]}],
            "is_ood": False,
            "is_silence": True,
            "barge_in": False,
            "metadata": {"model": "m1"},
        },
        {
            "user_input": "Hi",
            "latency": {
                "label": "fast",
                "perceived_latency": 1.5,
                "perceived_latency_percentile_1d": 0.9,
            },
        },
    ],
}
"""A record with every declared field."""


def payload(record: dict[str, Any] = CLEAN, /, **changes: Any) -> bytes:
    """Encode a record, with changes; surrogates are escaped, as a server would send them."""
    return json.dumps(record | changes).encode()


def is_strict(body: bytes, *contract: Any) -> bool:
    """Tell whether a record is read exactly as a contract declares it."""
    from polyai_assets.contract.fit import read_strictly

    return not read_strictly([body], *contract)[1]


def without(record: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in names}


def repeating(record: dict[str, Any], *members: str) -> bytes:
    """Encode a record with further members, which repeat keys that it has."""
    return (json.dumps(record)[:-1] + "".join(f", {member}" for member in members) + "}").encode()


def nested(depth: int, of: str = "[") -> str:
    """Nest lists or objects."""
    opened, closed = ("[", "]") if of == "[" else ('{"a":', "}")
    return opened * depth + "1" + closed * depth


def cleaned(value: Any) -> Any:
    """Give a value as it should be kept: what is no Unicode character is replaced."""
    text = re.sub("[\ud800-\udfff]", "\ufffd", json.dumps(json.loads(json.dumps(value)), ensure_ascii=False))
    return json.loads(text)


def same(one: Any, other: Any) -> bool:
    """Compare JSON values by kind too: True is not 1, 1.0 is not 1."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


any_text = st.text(st.characters(exclude_categories=()), max_size=12)
"""Text with anything a JSON escape can say, lone surrogates too."""

unicode_text = st.text(max_size=12)
"""Text that is valid Unicode, with quotes, NUL and characters beyond the basic plane."""

integers = st.integers() | st.integers(2**62, 2**66) | st.integers(-(2**66), -(2**62))

json_values = st.recursive(
    st.none() | st.booleans() | integers | st.floats(allow_nan=False, allow_infinity=False) | any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
    max_leaves=6,
)
