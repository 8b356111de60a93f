"""`polyai plan`: what a first backfill will take, from a few cheap calls a project.

Counts come from offsets, weights from a few pages, times from those calls; every number is an interval. Nothing is
written here, and nothing is read but the API.
"""
