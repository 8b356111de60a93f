"""The times of records, read many at once: to the moments that `read_moment`, which reads one, finds."""

import pyarrow as pa
import pyarrow.compute as pc

from polyai_assets.api.moments import read_moment
from polyai_assets.contract.guarantees import FIRST_ORDINARY, LAST_ORDINARY, LOOSE_TIME

MOMENT = pa.timestamp("us", tz="UTC")
"""The Arrow type of a moment."""

_WITHOUT_ZONE = pa.timestamp("us")


def are_odd(texts: pa.Array) -> pa.Array:
    """Tell of each text whether it is a time of another form than most have; null where there is none.

    Arrow reads a time that is not odd to the same moment as `read_moment`, or not at all. See `is_ordinary`.
    """
    in_calendar = pc.and_(pc.greater_equal(texts, FIRST_ORDINARY), pc.less(texts, LAST_ORDINARY))
    is_ordinary = pc.and_(in_calendar, pc.match_substring_regex(texts, f"^(?:{LOOSE_TIME})$"))
    return pc.invert(pc.or_(is_ordinary, pc.equal(texts, "")))


def read_times(texts: pa.Array) -> pa.Array:
    """Read times that are not odd, as moments in UTC; "" and null are none. One without a zone is in UTC, as in v1."""
    written = pc.if_else(pc.equal(texts, ""), None, texts)
    for kind in (MOMENT, _WITHOUT_ZONE):
        try:
            return written.cast(kind).cast(MOMENT)
        except pa.ArrowInvalid:  # another form, or more digits than a microsecond has
            continue
    return pa.array([read_moment(text) for text in written.to_pylist()], MOMENT)
