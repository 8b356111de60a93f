"""What the demo shows at its end, on a terminal of any width."""

import io
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from polyai_assets.contract.tables import CONVERSATIONS, TURNS
from polyai_assets.demo.result import show_result
from polyai_assets_tests.deployment import HOTEL, configured, platform_in


@pytest.mark.parametrize("width", [80, 124])
def test_no_figure_is_cut(tmp_path: Path, width: int):
    platform = platform_in(tmp_path, configured(HOTEL, "http://127.0.0.1:1"))
    with duckdb.connect(platform.warehouse) as connection:
        for table in (CONVERSATIONS, TURNS):
            connection.execute(table.create("main"))
        connection.execute(
            "INSERT INTO conversations (project, date, conversation_id, handoff, in_progress, total_duration) "
            "SELECT ?, ?, 'CA' || i, i % 4 = 0, false, 144 FROM range(1200) calls(i)",
            [HOTEL.key, datetime.now(UTC).date()],
        )
    console = Console(file=io.StringIO(), width=width)
    show_result(console, platform, {}, 7)
    assert isinstance(console.file, io.StringIO)
    seen = console.file.getvalue()
    expected = ("The last 7 days", HOTEL.key, "turns", "1,200", "0 of 0", "25.0%", "75.0%", "144 s")
    assert all(word in seen for word in expected)
    assert "…" not in seen
