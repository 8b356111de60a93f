"""Which recordings are wanted, which are there, what is asked for and what is removed: pure decisions."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.contract.recording import FAILED, NO_RECORDING, OK
from polyai_assets.raw.recordings.manifest import MANIFEST, Key, Recording, is_ours
from polyai_assets.raw.recordings.plan import Call, Plan, WantedRecordings, next_look, plan
from polyai_assets_tests.deployment import NOW

ALL = WantedRecordings("all")
ONE, TWO = Call("one", NOW), Call("two", NOW)
KEY = Key("one", "combined", True)
DAY = timedelta(hours=24)


def recording(key: Key = KEY, status: str = OK, at: datetime = NOW, size: int | None = 100) -> Recording:
    return Recording(**key._asdict(), status=status, fetched_at=at, bytes=size if status == OK else None)


def planned(*recordings: Recording, wanted: WantedRecordings = ALL, calls=(ONE,), **sizes: int) -> Plan:
    files = {KEY.file if name == "there" else name: size for name, size in sizes.items()}
    return plan(wanted.expected(calls), calls, recordings, files)


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        (ONE._replace(channel="VOICE-SIP"), True),
        (ONE._replace(channel="PIGEON"), True),
        (ONE._replace(channel=" webchat "), False),
        (ONE._replace(channel="RCS"), False),
        (ONE._replace(in_progress=True), False),
        (ONE._replace(vanished=True), False),
    ],
)
def test_recordings_of_calls_are_wanted_that_have_ended_and_are_no_chats(call: Call, wanted: bool):
    assert bool(ALL.expected([call])) is wanted


def test_handoffs_alone_or_none_may_be_wanted():
    handed = TWO._replace(handoff=True)
    assert list(WantedRecordings("handoffs").expected([ONE, handed])) == [Key("two", "combined", True)]
    assert WantedRecordings("none").expected([ONE, handed]) == {}


def test_every_direction_is_a_recording_of_its_own():
    found = WantedRecordings("all", ("user", "agent"), redacted=False).expected([ONE])
    assert list(found) == [Key("one", "user", False), Key("one", "agent", False)]
    assert len({key.file for key in found}) == 2


def test_what_is_not_known_is_asked_for():
    assert planned() == Plan(ask=[KEY])


def test_what_is_there_in_its_size_needs_nothing():
    assert planned(recording(), there=100) == Plan(known={KEY: recording()})


@pytest.mark.parametrize("sizes", [{}, {"there": 99}, {"there": 0}])
def test_what_is_gone_or_of_another_size_is_asked_for_again(sizes: dict[str, int]):
    assert planned(recording(), **sizes) == Plan(ask=[KEY])


def test_what_failed_is_asked_for_again():
    assert planned(recording(status=FAILED)) == Plan(ask=[KEY])


@pytest.mark.parametrize(
    ("later", "again"), [(timedelta(0), True), (DAY - timedelta(seconds=1), True), (DAY, False)]
)
def test_what_was_not_there_is_asked_for_again_until_a_day_after_the_call(later: timedelta, again: bool):
    none = recording(status=NO_RECORDING, at=NOW + later)
    assert planned(none) == (Plan(ask=[KEY]) if again else Plan(known={KEY: none}))


@pytest.mark.parametrize(
    "known", [(), (recording(status=FAILED),), (recording(status=NO_RECORDING, at=NOW + DAY),)]
)
def test_a_file_that_the_manifest_does_not_know_is_looked_at_and_not_asked_for(known: tuple[Recording, ...]):
    assert planned(*known, there=100) == Plan(found=[KEY])


def test_what_is_kept_stays_when_it_is_wanted_no_more_or_has_vanished():
    for wanted, call in (
        (WantedRecordings("none"), ONE),
        (ALL, ONE._replace(vanished=True)),
        (WantedRecordings("all", ("user",)), ONE),
    ):
        made = planned(recording(), wanted=wanted, calls=(call,), there=100)
        assert (made.known, made.drop) == ({KEY: recording()}, [])


def test_what_is_kept_stays_even_if_the_manifest_is_lost_and_nothing_is_wanted():
    made = planned(wanted=WantedRecordings("none"), there=100)
    assert (made.found, made.drop, made.ask) == ([KEY], [], [])


THREE = Key("three", "user", False)
LEFT = {THREE.file: 100, ".ab.tmp": 5, "notes.txt": 5, MANIFEST: 5}


def test_recordings_of_a_conversation_that_the_day_does_not_hold_stay_and_so_do_files_of_others():
    kept = recording(THREE)
    assert plan({}, [], [kept], LEFT) == Plan(known={THREE: kept}, drop=[".ab.tmp"])
    assert plan({}, [], [], LEFT) == Plan(drop=[".ab.tmp"])


def test_recordings_of_conversations_that_were_forgotten_go_with_them():
    decided = {"forgotten_until": NOW}
    assert plan({}, [], [recording(THREE)], LEFT, **decided) == Plan(drop=[".ab.tmp", THREE.file])
    later = recording(THREE, at=NOW + DAY)
    assert plan({}, [], [later], LEFT, **decided) == Plan(known={THREE: later}, drop=[".ab.tmp"])
    held = plan({}, [Call("three", NOW)], [recording(THREE)], LEFT, **decided)
    assert held == Plan(known={THREE: recording(THREE)}, drop=[".ab.tmp"])


@given(st.text(max_size=500), st.sampled_from(["combined", "user", "agent"]), st.booleans())
def test_a_file_name_is_safe_whatever_the_id(name: str, direction: str, redacted: bool):
    file = Key(name, direction, redacted).file
    assert is_ours(file)
    assert file.isascii()
    assert len(file) < 80
    assert not set(file) & set("/\\'\"% \0")


@given(st.text(), st.text())
def test_two_ids_have_two_files(one: str, other: str):
    assert (Key(one, "user", True).file == Key(other, "user", True).file) is (one == other)


def test_recordings_that_may_still_come_are_looked_for_ever_more_rarely_until_a_day_after_the_call():
    now, looks = NOW, []
    while True:
        at = next_look({KEY: ONE}, {KEY: recording(status=NO_RECORDING, at=now)})
        if at is None:
            break
        looks.append((at - NOW) / timedelta(hours=1))
        now = at
    assert looks == [0.25, 0.5, 1, 2, 4, 8, 14, 20, 24]


def test_nothing_is_looked_for_that_is_there_or_failed_or_will_not_come():
    for one in (recording(), recording(status=FAILED), recording(status=NO_RECORDING, at=NOW + DAY)):
        assert next_look({KEY: ONE}, {KEY: one}) is None
    assert next_look({}, {KEY: recording(status=NO_RECORDING)}) is None


def test_what_could_not_be_fetched_the_last_time_is_asked_for_last():
    calls = [ONE, TWO, ONE._replace(conversation_id="three")]
    made = planned(recording(KEY, FAILED), calls=calls)
    assert [key.conversation_id for key in made.ask] == ["two", "three", "one"]
