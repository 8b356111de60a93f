"""The assets `search_hits` and `qa_samples`: what saved searches find, and what is drawn at random for review.

Both ask the list itself, by its retrieval modes; the conversations are in `conversations` and `turns`. Each is there as
soon as one project has searches, or samples.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import Field

from polyai_assets.assets.specs import asset_key, step_name, table_spec
from polyai_assets.assets.step import DayWork, StepRun, build_step
from polyai_assets.configuration import PlatformConfig
from polyai_assets.contract.tables import QA_SAMPLES, SEARCH_HITS


class SearchHitsConfig(dg.Config):
    """The configuration of a run."""

    replay: bool = Field(
        False,
        description="List again what the searches found when they were last asked, from the raw store and without a "
        "call. Default: ask.",
    )


def search_hits_key(platform: PlatformConfig) -> dg.AssetKey:
    """Name the asset `search_hits`."""
    return asset_key(platform, SEARCH_HITS.name)


def qa_samples_key(platform: PlatformConfig) -> dg.AssetKey:
    """Name the asset `qa_samples`."""
    return asset_key(platform, QA_SAMPLES.name)


def retrieval_keys(platform: PlatformConfig) -> Sequence[dg.AssetKey]:
    """Name those of both assets that a platform has."""
    return [
        *([search_hits_key(platform)] if platform.has_searches else []),
        *([qa_samples_key(platform)] if platform.has_samples else []),
    ]


def replayed_hits(platform: PlatformConfig) -> dict[str, Any]:
    """Give the run configuration that lists again what the searches found, without a call."""
    return {"ops": {step_name(platform, SEARCH_HITS.name): {"config": {"replay": True}}}}


def build_retrieval(platform: PlatformConfig, spool: Path) -> list[dg.AssetsDefinition]:
    """Make those of both assets that a platform uses; in `spool` their runs show that they are alive."""
    return [
        *([_build_search_hits(platform, spool)] if platform.has_searches else []),
        *([_build_qa_samples(platform, spool)] if platform.has_samples else []),
    ]


def _build_search_hits(platform: PlatformConfig, spool: Path) -> dg.AssetsDefinition:
    def begin(run: StepRun) -> DayWork:
        from polyai_assets.assets.search_days import SearchHits

        return run.work(SearchHits, replay=run.config(SearchHitsConfig).replay)

    specs = [table_spec(platform, SEARCH_HITS, source=None)]
    return build_step(platform, spool, SEARCH_HITS.name, specs, begin, config=SearchHitsConfig)


def _build_qa_samples(platform: PlatformConfig, spool: Path) -> dg.AssetsDefinition:
    def begin(run: StepRun) -> DayWork:
        from polyai_assets.assets.sample_days import QaSamples

        return run.work(QaSamples)

    specs = [table_spec(platform, QA_SAMPLES, source=None)]
    return build_step(platform, spool, QA_SAMPLES.name, specs, begin)
