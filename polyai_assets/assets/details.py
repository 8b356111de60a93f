"""The details step: `raw_details` and the tables of details in one subsettable multi-asset.

A run takes a range of days of a project, and asks the Agents API for the conversations that are due. Without
`raw_details` it replays: the same tables, from the raw store, with no call to the API.
"""

from collections.abc import Sequence
from pathlib import Path

import dagster as dg

from polyai_assets.assets.specs import GROUP, OWNERS, RAW, RAW_DETAILS, asset_key, table_spec
from polyai_assets.assets.step import DayWork, StepRun, build_step
from polyai_assets.checks import details_complete, no_schema_drift, text_is_redacted
from polyai_assets.configuration import PlatformConfig
from polyai_assets.contract.tables import CONVERSATION_DETAILS, FUNCTION_EVENTS, METRIC_EVENTS

STEP = "details_step"
TABLES = (CONVERSATION_DETAILS, FUNCTION_EVENTS, METRIC_EVENTS)
"""The tables that are assets, in the order of the step's outputs."""

RAW_DETAIL_COLUMNS = [
    dg.TableColumn("conversation_id", "string", "Id of the conversation that was asked for"),
    dg.TableColumn("status", "string", "The result: found, missing or unreadable"),
    dg.TableColumn("reason", "string", "Why it was not found"),
    dg.TableColumn(
        "asked_at", "timestamp[us, tz=UTC]", "When it was last asked for, or last seen unchanged in the list"
    ),
    dg.TableColumn(
        "of_payload_sha256",
        "fixed_size_binary[32]",
        "SHA-256 of the record in raw_conversations that it was asked for",
    ),
    dg.TableColumn(
        "listed_sha256",
        "fixed_size_binary[32]",
        "SHA-256 of its object in the list of the Agents API just before; NULL where that was not looked at",
    ),
    dg.TableColumn("listed", "bool", "Whether the partition still holds the conversation"),
    dg.TableColumn("payload_sha256", "fixed_size_binary[32]", "SHA-256 of the payload, where there is one"),
    dg.TableColumn(
        "payload", "binary", "The detail as the API sent it, byte for byte; NULL where there is none"
    ),
]
"""Columns of a file of details."""

_READ_BEFORE = {
    "date": None,
    **{name: name for name in ("conversation_id", "status", "reason", "asked_at")},
}
"""Columns of the tables that come from another column of the file than its payload, or from none."""


def raw_details_spec(platform: PlatformConfig) -> dg.AssetSpec:
    """Describe the details in the raw store as an asset."""
    return dg.AssetSpec(
        asset_key(platform, RAW_DETAILS),
        deps=[asset_key(platform, RAW)],
        description=(
            "One Parquet file and one certificate per project and UTC date: the Agents API's detail of every "
            "conversation that has ended, exactly as it was sent. Only conversations that are new, have changed, or "
            "are due by age (1, 8 and 15 days) are asked for; by age, where that is cheaper, only those that have "
            "changed in the API's list."
        ),
        group_name=GROUP,
        owners=OWNERS,
        kinds={"api", "parquet"},
        metadata={
            "raw_store": platform.raw_store,
            "dagster/column_schema": dg.TableSchema(RAW_DETAIL_COLUMNS),
        },
    )


def detail_specs(platform: PlatformConfig) -> Sequence[dg.AssetSpec]:
    """Describe all assets of the details step, in the order of its outputs."""
    declared = map(platform.contract.table, TABLES)
    tables = [table_spec(platform, table, RAW_DETAILS, _READ_BEFORE) for table in declared]
    return [raw_details_spec(platform), *tables]


def detail_keys(platform: PlatformConfig) -> Sequence[dg.AssetKey]:
    """Name the assets of the details step."""
    names = [RAW_DETAILS, *(table.name for table in TABLES)]
    return [asset_key(platform, name) for name in names]


def build_details(platform: PlatformConfig, spool: Path) -> list[dg.AssetsDefinition]:
    """Make the details step of a platform, where a project wants details; `spool` is for details on their way."""
    if not platform.has_details:
        return []
    raw = asset_key(platform, RAW_DETAILS)
    table = asset_key(platform, CONVERSATION_DETAILS.name)

    def begin(run: StepRun) -> DayWork:
        from polyai_assets.assets.detail_days import Details

        return run.work(Details, fetches=run.fetches(raw), loads=run.loads(raw), by_hand=run.is_by_hand)

    checks = [
        (table, details_complete.NAME, details_complete.DESCRIPTION),
        (table, no_schema_drift.NAME, no_schema_drift.OF_DETAILS),
        *([(table, text_is_redacted.NAME, text_is_redacted.DESCRIPTION)] if platform.redacts_text else []),
    ]
    return [build_step(platform, spool, STEP, detail_specs(platform), begin, checks=checks, can_subset=True)]
