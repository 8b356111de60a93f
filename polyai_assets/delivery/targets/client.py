"""What reaches a vendor's warehouse: its client, which only an extra installs, and the URL that it connects with."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from polyai_assets.delivery.targets.target import TargetUnreachable
from polyai_assets.machine.secrets import SECRETS

_SECRET = re.compile("pwd|passphrase|password|secret|token|credential|key$", re.IGNORECASE)
"""Names of options whose values no message shows."""


def import_client(module: str, extra: str) -> Any:
    """Import a vendor's client. Raises TargetUnreachable, which names the extra, where it is not installed."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise TargetUnreachable(
            f"deliveries of type {extra} need a client that is not installed ({error.name}): "
            f"pip install 'polyai-assets[{extra}]' where Dagster and polyai run"
        ) from None


def split_options(place: str) -> tuple[str, dict[str, str]]:
    """Take the options, which are `name=value&…`, from behind the question mark; no message shows their secrets."""
    before, _, text = place.partition("?")
    options = dict(parse_qsl(text))
    SECRETS.keep(*(value for name, value in options.items() if _SECRET.search(name)))
    return before, options


@dataclass(frozen=True, slots=True, repr=False)
class TargetAddress:
    """A URL in parts, decoded; what is missing is empty. `options` are behind the question mark."""

    host: str
    user: str
    password: str
    path: str
    options: Mapping[str, str]

    @classmethod
    def parse(cls, url: str, form: str) -> Self:
        """Read the URL of a connection. Raises TargetUnreachable where it has not the scheme and host of `form`."""
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            host = ""
        if not host or parts.scheme != form.partition("://")[0]:
            raise TargetUnreachable(
                f"its `connection` has another form than {form}. Write it so, characters such as @ and / in a password "
                "percent-encoded, into the environment variable that `connection` names"
            )
        return cls(
            host,
            unquote(parts.username or ""),
            unquote(parts.password or ""),
            unquote(parts.path.strip("/")),
            split_options(url)[1],
        )
