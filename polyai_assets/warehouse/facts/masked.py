"""What making facts has to do where personal data are masked.

The list of conversations does not say which way a call went. Where the details do, and the id did not, the numbers of
the conversation are those of its detail, in which the customer's is masked.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import duckdb

from polyai_assets.contract.tables import CONVERSATION_DETAILS, CONVERSATIONS, LOADS
from polyai_assets.machine.actionable import Actionable
from polyai_assets.privacy.masking import Masking
from polyai_assets.privacy.policy import KEEP
from polyai_assets.raw.remedies import backfill_commands
from polyai_assets.warehouse.attach import SCHEMA
from polyai_assets.warehouse.catalog import column_names
from polyai_assets.warehouse.facts.settings import KpiSettings, VariantSettings
from polyai_assets.warehouse.load import Load
from polyai_assets.warehouse.loads import of_conversations
from polyai_assets.warehouse.of_days import OF_DAYS, of_days

_ALIGN = f"""
UPDATE {SCHEMA}.{CONVERSATIONS.name} c SET from_number = d.from_number, to_number = d.to_number
FROM {SCHEMA}.{CONVERSATION_DETAILS.name} d
WHERE c.project = $project AND c.date = $date AND d.project = $project AND d.date = $date
    AND c.conversation_id = d.conversation_id AND d.status = 'found' AND d.policy = $policy
    AND d.direction <> '' AND (lower(d.direction) = 'outbound') <> starts_with(c.conversation_id, 'OUT-')
"""
_OF_ANOTHER = f"""
SELECT DISTINCT date FROM {SCHEMA}.{CONVERSATION_DETAILS.name}
WHERE {OF_DAYS} AND coalesce(policy, '') <> $policy
"""
_LOADED_OTHERWISE = f"""
SELECT 1 FROM {SCHEMA}.{LOADS.name}
WHERE project = $project AND date = $date AND coalesce(policy, '') <> $policy AND """


class MaskedOtherwise(Actionable):
    """The tables of a day were made by another policy on personal data: facts alone would hide it. Says what to do."""

    def __init__(self, load: Load) -> None:
        options = ("--replay", *(["--details"] if load.has_details else []))
        commands = backfill_commands(load.project, [load.date], *options)
        super().__init__(
            f"{load.partition}: its tables were made with another option privacy, or another key, than now; facts of "
            f"them would be, too. Make all of them anew: {'; '.join(commands)}"
        )


def check_policy(connection: duckdb.DuckDBPyConnection, load: Load) -> None:
    """Raise MaskedOtherwise where the tables of a partition were made by another policy than facts are to be."""
    columns = column_names(connection, LOADS.name)
    if "policy" not in columns:
        return
    if connection.execute(_LOADED_OTHERWISE + of_conversations(columns), _given(load)).fetchone():
        raise MaskedOtherwise(load)


def align_numbers(connection: duckdb.DuckDBPyConnection, loads: Sequence[Load]) -> None:
    """Take the numbers of conversations from their details where these know better whose they are."""
    for load in loads if _has_policy(connection) else ():
        if load.masking and load.masking.policy.pii != KEEP:
            connection.execute(_ALIGN, _given(load))


def details_of_another_policy(connection: duckdb.DuckDBPyConnection, loads: Sequence[Load]) -> set[date]:
    """Find the days of a project of which details were made by another policy."""
    if not _has_policy(connection):
        return set()
    found = connection.execute(_OF_ANOTHER, of_days(loads) | {"policy": loads[0].policy}).fetchall()
    return {day for (day,) in found}


def mask_numbers(settings: KpiSettings, masking: Masking, *, besides: bool) -> KpiSettings:
    """Mask the test numbers of settings as contacts are; with `besides`, the numbers stay beside their pseudonyms.

    The numbers of the agent, which are not masked, may be among them.
    """

    def masked(own: VariantSettings) -> VariantSettings:
        numbers = [*filter(None, map(masking.contact, own.test_numbers))]
        return replace(own, test_numbers=(*(own.test_numbers if besides else ()), *numbers))

    return replace(
        settings,
        usual=masked(settings.usual),
        variants={variant: masked(own) for variant, own in settings.variants.items()},
    )


def _given(load: Load) -> dict[str, object]:
    return {"project": load.project, "date": load.date, "policy": load.policy}


def _has_policy(connection: duckdb.DuckDBPyConnection) -> bool:
    return "policy" in column_names(connection, CONVERSATION_DETAILS.name)
