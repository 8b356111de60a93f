"""Reference data: what a project is made of beside its conversations. Each dataset is declared in a module of its own.

A dataset is small and asked for whole; what the API answers then is a *snapshot*. Its objects become rows here, and a
row is the same from one snapshot to the next as long as all its columns are:

    snapshot of Monday    {"id": "a", "name": "Boston"}     a row, valid from Monday
    snapshot of Tuesday   {"id": "a", "name": "Harbor"}     that row until Tuesday, another one from Tuesday
    snapshot of Friday    (no "a")                          the other one until Friday
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from polyai_assets.contract.fields import EXTRA, PROJECT, Field, Kind, derived
from polyai_assets.contract.fitting import shape_of
from polyai_assets.contract.lenient import Unreadable, read_json, to_json
from polyai_assets.contract.rows import Row, fit_row, write_extra

if TYPE_CHECKING:
    from polyai_assets.api.agents.reference import ReferenceClient, ReferenceObject

Objects = Mapping[str, Sequence[dict[str, Any]]]
"""The objects of each list that was asked for, by the list's name."""

VALID_FROM = derived(
    "valid_from", Kind.TIMESTAMP, "Since when it is known to be so: when a snapshot first had it", key=True
)
VALID_UNTIL = derived(
    "valid_until",
    Kind.TIMESTAMP,
    "When a snapshot had it changed, or no more; NULL as long as it is so",
    nullable=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceDataset:
    """A dataset: its table, whom to ask, and how the objects of a snapshot become rows.

    `source` is what a row comes from, as the data dictionary says it. `ask` fetches every list that it needs. `read`
    gives the object of each row, and the columns that come from elsewhere than a member of it. `elsewhere` are members
    that have no column since another one says the same. `own_fields` are the columns but those that every dataset has.
    """

    name: str
    grain: str
    source: str
    own_fields: tuple[Field, ...]
    ask: Callable[["ReferenceClient"], Mapping[str, Sequence["ReferenceObject"]]]
    read: Callable[[Objects], Iterator[tuple[dict[str, Any], Row]]]
    elsewhere: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[Field, ...]:
        """All columns of its table."""
        return (PROJECT, *self.own_fields, EXTRA, VALID_FROM, VALID_UNTIL)


class SnapshotRows(NamedTuple):
    """The rows of a snapshot by their keys, without project and validity, and how many objects are no rows."""

    rows: dict[tuple[Any, ...], Row]
    left_out: int


def snapshot_rows(dataset: ReferenceDataset, lists: Mapping[str, Sequence[bytes]]) -> SnapshotRows:
    """Make the rows of a snapshot, whose lists hold objects as the API sent them. Never raises.

    An object that cannot be read, has no key, or has one that another had before it, is no row.
    """
    shape = shape_of(dataset.own_fields, elsewhere=dataset.elsewhere)
    key_columns = [field.name for field in dataset.own_fields if field.key]
    objects = {
        name: [found for found in map(_read, payloads) if found is not None]
        for name, payloads in lists.items()
    }
    left_out = sum(map(len, lists.values())) - sum(map(len, objects.values()))
    rows: dict[tuple[Any, ...], Row] = {}
    for sent, derived_columns in dataset.read(objects):
        row, rest, _ = fit_row(shape, sent)
        row |= derived_columns
        row[EXTRA.name] = write_extra(rest)
        key = tuple(row[name] for name in key_columns)
        if not all(key) or key in rows:
            left_out += 1
        else:
            rows[key] = row
    return SnapshotRows(rows, left_out)


def _read(payload: bytes) -> dict[str, Any] | None:
    """Read an object; None for what is none, or cannot be written again."""
    try:
        found = read_json(payload)
        to_json(found)
    except (Unreadable, RecursionError):
        return None
    return found if isinstance(found, dict) else None
