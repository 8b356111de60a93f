"""`polyai backfill`: fetching days of projects in this process, as Dagster runs that its UI shows like any others."""
