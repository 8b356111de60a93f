"""Contacts in their normal form: the same in Python, which makes pseudonyms, and in SQL, which makes facts."""

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from polyai_assets.privacy.contact import (
    CONTACT_SQL,
    DIALLED_SQL,
    KIND_SQL,
    OUR_PLAIN_SQL,
    Contact,
    read_contact,
)
from polyai_assets.privacy.pseudonym import PseudonymKey, PseudonymKeys, Pseudonyms

PSEUDONYMS = Pseudonyms(PseudonymKeys(PseudonymKey("1", "s" * 32)), "acme")

SENT = {
    "": ("none", ""),
    "  ": ("none", ""),
    "Anonymous": ("withheld", ""),
    "+44 20 7946-0958": ("phone", "+442079460958"),
    "0044 (20) 7946.0958": ("phone", "+442079460958"),
    "sip:+442079460958@pbx.example.com": ("phone", "+442079460958"),
    "tel:12345": ("phone", "12345"),
    " Ann@Example.COM ": ("email", "ann@example.com"),
    "sip:ann@example.com": ("id", "sip:ann@example.com"),
    "desk-7": ("id", "desk-7"),
}


DIALLED = (
    ("12025550124", "+12025550100", "+12025550124"),
    ("2025550124", "+12025550100", "+12025550124"),
    ("(202) 555-0124", "sip:+12025550100@host", "+12025550124"),
    ("2025550124", "12025550100", "+12025550124"),
    ("2025550124", "reception", "2025550124"),
    ("2025550124", "", "2025550124"),
    ("020 7183 8750", "+442079460000", "+442071838750"),
    ("442071838750", "+442079460000", "+442071838750"),
    ("442071838750", "+12025550100", "+442071838750"),
    ("442071838750", "", "+442071838750"),
    ("0171234567", "0035312345678", "+353171234567"),
    ("06 1234 5678", "+390612345678", "0612345678"),
    ("81234", "+12025550100", "81234"),
)
"""What was sent of the caller and of the agent, and who the caller is."""
OURS = ("", "+12025550100", "442079460000", "+390612345678", "reception")


@pytest.mark.parametrize(("sent", "expected"), SENT.items())
def test_a_contact_has_one_normal_form(sent: str, expected: tuple[str, str]):
    assert read_contact(sent) == Contact(*expected)


def in_sql(sent: str, ours: str = "") -> Contact:
    found = duckdb.execute(
        f"SELECT {KIND_SQL} AS contact_kind, {CONTACT_SQL} AS contact "
        f"FROM (SELECT *, {DIALLED_SQL} AS dialled, {OUR_PLAIN_SQL} AS our_plain "
        "FROM (SELECT trim(?) AS customer, nullif(trim(?), '') AS our_number))",
        [sent, ours],
    ).fetchone()
    assert found is not None
    return Contact(found[0], found[1] or "")


@given(
    st.text(st.sampled_from("sip:tel+0123456789 ().-@aZ\t"), max_size=14) | st.sampled_from(list(SENT)),
    st.sampled_from(OURS),
)
@example("00" + "1" * 15, "")
@example("020 7946 0958", "sip:0044 20 7946 0000@pbx")
def test_facts_read_a_contact_as_pseudonyms_do(sent: str, ours: str):
    assert in_sql(sent, ours) == read_contact(sent, ours)


@pytest.mark.parametrize(("sent", "ours", "expected"), DIALLED)
def test_a_number_without_its_country_is_read_as_it_is_dialled_where_the_agents_number_is(
    sent: str, ours: str, expected: str
):
    assert read_contact(sent, ours) == in_sql(sent, ours) == Contact("phone", expected)


@pytest.mark.parametrize("sent", [sent for sent, (_, value) in SENT.items() if value])
def test_facts_know_the_kind_of_a_pseudonym_and_keep_it(sent: str):
    pseudonym = PSEUDONYMS.of_contact(sent)
    assert in_sql(pseudonym) == Contact(read_contact(sent).kind, pseudonym)
