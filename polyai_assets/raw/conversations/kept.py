"""What is kept of a day before a commit: its certificate, and the rows of its records."""

from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc

from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.conversations.records import (
    ROWS,
    read_headers,
)
from polyai_assets.raw.conversations.spooled import TYPES
from polyai_assets.raw.dataset import DamagedRawFile
from polyai_assets.raw.store import RawStore


@dataclass(slots=True)
class Kept:
    """What is kept of a day before a commit: its certificate, and the rows of its records.

    Where the file of the certificate is damaged, `damage` says so, and the records are those of the newest earlier
    state whose file is whole; none where there is no such state.
    """

    certificate: Certificate | None = None
    path: Path | None = None
    rows: pa.Table = field(default_factory=ROWS.empty_table)
    damage: DamagedRawFile | None = None

    @classmethod
    def open(cls, store: RawStore, certificate: Certificate | None, opened: ExitStack) -> Self:
        """Read the records that a certificate names; `opened` holds their file."""
        if certificate is None:
            return cls()
        try:
            path = opened.enter_context(store.local_file(certificate, certificate.file))
        except DamagedRawFile as error:
            return cls._earlier(store, certificate, error, opened)
        return cls(certificate, path, read_headers(path))

    @classmethod
    def _earlier(
        cls, store: RawStore, certificate: Certificate, damage: DamagedRawFile, opened: ExitStack
    ) -> Self:
        """Read an earlier state. The certificate is whole: it knows who had vanished since, and who had returned."""
        for version in reversed(certificate.versions):
            if version.file == certificate.file:
                continue
            with suppress(DamagedRawFile):
                path = opened.enter_context(store.local_file(certificate, version.file))
                rows = read_headers(path)
                place, nothing = ROWS.get_field_index("vanished_at"), pa.nulls(len(rows), TYPES[datetime])
                rows = mark_vanished(rows.set_column(place, ROWS.field(place), nothing), certificate.vanished)
                return cls(certificate, path, rows, damage)
        return cls(certificate, damage=damage)

    @property
    def present(self) -> int:
        """How many of the conversations had not vanished."""
        return self.certificate.rows if self.certificate else 0


def mark_vanished(rows: pa.Table, vanished: Mapping[str, datetime]) -> pa.Table:
    """Give rows with when some of them have vanished; the others stay as they are."""
    place, kept = ROWS.get_field_index("vanished_at"), rows["vanished_at"]
    named = pc.index_in(rows["identity"], value_set=pa.array(vanished.keys(), pa.string()))
    found = pa.array(vanished.values(), kept.type).take(named.combine_chunks())
    return rows.set_column(place, ROWS.field(place), pc.coalesce(found, kept.combine_chunks()))
