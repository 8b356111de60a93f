"""Processes of tests, forked from one that has imported what all of them need.

A process of pytest has one server of forks. Whoever starts it says what it imports, for all tests after it: so it is
said here alone. What is not among it, every process imports anew, which takes longer than what it is started for.
"""

import multiprocessing

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    [
        "polyai_assets_tests.alerts.raising_process",
        "polyai_assets_tests.assets.detailing",
        "polyai_assets_tests.assets.ingesting",
        "polyai_assets_tests.assets.recording",
        "polyai_assets_tests.backfill.typing_process",
        "polyai_assets_tests.delivery.delivering",
        "polyai_assets_tests.erasure.erasing",
        "polyai_assets_tests.retention.retaining",
        "polyai_assets_tests.write_back.publishing",
        # imported where they are needed first
        "polyai_assets.contract.models",
        "fsspec.implementations.local",
        "hypothesis.extra.pandas",
        "pyarrow.parquet",
        "requests",
        "numpy",
        "pandas",
    ]
)
