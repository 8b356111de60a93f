"""Whatever a server sends, and however slowly: memory and time that an answer takes are bounded."""

import io
import re
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from time import monotonic, sleep

import pytest

from polyai_assets.api import errors
from polyai_assets.api.agents.client import AgentsClient
from polyai_assets.api.agents.writing import Annotation
from polyai_assets.api.conversations import ConversationsClient
from polyai_assets.api.query import ConversationQuery
from polyai_assets_tests.api.conftest import MakeAgents, MakeClient
from polyai_assets_tests.api.scripted_server import (
    Answer,
    Behaviour,
    Handler,
    ScriptedServer,
    chunked,
    drip,
    dripping,
    endless,
    error,
    gzipped,
    last,
    page,
)

MB = 1_000_000
EVERYTHING = ConversationQuery()
DAY = ConversationQuery(
    start_time=datetime(2026, 11, 3, tzinfo=UTC), end_time=datetime(2026, 11, 4, tzinfo=UTC)
)
SEARCH = ConversationQuery(
    start_time=DAY.start_time, end_time=DAY.end_time, query_type="transcript", query="refund"
)
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNK = b"10000\r\n" + b" " * 0x10000 + b"\r\n"


def bomb(megabytes: int, *, layers: int = 1) -> bytes:
    """Blanks, compressed a thousand times, and again for each further layer."""
    packing = zlib.compressobj(9, wbits=31)
    packed = b"".join(packing.compress(b" " * MB) for _ in range(megabytes)) + packing.flush()
    for _ in range(layers - 1):
        packing = zlib.compressobj(9, wbits=31)
        packed = packing.compress(packed) + packing.flush()
    return packed


def sent_as(encoding: str, body: bytes) -> Answer:
    return Answer(body=body, headers={"Content-Encoding": encoding})


def _empty_blocks() -> bytes:
    packing = zlib.compressobj(wbits=31)
    return packing.compress(b"") + packing.flush(zlib.Z_SYNC_FLUSH)


WITHOUT_END = {
    "blanks": endless(HEAD + b"\r\n", b" " * 0x10000),
    "chunks": endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", CHUNK),
    "trailers": endless(
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", b"X-More: of it\r\n" * 1000
    ),
    "interim answers": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
    "empty blocks of gzip": endless(
        HEAD + b"Content-Encoding: gzip\r\n\r\n" + _empty_blocks(), b"\0\0\0\xff\xff" * 1000
    ),
    "empty gzips": endless(HEAD + b"Content-Encoding: gzip\r\n\r\n", zlib.compress(b"", wbits=31) * 1000),
    "a bomb": sent_as("gzip", bomb(40)),
    "a length": Answer(body=b"", headers={"Content-Length": "10000000000"}),
}


NO_END = r"(above 5 MB.*raise max_answer_mb|went on without its body: of ([\d,]+) bytes).* such as a proxy"
BESIDE = 1 << 18
"""Bytes that an answer may have beside its body; the last piece that is read may be as large again."""


@pytest.fixture
def frugal() -> Iterator[None]:
    """Let a test fail that holds more than 25 MB at a time."""
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 25 * MB


@pytest.mark.usefixtures("frugal")
@pytest.mark.parametrize("answer", WITHOUT_END.values(), ids=WITHOUT_END)
def test_an_answer_that_does_not_end_is_a_permanent_error_that_names_the_bound_and_the_remedy(
    make_client: MakeClient, server: ScriptedServer, answer: Behaviour
) -> None:
    server.serve(lambda asked: answer)
    with pytest.raises(errors.PageTooHeavy, match=NO_END) as caught:
        list(make_client(page_size=4, max_answer_bytes=5 * MB).pages(EVERYTHING))
    assert isinstance(caught.value, errors.PermanentError)
    found = re.search(NO_END, str(caught.value))
    assert found is not None
    if found[2] is not None:
        assert BESIDE < int(found[2].replace(",", "")) <= 2 * BESIDE
    assert server.asked_for("limit") == ["4", "2", "1"]


@pytest.mark.parametrize(
    "answer",
    [
        sent_as("deflate", zlib.compress(b"{}")),
        sent_as("gzip, gzip", bomb(40, layers=2)),
        sent_as("br", b"{}"),
    ],
    ids=["deflate", "gzip in gzip", "brotli"],
)
def test_what_is_compressed_in_a_way_that_was_not_asked_for_is_not_decompressed(
    make_client: MakeClient, server: ScriptedServer, answer: Answer
) -> None:
    server.will(answer)
    with pytest.raises(errors.MalformedAnswer, match="a proxy"):
        list(make_client(max_attempts=1).pages(EVERYTHING))


Call = Callable[[ConversationsClient, AgentsClient], object]
WRONG = Annotation(turn_id=0, role="user", annotation_type="wrong_info")
CALLS: dict[str, Call] = {
    "page": lambda client, agents: client.page(EVERYTHING, limit=5),
    "search": lambda client, agents: client.search(SEARCH),
    "sample": lambda client, agents: client.sample(DAY, 5),
    "list of the Agents API": lambda client, agents: agents.list(),
    "walk of the Agents API": lambda client, agents: list(agents.pages()),
    "detail": lambda client, agents: agents.get("a"),
    "note": lambda client, agents: agents.note("a", "hello"),
    "annotation": lambda client, agents: agents.annotate("a", [WRONG]),
}


@pytest.mark.usefixtures("frugal")
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("answer", ["blanks", "a bomb"])
def test_no_kind_of_call_reads_without_end(
    make_client: MakeClient, make_agents: MakeAgents, server: ScriptedServer, call: Call, answer: str
) -> None:
    server.serve(lambda asked: WITHOUT_END[answer])
    client = make_client(max_answer_bytes=5 * MB)
    agents = make_agents(max_answer_bytes=5 * MB)
    with pytest.raises((errors.PageTooHeavy, errors.OutcomeUnknown), match="above"):
        call(client, agents)


@pytest.mark.usefixtures("frugal")
@pytest.mark.parametrize("answer", ["blanks", "a bomb"])
def test_answers_without_end_that_come_at_the_same_time_take_the_memory_of_less_than_two(
    make_agents: MakeAgents, server: ScriptedServer, answer: str
) -> None:
    server.serve(lambda asked: WITHOUT_END[answer])
    agents = make_agents(max_answer_bytes=12 * MB)

    def get(number: int) -> None:
        with pytest.raises(errors.PageTooHeavy):
            agents.get(f"{number}")

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(get, range(20)))
    assert len(server.asked) == 20


@pytest.mark.usefixtures("frugal")
@pytest.mark.parametrize("answer", ["blanks", "chunks", "a bomb"])
def test_a_refusal_without_end_is_still_that_refusal(
    make_client: MakeClient, server: ScriptedServer, answer: str
) -> None:
    def refuse(handler: Handler) -> None:
        handler.wfile = _Renamed(handler.wfile)  # type: ignore[assignment]
        WITHOUT_END[answer](handler)

    server.will(refuse)
    with pytest.raises(errors.Unauthorized):
        list(make_client().pages(EVERYTHING))


class _Renamed(io.RawIOBase):
    """Passes an answer on as a 401."""

    def __init__(self, file: io.BufferedIOBase) -> None:
        self._file = file

    def write(self, content: bytes) -> int:
        return self._file.write(bytes(content).replace(b" 200 OK", b" 401 No"))

    def flush(self) -> None:
        self._file.flush()


TRICKLING = {
    "body": drip,
    "status": dripping(b"HTTP/1.1"),
    "head": dripping(HEAD + b"X-Slow: "),
    "length of a chunk": dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n2; more="),
    "trailer": dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Slow: "),
}


@pytest.mark.parametrize("answer", TRICKLING.values(), ids=TRICKLING)
def test_an_answer_that_trickles_is_given_up_long_before_its_time_is_up(
    make_client: MakeClient, server: ScriptedServer, answer: Behaviour
) -> None:
    server.serve(lambda asked: answer)
    client = make_client(rate_over=0.15, lowest_rate=2000, clock=monotonic)
    began = monotonic()
    with pytest.raises(
        errors.TooSlow, match=r"bytes a second over 0 s; 2,000 are the least.*proxy.* 2 attempts"
    ):
        list(client.pages(EVERYTHING))
    assert monotonic() - began < 10
    assert len(server.asked) == 2


def test_a_refusal_that_trickles_is_still_that_refusal(
    make_client: MakeClient, server: ScriptedServer
) -> None:
    server.will(dripping(b"HTTP/1.1 401 No\r\n\r\n"))
    with pytest.raises(errors.Unauthorized):
        list(make_client(rate_over=0.1, lowest_rate=2000).pages(EVERYTHING))


def test_a_head_that_does_not_end_is_given_up_when_its_time_is_up(
    make_client: MakeClient, server: ScriptedServer
) -> None:
    server.serve(lambda asked: TRICKLING["head"])
    with pytest.raises(errors.TimedOut, match="had not ended when its time had"):
        list(make_client(give_up_after=0.3, sleep=sleep, clock=monotonic).pages(EVERYTHING))


def test_a_server_may_take_its_time_between_head_and_body(
    make_client: MakeClient, server: ScriptedServer
) -> None:
    whole = page(["a"], cursor=None)

    def think(handler: Handler) -> None:
        Answer(200, b"", {"Content-Length": str(len(whole.body))})(handler)
        handler.wfile.flush()
        handler.scripted.over.wait(0.4)
        handler.wfile.write(whole.body)

    server.will(think)
    (only,) = make_client(rate_over=0.1, lowest_rate=2000).pages(EVERYTHING)
    assert [record.id for record in only.records] == ["a"]


@pytest.mark.parametrize("pack", [lambda answer: answer, gzipped, chunked])
def test_a_heavy_page_within_its_bound_is_whole(
    make_client: MakeClient, server: ScriptedServer, pack: Callable[[Answer], Behaviour]
) -> None:
    whole = page([f"{number:0>100}" for number in range(1000)], cursor=None)
    server.will(pack(whole))
    (only,) = make_client(page_size=1000, max_answer_bytes=len(whole.body)).pages(EVERYTHING)
    assert (len(only.records), only.bytes) == (1000, len(whole.body))


def test_after_an_answer_beyond_its_bound_the_next_one_is_its_own(
    make_client: MakeClient, server: ScriptedServer
) -> None:
    server.will(error(413), page(["x" * 2000], cursor=None), last("a"))
    client = make_client(max_answer_bytes=1000)
    assert [record.id for record in next(client.pages(EVERYTHING)).records] == ["a"]
