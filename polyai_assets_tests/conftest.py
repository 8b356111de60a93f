"""What the tests of several rooms share: one simulator for all tests of a process, which every test finds as new."""

import gc
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from hypothesis import HealthCheck, settings

from polyai_assets.configuration import ProjectConfig
from polyai_assets.machine.secrets import SECRETS
from polyai_assets.simulator import Clock, SimulatedProject, Simulator
from polyai_assets_tests.deployment import (
    BANK,
    HOTEL,
    NOW,
    Deployment,
    configured,
    definitions_of,
    platform_in,
)
from polyai_assets_tests.postgres import new_database
from polyai_assets_tests.savings import (
    components_described_once,
    no_certificates_named,
    no_facts,
    quick_dagster_in_memory,
    revisions_read_once,
    small_duckdb_files,
    tables_created_anew,
    tables_created_once,
)
from polyai_assets_tests.steps import Steps
from polyai_assets_tests.tiers import FastTests

__all__ = [
    "components_described_once",
    "new_database",
    "no_certificates_named",
    "no_facts",
    "quick_dagster_in_memory",
    "revisions_read_once",
    "small_duckdb_files",
    "tables_created_anew",
    "tables_created_once",
]

# How long an example takes says how busy the machine is, and nothing about the code.
# The examples are the same in every run; `pytest --hypothesis-profile=explore` looks for new ones.
ANY_MACHINE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same examples", ANY_MACHINE, derandomize=True, database=None, max_examples=20)
settings.register_profile("many examples", ANY_MACHINE, derandomize=True, database=None, max_examples=150)
settings.register_profile("few examples", ANY_MACHINE, derandomize=True, database=None, max_examples=10)
settings.register_profile("explore", ANY_MACHINE, max_examples=2_000)
settings.load_profile("same examples")

Configure = Callable[..., ProjectConfig]
Deploy = Callable[..., Deployment]
PrepareSteps = Callable[..., Steps]
InDagster = Callable[[Steps], Deployment]
Prepare = Callable[[str, Path, Callable[[Path], object]], None]


def pytest_configure(config: pytest.Config) -> None:
    fast = FastTests(config)
    config.pluginmanager.register(fast)
    if fast.are_alone:  # Python tells of every file that is opened, and forgets no hook
        sys.addaudithook(fast.watch)


def pytest_collection_finish() -> None:
    """Leave out of every collection of garbage what lives as long as the process: modules, and the tests themselves."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(autouse=True)
def other_secrets() -> Iterator[None]:
    """What was secret in one test is a word like any other in the next."""
    yield
    SECRETS.forget()


@pytest.fixture(autouse=True)
def own_environment() -> Iterator[None]:
    """A command that runs in this process, as `dg check defs` does, may set variables: no other test has them."""
    before = dict(os.environ)
    yield
    after = dict(os.environ)
    for name in after.keys() - before.keys():
        del os.environ[name]
    # one at least differs, in which pytest keeps the name of the test
    os.environ.update(before.items() - after.items())


@pytest.fixture(scope="session")
def polyai_served() -> Iterator[tuple[Simulator, str]]:
    simulator = Simulator([HOTEL, BANK], clock=Clock(NOW))
    with simulator.running() as url:
        yield simulator, url


@pytest.fixture
def polyai(polyai_served: tuple[Simulator, str]) -> Simulator:
    """A PolyAI with two projects that have the same number of conversations every day."""
    return as_new(polyai_served[0])


def as_new(simulator: Simulator) -> Simulator:
    simulator.faults.clear()
    simulator.clock.stop_at(NOW)
    simulator.requests.clear()
    for project in (HOTEL, BANK):
        simulator.restore(project.key)
    return simulator


@pytest.fixture
def polyai_url(polyai_served: tuple[Simulator, str], polyai: Simulator) -> str:
    return polyai_served[1]


@pytest.fixture
def configure(polyai_url: str) -> Configure:
    """Configure a project on that PolyAI."""

    def configure(simulated: SimulatedProject = HOTEL, **options: Any) -> ProjectConfig:
        return configured(simulated, polyai_url, **options)

    return configure


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def prepare_steps(tmp_path: Path, polyai: Simulator, configure: Configure) -> PrepareSteps:
    """Give the steps of a platform in `tmp_path`: with the hotel alone unless projects are given."""

    def prepare_steps(*projects: ProjectConfig, **changed: Any) -> Steps:
        return Steps(platform_in(tmp_path, *(projects or (configure(),)), **changed), tmp_path, polyai)

    return prepare_steps


@pytest.fixture
def steps(prepare_steps: PrepareSteps) -> Steps:
    return prepare_steps()


@pytest.fixture
def in_dagster(instance: dg.DagsterInstance) -> InDagster:
    """Deploy the platform of steps, for what Dagster shows of a run."""

    def in_dagster(steps: Steps) -> Deployment:
        definitions = definitions_of(steps.platform, steps.root)
        return Deployment(steps.platform, steps.root, steps.simulator, definitions, instance)

    return in_dagster


@pytest.fixture
def deploy(tmp_path: Path, polyai: Simulator, configure: Configure, instance: dg.DagsterInstance) -> Deploy:
    """Deploy a platform in `tmp_path`: with the hotel alone unless projects are given."""

    def deploy(*projects: ProjectConfig, **changed: Any) -> Deployment:
        platform = platform_in(tmp_path, *(projects or (configure(),)), **changed)
        return Deployment(platform, tmp_path, polyai, definitions_of(platform, tmp_path), instance)

    return deploy


@pytest.fixture
def deployment(deploy: Deploy) -> Deployment:
    return deploy()


@pytest.fixture(scope="module")
def deploy_once(
    polyai_served: tuple[Simulator, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deploy]:
    """Deploy the hotel's platform, with options of the hotel, for tests of a module that look at the same."""
    with dg.DagsterInstance.ephemeral() as instance:

        def deploy_once(**options: Any) -> Deployment:
            simulator, url = as_new(polyai_served[0]), polyai_served[1]
            folder = tmp_path_factory.mktemp("deployed")
            platform = platform_in(folder, configured(HOTEL, url, **options))
            return Deployment(platform, folder, simulator, definitions_of(platform, folder), instance)

        yield deploy_once


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepare:
    """Bring a folder to the state of this name, which many tests begin with: made once by `make`, then copied."""
    made: dict[str, Path] = {}

    def prepared(name: str, folder: Path, make: Callable[[Path], object]) -> None:
        if name not in made:
            fresh = tmp_path_factory.mktemp("prepared")
            make(fresh)
            made[name] = fresh
        shutil.copytree(made[name], folder, dirs_exist_ok=True)

    return prepared


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """An S3 on this machine."""
    pytest.importorskip("s3fs", reason="needs s3fs: pip install polyai-assets[s3]")
    from moto.moto_server.threaded_moto_server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()
