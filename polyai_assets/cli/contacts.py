"""The command `hash-contacts`: the pseudonyms of a CRM's contacts."""

import io
import sys
from typing import BinaryIO

import click


@click.command(name="hash-contacts")
@click.argument("source", type=click.File("rb", lazy=True), default="-")
@click.option("--column", default="contact", show_default=True, help="The column of the contacts.")
@click.option("--account", help="The account whose pseudonyms are wanted, as in us-1/ACCOUNT/project.")
@click.option("--global", "everywhere", is_flag=True, help="Those of projects with pseudonym_scope: global.")
def hash_contacts(source: BinaryIO, column: str, account: str | None, everywhere: bool) -> None:
    """Replace the contacts of a CSV file by pseudonyms.

    Phone numbers and e-mail addresses get the pseudonyms that they have in the tables, by the key in
    POLYAI_PSEUDONYM_KEY. SOURCE is a file, or the standard input; the result is printed.
    """
    from polyai_assets.machine.text_file import decode_text
    from polyai_assets.privacy import csv_contacts
    from polyai_assets.privacy.pseudonym import PseudonymKeys, Pseudonyms

    if (account is None) is not everywhere:
        raise click.UsageError(
            "say either --account ACCOUNT or --global, as pseudonym_scope of the projects is"
        )
    pseudonyms = Pseudonyms(PseudonymKeys.read(), account or "")
    text = decode_text(source.read(), "the file")
    csv_contacts.hash_contacts(io.StringIO(text, newline=""), sys.stdout, column, pseudonyms.of_contact)
