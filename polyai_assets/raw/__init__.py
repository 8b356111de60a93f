"""What the API said, verbatim: fetching a range of days and keeping each day with its certificate.

The raw store is the source of truth. PolyAI deletes conversations after the contracted period; then it holds
the only copy. This room knows no Dagster and no DuckDB.
"""
