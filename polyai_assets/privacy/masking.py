"""The one place where rows lose their personal data: between the records and the tables, by the class of each column.

What is made of a batch of rows, with `pii: pseudonymize` and `text: redact`:

    from_number  +442079460958                p1_p5sybo4s…           contact
    user_input   I am Ann, four one one one   I am [ENTITY:guest], [NUMBER]      text
    state        {"guest": "Ann", "tier": 1}  {"tier": 1}            free, with keep_state: [tier]
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from polyai_assets.contract.fields import Field, Pii
from polyai_assets.contract.rows import Row
from polyai_assets.contract.tables import MASKED_VALUES, METRICS, Table
from polyai_assets.contract.violation import Violation
from polyai_assets.privacy.contact_columns import ContactColumns
from polyai_assets.privacy.extracted import Extracted
from polyai_assets.privacy.free_columns import FreeColumns
from polyai_assets.privacy.policy import EVERYWHERE, PSEUDONYMIZE, PrivacyPolicy
from polyai_assets.privacy.pseudonym import PseudonymKeys, PseudonymKeyUnusable, Pseudonyms
from polyai_assets.privacy.text_columns import TextColumns

Masked = tuple[str, str, str, int]
"""A row of the table of what was masked: table, column, kind, count."""


class Masking:
    """What a policy makes of the rows of one load."""

    def __init__(self, policy: PrivacyPolicy, pseudonyms: Pseudonyms | None = None) -> None:
        self.policy = policy
        self.pseudonyms = pseudonyms
        self.identity = policy.identity(pseudonyms.keys.current.id if pseudonyms else "")
        self.extracted = Extracted(policy)
        self._counts: Counter[tuple[str, str, str]] = Counter()
        contacts = ContactColumns(policy, pseudonyms)
        self._texts = TextColumns(policy, self.extracted)
        self._free = FreeColumns(policy, contacts, self._texts)
        self._contacts = contacts

    @property
    def looks_for_values(self) -> bool:
        """Whether what the agent extracted is looked for in texts."""
        return self._texts.are_redacted

    @property
    def sampled(self) -> tuple[int, dict[str, int]]:
        """How many redacted texts were looked at once more, and what is left in them by kind."""
        return self._texts.sample.texts, dict(self._texts.sample.found)

    def learn(self, payloads: Iterable[bytes]) -> None:
        """Note what the agent extracted from conversations, before their rows are masked."""
        if self.looks_for_values:
            for payload in payloads:
                self.extracted.learn(payload)

    def apply(self, table: Table, rows: pa.Table) -> pa.Table:
        """Mask the columns of rows of a table; they are as before where the policy keeps all."""
        if self.policy.keeps_all or not len(rows):
            return rows
        masked = rows
        for field in table.fields:
            if field.name not in rows.column_names or not field.personal:
                continue
            counts: Counter[str] = Counter()
            values = self._masked(table, field, rows, counts)
            if values is not None:
                place = masked.schema.get_field_index(field.name)
                masked = masked.set_column(place, field.name, values)
            self._counts.update({(table.name, field.name, kind): count for kind, count in counts.items()})
        return _without_masked_numbers(rows, masked) if table.name == METRICS.name else masked

    def contact(self, sent: str) -> str:
        """Mask a contact by itself."""
        return self._contacts.contact(sent)

    def violations(self, found: Iterable[Violation]) -> Iterator[Violation]:
        """Mask the values of violations, each by its field."""
        for violation in found:
            path = f"turns[].{violation.field}" if violation.turn_index is not None else violation.field
            yield replace(violation, value=self._free.of_path(path, violation.value))

    def counted(self) -> list[Masked]:
        """Give what was masked so far: rows of the table of it, in the order of its columns."""
        return [(*key, count) for key, count in sorted(self._counts.items()) if count]

    def counted_rows(self) -> list[Row]:
        """Give the same by column."""
        names = [field.name for field in MASKED_VALUES.row_fields]
        return [dict(zip(names, row, strict=True)) for row in self.counted()]

    def _masked(
        self, table: Table, field: Field, rows: pa.Table, counts: Counter[str]
    ) -> pa.Array | pa.ChunkedArray | None:
        match field.pii:
            case Pii.CONTACT:
                return self._contacts.contacts(field, rows, counts)
            case Pii.STAFF:
                return self._contacts.staff(field, rows, counts)
            case Pii.TEXT:
                return self._texts.masked(table, field, rows, counts)
            case Pii.FREE:
                return self._free.masked(table, field, rows, counts)
            case _:
                return None


def masking_of(policy: PrivacyPolicy, account: str) -> Masking | None:
    """Give what masks the rows of a load; None where the policy keeps all. Raises PseudonymKeyUnusable."""
    if policy.keeps_all:
        return None
    if policy.pii != PSEUDONYMIZE:
        return Masking(policy)
    scope = "" if policy.pseudonym_scope == EVERYWHERE else account
    return Masking(policy, Pseudonyms(PseudonymKeys.read(), scope))


def identity_of(policy: PrivacyPolicy) -> str:
    """Identify what would be made of rows now; as without a key where there is none that can be used."""
    with suppress(PseudonymKeyUnusable):
        masking = masking_of(policy, "")
        return masking.identity if masking else ""
    return policy.identity("")


def _without_masked_numbers(rows: pa.Table, masked: pa.Table) -> pa.Table:
    """Leave the numbers of metrics out whose text is masked."""
    is_kept = pc.equal(rows["value"], masked["value"])
    place = masked.schema.get_field_index("value_double")
    return masked.set_column(place, "value_double", pc.if_else(is_kept, rows["value_double"], None))
