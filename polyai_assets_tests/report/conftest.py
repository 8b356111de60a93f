from dataclasses import replace

import pytest

from polyai_assets.report.data import ReportData
from polyai_assets.report.page import render_page
from polyai_assets_tests.marts.conftest import copied, planted_calls, planted_copy
from polyai_assets_tests.report.example import example

__all__ = ["copied", "planted_calls", "planted_copy"]

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}",
    "']); alert(1) //",
    "\x00\x1b[31m\ud800",
    "",
    "Hôtel " + "très " * 60 + "long",
    "فندق القاهرة",
    "東京駅前店",
)


@pytest.fixture(scope="session")
def hostile() -> ReportData:
    """A report whose names are chosen to break a page."""
    data = example(days=9, sites=HOSTILE)
    first = data.handoffs[0]
    return replace(
        data, handoffs=[*data.handoffs, *({**first, "reason": name, "handoffs": 3} for name in HOSTILE)]
    )


@pytest.fixture(scope="session")
def page(hostile: ReportData) -> str:
    return render_page(hostile)
