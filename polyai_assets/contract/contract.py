"""The contract of a platform: what is declared in this room, and what the platform's configuration adds to it.

It is a value that is handed on. Whatever is derived from it is derived once for each contract, so that platforms in one
process know nothing of each other's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType

from polyai_assets.contract.conversation import KNOWN_METRICS
from polyai_assets.contract.fields import EXTRA, Field
from polyai_assets.contract.profile import METRIC, WORD, Fact
from polyai_assets.contract.tables import (
    CONVERSATION_DETAILS,
    CONVERSATIONS,
    DETAIL_TABLES,
    FUNCTION_EVENTS,
    METRIC_EVENTS,
    TABLES,
    TURNS,
    Table,
)

METRICS = "metrics"
"""Under what the known names of metrics stand, beside the fields that have known words."""

EXTENDABLE = MappingProxyType(
    {
        table.name: table
        for table in (CONVERSATIONS, TURNS, CONVERSATION_DETAILS, FUNCTION_EVENTS, METRIC_EVENTS)
    }
)
"""The tables that may have further fields, by name."""


@dataclass(frozen=True, eq=False)
class Contract:
    """What records must look like.

    `added` are the further fields of a table, by its name; `known` are further words by the column of a conversation
    that holds them, and further names of metrics under METRICS. A contract equals itself alone: what is derived from
    one is found again by it, for every record.
    """

    added: Mapping[str, tuple[Field, ...]] = field(default_factory=dict)
    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def table(self, packaged: Table) -> Table:
        """Give a table as this contract declares it."""
        return self._extended.get(packaged.name, packaged)

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """Every table that a partition of conversations fills."""
        return tuple(map(self.table, TABLES))

    @cached_property
    def detail_tables(self) -> tuple[Table, ...]:
        """Every table that a partition of details fills."""
        return tuple(map(self.table, DETAIL_TABLES))

    @property
    def conversation(self) -> tuple[Field, ...]:
        """The fields of a conversation."""
        return self.table(CONVERSATIONS).fields

    @property
    def turn(self) -> tuple[Field, ...]:
        """The fields of a turn."""
        return self.table(TURNS).fields

    @property
    def detail(self) -> tuple[Field, ...]:
        """The fields of a detail."""
        return self.table(CONVERSATION_DETAILS).fields

    @property
    def function_event(self) -> tuple[Field, ...]:
        """The fields of a function event."""
        return self.table(FUNCTION_EVENTS).fields

    @property
    def metric_event(self) -> tuple[Field, ...]:
        """The fields of a metric event."""
        return self.table(METRIC_EVENTS).fields

    @cached_property
    def never_new(self) -> frozenset[Fact]:
        """The words and the metrics that are new in no project."""
        words = {
            (WORD, field.wire or field.name, word) for field in self.conversation for word in field.known
        }
        names = (*KNOWN_METRICS, *self.known.get(METRICS, ()))
        return frozenset(words | {(METRIC, METRICS, name) for name in names})

    @cached_property
    def _extended(self) -> dict[str, Table]:
        return {
            name: replace(table, fields=self._fields(table), configured=self.added.get(name, ()))
            for name, table in EXTENDABLE.items()
        }

    def _fields(self, table: Table) -> tuple[Field, ...]:
        own = [field for field in table.fields if field is not EXTRA]
        if table is CONVERSATIONS:
            own = [replace(field, known=(*field.known, *self.known.get(field.name, ()))) for field in own]
        return (*own, *self.added.get(table.name, ()), EXTRA)


PACKAGED = Contract()
"""The contract of a platform whose configuration adds nothing."""
