"""Comparing what two versions of the API send of the same conversations, before a project moves to the newer one.

Records are compared as both versions send them now, not as one of them was kept: a difference is then one between the
versions, and not between two moments.

All of it goes in one commit when no project migrates any more: this folder with its tests, `cli/migration.py`, the
lines that register the two in `component.py`, `cli/main.py` and import-linter's list, and `compare_with` in the demo's
`defs.yaml`. What is then left without use harms nothing: the option, the flag `--compare`, its job, and the columns of
`migration_parity`.
"""
