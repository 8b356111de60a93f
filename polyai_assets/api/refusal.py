"""What an answer that is not what was asked for means: which type of error, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from urllib.parse import urlsplit

import msgspec

from polyai_assets.api import errors
from polyai_assets.api.errors import PolyAIError
from polyai_assets.api.key import KeyHeader
from polyai_assets.api.project import Connection

Meaning = tuple[type[PolyAIError], str]
"""A type of error and its message; see `_meaning` for what may stand in braces."""
Meanings = Mapping[tuple[int, str], Meaning]
"""(Status, error code) -> meaning; the code "" stands for any code without a meaning of its own."""
NO_MEANINGS: Meanings = MappingProxyType({})

_SHORT = 200
"""Characters of a server's text that go into a message."""
_LONG = 10_000
"""Bytes of a member beyond which it is shown as it stands: only its beginning is."""

_STATUSES = frozenset(HTTPStatus)

_REDIRECT = (
    errors.RedirectRefused,
    "{project} is redirected to {target}. The key is sent to no address out of a response: "
    "if that is where the API now is, set it as {base_url}.",
)
_SERVER = (errors.ServerError, "PolyAI failed to answer for {project}. It may pass: run again later.")
_UNEXPECTED = (
    errors.UnexpectedStatus,
    "PolyAI answered for {project} in a way that its documentation does not describe. "
    "Check what stands between us and it, such as a proxy, and {base_url}.",
)
_BAD_REQUEST = (
    errors.BadRequest,
    "PolyAI did not accept the query for {project}. Check its filters; "
    "if it went on from a stored cursor, start again without.",
)
_INTERIM = (
    errors.ConnectionFailed,
    "In place of an answer for {project} came one that only announces it. PolyAI's documentation knows none such: "
    "check what stands between us and it, such as a proxy that sends early hints.",
)
_MEANINGS: dict[int, Meaning] = {
    400: _BAD_REQUEST,
    401: (
        errors.Unauthorized,
        "The key in {key_source} was refused for {project}. Keys are scoped to one project and one region, "
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
class RefusedAnswer:
    """An answer with a status that was not asked for; `body` may be cut."""

    request: str
    """Method and path: `GET /v3/acme/hotel-bot/conversations`."""
    status: int
    body: bytes
    location: str | None
    correlation_id: str | None
    retry_after: float | None


@dataclass(frozen=True)
class _Said:
    error_code: str = ""
    error_message: str = ""


def error_of(
    refusal: RefusedAnswer, connection: Connection, key: KeyHeader, meanings: Meanings = NO_MEANINGS
) -> PolyAIError:
    """Make the error; its message says what, where, what the server said, and what to do.

    `meanings` go before those that statuses have in general.
    """
    said = _said(refusal.body)
    kind, advice = _meaning(refusal, said, connection, meanings)
    message = f"{advice} {where(refusal.request, refusal.status, refusal.correlation_id)}"
    error = kind(key.redact(message))
    _add_words(error, said, key)
    error.status, error.correlation_id = refusal.status, refusal.correlation_id
    error.said = key.redact(refusal.body.decode(errors="replace"))
    if isinstance(error, errors.TransientError):
        error.retry_after = refusal.retry_after
    return error


def add_words(error: PolyAIError, body: bytes, key: KeyHeader) -> None:
    """Append to an error what the server said in its envelope, if it did: one line, without the key."""
    _add_words(error, _said(body), key)


def shorten(text: str) -> str:
    """Make it one line, without characters that could forge a log line."""
    line = "".join(character if character.isprintable() else " " for character in text)
    line = " ".join(line.split())
    return line if len(line) <= _SHORT else line[: _SHORT - 1] + "…"


def where(request: str, status: int, correlation_id: str | None) -> str:
    """Write `[GET /v3/acme/hotel-bot/conversations: 404 Not Found, correlation id 1a2b]`; `request` is its name."""
    phrase = f" {HTTPStatus(status).phrase}" if status in _STATUSES else ""
    correlation = f", correlation id {correlation_id}" if correlation_id else ""
    return f"[{shorten(request)}: {status}{phrase}{correlation}]"


def _add_words(error: PolyAIError, said: _Said, key: KeyHeader) -> None:
    words = ": ".join(part for part in (said.error_code, said.error_message) if part)
    if words:
        error.add(f"The server said: {shorten(key.redact(words))}.")


def _meaning(refusal: RefusedAnswer, said: _Said, connection: Connection, meanings: Meanings) -> Meaning:
    kind, template = (
        meanings.get((refusal.status, said.error_code.upper()))
        or meanings.get((refusal.status, ""))
        or _MEANINGS.get(refusal.status)
        or _of_class(refusal.status)
    )
    return kind, template.format(
        project=connection.project,
        region=connection.project.region,
        project_id=connection.project.project_id,
        key_source=connection.key_source,
        host=connection.host,
        base_url=connection.base_url_option,
        target=_target(refusal.location),
        check=_what_to_check(said, connection),
    )


def _of_class(status: int) -> Meaning:
    if status < 200:
        return _INTERIM
    if 300 <= status < 400:
        return _REDIRECT
    return _SERVER if status >= 500 else _UNEXPECTED


def _what_to_check(said: _Said, connection: Connection) -> str:
    project = connection.project
    code = said.error_code.upper()
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


def _said(body: bytes) -> _Said:
    """Read PolyAI's envelope. What has another shape, or is a gateway's HTML, says nothing."""
    try:
        envelope = _decode_envelope(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return _Said()  # the status has to say it all
    messages = map(_text, (envelope.error_message, envelope.error, envelope.errors))
    return _Said(_text(envelope.error_code), next(filter(None, messages), ""))


class _Envelope(msgspec.Struct):
    """What an error may say; the rest, which may be large, is passed over."""

    error_code: msgspec.Raw = msgspec.Raw(b"null")
    error_message: msgspec.Raw = msgspec.Raw(b"null")
    error: msgspec.Raw = msgspec.Raw(b"null")
    errors: msgspec.Raw = msgspec.Raw(b"null")


_decode_envelope = msgspec.json.Decoder(_Envelope).decode


def _text(value: msgspec.Raw) -> str:
    """Give a member as text: an object or a list as JSON, nothing for what says nothing or cannot be read."""
    written = bytes(memoryview(value)[:_LONG]).decode(errors="replace")
    try:
        found = msgspec.json.decode(written)
    except (msgspec.MsgspecError, RecursionError):
        return written if len(written) >= _LONG else ""
    if isinstance(found, str | int) and not isinstance(found, bool):
        return str(found).strip()
    return written if found else ""
