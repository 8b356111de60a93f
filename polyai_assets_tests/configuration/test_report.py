"""The option `report`: where pages are, and which there are."""

from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator

from polyai_assets.configuration.schema import AttributesInFile
from polyai_assets_tests.configuration.conftest import VALID, Load, Problems


def test_pages_are_of_the_last_week_and_month_and_days_in_the_data_folder(load: Load, tmp_path: Path):
    report = load(VALID).report
    assert (report.ranges, report.day_pages) == (("last-7-days", "last-28-days"), 7)
    assert report.folder == str(tmp_path / "data" / "reports")
    assert load(f"{VALID}  key_prefix: eu\n").report.folder == str(tmp_path / "data" / "eu" / "reports")


def test_what_is_said_of_pages_is_read(load: Load, tmp_path: Path):
    report = load(f"{VALID}  report: {{folder: pages, ranges: last-month, day_pages: 0}}\n").report
    assert (report.folder, report.ranges, report.day_pages) == (str(tmp_path / "pages"), ("last-month",), 0)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("all", ": must be a mapping, such as {day_pages: 31}."),
        ("{ranges: last-moon}", ".ranges: 'last-moon' is no range. Did you mean last-month?"),
        ("{day_pages: 100}", ".day_pages: 100 "),
        ("{mail: daily}", ".mail: 'daily' is no rhythm. Write one of weekly, off."),
        ("{mail: weekly}", ".mail: has nowhere to go. Set alerts: {urls: "),
        ("{folder: s3://bucket/pages}", ".folder: must be a folder on this machine: people open it."),
        ("{day_page: 3}", ".day_page: unknown option. Did you mean day_pages?"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_the_remedy(problems: Problems, written: str, problem: str):
    (found,) = problems(f"{VALID}  report: {written}\n")
    assert found.startswith(f"defs.yaml:11 attributes.report{problem}")


@pytest.mark.parametrize(("written", "read"), [("weekly", "weekly"), ("off", "off"), ("'off'", "off")])
def test_pages_are_mailed_where_it_is_said_and_alerts_have_targets(load: Load, written: str, read: str):
    alerts = "  alerts: {urls: 'json://127.0.0.1:1/a'}\n"
    assert load(f"{VALID}{alerts}  report: {{mail: {written}}}\n").report.mail == read
    assert load(VALID).report.mail == "off"


@pytest.mark.parametrize(
    ("written", "fits"), [("{ranges: last-month}", True), ("{ranges: last-year}", False)]
)
def test_editors_know_the_option(written: str, fits: bool):
    attributes = yaml.safe_load(f"{VALID}  report: {written}\n")["attributes"]
    attributes["start_date"] = "2026-01-01"  # the YAML that Dagster reads has no dates
    assert Draft7Validator(AttributesInFile.model_json_schema()).is_valid(attributes) is fits
