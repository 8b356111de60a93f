"""The assets: thin functions that call the raw store and the warehouse, and say in Dagster's words what came of it."""
