"""What it means when no answer comes, or only a part of one."""

import urllib3
from requests import exceptions as http

from polyai_assets.api import errors
from polyai_assets.api.errors import PolyAIError
from polyai_assets.api.key import ApiKey
from polyai_assets.api.project import Connection
from polyai_assets.api.refusal import shorten

FAILURES = (http.RequestException, urllib3.exceptions.HTTPError)
"""All that requests and urllib3 raise. Such an exception carries the request, and with it the key."""


def failure_of(error: Exception, connection: Connection, key: ApiKey) -> PolyAIError:
    """Make the error for one of `FAILURES`. To be raised outside of `except`, so that it is not chained."""
    project, reason = connection.project, shorten(key.redact(_reason(error)))
    match error:
        case http.InvalidURL() | http.InvalidSchema() | urllib3.exceptions.LocationValueError():
            return errors.InvalidConnection(
                f"{project} cannot be asked for: {reason}. Check {connection.base_url_option} and the proxy."
            )
        case http.ReadTimeout() | urllib3.exceptions.ReadTimeoutError():
            return errors.TimedOut(f"The server of {project} fell silent: {reason}.")
        case urllib3.exceptions.ProtocolError() | urllib3.exceptions.DecodeError():
            return errors.TruncatedBody(f"The answer for {project} broke off: {reason}.")
    return errors.ConnectionFailed(
        f"{connection.host} could not be reached for {project}: {reason}. Check network, name, proxy "
        f"(HTTPS_PROXY), certificates (REQUESTS_CA_BUNDLE) and {connection.base_url_option}."
    )


def _reason(error: Exception) -> str:
    """Return the innermost words; the outer ones repeat the whole URL."""
    inner = error.args[0] if error.args else error
    return str(getattr(inner, "reason", inner))
