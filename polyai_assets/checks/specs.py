"""The checks of the ingest step and of the details step, as Dagster shows them."""

import warnings

import dagster as dg

from polyai_assets.checks import complete, details_complete, no_schema_drift, v3_guarantees


def check_spec(
    asset: dg.AssetKey, name: str, description: str, partitions: dg.PartitionsDefinition[str]
) -> dg.AssetCheckSpec:
    """Declare a check that is judged per partition."""
    with warnings.catch_warnings():
        # The feature is in preview, and exactly what we need; the version of Dagster is pinned.
        warnings.filterwarnings("ignore", message=".*partitions_def.*", category=dg.PreviewWarning)
        return dg.AssetCheckSpec(name, asset=asset, description=description, partitions_def=partitions)


def complete_spec(raw: dg.AssetKey, partitions: dg.PartitionsDefinition[str]) -> dg.AssetCheckSpec:
    """Declare `complete` on the raw store."""
    return check_spec(raw, complete.NAME, complete.DESCRIPTION, partitions)


def drift_spec(table: dg.AssetKey, partitions: dg.PartitionsDefinition[str]) -> dg.AssetCheckSpec:
    """Declare `no_schema_drift` on a table."""
    return check_spec(table, no_schema_drift.NAME, no_schema_drift.DESCRIPTION, partitions)


def detail_drift_spec(table: dg.AssetKey, partitions: dg.PartitionsDefinition[str]) -> dg.AssetCheckSpec:
    """Declare `no_schema_drift` on the table of details."""
    return check_spec(table, no_schema_drift.NAME, no_schema_drift.OF_DETAILS, partitions)


def guarantees_spec(table: dg.AssetKey, partitions: dg.PartitionsDefinition[str]) -> dg.AssetCheckSpec:
    """Declare `v3_guarantees` on a table."""
    return check_spec(table, v3_guarantees.NAME, v3_guarantees.DESCRIPTION, partitions)


def details_spec(table: dg.AssetKey, partitions: dg.PartitionsDefinition[str]) -> dg.AssetCheckSpec:
    """Declare `details_complete` on a table."""
    return check_spec(table, details_complete.NAME, details_complete.DESCRIPTION, partitions)
