"""What the environment says to every request: by which proxy it goes, and whose certificates it trusts.

A proxy that does not parse is found before a request is made. Urllib3 takes what stands before a `#`, `/` or `?` in its
password for a host: it would look up a part of the password in DNS, and quote another as a wrong port.
"""

import os
import ssl
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

import urllib3
from requests.utils import get_environ_proxies, select_proxy

_SOCKS = frozenset({"socks4", "socks4a", "socks5", "socks5h"})
_SCHEMES = frozenset({"http", "https"}) | _SOCKS
_CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""Where requests looks, in this order."""


def proxy_fault(url: str) -> str | None:
    """Say what is wrong with the proxy by which a request to `url` would go, and what to do; None if it can be used.

    The sentence names the variable and never shows anything of its value.
    """
    proxy = select_proxy(url, get_environ_proxies(url))
    if not proxy:
        return None
    fault = _fault(proxy)
    return f"{_variable(urlsplit(url).scheme, proxy)} {fault}." if fault else None


def certificates_fault(*names: str) -> str | None:
    """Say what is wrong with the file or folder of certificates that the first variable that is set names.

    None if it can be used. Without names: those that requests looks into.
    """
    for name in names or _CERTIFICATES:
        if place := os.environ.get(name):
            fault = _unusable(Path(place))
            return f"{name} names {place}, which {fault}. {_CORRECT}." if fault else None
    return None


_CORRECT = "Let it name a file of certificates in PEM form that this user may read, or unset it"
_ENCODE = "percent-encode it (# is %23, / is %2F, ? is %3F, @ is %40)"


def _fault(proxy: str) -> str | None:
    scheme, separator, rest = proxy.partition("://")
    rest, scheme = (rest, scheme.lower()) if separator else (proxy, "http")
    if scheme not in _SCHEMES:
        return "begins with a scheme that is unknown: write http://host:port"
    if scheme in _SOCKS and find_spec("socks") is None:
        return "names a SOCKS proxy, which needs a package: pip install 'requests[socks]'"
    login, _, place = rest.rpartition("@")
    if set("#/?[]") & set(login):
        return f"has a user or password with a character that ends it: {_ENCODE}"
    try:
        unquote(login).encode("latin-1")
    except UnicodeEncodeError:
        return "has a user or password with a character that no HTTP header can hold: choose another password"
    if not _is_place(place):
        return (
            "cannot be parsed: write http://user:password@host:port, and where the password holds other "
            f"characters than letters and digits, {_ENCODE}"
        )
    return None


def _is_place(place: str) -> bool:
    """Tell whether a host, with or without a port, can be connected to."""
    try:
        parsed = urllib3.util.parse_url(f"//{place}")
        host = (parsed.host or "").strip("[]")
        host.encode("idna")  # as a connection does
    except (urllib3.exceptions.LocationParseError, UnicodeError):
        return False
    return bool(host) and not any(character.isspace() for character in place) and parsed.port != 0


def _variable(scheme: str, proxy: str) -> str:
    """Name the variable that holds a proxy, as it is spelled there."""
    for wanted in (f"{scheme}_proxy", "all_proxy"):
        for name in (wanted, wanted.upper()):
            if os.environ.get(name) == proxy:
                return name
    return f"the proxy for {scheme}://"  # of the operating system's settings


def _unusable(place: Path) -> str | None:
    try:
        if place.is_dir():
            return None if any(place.iterdir()) else "is an empty folder"
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(place)
    except FileNotFoundError:
        return "is not there"
    except ssl.SSLError:
        return "holds no certificate that can be read"
    except OSError as error:
        return f"cannot be read ({error.strerror or type(error).__name__})"
    return None
