from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from dagster.components.resolved.context import ResolutionContext
from dagster_shared.yaml_utils import parse_yaml_with_source_position

from polyai_assets.configuration import ConfigurationError, PlatformConfig, read_platform
from polyai_assets.configuration.problems import SourceFile

KEY = "pk-3f9a7c51"
TODAY = date(2026, 7, 1)
VALID = """\
type: polyai_assets.PolyAIConversations
attributes:
  raw_store: data/raw
  warehouse: data/polyai.duckdb
  start_date: 2026-01-01
  projects:
    - region: us-1
      account_id: acme
      project_id: hotel-bot
      api_key: "{{ env.HOTEL_KEY }}"
"""
"""A complete file; its last line is line 10."""

Load = Callable[..., PlatformConfig]
Problems = Callable[..., tuple[str, ...]]


@pytest.fixture(autouse=True)
def _hotel_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTEL_KEY", KEY)


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Read the text of a `defs.yaml`, as `dg check defs` does unless keys are not needed."""

    def read(text: str, *, keys_needed: bool = True) -> PlatformConfig:
        file = tmp_path / "defs.yaml"
        file.write_text(text, encoding="utf-8")
        parsed = parse_yaml_with_source_position(text, filename=str(file))
        return read_platform(
            parsed.value["attributes"] or {},
            scope=ResolutionContext.default().scope,
            source=SourceFile(parsed.source_position_tree, tmp_path),
            root=tmp_path,
            today=TODAY,
            keys_needed=keys_needed,
        )

    return read


@pytest.fixture
def problems(load: Load) -> Problems:
    """The lines that a person reads about the text of a `defs.yaml`."""

    def read(text: str) -> tuple[str, ...]:
        with pytest.raises(ConfigurationError) as caught:
            load(text)
        assert str(caught.value.__cause__) == "\n" + "\n".join(caught.value.problems)
        return caught.value.problems

    return read
