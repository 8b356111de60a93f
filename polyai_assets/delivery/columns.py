"""Which columns a table of a target needs: what is missing is added, nothing is dropped or narrowed.

Example: `state` is text in the target, and JSON in what is published now. The column stays as it is; new days have
their values in `state__v2`, which is added.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from polyai_assets.delivery.manifest import ColumnPublished
from polyai_assets.delivery.targets.dialect import Dialect


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """What is to be done to a table before days are delivered to it.

    `names` says under which name in the target a published column goes; `added` are the columns to add, under that
    name; `findings` says in a sentence each which columns have another type than they had.
    """

    names: Mapping[ColumnPublished, str]
    added: tuple[ColumnPublished, ...]
    findings: tuple[str, ...]


def plan_columns(
    table: str, published: Iterable[ColumnPublished], there: Mapping[str, str], dialect: Dialect
) -> ColumnPlan:
    """Plan a table; `there` are the columns of the target by name, with their types as it reports them."""
    known = {name: reported.lower() for name, reported in there.items()}
    names: dict[ColumnPublished, str] = {}
    added: list[ColumnPublished] = []
    findings: list[str] = []
    for column in dict.fromkeys(published):
        wanted = dialect.types[column.type]
        name = column.name
        version = 1
        while name in known and known[name] not in wanted.accepts:
            version += 1
            name = f"{column.name}__v{version}"
        if name not in known:
            added.append(ColumnPublished(name, column.type))
            known[name] = wanted.ddl.lower()
        if name != column.name:
            findings.append(
                f"{table}.{column.name} is {known[column.name]} in the target, and {wanted.ddl} in what is published: "
                f"its values are in {name}"
            )
        names[column] = name
    return ColumnPlan(names, tuple(added), tuple(findings))
