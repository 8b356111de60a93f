"""The key goes into one header, and into nothing else."""

import json
import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from pydantic import SecretStr

from polyai_assets.api.conversations import ConversationsClient
from polyai_assets.api.errors import InvalidKey, PermanentError, PolyAIError
from polyai_assets.api.project import Connection
from polyai_assets.api.query import ConversationQuery
from polyai_assets_tests.api.conftest import KEY, MakeClient
from polyai_assets_tests.api.scripted_server import (
    Answer,
    Behaviour,
    ScriptedServer,
    cut,
    error,
    last,
    page,
    reset,
    stall,
)

EVERYTHING = ConversationQuery()
ECHO = f"the key {KEY} and in a URL {quote(KEY, safe='')}"


def whole_chain(error: BaseException) -> str:
    """Everything that anyone could print of an error: its traceback, its causes and contexts, and their attributes."""
    text = "".join(traceback.format_exception(error))
    link: BaseException | None = error
    while link is not None:
        text += repr(link) + str(vars(link))
        text += repr(getattr(getattr(link, "request", None), "headers", None))
        link = link.__cause__ or link.__context__
    return text


def test_the_key_is_sent_as_x_api_key(client: ConversationsClient, server: ScriptedServer) -> None:
    server.will(last("a"))
    list(client.pages(EVERYTHING))
    assert server.asked[0].headers["x-api-key"] == KEY
    assert "Authorization" not in server.asked[0].headers
    assert KEY not in server.asked[0].target
    assert quote(KEY, safe="") not in server.asked[0].target


def test_a_login_in_netrc_is_not_used(
    make_client: MakeClient, server: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password something\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server.will(last("a"))
    list(make_client().pages(EVERYTHING))
    assert "Authorization" not in server.asked[0].headers
    assert server.asked[0].headers["x-api-key"] == KEY


@pytest.mark.parametrize(
    "fault",
    [
        error(400, "CODE", ECHO, x_polyai_correlation_id=KEY),
        error(401, KEY, ECHO),
        error(403, "CODE", "x" * 175 + KEY),
        error(404, KEY, ECHO),
        error(302, Location=f"https://{KEY.replace('/', '.')}@example.test/?key={quote(KEY)}"),
        error(418, "CODE", ECHO),
        error(429, "CODE", ECHO),
        error(500, "CODE", ECHO),
        Answer(body=f'{{"conversations": "{KEY}"}}'.encode()),
        Answer(body=json.dumps({"success": False, "conversations": [], "error_message": ECHO}).encode()),
        Answer(body=KEY.encode()),
        page(["a"], cursor="again", headers={"x-polyai-correlation-id": KEY}),
        cut(last("a"), keep=3),
        reset,
        stall,
    ],
)
def test_the_key_is_in_no_message_log_or_chain_of_exceptions(
    make_client: MakeClient, server: ScriptedServer, caplog: pytest.LogCaptureFixture, fault: Behaviour
) -> None:
    server.serve(lambda asked: fault)
    with caplog.at_level(logging.DEBUG), pytest.raises(PolyAIError) as caught:
        list(make_client(max_attempts=2, read_timeout=0.05).pages(EVERYTHING))
    text = whole_chain(caught.value) + caplog.text + "".join(map(repr, caplog.records))
    for form in (KEY, quote(KEY), quote(KEY, safe="")):
        assert form not in text
    assert KEY[:12] not in text  # nor the beginning of it, cut off


def test_an_unreachable_host_does_not_give_the_key_away(
    make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(PolyAIError) as caught:
        list(make_client(base_url="http://127.0.0.1:1", max_attempts=2).pages(EVERYTHING))
    assert KEY not in whole_chain(caught.value) + caplog.text


def test_an_exception_that_carries_the_request_is_not_chained(
    make_client: MakeClient, server: ScriptedServer
) -> None:
    server.will(reset)
    with pytest.raises(PolyAIError) as caught:
        list(make_client(max_attempts=1).pages(EVERYTHING))
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_the_words_around_an_echoed_key_are_kept(client: ConversationsClient, server: ScriptedServer) -> None:
    server.will(error(401, "CODE", f"key {KEY} has expired"))
    with pytest.raises(PolyAIError, match=r"key \*\*\* has expired"):
        list(client.pages(EVERYTHING))


def test_a_connection_does_not_show_its_key(connection: Callable[..., Connection]) -> None:
    shown = repr(connection())
    assert "POLYAI_KEY_HOTEL" in shown
    assert KEY not in shown


@pytest.mark.parametrize(
    ("key", "fault"),
    [
        ("", "is empty"),
        ("key-one\n", "line break"),
        ("key-one\r\nX-Other: 1", "line break"),
        (" key-one", "space"),
        ("key-one\t", "space"),
        ("key-ﬁve", "cannot stand in an HTTP header"),
        ("key\x00one", "cannot stand in an HTTP header"),
        ("key\ud800one", "cannot stand in an HTTP header"),
    ],
)
def test_a_key_that_cannot_stand_in_a_header_is_refused_without_its_value(
    make_client: MakeClient, server: ScriptedServer, key: str, fault: str
) -> None:
    with pytest.raises(InvalidKey, match=fault) as caught:
        make_client(api_key=SecretStr(key))
    assert isinstance(caught.value, PermanentError)
    assert "environment variable POLYAI_KEY_HOTEL" in str(caught.value)
    assert "us-1/acme/hotel-bot" in str(caught.value)
    assert "key-" not in whole_chain(caught.value).split("InvalidKey: ", 1)[1]
    assert server.asked == []


def test_a_key_with_latin_letters_arrives_as_it_is(make_client: MakeClient, server: ScriptedServer) -> None:
    server.will(last("a"))
    list(make_client(api_key=SecretStr("clé-é")).pages(EVERYTHING))
    assert server.asked[0].headers["x-api-key"] == "clé-é"
