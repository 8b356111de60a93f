"""What a backfill says at its end."""

from datetime import date

from polyai_assets.automation.jobs import DETAILS, INGEST
from polyai_assets.backfill.troubles import DoneDays, Trouble
from polyai_assets_tests.deployment import BANK, DAY1, DAY2, DAY3, DAY4, HOTEL


def fetch(first: date, last: date, project: str = HOTEL.key) -> str:
    return f"polyai backfill {project} --since {first} --until {last}"


def trouble(day: date, cause: str = "the key was refused", *, is_red: bool = True, **other: str) -> Trouble:
    return Trouble(HOTEL.key, day, cause, other.get("next_step", fetch(day, day)), is_red=is_red)


def tally(*troubles: Trouble) -> DoneDays:
    found = DoneDays()
    for one in troubles:
        found.add(one.project, INGEST, one.day, [one])
    return found


def test_days_with_the_same_cause_are_told_once_with_commands_for_all_of_them():
    found = tally(trouble(DAY1), trouble(DAY2), trouble(DAY4))
    assert found.lines() == [
        f"red: {HOTEL.key} 2025-03-01 to 2025-03-02, 2025-03-04: the key was refused",
        f"    {fetch(DAY1, DAY2)}",
        f"    {fetch(DAY4, DAY4)}",
    ]


def test_red_days_come_before_what_is_only_to_be_looked_at():
    drift = trouble(DAY1, "mood: added", is_red=False, next_step=f"polyai drift {HOTEL.key}")
    found = tally(drift, trouble(DAY2))
    assert [line.partition(":")[0] for line in found.lines() if not line.startswith(" ")] == [
        "red",
        "look at",
    ]
    assert found.lines()[-1] == f"    polyai drift {HOTEL.key}"
    assert (found.is_red, tally(drift).is_red) == (True, False)
    assert found.red_days(HOTEL.key) == {DAY2}
    assert found.red_days(BANK.key) == set()


def test_what_is_to_be_looked_at_on_several_days_is_told_once_although_it_counts_other_records():
    def step(day: date) -> str:
        return f"polyai drift {HOTEL.key}  # what is new\n{fetch(day, day)} --replay  # when that is done"

    found = tally(
        *(
            trouble(day, f"mood: added, in {number}", is_red=False, next_step=step(day))
            for number, day in enumerate((DAY1, DAY2, DAY4))
        )
    )
    assert found.lines() == [
        f"look at: {HOTEL.key} 2025-03-01 to 2025-03-02, 2025-03-04: mood: added, in 0",
        f"    polyai drift {HOTEL.key}  # what is new",
        f"    {fetch(DAY1, DAY2)} --replay  # when that is done",
        f"    {fetch(DAY4, DAY4)} --replay  # when that is done",
    ]


def test_a_day_counts_once_for_each_job_and_by_its_last_attempt():
    found = tally(trouble(DAY1))
    found.add(HOTEL.key, INGEST, DAY1)
    found.add(HOTEL.key, DETAILS, DAY1)
    assert (found.count, found.lines(), found.is_red) == (2, [], False)
    assert found.days(HOTEL.key, DETAILS) == {DAY1}


def test_of_many_causes_some_are_told_and_where_the_others_are():
    found = DoneDays()
    found.add(HOTEL.key, INGEST, DAY3, [trouble(DAY3, f"cause {n}") for n in range(11)])
    assert len(found.lines()) == 2 * 10 + 2
    assert found.lines()[-2:] == [
        "and 1 other cause, which Dagster shows at these days:",
        f"    {HOTEL.key} 2025-03-03",
    ]
    found.add(HOTEL.key, INGEST, DAY4, [trouble(DAY4, f"cause {n}") for n in range(15)])
    assert found.lines()[-2:] == [
        "and 5 other causes, which Dagster shows at these days:",
        f"    {HOTEL.key} 2025-03-03 to 2025-03-04",
    ]
