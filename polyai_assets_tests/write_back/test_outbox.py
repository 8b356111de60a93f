"""Files that are dropped into the outbox become requests, exactly once."""

import shutil
from pathlib import Path

import pytest

from polyai_assets.simulator import Simulator
from polyai_assets.write_back.outbox import Outbox, TakenIn
from polyai_assets_tests.deployment import HOTEL
from polyai_assets_tests.write_back.conftest import NOW, Desk, annotated, connect, noted

ANNOTATIONS = "project,conversation_id,turn_index,role,annotation_type\n"
NOTES = "project,conversation_id,note\n"


@pytest.fixture
def outbox(desk: Desk) -> Outbox:
    folder = desk.folder / "outbox"
    folder.mkdir()
    return Outbox(folder)


def take_in(desk: Desk, outbox: Outbox) -> TakenIn:
    with connect() as connection:
        return outbox.take_in(connection, desk.warehouse, {HOTEL.key}, desk.now)


def files(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir() if file.is_file())


def test_files_become_requests_and_are_moved_with_their_time(
    desk: Desk, outbox: Outbox, polyai: Simulator, names: list[str]
):
    rows = "".join(f"{HOTEL.key},{names[0]},{turn},agent,wrong_info\n" for turn in (0, 1))
    (outbox.folder / "annotations-46.csv").write_text(ANNOTATIONS + rows)
    (outbox.folder / "Notes of Ada.CSV").write_text(f"{NOTES}{HOTEL.key},{names[1]},Call back\n")
    assert take_in(desk, outbox).files == {"Notes of Ada.CSV": 1, "annotations-46.csv": 2}
    assert files(outbox.folder) == []
    assert files(outbox.folder / "done") == [
        "Notes of Ada.20250310T120000000000Z.CSV",
        "annotations-46.20250310T120000000000Z.csv",
    ]
    desk.publish()
    assert [turn for _, turn, _, _ in annotated(polyai)] == [0, 1]
    assert noted(polyai) == [(names[1], "Call back")]
    assert desk.notes()[0]["source"].startswith("Notes of Ada.CSV sha256:")


def test_a_file_with_a_moment_that_no_calendar_holds_is_named_and_the_others_are_taken_in(
    desk: Desk, outbox: Outbox, polyai: Simulator, names: list[str]
):
    header = NOTES.replace("\n", ",requested_at\n")
    for number, moment in enumerate(("0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-12:00")):
        (outbox.folder / f"notes-{number}.csv").write_text(f"{header}{HOTEL.key},{names[0]},odd,{moment}\n")
    (outbox.folder / "notes-good.csv").write_text(f"{header}{HOTEL.key},{names[1]},good,2026-11-03\n")
    taken = take_in(desk, outbox)
    assert taken.files == {"notes-good.csv": 1}
    assert [told[0].partition(";")[0] for _, told in sorted(taken.bad.items())] == [
        "line 2: requested_at is '0001-01-01T00:00:00+01:00'",
        "line 2: requested_at is '9999-12-31T23:59:59-12:00'",
    ]
    assert files(outbox.folder) == [
        "notes-0.csv", "notes-0.csv.errors.txt", "notes-1.csv", "notes-1.csv.errors.txt",
    ]  # fmt: skip
    desk.publish()
    assert noted(polyai) == [(names[1], "good")]


def test_a_file_whose_taker_died_before_it_was_moved_is_not_taken_in_again(
    desk: Desk, outbox: Outbox, names: list[str]
):
    file = outbox.folder / "annotations.csv"
    file.write_text(f"{ANNOTATIONS}{HOTEL.key},{names[0]},1,agent,wrong_info\n")
    copy = shutil.copy(file, desk.folder / "copy")
    take_in(desk, outbox)
    desk.publish()
    shutil.move(copy, file)
    assert take_in(desk, outbox) == TakenIn({"annotations.csv": 0})
    assert files(outbox.folder) == []
    assert desk.states() == ["done"]


def test_a_file_that_another_program_has_saved_again_adds_nothing(
    desk: Desk, outbox: Outbox, names: list[str]
):
    text = f"{ANNOTATIONS}{HOTEL.key},{names[0]},1,agent,wrong_info\n"
    (outbox.folder / "annotations.csv").write_bytes(text.encode())
    take_in(desk, outbox)
    saved_again = "\ufeff" + text.replace("\n", "\r\n") + "\r\n"
    (outbox.folder / "annotations-2.csv").write_bytes(saved_again.encode())
    assert take_in(desk, outbox) == TakenIn({"annotations-2.csv": 0})


def test_a_bad_file_stays_with_what_is_wrong_beside_it_and_none_of_it_is_taken(
    desk: Desk, outbox: Outbox, names: list[str]
):
    (outbox.folder / "annotations.csv").write_text(
        f"{ANNOTATIONS}{HOTEL.key},{names[0]},1,agent,wrong_info\n{HOTEL.key},{names[0]},1,boss,wrong_info\n"
    )
    (outbox.folder / "notes.csv").write_text(f"{NOTES}{HOTEL.key},{names[0]},good\n")
    taken = take_in(desk, outbox)
    problem = "line 3: role is 'boss'; PolyAI has user, agent"
    assert (taken.files, taken.bad) == ({"notes.csv": 1}, {"annotations.csv": [problem]})
    assert files(outbox.folder) == ["annotations.csv", "annotations.csv.errors.txt"]
    assert problem in (outbox.folder / "annotations.csv.errors.txt").read_text()
    assert desk.annotations() == []


def test_a_bad_file_waits_no_more_until_it_is_corrected(desk: Desk, outbox: Outbox, names: list[str]):
    file = outbox.folder / "notes.csv"
    file.write_text(f"{NOTES}{HOTEL.key},{names[0]}\n")
    assert outbox.waiting() == [file]
    take_in(desk, outbox)
    assert outbox.waiting() == []
    file.write_text(f"{NOTES}{HOTEL.key},{names[0]},better\n")
    assert outbox.waiting() == [file]
    assert take_in(desk, outbox).files == {"notes.csv": 1}
    assert files(outbox.folder) == []


def test_a_file_of_another_name_is_told_how_to_be_named(desk: Desk, outbox: Outbox):
    (outbox.folder / "week46.csv").write_text(NOTES)
    (outbox.folder / "readme.txt").write_text("not mine")
    assert take_in(desk, outbox).bad == {
        "week46.csv": ["line 1: the name of the file must begin with annotations or notes"]
    }


def test_a_file_that_cannot_be_moved_is_told_and_is_not_taken_in_again(
    desk: Desk, outbox: Outbox, names: list[str]
):
    (outbox.folder / "done").touch()
    for name in ("notes 1.csv", "notes 2.csv"):
        (outbox.folder / name).write_text(f"{NOTES}{HOTEL.key},{names[0]},{name}\n")
    taken = take_in(desk, outbox)
    assert list(taken.bad) == ["notes 1.csv", "notes 2.csv"]
    assert "File exists" in taken.bad["notes 1.csv"][0]
    (outbox.folder / "done").unlink()
    assert take_in(desk, outbox) == TakenIn({"notes 1.csv": 0, "notes 2.csv": 0})
    assert [row["note"] for row in desk.notes()] == ["notes 1.csv", "notes 2.csv"]


def test_without_a_folder_there_is_nothing_to_take_in(desk: Desk):
    outbox = Outbox(desk.folder / "nowhere")
    assert (outbox.waiting(), take_in(desk, outbox)) == ([], TakenIn())
    assert desk.now == NOW
