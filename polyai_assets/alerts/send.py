"""Sending a message to a target, through apprise, without its URL turning up anywhere.

apprise is imported where something is sent or a URL is checked, not where definitions are loaded.
"""

import html
import logging
import re
import sys
from collections.abc import Sequence
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from polyai_assets.api.environment import certificates_fault, proxy_fault
from polyai_assets.machine.secrets import masked

if TYPE_CHECKING:
    from apprise import AppriseAsset, NotifyBase

    from polyai_assets.alerts.text import Gravity

TIMEOUT = 15.0
"""Most seconds that a target may take."""

_ELSEWHERE = "https://target.invalid"
"""Stands for wherever a target is: its address is known to its plugin only."""

_sending: ContextVar[bool] = ContextVar("sending_an_alert", default=False)
_LINK = re.compile(r"https?://[^\s&]+(?:&amp;[^\s&]+)*")
_HTTP_STATUS = re.compile(r"error[=:]? ?(\d{3})\b")


def is_known_to_apprise(url: SecretStr) -> bool:
    """Tell whether apprise can make a target of a URL."""
    return _plugin(url) is not None


def is_mail(url: SecretStr) -> bool:
    """Tell whether a URL is that of a mailbox."""
    return hasattr(_plugin(url), "smtp_host")


def describe(url: SecretStr) -> str:
    """Name a target by its kind, and by its host where its kind has one: `JSON hooks.example.com:8080`, `Slack`.

    Nothing else of a URL is shown: each part may be a token, and so may what stands in the place of a host where a
    kind has forms without one.
    """
    plugin = _plugin(url)
    if plugin is None:
        return "a target"
    forms: Sequence[str] = plugin.templates
    mail_server = getattr(plugin, "smtp_host", None)  # a mail goes there, whatever the domain of its sender
    port = f":{plugin.port}" if plugin.port and not mail_server else ""
    host = f" {mail_server or plugin.host}{port}" if all("{host}" in form for form in forms) else ""
    return masked(f"{plugin.service_name}{host}")


def send(
    url: SecretStr, title: str, body: str, gravity: "Gravity", attachment: str | None = None
) -> str | None:
    """Send a message; returns why the target did not take it, without anything of its URL, or None if it did.

    It goes as plain text, to a mail address with `format=html` as HTML, and with a file where one is named: if that is
    gone, the message says so.
    """
    import apprise

    plugin = _plugin(url)
    if plugin is None:
        return "apprise does not understand this target's URL"
    fault = proxy_fault(_ELSEWHERE) if _speaks_http(plugin) else None
    if fault:
        return fault
    target = apprise.Apprise(asset=_asset())
    target.add(plugin)
    text, html = apprise.NotifyFormat.TEXT, apprise.NotifyFormat.HTML
    is_html = hasattr(plugin, "smtp_host") and plugin.resolve_format(text) is html
    if attachment and not Path(attachment).is_file():
        body, attachment = f"{body}\n\n(The file is not there any more: {attachment})", None
    token = _sending.set(True)
    try:
        result = target.notify(
            title=title,
            body=_as_html(body) if is_html else body,
            notify_type=gravity,
            body_format=(html if is_html else text).value,
            timeout=TIMEOUT,
            attach=attachment,
        )
    except Exception as error:  # noqa: BLE001 - a plugin is other people's code, and its message may hold the URL
        return f"apprise failed with {type(error).__name__}"
    finally:
        _sending.reset(token)
    if result:
        return None
    if result.status == apprise.AppriseResultStatus.TIMEOUT:
        return f"no answer within {TIMEOUT:.0f} seconds"
    fault = certificates_fault() if _speaks_http(plugin) else certificates_fault("SSL_CERT_FILE")
    if fault:
        return fault
    said = [found[1] for entry in result.logs() if (found := _HTTP_STATUS.search(entry.message))]
    return (
        f"the target refused it with HTTP {said[-1]}"
        if said
        else "the target cannot be reached or refused it"
    )


def _speaks_http(plugin: "NotifyBase") -> bool:
    """Tell whether a target is reached through the proxy: those plugins, and no others, use requests."""
    return hasattr(sys.modules[type(plugin).__module__], "requests")


def _plugin(url: SecretStr) -> "NotifyBase | None":
    import apprise

    _keep_urls_out_of_logs()
    plugin = apprise.Apprise.instantiate(url.get_secret_value(), asset=_asset())
    if plugin is not None and plugin.overflow_mode is apprise.OverflowMode.UPSTREAM:
        plugin.overflow_mode = (
            apprise.OverflowMode.SPLIT
        )  # a chat that takes short messages only gets several
    return plugin


@cache
def _asset() -> "AppriseAsset":
    """Say who is sending. It follows no redirects, writes nothing to disk and links to no pictures elsewhere."""
    import apprise

    return apprise.AppriseAsset(
        app_id="polyai-assets",
        app_desc="polyai-assets",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        http_redirects=False,
        storage_mode=apprise.PersistentStoreMode.MEMORY,
        allow_templates=False,
        async_mode=False,
    )


@cache
def _keep_urls_out_of_logs() -> None:
    """Keep the URLs of targets out of logs: apprise prints them whole, urllib3 at least their paths."""
    logger = logging.getLogger("apprise")
    logger.addFilter(_keep_status_only)
    logger.propagate = False
    for name in ("urllib3.connectionpool", "urllib3.util.retry"):
        logging.getLogger(name).addFilter(lambda _: not _sending.get())


def _keep_status_only(record: logging.LogRecord) -> bool:
    """Leave of apprise's words what is no secret, for whoever listens: `send` does, for one."""
    status = _HTTP_STATUS.search(record.getMessage())
    record.msg, record.args, record.exc_info = f"error={status[1]}" if status else "(not shown)", (), None
    return True


def _as_html(text: str) -> str:
    """Write plain text as HTML, line by line with links; a library would keep a line from ever being wrapped."""
    return "<br/>\n".join(map(_html_line, text.splitlines()))


def _html_line(line: str) -> str:
    words = line.lstrip(" ")
    linked = _LINK.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', html.escape(words, quote=False))
    return "&nbsp;" * (len(line) - len(words)) + linked
