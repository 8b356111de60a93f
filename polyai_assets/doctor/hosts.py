"""The hosts: is each reached, by which way, and does its clock agree with ours."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

import requests
import urllib3
from requests import exceptions as http

from polyai_assets.api.arriving import FAILURES
from polyai_assets.api.environment import certificates_fault, proxy_fault
from polyai_assets.api.refusal import shorten
from polyai_assets.api.retries import http_date
from polyai_assets.doctor.check import Diagnosis, green, red, yellow
from polyai_assets.machine.secrets import masked

NAME, CLOCK = "host", "clock"
HINT = "check base_url in defs.yaml, network and proxy (HTTPS_PROXY, NO_PROXY)"
MOST_SKEW = timedelta(seconds=60)
_CORRECT = "correct the variable, or unset it"

_TIMEOUTS = (5.0, 6.0)  # to connect, to answer


def look_at_host(host: str, now: Callable[[], datetime]) -> Iterator[Diagnosis]:
    """Ask a host for anything, without a key: whatever it answers, it is reached, and its answer has its time."""
    fault = proxy_fault(host)
    if fault:
        yield red(NAME, f"{host} is not asked: {fault}", _CORRECT)
        return
    proxy = requests.utils.select_proxy(host, requests.utils.get_environ_proxies(host))
    way = f" through the proxy {_without_login(proxy)}" if proxy else ""
    before = now()
    try:
        with requests.Session() as session:
            # an `auth` of our own keeps requests from looking for a login in .netrc
            answer = session.get(
                host, timeout=_TIMEOUTS, allow_redirects=False, stream=True, auth=lambda request: request
            )
            answer.close()
    except FAILURES as error:
        fault = certificates_fault() if host.startswith("https:") else None
        yield red(NAME, f"{host} is not asked: {fault}", _CORRECT) if fault else failure(host, way, error)
        return
    if host.startswith("http://") and not _is_here(host):
        yield yellow(
            NAME, f"{host} is reached{way} without TLS: the key travels in the clear", "use https://"
        )
    else:
        yield green(NAME, f"{host} is reached{way}")
    there = http_date(answer.headers.get("Date"))
    if there is not None:
        yield clock(host, there, before + (now() - before) / 2)


def clock(host: str, there: datetime, here: datetime) -> Diagnosis:
    """Compare the server's time, which has no fractions of a second, with ours."""
    skew = here - there
    if abs(skew) <= MOST_SKEW:
        return green(CLOCK, f"agrees with that of {host}")
    way = "ahead of" if skew > timedelta(0) else "behind"
    return yellow(
        CLOCK,
        f"this machine is {abs(skew).total_seconds():,.0f} seconds {way} {host}: days would begin and settle wrong",
        "set the clock by NTP",
    )


def failure(host: str, way: str, error: Exception) -> Diagnosis:
    """Say which part of the way fails: the name, the proxy, TLS, the connection or the answer."""
    reason = _innermost(error)
    match error:
        case http.ProxyError():
            return red(NAME, f"{host} is not reached{way}: {reason}", "check HTTPS_PROXY and NO_PROXY")
        case http.SSLError():
            return red(
                NAME,
                f"{host}: TLS fails{way}: {reason}",
                "if a proxy opens TLS, set REQUESTS_CA_BUNDLE to its certificates",
            )
        case http.ConnectTimeout():
            return red(NAME, f"{host}: no connection within {_TIMEOUTS[0]:.0f} s{way}", "check the firewall")
        case http.ReadTimeout():
            return red(NAME, f"{host}: connected, but no answer within {_TIMEOUTS[1]:.0f} s{way}", HINT)
        case http.InvalidURL() | http.InvalidSchema() | http.MissingSchema() | ValueError():
            return red(NAME, f"{host} is no address", HINT)
    if isinstance(_cause(error), urllib3.exceptions.NameResolutionError):
        return red(NAME, f"{host}: this name is not known{way}", "check base_url, region and DNS")
    return red(NAME, f"{host} cannot be connected to{way}: {reason}", HINT)


def _cause(error: Exception) -> Exception:
    """Find what is inside of what requests raises."""
    inner = error.args[0] if error.args else error
    reason = getattr(inner, "reason", inner)
    return reason if isinstance(reason, Exception) else error


def _innermost(error: Exception) -> str:
    return shorten(masked(str(_cause(error))))


def _without_login(proxy: str) -> str:
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def _is_here(host: str) -> bool:
    name = urlsplit(host).hostname or ""
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
