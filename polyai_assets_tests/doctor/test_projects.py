"""Keys, and what the switches of a project let through, on the simulator."""

from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from polyai_assets.alerts.keys import ExpiringKey
from polyai_assets.api.project import Project
from polyai_assets.configuration.api_key import ConfiguredKey
from polyai_assets.configuration.audio import AudioConfig
from polyai_assets.doctor.check import Diagnosis
from polyai_assets.doctor.contents import look_at_contents
from polyai_assets.doctor.identity import Identities, same_project
from polyai_assets.doctor.keys import look_at_agents_key, look_at_endpoints, look_at_expiry, look_at_key
from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.conftest import Configure
from polyai_assets_tests.deployment import BANK, HOTEL, NOW, START
from polyai_assets_tests.doctor.asking import GREEN, RED, YELLOW, only, verdicts

Found = list[Diagnosis]
ALL = ("turns", "metrics", "numbers", "variant", "state", "latency")


def key(configure: Configure, **options: Any) -> Diagnosis:
    return only(look_at_key(configure(**options), START, NOW))


def contents(configure: Configure, **options: Any) -> Found:
    return list(look_at_contents(configure(**options), START, NOW))


def break_all(polyai: Simulator, kind: str, call: Any = None, **parameters: Any) -> None:
    polyai.faults.add(Fault(kind, parameters, times=None, call=call))


@pytest.mark.parametrize("version", ["v3", "v2"])
def test_a_right_key_opens_its_project(configure: Configure, polyai: Simulator, version: str):
    assert key(configure, api_version=version).verdict is GREEN
    (asked,) = polyai.requests
    assert asked.path.startswith(f"/{version}/")
    assert asked.query["limit"] == ["1"]


def test_v1_is_asked_and_warned_of(configure: Configure):
    found = look_at_key(configure(api_version="v1"), START, NOW)
    assert verdicts(found) == [("API version", YELLOW), ("key", GREEN)]


def test_a_wrong_key_is_told_by_the_name_of_its_variable(configure: Configure):
    found = key(configure, key="hunter2-hunter2")
    assert (found.verdict, found.says[:50]) == (RED, "401: the key in environment variable KEY_OF_HOTEL_")
    assert "hunter2" not in str(found)


def test_a_missing_key_is_told_without_a_call(configure: Configure, polyai: Simulator):
    found = key(configure, key=None)
    assert found.verdict is RED
    assert "environment variable KEY_OF_HOTEL_BOT is not set" in found.says
    assert polyai.requests == []


@pytest.mark.parametrize(
    ("status", "verdict", "says", "step"),
    [
        (403, RED, "lacks the permission", "ask PolyAI"),
        (404, RED, "nothing is known of this project there", "check region, account_id, project_id"),
        (429, YELLOW, "too many requests", "requests_per_second"),
        (500, RED, "PolyAI failed to answer", "run it again"),
    ],
)
def test_every_refusal_has_its_next_step(
    configure: Configure, polyai: Simulator, status: int, verdict: str, says: str, step: str
):
    break_all(polyai, "error", status=status)
    found = key(configure)
    assert found.verdict == verdict
    assert says in found.says
    assert step in found.next_step
    assert len(polyai.requests) == 1


def test_a_project_without_conversations_is_told(configure: Configure):
    found = key(configure, client_env=("sandbox",))
    assert found.verdict is YELLOW
    assert "no conversation since 2025-03-01 in sandbox" in found.says


def test_a_project_that_is_another_by_another_name_is_told(configure: Configure, polyai: Simulator):
    identities = Identities()
    break_all(polyai, "set_field", field="account_id", value="ws-1")
    assert verdicts(look_at_key(configure(HOTEL), START, NOW, identities)) == [("key", GREEN)]
    assert verdicts(look_at_key(configure(HOTEL), START, NOW, identities)) == [("key", GREEN)]
    assert verdicts(look_at_key(configure(BANK), START, NOW, identities)) == [("key", GREEN)]
    other = Project("us-1", "acme-uk", "hotel-bot")
    payload = b'{"account_id": "ws-1", "project_id": "hotel-bot"}'
    assert identities.other_name(other, payload) == Project.parse(HOTEL.key)
    found = same_project(Project.parse(HOTEL.key))
    assert (found.verdict, found.next_step[:35]) == (RED, "keep one of the two in defs.yaml, a")


@pytest.mark.parametrize("payload", [b"", b"[]", b"{}", b'{"account_id": 7}', b'{"account_id": "a"}'])
def test_a_record_that_names_no_project_is_that_of_none(payload: bytes):
    identities = Identities()
    assert identities.other_name(Project.parse(HOTEL.key), payload) is None
    assert identities.other_name(Project.parse(BANK.key), payload) is None


@pytest.mark.parametrize(
    ("days", "verdict", "says"),
    [
        (31, GREEN, "ends on 2025-04-01, in 31 days"),
        (30, YELLOW, "ends on 2025-04-01, in 30 days"),
        (7, RED, "ends on 2025-04-01, in 7 days"),
        (1, RED, "ends on 2025-04-01, tomorrow"),
        (0, RED, "ends on 2025-04-01, today"),
        (-1, RED, "ended on 2025-04-01"),
    ],
)
def test_a_key_that_ends_soon_is_told(days: int, verdict: str, says: str):
    end = date(2025, 4, 1)
    key = ExpiringKey(HOTEL.key, "environment variable HOTEL_KEY", end)
    found = only(look_at_expiry(key, end - timedelta(days=days)))
    assert (found.verdict, found.says) == (verdict, says)
    assert ("HOTEL_KEY" in found.next_step) is (verdict is not GREEN)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"details": False, "audio": AudioConfig(calls="all"), "reference": True}, []),
        ({"details": "by_hand"}, ["list of conversations (details)"]),
        ({"details": True, "write_back": True}, ["(details) and its annotations and notes (write_back)"]),
    ],
)
def test_what_rests_on_undocumented_endpoints_is_told(
    configure: Configure, options: dict[str, Any], named: list[str]
):
    found = list(look_at_endpoints(configure(**options)))
    assert [one.verdict for one in found] == [YELLOW] * len(named)
    assert all(name in one.says for name, one in zip(named, found, strict=True))


def test_the_agents_key_is_looked_at_only_where_it_is_needed(configure: Configure, polyai: Simulator):
    assert list(look_at_agents_key(configure(details=False))) == []
    assert polyai.requests == []


@pytest.mark.parametrize(
    "options",
    [
        {"details": True},
        {"details": "by_hand"},
        {"audio": AudioConfig(calls="all")},
        {"write_back": True},
        {"reference": True},
    ],
)
def test_what_needs_the_agents_api_needs_its_key(configure: Configure, options: dict[str, Any]):
    options = {"details": False, **options}
    assert only(look_at_agents_key(configure(**options))).verdict is GREEN
    wrong = ConfiguredKey(SecretStr("hunter2-hunter2"), "environment variable AGENTS_KEY")
    found = only(look_at_agents_key(configure(agents_key=wrong, **options)))
    assert (found.check, found.verdict) == ("key of the Agents API", RED)
    assert found.says.startswith("401: the key in environment variable AGENTS_KEY is refused")


def test_a_project_that_sends_everything_is_green(configure: Configure):
    found = only(contents(configure))
    assert found.verdict is GREEN
    assert all(f"{name} " in found.says for name in ALL)


def test_transcripts_that_are_switched_off_are_told_with_what_was_announced(
    configure: Configure, polyai: Simulator
):
    break_all(polyai, "drop_turns")
    off, rest = contents(configure)
    assert off.verdict is YELLOW
    assert "have any although num_turns says" in off.says
    assert "transcripts are switched off in Agent Studio" in off.says
    assert rest.verdict is GREEN


def test_transcripts_that_are_cut_are_told(configure: Configure, polyai: Simulator):
    break_all(polyai, "drop_turns", keep=1)
    found = contents(configure)[0]
    assert found.verdict is RED
    assert "have fewer than their num_turns says" in found.says


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("metrics", {"field": "metrics", "value": {}}),
        ("state", {"field": "state", "value": {}}),
        ("numbers", {"field": "from_number", "value": ""}),
        ("numbers", {"field": "from_number", "value": "+4420*****12"}),
        ("latency", {"field": "latency", "value": None, "in_turns": True}),
    ],
)
def test_what_never_comes_is_told_by_name(
    configure: Configure, polyai: Simulator, name: str, fault: dict[str, Any]
):
    break_all(polyai, "set_field", **fault)
    missing, rest = contents(configure)
    assert (missing.verdict, missing.says.split(":")[0]) == (YELLOW, name)
    assert f"{name} " not in rest.says


@pytest.mark.parametrize(("prefix", "field"), [("CA", "from_number"), ("OUT-", "to_number")])
def test_a_key_that_sees_no_numbers_is_told_by_those_of_the_customers(
    configure: Configure, polyai: Simulator, prefix: str, field: str
):
    break_all(polyai, "set_field", field="id", value=f"{prefix}1")
    break_all(polyai, "set_field", field=field, value="REDACTED")
    missing, rest = contents(configure)
    assert (missing.verdict, missing.says.split(":")[1]) == (YELLOW, " this key sees none")
    assert "role may see personal data" in missing.next_step
    assert rest.verdict is GREEN


def test_a_project_without_variants_is_told(configure: Configure, polyai: Simulator):
    for field in ("variant_id", "variant_name"):
        break_all(polyai, "set_field", field=field, value="")
    assert contents(configure)[0].says.startswith("variant: 0 of ")


@pytest.mark.parametrize(("version", "names_the_whitelist"), [("v1", True), ("v3", False)])
def test_fields_that_are_always_sent_and_are_not_are_told_with_the_likely_cause(
    configure: Configure, polyai: Simulator, version: str, names_the_whitelist: bool
):
    for field in ("account_id", "channel"):
        break_all(polyai, "remove_field", field=field)
    found = contents(configure, api_version=version)[0]
    assert found.verdict is YELLOW
    assert found.says.startswith("fields that PolyAI always sends are missing: account_id (")
    assert "channel (" in found.says
    assert ("enable_whitelist" in found.says) is names_the_whitelist


def test_what_was_not_asked_for_is_not_missed(configure: Configure):
    found = only(contents(configure, include_latency=False, include_context_state=False))
    assert "latency" not in found.says
    assert "state" not in found.says


def test_it_looks_back_as_far_as_it_takes(configure: Configure, polyai: Simulator):
    later = NOW + timedelta(days=4)
    polyai.clock.stop_at(later)
    polyai.faults.add(Fault("empty_page", times=1))
    only(look_at_contents(configure(), START, later))
    starts = [one.query["start_time"][0][:10] for one in polyai.requests]
    assert starts == ["2025-03-13", "2025-03-07"]


def test_a_record_that_cannot_be_read_does_no_harm(configure: Configure, polyai: Simulator):
    polyai.put(HOTEL.key, b'{"id": "\xff"}', conversation_id="CAx", started_at="2025-03-10T01:00:00Z")
    assert only(contents(configure)).verdict is GREEN


def test_a_page_that_cannot_be_read_is_told(configure: Configure, polyai: Simulator):
    break_all(polyai, "html_page")
    found = only(contents(configure))
    assert found.verdict is RED
    assert "HTML" in found.says


def test_a_project_that_cannot_be_asked_is_told_once(configure: Configure):
    assert contents(configure, key="hunter2-hunter2") == []


def test_a_project_with_nothing_says_that_nothing_can_be_said(configure: Configure):
    found = only(contents(configure, client_env=("sandbox",)))
    assert (found.verdict, found.says[:24]) == (YELLOW, "no finished conversation")


def test_a_project_of_chats_has_no_numbers_to_miss(configure: Configure, polyai: Simulator):
    break_all(polyai, "set_field", field="channel", value="WEBCHAT")
    break_all(polyai, "set_field", field="from_number", value="")
    assert "numbers 0 of 0" in only(contents(configure)).says
