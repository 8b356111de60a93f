"""Where alerts go: apprise URLs, which are secrets, and the address of Dagster's UI for links."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from polyai_assets.alerts.settings import AlertSettings
from polyai_assets.configuration import places, rules
from polyai_assets.configuration.document import Document
from polyai_assets.configuration.problems import FieldPath, TemplateError, UnsetVariable
from polyai_assets.configuration.templates import is_template, render, right_form

_BETWEEN_URLS = re.compile(r"[\s,;]+(?=[A-Za-z0-9]+://)")
"""As apprise takes several URLs in one text: a comma may also be a part of one."""

_LITERAL = (
    "the URL itself stands in the file, and with it its token or password. "
    'Put it into a variable and write its name: "{{ env.POLYAI_ALERT_URLS }}", in quotes.'
)
_SET_IT = "Set it where Dagster runs, or remove it here"


class AlertAttributes(BaseModel):
    """The attribute `alerts`, as it stands in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    urls: Annotated[Any, rules.anything("secret; one or a list")] = Field(
        None,
        description="Where alerts are sent: apprise URLs, one or a list, by the names of their environment variables; "
        "a variable may hold several, separated by blanks or commas. "
        "Default: none; findings are kept, nothing is sent.",
        examples=["{{ env.POLYAI_ALERT_URLS }}"],
        repr=False,
    )
    dagster_url: Annotated[str | None, places.base_url()] = Field(
        None,
        description="Address of Dagster's UI, for links in alerts. Default: no links.",
        examples=["http://127.0.0.1:3000"],
    )

    kpis: Annotated[bool, rules.switch()] = Field(
        True,
        description="Whether figures of calls that are out of bounds are reported, such as a handoff rate above 50 % "
        "or 30 % fewer calls than on the same weekdays. Default: true.",
    )


def read_alerts(
    document: Document, raw: object, path: FieldPath, key_prefix: tuple[str, ...], keys_needed: bool
) -> AlertSettings:
    """Read `alerts`, noting its problems.

    With `keys_needed`, a URL that is not set or that apprise does not understand is a problem; otherwise a warning,
    and nothing is sent to it. No URL is shown.
    """
    if raw is None:
        return AlertSettings(key_prefix=key_prefix)
    if not isinstance(raw, Mapping):
        document.problems.add(path, 'must be a mapping, such as {urls: "{{ env.POLYAI_ALERT_URLS }}"}.')
        return AlertSettings(key_prefix=key_prefix)
    values = {
        str(key): value if key == "urls" else document.rendered(value, (*path, str(key)))
        for key, value in raw.items()
    }
    read = document.read(AlertAttributes, values, raw, lambda name: (*path, name))
    listed = read.get("urls")
    items = listed if isinstance(listed, list | tuple) else [] if listed is None else [listed]
    urls: dict[str, SecretStr] = {}
    for number, item in enumerate(items):
        at: FieldPath = (*path, "urls", number) if isinstance(listed, list | tuple) else (*path, "urls")
        meant = right_form(item, "POLYAI_ALERT_URLS")
        if meant:
            document.problems.add(at, f"names a variable in a form that is not read here. Write {meant}.")
            continue
        found, problem = _urls(item, document.scope, keys_needed)
        if found and not is_template(item):
            document.problems.warn(at, _LITERAL)
        if problem and keys_needed:
            document.problems.add(at, f"{problem}.")
        elif problem:
            document.problems.warn(at, f"no alerts go there: {problem}")
        urls |= {url: SecretStr(url) for url in found}
    return AlertSettings(tuple(urls.values()), read.get("dagster_url"), key_prefix, read.get("kpis", True))


def _urls(item: object, scope: Mapping[str, Any], keys_needed: bool) -> tuple[list[str], str | None]:
    """Give the URLs that an entry stands for, and what is wrong with it."""
    used: list[str] = []
    try:
        value = render(item, scope, used) if isinstance(item, str) and is_template(item) else item
    except UnsetVariable as unset:
        return [], f"{unset}. {_SET_IT}"
    except TemplateError:
        # Jinja's message is not shown: it quotes the template, and a token may stand in it.
        return [], 'the template cannot be rendered. A variable is written as "{{ env.NAME }}"'
    source = f"environment variable {' and '.join(used)}" if used else "the text"
    if not isinstance(value, str) or not value.strip():
        return [], f"{source} is {'empty' if isinstance(value, str) else 'no text'}. {_SET_IT}"
    urls = _BETWEEN_URLS.split(value.strip().rstrip(",;"))
    bad = [number for number, url in enumerate(urls, 1) if not _is_usable(url, keys_needed)]
    if not bad:
        return urls, None
    which = f"URL {bad[0]} of {len(urls)} in {source}" if len(urls) > 1 else source
    problem = f"{which} is no URL that apprise understands. Its documentation shows the form for each service"
    return [url for number, url in enumerate(urls, 1) if number not in bad], problem


def _is_usable(url: str, keys_needed: bool) -> bool:
    if "://" not in url or not keys_needed:
        return "://" in url
    # On demand: apprise is for those who send alerts or check the file, not for whoever loads definitions.
    from polyai_assets.alerts.send import is_known_to_apprise

    return is_known_to_apprise(SecretStr(url))
