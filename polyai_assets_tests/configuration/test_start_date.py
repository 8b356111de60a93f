"""The first day to have, where nobody has said."""

from datetime import date, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.api.project import Project
from polyai_assets.configuration.start_date import default_start
from polyai_assets.raw.partition import Partition

HOTEL = Project("us-1", "acme", "hotel bot")
BANK = Project("uk-1", "acme", "card-support")
DAYS = st.dates(date(2020, 1, 1), date(2040, 1, 1))


def keep(raw_store: Path, project: Project, *days: date) -> None:

    for day in days:
        (raw_store / Partition(project, day).folder).mkdir(parents=True)


def test_it_is_the_first_of_the_month_of_90_days_ago(tmp_path: Path):
    assert default_start(tmp_path / "none", [HOTEL], date(2026, 3, 15)) == date(2025, 12, 1)


def test_what_was_fetched_stays_a_partition(tmp_path: Path):
    keep(tmp_path, HOTEL, date(2025, 12, 3), date(2026, 1, 1))
    keep(tmp_path, BANK, date(2026, 2, 1))
    for today in (date(2026, 3, 15), date(2026, 9, 1), date(2030, 1, 1)):
        assert default_start(tmp_path, [BANK, HOTEL], today) <= date(2025, 12, 3)
    assert default_start(tmp_path, [BANK, HOTEL], date(2030, 1, 1)) == date(2025, 12, 3)


def test_days_of_other_projects_do_not_count(tmp_path: Path):
    keep(tmp_path, HOTEL, date(2024, 1, 1))
    assert default_start(tmp_path, [BANK], date(2026, 3, 15)) == date(2025, 12, 1)


@given(today=DAYS)
def test_there_are_always_90_days_and_it_moves_in_whole_months(today: date):
    nowhere = Path("/no/such/raw/store")
    start, tomorrow = (default_start(nowhere, [], day) for day in (today, today + timedelta(days=1)))
    assert today - timedelta(days=121) <= start <= today - timedelta(days=90)
    assert tomorrow == start or (tomorrow.day == 1 and tomorrow > start)
