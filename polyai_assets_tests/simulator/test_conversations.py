import json
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from polyai_assets.simulator import Clock, SimulatedProject, Simulator, demo_projects
from polyai_assets.simulator.days import conversations_of
from polyai_assets.simulator.served import ALL_DETAILS, IncludedDetails
from polyai_assets_tests.simulator.conftest import NOW
from polyai_assets_tests.tiers import LONG

pytestmark = LONG

TUESDAY = date(2026, 11, 3)
MOMENT = re.compile(r"2026-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
FICTIONAL = re.compile(r"\+12\d\d55501\d\d|\+4420794601\d\d|\+441632960\d{3}|")


def made(business: str, volume: int = 400) -> list[dict[str, Any]]:
    project = SimulatedProject("us-1", "acme", "bot", "k", business, volume, steady=True)
    return [json.loads(entry.body) for entry in conversations_of(project, TUESDAY, ALL_DETAILS, seed=1)]


@pytest.fixture(scope="module", params=["hotel", "bank", "clinic"])
def conversations(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    return made(request.param)


def test_nothing_is_null(conversations: list[dict[str, Any]]) -> None:
    assert "null" not in json.dumps(conversations)


def test_every_moment_has_a_zone_and_turns_follow_one_another(conversations: list[dict[str, Any]]) -> None:
    for conversation in conversations:
        moments = [conversation["started_at"]]
        for turn in conversation["turns"]:
            moments += [turn["user_input_datetime"], turn["agent_response_datetime"]]
        assert all(MOMENT.fullmatch(moment) for moment in moments)
        assert moments == sorted(moments)


def test_counts_agree_with_the_turns(conversations: list[dict[str, Any]]) -> None:
    for conversation in conversations:
        turns = conversation["turns"]
        assert conversation["num_turns"] == len(turns) > 0
        assert conversation["num_silences"] == sum(turn["is_silence"] for turn in turns)
        assert conversation["num_ood"] == sum(turn["is_ood"] for turn in turns)


def test_durations_are_whole_seconds_and_a_person_adds_to_the_total(
    conversations: list[dict[str, Any]],
) -> None:
    for conversation in conversations:
        total, agent = conversation["total_duration"], conversation["polyai_duration"]
        assert type(total) is type(agent) is int
        assert (total > agent) if conversation["handoff"] else (total == agent)


def test_a_handoff_has_a_reason_and_a_destination(conversations: list[dict[str, Any]]) -> None:
    for conversation in conversations:
        told = bool(conversation["handoff_reason"]), bool(conversation["handoff_destination"])
        assert told == (conversation["handoff"], conversation["handoff"])
    assert 20 < sum(conversation["handoff"] for conversation in conversations) < 200


def test_a_metric_is_a_text_or_an_array_of_at_least_two(conversations: list[dict[str, Any]]) -> None:
    for conversation in conversations:
        for value in conversation["metrics"].values():
            values = [value, value] if isinstance(value, str) else value
            assert len(values) >= 2
            assert all(isinstance(item, str) for item in values)


def test_numbers_are_from_the_ranges_reserved_for_fiction(conversations: list[dict[str, Any]]) -> None:
    for conversation in conversations:
        assert FICTIONAL.fullmatch(conversation["from_number"])
        assert FICTIONAL.fullmatch(conversation["to_number"])


def test_ids_are_unique_and_tell_calls_from_chats(conversations: list[dict[str, Any]]) -> None:
    assert len({conversation["id"] for conversation in conversations}) == 400
    for conversation in conversations:
        pattern = r"CA[0-9a-f]{32}" if conversation["channel"] == "VOICE-SIP" else r"LOCAL-[0-9a-f-]{36}"
        assert re.fullmatch(pattern, conversation["id"])


def test_no_placeholder_is_left_in_what_is_said(conversations: list[dict[str, Any]]) -> None:
    for conversation in conversations:
        for turn in conversation["turns"]:
            assert "{" not in turn["user_input"] + turn["agent_response"] + turn["english_agent_response"]


def test_only_other_languages_are_translated(conversations: list[dict[str, Any]]) -> None:
    languages = Counter()
    for conversation in conversations:
        english = conversation["state"]["language"].startswith("en")
        languages[english] += 1
        for turn in conversation["turns"]:
            assert bool(turn["english_agent_response"]) != english
            assert bool(turn["translated_user_input"]) == (not english and bool(turn["user_input"]))
    assert languages[False] > 10


def test_calls_have_silences_interruptions_and_asides(conversations: list[dict[str, Any]]) -> None:
    turns = [turn for conversation in conversations for turn in conversation["turns"]]

    for seldom in ("is_silence", "is_ood", "barge_in"):
        assert 5 < sum(turn[seldom] for turn in turns) < len(turns) / 10


def test_a_bank_asks_for_digits_and_gets_them_from_the_keypad() -> None:
    keyed = {turn["user_input_dtmf"] for c in made("bank") for turn in c["turns"]} - {""}

    assert len(keyed) > 50
    assert all(re.fullmatch(r"\d{4,5}#?", digits) for digits in keyed)


def test_texts_bring_emoji_quotes_and_line_breaks() -> None:
    said = "".join(turn["user_input"] + turn["agent_response"] for c in made("hotel") for turn in c["turns"])

    assert all(sign in said for sign in ('"', "\n", "👋", "日", "ñ"))


def test_the_same_seed_gives_the_same_bytes_whatever_was_asked_before() -> None:
    bank = demo_projects("k")[1]
    alone = [entry.body for entry in conversations_of(bank, TUESDAY, IncludedDetails(), seed=7)]
    conversations_of(bank, TUESDAY - timedelta(days=1), ALL_DETAILS, seed=7)

    assert [entry.body for entry in conversations_of(bank, TUESDAY, IncludedDetails(), seed=7)] == alone


def test_another_seed_date_or_project_gives_other_conversations() -> None:
    hotel, bank, _ = demo_projects("k")

    runs = [
        conversations_of(project, day, IncludedDetails(), seed)
        for project, day, seed in [
            (hotel, TUESDAY, 1),
            (hotel, TUESDAY, 2),
            (hotel, date(2026, 11, 10), 1),
            (bank, TUESDAY, 1),
        ]
    ]

    assert len({entry.id for run in runs for entry in run}) == sum(len(run) for run in runs)


def test_a_clinic_is_closed_on_sunday_busy_on_monday_and_quiet_at_night() -> None:
    clinic = demo_projects("k")[2]
    week = [
        conversations_of(clinic, date(2026, 11, 1) + timedelta(days=ahead), IncludedDetails(), 7)
        for ahead in range(7)
    ]

    sunday, monday, *_, saturday = map(len, week)
    hours = Counter(json.loads(entry.body)["started_at"][11:13] for entry in week[1])
    assert sunday == 0
    assert monday > 60 > saturday > 0
    assert hours.most_common(1)[0][0] in ("08", "09")
    assert not hours.keys() & {"00", "01", "02", "03", "04", "05"}


def test_most_conversations_are_live_and_a_few_are_not() -> None:
    bank = demo_projects("k")[1]
    found = Counter(entry.environment for entry in conversations_of(bank, TUESDAY, IncludedDetails(), 7))

    assert found["live"] > 150
    assert found["sandbox"] > 0
    assert found["pre-release"] > 0


def test_a_steady_project_has_exactly_its_volume_of_live_conversations() -> None:
    simulator = Simulator(
        [SimulatedProject("uk-1", "a", "b", "k", "clinic", 30, steady=True)], clock=Clock(NOW)
    )

    week = simulator.conversations(
        "uk-1/a/b", datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 8, tzinfo=UTC)
    )

    assert len(week) == 7 * 30
    assert {conversation["environment"] for conversation in week} == {"live"}


def test_nothing_was_said_before_the_project_began() -> None:
    project = SimulatedProject("us-1", "a", "b", "k", steady=True, since=TUESDAY)

    assert conversations_of(project, TUESDAY - timedelta(days=1), IncludedDetails(), 7) == []
    assert len(conversations_of(project, TUESDAY, IncludedDetails(), 7)) == 100


def test_a_small_cache_serves_the_same_as_a_large_one() -> None:
    project = SimulatedProject("us-1", "a", "b", "k", steady=True)
    span = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 4, tzinfo=UTC)
    small, large = (Simulator([project], clock=Clock(NOW), cache_bytes=size) for size in (1, 10**9))

    assert small.conversations(project.key, *span) == large.conversations(project.key, *span)
    assert len(small.conversations(project.key, *span)) == 300


def test_an_unknown_business_or_region_and_a_project_given_twice_are_refused() -> None:
    with pytest.raises(ValueError, match="bank, clinic, hotel"):
        Simulator([SimulatedProject("us-1", "a", "b", "k", "zoo")])
    with pytest.raises(ValueError, match="us-1, uk-1, euw-1"):
        SimulatedProject("us", "a", "b", "k")
    with pytest.raises(ValueError, match="twice"):
        Simulator([SimulatedProject("us-1", "a", "b", "k"), SimulatedProject("us-1", "a", "b", "other")])


def test_a_key_is_not_shown_with_its_project() -> None:
    assert "very-secret" not in repr(SimulatedProject("us-1", "a", "b", "very-secret"))
