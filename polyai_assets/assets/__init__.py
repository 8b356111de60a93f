"""The assets: thin functions that call the raw store and the warehouse, and give Dagster the result in its words."""
