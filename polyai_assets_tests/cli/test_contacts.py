"""`polyai hash-contacts`: a CRM's contacts get the pseudonyms of the tables."""

import pytest
from click.testing import CliRunner, Result

from polyai_assets.cli.main import main
from polyai_assets.privacy.pseudonym import VARIABLE, PseudonymKeys, Pseudonyms

KEY = {VARIABLE: "1:" + "ab12" * 16}
ACME = Pseudonyms(PseudonymKeys.read(KEY), "acme")
CRM = 'name,phone\r\n"Ann, dear",+44 20 7946 0958\r\n\r\nBen,\r\nCid,cid@example.com\r\n'


def run(content: str | bytes, *arguments: str) -> Result:
    return CliRunner(env=KEY).invoke(main, ["hash-contacts", *arguments], input=content)


def test_the_contacts_of_a_column_become_pseudonyms_and_all_else_stays():
    result = run(CRM, "--account", "acme", "--column", "phone")
    assert result.exit_code == 0, result.output
    phone, mail = map(ACME.of_contact, ("+442079460958", "cid@example.com"))
    assert result.stdout == f'name,phone\n"Ann, dear",{phone}\nBen,\nCid,{mail}\n'


def test_pseudonyms_may_be_those_of_all_accounts():
    result = run("contact\ndesk-7\n", "--global")
    assert result.stdout.splitlines()[1] == Pseudonyms(ACME.keys, "").of_contact("desk-7")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "line 1: there is nothing"),
        ("mail\n", "line 1: the column contact is not there; there are mail"),
        ("contact,contact\n", "line 1: the column contact comes twice"),
        ("contact,b\n+44207,1\n+44208\n", "line 3: it has 1 columns, the first line 2"),
        ('contact\n"+44207"x\n', "line 2: it is no CSV"),
        (b"contact\n\xff\n", "is no text in UTF-8, as line 2 shows"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_without_a_contact(content: str | bytes, says: str):
    result = run(content, "--account", "acme")
    assert result.exit_code == 1
    assert says in result.stderr
    assert "+4420" not in result.output


@pytest.mark.parametrize("arguments", [(), ("--account", "acme", "--global")])
def test_the_scope_is_said_once(arguments: tuple[str, ...]):
    result = run(CRM, *arguments)
    assert result.exit_code == 2
    assert "--account ACCOUNT or --global" in result.stderr
