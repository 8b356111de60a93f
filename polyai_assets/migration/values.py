"""Comparing two values of a field, as two versions of the API send them."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from polyai_assets.api.moments import read_moment
from polyai_assets.contract.fields import LATENCY_MEMBER, Kind
from polyai_assets.contract.lenient import Repeated
from polyai_assets.migration.parity import ParityVerdict

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DIGITS = 6  # of a second: what a datetime holds
_FRACTION = re.compile(r"\d\d:\d\d:\d\d[.,](\d+)")
_LIKE_A_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*")

_ORDER = tuple(ParityVerdict)


def compare_values(kind: Kind | None, old: Any, new: Any) -> ParityVerdict:
    """Compare two values as a whole; `kind` is the declared one, None where nothing is declared.

    A latency counts by its seconds, whether it is a number or an object, and a text as the list of this one text
    where a list is declared. Lists are compared in their order. Raises RecursionError for values that are nested too
    deep.
    """
    if kind is Kind.LATENCY:
        old, new = _seconds(old), _seconds(new)
    if old is None and new in ("", [], {}):
        return ParityVerdict.NULL_BECAME_EMPTY
    if kind is Kind.TEXT_LIST:
        old, new = _as_list(old), _as_list(new)
    if isinstance(old, str) and isinstance(new, str):
        return _compare_texts(kind, old, new)
    if isinstance(old, dict) and isinstance(new, dict):
        return _compare_objects(old, new)
    if isinstance(old, list) and isinstance(new, list):
        return _compare_lists(old, new)
    return ParityVerdict.EQUAL if _is_same(old, new) else ParityVerdict.DIFFERS


def time_form(text: str) -> str:
    """Show how a time is written, without the moment: `9999-99-99T99:99:99.999Z`."""
    return re.sub(r"\d", "9", text)


def _seconds(latency: Any) -> Any:
    return latency.get(LATENCY_MEMBER, latency) if isinstance(latency, dict) else latency


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _compare_texts(kind: Kind | None, old: str, new: str) -> ParityVerdict:
    if old == new:
        return ParityVerdict.EQUAL
    is_time = kind is Kind.TIMESTAMP or (
        kind is not Kind.TEXT and _LIKE_A_TIME.fullmatch(old) and _LIKE_A_TIME.fullmatch(new)
    )
    return ParityVerdict.TIME_FORMAT if is_time and _is_same_moment(old, new) else ParityVerdict.DIFFERS


def _is_same_moment(old: str, new: str) -> bool:
    """Compare two times at the precision of the coarser; what is finer is cut off, as v1 does."""
    moments = [moment for text in (old, new) if (moment := read_moment(text))]
    if len(moments) < 2:
        return False
    digits = min(_DIGITS, *(len(found[1]) if (found := _FRACTION.search(text)) else 0 for text in (old, new)))
    step = 10 ** (_DIGITS - digits)
    cut_off = {(moment - _EPOCH) // timedelta.resolution // step for moment in moments}
    return len(cut_off) == 1


def _compare_objects(old: dict[str, Any], new: dict[str, Any]) -> ParityVerdict:
    if isinstance(old, Repeated) or isinstance(new, Repeated):
        pairs = [Counter(key for key, _ in repeated.items()) for repeated in (old, new)]
        if pairs[0] != pairs[1]:
            return ParityVerdict.DIFFERS
    if old.keys() != new.keys():
        return ParityVerdict.DIFFERS
    return _worst([compare_values(None, old[key], new[key]) for key in old])


def _compare_lists(old: list[Any], new: list[Any]) -> ParityVerdict:
    if len(old) != len(new):
        return ParityVerdict.DIFFERS
    return _worst([compare_values(None, *pair) for pair in zip(old, new, strict=True)])


def _worst(verdicts: list[ParityVerdict]) -> ParityVerdict:
    return max(verdicts, key=_ORDER.index, default=ParityVerdict.EQUAL)


def _is_same(old: Any, new: Any) -> bool:
    """Compare two scalars; 5 and 5.0 are one number, and true is none."""
    if isinstance(old, bool) or isinstance(new, bool):
        return old is new
    if isinstance(old, int | float) and isinstance(new, int | float):
        return bool(old == new)
    return type(old) is type(new) and bool(old == new)
