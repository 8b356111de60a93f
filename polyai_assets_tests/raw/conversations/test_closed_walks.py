"""Records that do not fit what was asked for, and what becomes of their day."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from polyai_assets.api.query import ConversationQuery
from polyai_assets.api.record import read_record
from polyai_assets.raw.conversations import decisions
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.conversations.commit import commit_day
from polyai_assets.raw.conversations.filters import CHANNEL, CLIENT_ENV, TIME, VARIANT, ZONE, Filters
from polyai_assets.raw.conversations.proof import ProofState
from polyai_assets.raw.conversations.suspicion import Doubt, FetchRefused
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.windows import midnight
from polyai_assets_tests.api.scripted_server import Answer, Asked, ScriptedServer
from polyai_assets_tests.deployment import DAY1, DAY2, HOTEL, NOW, project_of
from polyai_assets_tests.raw.conftest import RULES, FetchDays

Commit = Callable[..., Certificate]


def misfits(asked: dict[str, Any], record: dict[str, Any], version: str = "v3") -> list[str]:
    window = {"start_time": midnight(DAY1), "end_time": midnight(DAY2)}
    filters = Filters({"query": {"client_env": "live", **window, **asked}, "api_version": version})
    given = {"id": "CA1", "started_at": "2025-03-01T12:00:00Z", "environment": "live", **record}
    start = datetime.fromisoformat(given["started_at"])
    return filters.misfits(
        read_record(json.dumps(given).encode()), start if start.tzinfo else start.replace(tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("asked", "record", "found"),
    [
        ({}, {}, []),
        ({}, {"environment": "sandbox"}, [CLIENT_ENV]),
        ({"client_env": "pre-release"}, {"environment": "PRE_RELEASE"}, []),
        ({"client_env": "sandbox"}, {"environment": "scenarios"}, []),
        ({"client_env": "sandbox"}, {"environment": None}, []),
        ({"channels": ("voice",)}, {"channel": "VOICE-SIP"}, []),
        ({"channels": ("voice",)}, {"channel": "WEBCHAT"}, [CHANNEL]),
        ({"channels": ("chat",)}, {"channel": "WEBCHAT"}, []),
        ({"channels": ("chat",)}, {"channel": "SMS"}, []),
        ({"channels": ("chat",)}, {"channel": "VOICE-SIP"}, [CHANNEL]),
        ({"channels": ("sms",)}, {"channel": "WEBCHAT"}, [CHANNEL]),
        ({"channels": ("voice", "chat")}, {"channel": "WEBCHAT"}, []),
        ({"channels": ("VOICE-SIP",)}, {"channel": "PIGEON"}, []),
        ({"channels": ("pigeon",)}, {"channel": "VOICE-SIP"}, []),
        ({"channels": ("voice",)}, {"channel": ""}, []),
        ({"variant_id": "VARIANT-7"}, {"variant_id": "7"}, []),
        ({"variant_id": "7"}, {"variant_id": "8"}, [VARIANT]),
        ({"variant_name": "Summer"}, {"variant_name": "summer"}, []),
        ({"variant_name": "Summer"}, {"variant_name": "Winter"}, [VARIANT]),
        ({"variant_name": "Summer"}, {"variant_name": ""}, []),
        ({}, {"started_at": "2025-03-02T00:00:01Z"}, []),
        ({}, {"started_at": "2025-03-02T00:00:02Z"}, [TIME]),
        ({}, {"started_at": "2025-02-28T23:59:58Z"}, [TIME]),
        ({}, {"started_at": "2025-03-02T02:00:00+02:00"}, []),
        ({}, {"started_at": "2025-03-01T12:00:00"}, [ZONE]),
        ({}, {"started_at": "2025-03-02T12:00:00"}, [ZONE]),
    ],
)
def test_what_a_record_does_not_fit_is_told_by_its_own_fields(
    asked: dict[str, Any], record: dict[str, Any], found: list[str]
):
    assert misfits(asked, record) == found


def test_a_time_of_v1_without_a_zone_is_in_utc_unless_it_lies_beyond_the_window():
    assert misfits({}, {"started_at": "2025-03-01 12:00:00.120"}, "v1") == []
    assert misfits({}, {"started_at": "2025-03-02 01:00:00"}, "v1") == [TIME]


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as scripted:
        yield scripted


@pytest.fixture
def commit(fetch_days: FetchDays, server: ScriptedServer, tmp_path: Any) -> Commit:
    """Fetch the first day from a server that passes over the filters named, and commit it."""
    store = RawStore(str(tmp_path / "raw"))

    def commit(records: list[dict[str, Any]], ignored: tuple[str, ...] = (), **options: Any) -> Certificate:
        server.serve(lambda asked: listed(asked, records, ignored))
        options = {"verify": "offset", "parallel_windows": 1, **options}
        fetched = fetch_days(DAY1, base_url=server.url, **options)
        return commit_day(store, fetched, DAY1, RULES)

    return commit


def listed(asked: Asked, records: list[dict[str, Any]], ignored: tuple[str, ...]) -> Answer:
    first, last = (datetime.fromisoformat(asked.param(name) or "") for name in ("start_time", "end_time"))
    found = [
        {name: value for name, value in record.items() if name != "at"}
        for record in records
        if "time" in ignored or first <= record["at"] < last
        if "client_env" in ignored or record["environment"] == asked.param("client_env")
        if "channel" in ignored or record["channel"].lower().startswith(asked.param("channel") or "")
    ]
    offset, limit = int(asked.param("offset") or 0), int(asked.param("limit") or 0)
    page = found[offset:] if asked.param("offset") is None else found[offset:][:limit]
    return Answer(body=json.dumps({"conversations": page, "cursor": None}).encode())


def record(number: int, *, day: int = 0, zone: timezone | None = UTC, **fields: Any) -> dict[str, Any]:
    at = midnight(DAY1) + timedelta(days=day, minutes=15 * number)
    local = at.astimezone(zone).replace(tzinfo=None).isoformat()
    written = local if fields.pop("bare", False) else at.isoformat()
    given = {"id": f"CA{day}-{number:02}", "started_at": written, "at": at, "num_turns": 0}
    return {**given, "environment": "live", "channel": "VOICE-SIP", **fields}


FORTY = [record(number) for number in range(40)]


def test_an_environment_that_is_answered_with_another_one_makes_the_day_red(commit: Commit):
    with pytest.raises(FetchRefused) as refused:
        commit(FORTY, ("client_env",), client_env=["live", "sandbox"])
    assert refused.value.refusal.doubt is Doubt.FILTERS
    assert "the API evidently ignores client_env: 40 conversations came from another environment" in str(
        refused.value
    )
    assert "polyai accept" in str(refused.value)


def test_a_channel_that_is_passed_over_makes_the_day_red(commit: Commit):
    chats = [record(number, channel="WEBCHAT") for number in range(40, 50)]
    with pytest.raises(
        FetchRefused, match="ignores channel: 10 conversations came from channels that were not"
    ):
        commit([*FORTY, *chats], ("channel",), query=ConversationQuery(channels=("voice",)))


def test_times_that_are_passed_over_make_the_day_red(commit: Commit):
    others = [record(number, day=day) for day in (-1, 1, 2) for number in range(30)]
    with pytest.raises(FetchRefused, match="ignores start_time, end_time: 89 conversations began out"):
        commit([*FORTY, *others], ("time",))


def test_a_single_record_that_does_not_fit_is_kept_named_and_leaves_its_day_unproven(
    commit: Commit, tmp_path: Any
):
    odd = record(45, environment="sandbox", id="CA-odd")
    certificate = commit([*FORTY, odd], ("client_env",))
    assert certificate.rows == 41
    assert certificate.proof is not None
    assert certificate.proof.state is ProofState.UNPROVEN
    assert "1 conversation came from another environment" in certificate.proof.explanation
    assert "(CA-odd)" in certificate.proof.explanation
    assert not certificate.settled
    store = RawStore(str(tmp_path / "raw"))
    decision = decisions.accept(store, Partition(project_of(HOTEL), DAY1), "ada", "ours", NOW)
    assert (decision.doubt, decision.extent) == (Doubt.FILTERS, 1)
    again = commit([*FORTY, odd], ("client_env",))
    assert again.proof is not None
    assert again.proof.state is ProofState.PROVEN


def test_times_without_a_zone_leave_the_day_unproven(commit: Commit):
    zone = timezone(timedelta(hours=-2))
    certificate = commit([record(number, zone=zone, bare=True) for number in range(96)])
    assert certificate.proof is not None
    assert certificate.proof.state is ProofState.UNPROVEN
    assert "have a start without a time zone" in certificate.proof.explanation
    assert not certificate.settled


def test_an_id_that_came_from_two_environments_is_named_and_the_first_record_is_kept(commit: Commit):
    twin = record(3, environment="sandbox", channel="CHAT")
    other = [record(number, environment="sandbox") for number in range(60, 90)]
    certificate = commit([*FORTY, twin, *other], client_env=["live", "sandbox"])
    assert certificate.rows == 70
    (misfit,) = certificate.misfits
    assert (misfit.names, misfit.ignored) == ([twin["id"]], False)
    assert certificate.proof is not None
    assert certificate.proof.state is ProofState.UNPROVEN
    assert f"more than one environment under one id, and only the first one is kept ({twin['id']})" in (
        certificate.proof.explanation
    )
    assert not certificate.settled


def test_where_every_record_fits_nothing_is_said(commit: Commit):
    certificate = commit(FORTY, client_env=["live", "sandbox"])
    assert certificate.misfits == []
    assert certificate.proof is not None
    assert certificate.proof.state is ProofState.PROVEN
