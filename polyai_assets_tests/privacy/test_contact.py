"""Contacts in their normal form: the same in Python, which makes pseudonyms, and in SQL, which makes facts."""

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from polyai_assets.privacy.contact import CONTACT_SQL, DIALLED_SQL, KIND_SQL, Contact, read_contact
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


@pytest.mark.parametrize(("sent", "expected"), SENT.items())
def test_a_contact_has_one_normal_form(sent: str, expected: tuple[str, str]):
    assert read_contact(sent) == Contact(*expected)


def in_sql(sent: str) -> Contact:
    found = duckdb.execute(
        f"SELECT {KIND_SQL} AS contact_kind, {CONTACT_SQL} AS contact "
        f"FROM (SELECT *, {DIALLED_SQL} AS dialled FROM (SELECT trim(?) AS customer))",
        [sent],
    ).fetchone()
    assert found is not None
    return Contact(found[0], found[1] or "")


@given(st.text(st.sampled_from("sip:tel+0123456789 ().-@aZ\t"), max_size=14) | st.sampled_from(list(SENT)))
@example("00" + "1" * 15)
def test_facts_read_a_contact_as_pseudonyms_do(sent: str):
    assert in_sql(sent) == read_contact(sent)


@pytest.mark.parametrize("sent", [sent for sent, (_, value) in SENT.items() if value])
def test_facts_know_the_kind_of_a_pseudonym_and_keep_it(sent: str):
    pseudonym = PSEUDONYMS.of_contact(sent)
    assert in_sql(pseudonym) == Contact(read_contact(sent).kind, pseudonym)
