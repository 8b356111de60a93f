"""The dbt package in the folder `dbt/` of the repository: what of it follows from declarations is written here.

Sources, staging views, descriptions, tests, measures, ratios and the semantic layer are written by `make docs`. The
queries that no declaration has stand in `dbt/` itself. No Dagster, and no dbt: only files.
"""
