"""Runs that fetch recordings and are killed at any instant."""

from pathlib import Path
from random import Random

from polyai_assets.raw.recordings.manifest import MANIFEST, Key
from polyai_assets.raw.recordings.recordings_due import read_due
from polyai_assets.raw.recordings.wav import read_wav
from polyai_assets.raw.store import RawStore
from polyai_assets.simulator import Simulator
from polyai_assets_tests.assets import ingesting, recording
from polyai_assets_tests.assets.audio import silence, talk
from polyai_assets_tests.deployment import DAY1, DAY2, HOTEL
from polyai_assets_tests.looking import looking_into
from polyai_assets_tests.processes import PROCESSES
from polyai_assets_tests.tiers import LONG

DAYS = [DAY1, DAY2]
DIRECTIONS = ("combined", "user")
KILLS = 7


def expected_of(names: list[str]) -> set[str]:
    return {Key(name, direction, True).file for name in names for direction in DIRECTIONS}


def files_in(folder: Path) -> set[str]:
    """The names of all that lies beside the manifests; whatever has the name of a recording must be whole."""
    found = [
        path for path in (folder / "raw" / "audio").rglob("*") if path.is_file() and path.name != MANIFEST
    ]
    for path in found:
        if path.suffix == ".wav":
            with path.open("rb") as file:
                assert read_wav(file).duration == 2.0
    return {path.name for path in found}


def statuses_in(folder: Path) -> set[tuple[str, str]]:
    with looking_into(folder / "polyai.duckdb") as connection:
        return set(connection.execute("SELECT conversation_id, status FROM audio").fetchall())


@LONG
def test_a_run_that_is_killed_at_any_instant_is_finished_by_the_next_with_every_file_and_no_other(
    tmp_path: Path, polyai: Simulator, polyai_url: str
):
    dice = Random(3)
    names: list[str] = []

    def talk_more() -> None:
        new = [f"call {len(names) + number}" for number in range(6)]
        for place, name in enumerate(new):
            talk(
                polyai,
                name,
                day=DAYS[place % 2],
                started_at=f"{DAYS[place % 2]}T{len(names) % 24:02}:{place}0:00Z",
            )
        names.extend(new)
        ingesting.ingest_raw(polyai_url, tmp_path, DAYS)

    for day in DAYS:
        silence(polyai, day)
    talk_more()
    calls = PROCESSES.Array("q", 1)
    counted = PROCESSES.Process(target=recording.record_and_count, args=(polyai_url, tmp_path, DAYS, calls))
    counted.start()
    counted.join(60)
    assert counted.exitcode == 0
    assert files_in(tmp_path) == expected_of(names)

    killed = 0
    for number in range(KILLS):
        before = expected_of(names)
        talk_more()
        last_call = int(calls[0] * (number + dice.random()) / KILLS)
        arguments = (polyai_url, tmp_path, DAYS, max(1, last_call), dice.choice([0, 0.002, 0.01]))
        run = PROCESSES.Process(target=recording.record_until, args=arguments)
        run.start()
        run.join(60)
        assert run.exitcode in (0, -9)
        killed += run.exitcode == -9
        left = {name for name in files_in(tmp_path) if not name.endswith(".tmp")}  # of a manifest, perhaps
        assert before <= left <= expected_of(names)  # whatever has not come is not there at all

        polyai.requests.clear()
        assert [one.error for one in recording.record(polyai_url, tmp_path, DAYS)] == [None, None]
        # what the killed run had asked for may arrive late: it counts once
        asked = {(one.path, *one.query["direction"]) for one in polyai.requests}
        assert len(asked) == len(expected_of(names) - left)
        assert files_in(tmp_path) == expected_of(names)
        assert statuses_in(tmp_path) == {(name, "ok") for name in names}
        assert not any(path.is_file() for path in (tmp_path / "spool" / "recordings").rglob("*.wav"))
        assert read_due(RawStore(str(tmp_path / "raw"))) == []
    assert killed >= KILLS - 2


def test_a_run_that_is_killed_leaves_a_note_for_the_sensor(
    tmp_path: Path, polyai: Simulator, polyai_url: str
):
    silence(polyai, DAY1)
    talk(polyai, "one", "two")
    ingesting.ingest_raw(polyai_url, tmp_path, [DAY1])
    store = RawStore(str(tmp_path / "raw"))
    run = PROCESSES.Process(target=recording.record_until, args=(polyai_url, tmp_path, [DAY1], 40, 0))
    run.start()
    run.join(60)
    assert run.exitcode == -9
    assert [(one.project, one.date) for one in read_due(store)] == [(HOTEL.key, DAY1)]


def test_memory_does_not_grow_with_the_recordings(tmp_path: Path, polyai: Simulator, polyai_url: str):
    peaks = []
    for number, seconds in enumerate((2, 3600)):
        silence(polyai, DAY1)
        talk(polyai, "one", "two", seconds=seconds)
        folder = tmp_path / str(number)
        ingesting.ingest_raw(polyai_url, folder, [DAY1])
        peak = PROCESSES.Array("q", 1)
        run = PROCESSES.Process(target=recording.record_and_weigh, args=(polyai_url, folder, [DAY1], peak))
        run.start()
        run.join(60)
        assert run.exitcode == 0
        peaks.append(peak[0] / 1000)
    short, long = peaks
    assert (
        sum(path.stat().st_size for path in (tmp_path / "1" / "raw" / "audio").rglob("*.wav")) > 110_000_000
    )
    assert long - short < 30  # MB
