"""Writing pages: each is there whole or not at all, and one whose figures are the same is not drawn again."""

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import duckdb

from polyai_assets.machine.folders import own_folder
from polyai_assets.raw.disk import put_local
from polyai_assets.report.data import ReportData, ReportScope
from polyai_assets.report.page import digest, render_as_of, render_page
from polyai_assets.report.ranges import RANGES, USUAL
from polyai_assets.report.read import newest_day, read_report

_DIGEST = re.compile(r'<meta name="polyai-digest" content="(\w+)">')
_AS_OF = re.compile(r'<time class="as-of"[^>]*>[^<]*</time>')
_HEAD = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class PagesRequest:
    """Which pages are wanted, of these projects: one for each named range, and one for each of the last days."""

    folder: Path
    projects: tuple[str, ...]
    ranges: Sequence[str] = USUAL
    day_pages: int = 7


@dataclass(frozen=True, slots=True)
class WrittenPage:
    """A page on disk, and what it shows; `is_drawn` is False where it had the same figures before."""

    file: Path
    data: ReportData
    is_drawn: bool


def write_pages(
    connection: duckdb.DuckDBPyConnection, request: PagesRequest, now: datetime
) -> Iterator[WrittenPage]:
    """Write the pages of a request from an opened copy, one after the other. Raises DiskFull."""
    newest = newest_day(connection, request.projects, yesterday(now)) or yesterday(now)
    for name in request.ranges:
        first, last = RANGES[name](newest)
        scope = ReportScope(request.projects, first, last)
        yield write_page(connection, scope, request.folder / f"{name}.html", now)
    for back in range(request.day_pages):
        day = newest - timedelta(days=back)
        scope = ReportScope(request.projects, day, day)
        yield write_page(connection, scope, request.folder / f"{day}.html", now)


def write_page(
    connection: duckdb.DuckDBPyConnection, scope: ReportScope, file: Path, now: datetime | None = None
) -> WrittenPage:
    """Write the page of these projects and days; whether it is stale is judged by `now`. Raises DiskFull."""
    data = read_report(connection, scope, now)
    before = _page_of(file, digest(data))
    html = render_page(data) if before is None else _AS_OF.sub(render_as_of(data), before)
    own_folder(file.parent)
    put_local(file, BytesIO(html.encode()))
    return WrittenPage(file, data, before is None)


def yesterday(now: datetime) -> date:
    """Give the last day that is over in UTC."""
    return now.astimezone(UTC).date() - timedelta(days=1)


def _page_of(file: Path, wanted: str) -> str | None:
    """Give the page that is there, if it shows the same."""
    try:
        with closing(file.open(encoding="utf-8")) as opened:
            head = opened.read(_HEAD)
            found = _DIGEST.search(head)
            return head + opened.read() if found and found[1] == wanted else None
    except (FileNotFoundError, UnicodeDecodeError):
        return None
