"""Variables that are written as a shell or another tool takes them, and secrets that stand in the file."""

import logging

import pytest

from polyai_assets_tests.configuration.conftest import VALID, Load, Problems

KEY_FIELD = '"{{ env.HOTEL_KEY }}"'
OTHER_FORMS = [
    "${HOTEL_KEY}",
    "$HOTEL_KEY",
    "'{env.HOTEL_KEY}'",
    "{env.HOTEL_KEY}",
    "{ env.HOTEL_KEY }",
    "'{HOTEL_KEY}'",
    "env.HOTEL_KEY",
    "'%HOTEL_KEY%'",
    "'$(HOTEL_KEY)'",
    "'${{ env.HOTEL_KEY }}'",
    "'${{ secrets.HOTEL_KEY }}'",
    "pre-${HOTEL_KEY}",
]


@pytest.mark.parametrize("written", OTHER_FORMS)
def test_a_key_in_another_form_of_variable_is_told_the_right_one(problems: Problems, written: str):
    (found,) = problems(VALID.replace(KEY_FIELD, written))
    assert found == (
        "defs.yaml:10 attributes.projects.0.api_key: the key names its variable in a form that is not read here. "
        'Write "{{ env.HOTEL_KEY }}", in quotes.'
    )


@pytest.mark.parametrize("written", ["$hunter2", "hunter$2", "'{hunter2}'", "hun{ter2"])
def test_a_key_with_a_dollar_or_a_brace_is_an_error_that_does_not_show_it(problems: Problems, written: str):
    (found,) = problems(VALID.replace(KEY_FIELD, written))
    assert "in a form that is not read here. Write" in found
    assert "hunter" not in found


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ("data/polyai.duckdb", "'ducklake:postgres:password=${LAKE_PASSWORD}'", "4 attributes.warehouse"),
        ("data/polyai.duckdb", "'ducklake:postgres:password=$LAKE_PASSWORD x'", "4 attributes.warehouse"),
        ("data/polyai.duckdb", "'ducklake:postgres:password={env.LAKE_PASSWORD}'", "4 attributes.warehouse"),
        ("data/raw", "s3://${LAKE_PASSWORD}/raw", "3 attributes.raw_store"),
        ("data/raw", "{env.LAKE_PASSWORD}", "3 attributes.raw_store"),
        ("acme", "$LAKE_PASSWORD", "8 attributes.projects.0.account_id"),
        ("  projects:", "  alerts: {urls: ['${LAKE_PASSWORD}']}\n  projects:", "6 attributes.alerts.urls.0"),
        ("  projects:", "  alerts: {urls: '{env.LAKE_PASSWORD}'}\n  projects:", "6 attributes.alerts.urls"),
        ("  projects:", "  alerts: {dagster_url: '${LAKE_PASSWORD}'}\n  projects:", "6 attributes.alerts.dagster_url"),
    ],
)  # fmt: skip
def test_any_option_in_another_form_of_variable_is_told_the_right_one(
    problems: Problems, before: str, after: str, field: str
):
    found = problems(VALID.replace(before, after, 1))
    assert found[0] == (
        f"defs.yaml:{field}: names a variable in a form that is not read here. "
        'Write "{{ env.LAKE_PASSWORD }}", in quotes.'
    )


@pytest.mark.parametrize(
    "written", ["a {curly} word", "it costs $20", "100% {sure}", "$5 or {x}", "environment"]
)
def test_text_that_names_no_variable_stays_as_it_is(load: Load, written: str):
    search = f"      searches: [{{name: a, type: transcript, query: '{written}'}}]\n"
    assert load(VALID + search).projects[0].searches[0].query == written


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (VALID.replace(KEY_FIELD, "hunter2"), "10 attributes.projects.0.api_key: the key itself"),
        (f"{VALID}      agents_api_key: hunter2\n", "11 attributes.projects.0.agents_api_key: the key itself"),
        (f"{VALID}  defaults: {{agents_api_key: hunter2}}\n", "11 attributes.defaults.agents_api_key: the key itself"),
        (f"{VALID}      compare_with: {{api_version: v1, api_key: hunter2}}\n",
         "11 attributes.projects.0.compare_with.api_key: the key itself"),
        (f"{VALID}  alerts: {{urls: json://h/hunter2}}\n", "11 attributes.alerts.urls: the URL itself"),
        (VALID.replace("data/polyai.duckdb", "'ducklake:postgres:password=hunter2'\n  warehouse_data: x"),
         "4 attributes.warehouse: a password"),
    ],
)  # fmt: skip
def test_a_secret_that_stands_in_the_file_is_a_warning_that_does_not_show_it(
    load: Load, caplog: pytest.LogCaptureFixture, text: str, field: str
):
    with caplog.at_level(logging.WARNING):
        load(text)
    (warning,) = caplog.messages
    assert warning.startswith(f"defs.yaml:{field} stands in the file")
    assert "hunter2" not in warning


def test_variables_are_no_warning(
    load: Load, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("LAKE", "hunter2")
    lake = "'ducklake:postgres:password={{ env.LAKE }}'\n  warehouse_data: x"
    load(VALID.replace("data/polyai.duckdb", lake))
    assert caplog.messages == []
