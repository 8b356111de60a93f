"""The versions of the simulator beside each other: they differ as PolyAI says."""

from polyai_assets.configuration.compare_with import CompareConfig
from polyai_assets.migration.days import Comparing
from polyai_assets.migration.parity import ParityVerdict
from polyai_assets.simulator import Simulator
from polyai_assets_tests.conftest import Configure
from polyai_assets_tests.deployment import (
    DAY1,
    HOTEL,
    partitions_of,
    project_of,
)
from polyai_assets_tests.migration.comparing import V1, V2


def test_the_same_conversations_of_both_versions_differ_as_polyai_says(
    comparing: Comparing, configure: Configure
):
    """v1 of the simulator has nulls, five ways to write a time, and fields that may be missing."""
    (outcome,) = comparing.run(configure(compare_with=V1), partitions_of(project_of(HOTEL), [DAY1]))
    assert outcome.parity is not None
    assert outcome.parity.conversations == 3
    assert outcome.parity.to_look_at() == []
    met = {(one.path, one.verdict) for one in outcome.parity.rows}
    assert met >= {
        ("started_at", ParityVerdict.TIME_FORMAT),
        ("handoff_reason", ParityVerdict.NULL_BECAME_EMPTY),
        ("turns[].barge_in", ParityVerdict.ONLY_IN_NEW),
        ("turns[].latency", ParityVerdict.ONLY_IN_NEW),
        ("turns[].metadata", ParityVerdict.ONLY_IN_NEW),
        ("turns[].agent_response", ParityVerdict.EQUAL),
    }


def test_v2_is_compared_with_v3_and_is_the_same_in_everything(comparing: Comparing, configure: Configure):
    (outcome,) = comparing.run(configure(compare_with=V2), partitions_of(project_of(HOTEL), [DAY1]))
    assert outcome.parity is not None
    assert {one.verdict for one in outcome.parity.rows} == {ParityVerdict.EQUAL}
    assert (outcome.parity.versions, outcome.parity.equal) == (("v2", "v3"), 3)


def test_a_project_that_is_still_on_v1_is_compared_the_same_way(comparing: Comparing, configure: Configure):
    config = configure(api_version="v1", compare_with=CompareConfig(api_version="v3"))
    (outcome,) = comparing.run(config, partitions_of(config.project, [DAY1]))
    assert outcome.parity is not None
    assert outcome.parity.versions == ("v1", "v3")
    assert outcome.parity.to_look_at() == []


def test_details_that_a_project_leaves_out_are_no_difference(comparing: Comparing, configure: Configure):
    off = {"include_latency": False, "include_turn_metadata": False, "include_context_state": False}
    (outcome,) = comparing.run(configure(compare_with=V1, **off), partitions_of(project_of(HOTEL), [DAY1]))
    assert outcome.parity is not None
    assert outcome.parity.to_look_at() == []


def test_a_filter_that_v1_does_not_know_is_left_out_of_both_versions(
    comparing: Comparing, configure: Configure, polyai: Simulator
):
    (outcome,) = comparing.run(
        configure(compare_with=V1, channels=("voice",), page_size=3), partitions_of(project_of(HOTEL), [DAY1])
    )
    assert outcome.parity is not None
    assert outcome.parity.to_look_at() == []
    assert not any("channel" in request.query for request in polyai.requests)
    comparing_v2 = list(
        comparing.run(
            configure(compare_with=V2, channels=("voice",)), partitions_of(project_of(HOTEL), [DAY1])
        )
    )
    assert comparing_v2[0].error is None
    asked = [request for request in polyai.requests if "channel" in request.query]
    assert {request.path.split("/")[1] for request in asked} == {"v2", "v3"}
