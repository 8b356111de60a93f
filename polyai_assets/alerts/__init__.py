"""Reporting what is wrong: once when it is found, and again only when it gets worse or is resolved.

What is wrong is gathered from the warehouse and from the raw store's index of unsettled days, compared with what
was known (`findings`), and reported in one message per project through an outbox in the warehouse, so that a target
that is down delays its own messages only. This room knows no Dagster: it is handed connections and failed runs.
"""
