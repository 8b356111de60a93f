"""What the doctor says of the configuration."""

import logging
from pathlib import Path

import pytest

from polyai_assets.doctor.loading import load
from polyai_assets_tests.cli.test_main import DEFS, MODULE, root
from polyai_assets_tests.doctor.asking import GREEN, YELLOW

__all__ = ["root"]


def test_what_the_configuration_warns_of_is_found_whatever_the_log_lets_through(
    root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    for name in ("", ".platform", ".alerts"):
        monkeypatch.setattr(logging.getLogger(f"polyai_assets.configuration{name}"), "disabled", True)
    (root / MODULE / "defs" / "polyai" / "defs.yaml").write_text(
        DEFS + '  alerts: {urls: ["{{ env.NO_SUCH_URL }}", "json://127.0.0.1/token"]}\n'
    )
    said = {finding.says: finding.verdict for finding in load(root).findings}
    assert list(said.values()) == [YELLOW, YELLOW, GREEN]
    first, second, _ = said
    assert (
        "attributes.alerts.urls.0: no alerts go there: environment variable NO_SUCH_URL is not set" in first
    )
    assert "attributes.alerts.urls.1: the URL itself stands in the file" in second
    assert caplog.messages == []
