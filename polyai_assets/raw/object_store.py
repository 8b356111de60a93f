"""What keeps an object store from being asked, and what to do about the errors of its libraries.

The libraries try each request several times, whatever is wrong. So what the environment says wrongly is found first.
"""

import os
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
_AMAZON = "https://s3.amazonaws.com"

_SET_KEYS = "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, where Dagster runs"
_ENDPOINT = "Check AWS_ENDPOINT_URL (https://host:port) and the network"
_STEPS: Mapping[str, str] = MappingProxyType(
    {
        "NoCredentialsError": _SET_KEYS,
        "PartialCredentialsError": _SET_KEYS,
        "CredentialRetrievalError": _SET_KEYS,
        "ProfileNotFound": "Correct AWS_PROFILE, or AWS_CONFIG_FILE where its profiles stand",
        "InvalidRegionError": "Correct AWS_DEFAULT_REGION",
        "NoRegionError": "Set AWS_DEFAULT_REGION",
        "EndpointResolutionError": _ENDPOINT,
        "EndpointConnectionError": _ENDPOINT,
        "ValueError": _ENDPOINT,
        "SSLError": "If a proxy opens TLS, set AWS_CA_BUNDLE to its certificates",
        "ImportError": "pip install 'polyai-assets[s3]' for s3://, or what fsspec needs for another store",
    }
)
"""By the names of errors: the libraries are there only for those who have an object store."""

_RIGHTS = (
    "Check the credentials and their rights. They must be allowed to list the bucket (s3:ListBucket), too: without "
    "that, S3 answers that a file which is not there is forbidden"
)


def environment_fault() -> str | None:
    """Say which variable keeps every request to an object store from being made, and what to do; None if none does."""
    # late: who only loads the definitions should not wait for requests
    from polyai_assets.api.environment import certificates_fault, proxy_fault

    name, endpoint = next(
        ((name, os.environ[name]) for name in _ENDPOINTS if os.environ.get(name)), ("", _AMAZON)
    )
    if not _is_address(endpoint):
        return f"{name} is no address: write https://host:port, and leave credentials to AWS_ACCESS_KEY_ID and so on."
    return proxy_fault(endpoint) or certificates_fault("AWS_CA_BUNDLE")


def _is_address(endpoint: str) -> bool:
    try:
        parts = urlsplit(endpoint)
        return (
            parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and parts.port != 0
            and "@" not in endpoint
        )
    except ValueError:  # a port that is no number, a bracket that is not closed
        return False


def next_step(error: Exception) -> str:
    """Say what to do about an error of an object store's library."""
    if isinstance(error, PermissionError):
        return _RIGHTS
    if isinstance(error, FileNotFoundError):
        return "Check that the bucket is there, and that nothing else answers in its place"
    return next(
        (_STEPS[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in _STEPS),
        "Try again when it answers",
    )


def is_certain(error: FileNotFoundError) -> bool:
    """Tell whether an object store itself said that a file is not there.

    s3fs makes the same error of a bucket that is not there, and of a bare 404, which a proxy may have sent.
    """
    response = getattr(error.__cause__, "response", None)
    return response is None or response.get("Error", {}).get("Code") == "NoSuchKey"
