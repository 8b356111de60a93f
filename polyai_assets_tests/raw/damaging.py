"""Damage to files as disks and copies do it."""

import io

import pyarrow as pa
import pyarrow.parquet as pq

from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.partition import RawFile
from polyai_assets.raw.store import RawStore


def place_of(certificate: Certificate, file: RawFile) -> str:
    return f"{certificate.partition.folder}/{file.name}"


def damage(store: RawStore, certificate: Certificate, file: RawFile, how: str) -> None:
    """Damage a file: "flipped" is readable and says something else, "torn" is not readable, "gone" is not there."""
    name = place_of(certificate, file)
    content = store.read(name)
    assert content is not None
    match how:
        case "flipped":
            store.write(name, flipped(content))
        case "torn":
            middle = len(content) // 3
            torn = bytes(byte ^ 0x5A for byte in content[middle : middle + 200])
            store.write(name, content[:middle] + torn + content[middle + 200 :])
        case "gone":
            store.delete(name)


def flipped(content: bytes) -> bytes:
    """Flip one bit, such that the same number of records is read, and one of them is another."""
    before = payloads(content)
    for place in range(begin_of_payloads(content), len(content) - 8):
        changed = bytearray(content)
        changed[place] ^= 1
        try:
            after = payloads(bytes(changed))
        except (pa.ArrowException, OSError):
            continue
        if after != before and len(after) == len(before):
            return bytes(changed)
    raise AssertionError("no bit of the file goes unnoticed")


def begin_of_payloads(content: bytes) -> int:
    """Give the place of the first byte that holds payloads."""
    group = pq.ParquetFile(io.BytesIO(content)).metadata.row_group(0)
    columns = (group.column(number) for number in range(group.num_columns))
    (begin,) = (
        column.dictionary_page_offset or column.data_page_offset
        for column in columns
        if column.path_in_schema == "payload"
    )
    return int(begin)


def payloads(content: bytes) -> list[bytes]:
    found: list[bytes] = pq.read_table(io.BytesIO(content))["payload"].to_pylist()
    return found
