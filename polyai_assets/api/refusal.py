"""What an answer that is no page means: which type of error, and what to do about it."""

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

import msgspec

from polyai_assets.api import errors
from polyai_assets.api.errors import PolyAIError
from polyai_assets.api.key import ApiKey
from polyai_assets.api.project import Connection

_SHORT = 200
"""Characters of a server's text that go into a message."""

_STATUSES = frozenset(HTTPStatus)

_REDIRECT = (
    errors.RedirectRefused,
    "{project} is redirected to {target}. The key is sent to no address out of a response: "
    "if that is where the API now is, set it as base_url.",
)
_SERVER = (errors.ServerError, "PolyAI failed to answer for {project}. It may pass: run again later.")
_UNEXPECTED = (
    errors.UnexpectedStatus,
    "PolyAI answered for {project} in a way that its documentation does not describe. "
    "Check what stands between us and it, such as a proxy, and base_url.",
)
_BAD_REQUEST = (
    errors.BadRequest,
    "PolyAI did not accept the query for {project}. Check its filters; "
    "if it went on from a stored cursor, start again without.",
)
_MEANINGS: dict[int, tuple[type[PolyAIError], str]] = {
    400: _BAD_REQUEST,
    401: (
        errors.Unauthorized,
        "The key in {key_source} was refused for {project}. v3 keys are scoped to one project and one region, "
        "and expire: check that it was issued for this project and region, or ask PolyAI for a new one.",
    ),
    403: (
        errors.Forbidden,
        "The key in {key_source} is known but may not list the conversations of {project}. "
        "Ask PolyAI for that permission.",
    ),
    404: (errors.NotFound, "Nothing is known of {project} at {host}. {check}"),
    408: _SERVER,
    413: (
        errors.PageTooHeavy,
        "A page of {project} is too heavy for the server. Ask for a smaller page_size.",
    ),
    422: _BAD_REQUEST,
    425: _SERVER,
    429: (
        errors.RateLimited,
        "{project} is asked too often. Lower requests_per_second or the number of parallel windows.",
    ),
    504: (
        errors.GatewayTimeout,
        "A page of {project} took the server too long. It may pass; a smaller page_size may help.",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An answer with a status other than 200; `body` may be cut."""

    status: int
    body: bytes
    location: str | None
    correlation_id: str | None
    retry_after: float | None


class _ErrorBody(msgspec.Struct):
    error_code: str | int | None = None
    error_message: str | None = None


def error_of(refusal: Refusal, connection: Connection, key: ApiKey) -> PolyAIError:
    """Make the error; its message says what, where, what the server said, and what to do."""
    said = _error_body(refusal.body)
    kind, advice = _meaning(refusal, said, connection)
    message = f"{advice} {where(connection, refusal.status, refusal.correlation_id)}"
    words = ": ".join(str(part) for part in (said.error_code, said.error_message) if part)
    if words:
        message += f" The server said: {shorten(key.redact(words))}."
    error = kind(key.redact(message))
    error.status, error.correlation_id = refusal.status, refusal.correlation_id
    if isinstance(error, errors.TransientError):
        error.retry_after = refusal.retry_after
    return error


def shorten(text: str) -> str:
    """Make it one line, without characters that could forge a log line."""
    line = "".join(character if character.isprintable() else " " for character in text)
    line = " ".join(line.split())
    return line if len(line) <= _SHORT else line[: _SHORT - 1] + "…"


def where(connection: Connection, status: int, correlation_id: str | None) -> str:
    """Write `[GET /v3/acme/hotel-bot/conversations: 404 Not Found, correlation id 1a2b]`."""
    phrase = f" {HTTPStatus(status).phrase}" if status in _STATUSES else ""
    correlation = f", correlation id {correlation_id}" if correlation_id else ""
    return f"[GET {connection.path}: {status}{phrase}{correlation}]"


def _meaning(refusal: Refusal, said: _ErrorBody, connection: Connection) -> tuple[type[PolyAIError], str]:
    kind, template = _MEANINGS.get(refusal.status) or _of_class(refusal.status)
    return kind, template.format(
        project=connection.project,
        key_source=connection.key_source,
        host=connection.host,
        target=_target(refusal.location),
        check=_what_to_check(said, connection),
    )


def _of_class(status: int) -> tuple[type[PolyAIError], str]:
    if 300 <= status < 400:
        return _REDIRECT
    return _SERVER if status >= 500 else _UNEXPECTED


def _what_to_check(said: _ErrorBody, connection: Connection) -> str:
    project = connection.project
    code = str(said.error_code or "").upper()
    if "PROJECT" in code:
        return f"Check project_id {project.project_id!r}, then account_id {project.account_id!r}."
    if "ACCOUNT" in code:
        return f"Check account_id {project.account_id!r}."
    return (
        f"Check that the project lives in region {project.region!r} (the wrong host answers 404 too), then "
        f"account_id {project.account_id!r} and project_id {project.project_id!r}."
    )


def _target(location: str | None) -> str:
    try:
        return shorten(urlsplit(location or "").hostname or "another path of the same host")
    except ValueError:
        return "an address that cannot be read"


def _error_body(body: bytes) -> _ErrorBody:
    try:
        return msgspec.json.decode(body, type=_ErrorBody)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return _ErrorBody()  # a gateway's HTML, or nothing: the status has to say it all
