"""The semantic layer of dbt (MetricFlow): sums of `daily_kpis` as measures, and the ratios as metrics over them."""

from collections.abc import Iterator

from polyai_assets.contract.kpi import Measure, Ratio
from polyai_assets.contract.marts import BUSINESS_DATE, DAILY_KPIS
from polyai_assets.contract.ratios import RATIOS
from polyai_assets.dbt_package.formulas import as_double
from polyai_assets.dbt_package.properties import HAS_FACTS, Properties, enabled_with, write_properties

_SLICES = ("project", "channel_group", "direction", "site")
_MODEL = "polyai_daily_kpis"


def semantic_files() -> Iterator[tuple[str, str]]:
    """Give the file of the semantic layer, by its path in the package."""
    properties = {"semantic_models": [_semantic_model()], "metrics": [*_sums(), *map(_ratio, RATIOS)]}
    yield "models/semantic/semantic.yml", write_properties(properties)


def _measures() -> list[Measure]:
    return [field for field in DAILY_KPIS.fields if isinstance(field, Measure) and field.addable]


def metric_name(name: str) -> str:
    """Name the metric of a measure or a ratio: metrics of all packages share one space of names."""
    return f"polyai_{name}"


def _semantic_model() -> Properties:
    described = {field.name: field.comment for field in DAILY_KPIS.fields}
    return {
        "name": _MODEL,
        "description": "The days of each part of a project: channel, direction and site.",
        "config": enabled_with(HAS_FACTS),
        "model": "ref('polyai__kpi_parts')",
        "primary_entity": "polyai_part",
        "defaults": {"agg_time_dimension": BUSINESS_DATE.name},
        "dimensions": [
            {
                "name": BUSINESS_DATE.name,
                "type": "time",
                "type_params": {"time_granularity": "day"},
                "description": f"{BUSINESS_DATE.comment}.",
            },
            *(
                {"name": name, "type": "categorical", "description": f"{described[name]}."}
                for name in _SLICES
            ),
        ],
        "measures": [
            {
                "name": metric_name(measure.name),
                "description": f"{measure.comment}.",
                "agg": "sum",
                "expr": measure.name,
            }
            for measure in _measures()
        ],
    }


def _sums() -> Iterator[Properties]:
    for measure in _measures():
        name = metric_name(measure.name)
        yield {
            "name": name,
            "label": f"{measure.name} (sum)",
            "description": f"{measure.comment}.",
            "config": enabled_with(HAS_FACTS),
            "type": "simple",
            "type_params": {"measure": name},
        }


def _ratio(ratio: Ratio) -> Properties:
    described = {
        "name": metric_name(ratio.name),
        "label": ratio.title,
        "description": f"{ratio.comment}.",
        "config": enabled_with(HAS_FACTS),
    }
    if _is_quotient(ratio):
        above, below = map(metric_name, ratio.measures)
        return described | {"type": "ratio", "type_params": {"numerator": above, "denominator": below}}
    names = {name: metric_name(name) for name in ratio.measures}
    return described | {
        "type": "derived",
        "type_params": {
            "expr": f"1.0 * {as_double(ratio, names)}",
            "metrics": [{"name": name} for name in names.values()],
        },
    }


def _is_quotient(ratio: Ratio) -> bool:
    above, *others = ratio.measures
    return [ratio.formula] == [f"{above} / nullif({below}, 0)" for below in others]
