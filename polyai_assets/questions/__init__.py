"""Named questions on the read-only copy, each a query with a sentence on what its figures mean.

The packaged ones are in `sql/`; a person's own are files of the same form. No Dagster.
"""
