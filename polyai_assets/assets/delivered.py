"""The assets `delivered_<name>`: what each target has of the published days."""

from pathlib import Path

import dagster as dg

from polyai_assets.assets.published import published_keys
from polyai_assets.assets.specs import GROUP, OWNERS, asset_key
from polyai_assets.assets.step import DayWork, StepRun, build_step
from polyai_assets.checks import delivered
from polyai_assets.configuration import PlatformConfig
from polyai_assets.delivery.settings import DeliverySettings

PREFIX = "delivered_"
"""What the name of every asset begins with that is a delivery."""


def delivered_key(platform: PlatformConfig, delivery: DeliverySettings) -> dg.AssetKey:
    """Name the asset of a target."""
    return asset_key(platform, PREFIX + delivery.name)


def build_delivered(platform: PlatformConfig, spool: Path) -> list[dg.AssetsDefinition]:
    """Make the asset of each target; its runs are a pool of their own, so that a slow one holds back no other."""
    return [_build(platform, spool, delivery) for delivery in platform.deliveries]


def _build(platform: PlatformConfig, spool: Path, delivery: DeliverySettings) -> dg.AssetsDefinition:
    def begin(run: StepRun) -> DayWork:
        from polyai_assets.assets.delivering_days import DeliverDays

        return run.work(DeliverDays, delivery=delivery, publish=platform.publish)

    key = delivered_key(platform, delivery)
    spec = dg.AssetSpec(
        key,
        deps=published_keys(platform),
        description=(
            f"Published days in {delivery.kind}, schema {delivery.schema}: all tables of a month of a project in one "
            "transaction, with its rows of polyai_delivery_log, which say which version of a day is there."
        ),
        group_name=GROUP,
        owners=OWNERS,
        kinds={delivery.kind},
        metadata={"schema": delivery.schema, "tables": list(delivery.tables), "include": delivery.include},
    )
    return build_step(
        platform,
        spool,
        f"deliver_{delivery.name}_step",
        [spec],
        begin,
        checks=[(key, delivered.NAME, delivered.DESCRIPTION)],
        pool=f"polyai_delivery_{delivery.name}",
    )
