"""`polyai_assets.PolyAIConversations`: from a `defs.yaml` to definitions. Wiring only."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import click
import dagster as dg
from pydantic import BaseModel

from polyai_assets.assets.audio import build_audio
from polyai_assets.assets.connection import duckdb_resource, resource_key
from polyai_assets.assets.delivered import build_delivered
from polyai_assets.assets.details import build_details
from polyai_assets.assets.facts import build_facts
from polyai_assets.assets.ingest import build_ingest
from polyai_assets.assets.pages import build_report
from polyai_assets.assets.published import build_published
from polyai_assets.assets.read_only_copy import build_read_only_copy
from polyai_assets.assets.reference import build_reference, reference_keys
from polyai_assets.assets.retrieval import build_retrieval
from polyai_assets.assets.specs import RAW, asset_key
from polyai_assets.automation.accept import build_accept_job
from polyai_assets.automation.alerts import build_alert_sensor
from polyai_assets.automation.copy_due import build_copy_sensor
from polyai_assets.automation.delivery_due import build_delivery_sensor
from polyai_assets.automation.finished import build_finished_sensor
from polyai_assets.automation.jobs import (
    COPY,
    DETAILS,
    INGEST,
    PUBLISH_DAYS,
    RECORDINGS,
    REFERENCE,
    RETENTION,
    RETRIEVAL,
    build_jobs,
)
from polyai_assets.automation.look_again import DUE_DETAILS, DUE_RECORDINGS, build_look_again_sensor
from polyai_assets.automation.publish_due import build_publish_sensor
from polyai_assets.automation.requested import build_publishing
from polyai_assets.automation.schedules import (
    build_daily_reference,
    build_daily_retention,
    build_nightly_refresh,
    build_nightly_retrieval,
)
from polyai_assets.checks.freshness import build_freshness, build_freshness_schedule
from polyai_assets.checks.reference import build_reference_checks
from polyai_assets.configuration import ConfigurationError, PlatformConfig, read_platform
from polyai_assets.configuration.problems import SourceFile
from polyai_assets.configuration.scaffolding import PolyAIScaffolder
from polyai_assets.configuration.schema import AttributesInFile
from polyai_assets.migration.asset import build_parity
from polyai_assets.retention.asset import build_retention

_ALONE = "`polyai doctor` shows these lines without Dagster's stack, which follows."


@dg.scaffold_with(PolyAIScaffolder)
@dataclass(frozen=True)
class PolyAIConversations(dg.Component):
    """Every conversation of your PolyAI projects in your own warehouse.

    Each project and day is a partition: fetched from PolyAI, kept as it came, proven complete, checked
    against the contract and loaded into typed tables. `dg check defs` checks all of the configuration.

        type: polyai_assets.PolyAIConversations
        attributes:
          projects:
            - region: us-1
              account_id: acme
              project_id: hotel-bot
              api_key: "{{ env.POLYAI_KEY_US1_ACME_HOTEL_BOT }}"
    """

    config: PlatformConfig

    @classmethod
    def get_model_cls(cls) -> type[BaseModel]:
        """Name the schema that Dagster shows. As a model it takes any mapping; `load` judges."""
        return AttributesInFile

    @classmethod
    def load(cls, attributes: BaseModel | None, context: dg.ComponentLoadContext) -> Self:
        """Read the attributes. Raises `ConfigurationError` with all that is wrong, and never with a key."""
        given: Mapping[str, Any] = attributes.root if isinstance(attributes, AttributesInFile) else {}
        root = context.project_root.resolve()
        is_check = "DAGSTER_IS_DEFS_VALIDATION_CLI" in os.environ
        try:
            config = read_platform(
                given,
                scope=context.resolution_context.scope,
                source=SourceFile(context.resolution_context.source_position_tree, root),
                root=root,
                today=datetime.now(UTC).date(),
                # Under `dg check defs` a missing key is an error; a deployment without it serves the others.
                keys_needed=is_check,
            )
        except ConfigurationError as error:
            if is_check:  # before the stack that Dagster prints
                click.echo("\n".join([*error.problems, _ALONE]), err=True)
            raise
        return cls(config)

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """Wire the definitions of this instance."""
        return definitions_of(self.config, context.project_root.resolve())


def definitions_of(platform: PlatformConfig, root: Path) -> dg.Definitions:
    """Wire the definitions of a platform in the Dagster project whose folder is `root`."""
    spool = root / "data" / "spool"
    jobs = build_jobs(platform)
    publish_jobs, requested_sensors = build_publishing(platform, root)
    freshness = build_freshness(platform, asset_key(platform, RAW))
    reference_checks = build_reference_checks(platform, reference_keys(platform))
    of_days = [
        build_ingest(platform, spool),
        *build_details(platform, spool),
        build_facts(platform, spool),
        *build_audio(platform, spool),
        *build_retrieval(platform, spool),
    ]
    return dg.Definitions(
        assets=[
            *of_days,
            *build_reference(platform, spool),
            *build_parity(platform, spool),
            *build_published(platform, spool, of_days),
            *build_delivered(platform, spool),
            *build_retention(platform, root),
            build_read_only_copy(platform, spool),
            build_report(platform, spool),
        ],
        asset_checks=[freshness, *reference_checks],
        jobs=[*jobs.values(), build_accept_job(platform), *publish_jobs],
        sensors=[
            build_finished_sensor(platform, spool, jobs[INGEST]),
            *build_look_again_sensor(platform, DUE_DETAILS, jobs.get(DETAILS)),
            *build_look_again_sensor(platform, DUE_RECORDINGS, jobs.get(RECORDINGS)),
            build_alert_sensor(platform, spool),
            build_copy_sensor(platform, jobs[COPY]),
            *build_publish_sensor(platform, jobs.get(PUBLISH_DAYS)),
            *build_delivery_sensor(platform, spool, jobs),
            *requested_sensors,
        ],
        schedules=[
            build_nightly_refresh(platform, jobs[INGEST]),
            *build_nightly_retrieval(platform, jobs.get(RETRIEVAL)),
            *build_daily_reference(platform, jobs.get(REFERENCE)),
            *build_daily_retention(platform, jobs.get(RETENTION)),
            build_freshness_schedule(platform, freshness, *reference_checks),
        ],
        resources={resource_key(platform): duckdb_resource(spool)},
    )
