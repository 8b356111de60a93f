"""What an error says: what happened, where, and what to do."""

import pytest

from polyai_assets.api import errors
from polyai_assets.api.conversations import ConversationsClient
from polyai_assets.api.query import ConversationQuery
from polyai_assets_tests.api.conftest import MakeClient
from polyai_assets_tests.api.scripted_server import Answer, ScriptedServer, error

EVERYTHING = ConversationQuery()


def failure(client: ConversationsClient) -> errors.PolyAIError:
    with pytest.raises(errors.PolyAIError) as caught:
        client.page(EVERYTHING, limit=1)
    return caught.value


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, errors.RedirectRefused),
        (400, errors.BadRequest),
        (401, errors.Unauthorized),
        (403, errors.Forbidden),
        (404, errors.NotFound),
        (408, errors.ServerError),
        (409, errors.UnexpectedStatus),
        (413, errors.PageTooHeavy),
        (422, errors.BadRequest),
        (425, errors.ServerError),
        (429, errors.RateLimited),
        (500, errors.ServerError),
        (504, errors.GatewayTimeout),
        (520, errors.ServerError),
    ],
)
def test_each_status_has_its_type(
    make_client: MakeClient, server: ScriptedServer, status: int, kind: type[errors.PolyAIError]
) -> None:
    server.will(error(status, "SOME_CODE", "some words", x_polyai_correlation_id="corr-7"))
    caught = failure(make_client(max_attempts=1))
    assert type(caught) is kind
    assert (caught.status, caught.correlation_id) == (status, "corr-7")


def test_a_message_says_what_where_and_what_the_server_said(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    server.will(
        error(400, "GET_CONVERSATIONS_FILTER_PARSE_ERROR", "bad start_time", x_polyai_correlation_id="corr-7")
    )
    message = str(failure(client))
    for part in (
        "us-1/acme/hotel-bot",
        "GET /v3/acme/hotel-bot/conversations: 400 Bad Request",
        "correlation id corr-7",
        "GET_CONVERSATIONS_FILTER_PARSE_ERROR: bad start_time",
        "Check its filters",
    ):
        assert part in message


def test_a_refused_key_is_named_by_its_source_and_scope(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    server.will(error(401))
    message = str(failure(client))
    assert "The key in environment variable POLYAI_KEY_HOTEL was refused for us-1/acme/hotel-bot" in message
    assert "scoped to one project and one region, and expire" in message


def test_a_missing_permission_is_not_taken_for_a_wrong_key(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    server.will(error(403))
    assert "permission" in str(failure(client))


@pytest.mark.parametrize(
    ("code", "first"),
    [
        ("PROJECT_NOT_FOUND", "Check project_id 'hotel-bot'"),
        ("ACCOUNT_NOT_FOUND", "Check account_id 'acme'"),
        ("", "Check that the project lives in region 'us-1'"),
    ],
)
def test_what_is_not_found_says_what_to_check_first(
    client: ConversationsClient, server: ScriptedServer, code: str, first: str
) -> None:
    server.will(error(404, code))
    assert first in str(failure(client))


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("https://login.example/v3?next=secret", "login.example"),
        ("/elsewhere", "another path of the same host"),
        ("http://[broken", "an address that cannot be read"),
    ],
)
def test_a_redirect_is_refused_and_names_its_target_and_the_remedy(
    client: ConversationsClient, server: ScriptedServer, location: str, target: str
) -> None:
    server.will(error(302, Location=location))
    message = str(failure(client))
    assert f"redirected to {target}." in message
    assert "base_url" in message
    assert "secret" not in message


def test_a_redirect_is_not_followed(client: ConversationsClient, server: ScriptedServer) -> None:
    server.will(error(307, Location=f"{server.url}/v3/other"), error(200))
    failure(client)
    assert len(server.asked) == 1


def test_long_words_of_the_server_are_shortened_to_one_line(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    server.will(error(400, "CODE", "first line\nWARNING forged\x1b[31m " + "word " * 1000))
    message = str(failure(client))
    assert len(message) < 700
    assert message.isprintable()


@pytest.mark.parametrize("body", [b"", b"<html>", b"[" * 100_000, b'{"error_code": ["a"]}', b"\xff", b"null"])
def test_an_error_without_polyais_envelope_is_told_by_its_status(
    client: ConversationsClient, server: ScriptedServer, body: bytes
) -> None:
    server.will(Answer(403, body))
    assert isinstance(failure(client), errors.Forbidden)


def test_a_body_that_is_no_page_is_located(make_client: MakeClient, server: ScriptedServer) -> None:
    server.will(Answer(body=b'{"success": true}', headers={"x-polyai-correlation-id": "corr-8"}))
    caught = failure(make_client(max_attempts=1))
    assert isinstance(caught, errors.MalformedPage)
    assert (caught.status, caught.correlation_id) == (200, "corr-8")
    assert "us-1/acme/hotel-bot [GET /v3/acme/hotel-bot/conversations: 200 OK, correlation id corr-8]" in str(
        caught
    )


def test_an_error_with_a_200_says_what_the_server_said(
    make_client: MakeClient, server: ScriptedServer
) -> None:
    said = b'"success": false, "error_code": "TIMEOUT", "error_message": "backend\\ntimed out"'
    server.will(Answer(body=b'{"conversations": [], "cursor": null, ' + said + b"}"))
    caught = failure(make_client(max_attempts=1))
    assert isinstance(caught, errors.MalformedPage)
    assert "`success: false`" in str(caught)
    assert "The server said: TIMEOUT: backend timed out." in str(caught)


def test_a_body_that_breaks_off_says_where(make_client: MakeClient, server: ScriptedServer) -> None:
    server.will(Answer(body=b'{"conversations": [{"id": "secret talk'))
    message = str(failure(make_client(max_attempts=1)))
    assert "of 38 bytes, the text ends inside a value at byte 38" in message
    assert "secret talk" not in message


def test_a_login_page_in_polyais_place_is_recognised(make_client: MakeClient, server: ScriptedServer) -> None:
    server.will(Answer(body=b"\n<!DOCTYPE html><title>Log in</title>"))
    assert "proxy or a login page" in str(failure(make_client(max_attempts=1)))


@pytest.mark.parametrize("base_url", ["http://" + "a" * 70, "http://a..b"])
def test_an_address_that_cannot_be_asked_is_a_setting_to_change(
    make_client: MakeClient, base_url: str
) -> None:
    with pytest.raises(errors.InvalidConnection, match="base_url"):
        make_client(base_url=base_url).page(EVERYTHING, limit=1)
