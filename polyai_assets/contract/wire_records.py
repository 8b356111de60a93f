"""Conversations with their turns and metrics, as they were sent, in columns; and the rows of their tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from polyai_assets.contract.columns import Columns, Wire, quotes_in, typed, wire_columns
from polyai_assets.contract.contract import Contract
from polyai_assets.contract.fields import Field, Kind
from polyai_assets.contract.guarantees import guaranteed_fields

Positions = npt.NDArray[np.int64]

_NUMBER = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$"
"""No ` 7 `, no `1_000` and no `nan`."""


class RecordRows(NamedTuple):
    """The rows of conversations, of their turns and of their metrics, by column.

    `places` are those of the records among all that were fitted, one for each conversation.
    """

    places: Sequence[int]
    conversations: Columns
    turns: Columns
    metrics: Columns


@dataclass(frozen=True, slots=True)
class WireMetrics:
    """The values of metrics: the place of each metric's conversation, its name, and how many of the values it has."""

    owners: Positions
    names: pa.Array
    counts: Positions
    values: pa.Array


@dataclass(frozen=True, slots=True)
class WireRecords:
    """Conversations, their turns with the place of the conversation of each, and their metrics.

    `quotes` are the quotation marks that it takes to write all of it.
    """

    contract: Contract
    conversations: Wire
    turns: Wire
    owners: Positions
    metrics: WireMetrics
    quotes: int

    @property
    def doubtful(self) -> set[int]:
        """The places of conversations that need a closer look."""
        return self.conversations.doubtful | set(self.owners[list(self.turns.doubtful)].tolist())

    def rows(self, places: Sequence[int]) -> RecordRows:
        """Give the rows of the tables; the conversations stand at places among all that are fitted."""
        conversations = typed(self.contract.conversation, self.conversations.columns)
        turns = self._keys_of_turns() | typed(self.contract.turn, self.turns.columns)
        return RecordRows(places, conversations, turns, self._metric_rows())

    def _metric_rows(self) -> Columns:
        sent = self.metrics
        ids = self._ids(np.repeat(sent.owners, sent.counts))
        names = sent.names.take(pa.array(np.repeat(np.arange(len(sent.names)), sent.counts)))
        return {
            "conversation_id": ids,
            "name": names,
            "position": pa.array(_places(sent.counts)),
            "value": sent.values,
            "value_double": _as_numbers(sent.values),
        }

    def to_check(self, *, strict: bool) -> list["ToCheck"]:
        """Give the wire values of the fields that have a guarantee; of `strict` records, what reading does not settle.

        In these text that is null is missing, which is no breach.
        """
        nowhere = pa.nulls(len(self._conversation_ids), pa.int64())
        keys = {"_conversation_id": self._conversation_ids, "_turn_index": nowhere}
        of_turns = self._keys_of_turns()
        return [
            _to_check(self.contract.conversation, keys, self.conversations.columns, strict=strict),
            _to_check(
                self.contract.turn,
                {"_conversation_id": of_turns["conversation_id"], "_turn_index": of_turns["turn_index"]},
                self.turns.columns,
                strict=strict,
            ),
        ]

    @property
    def _conversation_ids(self) -> pa.Array:
        return self.conversations.columns["conversation_id"]

    def _ids(self, owners: Positions) -> pa.Array:
        return self._conversation_ids.take(pa.array(owners))

    def _keys_of_turns(self) -> Columns:
        counts = np.bincount(self.owners, minlength=len(self._conversation_ids))
        return {"conversation_id": self._ids(self.owners), "turn_index": pa.array(_places(counts))}


class ToCheck(NamedTuple):
    """Wire values that have a guarantee: the fields that they are of, and the table that `models.check` takes."""

    fields: tuple[Field, ...]
    values: pa.Table


def _to_check(fields: tuple[Field, ...], keys: Columns, sent: Columns, *, strict: bool) -> ToCheck:
    chosen = tuple(
        field
        for field in guaranteed_fields(fields)
        if not strict or field.kind is Kind.TIMESTAMP or field.minimum is not None
    )
    values = {str(field.wire): sent[field.name] for field in chosen}
    if strict:
        values = {name: _without_null(array) for name, array in values.items()}
    return ToCheck(chosen, pa.table(keys | values))


def _without_null(array: pa.Array) -> pa.Array:
    return array.fill_null("") if array.null_count and pa.types.is_string(array.type) else array


def wire_records(contract: Contract, records: Sequence[Any], *, fitted: bool = False) -> WireRecords:
    """Give the wire values of conversations, which are strict or `fitted` structs of a contract."""
    turns = [record.turns or () for record in records]
    of_turns = wire_columns(contract.turn, list(chain.from_iterable(turns)), fitted=fitted)
    conversations = wire_columns(contract.conversation, records, fitted=fitted)
    metrics = _metrics([record.metrics or {} for record in records])
    containers = sum((record.turns is not None) + (record.metrics is not None) for record in records)
    return WireRecords(
        contract,
        conversations,
        of_turns,
        _owners([len(of_one) for of_one in turns]),
        metrics,
        quotes=conversations.quotes
        + of_turns.quotes
        + quotes_in(metrics.names)
        + quotes_in(metrics.values)
        + 2 * containers,
    )


def _metrics(sent: Sequence[Mapping[str, str | list[str]]]) -> WireMetrics:
    listed = [[of_one] if type(of_one) is str else of_one for values in sent for of_one in values.values()]
    return WireMetrics(
        owners=_owners([len(values) for values in sent]),
        names=pa.array(list(chain.from_iterable(sent)), pa.string()),
        counts=np.array([len(values) for values in listed], np.int64),
        values=pa.array(list(chain.from_iterable(listed)), pa.string()),
    )


def _owners(counts: Sequence[int]) -> Positions:
    """Give the place of its owner for each thing, from how many each owner has: [2, 0, 1] gives [0, 0, 2]."""
    return np.repeat(np.arange(len(counts)), np.array(counts, np.int64))


def _places(counts: Positions) -> Positions:
    """Give the place of each among those of its owner: [2, 0, 1] gives [0, 1, 0]."""
    begins = np.repeat(np.cumsum(counts) - counts, counts)
    return np.arange(len(begins)) - begins


def _as_numbers(texts: pa.Array) -> pa.Array:
    """Read texts that are finite numbers; the others are null."""
    numbers = pc.if_else(pc.match_substring_regex(texts, _NUMBER), texts, None).cast(pa.float64())
    return pc.if_else(pc.is_finite(numbers), numbers, None)
