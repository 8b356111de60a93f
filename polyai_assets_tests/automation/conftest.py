"""A target for alerts, as their own room has it."""

from polyai_assets_tests.alerts.conftest import webhook  # noqa: F401  # pytest finds fixtures by their names
