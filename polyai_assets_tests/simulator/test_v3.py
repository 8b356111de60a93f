import pytest
import requests

from polyai_assets.simulator import Simulator
from polyai_assets_tests.simulator.conftest import BANK, CLINIC, DAY, HOTEL, Ask, ids


@pytest.mark.parametrize("key", ["", "wrong", CLINIC.api_key, BANK.api_key])
def test_a_key_that_is_missing_wrong_or_of_another_project_is_401(ask: Ask, key: str) -> None:
    reply = ask(HOTEL, key=key)

    assert reply.status_code == 401
    assert reply.json()["error_code"] == "UNAUTHORIZED"


def test_an_unknown_project_is_404_in_the_envelope_of_the_api(url: str, session: requests.Session) -> None:
    reply = session.get(
        f"{url}/v3/acme/nobody/conversations", headers={"x-api-key": HOTEL.api_key}, timeout=10
    )

    envelope = reply.json()
    assert reply.status_code == 404
    assert set(envelope) == {"success", "error", "error_id", "error_code", "error_message", "data"}
    assert envelope["error_code"] == "PROJECT_NOT_FOUND"
    assert envelope["success"] is False
    assert envelope["data"] is None


def test_every_answer_has_its_own_correlation_id(url: str, session: requests.Session, ask: Ask) -> None:
    replies = [ask(), ask(key="wrong"), ask(limit=0), session.get(f"{url}/nothing/here", timeout=10)]

    assert [reply.status_code for reply in replies] == [200, 401, 400, 404]
    assert len({reply.headers["x-polyai-correlation-id"] for reply in replies}) == 4


def test_the_start_is_inclusive_and_the_end_exclusive(ask: Ask) -> None:
    day = ask().json()["conversations"]
    first, last = day[0], day[-1]

    between = ids(ask(start_time=first["started_at"], end_time=last["started_at"]))

    assert between == [conversation["id"] for conversation in day[:-1]]


@pytest.mark.parametrize(
    "start", ["2026-11-03T06:00:00Z", "2026-11-03T00:00:00-06:00", "2026-11-03T06:00:00.000"]
)
def test_a_moment_may_be_written_in_any_zone(ask: Ask, start: str) -> None:
    reply = ask(start_time=start)

    assert ids(reply)
    assert reply.json()["conversations"][0]["started_at"] >= "2026-11-03T06"


def test_only_live_conversations_come_unless_another_environment_is_asked_for(ask: Ask) -> None:
    by_default = {c["environment"] for c in ask(BANK).json()["conversations"]}
    sandbox = {c["environment"] for c in ask(BANK, client_env="sandbox").json()["conversations"]}

    assert by_default == {"live"}
    assert sandbox == {"sandbox"}


@pytest.mark.parametrize(
    ("channel", "found"),
    [
        ("voice", {"VOICE-SIP"}),
        ("chat", {"WEBCHAT"}),
        ("SMS", {"SMS"}),
        (["voice", "SMS"], {"VOICE-SIP", "SMS"}),
        ("fax", set()),
    ],
)
def test_channels_are_filtered_by_group_or_by_name(ask: Ask, channel: str, found: set[str]) -> None:
    week = ask(channel=channel, start_time="2026-11-01T00:00:00Z", end_time="2026-11-08T00:00:00Z")

    assert {c["channel"] for c in week.json()["conversations"]} == found


def test_a_variant_is_found_by_its_id_and_by_its_name_with_a_space(ask: Ask) -> None:
    by_id = ask(variant_id="austin")
    by_name = ask(variant_name="Seabright Austin")

    assert {c["variant_id"] for c in by_id.json()["conversations"]} == {"austin"}
    assert ids(by_id) == ids(by_name)


@pytest.mark.parametrize(
    "wrong",
    [
        {"start_time": "yesterday"},
        {"end_time": "2026-13-01T00:00:00Z"},
        {"start_time": "2026-11-05T00:00:00Z"},
        {"client_env": "production"},
        {"variant_id": "austin", "variant_name": "Seabright Austin"},
        {"in_progress": "maybe"},
        {"limit": 0},
        {"limit": 1001},
        {"limit": "many"},
        {"offset": -1},
        {"cursor": ""},
        {"cursor": "not a cursor"},
        {"include_latency": "1.5"},
        {"query_type": "exact", "query": "room"},
        {"query_type": "transcript"},
        {"query_type": "transcript", "query": "room", "turn_type": "both"},
        {"query_type": "semantic", "query": "room", "turn_type": "user"},
        {"query_type": "transcript", "query": "room", "sample": "random"},
        {"sample": "first"},
        {"sample": "random", "start_time": None},
        {"query_type": "semantic", "query": "room", "end_time": None},
    ],
)
def test_a_wrong_parameter_is_400(ask: Ask, wrong: dict[str, str]) -> None:
    reply = ask(**wrong)

    assert reply.status_code == 400
    assert reply.json()["error_code"] == "GET_CONVERSATIONS_FILTER_PARSE_ERROR"


def test_without_a_range_everything_up_to_now_is_listed(ask: Ask, simulator: Simulator) -> None:
    reply = ask(start_time=None, end_time=None, limit=3)

    assert [c["started_at"][:10] for c in reply.json()["conversations"]] == ["2025-01-01"] * 3
    assert reply.json()["cursor"]


def test_details_come_only_on_request(ask: Ask) -> None:
    plain = ask(limit=1).json()["conversations"][0]
    full = ask(
        limit=1, include_latency="true", include_turn_metadata="True", include_context_state="true"
    ).json()["conversations"][0]

    assert plain["state"] == {}
    assert not {"latency", "metadata"} & plain["turns"][0].keys()
    assert full["state"]["from_"] == full["from_number"]
    assert all(turn["latency"] > 0 and turn["metadata"]["language"] for turn in full["turns"])


def test_details_do_not_change_the_rest_of_a_conversation(ask: Ask) -> None:
    plain = ask().json()["conversations"]
    full = ask(include_latency="true", include_turn_metadata="true").json()["conversations"]
    for conversation in full:
        for turn in conversation["turns"]:
            del turn["latency"], turn["metadata"]

    assert full == plain


def test_a_transcript_search_finds_the_words_of_the_chosen_side(ask: Ask) -> None:
    everyone = ask(query_type="transcript", query="FRONT DESK").json()["conversations"]
    callers = ask(query_type="transcript", query="front desk", turn_type="user").json()["conversations"]

    assert everyone
    assert len(callers) < len(everyone) < 40
    assert all("front desk" in str(c["turns"]).lower() for c in everyone)
    assert all(any("front desk" in t["user_input"].lower() for t in c["turns"]) for c in callers)


def test_a_semantic_search_finds_other_forms_of_the_words(ask: Ask) -> None:
    found = ask(query_type="semantic", query="reservations").json()["conversations"]

    assert 0 < len(found) < 40
    assert not any("reservations" in str(conversation["turns"]) for conversation in found)


def test_a_sample_is_drawn_from_the_whole_range_and_has_no_next_page(ask: Ask) -> None:
    everything = ids(ask())

    first, second = ask(sample="random", limit=10), ask(sample="random", limit=10)

    assert set(ids(first)) < set(everything)
    assert len(set(ids(first))) == 10
    assert ids(first) != ids(second)
    assert first.json()["cursor"] is None
    assert "next_offset" not in first.json()


def test_requests_are_remembered_without_headers(ask: Ask, simulator: Simulator) -> None:
    ask(limit=5)
    ask(key="not-this-one")

    first, second = simulator.requests
    assert (first.method, first.path, first.status) == ("GET", "/v3/acme/hotel-bot/conversations", 200)
    assert first.query == {name: [value] for name, value in DAY.items()} | {"limit": ["5"]}
    assert second.status == 401
    assert "not-this-one" not in str(second)
