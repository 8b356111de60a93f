"""What the environment tells every request: a proxy or certificates that cannot be used are an error of their own."""

import logging
import os
import traceback
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from polyai_assets.api.agents.writing import Annotation
from polyai_assets.api.environment import proxy_fault
from polyai_assets.api.errors import InvalidConnection, InvalidEnvironment, PermanentError
from polyai_assets.api.query import ConversationQuery
from polyai_assets_tests.api.agents_answers import detail
from polyai_assets_tests.api.conftest import FakeTime, MakeAgents, MakeClient
from polyai_assets_tests.api.scripted_server import ScriptedServer, last

HOST = "https://api.example.test"
NOTE = "a note"
ANNOTATION = Annotation(turn_id=0, role="user", annotation_type="wrong_info")

CALLS: dict[str, Callable[[Any, Any], object]] = {
    "list": lambda make_client, _: list(make_client().pages(ConversationQuery())),
    "agents' list": lambda _, make_agents: make_agents().list(),
    "detail": lambda _, make_agents: make_agents().get("one"),
    "recording": lambda _, make_agents: make_agents().save_audio("one", BytesIO()),
    "annotation": lambda _, make_agents: make_agents().annotate("one", [ANNOTATION]),
    "note": lambda _, make_agents: make_agents().note("one", NOTE),
}


@pytest.fixture(autouse=True)
def nothing_is_set(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
            monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("value", "says", "parts"),
    [
        ("http://ann-lee:tiger#7lions@proxy.test:8080", "percent-encode it", ["tiger", "7lions", "ann-lee"]),
        ("http://ann-lee:1234#lions@proxy.test:8080", "percent-encode it", ["1234", "lions", "ann-lee"]),
        ("http://ann-lee:tiger/lions@proxy.test:8080", "percent-encode it", ["tiger", "lions", "ann-lee"]),
        ("http://ann-lee:ti@ger/lions@proxy.test:8080", "percent-encode it", ["ti@ger", "lions", "ann-lee"]),
        ("http://ann/lee:tiger@proxy.test:8080", "percent-encode it", ["tiger", "lee"]),
        ("ann-lee:tiger?lions@proxy.test", "percent-encode it", ["tiger", "lions", "ann-lee"]),
        ("http://ann-lee:tig[er@proxy.test:8080", "percent-encode it", ["tig[er", "ann-lee"]),
        ("http://ann-lee:tigerż@proxy.test:8080", "no HTTP header", ["tiger", "ann-lee"]),
        ("http://ann-lee:tiger%C5%BC@proxy.test:8080", "no HTTP header", ["tiger", "ann-lee"]),
        ("http://ann-lee:tiger", "cannot be parsed", ["ann-lee", "tiger"]),
        ("http://proxy.test:99999", "cannot be parsed", ["99999"]),
        ("http://", "cannot be parsed", []),
        ("http://:8080", "cannot be parsed", []),
        ("a proxy", "cannot be parsed", []),
        ("http://proxy..test:8080", "cannot be parsed", ["proxy..test"]),
        (f"http://{'a' * 64}.test:8080", "cannot be parsed", ["aaaa"]),
        ("ftp://ann-lee:tiger@proxy.test:8080", "scheme that is unknown", ["tiger", "ann-lee"]),
        ("socks5://ann-lee:tiger@proxy.test:1080", "pip install 'requests[socks]'", ["tiger", "ann-lee"]),
    ],
)
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_that_cannot_be_used_is_named_by_its_variable_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str, parts: list[str]
) -> None:
    monkeypatch.setenv(variable, value)
    fault = proxy_fault(HOST)
    assert fault is not None
    assert fault.startswith(variable)
    assert says in fault
    assert not [part for part in parts if part in fault]


@pytest.mark.parametrize(
    "value",
    [
        "http://proxy.test:8080",
        "proxy.test:8080",
        "https://ann:tig%23er%2F%3F%40@proxy.test:8080/",
        "http://ann:ti@ger:s@proxy.test",
        "http://[::1]:8080",
        "http://tiger%zz@127.0.0.1:3128",
        "",
    ],
)
def test_a_proxy_that_can_be_used_is_no_fault(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    assert proxy_fault(HOST) is None


@pytest.mark.parametrize("spared", ["*", "api.example.test", ".example.test"])
def test_a_proxy_that_the_host_is_spared_is_not_looked_at(
    monkeypatch: pytest.MonkeyPatch, spared: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://ann:ti#ger@proxy.test")
    monkeypatch.setenv("NO_PROXY", spared)
    assert proxy_fault(HOST) is None


@pytest.mark.parametrize("value", ["[::1", "10.0.0.0/99", "10.0.0.0/x", "://", ",,", "ż", "a b"])
def test_an_odd_no_proxy_is_read_as_well_as_can_be(
    make_client: MakeClient, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("NO_PROXY", value)
    server.will(last("a"))
    (page,) = make_client().pages(ConversationQuery())
    assert [record.id for record in page.records] == ["a"]


@pytest.mark.parametrize("content", [b"machine", b"\xff\xfe", b"default login a"])
def test_a_broken_netrc_is_not_looked_at(
    make_client: MakeClient,
    server: ScriptedServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    content: bytes,
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_bytes(content)
    monkeypatch.setenv("NETRC", str(netrc))
    server.will(last("a"))
    assert len(list(make_client().pages(ConversationQuery()))) == 1


@pytest.mark.parametrize("call", CALLS)
def test_no_client_sends_anything_or_tries_again_by_a_proxy_that_cannot_be_used(
    make_client: MakeClient,
    make_agents: MakeAgents,
    server: ScriptedServer,
    time: FakeTime,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    call: str,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://ann-lee:tiger#lions@proxy.test:8080")
    with caplog.at_level(logging.DEBUG), pytest.raises(InvalidEnvironment, match="HTTP_PROXY") as caught:
        CALLS[call](make_client, make_agents)
    assert isinstance(caught.value, PermanentError)
    text = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert "us-1/acme/hotel-bot" in text
    assert not {"ann-lee", "tiger", "lions"} & set(text.replace(":", " ").split())
    assert time.slept == []
    assert server.asked == []


def test_the_environment_is_looked_into_once_for_all_calls_of_a_client(
    make_agents: MakeAgents, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []

    def look(url: str, **_: Any) -> dict[str, str]:
        looks.append(url)
        return {}

    for module in ("requests.sessions", "polyai_assets.api.environment"):
        monkeypatch.setattr(f"{module}.get_environ_proxies", look)
    server.will(*[detail("one")] * 3)
    client = make_agents()
    for _ in range(3):
        client.get("one")
    assert len(looks) == 2  # by us, whether it can be used, and by requests


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: None, "is not there"),
        (lambda path: path.write_text("no certificate\n"), "holds no certificate that can be read"),
        (lambda path: path.write_bytes(b""), "holds no certificate that can be read"),
        (lambda path: path.mkdir(), "is an empty folder"),
    ],
)
@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_certificates_that_cannot_be_used_are_an_error_that_stays(
    make_client: MakeClient,
    server: ScriptedServer,
    time: FakeTime,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    make: Callable[[Path], object],
    says: str,
    variable: str,
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    place = tmp_path / "ca.pem"
    make(place)
    monkeypatch.setenv(variable, str(place))
    client = make_client(base_url=server.url.replace("http:", "https:"))
    with pytest.raises(InvalidEnvironment, match=f"{variable} names {place}, which {says}") as caught:
        list(client.pages(ConversationQuery()))
    assert caught.value.__context__ is None
    assert time.slept == []


def test_certificates_are_not_looked_at_where_there_is_no_tls(
    make_client: MakeClient, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    monkeypatch.setenv("NO_PROXY", "*")
    server.will(last("a"))
    assert len(list(make_client().pages(ConversationQuery()))) == 1


@pytest.mark.parametrize(
    "host", ["https://ex..ample.test", f"https://{'a' * 64}.test", f"https://ż{'a' * 64}.test"]
)
def test_a_host_name_that_cannot_be_is_an_error_that_names_the_option(
    make_client: MakeClient, time: FakeTime, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    with pytest.raises(InvalidConnection, match="Check base_url"):
        list(make_client(base_url=host).pages(ConversationQuery()))
    assert time.slept == []
