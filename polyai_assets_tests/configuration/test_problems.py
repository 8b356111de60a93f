"""What a person reads about a file that cannot be used."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyai_assets.configuration import ConfigurationError, read_platform
from polyai_assets.configuration.problems import SourceFile
from polyai_assets_tests.configuration.conftest import TODAY, VALID, Problems
from polyai_assets_tests.examples import examples

PROJECT = "attributes.projects.0"


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("us-1", "us-2", "7 projects.0.region: 'us-2' is no region of PolyAI. Did you mean us-1? "
         "Write one of us-1, uk-1, euw-1, studio."),
        ("us-1", "\"'us-1'\"", "7 projects.0.region: \"'us-1'\" is no region of PolyAI. Did you mean us-1?"),
        ("us-1", "US-1", "7 projects.0.region: 'US-1' is no region of PolyAI. Did you mean us-1?"),
        ("us-1", "[us-1]", "7 projects.0.region: ['us-1'] must be text; put it in quotes."),
        ("us-1", "3", "7 projects.0.region: 3 must be text"),
        ("acme", "ac|me", "8 projects.0.account_id: 'ac|me' must not hold any of | [ ] , /"),
        ("acme", "'[acme]'", "8 projects.0.account_id: '[acme]' must not hold any of"),
        ("acme", "ac/me", "8 projects.0.account_id: 'ac/me' must not hold any of"),
        ("acme", "'ac,me'", "8 projects.0.account_id: 'ac,me' must not hold any of"),
        ("acme", "a..b", "8 projects.0.account_id: 'a..b' must not hold any of"),
        ("acme", '"ac\\nme"', "8 projects.0.account_id: 'ac\\nme' holds a line break or another character"),
        ("acme", '"ac\\u0000me"', "8 projects.0.account_id: 'ac\\x00me' holds a line break or another"),
        ("acme", '" "', "8 projects.0.account_id: ' ' is empty."),
        ("acme", "", "8 projects.0.account_id: is missing: The account's id"),
        ("hotel-bot", "0123", "9 projects.0.project_id: YAML reads this as the number 83. Put it in quotes"),
        ("hotel-bot", "1_000", "9 projects.0.project_id: YAML reads this as the number 1000. Put it in quotes"),
        ("hotel-bot", "12:30", "9 projects.0.project_id: YAML reads this as the number 750. Put it in quotes"),
        ("hotel-bot", "1.10", "9 projects.0.project_id: 1.1 must be text; put it in quotes."),
        ("hotel-bot", "yes", "9 projects.0.project_id: True must be text; put it in quotes."),
        ("hotel-bot", ".", "9 projects.0.project_id: project_id '.' would be taken for a folder."),
        ("2026-01-01", "last year", "5 start_date: 'last year' must be a date, written YYYY-MM-DD."),
        ("2026-01-01", "2026-02-30", "5 start_date: '2026-02-30' is a day that no calendar has"),
        ("2026-01-01", "20260101", "5 start_date: 20260101 must be a date, written YYYY-MM-DD."),
        ("2026-01-01", "2026-07-02", "5 start_date: 2026-07-02 is in the future; "
         "today is 2026-07-01 in UTC."),
        ("data/raw", "s3://id:secret@bucket/x", "3 raw_store: the value must not hold credentials"),
        ("data/raw", "s3://id:sec/ret@bucket/x", "3 raw_store: the value must not hold credentials"),
        ("data/raw", "~nobody-of-this-name/raw", "3 raw_store: the value begins with a ~ that stands for no folder"),
        ("data/raw", "[data]", "3 raw_store: the value must be text"),
        ("data/polyai.duckdb", "s3://bucket/x.duckdb", "4 warehouse: is a URL; a DuckDB file needs"),
        ("data/polyai.duckdb", "ducklake:x", "2 warehouse_data: is missing: a DuckLake needs"),
        ("  start_date", "  warehouse_data: x\n  start_date", "5 warehouse_data: goes only with"),
        ("  start_date", "  projcts: x\n  start_date", "5 projcts: unknown option. Did you mean projects?"),
        ("  start_date", "  qqqq: x\n  start_date", "5 qqqq: unknown option. Known here: raw_store, wareh"),
        ("  start_date", "  backfill_days_per_run: 0\n  start_date", "5 backfill_days_per_run: 0 must "
         "be a whole number from 1 to 3660 days."),
        ("  start_date", "  defaults: [1]\n  start_date", "5 defaults: must be a mapping"),
        ("  start_date", "  defaults: {project_id: x}\n  start_date", "5 defaults.project_id: cannot"),
        ("  start_date", "  defaults: {lookback_days: x}\n  start_date", "5 defaults.lookback_days: "
         "'x' must be a whole number from 0 to 60 days."),
        ('"{{ env.HOTEL_KEY }}"', "", "10 projects.0.api_key: is missing: The project's API key"),
        ("data/raw", '"{{ env.NO_STORE }}"', "3 raw_store: environment variable NO_STORE is not set."),
        ("data/raw", '"{{ nonsense }}"', "3 raw_store: the template cannot be rendered ('nonsense' is"),
    ],
)  # fmt: skip
def test_a_problem_names_file_line_field_and_remedy(
    problems: Problems, before: str, after: str, problem: str
):
    line, rest = problem.split(" ", 1)
    (found,) = problems(VALID.replace(before, after, 1))
    assert found.startswith(f"defs.yaml:{line} attributes.{rest}")


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("lookback_days: 61", "lookback_days: 61 must be a whole number from 0 to 60 days."),
        ("lookback_days: -1", "lookback_days: -1 must be a whole number from 0 to 60 days."),
        ("lookback_days: 2.5", "lookback_days: 2.5 must be a whole number from 0 to 60 days."),
        ("lookback_days: true", "lookback_days: True must be a whole number from 0 to 60 days."),
        ("lookback_days: [3]", "lookback_days: [3] must be a whole number from 0 to 60 days."),
        ("page_size: 1001", "page_size: 1001 must be a whole number from 1 to 1000 conversations."),
        ("parallel_windows: 17", "parallel_windows: 17 must be a whole number from 1 to 16 windows."),
        ("requests_per_second: 0", "requests_per_second: 0 must be a number from 0.01 to 100 requests."),
        ("max_attempts: 0", "max_attempts: 0 must be a whole number from 1 to 20 attempts."),
        ("max_conversations_per_day: 1", "max_conversations_per_day: 1 must be a whole number from 1000 to 1000000000"),
        ("max_answer_mb: 0", "max_answer_mb: 0 must be a whole number from 1 to 100000 MB."),
        ("requests_per_second: .nan", "requests_per_second: nan must be a number from 0.01 to 100 requests."),
        ("max_open_hours: .inf", "max_open_hours: inf must be a number from 1 to 720 hours."),
        ("settle_after: soon", "settle_after: 'soon' must be a time of more than 0 and at most 168 hours, with its "
         "unit: 15m, 900s or 1h30m."),
        ("settle_after: 169h", "settle_after: '169h' must be a time of more than 0 and at most 168 hours"),
        ("settle_after: 7d1s", "settle_after: '7d1s' must be a time of more than 0 and at most 168 hours"),
        ("settle_after: -1h", "settle_after: '-1h' must be a time of more than 0"),
        ("settle_after: 0", "settle_after: 0 must be a time of more than 0"),
        ("settle_after: 0m", "settle_after: '0m' must be a time of more than 0"),
        ("settle_after: true", "settle_after: True must be a time of more than 0"),
        ("top_up_every: 15", "top_up_every: 15 could be 15 hours or 15 minutes. Say which: 15h or 15m."),
        ("top_up_every: '15'", "top_up_every: '15' could be 15 hours or 15 minutes. Say which: 15h or 15m."),
        ("top_up_every: 0.5", "top_up_every: 0.5 could be 0.5 hours or 0.5 minutes. Say which: 0.5h or 0.5m."),
        ("top_up_every: -15", "top_up_every: -15 must be a time of more than 0 and at most 24 hours"),
        ("top_up_every: 25h", "top_up_every: '25h' must be a time of more than 0 and at most 24 hours"),
        ("top_up_every: .inf", "top_up_every: inf must be a time of more than 0"),
        ("verify: twice", "verify: 'twice' is no way to prove a day. Write one of offset, rewalk, off."),
        ("key_expires_on: soon", "key_expires_on: 'soon' must be a date, written YYYY-MM-DD."),
        ("key_expires_on: '2027-02-30'", "key_expires_on: '2027-02-30' is a day that no calendar has"),
        ("include_latency: 2", "include_latency: 2 must be true or false."),
        ("api_version: v4", "api_version: 'v4' is no API version we know. Write one of v3, v2, v1."),
        ("page_size: 5001", "page_size: 5001 must be a whole number from 1 to 5000 conversations."),
        ("samples: 1001", "samples: 1001 must be a whole number from 0 to 1000 conversations a day."),
        ("searches: late", "searches: must be a list, each entry beginning with '- name: …'."),
        ("searches: [late]", "searches.0: must be a mapping with name, type and query."),
        ("client_env: prod", "client_env: 'prod' is no client environment. Write one of live, sandbox, pre-release."),
        ("client_env: [live, prod]", "client_env: ['live', 'prod'] is no client environment. Write one of live,"),
        ("client_env: []", "client_env: [] must be one client environment or a list of them."),
        ("channels: vocie", "channels: 'vocie' is no channel that PolyAI is known to have. Did you mean voice? "
         "Write one of voice, voice-sip, chat, webchat, sms, rcs."),
        ("channels: [voice, telegram]", "channels: ['voice', 'telegram'] is no channel that PolyAI is known to have."),
        ("searches: [{name: a, type: transcript, query: b, channels: vocie}]", "searches.0.channels: 'vocie' is no "
         "channel that PolyAI is known to have. Did you mean voice?"),
        ("channels: [voice, [x]]", "channels: a nested list must be text"),
        ("loopback_days: 3", "loopback_days: unknown option. Did you mean lookback_days?"),
        ("base_url: polyai.example.com", "base_url: the value must be an address like https://proxy.example.com"),
        ("base_url: ftp://example.com", "base_url: the value must be an address like"),
        ("base_url: https://", "base_url: the value must be an address like"),
        ("base_url: http://host:port", "base_url: the value must be an address like"),
        ("base_url: 'http://[::1'", "base_url: the value must be an address like"),
        ("base_url: https://user:hunter2@host", "base_url: the value must be an address like https://proxy.example.com "
         "or http://127.0.0.1:8765/polyai, without user, password, query or fragment."),
        ("base_url: https://host/?key=hunter2", "base_url: the value must be an address like"),
    ],
)  # fmt: skip
def test_a_bad_option_is_named_with_what_it_may_be(problems: Problems, written: str, problem: str):
    (found,) = problems(f"{VALID}      {written}\n")
    assert found.startswith(f"defs.yaml:11 {PROJECT}.{problem}")
    assert "hunter2" not in found


def test_both_variant_filters_exclude_each_other(problems: Problems):
    (found,) = problems(f"{VALID}      variant_id: a\n      variant_name: b\n")
    assert found == (
        f"defs.yaml:12 {PROJECT}.variant_name: excludes variant_id, which stands at "
        f"defs.yaml:11 {PROJECT}.variant_id. Keep one of them."
    )


def test_a_variant_filter_from_the_defaults_excludes_the_other_one(problems: Problems):
    (found,) = problems(f"{VALID}      variant_name: b\n  defaults: {{variant_id: a}}\n")
    assert f"defs.yaml:11 {PROJECT}.variant_name: excludes variant_id" in found
    assert "defs.yaml:12 attributes.defaults.variant_id" in found


@pytest.mark.parametrize("again", ["hotel-bot", "' hotel-bot '"])
def test_a_project_listed_twice_is_reported_with_both_lines(problems: Problems, again: str):
    text = f"{VALID}    - region: us-1\n      account_id: acme\n      project_id: {again}\n      api_key: k\n"
    (found,) = problems(text)
    assert found == (
        "defs.yaml:13 attributes.projects.1.project_id: us-1/acme/hotel-bot is listed twice; "
        f"the first is at defs.yaml:7 {PROJECT}. Keep one."
    )


def test_a_number_and_its_text_are_the_same_project(problems: Problems):
    text = (
        VALID.replace("hotel-bot", "123")
        + "    - {region: us-1, account_id: acme, project_id: '123', api_key: k}\n"
    )
    (found,) = problems(text)
    assert "us-1/acme/123 is listed twice" in found


@pytest.mark.parametrize(
    ("projects", "problem"),
    [
        ("projects: []", "is empty. List at least one project, each beginning with '- region: …'."),
        ("projects: {region: us-1}", "is a mapping. List at least one project"),
        ("projects: hotel-bot", "is no list. List at least one project"),
    ],
)
def test_projects_must_be_a_list_with_something_in_it(problems: Problems, projects: str, problem: str):
    (found,) = problems(f"{VALID.split('  projects')[0]}  {projects}\n")
    assert found.startswith(f"defs.yaml:6 attributes.projects: {problem}")


def test_a_project_must_be_a_mapping(problems: Problems):
    (found,) = problems(f"{VALID}    - hotel-bot\n")
    assert found == (
        "defs.yaml:11 attributes.projects.1: must be a mapping with region, account_id, project_id and api_key."
    )


def test_attributes_that_are_empty_miss_all_that_is_needed(problems: Problems):
    found = problems("type: polyai_assets.PolyAIConversations\nattributes:\n")
    fields = [line.split()[1] for line in found]
    assert fields == ["attributes.projects:"]


def test_all_problems_are_reported_at_once_in_the_order_of_the_file(problems: Problems):
    text = VALID.replace("us-1", "us-2").replace("2026-01-01", "2099-01-01").replace("data/raw", "''")
    found = problems(f"{text}      lookback_days: 99\n      nonsense: 1\n    - 3\n")
    assert [line.split()[0] for line in found] == [f"defs.yaml:{line}" for line in (3, 5, 7, 11, 12, 13)]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"{VALID}      raw_store: x\n", f"defs.yaml:11 {PROJECT}.raw_store: unknown option. raw_store belongs under "
         "`attributes` itself. Move it there."),
        (f"{VALID}  top_up_every: 15m\n", "defs.yaml:11 attributes.top_up_every: unknown option. top_up_every belongs "
         "under a project, such as projects.0, or under `defaults` for all. Move it there."),
        (f"{VALID}  api_key: hunter2\n", "defs.yaml:11 attributes.api_key: unknown option. api_key belongs under"),
        (f"{VALID}  urls: hunter2\n", "defs.yaml:11 attributes.urls: unknown option. urls belongs under `alerts`."),
        (f"{VALID}  loopback_days: 3\n", "defs.yaml:11 attributes.loopback_days: unknown option. Did you mean "
         "lookback_days, which belongs under a project, such as projects.0, or under `defaults` for all?"),
        (f"{VALID}      calls: all\n", f"defs.yaml:11 {PROJECT}.calls: unknown option. calls belongs under `audio`"),
        (f"{VALID}      audio: {{lookback_days: 3}}\n", f"defs.yaml:11 {PROJECT}.audio.lookback_days: unknown option. "
         "lookback_days belongs under a project"),
        (f"{VALID}  defaults: {{key_prefix: x}}\n", "defs.yaml:11 attributes.defaults.key_prefix: unknown option. "
         "key_prefix belongs under `attributes` itself."),
    ],
)  # fmt: skip
def test_an_option_a_level_too_high_or_too_low_is_told_its_place(problems: Problems, text: str, problem: str):
    (found,) = problems(text)
    assert found.startswith(problem)
    assert "hunter2" not in found


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"{VALID}      lookback_days: 3\n      page_size: 5\n      lookback_days: 4\n",
         f"defs.yaml:13 {PROJECT}.lookback_days: stands twice; first in line 11, and YAML takes the last. Keep one."),
        (f"{VALID}  start_date: 2026-02-01\n", "defs.yaml:11 attributes.start_date: stands twice; first in line 5"),
        (f"{VALID}  projects: []\n", "defs.yaml:11 attributes.projects: stands twice; first in line 6"),
    ],
)  # fmt: skip
def test_an_option_that_stands_twice_is_reported_with_both_lines(problems: Problems, text: str, problem: str):
    assert problems(text)[0].startswith(problem)


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("data/polyai.duckdb", "data/", "4 attributes.warehouse: is a folder; it must be a file in it. Add a name"),
        ("data/polyai.duckdb", ".", "4 attributes.warehouse: is a folder; it must be a file in it. Add a name"),
        ("data/polyai.duckdb", "data/polyai.duckdb\n  read_only_copy: .",
         "5 attributes.read_only_copy: is a folder; it must be a file in it. Add a name"),
        ("data/polyai.duckdb", "data/polyai.duckdb\n  read_only_copy: s3://bucket/x.duckdb",
         "5 attributes.read_only_copy: must be a path of a DuckDB file on this machine"),
        ("data/polyai.duckdb", "data/polyai.duckdb\n  read_only_copy: data/../data/polyai.duckdb",
         "5 attributes.read_only_copy: is the warehouse itself, which runs write to. Name another file."),
        ("data/raw", "defs.yaml", "3 attributes.raw_store: is a file; it must be a folder."),
        ("data/polyai.duckdb", "ducklake:x\n  warehouse_data: defs.yaml",
         "5 attributes.warehouse_data: is a file; it must be a folder."),
        ("data/raw", "s3://bucket/raw\n  start_date:", "4 attributes.start_date: is missing: a raw store behind a URL"),
    ],
)  # fmt: skip
def test_a_place_is_what_it_must_be(problems: Problems, before: str, after: str, problem: str):
    text = VALID.replace(before, after, 1)
    if "start_date:\n" in text:
        text = text.replace("  start_date: 2026-01-01\n", "")
    (found,) = problems(text)
    assert found.startswith(f"defs.yaml:{problem}")


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


_PLATFORM = st.sampled_from(["raw_store", "warehouse", "start_date", "defaults", "projects", "x"])
_PROJECT = st.sampled_from(["region", "account_id", "api_key", "channels", "settle_after", "x"])


@given(platform=st.dictionaries(_PLATFORM, _ANYTHING), project=st.dictionaries(_PROJECT, _ANYTHING))
@settings(max_examples=examples(200))
def test_whatever_stands_in_the_file_becomes_problems_and_nothing_else(
    platform: dict[str, object], project: dict[str, object]
):
    attributes = {"projects": [project], **platform}
    with pytest.raises(ConfigurationError):  # project_id is missing, whatever else there is
        read_platform(
            attributes, scope={}, source=SourceFile(), root=Path("/"), today=TODAY, keys_needed=True
        )
