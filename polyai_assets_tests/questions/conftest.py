"""Questions are asked of the copy of the planted calls."""

from polyai_assets_tests.marts.conftest import copied, planted_calls, planted_copy

__all__ = ["copied", "planted_calls", "planted_copy"]
