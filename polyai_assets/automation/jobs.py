"""The jobs over days of projects, or over projects: their names, and the assets that each takes.

Runs that are asked for by their assets alone have no name in Dagster's lists. A job is there where a project uses the
option that its assets are for.
"""

from collections.abc import Mapping, Sequence, Set
from typing import TypeAlias

import dagster as dg

# What `define_asset_job` makes has no public name.
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from polyai_assets.assets.delivered import delivered_key
from polyai_assets.assets.details import detail_keys
from polyai_assets.assets.pages import ASSET as REPORT_ASSET
from polyai_assets.assets.published import published_keys
from polyai_assets.assets.reference import reference_keys
from polyai_assets.assets.retrieval import retrieval_keys
from polyai_assets.assets.specs import asset_key, ingest_keys, table_keys
from polyai_assets.configuration import PlatformConfig
from polyai_assets.contract.tables import AUDIO, MIGRATION_PARITY
from polyai_assets.marts.contents import ASSET as COPY_ASSET

Job: TypeAlias = UnresolvedAssetJobDefinition

INGEST, REPLAY, DETAILS, RECORDINGS = "ingest", "replay", "details", "audio"
RETRIEVAL, REFERENCE, PARITY, COPY = "retrieval", "reference", "parity", "copy"
PUBLISH_DAYS, RETENTION = "publish_days", "retention"
DELIVER = "deliver_"
"""What the name of every job begins with that delivers to a target."""

_DESCRIPTIONS = {
    INGEST: "Fetches days of a project, proves them complete, and loads them into the tables.",
    REPLAY: "Builds the tables of days of a project again, from the raw store and without a call to the API.",
    DETAILS: "Fetches the details of conversations that are due from the Agents API, and loads them.",
    RECORDINGS: "Fetches the recordings of calls that are wanted and not there yet.",
    RETRIEVAL: "Asks the saved searches of days of a project, and draws its samples.",
    REFERENCE: "Reads what a project is made of beside its conversations, and keeps what is new.",
    COPY: "Makes the read-only copy anew, facts and KPIs for everything that only reads, and the report from it.",
    PUBLISH_DAYS: "Publishes days of a project as files, where they are not published as they are now.",
    RETENTION: "Removes what was kept for long enough, by layer and project.",
    PARITY: "Compares how two versions of the API give days of a project that is about to migrate.",
}

_DELIVERS = "Delivers published days of a project to {}, where it does not have them as they are published."


def job_name(platform: PlatformConfig, name: str) -> str:
    """Name a job, under the configured prefix."""
    return "_".join([*platform.key_prefix, name])


def job_keys(platform: PlatformConfig) -> dict[str, Sequence[dg.AssetKey]]:
    """Name the assets of every job that a platform has."""
    keys = {
        INGEST: ingest_keys(platform),
        REPLAY: table_keys(platform),
        DETAILS: detail_keys(platform) if platform.has_details else [],
        RECORDINGS: [asset_key(platform, AUDIO.name)] if platform.has_recordings else [],
        RETRIEVAL: retrieval_keys(platform),
        REFERENCE: [*reference_keys(platform).values()],
        PARITY: [asset_key(platform, MIGRATION_PARITY.name)] if platform.has_comparison else [],
        COPY: [asset_key(platform, COPY_ASSET), asset_key(platform, REPORT_ASSET)],
        PUBLISH_DAYS: published_keys(platform),
        RETENTION: [asset_key(platform, RETENTION)] if platform.has_retention else [],
        **{DELIVER + delivery.name: [delivered_key(platform, delivery)] for delivery in platform.deliveries},
    }
    return {name: listed for name, listed in keys.items() if listed}


def build_jobs(platform: PlatformConfig) -> Mapping[str, Job]:
    """Make the jobs of a platform, by the name that they have without its prefix."""
    return {
        name: dg.define_asset_job(
            job_name(platform, name),
            selection=dg.AssetSelection.assets(*keys),
            description=_DESCRIPTIONS.get(name) or _DELIVERS.format(name.removeprefix(DELIVER)),
        )
        for name, keys in job_keys(platform).items()
    }


def assets_of(platform: PlatformConfig, run: dg.DagsterRun) -> Set[dg.AssetKey]:
    """Say which assets a run takes: those that were chosen, or else all of its job; none where neither is known."""
    if run.asset_selection:
        return run.asset_selection
    named = {job_name(platform, name): keys for name, keys in job_keys(platform).items()}
    return set(named.get(run.job_name, ()))
