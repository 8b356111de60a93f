"""Finding the secrets in what is configured: environment, URLs with a login, connection strings, alert targets.

Each is read more generously than its parser does. A password that was not percent-encoded may hold any delimiter, and
it is then that a parser fails and quotes a part of it.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import unquote

_NAMED_LIKE_ONE = re.compile(r"KEY|SECRET|TOKEN|PASSW|CREDENTIAL|WEBHOOK|_PWD$|APPRISE", re.IGNORECASE)
_NAMES_A_FILE = re.compile(r"_(FILE|PATH|DIR|URI)$", re.IGNORECASE)
_BEGINS_LIKE_ONE = re.compile(r"\s*(ducklake:|[\w.+-]+://|\w+\s*=)")
"""A connection string, not a text that mentions one."""
_PROXY = re.compile(r"_proxy$", re.IGNORECASE)
_NOT_A_PROXY = re.compile(r"^no_proxy$", re.IGNORECASE)
_PASSWORD = re.compile(
    r"\b\w*password\s*=\s*(?P<quoted>'(?:\\.|[^'\\])*')?(?P<bare>.*?)(?=\s+\w+\s*=|$)", re.I
)
_TOKEN = re.compile(r"[?&]\w*(?:token|secret|passphrase|pwd)\w*=([^&\s]+)", re.I)
"""A token among the options of a database's URL, such as `md:calls?motherduck_token=…`."""
_OPTION = re.compile(r"[?&][\w+-]+=")
_BETWEEN = re.compile(r"[/?#@:&=;,\s]+")

ORDINARY = frozenset(
    {
        "true",
        "false",
        "none",
        "null",
        "auto",
        "default",
        "user",
        "guest",
        "admin",
        "root",
        "postgres",
        "public",
    }
    | {
        "simulator",
        "service",
        "services",
        "webhook",
        "webhooks",
        "hook",
        "hooks",
        "alert",
        "alerts",
        "notify",
    }
    | {"incoming", "message", "messages", "channel", "channels", "conversation", "conversations"}
    | {"html", "text", "markdown", "http", "https"}
)
"""Words that are no secret even where one could stand; to hide them would make texts unreadable. The simulator's key
is among them, which it prints itself."""

_LONGEST_NUMBER = 7
"""A longer number may be a secret; `TOKEN_LIFETIME=3600` holds none."""


def in_environment(environment: Mapping[str, str]) -> frozenset[str]:
    """Collect its secrets: what is named like one, logins in URLs, passwords in connection strings."""
    return frozenset().union(*(_known_in_variable(name, value) for name, value in environment.items()))


@lru_cache(maxsize=4096)
def _known_in_variable(name: str, value: str) -> frozenset[str]:
    return frozenset(_but_ordinary(*_in_variable(name, value)))


def _in_variable(name: str, value: str) -> Iterator[str]:
    if _PROXY.search(name):
        if not _NOT_A_PROXY.search(name):
            yield from in_login(value)
        return
    if _NAMED_LIKE_ONE.search(name) and not _is_harmless(name, value):
        if "://" in value:
            yield from in_service_url(value)
        else:
            yield value
    elif _BEGINS_LIKE_ONE.match(value):
        yield from in_connection_string(value)


def in_login(url: str) -> Iterator[str]:
    """Yield user and password of a URL, by themselves and together: all that stands before the last @."""
    rest = url.partition("://")[2] or url
    login, at, _ = rest.rpartition("@")
    if not at:
        return
    user, _, password = login.partition(":")
    yield from _but_ordinary(user, password, login, unquote(login))


def in_connection_string(text: str) -> Iterator[str]:
    """Yield the secrets of a database's connection string, whether it is a URL or `dbname=… password=…`."""
    if "://" in text and _may_be_login(text.partition("://")[2]):
        yield from in_login(text)
    yield from _passwords(text)
    for found in _TOKEN.finditer(text):
        yield from _but_ordinary(found[1], unquote(found[1]))


def in_service_url(url: str) -> Iterator[str]:
    """Yield the secrets of an alert's target: each service puts its tokens elsewhere, so all but the names of hosts.

    Of options, such as the addresses of a mail, words are none either.
    """
    place, *options = _OPTION.split(url)
    yield from in_login(place)
    for part in _parts_of(place.partition("://")[2]):
        yield from _but_ordinary(part)
    for part in _parts_of(" ".join(options)):
        if not re.fullmatch(r"[a-z]+", part):
            yield from _but_ordinary(part)


def _parts_of(text: str) -> Iterator[str]:
    for form in (text, unquote(text)):
        yield from (part for part in _BETWEEN.split(form) if not _is_host(part))


def _passwords(text: str) -> Iterator[str]:
    for found in _PASSWORD.finditer(text):
        quoted = found["quoted"]
        if quoted:
            yield from _but_ordinary(re.sub(r"\\(.)", r"\1", quoted[1:-1]))
        yield from _but_ordinary(found["bare"].strip())


def _may_be_login(rest: str) -> bool:
    """Tell a login from an address that has an @ further on."""
    login, at, _ = rest.rpartition("@")
    return bool(at) and ("/" not in login or ":" in login.partition("/")[0])


def _but_ordinary(*texts: str) -> Iterator[str]:
    yield from (text for text in texts if text and text.lower() not in ORDINARY)


def _is_host(text: str) -> bool:
    if text == "localhost" or re.fullmatch(r"\d{1,5}", text):  # the number of a port
        return True
    try:
        ip_address(text)
    except ValueError:
        return bool(re.fullmatch(r"([a-z0-9-]+\.)+[a-z]{2,}", text))
    return True


def _is_harmless(name: str, value: str) -> bool:
    """Tell a switch, a small number and a place from a secret."""
    is_place = _NAMES_A_FILE.search(name) or _is_there(value)
    return bool(is_place) or (value.isdigit() and len(value) <= _LONGEST_NUMBER)


def _is_there(place: str) -> bool:
    try:
        return place.startswith("/") and Path(place).exists()
    except (OSError, ValueError):  # too long for a path, or none at all
        return False
