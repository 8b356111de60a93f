"""What it means when no answer comes, or only a part of one."""

import urllib3
from requests import exceptions as http

from polyai_assets.api import errors
from polyai_assets.api.environment import certificates_fault
from polyai_assets.api.errors import PolyAIError
from polyai_assets.api.key import ApiKey
from polyai_assets.api.project import Connection
from polyai_assets.api.refusal import shorten

FAILURES = (http.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError)
"""All that requests and urllib3 raise. Most carry the request, and with it the key. Of files of certificates that are
not there, and of characters that no header or host name can hold, they let through what Python says."""


def failure_of(error: Exception, connection: Connection, key: ApiKey) -> PolyAIError:
    """Make the error for one of `FAILURES`. To be raised outside of `except`, so that it is not chained."""
    project, reason = connection.project, shorten(key.redact(_reason(error)))
    fault = certificates_fault() if connection.host.startswith("https:") else None
    if fault:
        return errors.InvalidEnvironment(f"{project} cannot be asked for: {fault}")
    match error:
        case http.ReadTimeout() | urllib3.exceptions.ReadTimeoutError():
            return errors.TimedOut(f"The server of {project} fell silent: {reason}.")
        case urllib3.exceptions.ProtocolError() | urllib3.exceptions.DecodeError():
            return errors.TruncatedBody(f"The answer for {project} broke off: {reason}.")
        case http.InvalidURL() | http.InvalidSchema() | ValueError():
            return errors.InvalidConnection(
                f"{project} cannot be asked for: {reason}. Check {connection.base_url_option} and the proxy."
            )
    return errors.ConnectionFailed(
        f"{connection.host} could not be reached for {project}: {reason}. Check network, name, proxy "
        f"(HTTPS_PROXY), certificates (REQUESTS_CA_BUNDLE) and {connection.base_url_option}."
    )


def _reason(error: Exception) -> str:
    """Return the innermost words; the outer ones repeat the whole URL."""
    inner = error.args[0] if error.args else error
    return str(getattr(inner, "reason", inner))
