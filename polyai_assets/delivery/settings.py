"""What is published, and where: settings that need neither DuckDB nor a store."""

from dataclasses import dataclass
from typing import Literal, get_args

from polyai_assets.contract.tables import (
    AUDIO,
    CONVERSATION_FACTS,
    CONVERSATIONS,
    DETAIL_TABLES,
    METRICS,
    QA_SAMPLES,
    SEARCH_HITS,
    TURNS,
)

Include = Literal["settled", "certified", "any"]
INCLUDE: tuple[Include, ...] = get_args(Include)
"""Which days: those that are settled, those whose certificate says that they are complete, or every day."""

PUBLISHABLE = {
    table.name: table
    for table in (
        CONVERSATIONS,
        TURNS,
        METRICS,
        CONVERSATION_FACTS,
        *DETAIL_TABLES,
        AUDIO,
        SEARCH_HITS,
        QA_SAMPLES,
    )
}
"""The tables that may be published, by name: those that are of days, and that people work with."""

USUAL_TABLES = (CONVERSATIONS.name, TURNS.name, METRICS.name, CONVERSATION_FACTS.name)


@dataclass(frozen=True, slots=True)
class PublishSettings:
    """Where days are published, a folder or a URL; which tables of them, and which days."""

    place: str
    tables: tuple[str, ...] = USUAL_TABLES
    include: Include = "certified"
