"""Reading the records of a partition while those before them are staged.

DuckDB works without Python's lock, and on its own leaves part of a second core idle.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import pyarrow as pa

from polyai_assets.contract.contract import PACKAGED, Contract
from polyai_assets.contract.strict import is_strict


@contextmanager
def read_ahead(
    records: Iterable[pa.RecordBatch], heaviest: int | None = None, contract: Contract = PACKAGED
) -> Iterator[Iterator[pa.RecordBatch]]:
    """Read one batch of raw records ahead, in a thread that has ended when the block is left.

    The batches come with one more column, `strict`: whether a record reads exactly as `contract` declares.
    One of more than `heaviest` bytes is not looked into. The block raises what reading raises.
    """
    read = map(partial(_judged, heaviest=heaviest, contract=contract), records)
    with ThreadPoolExecutor(1, "read-ahead") as thread:

        def batches() -> Iterator[pa.RecordBatch]:
            upcoming = thread.submit(next, read, None)
            while (batch := upcoming.result()) is not None:
                upcoming = thread.submit(next, read, None)
                yield batch

        yield batches()


def _judged(records: pa.RecordBatch, heaviest: int | None, contract: Contract) -> pa.RecordBatch:
    strict = [
        (heaviest is None or len(payload) <= heaviest) and is_strict(payload, contract)
        for payload in records["payload"].to_pylist()
    ]
    return records.append_column("strict", pa.array(strict, pa.bool_()))
