"""Comparing what two versions of the API send of the same conversations, before a project moves to the newer one.

Records are compared as both versions send them now, not as one of them was kept: a difference is then one between the
versions, and not between two moments. Nothing here knows Dagster.
"""
