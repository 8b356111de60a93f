import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.contract.drift import (
    LONGEST_NAME,
    MOST_PATHS,
    OTHERS,
    Drift,
    DriftKind,
    DriftTally,
    Severity,
    clean_name,
    drift_of_pages,
    form_of,
    types_shown,
)
from polyai_assets.contract.fields import Kind
from polyai_assets.contract.fitting import instead_of
from polyai_assets.contract.normalise import Normalised, normalise
from polyai_assets_tests.contract.records import CLEAN, FULL, any_text, json_values, payload, without


def drift_of(body: bytes) -> list[tuple[str, DriftKind, str]]:
    result = normalise(body)
    assert isinstance(result, Normalised), result
    return result.drift


def test_a_declared_record_has_no_drift():
    assert drift_of(payload(FULL)) == []


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"mood": "good"}, ("mood", DriftKind.ADDED, "text like 'xxxx'")),
        ({"turns": [{"mood": 1}]}, ("turns[].mood", DriftKind.ADDED, "a number")),
        ({"num_turns": "2"}, ("num_turns", DriftKind.TYPE_CHANGED, "text like '9' instead of integer")),
        (
            {"turns": [{"is_ood": "no"}]},
            ("turns[].is_ood", DriftKind.TYPE_CHANGED, "text like 'xx' instead of boolean"),
        ),
        ({"metrics": {"CSAT": 4}}, ("metrics.CSAT", DriftKind.TYPE_CHANGED, "a number instead of text")),
        ({"metrics": ["a"]}, ("metrics", DriftKind.TYPE_CHANGED, "a list of 1 instead of object")),
        ({"state": [1]}, ("state", DriftKind.TYPE_CHANGED, "a list of 1 instead of object")),
    ],
)
def test_another_shape_is_drift_with_its_path(changes: dict[str, object], found: tuple[str, DriftKind, str]):
    assert drift_of(payload(**changes)) == [found]


def test_a_required_field_that_is_missing_is_drift():
    assert drift_of(payload(without(CLEAN, "channel"))) == [("channel", DriftKind.MISSING, "")]


def test_an_optional_field_that_is_missing_is_none():
    assert drift_of(payload(without(FULL, "variant_id", "metrics", "turns"))) == []


@pytest.mark.parametrize(
    "changes", [{"channel": None}, {"in_progress": None}, {"started_at": "2026-03-01 10:00"}]
)
def test_null_and_odd_times_are_breaches_and_no_drift(changes: dict[str, object]):
    assert drift_of(payload(**changes)) == []


def test_maps_take_any_name():
    maps = {"state": {"anything": 1}, "metrics": {"ANY": "1"}, "turns": [{"metadata": {"x": [1]}}]}
    assert drift_of(payload(**maps)) == []


def test_a_name_that_is_an_address_is_told_with_its_place_alone():
    sent = payload(metrics={"ada@example.com": 1}, turns=[{"ada@example.com": 1}])
    assert [path for path, _, _ in drift_of(sent)] == ["metrics.…@…", "turns[].…@…"]


def test_missing_and_changed_fields_are_errors_and_the_others_are_warnings():
    errors = {kind for kind in DriftKind if kind.severity is Severity.ERROR}
    assert errors == {DriftKind.MISSING, DriftKind.TYPE_CHANGED}


@given(any_text)
def test_no_letter_or_digit_of_a_value_is_shown(text: str):
    shown = form_of(text)
    for one in set(text):
        if one.isalpha() and one not in "xemptytextlike":
            assert one not in shown
        if one.isdigit() and one != "9":
            assert one not in shown


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (None, "null"),
        (True, "true"),
        (4111111111111111, "a number"),
        (0.5, "a number"),
        ("", "empty text"),
        ("Ada, 12", "text like 'xxx, 99'"),
        ("2026-11-03 10:15:02", "text like '9999-99-99 99:99:99'"),
        ([1, 2], "a list of 2"),
        ({"a": 1}, "an object of 1 fields"),
    ],
)
def test_examples_show_the_form_of_a_value(value: object, form: str):
    assert form_of(value) == form


@given(any_text)
def test_names_are_printable_and_short(name: str):
    shown = clean_name(name)
    assert shown.isprintable()
    assert len(shown) <= LONGEST_NAME
    json.dumps(shown).encode()


def test_names_show_no_number_or_address_of_a_person():
    assert clean_name("caller +4915112345678 ada@example.com") == "caller … …@…"
    assert clean_name("call 555-010-4477") == "call …"
    assert clean_name("+44 7700 900123") == "…"
    assert clean_name("555\u2013010\u20134477 or 555/010/4477") == "… or …"
    assert clean_name("step_12 v2.10") == "step_12 v2.10"


def test_occurrences_are_counted_by_path_and_kind():
    tally = DriftTally()
    for example in ("first", "second"):
        tally.add([("mood", DriftKind.ADDED, example)])
    tally.add([("turns[].mood", DriftKind.ADDED, "third")])
    assert tally.findings(5, 40) == [
        Drift("mood", DriftKind.ADDED, 2, 5, "first"),
        Drift("turns[].mood", DriftKind.ADDED, 1, 40, "third"),
    ]


def test_the_example_shows_a_form_of_each_type_of_value_that_came():
    tally = DriftTally()
    for value in ("x", 1, "", None, [], 2.5, {}, True, False, "y"):
        tally.add([("mood", DriftKind.ADDED, form_of(value))])
    (found,) = tally.findings(10, 0)
    assert found.example == ("text like 'x'; a number; null; a list of 0; an object of 0 fields; true")
    assert types_shown(found.example) == {"text", "number", "null", "list", "object", "boolean"}


@given(value=json_values, kind=st.sampled_from(Kind))
def test_the_type_of_a_value_shows_in_its_form_whatever_it_holds(value: object, kind: Kind):
    names = {bool: "boolean", str: "text", list: "list", dict: "object", type(None): "null"}
    shown = {names.get(type(value), "number")}
    assert types_shown(form_of(value)) == types_shown(instead_of(kind, value)) == shown


def test_a_source_that_invents_names_does_not_fill_the_table():
    tally = DriftTally()
    for number in range(1000):
        tally.add([(f"field_{number}", DriftKind.ADDED, "x")])
    found = tally.findings(1000, 0)
    assert len(found) == MOST_PATHS + 1
    assert found[-1] == Drift(OTHERS, DriftKind.ADDED, 1000 - MOST_PATHS, 1000, "")


def test_members_of_pages_are_told_without_what_a_name_may_hold_of_people():
    drift = drift_of_pages({"total": 2, "call +49 30 123456": 1, "call +49 30 654321": 3}, 4)
    assert [(one.path, one.kind, one.count, one.total) for one in drift] == [
        ("(page).total", DriftKind.ADDED, 2, 4),
        ("(page).call …", DriftKind.ADDED, 3, 4),
    ]
