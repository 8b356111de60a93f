"""Pseudonyms: the same of the same contact, another of another key, account or kind; and unusable keys."""

import re

import pytest

from polyai_assets.machine.secrets import Secrets
from polyai_assets.privacy.contact import PSEUDONYM
from polyai_assets.privacy.pseudonym import VARIABLE, PseudonymKeys, PseudonymKeyUnusable, Pseudonyms

OLD, NEW = "1:" + "ab12" * 16, "2:" + "cd34" * 16


def pseudonyms(value: str = OLD, scope: str = "acme") -> Pseudonyms:
    return Pseudonyms(PseudonymKeys.read({VARIABLE: value}), scope)


def test_a_contact_has_the_same_pseudonym_however_it_is_written():
    forms = ("+442079460958", "0044 20 7946 0958", "sip:+442079460958@pbx")
    found = {pseudonyms().of_contact(form) for form in forms}
    assert len(found) == 1
    assert PSEUDONYM.fullmatch(found.pop())


def test_the_pseudonym_of_a_key_never_changes():
    """Tables and CRMs hold it."""
    assert pseudonyms().of_contact("+442079460958") == "p1_p5sybo4sgw3yowc6vgociilkmo"


def test_account_key_and_kind_make_other_pseudonyms():
    sent = "ann@example.com"
    found = [
        pseudonyms().of_contact(sent),
        pseudonyms(scope="other").of_contact(sent),
        pseudonyms(scope="").of_contact(sent),
        pseudonyms(NEW).of_contact(sent),
        pseudonyms().of_staff(sent),
    ]
    assert len({token.partition("_")[2][1:] for token in found}) == len(found)
    assert [re.split("_.", token)[0] for token in found] == ["p1", "p1", "p1", "p2", "p1"]


@pytest.mark.parametrize("sent", ["", " ", "anonymous", "Unknown"])
def test_what_is_no_contact_stays(sent: str):
    assert pseudonyms().of_contact(sent) == sent


def test_a_pseudonym_stays_what_it_is():
    token = pseudonyms().of_contact("+442079460958")
    assert pseudonyms(NEW).of_contact(token) == token


def test_while_a_key_is_replaced_both_pseudonyms_are_known():
    both = pseudonyms(f"{NEW}, {OLD}")
    assert both.of_contact("desk-7") == pseudonyms(NEW).of_contact("desk-7")
    assert both.candidates("desk-7") == (
        pseudonyms(NEW).of_contact("desk-7"),
        pseudonyms().of_contact("desk-7"),
    )
    assert both.candidates("anonymous") == ()


def test_a_key_without_an_id_is_the_first():
    assert pseudonyms(OLD.partition(":")[2]) == pseudonyms()


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("", "is not set"),
        ("1:short", "fewer than 32 characters"),
        (f"A_b:{'x' * 32}", "1 to 8 digits and small letters"),
        (f"{OLD},{OLD}", "two keys of the same id"),
        (f"{OLD},{NEW},3:{'x' * 32}", "more than two keys"),
    ],
)
def test_a_key_that_cannot_be_used_says_why_and_how_one_is_made(value: str, why: str):
    with pytest.raises(PseudonymKeyUnusable) as caught:
        PseudonymKeys.read({VARIABLE: value})
    assert why in str(caught.value)
    assert "secrets.token_hex(32)" in str(caught.value)


def test_no_text_shows_a_key():
    both = PseudonymKeys.read({VARIABLE: f"{NEW},{OLD}"})
    secrets = Secrets({VARIABLE: f"{NEW},{OLD}"})
    assert "ab12" not in repr(pseudonyms()) + repr(both)
    for key in both.all:
        assert key.secret not in secrets.masked(f"it was {key.secret}")
