"""The asset `migration_parity`: how two versions of the API describe the same conversations, before a project migrates.

It is there as soon as one project has `compare_with`.
"""

from pathlib import Path

import dagster as dg

from polyai_assets.assets.specs import asset_key, table_spec
from polyai_assets.assets.step import DayWork, StepRun, build_step
from polyai_assets.configuration import PlatformConfig
from polyai_assets.contract.tables import MIGRATION_PARITY
from polyai_assets.migration import check


def build_parity(platform: PlatformConfig, spool: Path) -> list[dg.AssetsDefinition]:
    """Make the asset `migration_parity` of a platform, where one of its projects is compared; `spool` as elsewhere."""
    if not platform.has_comparison:
        return []
    key = asset_key(platform, MIGRATION_PARITY.name)

    def begin(run: StepRun) -> DayWork:
        from polyai_assets.migration.days import Comparing

        return run.work(Comparing)

    specs = [table_spec(platform, MIGRATION_PARITY, source=None)]
    checks = [(key, check.NAME, check.DESCRIPTION)]
    return [build_step(platform, spool, MIGRATION_PARITY.name, specs, begin, checks=checks)]
