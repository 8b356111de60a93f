import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polyai_assets.raw.conversations.records import (
    ROWS,
    SCHEMA,
    RecordWriter,
    read_headers,
    read_records,
    read_some_payloads,
)
from polyai_assets.raw.conversations.summary import Summary
from polyai_assets_tests.deployment import DAY1, NOW
from polyai_assets_tests.raw.conftest import SpoolRecords

pytestmark = pytest.mark.slow

START = "2025-03-01T12:00:00Z"
ODD = [
    b'{"id":"CA1","started_at":"2025-03-01T12:00:00Z","turns":[{"agent_response":"\\ud83d"}]}',
    b'{"id":"CA2","started_at":"2025-03-01T12:00:01Z","turns":[{"agent_response":"\xff\xfe"}]}',
    b'{"channel":"CHAT","id":"CA3","started_at":"2025-03-01T12:00:02Z","channel":"VOICE"}',
    b'{\n  "id": "CA4",\n  "started_at": "2025-03-01T12:00:03Z"\n}',
    '{"id":"CA5é\u2028","started_at":"2025-03-01T12:00:04Z"}'.encode(),
    b'{"id":"CA6","started_at":"2025-03-01T12:00:05Z","total_duration":NaN,"big":1e999}',
    b'"not a conversation"',
    b'{"id":"CA\\u0000","started_at":"2025-03-01T12:00:06Z"}',
]


def numbered(count: int) -> list[bytes]:
    return [json.dumps({"id": f"KA-{n}", "started_at": START}).encode() for n in range(count)]


@pytest.fixture
def write(tmp_path: Path, spool_records: SpoolRecords):
    """Write payloads as a fetch brings them, and return the digest of the set."""

    def write(payloads: Iterable[bytes], name: str = "records.parquet") -> str:
        summary = Summary(DAY1, NOW)
        with RecordWriter(tmp_path / name, summary.see) as writer:
            writer.add_fetched(spool_records(payloads, [DAY1], DAY1).records.in_order())
        return summary.records_sha256

    return write


def payloads_in(path: Path) -> list[bytes]:
    return [payload for batch in read_records(path) for payload in batch["payload"].to_pylist()]


def test_payloads_are_kept_byte_for_byte(write, tmp_path: Path):
    write(ODD)
    assert sorted(payloads_in(tmp_path / "records.parquet")) == sorted(ODD)


def test_beside_the_payload_stands_what_is_known_of_it(write, tmp_path: Path):
    payload = (
        b'{"id":"CA1","started_at":"2025-03-01T12:00:00.25+01:00","in_progress":true,'
        b'"num_turns":2,"turns":[{}],"total_duration":90}'
    )
    write([payload])
    (row,) = pq.read_table(tmp_path / "records.parquet").to_pylist()
    assert row == {
        "identity": "CA1",
        "conversation_id": "CA1",
        "started_at": datetime(2025, 3, 1, 11, 0, 0, 250_000, tzinfo=UTC),
        "ended_at": datetime(2025, 3, 1, 11, 1, 30, 250_000, tzinfo=UTC),
        "in_progress": True,
        "num_turns": 2,
        "turns_sent": 1,
        "vanished_at": None,
        "payload_sha256": hashlib.sha256(payload).digest(),
        "payload": payload,
    }


def test_the_digest_does_not_depend_on_the_order_of_arrival(write):
    # among them two without an id and a start: nothing but their content tells them apart
    payloads = [*ODD, b'"another text"', b'{"started_at":"2025-03-01T12:00:00Z"}', *numbered(5)]
    digests = set()
    for seed in range(10):
        Random(seed).shuffle(payloads)
        digests.add(write(payloads))
    assert len(digests) == 1


def test_the_digest_changes_with_any_byte(write):
    digest = write(ODD)
    for place, payload in enumerate(ODD):
        changed = [*ODD[:place], payload[:-1] + b" " + payload[-1:], *ODD[place + 1 :]]
        assert write(changed) != digest


def test_the_same_records_make_the_same_file(write, tmp_path: Path):
    write(ODD, "one.parquet")
    write(reversed(ODD), "other.parquet")
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "other.parquet").read_bytes()


def test_a_day_without_records_is_a_file_without_rows(write, tmp_path: Path):
    digest = write([])
    assert payloads_in(tmp_path / "records.parquet") == []
    assert pq.read_schema(tmp_path / "records.parquet") == SCHEMA
    assert digest == 64 * "0"


def test_many_records_are_read_in_small_batches_and_in_order(write, tmp_path: Path):
    write(numbered(5000))
    batches = list(read_records(tmp_path / "records.parquet", rows=1000))
    assert [batch.num_rows for batch in batches] == [1000] * 5
    names = [json.loads(payload)["id"] for batch in batches for payload in batch["payload"].to_pylist()]
    assert names == sorted(f"KA-{n}" for n in range(5000))


def test_row_groups_are_bounded_by_their_bytes(write, tmp_path: Path):
    heavy = [
        json.dumps({"id": f"CA{n}", "started_at": START, "x": "y" * 9_000_000}).encode() for n in range(4)
    ]
    write(heavy)
    assert pq.ParquetFile(tmp_path / "records.parquet").metadata.num_row_groups == 2


def kept_rows(folder: Path, vanished_at: dict[str, datetime | None]) -> pa.Table:
    rows = read_headers(folder / "records.parquet").to_pylist()
    kept = [
        row | {"vanished_at": vanished_at[row["identity"]]} for row in rows if row["identity"] in vanished_at
    ]
    return pa.Table.from_pylist(kept, ROWS)


def test_records_are_copied_from_an_earlier_file_and_those_that_are_gone_are_marked(write, tmp_path: Path):
    write(numbered(3))
    gone_at = datetime(2025, 3, 9, tzinfo=UTC)
    with RecordWriter(tmp_path / "later.parquet", lambda _: None) as writer:
        writer.add_kept(tmp_path / "records.parquet", kept_rows(tmp_path, {"KA-0": None, "KA-2": gone_at}))
    found = pq.read_table(tmp_path / "later.parquet").to_pylist()
    assert [(row["identity"], row["vanished_at"]) for row in found] == [("KA-0", None), ("KA-2", gone_at)]


def test_a_record_that_is_gone_makes_another_digest(write, tmp_path: Path):
    there = write(numbered(2))
    summary = Summary(DAY1, NOW)
    with RecordWriter(tmp_path / "later.parquet", summary.see) as writer:
        kept = kept_rows(tmp_path, {"KA-0": None, "KA-1": datetime.now(UTC)})
        writer.add_kept(tmp_path / "records.parquet", kept)
    assert summary.records_sha256 != there
    assert (summary.rows, set(summary.vanished)) == (1, {"KA-1"})


def test_payloads_are_found_by_their_identity(write, tmp_path: Path):
    write(numbered(3000))
    found = read_some_payloads(tmp_path / "records.parquet", {"KA-7", "KA-2999", "none"})
    assert found == {
        name: json.dumps({"id": name, "started_at": START}).encode() for name in ("KA-7", "KA-2999")
    }


@pytest.mark.parametrize(
    ("rows", "size", "per_group", "batches"),
    [
        (5_000, 100, 1024, [2048, 2048, 904]),
        (60, 1_000_000, 16, [16, 16, 28]),
        (3, 20_000_000, 1, [1, 1, 1]),
        # as earlier versions wrote what they kept of an older file
        (90, 1_000_000, 90, [31, 31, 28]),
    ],
)
def test_a_batch_has_as_many_records_as_are_light_together(
    tmp_path: Path, rows: int, size: int, per_group: int, batches: list[int]
):
    path = tmp_path / "records.parquet"
    with pq.ParquetWriter(path, SCHEMA, compression="zstd", use_dictionary=False) as writer:
        for start in range(0, rows, per_group):
            group = [
                dict.fromkeys(SCHEMA.names) | {"identity": str(place), "payload": b"x" * size}
                for place in range(start, min(rows, start + per_group))
            ]
            writer.write_table(pa.Table.from_pylist(group, SCHEMA))
    assert [len(batch) for batch in read_records(path)] == batches
