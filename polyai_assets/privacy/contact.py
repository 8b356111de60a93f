"""Contacts as they are sent, and in the form in which two of the same contact are equal.

They are read here in Python, where rows are made and for `polyai hash-contacts`, and in SQL for the facts; both by the
same patterns. Whatever is a pseudonym already stays as it is.

    sip:+44 20 7946-0958@pbx    phone     +442079460958
    00442079460958              phone     +442079460958
    Ann@Example.com             email     ann@example.com
    anonymous                   withheld  (none)
    desk-7                      id        desk-7
"""

import re
from typing import NamedTuple

NONE, WITHHELD, PHONE, EMAIL, ID = "none", "withheld", "phone", "email", "id"
STAFF = "staff"
"""The kind of a pseudonym of a member of staff."""

BETWEEN_DIGITS = r"[\s().-]"
"""What people put between the digits of a number."""
WITHHELD_FORM = "(?i)redacted|anonymous|unknown|restricted|private|withheld|unavailable"
PHONE_FORM = r"(?i)((sip|tel):)?\+?[0-9]{5,15}(@.*)?"
EMAIL_FORM = r"[^@\s]+@[^@\s]+"
DIGITS = r"\+?[0-9]{5,15}"
PSEUDONYM_FORM = "p[0-9a-z]{1,8}_[pesi][a-z2-7]{25}"
"""A pseudonym: p and the id of its key, _, the letter of its kind, and the rest of its 26 characters."""

_BETWEEN_DIGITS, _WITHHELD, _PHONE, _EMAIL, _DIGITS, PSEUDONYM = (
    re.compile(pattern, re.ASCII)
    for pattern in (BETWEEN_DIGITS, WITHHELD_FORM, PHONE_FORM, EMAIL_FORM, DIGITS, PSEUDONYM_FORM)
)

LETTERS = {PHONE: "p", EMAIL: "e", STAFF: "s", ID: "i"}
"""The letter of a kind, in a pseudonym."""

DIALLED_SQL = f"regexp_replace(customer, '{BETWEEN_DIGITS}', '', 'g')"
"""What is dialled of a `customer` without blanks around it."""

KIND_SQL = f"""CASE WHEN customer = '' THEN '{NONE}'
            WHEN regexp_full_match(customer, '{PSEUDONYM_FORM}')
                THEN CASE regexp_extract(customer, '_(.)', 1)
                    WHEN 'p' THEN '{PHONE}' WHEN 'e' THEN '{EMAIL}' ELSE '{ID}' END
            WHEN regexp_full_match(customer, '{WITHHELD_FORM}') THEN '{WITHHELD}'
            WHEN regexp_full_match(dialled, '{PHONE_FORM}') THEN '{PHONE}'
            WHEN regexp_full_match(customer, '{EMAIL_FORM}') AND NOT starts_with(lower(customer), 'sip:') THEN '{EMAIL}'
            ELSE '{ID}' END"""
"""The kind of a `customer`, of which `dialled` is known."""

CONTACT_SQL = f"""CASE WHEN regexp_full_match(customer, '{PSEUDONYM_FORM}') THEN customer
            WHEN contact_kind = '{PHONE}' THEN regexp_replace(regexp_extract(dialled, '{DIGITS}'), '^00', '+')
            WHEN contact_kind = '{EMAIL}' THEN lower(customer)
            WHEN contact_kind = '{ID}' THEN customer END"""
"""The normal form of a `customer`, of which `dialled` and `contact_kind` are known."""


class Contact(NamedTuple):
    """A contact: its kind, as in the facts' column contact_kind, and its normal form, "" where there is none."""

    kind: str
    value: str


def read_contact(sent: str) -> Contact:
    """Read a contact as PolyAI, or another system, has it."""
    text = sent.strip(" ")
    if not text:
        return Contact(NONE, "")
    if _WITHHELD.fullmatch(text):
        return Contact(WITHHELD, "")
    dialled = _BETWEEN_DIGITS.sub("", text)
    if _PHONE.fullmatch(dialled):
        return Contact(PHONE, _international(_DIGITS.search(dialled)))
    if _EMAIL.fullmatch(text) and not text.lower().startswith("sip:"):
        return Contact(EMAIL, text.lower())
    return Contact(ID, text)


def _international(found: re.Match[str] | None) -> str:
    return re.sub("^00", "+", found.group() if found else "")
