"""Who holds copies that a removal does not reach, and until when."""

from collections.abc import Iterable, Sequence

import msgspec

from polyai_assets.configuration import PlatformConfig
from polyai_assets.delivery.settings import DeliverySettings
from polyai_assets.warehouse.target import Target


class HeldBy(msgspec.Struct, frozen=True):
    """Who holds copies that a removal does not reach, and until when."""

    what: str
    until: str


def held_by(platforms: Sequence[PlatformConfig], at_polyai: str) -> set[HeldBy]:
    """Say what holds copies still: it depends on where the platforms keep and deliver their days."""
    held = {
        HeldBy("PolyAI", at_polyai),
        HeldBy("backups of the raw store, the warehouse and this machine", "they expire by your own rules"),
    }
    for platform in platforms:
        held |= {*_of_platform(platform)}
    return held


def _of_platform(platform: PlatformConfig) -> Iterable[HeldBy]:
    if "://" in platform.raw_store or "://" in (platform.warehouse_data or ""):
        yield HeldBy("earlier versions of objects in a bucket with versioning", "its lifecycle rules")
    if Target(platform.warehouse).is_on_postgres:
        yield HeldBy("dead rows and the log of the lake's Postgres catalog", "VACUUM FULL, and its WAL's end")
    if platform.publish is not None:
        yield HeldBy("programs that have read earlier versions of published days", "they read the new one")
    if platform.deliveries:
        yield HeldBy("tables that you make of what is delivered", "they are made again")
    for delivery in platform.deliveries:
        if delivery.kind not in REWRITTEN_KINDS:
            yield of_target(delivery)


REWRITTEN_KINDS = {"duckdb"}
"""The kinds of targets that are written anew after a removal, so that nothing is left in them."""

_AFTER_DELETION = {
    "snowflake": "Time Travel ends, up to 90 days, and Fail-safe, 7 days more",
    "bigquery": "time travel ends, up to 7 days, and fail-safe, 7 days more",
    "delta": "VACUUM, by default of what is older than 7 days",
    "databricks": "VACUUM, by default of what is older than 7 days",
    "iceberg": "expire_snapshots, and a rewrite of positional deletes",
    "postgres": "VACUUM, and the end of its WAL and of its replicas' logs",
    "ducklake": "you call, with it attached as lake, ducklake_flush_inlined_data('lake'), "
    "ducklake_rewrite_data_files('lake', delete_threshold => 0), "
    "ducklake_expire_snapshots('lake', older_than => now()) and "
    "ducklake_cleanup_old_files('lake', cleanup_all => true)",
    "motherduck": "its snapshots and shares expire",
}
"""Until when a kind of target holds rows that were deleted."""


def of_target(delivery: DeliverySettings) -> HeldBy:
    """Say what a target holds still."""
    return HeldBy(
        f"what the target {delivery.name} ({delivery.kind}) keeps of rows that were deleted",
        _AFTER_DELETION.get(delivery.kind, "its own history ends"),
    )
