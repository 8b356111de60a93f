"""The asset `published`: days as files, each version with a manifest, for a warehouse of one's own."""

from pathlib import Path

import dagster as dg

from polyai_assets.assets.details import detail_keys
from polyai_assets.assets.retrieval import retrieval_keys
from polyai_assets.assets.specs import GROUP, OWNERS, asset_key, table_keys
from polyai_assets.assets.step import DayWork, StepRun, build_step
from polyai_assets.configuration import PlatformConfig
from polyai_assets.contract.tables import AUDIO

ASSET = "published"
_STEP = "publish_step"


def published_keys(platform: PlatformConfig) -> list[dg.AssetKey]:
    """Name the asset, where days are published."""
    return [asset_key(platform, ASSET)] if platform.publish else []


def build_published(platform: PlatformConfig, spool: Path) -> list[dg.AssetsDefinition]:
    """Make the asset of a platform, where days are published; in `spool` its runs show that they are alive."""
    settings = platform.publish
    if settings is None:
        return []

    def begin(run: StepRun) -> DayWork:
        from polyai_assets.assets.publishing_days import PublishDays

        return run.work(PublishDays, settings=settings)

    spec = dg.AssetSpec(
        asset_key(platform, ASSET),
        deps=_sources(platform),
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


def _sources(platform: PlatformConfig) -> list[dg.AssetKey]:
    """Name the assets that fill the tables of days."""
    return [
        *table_keys(platform),
        *(detail_keys(platform) if platform.has_details else []),
        *([asset_key(platform, AUDIO.name)] if platform.has_recordings else []),
        *retrieval_keys(platform),
    ]
