"""What is published, and where: settings that need neither DuckDB nor a store."""

from dataclasses import dataclass, field
from typing import Literal, get_args

from pydantic import SecretStr

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


@dataclass(frozen=True, slots=True)
class DeliverySettings:
    """A target that published days are delivered to.

    `name` is unique in the platform; `kind` one of TARGET_KINDS; `connection` what its client connects with; `schema`
    where its tables are. With `history` the target keeps a row of each version, too.
    """

    name: str
    kind: str
    connection: SecretStr = field(repr=False)
    schema: str = "polyai"
    tables: tuple[str, ...] = USUAL_TABLES
    include: Include = "certified"
    history: bool = False
