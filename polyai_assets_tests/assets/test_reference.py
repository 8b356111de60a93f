"""Deployments and variants as their users have them: read, changed, gone and back, rebuilt without a call, red."""

from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from polyai_assets.api.errors import Forbidden, NotFound, PolyAIError, ServerError
from polyai_assets.assets.connection import Connect
from polyai_assets.assets.reference import ReferenceSteps
from polyai_assets.checks.reference import judge_dataset
from polyai_assets.configuration import MissingKey
from polyai_assets.contract.deployment import DEPLOYMENTS
from polyai_assets.contract.reference import ReferenceDataset
from polyai_assets.contract.tables import REFERENCE_DATASETS, REFERENCE_TABLES
from polyai_assets.contract.variant import VARIANTS
from polyai_assets.privacy.masking import identity_of
from polyai_assets.privacy.policy import PrivacyPolicy
from polyai_assets.raw.reference import Snapshots
from polyai_assets.raw.store import RawStore
from polyai_assets.simulator import Fault, Simulator
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.assets.ingesting import connect
from polyai_assets_tests.conftest import Configure, Deploy
from polyai_assets_tests.deployment import BANK, HOTEL, NOW, QUIET, Deployed, platform_in

SUMMER = datetime(2025, 6, 2, 12, tzinfo=UTC)
EVERYTHING = {dataset.name: f"SELECT * FROM {dataset.name} ORDER BY ALL" for dataset in REFERENCE_DATASETS}


class Reading:
    """The hotel, whose reference data is read at the simulator's time."""

    def __init__(self, deployed: Deployed) -> None:
        self.deployed, self.simulator = deployed, deployed.simulator
        self.config = deployed.platform.projects[0]
        self.store = RawStore(deployed.platform.raw_store)
        self.now = NOW
        self.connect: Connect = connect

    def read(self, dataset: ReferenceDataset, now: datetime | None = None, **options: Any) -> dict[str, Any]:
        self.now = now or self.now
        self.simulator.clock.stop_at(self.now)
        warehouse = Warehouse(self.deployed.platform.warehouse)
        steps = ReferenceSteps(
            self.store, warehouse, self.deployed.root / "spool", self.connect, now=lambda: self.now
        )
        return steps.refresh(self.config, dataset, **options)

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        return self.deployed.ask(statement)


@pytest.fixture
def reading(tmp_path: Path, polyai: Simulator, configure: Configure) -> Reading:
    config = configure(reference=True, max_attempts=1)
    return Reading(Deployed(platform_in(tmp_path, config), tmp_path, polyai))


def test_the_deployments_of_every_environment_are_rows_and_one_of_each_is_active(reading: Reading) -> None:
    described = reading.read(DEPLOYMENTS)
    assert reading.ask(
        "SELECT environment, count(*) > 1, count(*) FILTER (is_active), arg_max(is_active, created_at), "
        "count(DISTINCT deployment_id) = count(*), "
        "bool_and(valid_from = '2025-03-10 12:00:00+00' AND valid_until IS NULL), "
        "max(created_by LIKE '%@acme.example'), max(extra) FROM deployments GROUP BY 1 ORDER BY 1"
    ) == [(name, True, 1, True, True, True, True, None) for name in ("live", "pre-release", "sandbox")]
    (count,) = reading.ask("SELECT count(*) FROM deployments")[0]
    assert described == {
        "dagster/partition_row_count": count,
        "current": count,
        "snapshots": 1,
        "left_out": 0,
        "changed": True,
    }


def test_a_variant_is_a_site_with_its_numbers(reading: Reading) -> None:
    reading.read(VARIANTS)
    assert reading.ask(
        "SELECT variant_id, is_default, attributes ->> 'time_zone', phone_numbers ->> '$[0].language', "
        "phone_numbers ->> '$[0].environment', (phone_numbers ->> '$[0].number') = (attributes ->> 'phone_number') "
        "FROM variants ORDER BY is_default DESC LIMIT 1"
    ) == [("boston-harbor", True, "America/New_York", "en-US", "live", True)]


def test_what_is_as_before_makes_no_snapshot_and_no_row(reading: Reading) -> None:
    reading.read(VARIANTS)
    before = reading.ask(EVERYTHING["variants"])
    assert not reading.read(VARIANTS, NOW + timedelta(days=1))["changed"]
    assert reading.ask(EVERYTHING["variants"]) == before
    assert len(Snapshots(reading.store, reading.config.project, "variants")) == 1


def test_what_changes_keeps_its_past_and_a_replay_makes_the_same_tables(reading: Reading) -> None:
    for now in (NOW, SUMMER):
        for dataset in REFERENCE_DATASETS:
            reading.read(dataset, now)
    hours = "SELECT attributes ->> 'opening_hours', valid_from, valid_until FROM variants WHERE is_default ORDER BY 2"
    (winter, summer) = reading.ask(hours)
    assert (winter[1:], summer[1:]) == ((NOW, SUMMER), (SUMMER, None))
    assert winter[0] != summer[0]
    assert reading.ask(
        "SELECT environment, count(*), count(*) FILTER (valid_until IS NULL) FROM deployments "
        "WHERE is_active GROUP BY 1 ORDER BY 1"
    ) == [(name, 2, 1) for name in ("live", "pre-release", "sandbox")]
    tables = {name: reading.ask(statement) for name, statement in EVERYTHING.items()}
    Path(reading.deployed.platform.warehouse).unlink()
    reading.simulator.requests.clear()
    for dataset in REFERENCE_DATASETS:
        reading.read(dataset, replay=True)
    assert {name: reading.ask(statement) for name, statement in EVERYTHING.items()} == tables
    assert reading.simulator.requests == []


def test_what_is_gone_ends_and_begins_again_when_it_is_back(reading: Reading) -> None:
    moments = [NOW + timedelta(days=days) for days in range(3)]
    reading.read(VARIANTS, moments[0])
    (snapshot,) = Snapshots(reading.store, reading.config.project, "variants")
    without = {**snapshot.lists, "variants": snapshot.lists["variants"][1:]}
    assert Snapshots(reading.store, reading.config.project, "variants").keep(without, moments[1])
    reading.read(VARIANTS, moments[2])
    assert reading.ask("SELECT valid_from, valid_until FROM variants WHERE is_default ORDER BY 1") == [
        (moments[0], moments[1]),
        (moments[2], None),
    ]


def test_what_another_run_keeps_meanwhile_is_loaded_too(reading: Reading) -> None:
    reading.read(VARIANTS)
    project = reading.config.project

    def overtaken() -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        Snapshots(reading.store, project, "variants").keep({"variants": []}, SUMMER)
        return connect()

    reading.connect = overtaken
    reading.read(VARIANTS, replay=True)
    assert reading.ask("SELECT DISTINCT valid_from, valid_until FROM variants") == [(NOW, SUMMER)]


@pytest.mark.parametrize(
    ("fault", "error", "cause"),
    [
        (
            Fault("error", {"status": 403}, call="connectors"),
            Forbidden,
            "may not read the deployments, variants",
        ),
        (
            Fault("error", {"status": 404}, call="attributes"),
            NotFound,
            "Nothing is known of us-1/acme/hotel-bot",
        ),
        (Fault("error", {"status": 503}, call="phone_numbers"), ServerError, "503"),
    ],
    ids=["403", "404", "503"],
)
def test_a_failed_look_changes_nothing_and_its_check_says_why(
    reading: Reading, fault: Fault, error: type[PolyAIError], cause: str
) -> None:
    reading.read(VARIANTS)
    before = reading.ask(EVERYTHING["variants"])
    reading.simulator.faults.add(fault)
    with pytest.raises(error, match=cause):
        reading.read(VARIANTS, SUMMER)
    assert reading.ask(EVERYTHING["variants"]) == before
    assert len(Snapshots(reading.store, reading.config.project, "variants")) == 1
    found = judge_dataset(reading.deployed.platform, VARIANTS, dg.AssetKey("variants"))
    assert found.failure is not None
    assert cause in found.failure.cause
    assert "last read: us-1/acme/hotel-bot 2025-03-10 12:00 UTC" in found.failure.found
    assert reading.read(VARIANTS)["changed"]


def test_a_project_without_a_key_says_so(tmp_path: Path, polyai: Simulator, configure: Configure) -> None:
    config = configure(reference=True, key=None)
    reading = Reading(Deployed(platform_in(tmp_path, config), tmp_path, polyai))
    with pytest.raises(MissingKey):
        reading.read(VARIANTS)


def test_in_dagster_a_red_dataset_leaves_the_others_and_its_check_is_judged(
    deploy: Deploy, configure: Configure
) -> None:
    hotel = configure(reference=True, max_attempts=1)
    deployment = deploy(configure(BANK), hotel, key_prefix=("eu",))
    deployment.simulator.faults.add(Fault("error", {"status": 403}, call="attributes"))
    result = deployment.definitions.resolve_job_def("eu_reference").execute_in_process(
        instance=deployment.instance, partition_key=HOTEL.key, run_config=QUIET, raise_on_error=False
    )
    assert not result.success
    done = {
        event.asset_key.path[-1] for event in result.get_asset_materialization_events() if event.asset_key
    }
    assert done == REFERENCE_TABLES.keys() - {"variants"}
    (failed,) = result.filter_events(lambda event: event.is_step_failure)
    assert failed.step_failure_data.user_failure_data is not None
    assert "Ask PolyAI for that permission" in str(failed.step_failure_data.user_failure_data.description)
    shown = {name: deployment.newest(name, "reference_current") for name in REFERENCE_TABLES}
    assert {name for name, found in shown.items() if found and found.passed} == done
    assert shown["variants"] is not None
    assert "may not read" in str(shown["variants"].metadata["cause"].value)
    assert deployment.ask("SELECT DISTINCT project FROM deployments") == [(HOTEL.key,)]


def test_by_which_policy_rows_were_made_is_noted_also_of_a_replay(reading: Reading) -> None:
    def noted() -> str | None:
        return Snapshots(reading.store, reading.config.project, VARIANTS.name).read_latest().policy

    reading.read(VARIANTS)
    assert noted() == ""
    reading.config = reading.config.model_copy(update={"privacy": PrivacyPolicy(text="drop")})
    reading.read(VARIANTS, replay=True)
    assert noted() == identity_of(PrivacyPolicy(text="drop"))
