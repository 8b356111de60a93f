"""From records, read as structs, to columns: some hundred records at a time, as Arrow arrays.

First the *wire values*, which are what the API sent: a time is text, and what is missing is null. `typed` makes of them
what a table keeps.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from operator import attrgetter
from types import NoneType
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from msgspec.structs import astuple

from polyai_assets.api.moments import read_moment
from polyai_assets.contract.fields import EXTRA, Field, Kind, latency_members, own_fields
from polyai_assets.contract.guarantees import FIRST_ORDINARY, LAST_ORDINARY, LOOSE_TIME
from polyai_assets.contract.strict import CHECKS, NOT_AS_DECLARED, latency_wires, member

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


Columns = dict[str, pa.Array]
"""Arrays of the same length, by the name of their column."""

ARROW_TYPES = {
    Kind.TEXT: pa.string(),
    Kind.TIMESTAMP: MOMENT,
    Kind.DATE: pa.date32(),
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.LATENCY: pa.float64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.TEXT_LIST: pa.list_(pa.string()),
    Kind.OBJECT: pa.json_(),
    Kind.OBJECT_LIST: pa.json_(),
}
"""The Arrow type of a column of a table."""

_WIRE_TYPES = ARROW_TYPES | dict.fromkeys((Kind.TIMESTAMP, *CHECKS), pa.string())
_EMPTY = {Kind.OBJECT: b"{}", Kind.OBJECT_LIST: b"[]"}
QUOTE = ord('"')


@dataclass(slots=True)
class Wire:
    """The wire values of records of one kind, by column.

    `quotes` are the quotation marks that it takes to write them, and `doubtful` are the positions of records that need
    a closer look: a JSON value is not as declared, or (with `finds_odd_times`) a time has an odd form.
    """

    finds_odd_times: bool = True
    columns: Columns = field(default_factory=dict)
    quotes: int = 0
    doubtful: set[int] = field(default_factory=set)

    def keep(self, field: Field, values: Sequence[Any]) -> None:
        """Keep the values of a field."""
        kind = _WIRE_TYPES[field.kind]
        if len(values) and values[0] is None and values.count(None) == len(values):
            self.columns[field.name] = pa.nulls(len(values), kind)  # nothing is read of it
            return
        if field.kind in CHECKS:
            values = self._written(field.kind, values)
        array = pa.array(values, kind)
        self.columns[field.name] = array
        self.quotes += quotes_in(array) if field.kind not in CHECKS else count_quotes(array)
        if field.kind is Kind.TIMESTAMP and self.finds_odd_times:
            odd = are_odd(array) if field.allow_empty else pc.or_(are_odd(array), pc.equal(array, ""))
            if odd.true_count:
                self.doubtful.update(np.flatnonzero(odd.fill_null(False)).tolist())

    def count_keys(self, name: str, number: int) -> None:
        """Count the quotation marks of so many keys of a name."""
        self.quotes += number * (2 + name.count('"'))

    def _written(self, kind: Kind, values: Sequence[msgspec.Raw | None]) -> list[bytes | None]:
        """Give JSON values as they were written, without the white space between them."""
        sent = [None if value is None else bytes(value) for value in values]
        written: dict[bytes | None, bytes | None] = {None: None, _EMPTY[kind]: _EMPTY[kind]}
        refused = set()
        for text in {text for text in sent if text is not None}.difference(written):
            try:
                CHECKS[kind](text)
                written[text] = msgspec.json.format(text, indent=-1)
            except NOT_AS_DECLARED:
                written[text] = None
                refused.add(text)
        if refused:
            self.doubtful.update(place for place, text in enumerate(sent) if text in refused)
        return [written[text] for text in sent]


def count_quotes(texts: pa.Array) -> int:
    """Count the quotation marks in texts, or in bytes."""
    _, offsets, data = texts.buffers()
    if data is None or not len(texts):
        return 0
    places = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    within: npt.NDArray[np.uint8] = np.frombuffer(data, np.uint8)[places[0] : places[-1]]
    return int(np.count_nonzero(within == QUOTE))


def quotes_in(array: pa.Array) -> int:
    """Count the quotation marks that it takes to write texts, or lists of texts; none where they are no texts."""
    texts = array.flatten() if pa.types.is_list(array.type) else array
    if not pa.types.is_string(texts.type):
        return 0
    return count_quotes(texts) + 2 * int(len(texts) - texts.null_count)


def wire_columns(fields: tuple[Field, ...], records: Sequence[Any], *, fitted: bool = False) -> Wire:
    """Give the wire values of the own fields of records, which are structs of these fields.

    With `fitted`, odd times are read already, and what does not fit is in `extra`.
    """
    wire = Wire(finds_odd_times=not fitted)
    declared = own_fields(fields)
    # a struct has its own fields first, in their order
    sent = zip(*map(astuple, records), strict=True) if records else repeat(())
    for own, values in zip(declared, sent, strict=False):
        if own.kind is Kind.LATENCY:
            _keep_latency(wire, own, fields, values)
        else:
            wire.keep(own, values)
            wire.count_keys(str(own.wire), len(values) - wire.columns[own.name].null_count)
    wire.keep(EXTRA, [record.extra for record in records] if fitted else [None] * len(records))
    return wire


def _keep_latency(wire: Wire, latency: Field, fields: tuple[Field, ...], values: Sequence[Any]) -> None:
    """Keep a latency: its seconds, and its members where it is an object."""
    wire.count_keys(str(latency.wire), len(values) - values.count(None))
    members = latency_members(latency, fields)
    if set(map(type, values)) <= {float, NoneType}:
        wire.keep(latency, values)
        for latency_member in members.values():
            wire.keep(latency_member, [None] * len(values))
        return
    for place, name in enumerate(latency_wires(latency, fields)):
        get = attrgetter(member(place))
        sent = [msgspec.UNSET if value is None or type(value) is float else get(value) for value in values]
        wire.count_keys(name, len(sent) - sent.count(msgspec.UNSET))
        held = [None if value in _NOTHING else value for value in sent]
        if name not in members:
            held = [
                value if type(value) is float else inner for value, inner in zip(values, held, strict=True)
            ]
        wire.keep(members.get(name, latency), held)


_NOTHING = (msgspec.UNSET, None, msgspec.Raw(b"null"))


def typed(fields: Iterable[Field], wire: Columns) -> Columns:
    """Give the columns of a table: of the fields that have wire values, in the types that it keeps."""
    return {field.name: _typed(field.kind, wire[field.name]) for field in fields if field.name in wire}


def _typed(kind: Kind, sent: pa.Array) -> pa.Array:
    match kind:
        case Kind.TEXT:
            return sent.fill_null(kind.empty) if sent.null_count else sent
        case Kind.TIMESTAMP:
            return read_times(sent)
        case Kind.TEXT_LIST:
            return pa.ListArray.from_arrays(sent.offsets, sent.values) if sent.null_count else sent
        case Kind.OBJECT_LIST:
            return pa.ExtensionArray.from_storage(pa.json_(), sent.fill_null(kind.empty))
        case Kind.OBJECT:
            return pa.ExtensionArray.from_storage(pa.json_(), sent)
        case _:
            return sent
