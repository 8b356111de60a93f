"""Rights that the user of a target lacks, by the words of its server, and the statements that give them."""

import re
from collections.abc import Sequence

from polyai_assets.delivery.targets.target import TargetRefuses
from polyai_assets.machine.secrets import masked


class RightMissing(TargetRefuses):
    """The user of a target may not do what a delivery needs.

    `lack` says what, on what; `remedy` is the statement, or the words, that give it the right.
    """

    def __init__(self, lack: str, remedy: str) -> None:
        super().__init__(f"{lack}: {remedy}")
        self.lack = masked(lack)
        self.remedy = masked(remedy)


Wording = tuple[str, str, str]
"""A pattern of what a server says, what is lacking by its groups, and the remedy by its groups."""

POSTGRES_RIGHTS: Sequence[Wording] = (
    (
        r'permission denied for database "(?P<place>[^"]+)" DETAIL: +User does not have CONNECT',
        "its user may not connect to the database {place}",
        "GRANT CONNECT ON DATABASE {place} TO <its user>",
    ),
    (
        r"must be owner of table (?P<place>\w+)",
        "its user does not own the table {place}, which is to get a column",
        "GRANT <the table's owner> TO <its user>, or ALTER TABLE {schema}.{place} OWNER TO <its user>",
    ),
)

SNOWFLAKE_RIGHTS: Sequence[Wording] = (
    (
        r"Insufficient privileges to operate on schema '(?P<place>[^']+)'",
        "the role may not use or make tables in the schema {place}",
        "GRANT USAGE, CREATE TABLE, CREATE STAGE ON SCHEMA {place} TO ROLE <its role>",
    ),
    (
        r"Insufficient privileges to operate on database '(?P<place>[^']+)'",
        "the role may not make a schema in the database {place}",
        "GRANT USAGE, CREATE SCHEMA ON DATABASE {place} TO ROLE <its role>",
    ),
    (
        r"Insufficient privileges to operate on table '(?P<place>[^']+)'",
        "the role may not change the table {place}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE {place} TO ROLE <its role>",
    ),
)

BIGQUERY_RIGHTS: Sequence[Wording] = (
    (
        r"(?P<right>bigquery\.jobs\.\w+) permission in project (?P<place>[\w.:-]*\w)",
        "the account lacks {right} in the project {place}",
        "gcloud projects add-iam-policy-binding {place} --member=<its account> --role=roles/bigquery.jobUser",
    ),
    (
        r"Permission (?P<right>bigquery\.[\w.]+) denied on (?:dataset|table) (?P<place>[\w.:-]*\w)",
        "the account lacks {right} on {place}",
        "give it roles/bigquery.dataEditor on the dataset",
    ),
)

DATABRICKS_RIGHTS: Sequence[Wording] = (
    (
        r"does not have (?P<right>[A-Z][A-Z ]*[A-Z]) on (?P<kind>\w+) '(?P<place>[^']+)'",
        "the user does not have {right} on {kind} {place}",
        "GRANT {right} ON {kind} {place} TO <its user>",
    ),
)


def lacking(text: str, wordings: Sequence[Wording], **known: str) -> RightMissing | None:
    """Read from what a server says which right is missing; None where it says something else.

    What is `known` beside, such as the schema, a remedy may name as it names the groups of a pattern.
    """
    for pattern, lack, remedy in wordings:
        found = re.search(pattern, text)
        if found:
            named = known | found.groupdict()
            return RightMissing(lack.format_map(named), remedy.format_map(named))
    return None
