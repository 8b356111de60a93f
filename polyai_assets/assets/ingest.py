"""The ingest step: `raw_conversations`, `conversations`, `turns` and `metrics` in one subsettable multi-asset.

A run takes a range of days of a project. Without `raw_conversations` it replays: the same tables, from the
raw store, with no call to the API.
"""

from datetime import datetime
from importlib import import_module
from pathlib import Path
from threading import Thread

import dagster as dg
from pydantic import Field

from polyai_assets.api.moments import read_moment
from polyai_assets.assets.specs import RAW, STEP, TABLES, asset_key, raw_spec, table_spec
from polyai_assets.assets.step import DayWork, StepRun, build_step
from polyai_assets.checks import complete, no_schema_drift, text_is_redacted, v3_guarantees
from polyai_assets.configuration import PlatformConfig
from polyai_assets.contract.tables import CONVERSATIONS, TURNS


class IngestConfig(dg.Config):
    """The configuration of a run."""

    top_up_around: list[str] | None = Field(
        None,
        description="Only top the days up: with what began since the last fetch, and with the conversations that "
        "began at these moments (ISO 8601). Default: fetch the days whole.",
    )


def _moment(text: str) -> datetime:
    moment = read_moment(text)
    if moment is None:
        raise dg.Failure(
            f"top_up_around has {text[:40]!r}, which is no moment; write it like 2026-11-03T09:30:00Z",
            allow_retries=False,
        )
    return moment


def build_ingest(platform: PlatformConfig, spool: Path) -> dg.AssetsDefinition:
    """Make the ingest step of a platform; `spool` is a local folder for records on their way."""
    raw = asset_key(platform, RAW)
    tables = [table_spec(platform, platform.contract.table(table)) for table in TABLES]

    def begin(run: StepRun) -> DayWork:
        from polyai_assets.assets.days import Ingest

        # pandera takes longest to import: it comes while PolyAI is asked.
        Thread(target=import_module, args=["polyai_assets.contract.models"]).start()
        around = run.config(IngestConfig).top_up_around
        return run.work(
            Ingest,
            fetches=run.fetches(raw),
            loads=run.loads(raw),
            top_up_around=None if around is None else [_moment(text) for text in around],
        )

    checks = [
        (asset_key(platform, asset), check.NAME, check.DESCRIPTION)
        for asset, check in (
            (RAW, complete),
            (CONVERSATIONS.name, no_schema_drift),
            (CONVERSATIONS.name, v3_guarantees),
            (TURNS.name, v3_guarantees),
            *([(TURNS.name, text_is_redacted)] if platform.redacts_text else []),
        )
    ]
    specs = [raw_spec(platform), *tables]
    return build_step(
        platform, spool, STEP, specs, begin, checks=checks, config=IngestConfig, can_subset=True
    )
