"""How a KPI is declared: a measure, which is counted or summed and stored, and a ratio of measures, which never is.

From one declaration come the column with its comment, the statement that fills it, the macro of a ratio, the data
dictionary, the page on KPIs and the footnotes of reports.
"""

from dataclasses import dataclass

from polyai_assets.contract.fields import Field, Kind, Pii


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure(Field):
    """A column of `daily_kpis`.

    `formula` is SQL over `calls`, an aggregate; "" for what is not made of calls alone. `addable` means that the sum
    over days, or over parts of a day that share no call, is right. `caveat` is what whoever uses it must know.
    """

    formula: str
    addable: bool = True
    caveat: str = ""

    @property
    def comment(self) -> str:
        """The description with its unit, its caveat, and whether it may be added up, as shown beside a column."""
        shown = f"{self.description} ({self.unit})" if self.unit else self.description
        return ". ".join(
            [shown, *([self.caveat] if self.caveat else []), *([] if self.addable else ["Not addable"])]
        )


def measure(
    name: str,
    description: str,
    formula: str = "",
    *,
    kind: Kind = Kind.INTEGER,
    unit: str | None = None,
    addable: bool = True,
    caveat: str = "",
) -> Measure:
    """Declare a measure."""
    return Measure(
        name=name,
        kind=kind,
        description=description,
        wire=None,
        unit=unit,
        required=True,
        nullable=True,
        pii=Pii.NONE,
        formula=formula,
        addable=addable,
        caveat=caveat,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A figure that people read: a quotient of sums of measures, made by a macro of its name and never stored.

    `formula` is SQL over `measures`, which are the macro's parameters in this order. `polyai` is the figure of PolyAI's
    dashboards that it is, "" where they have none. `is_share` means that it is shown in per cent.
    """

    name: str
    title: str
    description: str
    measures: tuple[str, ...]
    formula: str
    unit: str = ""
    polyai: str = ""
    caveat: str = ""
    is_share: bool = False

    @property
    def call(self) -> str:
        """How it is written over several rows of `daily_kpis`."""
        return f"{self.name}({', '.join(f'sum({name})' for name in self.measures)})"

    @property
    def macro(self) -> str:
        """The statement that makes its macro."""
        return f"CREATE OR REPLACE MACRO {self.name}({', '.join(self.measures)}) AS {self.formula}"

    @property
    def comment(self) -> str:
        """What it means, as shown beside it."""
        shown = f"{self.description} ({self.unit})" if self.unit else self.description
        return f"{shown}. {self.caveat}" if self.caveat else shown


def quotient(
    name: str,
    title: str,
    description: str,
    above: str,
    below: str,
    *,
    unit: str = "",
    polyai: str = "",
    caveat: str = "",
    is_share: bool = False,
) -> Ratio:
    """Declare a ratio of two measures, NULL where there is nothing to divide by."""
    return Ratio(
        name=name,
        title=title,
        description=description,
        measures=(above, below),
        formula=f"{above} / nullif({below}, 0)",
        unit=unit,
        polyai=polyai,
        caveat=caveat,
        is_share=is_share,
    )
