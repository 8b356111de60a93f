"""The facts step: the asset `conversation_facts`, made anew of what the tables hold.

Facts are made in the transactions of the ingest step and of the details step, which report them. This step is for what
those do not do: facts alone, with other settings, without loading a day.
"""

from pathlib import Path

import dagster as dg

from polyai_assets.assets.details import TABLES as DETAIL_TABLES
from polyai_assets.assets.specs import TABLES, asset_key, table_spec
from polyai_assets.assets.step import DayWork, StepRun, build_step
from polyai_assets.configuration import PlatformConfig
from polyai_assets.contract.tables import CONVERSATION_FACTS

STEP = "facts_step"


def facts_key(platform: PlatformConfig) -> dg.AssetKey:
    """Name the asset."""
    return asset_key(platform, CONVERSATION_FACTS.name)


def facts_spec(platform: PlatformConfig) -> dg.AssetSpec:
    """Describe the facts as an asset."""
    sources = [*TABLES, *(DETAIL_TABLES if platform.has_details else ())]
    spec = table_spec(platform, CONVERSATION_FACTS, None)
    return spec.replace_attributes(
        deps=[asset_key(platform, table.name) for table in sources],
        description=(
            f"{CONVERSATION_FACTS.grain} Whatever loads these tables makes it with them. Materialize it alone after a "
            "change of the option `kpi`: the facts of the days are made anew, and nothing is loaded."
        ),
        kinds=spec.kinds - {"api"},
    )


def build_facts(platform: PlatformConfig, spool: Path) -> dg.AssetsDefinition:
    """Make the facts step of a platform."""

    def begin(run: StepRun) -> DayWork:
        from polyai_assets.assets.facts_days import FactsAlone

        return run.work(FactsAlone)

    return build_step(platform, spool, STEP, [facts_spec(platform)], begin)
