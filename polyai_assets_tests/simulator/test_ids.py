from datetime import date
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.simulator.record import date_in, new_id

DAYS = st.dates(date(1970, 1, 1), date(2149, 6, 6))


@given(DAYS, st.booleans(), st.integers())
def test_the_date_can_be_read_from_an_id(day: date, is_call: bool, seed: int) -> None:
    assert date_in(new_id(Random(seed), day, is_call=is_call)) == day


@given(st.text() | st.from_regex(r"(CA|LOCAL-)?[0-9a-f-]{30,36}", fullmatch=True))
def test_any_other_id_has_some_date_or_none(name: str) -> None:
    found = date_in(name)

    assert found is None or date(1970, 1, 1) <= found <= date(2149, 6, 6)


def test_ids_of_one_day_do_not_look_alike() -> None:
    dice = Random(7)
    names = {new_id(dice, date(2026, 11, 3), is_call=True) for _ in range(500)}

    assert len({name[:6] for name in names}) > 400
