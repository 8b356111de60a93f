"""What an erasure would do, as it is shown before it is begun."""

from polyai_assets.erasure.erasure_plan import FoundIn
from polyai_assets.erasure.survey import Survey


def test_what_is_done_in_a_place_stands_together_and_what_is_not_there_is_left_out():
    records = FoundIn("days of records", "raw", 1, "written anew")
    recordings = FoundIn("recordings", "raw", 2, "removed")
    searches = FoundIn("files of searches", "raw", 3, "written anew")
    rows = FoundIn("rows of audio", "tables", 0, "deleted")
    assert Survey(found=[records, recordings, searches, rows]).by_place == {
        ("raw", "written anew"): [records, searches],
        ("raw", "removed"): [recordings],
    }
