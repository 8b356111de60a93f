"""What holds of the values of a column, derived from its declaration.

Dagster's column schema and the data dictionary show it. What the API guarantees it may break: then the record is
loaded all the same and the breach is a row of `contract_violations`. Only "never NULL" is kept by us.
"""

from polyai_assets.contract.fields import Field, Kind

_OTHERWISE_NO_ROW = "started_at"
"""A record of which nobody can tell when it began is put into quarantine (its id is a key)."""

_FILLED = (Kind.TEXT, Kind.TEXT_LIST, Kind.OBJECT_LIST)
"""Kinds for which "nothing" is an empty value."""


def never_null(field: Field) -> bool:
    """Tell whether a column has a value in every row.

    A key has, unless it is declared otherwise; so have text and lists, which are empty instead.
    """
    if field.nullable:
        return False
    return field.key or field.kind in _FILLED or field.wire == _OTHERWISE_NO_ROW


def guarantees(field: Field) -> list[str]:
    """Say what the API guarantees of a field, or leaves open, in a few words each."""
    said = []
    if field.wire is not None:
        if field.required:
            said.append("always sent")
        if field.key:
            said.append("never empty")
        elif field.kind in _FILLED:
            said.append("may be empty")
        elif field.kind is Kind.TIMESTAMP:
            said.append("NULL where sent empty" if field.allow_empty else "never empty")
    if field.minimum is not None:
        said.append(f"at least {field.minimum}")
    if field.maximum is not None:
        said.append(f"plausible up to {field.maximum:,}")
    if field.known:
        said.append(f"known values: {', '.join(field.known)}")
    return said


def key_of(fields: tuple[Field, ...]) -> list[str]:
    """Name the columns that together say what a row is about."""
    return [field.name for field in fields if field.key]
