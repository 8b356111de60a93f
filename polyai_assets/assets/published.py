"""The asset `published`: days as files, each version with a manifest, for a warehouse of one's own."""

from collections.abc import Iterable
from pathlib import Path

import dagster as dg

from polyai_assets.assets.specs import GROUP, OWNERS, asset_key
from polyai_assets.assets.step import DayWork, StepRun, build_step
from polyai_assets.configuration import PlatformConfig
from polyai_assets.delivery.settings import PUBLISHABLE

ASSET = "published"
_STEP = "publish_step"


def published_keys(platform: PlatformConfig) -> list[dg.AssetKey]:
    """Name the asset, where days are published."""
    return [asset_key(platform, ASSET)] if platform.publish else []


def build_published(
    platform: PlatformConfig, spool: Path, of_days: Iterable[dg.AssetsDefinition]
) -> list[dg.AssetsDefinition]:
    """Make the asset of a platform, where days are published; in `spool` its runs show that they are alive.

    It comes from those of the assets `of_days` whose table may be published.
    """
    settings = platform.publish
    if settings is None:
        return []

    def begin(run: StepRun) -> DayWork:
        from polyai_assets.assets.publishing_days import PublishDays

        return run.work(PublishDays, settings=settings)

    spec = dg.AssetSpec(
        asset_key(platform, ASSET),
        deps=[spec.key for asset in of_days for spec in asset.specs if spec.key.path[-1] in PUBLISHABLE],
        description=(
            "Parquet files of each day, and a manifest for each version of it: files are never changed, and a manifest "
            "is written last. Days that are not to be published keep the version that they have."
        ),
        group_name=GROUP,
        owners=OWNERS,
        kinds={"parquet"},
        metadata={"place": settings.place},
    )
    return [build_step(platform, spool, _STEP, [spec], begin)]
