from polyai_assets.contract.drift import OTHERS
from polyai_assets.contract.parity import WHOLE_RECORD
from polyai_assets.migration.parity import ParityVerdict
from polyai_assets.migration.tally import MOST_PATHS, VerdictCounts


def test_names_that_a_source_invents_are_counted_together_beyond_a_number():
    tally = VerdictCounts({"declared"})
    for number in range(MOST_PATHS + 50):
        tally.add(f"metrics.{number}", ParityVerdict.ONLY_IN_OLD, "CA1")
    tally.add("declared", ParityVerdict.DIFFERS, "CA1")
    rows = {one.path: one for one in tally.rows()}
    assert len(rows) == MOST_PATHS + 2
    assert rows[OTHERS].count == 50
    assert rows["declared"].count == 1


def test_what_is_in_flight_is_not_among_the_judged():
    tally = VerdictCounts({WHOLE_RECORD})
    tally.equal(WHOLE_RECORD, 3)
    tally.add(WHOLE_RECORD, ParityVerdict.IN_FLIGHT, "CA1")
    assert [(one.verdict, one.count, one.total) for one in tally.rows()] == [
        (ParityVerdict.EQUAL, 3, 3),
        (ParityVerdict.IN_FLIGHT, 1, 3),
    ]


def test_the_id_of_an_example_is_cut_and_fit_to_be_stored():
    tally = VerdictCounts({})
    tally.add("a", ParityVerdict.DIFFERS, "\ud800" + "x" * 1_000_000, "like \ud800")
    (row,) = tally.rows()
    assert row.example_conversation_id == "\N{REPLACEMENT CHARACTER}" + "x" * 199
    assert row.example == "like \N{REPLACEMENT CHARACTER}"
