"""The jobs over days of projects, and what is there only where a project uses it."""

from datetime import timedelta

import dagster as dg
import pytest

from polyai_assets.automation.runs import days_in_flight
from polyai_assets.configuration.audio import AudioConfig
from polyai_assets.configuration.compare_with import CompareConfig
from polyai_assets.configuration.searches import SearchConfig
from polyai_assets.contract.tables import REFERENCE_TABLES
from polyai_assets.raw.retention_days import RetentionDays
from polyai_assets_tests.conftest import Configure, Deploy
from polyai_assets_tests.deployment import (
    DAY1,
    DAY2,
    DETAILS,
    HOTEL,
    INGEST,
    TABLES,
    Deployment,
    partition,
)
from polyai_assets_tests.deployment import QUIET as QUIETLY
from polyai_assets_tests.steps import steps_of

pytestmark = pytest.mark.usefixtures("no_facts")

ALWAYS = {
    "ingest",
    "replay",
    "accept_partition",
    "finished_conversations",
    "alerts",
    "nightly_refresh",
    "freshness",
    *("conversation_facts", "copy", "copy_due", "read_only_copy", "report"),
    *INGEST,
}
"""Names of jobs, sensors, schedules and assets that every platform has."""

SEARCH = SearchConfig(name="parking", type="transcript", query="park")


def names_of(deployment: Deployment) -> set[str]:
    """What Dagster's UI lists of a platform, but for the checks."""
    definitions = deployment.definitions
    repository = definitions.get_repository_def()
    jobs = {job.name for job in repository.get_all_jobs() if not job.name.startswith("__")}
    assets = {key.path[-1] for key in definitions.resolve_asset_graph().get_all_asset_keys()}
    started = [*repository.sensor_defs, *repository.schedule_defs]
    return jobs | assets | {one.name for one in started}


@pytest.mark.parametrize(
    ("options", "added"),
    [
        ({}, set()),
        ({"details": "by_hand"}, {"details", *DETAILS}),
        ({"details": True}, {"details", "details_due", *DETAILS}),
        ({"audio": AudioConfig(calls="all")}, {"audio", "due_recordings"}),
        ({"searches": [SEARCH]}, {"retrieval", "nightly_retrieval", "search_hits"}),
        ({"samples": 2}, {"retrieval", "nightly_retrieval", "qa_samples"}),
        ({"reference": True}, {"reference", "daily_reference", *REFERENCE_TABLES}),
        ({"compare_with": CompareConfig(api_version="v1")}, {"parity", "migration_parity"}),
        ({"retention": RetentionDays(audio=30)}, {"retention", "daily_retention"}),
        ({"write_back": True}, {"publish_write_backs", "requested_write_backs"}),
    ],
)
def test_what_belongs_to_an_option_is_there_where_a_project_uses_it(
    deploy: Deploy, configure: Configure, options: dict[str, object], added: set[str]
):
    assert names_of(deploy(configure(**{"details": False, **options}))) == ALWAYS | added


@pytest.mark.parametrize(
    ("job", "assets"), [("ingest", INGEST), ("replay", TABLES), ("details", DETAILS), ("freshness", ())]
)
def test_a_job_takes_the_assets_that_its_name_says(deployment: Deployment, job: str, assets: tuple[str, ...]):
    found = deployment.definitions.resolve_job_def(job).asset_layer.executable_asset_keys
    assert {key.path[-1] for key in found} == set(assets)


def test_names_of_jobs_carry_the_prefix_and_their_sensors_start_them(deploy: Deploy):
    definitions = deploy(key_prefix=("eu",)).definitions
    for sensor, job in (("eu_finished_conversations", "eu_ingest"), ("eu_copy_due", "eu_copy")):
        assert definitions.resolve_sensor_def(sensor).job_name == job
    assert definitions.resolve_schedule_def("eu_nightly_refresh").job_name == "eu_ingest"
    assert definitions.resolve_schedule_def("eu_freshness").job_name == "eu_freshness"


def test_a_replay_builds_the_tables_without_a_call(deployment: Deployment):
    assert steps_of(deployment).run(DAY1).success
    deployment.simulator.requests.clear()
    replay = deployment.definitions.resolve_job_def("replay")
    assert replay.execute_in_process(
        instance=deployment.instance, partition_key=partition(DAY1), run_config=QUIETLY
    ).success
    assert deployment.simulator.requests == []
    assert deployment.ask("SELECT count(*) FROM conversations") == [(3,)]


def test_a_run_of_a_whole_job_takes_its_assets(deployment: Deployment):
    def begin(job: str, day: str) -> None:
        deployment.instance.create_run_for_job(
            deployment.definitions.resolve_job_def(job),
            status=dg.DagsterRunStatus.STARTED,
            tags={"dagster/partition": day},
        )

    begin("ingest", partition(DAY1))
    begin("details", partition(DAY2))
    ingest = [deployment.key(name) for name in INGEST]
    details = [deployment.key(name) for name in DETAILS]
    assert days_in_flight(deployment.instance, deployment.platform, ingest) == {HOTEL.key: {DAY1}}
    assert days_in_flight(deployment.instance, deployment.platform, details) == {
        HOTEL.key: {DAY1 + timedelta(days=1)}
    }
