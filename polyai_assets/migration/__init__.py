"""Comparing what two versions of the API send of the same conversations, before a project moves to the newer one.

Records are compared as both versions send them now, not as one of them was kept: a difference is then one between the
versions, and not between two moments.

All of it goes in one commit when no project migrates any more: this folder with its tests, and the two places that
import it, the component and the command `polyai migration`. What is then left without use harms nothing: the option
`compare_with`, the flag `--compare`, and the columns of `migration_parity`.
"""
