"""The formulas of measures and ratios in SQL that every warehouse understands, as macros of dbt."""

import re
from collections.abc import Iterable, Iterator

from polyai_assets.contract.fields import Field, Kind
from polyai_assets.contract.kpi import Measure, Ratio
from polyai_assets.contract.measures import MEASURES
from polyai_assets.contract.ratios import RATIOS
from polyai_assets.contract.tables import CONVERSATION_FACTS
from polyai_assets.dbt_package.facts import MISSING
from polyai_assets.dbt_package.properties import HEADER

_AGGREGATE = re.compile(r"(?P<function>count|sum|min)\((?P<value>\*|\w+)\)(?: FILTER \((?P<condition>.+)\))?")

_SQL_TYPES = {Kind.INTEGER: "{{ dbt.type_bigint() }}", Kind.NUMBER: "{{ dbt_polyai.double() }}"}


class UnknownFormula(ValueError):
    """A measure has a formula of a form that is not known here. Says which."""


def formula_files() -> Iterator[tuple[str, str]]:
    """Give the files of macros, by their paths in the package."""
    yield "macros/measures.sql", _measures()
    yield "macros/ratios.sql", _ratios()


def portable_formula(measure: Measure) -> str:
    """Write the formula of a measure without FILTER, which many warehouses do not have.

    Raises UnknownFormula.

        count(*) FILTER (handoff)    count(case when handoff then 1 end)
    """
    found = _AGGREGATE.fullmatch(measure.formula)
    if found is None:
        raise UnknownFormula(
            f"the measure {measure.name} has the formula {measure.formula!r}, which is not count, sum or min of a "
            "column: write it so, or let polyai_assets/dbt_package/formulas.py know the form"
        )
    value = found["value"]
    if found["condition"]:
        value = f"case when {found['condition']} then {'1' if value == '*' else value} end"
    return f"{found['function']}({value})"


def as_double(ratio: Ratio, names: dict[str, str]) -> str:
    """Write the formula of a ratio with each measure by another name; its quotients are those of real numbers."""
    pattern = re.compile(rf"\b({'|'.join(ratio.measures)})\b")
    return pattern.sub(lambda found: names[found[0]], ratio.formula)


def _measures() -> str:
    made = [measure for measure in MEASURES if measure.formula]
    counted = ",\n".join(f"    {_cast(_counted(measure), measure)}" for measure in made)
    summed = ",\n".join(f"    {_cast(_again(measure), measure)}" for measure in made)
    return (
        f"{{# {HEADER} #}}\n\n"
        "{# The measures over calls: the counts and sums of daily_kpis. #}\n"
        f"{{% macro counted_measures() %}}\n{counted}\n{{% endmacro %}}\n\n"
        "{# The same over rows that have them already. #}\n"
        f"{{% macro summed_measures() %}}\n{summed}\n{{% endmacro %}}\n\n"
        "{# The names of these measures. #}\n"
        f"{_names('measure_names', made)}\n"
        "{# The columns of conversation_facts, as they are delivered. #}\n"
        f"{_names('facts_columns', CONVERSATION_FACTS.fields)}"
    )


def _names(macro: str, fields: Iterable[Field]) -> str:
    listed = ",\n".join(f"    '{field.name}'" for field in fields)
    return f"{{% macro {macro}() %}}{{{{ return([\n{listed}\n]) }}}}{{% endmacro %}}\n"


def _counted(measure: Measure) -> str:
    """Count what is known: what base tables do not say is NULL where facts are made from them, and not 0."""
    formula = portable_formula(measure)
    if not set(re.findall(r"\w+", measure.formula)) & MISSING:
        return formula
    return f"{{% if dbt_polyai.facts_are_built() %}}null{{% else %}}{formula}{{% endif %}}"


def _again(measure: Measure) -> str:
    return f"{'sum' if measure.addable else 'min'}({measure.name})"


def _cast(value: str, measure: Measure) -> str:
    kind = _SQL_TYPES.get(measure.kind)
    return f"{value} as {measure.name}" if kind is None else f"cast({value} as {kind}) as {measure.name}"


def _ratios() -> str:
    return f"{{# {HEADER} #}}\n\n" + "\n".join(map(_macro, RATIOS))


def _macro(ratio: Ratio) -> str:
    names = {name: f"{{{{ dbt_polyai.summed('{name}', of_row) }}}}" for name in ratio.measures}
    return (
        f"{{# {ratio.title}: {ratio.comment}. Of several rows of daily_kpis, or of each row (of_row=true). #}}\n"
        f"{{% macro {ratio.name}(of_row=false) %}}({as_double(ratio, names)}){{% endmacro %}}\n"
    )
