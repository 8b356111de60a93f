"""Normalising a record, and what was found in it."""

import json
from typing import Any

from polyai_assets.contract.normalise import Normalised, normalise


def read(body: bytes) -> tuple[dict[str, Any], list[tuple[int | None, str, str, str]]]:
    """Normalise a record that is not clean: what became of it, and what was found."""
    result = normalise(body)
    assert isinstance(result, Normalised)
    assert {one.conversation_id for one in result.violations} <= {"CA1"}
    found = [(one.turn_index, one.field, one.rule, one.value) for one in result.violations]
    return json.loads(result.payload), found
