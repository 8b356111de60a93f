"""Files of this machine that name what was erased: mended by their kind, or named for a person to look at."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from filelock import FileLock
from openpyxl import Workbook

from polyai_assets.erasure.local_files import Needles, erase_files, files_with
from polyai_assets.raw.partition import Partition
from polyai_assets_tests.deployment import DAY1, HOTEL, project_of

GONE, NUMBER, STAYS = "CA-gone-0001", "+442079460958", "CA-stays-002"
NEEDLES = Needles([GONE, NUMBER])


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "data" / "spool"


def put(file: Path, content: bytes | str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def erase(tmp_path: Path, spool: Path) -> list[Path]:
    return erase_files(NEEDLES, [tmp_path / "data"], spool, [Partition(project_of(HOTEL), DAY1)]).left


@pytest.mark.slow
def test_dagsters_databases_name_them_no_more_and_say_all_else_as_before(tmp_path: Path, spool: Path):
    file = tmp_path / "data" / "history" / "runs.db"
    file.parent.mkdir(parents=True)
    events = [json.dumps({"cause": f"{name}: no answer", "to": NUMBER}) for name in (GONE, STAYS)]
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE event_logs (id INTEGER PRIMARY KEY, event TEXT, size INTEGER)")
        connection.executemany(
            "INSERT INTO event_logs (event, size) VALUES (?, 7)", [(event,) for event in events]
        )
        connection.execute("INSERT INTO event_logs (event) VALUES (NULL)")
        connection.execute("DELETE FROM event_logs WHERE id = 9")
    assert erase(tmp_path, spool) == []
    assert list(files_with(NEEDLES, [tmp_path])) == []
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute("SELECT event, size FROM event_logs").fetchall()
    crossed = [json.loads(event) for event, _ in rows[:2]]
    assert [event["cause"] for event in crossed] == [f"{'x' * len(GONE)}: no answer", f"{STAYS}: no answer"]
    assert rows[2] == (None, None)


def test_logs_are_crossed_out_and_rows_of_the_outbox_left_out(tmp_path: Path, spool: Path):
    log = put(tmp_path / "data" / "logs" / "step.err", f"asked for {GONE}\nand for {STAYS}\n")
    outbox = put(
        tmp_path / "data" / "outbox" / "done" / "notes.csv",
        f'conversation_id,note\n{GONE},"two\nlines"\n{STAYS},"he said ""hi"""\n',
    )
    assert erase(tmp_path, spool) == []
    assert log.read_text() == f"asked for {'x' * len(GONE)}\nand for {STAYS}\n"
    assert outbox.read_text() == f'conversation_id,note\n{STAYS},"he said ""hi"""\n'


def test_what_is_on_its_way_is_removed_unless_a_run_is_on_it(tmp_path: Path, spool: Path):
    walk = put(spool / "walks" / "a1" / "journal", f"…{GONE}…")
    detail = put(spool / "details" / "b2.spool", f"…{NUMBER}…")
    other = put(spool / "details" / "c3.spool", f"…{STAYS}…")
    busy = put(spool / "walks" / "d4" / "journal", f"…{GONE}…")
    recording = put(
        spool / "recordings" / Partition(project_of(HOTEL), DAY1).spool_name / "hash.wav", b"RIFF"
    )
    with FileLock(spool / "walks" / "d4.lock"):
        assert erase(tmp_path, spool) == [busy]
    assert [path.exists() for path in (walk, detail, other, busy, recording)] == [
        False,
        False,
        True,
        True,
        False,
    ]


def test_sheets_and_files_of_other_kinds_are_named_and_stay(tmp_path: Path, spool: Path):
    book = Workbook()
    book.worksheets[0].append([GONE, "wrong"])
    sheet = tmp_path / "data" / "review.xlsx"
    sheet.parent.mkdir()
    book.save(sheet)
    unknown = put(tmp_path / "data" / "dump.bin", b"\xff\x00" + NUMBER.encode())
    before = sheet.read_bytes(), unknown.read_bytes()
    assert erase(tmp_path, spool) == [unknown, sheet]
    assert (sheet.read_bytes(), unknown.read_bytes()) == before


def test_a_name_is_found_where_two_pieces_of_a_large_file_meet(tmp_path: Path):
    large = put(tmp_path / "large.log", b"." * ((1 << 22) - 5) + GONE.encode() + b"." * 100)
    assert list(files_with(NEEDLES, [tmp_path])) == [large]


def test_short_names_are_not_looked_for_in_bytes():
    assert not Needles(["7", ""]).are_in(b"7 7 7")
