"""The rights that a delivery needs in Postgres: on the database, the schema and the tables that are there."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from polyai_assets.contract.delivery_log import DELIVERY_HISTORY, DELIVERY_LOG
from polyai_assets.contract.tables import literal
from polyai_assets.delivery.settings import DeliverySettings
from polyai_assets.delivery.targets.rights import RightMissing

Run = Callable[[str], Sequence[tuple[Any, ...]]]

_OF_SCHEMA = ("USAGE", "CREATE")
_OF_TABLE = ("SELECT", "INSERT", "DELETE")
_OF_LOG = {DELIVERY_LOG.name: ("SELECT", "INSERT", "UPDATE", "DELETE"), DELIVERY_HISTORY.name: ("INSERT",)}
"""The rights that are needed on the tables of the log, which are locked, and marked after the comparison."""


def check_rights(run: Run, settings: DeliverySettings) -> None:
    """Ask the server which rights its user has. Raises RightMissing, which names all that it lacks."""
    ((user, database, may_make_schema),) = run(
        "SELECT quote_ident(current_user) AS role, quote_ident(current_database()) AS place, "
        "has_database_privilege(current_database(), 'CREATE')"
    )
    schema = literal(settings.schema)
    rights = ", ".join(f"has_schema_privilege(oid, '{right}') AS {right}" for right in _OF_SCHEMA)
    found = run(f"SELECT quote_ident(nspname), {rights} FROM pg_namespace WHERE nspname = {schema}")
    lacks = (
        [*_of_schema(*found[0]), *_of_tables(run, settings)]
        if found
        else []
        if may_make_schema
        else [("CREATE", f"DATABASE {database}")]
    )
    if lacks:
        listed = " and ".join(f"{rights} on {place}" for rights, place in lacks)
        grants = "; ".join(f"GRANT {rights} ON {place} TO {user}" for rights, place in lacks)
        raise RightMissing(f"the user {user} lacks {listed}", grants)


def _of_schema(name: str, *has: bool) -> Iterator[tuple[str, str]]:
    missing = [right for right, is_given in zip(_OF_SCHEMA, has, strict=True) if not is_given]
    if missing:
        yield ", ".join(missing), f"SCHEMA {name}"


def _of_tables(run: Run, settings: DeliverySettings) -> Iterator[tuple[str, str]]:
    """Group the tables by what is lacking: a statement names all that lack the same."""
    needed = dict.fromkeys(settings.tables, _OF_TABLE) | _OF_LOG
    listed = ", ".join(
        f"({literal(table)}, {literal(right)})" for table, rights in needed.items() for right in rights
    )
    tables: dict[str, list[str]] = {}
    for place, missing in run(
        "SELECT quote_ident(nspname) || '.' || quote_ident(relname) AS place, "
        "string_agg(needed, ', ' ORDER BY needed) AS missing FROM pg_class "
        "JOIN pg_namespace ON pg_namespace.oid = relnamespace "
        f"JOIN (VALUES {listed}) AS rights (name, needed) ON name = relname "
        f"WHERE nspname = {literal(settings.schema)} AND NOT has_table_privilege(pg_class.oid, needed) "
        "GROUP BY nspname, relname ORDER BY 1"
    ):
        tables.setdefault(missing, []).append(place)
    for missing, places in tables.items():
        yield missing, f"TABLE {', '.join(places)}"


def tables_of_others(run: Run, settings: DeliverySettings) -> list[str]:
    """Name the tables that are there and whose owner's role the user has not: it cannot add a column to them."""
    listed = ", ".join(map(literal, [*settings.tables, *_OF_LOG]))
    found = run(
        "SELECT quote_ident(nspname) || '.' || quote_ident(relname) AS place FROM pg_class "
        "JOIN pg_namespace ON pg_namespace.oid = relnamespace "
        f"WHERE nspname = {literal(settings.schema)} AND relname IN ({listed}) "
        "AND NOT pg_has_role(relowner, 'USAGE') ORDER BY 1"
    )
    return [place for (place,) in found]
