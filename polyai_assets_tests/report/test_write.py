"""Pages on disk: one for each range and day, whole, and not drawn again where nothing changed."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from polyai_assets.report.data import ReportScope
from polyai_assets.report.write import PagesRequest, write_page, write_pages
from polyai_assets_tests.marts.planted import HOTEL, LAST

NOW = datetime(2026, 11, 20, tzinfo=UTC)
DAY = ReportScope((HOTEL,), LAST, LAST)


def test_each_range_and_each_of_the_last_days_with_calls_has_a_page(
    copied: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    request = PagesRequest(
        folder=tmp_path / "reports", projects=("us-1/acme/none",), ranges=("last-7-days",), day_pages=2
    )

    pages = list(write_pages(copied, request, NOW))

    assert [page.file.name for page in pages] == ["last-7-days.html", "2026-11-19.html", "2026-11-18.html"]
    assert sorted(file.name for file in request.folder.glob("*.html")) == sorted(
        page.file.name for page in pages
    )


def test_a_page_with_the_same_figures_is_not_drawn_again_and_says_when_its_data_was_copied(
    copied: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "page.html"
    first = write_page(copied, DAY, file)
    html = file.read_text("utf-8")
    file.write_text(html.replace("Data as of 2026", "Data as of 1999"), "utf-8")

    again = write_page(copied, DAY, file)

    assert (first.is_drawn, again.is_drawn) == (True, False)
    assert file.read_text("utf-8") == html
    monkeypatch.setattr("polyai_assets.report.page._code", lambda: "another version")
    assert write_page(copied, DAY, file).is_drawn


@pytest.mark.parametrize("there", [b"", b"\xff\xfe", b'<meta name="polyai-digest" content="0">'])
def test_whatever_lies_where_a_page_belongs_is_replaced(
    copied: duckdb.DuckDBPyConnection, tmp_path: Path, there: bytes
) -> None:
    file = tmp_path / "page.html"
    file.write_bytes(there)
    nothing = ReportScope(("us-1/acme/none",), LAST, LAST)

    assert write_page(copied, nothing, file).is_drawn
    assert file.read_text("utf-8").startswith("<!doctype html>")
