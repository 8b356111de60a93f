"""Keys: wrong, missing, and never to be found anywhere."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from polyai_assets_tests.assets.retrying import retries_at_once
from polyai_assets_tests.conftest import Configure, Deploy
from polyai_assets_tests.deployment import BANK, DAY1, DAY2, HOTEL, RAW, Deployment, partition

pytestmark = pytest.mark.usefixtures("no_facts")

WRONG = "wrong-key-c0ffee42"
DAYS = (DAY1, DAY2)


def test_a_wrong_key_makes_every_day_red_and_is_told_with_project_region_and_variable(
    deploy: Deploy, configure: Configure
):
    deployment = deploy(configure(key=WRONG, parallel_windows=1))
    run = deployment.run(DAY1, DAY2)
    failure = run.failure
    assert (
        f"- {partition(DAY1)}, {partition(DAY2)}: The key in environment variable KEY_OF_HOTEL_BOT" in failure
    )
    assert "was refused for us-1/acme/hotel-bot" in failure
    assert "check that it was issued for this project and region" in failure
    assert run.retries == 0
    assert len(deployment.simulator.requests) == 1
    assert deployment.statuses("turns", DAYS) == ["FAILED", "FAILED"]
    evaluations = deployment.evaluations(run, "raw_conversations", "complete").values()
    assert evaluations
    for evaluation in evaluations:
        assert not evaluation.passed
        assert "KEY_OF_HOTEL_BOT" in (evaluation.description or "")


def test_a_missing_key_fails_only_its_project_and_keeps_no_definitions_from_loading(
    deploy: Deploy, configure: Configure
):
    deployment = deploy(configure(HOTEL, key=None), configure(BANK))
    dg.Definitions.validate_loadable(deployment.definitions)
    run = deployment.run(DAY1, DAY2, RAW, (HOTEL, BANK))
    assert (
        "us-1/acme/hotel-bot has no API key: environment variable KEY_OF_HOTEL_BOT is not set." in run.failure
    )
    assert "2 of 4 partitions are red" in run.failure
    assert deployment.statuses("raw_conversations", DAYS, HOTEL) == ["FAILED", "FAILED"]
    assert deployment.statuses("raw_conversations", DAYS, BANK) == ["MATERIALIZED", "MATERIALIZED"]
    assert {request.path for request in deployment.simulator.requests} == {
        "/v3/acme/card-support/conversations"
    }


@pytest.fixture
def lasting(tmp_path: Path, deploy: Deploy) -> Iterator[Deploy]:
    """Deploy on a Dagster instance that keeps everything in files."""
    home = tmp_path / "home"
    home.mkdir()
    with dg.DagsterInstance.local_temp(str(home)) as instance:

        def lasting(*projects: object, **changed: object) -> Deployment:
            deployment = deploy(*projects, **changed)
            return replace(deployment, instance=instance)

        yield lasting


def files_with(text: str, folder: Path) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return [str(path) for path in files if text.encode() in path.read_bytes()]


def test_the_key_is_in_no_file_and_no_log_of_good_and_bad_runs(
    lasting: Deploy,
    configure: Configure,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    caplog.set_level(logging.DEBUG)
    assert lasting(configure(HOTEL)).run(DAY1).success
    retries_at_once(monkeypatch, 0)
    unreachable = configure(BANK, base_url="http://127.0.0.1:1", max_attempts=1)
    bad = lasting(configure(HOTEL, key=WRONG), unreachable).run(DAY1, assets=RAW, projects=(HOTEL, BANK))
    assert "was refused" in bad.failure
    assert "could not be reached" in bad.failure
    said = caplog.text + "".join(capfd.readouterr())
    assert files_with("KEY_OF_HOTEL_BOT", tmp_path)  # what is looked for would be found
    for key in (HOTEL.api_key, WRONG, BANK.api_key):
        assert files_with(key, tmp_path) == []
        assert key not in said


def test_the_key_is_in_nothing_that_describes_the_platform(deploy: Deploy, configure: Configure):
    deployment = deploy(configure(HOTEL))
    graph = deployment.definitions.resolve_asset_graph()
    described = [repr(deployment.platform), str(deployment.platform)]
    described += [repr(graph.get(key)) + repr(graph.get(key).metadata) for key in graph.get_all_asset_keys()]
    assert all(HOTEL.api_key not in text for text in described)
