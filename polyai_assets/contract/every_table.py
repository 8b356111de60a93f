"""All tables of the warehouse that are declared."""

from polyai_assets.contract.lasting_tables import ALERT_TABLES, REQUEST_TABLES
from polyai_assets.contract.tables import (
    CONVERSATION_FACTS,
    DETAIL_TABLES,
    KPI_SETTINGS,
    LOADS,
    MIGRATION_PARITY,
    REFERENCE_TABLES,
    SINGLE_TABLES,
    TABLES,
)

EVERY_TABLE = (
    *TABLES,
    LOADS,
    CONVERSATION_FACTS,
    KPI_SETTINGS,
    *DETAIL_TABLES,
    *SINGLE_TABLES,
    *REFERENCE_TABLES.values(),
    MIGRATION_PARITY,
    *REQUEST_TABLES,
    *ALERT_TABLES,
)
"""In the order in which they are documented."""
