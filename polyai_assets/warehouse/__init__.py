"""The warehouse: attach it, replace a partition in it, ask it.

It is a DuckDB file or a DuckLake, attached to an in-memory DuckDB under the name `warehouse`; the SQL is the
same for both. What is in it can be deleted and rebuilt from the raw store. This room knows no Dagster: it is
handed a connection.
"""
