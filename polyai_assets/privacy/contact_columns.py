"""Columns of contacts and of staff: pseudonyms in their place, or nothing.

Of the two numbers of a conversation the customer's is one; the agent's stays. Which is whose, the direction says.
"""

from collections import Counter
from collections.abc import Sequence

import pyarrow as pa

from polyai_assets.contract.fields import Field
from polyai_assets.privacy.policy import KEEP, PrivacyPolicy
from polyai_assets.privacy.pseudonym import Pseudonyms

FROM, TO = "from_number", "to_number"
CONTACT, STAFF = "CONTACT", "STAFF"
OUTBOUND_ID = "OUT-"
"""What the id of an outbound conversation begins with."""


class ContactColumns:
    """What a policy makes of contacts and of members of staff."""

    def __init__(self, policy: PrivacyPolicy, pseudonyms: Pseudonyms | None) -> None:
        self._rule = policy.pii
        self._pseudonyms = pseudonyms

    def contact(self, sent: str, ours: str = "") -> str:
        """Give what stands for a contact; `ours` is the number of the agent."""
        if self._rule == KEEP:
            return sent
        return self._pseudonyms.of_contact(sent, ours) if self._pseudonyms else ""

    def contacts(self, field: Field, rows: pa.Table, counts: Counter[str]) -> pa.Array | None:
        """Mask a column of contacts; the agent's own numbers stay."""
        if self._rule == KEEP:
            return None
        sent = rows[field.name].to_pylist()
        if field.name not in (FROM, TO):
            return self._array(field, rows, [self.contact(text or "") for text in sent], counts)
        other = rows[TO if field.name == FROM else FROM].to_pylist()
        is_customer = [outbound is (field.name == TO) for outbound in _outbound(rows)]
        masked = [
            self.contact(text or "", ours or "") if of_customer else text
            for text, ours, of_customer in zip(sent, other, is_customer, strict=True)
        ]
        return self._array(field, rows, masked, counts)

    def staff(self, field: Field, rows: pa.Table, counts: Counter[str]) -> pa.Array | None:
        """Mask a column of members of staff."""
        if self._rule == KEEP:
            return None
        sent = rows[field.name].to_pylist()
        name = self._pseudonyms.of_staff if self._pseudonyms else _nothing
        return self._array(field, rows, [name(text or "") for text in sent], counts, STAFF)

    def _array(
        self, field: Field, rows: pa.Table, masked: Sequence[str], counts: Counter[str], kind: str = CONTACT
    ) -> pa.Array:
        before = rows[field.name].to_pylist()
        counts[kind] += sum(text != was for text, was in zip(masked, before, strict=True))
        return pa.array(masked, rows[field.name].type)


def _nothing(_sent: str) -> str:
    return ""


def _outbound(rows: pa.Table) -> list[bool]:
    """Tell of each row whether its conversation is outbound: as it was sent, else by the id."""
    ids = rows["conversation_id"].to_pylist()
    sent = rows["direction"].to_pylist() if "direction" in rows.column_names else [""] * len(ids)
    return [
        (direction.lower() == "outbound") if direction else (name or "").startswith(OUTBOUND_ID)
        for name, direction in zip(ids, sent, strict=True)
    ]
