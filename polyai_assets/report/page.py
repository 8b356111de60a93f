"""Making a page: the sections in their order, and the definitions of the figures that they show."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from polyai_assets.report import amounts
from polyai_assets.report.blocks import Section
from polyai_assets.report.by_hour import by_hour
from polyai_assets.report.by_time import by_day, latency
from polyai_assets.report.contents import functions, topics
from polyai_assets.report.data import Footnote, ReportData
from polyai_assets.report.outcomes import funnel, handoffs
from polyai_assets.report.parts import parts, releases
from polyai_assets.report.tiles import first_figures
from polyai_assets.report.trust import trust

_MOST_LATE = 5
"""Projects whose missing days are named in a warning."""


def render_page(data: ReportData) -> str:
    """Make the page: HTML that needs nothing beside itself, and is the same for the same data."""
    template = _environment().get_template("page.html")
    numbered = Numbered(data)
    return template.render(
        title=_title(data),
        period=amounts.period(data.scope.first, data.scope.last),
        projects=[amounts.name(project) for project in data.scope.projects],
        warnings=_warnings(data),
        sections=[
            section
            for section in _sections(data)
            if section.tiles or section.panels or section.lead or section.empty
        ],
        notes=numbered,
        as_of=Markup(render_as_of(data)),  # noqa: S704 - made of a moment
        digest=digest(data),
        style=Markup(_read("style.css")),  # noqa: S704 - packaged with this module
    )


def render_as_of(data: ReportData) -> str:
    """Write when the data of a page was copied: the only part of it that its digest leaves out."""
    moment = data.copied_at
    said = f"Data as of {moment:%Y-%m-%d %H:%M} UTC." if moment else ""
    return f'<time class="as-of" datetime="{moment.isoformat() if moment else ""}">{said}</time>'


def digest(data: ReportData) -> str:
    """Identify what a page shows, and how: the same digest is the same page, but for when its data was copied."""
    shown = repr(replace(data, copied_at=None))
    return hashlib.sha256(f"{_code()}{shown}".encode(errors="replace")).hexdigest()[:16]


@cache
def _code() -> str:
    """Identify the code that makes pages."""
    folder = resources.files("polyai_assets.report")
    files = [*folder.iterdir(), *folder.joinpath("templates").iterdir()]
    texts = [file.read_bytes() for file in sorted(files, key=lambda file: file.name) if file.is_file()]
    return hashlib.sha256(b"".join(texts)).hexdigest()


class Numbered:
    """The footnotes of a page, numbered in the order in which figures are shown first."""

    def __init__(self, data: ReportData) -> None:
        self._footnotes = data.footnotes
        self._numbers: dict[str, int] = {}

    def number(self, name: str) -> int | None:
        """Give the number of the footnote on a figure; None where it has none."""
        if name not in self._footnotes:
            return None
        return self._numbers.setdefault(name, len(self._numbers) + 1)

    def listed(self) -> Sequence[tuple[int, Footnote]]:
        """Give the footnotes that were referred to so far."""
        return [(number, self._footnotes[name]) for name, number in self._numbers.items()]


def _title(data: ReportData) -> str:
    return "Day report" if data.scope.length == 1 else "Contact centre report"


def _warnings(data: ReportData) -> list[str]:
    return [*_stale(data), *_provisional(data)]


def _stale(data: ReportData) -> list[str]:
    """Say what the figures lack: what was loaded since the copy, and days of projects that are not loaded."""
    warnings = []
    if data.is_old and data.copied_at is not None:
        warnings.append(
            f"This page is stale: its data was copied at {data.copied_at:%Y-%m-%d %H:%M} UTC, and what was loaded "
            "since is not in it."
        )
    late = {
        project: until
        for project, until in data.loaded_until.items()
        if until < data.scope.last and project in data.scope.projects
    }
    for project, until in list(late.items())[:_MOST_LATE]:
        warnings.append(
            f"{amounts.name(project)} is loaded until {amounts.day(until)} only: its later days are missing here."
        )
    if len(late) > _MOST_LATE:
        warnings.append(f"So are those of {len(late) - _MOST_LATE} more projects: see the end of this page.")
    return warnings


def _provisional(data: ReportData) -> list[str]:
    provisional = len(data.provisional)
    if not provisional:
        return []
    if data.scope.length == 1:
        return ["This day is provisional: its figures may still change."]
    noun = "day is" if provisional == 1 else "days are"
    return [f"{provisional} of {data.scope.length} {noun} provisional: figures may still change."]


def _sections(data: ReportData) -> list[Section]:
    has_calls = bool(data.total.get("conversations"))
    middle = [
        by_day(data),
        by_hour(data),
        funnel(data),
        handoffs(data),
        *(
            [parts(data, data.projects, "project", "projects", "Projects")]
            if len(data.scope.projects) > 1
            else []
        ),
        parts(data, data.sites, "site", "sites", "Sites"),
        releases(data),
        latency(data),
        functions(data),
        topics(data),
    ]
    return [first_figures(data), *(middle if has_calls else []), trust(data)]


@cache
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_read),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _read(name: str) -> str:
    return resources.files("polyai_assets.report").joinpath("templates", name).read_text(encoding="utf-8")
