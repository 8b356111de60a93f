"""Settings as rows: those that the formulas of facts read, and those of the table `kpi_settings`."""

import json
from typing import Any

import pyarrow as pa

from polyai_assets.contract.tables import KPI_SETTINGS
from polyai_assets.warehouse.facts.settings import KpiSettings
from polyai_assets.warehouse.staged_rows import row_schema

_NAMES = pa.map_(pa.string(), pa.string())
_GIVEN = pa.schema(
    {
        "variant": pa.string(),
        "timezone": pa.string(),
        "open_minutes": pa.list_(pa.struct({"since": pa.int64(), "until": pa.int64()})),
        "test_numbers": pa.list_(pa.string()),
        "abandon_seconds": pa.float64(),
        "human_per_minute": pa.float64(),
        "agent_per_minute": pa.float64(),
        "currency": pa.string(),
        "channel_groups": _NAMES,
        "site_names": _NAMES,
    }
)


def given_settings(settings: KpiSettings) -> pa.Table:
    """Give a row for each variant that has settings of its own, and one under "" for all others."""
    rows = [
        {
            "variant": variant,
            "timezone": own.timezone,
            "open_minutes": None
            if own.open_minutes is None
            else [{"since": since, "until": until} for since, until in own.open_minutes],
            "test_numbers": list(own.test_numbers),
            "abandon_seconds": own.abandon_seconds,
            "human_per_minute": own.human_per_minute,
            "agent_per_minute": own.agent_per_minute,
            "currency": own.currency or None,
            "channel_groups": list(own.channel_groups.items()),
            "site_names": list(own.site_names.items()),
        }
        for variant, own in settings.by_variant()
    ]
    return pa.Table.from_pylist(rows, _GIVEN)


def stored_settings(settings: KpiSettings, identity: str) -> pa.Table:
    """Give the rows of `kpi_settings` of a project, but for the project."""
    rows: list[dict[str, Any]] = [
        {
            "variant": variant,
            "settings_hash": identity,
            "timezone": own.timezone,
            "opening_hours": None if own.opening_hours is None else json.dumps(own.opening_hours),
            "test_numbers": list(own.test_numbers),
            "abandon_seconds": own.abandon_seconds,
            "human_per_minute": own.human_per_minute,
            "agent_per_minute": own.agent_per_minute,
            "currency": own.currency,
            "channel_groups": json.dumps(own.channel_groups),
            "site_names": json.dumps(own.site_names),
            "success_metrics": list(settings.success_metrics),
        }
        for variant, own in settings.by_variant()
    ]
    return pa.Table.from_pylist(rows, row_schema(KPI_SETTINGS))
