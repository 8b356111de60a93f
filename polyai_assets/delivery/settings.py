"""What is published, and where: settings that need neither DuckDB nor a store."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, get_args

from pydantic import SecretStr

from polyai_assets.contract.tables import (
    CONVERSATION_FACTS,
    CONVERSATIONS,
    DETAIL_TABLES,
    METRICS,
    SINGLE_TABLES,
    TURNS,
)
from polyai_assets.machine.actionable import Actionable
from polyai_assets.machine.secret_sources import in_connection_string
from polyai_assets.machine.secrets import SECRETS


class NoConnection(Actionable):
    """A delivery has nothing to connect with. Says which variable is missing."""


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
        *SINGLE_TABLES,
    )
}
"""The tables that may be published, by name: those that are of days, and that people work with."""

USUAL_TABLES = (CONVERSATIONS.name, TURNS.name, METRICS.name, CONVERSATION_FACTS.name)


@dataclass(frozen=True, slots=True)
class PublishSettings:
    """Where days are published, a folder or a URL; which tables of them, which days, and how many versions stay."""

    place: str
    tables: tuple[str, ...] = USUAL_TABLES
    include: Include = "certified"
    keep_versions: int = 10


@dataclass(frozen=True, slots=True)
class DeliverySettings:
    """A target that published days are delivered to.

    `name` is unique in the platform; `kind` one of TARGET_KINDS; `connection` what its client connects with, or None,
    where `problem` says what is missing; `schema` where its tables are; `data` a DuckLake's folder or URL. With
    `history` the target keeps a row of each version, too. It is behind when it lacks a published day for
    `behind_after`.
    """

    name: str
    kind: str
    connection: SecretStr | None = field(repr=False)
    schema: str = "polyai"
    tables: tuple[str, ...] = USUAL_TABLES
    include: Include = "any"
    history: bool = False
    data: str | None = None
    problem: str = ""
    behind_after: timedelta = timedelta(hours=24)

    def __post_init__(self) -> None:
        if self.connection is not None:
            SECRETS.keep(*in_connection_string(self.connection.get_secret_value()))

    @property
    def where(self) -> str:
        """What its client connects with; it may hold a password. Raises NoConnection."""
        if self.connection is None:
            raise NoConnection(f"the delivery {self.name} cannot connect: {self.problem}")
        return self.connection.get_secret_value()
