"""What is tried again, how often, and how long is waited in between."""

import logging
from datetime import UTC, datetime
from email.utils import format_datetime
from time import monotonic, sleep

import pytest

from polyai_assets.api import errors
from polyai_assets.api.conversations import ConversationsClient
from polyai_assets.api.errors import (
    ConnectionFailed,
    PolyAIError,
    RateLimited,
    ServerError,
    TimedOut,
    TruncatedBody,
)
from polyai_assets.api.query import ConversationQuery
from polyai_assets_tests.api.conftest import KEY, FakeTime, MakeClient
from polyai_assets_tests.api.scripted_server import (
    Answer,
    Behaviour,
    ScriptedServer,
    announce,
    chunked,
    close,
    cut,
    drip,
    error,
    last,
    page,
    reset,
    stall,
    stall_in_body,
)

EVERYTHING = ConversationQuery()


def walk(client: ConversationsClient) -> list[str | None]:
    return [record.id for one in client.pages(EVERYTHING) for record in one.records]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_status_that_may_pass_is_retried(
    client: ConversationsClient, server: ScriptedServer, status: int
) -> None:
    server.will(error(status), last("a"))
    assert walk(client) == ["a"]


@pytest.mark.parametrize(
    "fault",
    [
        reset,
        close,
        cut(last("a"), keep=20),
        cut(last("a"), keep=0),
        chunked(last("a"), finish=False),
        Answer(body=last("a").body[:-1]),
        Answer(body=b""),
        Answer(body=b"<html>Please log in</html>"),
        Answer(body=b"[]"),
        Answer(body=b'{"success": true}'),
        Answer(body=b'{"conversations": null}'),
        Answer(body=b'{"success": false, "conversations": [], "cursor": null}'),
        Answer(body=b"not gzip", headers={"Content-Encoding": "gzip"}),
        Answer(body=last("a").body + b"Internal Server Error"),
    ],
    ids=[
        "reset", "closed", "cut", "cut at once", "chunks without an end", "half JSON", "empty body", "HTML", "a list",
        "no conversations", "null for conversations", "no success", "bad gzip", "text after the end",
    ],
)  # fmt: skip
def test_an_answer_that_did_not_arrive_whole_is_retried(
    client: ConversationsClient, server: ScriptedServer, fault: Behaviour
) -> None:
    server.will(fault, last("a"))
    assert walk(client) == ["a"]
    assert len(server.asked) == 2


def test_after_an_interim_answer_another_connection_is_asked(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    server.will(announce, last("a"))
    assert walk(client) == ["a"]
    first, second = server.asked
    assert first.connection != second.connection


def test_where_only_interim_answers_come_a_proxy_is_named(
    make_client: MakeClient, server: ScriptedServer
) -> None:
    server.will(announce, announce)
    with pytest.raises(ConnectionFailed, match=r"such as a proxy .*: 103 Early Hints\]"):
        walk(make_client(max_attempts=2))


@pytest.mark.parametrize("fault", [stall, stall_in_body])
def test_a_server_that_falls_silent_is_asked_again(
    make_client: MakeClient, server: ScriptedServer, fault: Behaviour
) -> None:
    server.will(fault, last("a"))
    assert walk(make_client(read_timeout=0.1)) == ["a"]


def test_a_server_that_drips_for_ever_is_given_up(make_client: MakeClient, server: ScriptedServer) -> None:
    server.serve(lambda asked: drip)
    client = make_client(give_up_after=0.3, sleep=sleep, clock=monotonic)
    with pytest.raises(TimedOut):
        walk(client)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 418, 422, 204, 301])
def test_a_status_that_will_not_pass_is_not_retried(
    client: ConversationsClient, server: ScriptedServer, status: int
) -> None:
    server.will(error(status), last("a"))
    with pytest.raises(errors.PermanentError):
        walk(client)
    assert len(server.asked) == 1


def test_a_refusal_whose_text_is_cut_off_is_still_a_refusal(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    server.will(cut(error(401, "UNAUTHORIZED", "no"), keep=5), last("a"))
    with pytest.raises(errors.Unauthorized):
        walk(client)


def test_an_unreachable_host_is_a_transient_error(make_client: MakeClient) -> None:
    client = make_client(base_url="http://127.0.0.1:1", max_attempts=3)
    with pytest.raises(
        ConnectionFailed, match=r": Failed to establish a new .*refused.*Gave up after 3 attempts"
    ):
        walk(client)


def test_attempts_are_bounded(make_client: MakeClient, server: ScriptedServer) -> None:
    server.serve(lambda asked: error(500))
    with pytest.raises(ServerError, match="Gave up after 5 attempts"):
        walk(make_client(max_attempts=5))
    assert len(server.asked) == 5


def test_time_is_bounded(make_client: MakeClient, server: ScriptedServer, time: FakeTime) -> None:
    server.serve(lambda asked: error(500))
    with pytest.raises(ServerError):
        walk(make_client(max_attempts=10_000, max_wait=20, give_up_after=100))
    assert 1 < len(server.asked) < 1000
    assert sum(time.slept) < 100


def test_a_wait_that_is_too_long_is_not_begun_and_the_text_counts_one_attempt(
    make_client: MakeClient, server: ScriptedServer
) -> None:
    server.serve(lambda _: error(429, **{"Retry-After": "7200"}))
    with pytest.raises(RateLimited, match=r"Gave up after 1 attempt in .*the server asked for 7200 s more"):
        walk(make_client())


def test_each_page_has_its_own_attempts(make_client: MakeClient, server: ScriptedServer) -> None:
    server.will(error(500), error(500), page(["a"], cursor="one"), error(500), error(500), last("b"))
    assert walk(make_client(max_attempts=3)) == ["a", "b"]


def test_waits_grow_with_full_jitter_up_to_the_cap(
    make_client: MakeClient, server: ScriptedServer, time: FakeTime
) -> None:
    server.serve(lambda asked: error(503))
    with pytest.raises(ServerError):
        walk(make_client(max_attempts=60, max_wait=8))
    bounds = [min(2.0**attempt, 8) for attempt in range(len(time.slept))]
    assert len(time.slept) == 59
    assert all(0 <= wait <= bound for wait, bound in zip(time.slept, bounds, strict=True))
    assert min(time.slept[3:]) < 2 < 6 < max(time.slept[3:])  # anywhere in the window, not only near its end
    assert len(set(time.slept)) == 59


def test_a_wait_in_seconds_is_honoured_beyond_the_cap(
    make_client: MakeClient, server: ScriptedServer, time: FakeTime
) -> None:
    server.will(error(429, Retry_After="77"), last("a"))
    assert walk(make_client(max_wait=1)) == ["a"]
    assert time.slept == [77]


def test_a_wait_until_a_date_is_honoured_by_the_clock_of_the_server(
    make_client: MakeClient, server: ScriptedServer, time: FakeTime
) -> None:
    headers = {
        "Date": format_datetime(datetime(2001, 1, 1, 12, 0, 0, tzinfo=UTC), usegmt=True),
        "Retry-After": format_datetime(datetime(2001, 1, 1, 12, 0, 42, tzinfo=UTC), usegmt=True),
    }
    server.will(Answer(503, b"", headers), last("a"))
    assert walk(make_client()) == ["a"]
    assert time.slept == [42]


@pytest.mark.parametrize(
    "garbage", ["-5", "soon", "", "nan", "inf", "0", "Mon, 01 Jan 2001 00:00:00 GMT", "1e9"]
)
def test_a_wait_that_makes_no_sense_is_ignored(
    client: ConversationsClient, server: ScriptedServer, time: FakeTime, garbage: str
) -> None:
    server.will(error(429, Retry_After=garbage), last("a"))
    assert walk(client) == ["a"]
    assert len(time.slept) == 1
    assert 0 <= time.slept[0] <= 1


def test_a_wait_that_outlasts_the_time_for_the_request_is_not_begun(
    make_client: MakeClient, server: ScriptedServer, time: FakeTime
) -> None:
    server.will(error(429, Retry_After="901"), last("a"))
    with pytest.raises(RateLimited, match="asked for 901 s") as caught:
        walk(make_client(give_up_after=900))
    assert time.slept == []
    assert caught.value.retry_after == 901


def test_a_retry_is_logged_without_the_key(
    client: ConversationsClient, server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.will(error(503, "BUSY", f"key {KEY} is busy", x_polyai_correlation_id="corr-9"), last("a"))
    with caplog.at_level(logging.DEBUG):
        walk(client)
    (record,) = [record for record in caplog.records if record.name == "polyai_assets.api"]
    assert record.levelno == logging.WARNING
    for part in ("us-1/acme/hotel-bot", "ServerError", "503", "BUSY", "Attempt 1 of 8", " s ", "corr-9"):
        assert part in record.getMessage()
    assert KEY not in caplog.text


def test_the_same_request_is_asked_again(client: ConversationsClient, server: ScriptedServer) -> None:
    server.will(error(500), reset, last("a"))
    walk(client)
    assert len({asked.target for asked in server.asked}) == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (error(429), RateLimited),
        (error(500), ServerError),
        (reset, ConnectionFailed),
        (Answer(body=b"{"), TruncatedBody),
    ],
)
def test_what_leaves_at_the_end_is_the_last_error(
    make_client: MakeClient, server: ScriptedServer, fault: Behaviour, kind: type[PolyAIError]
) -> None:
    server.will(error(502), fault)
    with pytest.raises(kind):
        walk(make_client(max_attempts=2))


def test_the_words_of_a_library_are_part_of_a_sentence_and_do_not_end_it_twice(
    make_client: MakeClient, server: ScriptedServer
) -> None:
    server.will(Answer(body=b"no gzip", headers={"Content-Encoding": "gzip"}))
    with pytest.raises(TruncatedBody, match=r"failed to decode it\. ") as caught:
        walk(make_client(max_attempts=1))
    assert ".." not in str(caught.value)
