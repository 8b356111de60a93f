"""Contacts as they are sent, and in the form in which two of the same contact are equal.

They are read here in Python, where rows are made and for `polyai hash-contacts`, and in SQL for the facts; both by the
same patterns. Whatever is a pseudonym already stays as it is.

    sip:+44 20 7946-0958@pbx    phone     +442079460958
    00442079460958              phone     +442079460958
    020 7946 0958               phone     +442079460958    where the agent's number begins with +44
    Ann@Example.com             email     ann@example.com
    anonymous                   withheld  (none)
    desk-7                      id        desk-7
"""

import re
from functools import reduce
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
COUNTRY_FORM = (
    r"^(?:[sS][iI][pP]:|[tT][eE][lL]:)??\+"
    "(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[2-9][0-9]{2})"
)
"""The country code of a number, by the plan of the ITU. With `??` Postgres takes the shortest, as all others do."""
LONG_FORM = "[1-9][0-9]{10,14}"
"""A number of the agent without + that has its country code: a national one is shorter."""
NATIONAL_FORMS = (
    (r"^1 ([2-9][0-9]{9})$", r"+1\1"),
    (r"^1 (1[2-9][0-9]{9})$", r"+\1"),
    (r"^([24-9][0-9]*|3[0-8][0-9]?) 0([1-9][0-9]{5,12})$", r"+\1\2"),  # Italy keeps the 0, America has none
    (r"^[0-9]* ([1-9][0-9]{11,14})$", r"+\1"),
    (r"^[0-9]* ", ""),
)
"""How a number is read that is dialled without +: the country code of the agent's number, a blank, and the number, and
how it reads then. What is not clear stays as it was sent."""
PSEUDONYM_FORM = "p[0-9a-z]{1,8}_[pesi][a-z2-7]{25}"
"""A pseudonym: p and the id of its key, _, the letter of its kind, and the rest of its 26 characters."""

_BETWEEN_DIGITS, _WITHHELD, _PHONE, _EMAIL, _DIGITS, _COUNTRY, _LONG, PSEUDONYM = (
    re.compile(pattern, re.ASCII)
    for pattern in (
        *(BETWEEN_DIGITS, WITHHELD_FORM, PHONE_FORM, EMAIL_FORM),
        *(DIGITS, COUNTRY_FORM, LONG_FORM, PSEUDONYM_FORM),
    )
)

LETTERS = {PHONE: "p", EMAIL: "e", STAFF: "s", ID: "i"}
"""The letter of a kind, in a pseudonym."""

DIALLED_SQL = f"regexp_replace(customer, '{BETWEEN_DIGITS}', '', 'g')"
"""What is dialled of a `customer` without blanks around it."""

OUR_PLAIN_SQL = f"regexp_replace(regexp_replace(our_number, '{BETWEEN_DIGITS}', '', 'g'), '^00', '+')"
"""What is dialled of `our_number`, the agent's."""

_OUR_COUNTRY_SQL = (
    f"coalesce(regexp_extract(CASE WHEN regexp_full_match(our_plain, '{LONG_FORM}') THEN '+' || our_plain "
    f"ELSE our_plain END, '{COUNTRY_FORM}', 1), '')"
)
_DIGITS_SQL = f"regexp_replace(regexp_extract(dialled, '{DIGITS}'), '^00', '+')"
_NATIONAL_SQL = reduce(
    lambda number, form: f"regexp_replace({number}, '{form[0]}', '{form[1]}')",
    NATIONAL_FORMS,
    f"{_OUR_COUNTRY_SQL} || ' ' || {_DIGITS_SQL}",
)

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
            WHEN contact_kind = '{PHONE}' AND starts_with({_DIGITS_SQL}, '+') THEN {_DIGITS_SQL}
            WHEN contact_kind = '{PHONE}' THEN {_NATIONAL_SQL}
            WHEN contact_kind = '{EMAIL}' THEN lower(customer)
            WHEN contact_kind = '{ID}' THEN customer END"""
"""The normal form of a `customer`, of which `dialled`, `contact_kind` and `our_plain` are known."""


class Contact(NamedTuple):
    """A contact: its kind, as in the facts' column contact_kind, and its normal form, "" where there is none."""

    kind: str
    value: str


def read_contact(sent: str, ours: str = "") -> Contact:
    """Read a contact as PolyAI, or another system, has it; `ours` is the number of the agent, where it is known."""
    text = sent.strip(" ")
    if not text:
        return Contact(NONE, "")
    if _WITHHELD.fullmatch(text):
        return Contact(WITHHELD, "")
    dialled = _BETWEEN_DIGITS.sub("", text)
    if _PHONE.fullmatch(dialled):
        return Contact(PHONE, _international(_DIGITS.search(dialled), ours))
    if _EMAIL.fullmatch(text) and not text.lower().startswith("sip:"):
        return Contact(EMAIL, text.lower())
    return Contact(ID, text)


def _international(found: re.Match[str] | None, ours: str) -> str:
    number = _with_plus(found.group() if found else "")
    if number.startswith("+"):
        return number
    plain = _with_plus(_BETWEEN_DIGITS.sub("", ours))
    country = _COUNTRY.match(f"+{plain}" if _LONG.fullmatch(plain) else plain)
    number = f"{country[1] if country else ''} {number}"
    for form, becomes in NATIONAL_FORMS:
        number = re.sub(form, becomes, number)
    return number


def _with_plus(number: str) -> str:
    return re.sub("^00", "+", number)
