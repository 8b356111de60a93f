"""A CSV file is read as it was written, or every line that is wrong is named with the reason."""

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.contract.lasting_tables import ANNOTATION_REQUESTS, NOTE_REQUESTS
from polyai_assets.write_back.csv_file import Row, read_csv

PROJECT = "us-1/acme/hotel-bot"
ANNOTATIONS = "project,conversation_id,turn_index,role,annotation_type"
NOTES = "project,conversation_id,note"
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1)


def rows_of(text: str, header: str = NOTES) -> list[Row]:
    table = NOTE_REQUESTS if header.startswith(NOTES) else ANNOTATION_REQUESTS
    rows, problems = read_csv(f"{header}\n{text}\n".encode(), table, {PROJECT}, "mark")
    assert problems == []
    return rows


def problems_of(text: str | bytes, header: str = ANNOTATIONS) -> list[str]:
    content = f"{header}\n{text}\n".encode() if isinstance(text, str) else text
    rows, problems = read_csv(content, ANNOTATION_REQUESTS, {PROJECT}, "mark")
    assert rows == []
    return [str(one) for one in problems]


def test_a_row_is_a_request_with_an_id_of_its_line():
    assert rows_of(
        f"{PROJECT},CA1,3,agent,wrong_info\n{PROJECT}, CA2 ,0,user,missing_topic", ANNOTATIONS
    ) == [
        {
            "project": PROJECT,
            "conversation_id": "CA1",
            "turn_index": 3,
            "role": "agent",
            "annotation_type": "wrong_info",
            "request_id": "mark-2",
        },
        {
            "project": PROJECT,
            "conversation_id": "CA2",
            "turn_index": 0,
            "role": "user",
            "annotation_type": "missing_topic",
            "request_id": "mark-3",
        },
    ]


def test_who_requested_it_and_when_and_under_which_id_may_be_given():
    (row,) = rows_of(
        f"{PROJECT},CA1,Hello,crm-7,2026-11-03T09:30:00+01:00,ada",
        f"{NOTES},request_id,requested_at,requested_by",
    )
    assert row["request_id"] == "crm-7"
    assert row["requested_at"] == datetime(2026, 11, 3, 8, 30, tzinfo=UTC)
    assert row["requested_by"] == "ada"


def test_a_moment_without_a_zone_is_utc():
    (row,) = rows_of(f"{PROJECT},CA1,Hello,2026-11-03 09:30", f"{NOTES},requested_at")
    assert row["requested_at"] == datetime(2026, 11, 3, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "moment",
    [
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-12:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "1969-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "infinity",
        "1" * 5000,
        "2026-02-30T09:30:00Z",
        "2026-11-03T09:30:00+99:00",
    ],
)
def test_a_moment_at_which_nobody_requests_anything_is_named_with_its_line(moment: str):
    header = f"{ANNOTATIONS},requested_at"
    good, row = f"{PROJECT},CA1,2,agent,wrong_info,2026-11-03", f"{PROJECT},CA1,3,agent,wrong_info,{moment}"
    (told,) = problems_of(f"{good}\n{row}", header)
    assert told.startswith(f"line 3: requested_at is '{moment[:30]}")
    assert told.endswith("write it like 2026-11-03T09:30:00Z, with a year from 1970 to 2199")


def test_what_spreadsheets_write_is_understood():
    content = f'\ufeff{NOTES}\r\n{PROJECT},CA1,"one, ""two""\r\nthree"\r\n,,\r\n{PROJECT},CA2,four\r\n'
    rows, problems = read_csv(content.encode(), NOTE_REQUESTS, {PROJECT}, "mark")
    assert problems == []
    assert [(row["note"], row["request_id"]) for row in rows] == [
        ('one, "two"\r\nthree', "mark-2"),
        ("four", "mark-5"),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"{PROJECT},CA1,3,Agent,wrong_info", "line 2: role is 'Agent'; PolyAI has user, agent"),
        (
            f"{PROJECT},CA1,3,agent,wrong",
            "line 2: annotation_type is 'wrong'; PolyAI has missing_topic, wrong_transcript, wrong_info",
        ),
        (
            f"{PROJECT},CA1,-1,agent,wrong_info",
            "line 2: turn_index is '-1'; it must be a whole number from 0",
        ),
        (
            f"{PROJECT},CA1,3.5,agent,wrong_info",
            "line 2: turn_index is '3.5'; it must be a whole number from 0",
        ),
        (f"{PROJECT},CA1,,agent,wrong_info", "line 2: turn_index is empty"),
        (f"{PROJECT}, ,3,agent,wrong_info", "line 2: conversation_id is empty"),
        (
            "us-1/acme/bank,CA1,3,agent,wrong_info",
            f"line 2: no project 'us-1/acme/bank' is configured; there are {PROJECT}",
        ),
        (f"{PROJECT},CA1,3,agent", "line 2: it has 4 columns, the first line 5"),
        (f'{PROJECT},CA1,3,agent,"wrong', "line 2: it is no CSV: unexpected end of data"),
        ("", "line 1: there is no row below the names of the columns"),
    ],
)
def test_a_line_that_is_wrong_is_named_with_the_reason(text: str, told: str):
    assert problems_of(text) == [told]


def test_all_that_is_wrong_is_told_at_once_and_no_row_is_taken():
    good = f"{PROJECT},CA1,3,agent,wrong_info"
    assert problems_of(f"{good}\n{PROJECT},CA1,x,y,wrong_info\n{good}\n{PROJECT},,3,agent,wrong_info") == [
        "line 3: turn_index is 'x'; it must be a whole number from 0",
        "line 3: role is 'y'; PolyAI has user, agent",
        "line 5: conversation_id is empty",
    ]


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("project,turn_index,role,annotation_type", "line 1: it has no column conversation_id"),
        (
            ANNOTATIONS.replace(",", ";"),
            f"line 1: it has no column {ANNOTATIONS.replace(',', ', ')}; columns are separated by commas",
        ),
        (
            f"{ANNOTATIONS},state",
            f"line 1: there is no column 'state'; there are {ANNOTATIONS.replace(',', ', ')}, request_id, "
            "requested_at, requested_by",
        ),
        (f"{ANNOTATIONS},role", "line 1: column role comes twice"),
    ],
)
def test_columns_that_are_wrong_are_named(header: str, told: str):
    assert problems_of("a,b,c,d,e,f", header) == [told]


def test_a_file_that_is_no_utf_8_says_how_to_save_it():
    content = f"{NOTES}\n{PROJECT},CA1,caf\u00e9".encode("latin-1")
    assert problems_of(content) == ["line 2: it is no UTF-8: save it as CSV UTF-8"]


def test_a_note_is_not_repeated_in_what_is_wrong_with_its_line():
    content = f"{NOTES}\nus-1/x/y,,her name is Rosalind\n"
    _, problems = read_csv(content.encode(), NOTE_REQUESTS, {PROJECT}, "mark")
    assert problems
    assert not any("Rosalind" in str(one) for one in problems)


@given(st.lists(TEXT.filter(str.strip), min_size=1))
def test_any_notes_are_read_as_a_program_wrote_them(notes: list[str]):
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(NOTES.split(","))
    writer.writerows([PROJECT, "CA1", note] for note in notes)
    rows, problems = read_csv(file.getvalue().encode(), NOTE_REQUESTS, {PROJECT}, "mark")
    assert problems == []
    assert [row["note"] for row in rows] == notes
    assert len({row["request_id"] for row in rows}) == len(notes)


@given(st.one_of(st.binary(), TEXT.map(str.encode), TEXT.map(lambda text: f"{ANNOTATIONS}\n{text}".encode())))
def test_whatever_lies_in_a_file_is_either_read_or_said_to_be_wrong(content: bytes):
    rows, problems = read_csv(content, ANNOTATION_REQUESTS, {PROJECT}, "mark")
    assert bool(rows) != bool(problems)
    assert all(one.line >= 1 for one in problems)
