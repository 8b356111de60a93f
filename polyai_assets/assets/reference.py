"""The assets of reference data, such as `deployments`: what a project is made of beside its conversations.

Each is partitioned by project alone: a run asks for what there is now, keeps it where it is new, and builds the rows
of the project from all that was ever kept. They are there as soon as one project has `reference: true`.
"""

import logging
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field

from polyai_assets.assets.connection import resource_key
from polyai_assets.assets.liveness import show_alive
from polyai_assets.assets.specs import asset_key, step_name, table_spec
from polyai_assets.assets.step import POOL, StepRun, StepStores, forwarded_to
from polyai_assets.checks import reference as check
from polyai_assets.checks.evaluations import log_result
from polyai_assets.configuration import PlatformConfig, ProjectConfig
from polyai_assets.contract.reference import ReferenceDataset, snapshot_rows
from polyai_assets.contract.tables import REFERENCE_DATASETS, REFERENCE_TABLES
from polyai_assets.machine.secrets import masked

if TYPE_CHECKING:
    from polyai_assets.raw.reference import Snapshots

log = logging.getLogger(__name__)


class ReferenceConfig(dg.Config):
    """What a run may be given."""

    replay: bool = Field(
        False, description="Build the rows again from the raw store, without a call. Default: ask PolyAI."
    )


class ReferenceSteps(StepStores):
    """Fetches reference data and builds its rows."""

    __slots__ = ()

    def refresh(
        self, config: ProjectConfig, dataset: ReferenceDataset, *, replay: bool = False
    ) -> dict[str, Any]:
        """Fetch a dataset of a project, keep it where it is new, and replace its rows; gives what to say of it.

        With `replay` nothing is asked for. Whatever fails leaves the rows and the snapshots of before, and is noted for
        the check; then it is raised.
        """
        from polyai_assets.assets.guard import FORESEEN
        from polyai_assets.privacy.masking import identity_of
        from polyai_assets.raw.reference import Snapshots

        snapshots = Snapshots(self.store, config.project, dataset.name)
        asked_at = self.now()
        try:
            is_new = not replay and self._fetch(config, dataset, snapshots, asked_at)
            described, left_out = self._load(config, dataset, snapshots)
        except FORESEEN as error:
            if not replay:
                snapshots.note_failed(asked_at, masked(str(error)))
            raise
        policy = identity_of(config.privacy)
        if replay:
            snapshots.note_replayed(policy)
        else:
            snapshots.note_read(asked_at, left_out, policy)
        return {**described, "changed": is_new}

    def _fetch(
        self, config: ProjectConfig, dataset: ReferenceDataset, snapshots: "Snapshots", now: datetime
    ) -> bool:
        from polyai_assets.api.agents.reference import ReferenceClient

        with ReferenceClient(config.agents_connection()) as client:
            lists = dataset.ask(client)
        payloads = {name: [found.payload for found in listed] for name, listed in lists.items()}
        return snapshots.keep(payloads, now)

    def _load(
        self, config: ProjectConfig, dataset: ReferenceDataset, snapshots: "Snapshots"
    ) -> tuple[dict[str, Any], int]:
        from polyai_assets.privacy.masking import masking_of
        from polyai_assets.warehouse.reference import replace_reference, versioned_rows

        project, table = config.project, REFERENCE_TABLES[dataset.name]
        while True:
            kept = [(snapshot.fetched_at, snapshot_rows(dataset, snapshot.lists)) for snapshot in snapshots]
            rows = versioned_rows((fetched_at, found.rows) for fetched_at, found in kept)
            with self.connect() as connection:
                masking = masking_of(config.privacy, project.account_id)
                replace_reference(connection, self.warehouse, project.key, table, rows, masking)
            # Another run may have kept a newer one, and loaded it, meanwhile.
            if len(snapshots) == len(kept):
                break
        current, left_out = (len(kept[-1][1].rows), kept[-1][1].left_out) if kept else (0, 0)
        log.info("%s: %s %s, %s rows with the past", project, f"{current:,}", dataset.name, f"{len(rows):,}")
        described = {
            "dagster/partition_row_count": len(rows),
            "current": current,
            "snapshots": len(kept),
            "left_out": left_out,
        }
        return described, left_out


def reference_keys(platform: PlatformConfig) -> dict[str, dg.AssetKey]:
    """Name the assets of the datasets that a platform has."""
    if not platform.reference_projects:
        return {}
    return {dataset.name: asset_key(platform, dataset.name) for dataset in REFERENCE_DATASETS}


def build_reference(platform: PlatformConfig, spool: Path) -> list[dg.AssetsDefinition]:
    """Make the asset of each dataset, where a project wants them; in `spool` their runs show that they are alive.

    Each is a step of its own: one that fails leaves the others.
    """
    if not platform.reference_projects:
        return []
    return [_build_dataset(platform, spool, dataset) for dataset in REFERENCE_DATASETS]


def _build_dataset(platform: PlatformConfig, spool: Path, dataset: ReferenceDataset) -> dg.AssetsDefinition:
    projects = {config.project.key: config for config in platform.reference_projects}
    key = asset_key(platform, dataset.name)

    @dg.multi_asset(
        name=step_name(platform, dataset.name),
        specs=[table_spec(platform, REFERENCE_TABLES[dataset.name], source=None)],
        partitions_def=dg.StaticPartitionsDefinition(list(projects)),
        pool=POOL,
        required_resource_keys={resource_key(platform)},
    )
    def refresh(context: dg.AssetExecutionContext, config: ReferenceConfig) -> dg.MaterializeResult[None]:
        show_alive(spool, context.run.run_id)
        from polyai_assets.assets.guard import FORESEEN

        steps = StepRun(platform, spool, context).work(ReferenceSteps)
        project = projects[context.partition_key]
        with forwarded_to(context.log):
            try:
                return dg.MaterializeResult(metadata=steps.refresh(project, dataset, replay=config.replay))
            except FORESEEN as error:
                # The check is a step behind this one, and so is not reached.
                log_result(
                    context, dg.AssetCheckKey(key, check.NAME), check.judge_dataset(platform, dataset, key)
                )
                raise dg.Failure(
                    f"{dataset.name} of {project.project} are red; what was there before stays. {error}",
                    allow_retries=False,
                ) from error

    return refresh
