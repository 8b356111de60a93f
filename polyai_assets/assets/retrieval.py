"""The assets `search_hits` and `qa_samples`: what saved searches find, and what is drawn at random for review.

Both ask the list itself, by its retrieval modes; the conversations are in `conversations` and `turns`. Each is there as
soon as one project has searches, or samples.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field

from polyai_assets.assets.connection import connect, duckdb_of
from polyai_assets.assets.report import Results
from polyai_assets.assets.specs import asset_key, step_name, table_spec
from polyai_assets.assets.step import begin_step, partitioned_step, run_step
from polyai_assets.configuration import PlatformConfig, ProjectConfig
from polyai_assets.contract.tables import QA_SAMPLES, SEARCH_HITS
from polyai_assets.raw.partition import Partition

if TYPE_CHECKING:
    from polyai_assets.assets.retrieval_days import Retrieval, RetrievalOutcome

    ListDays = Callable[[Retrieval, ProjectConfig, Sequence[Partition]], Iterable[RetrievalOutcome]]


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

    @partitioned_step(
        platform,
        name=step_name(platform, SEARCH_HITS.name),
        specs=[table_spec(platform, SEARCH_HITS, source=None)],
    )
    def search_hits(context: dg.AssetExecutionContext, config: SearchHitsConfig) -> Results:
        from polyai_assets.assets.search_days import list_hits

        yield from _run(
            platform,
            spool,
            context,
            lambda step, project, partitions: list_hits(step, project, partitions, replay=config.replay),
        )

    return search_hits


def _build_qa_samples(platform: PlatformConfig, spool: Path) -> dg.AssetsDefinition:

    @partitioned_step(
        platform,
        name=step_name(platform, QA_SAMPLES.name),
        specs=[table_spec(platform, QA_SAMPLES, source=None)],
    )
    def qa_samples(context: dg.AssetExecutionContext) -> Results:
        from polyai_assets.assets.sample_days import list_samples

        yield from _run(platform, spool, context, list_samples)

    return qa_samples


def _run(
    platform: PlatformConfig,
    spool: Path,
    context: dg.AssetExecutionContext,
    list_days: "ListDays",
) -> Results:
    begin_step(context, spool)
    # pyarrow takes as long to import as Dagster: only runs pay for it.
    from polyai_assets.assets.retrieval_days import Retrieval
    from polyai_assets.raw.store import RawStore
    from polyai_assets.warehouse.attach import Warehouse

    step = Retrieval(
        store=RawStore(platform.raw_store),
        warehouse=Warehouse(platform.warehouse, platform.warehouse_data, run=context.run.run_id),
        connect=lambda: connect(duckdb_of(context, platform)),
    )
    projects = {config.project.key: config for config in platform.projects}
    yield from run_step(context, projects, partial(list_days, step))
