"""How often a run is tried again after an outage."""

import pytest

from polyai_assets.assets import report


def retries_at_once(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Let a run be tried again so often, without a wait."""
    monkeypatch.setattr(report, "OUTAGE_RETRIES", number)
    monkeypatch.setattr(report, "OUTAGE_PAUSE", 0)
