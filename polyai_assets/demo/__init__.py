"""The demo: the simulator, a small Dagster project, and what it shows."""
