"""Fitting records to their tables, some hundred at a time: a fast road for most, a slow one for what needs it.

    {"id": "CA1", "num_turns": 2, …}      as declared: read into the strict struct, and so into columns
    {"id": "CA2", "num_turns": "2", …}    another type: normalised, read into the fitted struct, and so into columns
    {"id": "CA3", …, "id": "CA4"}         a key twice, of which a struct shows the last: found by its quotation marks
    {"id": "CA5", "started_at": "soon"}   cannot be a row: into quarantine, with the reason

A key that comes twice is found without another parser: every text in JSON stands in two quotation marks, a key too. The
bytes of records have more of them than what was read of them takes to write exactly where a struct has left a key out.
"""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from polyai_assets.contract.columns import QUOTE
from polyai_assets.contract.contract import PACKAGED, Contract
from polyai_assets.contract.drift import DriftKind
from polyai_assets.contract.guarantees import V3, Guarantees
from polyai_assets.contract.lenient import NESTED_TOO_DEEP
from polyai_assets.contract.normalise import Normalised, normalise
from polyai_assets.contract.strict import NOT_AS_DECLARED, decoders
from polyai_assets.contract.violation import Quarantined, Violation
from polyai_assets.contract.wire_records import RecordRows, ToCheck, WireRecords, wire_records

_ESCAPED_QUOTE = b"\\u0022"
"""A quotation mark that is written without one."""


@dataclass(slots=True)
class Fitted:
    """What records turned out to hold: rows of tables, wire values to be checked, and what is wrong with them.

    `drift` has the path, the kind and the form of the value of each way in which a record is not as declared;
    `quarantined` has the place of each record that cannot be a row.
    """

    rows: list[RecordRows] = field(default_factory=list)
    to_check: list[ToCheck] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    drift: list[list[tuple[str, DriftKind, str]]] = field(default_factory=list)
    quarantined: list[tuple[int, Quarantined]] = field(default_factory=list)

    def add(self, places: Sequence[int], wire: WireRecords, *, strict: bool) -> None:
        """Add records that were read, which stand at places among all."""
        self.rows.append(wire.rows(places))
        self.to_check += wire.to_check(strict=strict)


def fit(payloads: Sequence[bytes], guarantees: Guarantees = V3, contract: Contract = PACKAGED) -> Fitted:
    """Fit records, as the API sent them, to the tables of a contract."""
    fitted = Fitted()
    with _without_collector():
        strict, doubtful = read_strictly(payloads, contract)
    if len(doubtful) < len(payloads):
        fitted.add(sorted(set(range(len(payloads))).difference(doubtful)), strict, strict=True)
    if doubtful:
        _fit_doubtful(fitted, payloads, doubtful, guarantees, contract)
    return fitted


@contextmanager
def _without_collector() -> Iterator[None]:
    """Keep Python's collector from looking for cycles: records have none, and it would walk through all of them."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def read_strictly(payloads: Sequence[bytes], contract: Contract = PACKAGED) -> tuple[WireRecords, list[int]]:
    """Read the records that are exactly as declared; gives the places of the others, too."""
    records: dict[int, Any] = {}
    decode = decoders(contract).strict
    for place, payload in enumerate(payloads):
        try:
            payload.decode()  # a JSON value that is left as it was written is not looked at
            records[place] = decode(payload)
        except NOT_AS_DECLARED:
            continue
    while True:
        wire = wire_records(contract, list(records.values()))
        places = list(records)
        doubtful = [places[place] for place in wire.doubtful]
        if not doubtful and _lacks_a_key(wire, [payloads[place] for place in places]):
            doubtful = [
                place
                for place in places
                if _lacks_a_key(wire_records(contract, [records[place]]), [payloads[place]])
            ]
        if not doubtful:
            return wire, [place for place in range(len(payloads)) if place not in records]
        for place in doubtful:
            del records[place]


def _lacks_a_key(wire: WireRecords, payloads: Sequence[bytes]) -> bool:
    """Tell whether records may have a key twice, of which only one was read."""
    sent = b"".join(payloads)
    return wire.quotes != np.count_nonzero(np.frombuffer(sent, np.uint8) == QUOTE) or _ESCAPED_QUOTE in sent


def _fit_doubtful(
    fitted: Fitted,
    payloads: Sequence[bytes],
    doubtful: Sequence[int],
    guarantees: Guarantees,
    contract: Contract,
) -> None:
    """Make records fit, or put them into quarantine."""
    found: list[tuple[int, Normalised, Any]] = []
    for place in doubtful:
        result = normalise(payloads[place], guarantees, contract)
        if isinstance(result, Quarantined):
            fitted.quarantined.append((place, result))
            continue
        try:
            found.append((place, result, decoders(contract).fitted(result.payload.encode())))
        except RecursionError:
            fitted.quarantined.append((place, _too_deep(result, payloads[place])))
    wire = wire_records(contract, [record for _, _, record in found], fitted=True)
    if wire.doubtful:
        too_deep = [found[place] for place in wire.doubtful]
        fitted.quarantined += [(place, _too_deep(result, payloads[place])) for place, result, _ in too_deep]
        found = [fitting for place, fitting in enumerate(found) if place not in wire.doubtful]
        wire = wire_records(contract, [record for _, _, record in found], fitted=True)
    for _, result, _ in found:
        fitted.violations += result.violations
        fitted.drift.append(result.drift)
    if found:
        fitted.add([place for place, _, _ in found], wire, strict=False)


def _too_deep(result: Normalised, payload: bytes) -> Quarantined:
    return Quarantined(result.conversation_id, [NESTED_TOO_DEEP], payload)
