"""The option `deliveries`: the warehouses of one's own that published days are delivered to."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from polyai_assets.configuration import places, rules
from polyai_assets.configuration.document import Document
from polyai_assets.configuration.problems import FieldPath, TemplateError, UnsetVariable
from polyai_assets.configuration.rules import Rule, unblanked
from polyai_assets.configuration.templates import is_template, render, right_form
from polyai_assets.delivery.settings import (
    INCLUDE,
    PUBLISHABLE,
    DeliverySettings,
    Include,
    PublishSettings,
)
from polyai_assets.delivery.targets.kinds import TARGET_KINDS
from polyai_assets.machine.secret_sources import in_connection_string
from polyai_assets.warehouse.target import LAKE, Target

_SET_IT = "Set it where Dagster runs (shell, .env beside pyproject.toml, deployment), or correct the name"
_LITERAL = (
    "a password or token stands in the file, where everybody who can read the repository reads it. "
    'Put the connection into a variable and write its name: "{{ env.POLYAI_DELIVERY }}", in quotes.'
)
_ON_DISK = ("duckdb", "ducklake")


def _word(what: str) -> Rule:
    def read(value: object) -> str:
        found = unblanked(value)
        if not re.fullmatch(r"[a-z_][a-z0-9_]{0,39}", found):
            raise ValueError(f"is no {what}: a small letter, then small letters, digits and _, at most 40")
        return found

    return Rule(read, {"type": "string", "pattern": "^[a-z_][a-z0-9_]{0,39}$"}, "word")


class DeliveryAttributes(BaseModel):
    """One entry of `deliveries`, as it stands in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: Annotated[str, _word("name of a delivery")] = Field(
        description="The delivery's name, in Dagster delivered_<name>; no two have the same.",
        examples=["analytics"],
    )
    type: Annotated[str, rules.one_of(tuple(TARGET_KINDS), "kind of target")] = Field(
        description="What the target is: a database, a file, a lake."
    )
    connection: Annotated[Any, rules.anything("secret")] = Field(
        description="What the target is reached by, by the name of its environment variable: for postgres a connection "
        "string or URL, for duckdb a path, for ducklake ducklake:…, for motherduck md:<database>; "
        "for others see docs/targets.md.",
        examples=["{{ env.POLYAI_DELIVERY_ANALYTICS }}"],
        repr=False,
    )
    db_schema: Annotated[str, _word("schema")] = Field(
        "polyai",
        alias="schema",
        description="The schema of its tables; it is made if missing. Default: polyai.",
    )
    data: Annotated[str | None, places.store()] = Field(
        None,
        description="A DuckLake's data: a folder or a URL such as s3://bucket/lake. Only for ducklake. Default: none.",
    )
    tables: Annotated[tuple[str, ...], rules.some_of(tuple(PUBLISHABLE), "table that is published")] = Field(
        (), description="Which of the published tables, one or a list. Default: all that are published."
    )
    include: Annotated[Include, rules.one_of(INCLUDE, "choice of days")] = Field(
        "any",
        description="Which of the published days: settled, certified or any. A day that is none of them any more keeps "
        "what the target has. Default: any.",
    )
    history: Annotated[bool, rules.switch()] = Field(
        False,
        description="Whether the target keeps polyai_delivery_history too, a row for each version of a day. "
        "Default: false.",
    )
    behind_after: Annotated[timedelta, rules.duration(timedelta(days=30))] = Field(
        timedelta(hours=24),
        description="How long a published day may be missing in the target until an alert says that it is behind: "
        "a time with its unit, like 24h or 90m, up to 720 hours. Default: 24h.",
        json_schema_extra={"default": "24h"},
    )


def read_deliveries(
    document: Document,
    raw: object,
    path: FieldPath,
    publish: PublishSettings | None,
    root: Path,
    keys_needed: bool,
) -> tuple[DeliverySettings, ...]:
    """Read the list `deliveries`, noting its problems; those entries that could be read. No connection is shown."""
    if raw is None:
        return ()
    if not isinstance(raw, list | tuple):
        document.problems.add(path, "must be a list, each entry beginning with '- name: …'.")
        return ()
    if publish is None:
        document.problems.add(path, "deliver what is published, and nothing is. Add `publish: {}`.")
        return ()
    found: dict[str, DeliverySettings] = {}
    for index, item in enumerate(raw):
        settings = _read_delivery(document, item, (*path, index), publish, root, keys_needed)
        if settings is None:
            continue
        if settings.name in found:
            document.problems.add(
                (*path, index, "name"),
                f"{settings.name!r} names a delivery already. Give each a name of its own.",
            )
        other = next((each for each in found.values() if _is_same_place(each, settings)), None)
        if other is not None:
            document.problems.add(
                (*path, index, "schema"),
                f"{settings.schema} of this target is what {other.name} delivers to already, and each would take the "
                "days of the other for its own. Give it a schema of its own, or name all tables in one delivery.",
            )
        found[settings.name] = settings
    return tuple(found.values())


def _is_same_place(first: DeliverySettings, other: DeliverySettings) -> bool:
    """Tell whether two deliveries have the same tables; of one whose variable is not set that is not known."""
    if first.connection is None or other.connection is None:
        return False
    return (first.kind, first.where, first.schema) == (other.kind, other.where, other.schema)


def _read_delivery(
    document: Document, raw: object, path: FieldPath, publish: PublishSettings, root: Path, keys_needed: bool
) -> DeliverySettings | None:
    values = document.rendered(raw, path)
    read = document.section(DeliveryAttributes, values, raw, path, " with name, type and connection")
    if read is None or not {"name", "type", "connection"} <= read.keys():
        return None
    tables: tuple[str, ...] = read.get("tables", publish.tables)
    missing = [table for table in tables if table not in publish.tables]
    if missing:
        document.problems.add(
            (*path, "tables"),
            f"{', '.join(missing)} is not published. Add it to `publish`, or leave it out.",
        )
    if (read["type"] == "ducklake") != ("data" in read):
        document.problems.add(
            (*path, "data"),
            "is missing: a DuckLake needs a folder or a URL such as s3://bucket/lake."
            if read["type"] == "ducklake"
            else "goes only with type: ducklake. Remove it.",
        )
    connection, problem = _connection(document, read["connection"], (*path, "connection"), keys_needed)
    if connection is not None and read["type"] in _ON_DISK:
        connection = _on_disk(document, connection, read["type"], (*path, "connection"), root)
    return DeliverySettings(
        read["name"],
        read["type"],
        SecretStr(connection) if connection is not None else None,
        read.get("schema", "polyai"),
        tables,
        read.get("include", "any"),
        read.get("history", False),
        places.place_of(read["data"], root) if "data" in read else None,
        problem,
        read.get("behind_after", timedelta(hours=24)),
    )


def _connection(
    document: Document, raw: object, path: FieldPath, keys_needed: bool
) -> tuple[str | None, str]:
    """Give what the target is reached by, or what is wrong; with `keys_needed` that is a problem of the file."""
    used: list[str] = []
    meant = right_form(raw, "POLYAI_DELIVERY")
    if meant:
        document.problems.add(path, f"names a variable in a form that is not read here. Write {meant}.")
        return None, ""
    try:
        value = render(raw, document.scope, used) if isinstance(raw, str) and is_template(raw) else raw
    except UnsetVariable as unset:
        problem = f"{unset}. {_SET_IT}"
        if keys_needed:
            document.problems.add(path, f"{problem}.")
        return None, problem
    except TemplateError:
        # Jinja's message is not shown: it quotes the template, and a password may stand in it.
        document.problems.add(
            path, 'the template cannot be rendered. A variable is written as "{{ env.NAME }}".'
        )
        return None, ""
    if not isinstance(value, str) or not value.strip():
        source = f"environment variable {' and '.join(used)}" if used else "the text"
        document.problems.add(
            path, f"{source} is {'empty' if isinstance(value, str) else 'no text'}. {_SET_IT}."
        )
        return None, ""
    if not is_template(raw) and any(in_connection_string(value)):
        document.problems.warn(path, _LITERAL)
    return value.strip(), ""


def _on_disk(document: Document, connection: str, kind: str, path: FieldPath, root: Path) -> str | None:
    """Make a path absolute."""
    if (kind == "ducklake") != Target(connection).is_ducklake:
        document.problems.add(
            path, f"must begin with {LAKE} for type: ducklake, and be a path of a file for type: duckdb."
        )
        return None
    if kind == "duckdb" and "://" in connection:
        document.problems.add(path, "is a URL; a DuckDB file needs a path.")
        return None
    return places.warehouse_of(connection, root)
