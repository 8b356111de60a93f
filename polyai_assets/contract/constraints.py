"""What holds of the values of a column, derived from its declaration.

Dagster's column schema and the data dictionary show it. What the API guarantees it may break: then the record is
loaded all the same and the breach is a row of `contract_violations`. Only "never NULL" is kept by us.
"""

from polyai_assets.contract.fields import Field, Kind

_OTHERWISE_NO_ROW = "started_at"
"""A record of which nobody can tell when it began is put into quarantine (its id is a key)."""

_FILLED = (Kind.TEXT, Kind.TEXT_LIST, Kind.OBJECT_LIST)
"""Kinds for which "nothing" is an empty value."""


def never_null(one: Field) -> bool:
    """Tell whether a column has a value in every row.

    A key has, unless it is declared otherwise; so have text and lists, which are empty instead.
    """
    if one.nullable:
        return False
    return one.key or one.kind in _FILLED or one.wire == _OTHERWISE_NO_ROW


def guarantees(one: Field) -> list[str]:
    """Say what the API guarantees of a field, or leaves open, in a few words each."""
    said = []
    if one.wire is not None:
        if one.required:
            said.append("always sent")
        if one.key:
            said.append("never empty")
        elif one.kind in _FILLED:
            said.append("may be empty")
        elif one.kind is Kind.TIMESTAMP:
            said.append("NULL where sent empty" if one.allow_empty else "never empty")
    if one.minimum is not None:
        said.append(f"at least {one.minimum}")
    if one.maximum is not None:
        said.append(f"plausible up to {one.maximum:,}")
    if one.known:
        said.append(f"known values: {', '.join(one.known)}")
    return said


def key_of(fields: tuple[Field, ...]) -> list[str]:
    """Name the columns that together say what a row is about."""
    return [one.name for one in fields if one.key]
