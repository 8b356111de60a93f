"""How a column of facts is declared: what a field has, and the formula that makes its value.

From one declaration come the column, the statement that fills it, Dagster's column schema, the data dictionary and the
page on facts.
"""

from dataclasses import dataclass

from polyai_assets.contract.fields import Field, Kind, Pii


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact(Field):
    """One column of `conversation_facts`.

    `formula` is SQL over the columns that `warehouse/facts/facts.sql` prepares. `group` is the part of a conversation
    that it says something of. `caveat` is what whoever uses it must know. `addable` means that the sum over
    conversations says something.
    """

    formula: str
    group: str
    caveat: str = ""
    addable: bool = False

    @property
    def comment(self) -> str:
        """The description with its unit and its caveat, as shown beside a column."""
        shown = f"{self.description} ({self.unit})" if self.unit else self.description
        return f"{shown}. {self.caveat}" if self.caveat else shown


@dataclass(frozen=True, slots=True)
class FactGroup:
    """Declares the columns of one group; `pii` is the class of those that say nothing else of it."""

    name: str
    pii: Pii

    def __call__(
        self,
        name: str,
        kind: Kind,
        description: str,
        formula: str,
        *,
        unit: str | None = None,
        caveat: str = "",
        addable: bool = False,
        filled: bool = False,
        pii: Pii | None = None,
    ) -> Fact:
        """Declare a column; text is NULL where there is nothing, unless it is `filled` in every row."""
        return Fact(
            name=name,
            kind=kind,
            description=description,
            wire=None,
            unit=unit,
            nullable=not filled,
            formula=formula,
            group=self.name,
            caveat=caveat,
            addable=addable,
            pii=pii or self.pii,
        )
