"""Reading records ahead: all of them in their order, no further than one batch, and what fails is told."""

import threading
from collections.abc import Iterator

import pyarrow as pa
import pytest

from polyai_assets.warehouse.batches import read_ahead
from polyai_assets_tests.contract.records import payload
from polyai_assets_tests.warehouse.conftest import batch


class Reader:
    """Makes batches of one record each, and fails after `whole` of them."""

    def __init__(self, whole: int) -> None:
        self.made = 0
        self._whole = whole

    def batches(self) -> Iterator[pa.RecordBatch]:
        while self.made < self._whole:
            self.made += 1
            yield batch(payload(id=f"CA{self.made}"))
        raise OSError("the disk is gone")


def test_batches_come_in_their_order() -> None:
    with read_ahead([batch(payload(), payload(id="CA2")), batch(payload(id="CA3"))]) as batches:
        assert [one["conversation_id"].to_pylist() for one in batches] == [["CA1", "CA2"], ["CA3"]]


def test_no_records_are_no_batches() -> None:
    with read_ahead([]) as batches:
        assert list(batches) == []


def test_what_reading_raises_is_raised_after_the_batches_before_it() -> None:
    with read_ahead(Reader(2).batches()) as batches:
        assert next(batches)["conversation_id"].to_pylist() == ["CA1"]
        assert next(batches)["conversation_id"].to_pylist() == ["CA2"]
        with pytest.raises(OSError, match="the disk is gone"):
            next(batches)


def test_whoever_stops_early_leaves_no_reader_behind() -> None:
    reader = Reader(100)
    with read_ahead(reader.batches()) as batches:
        next(batches)
    assert reader.made == 2
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("read-ahead")]
