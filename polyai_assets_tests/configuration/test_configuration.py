"""What a valid file becomes."""

import re
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from polyai_assets.api.project import Project
from polyai_assets.privacy.policy import PrivacyPolicy
from polyai_assets.raw.retention_days import RetentionDays
from polyai_assets.warehouse.facts.settings import KpiSettings
from polyai_assets_tests.configuration.conftest import KEY, VALID, Load


def test_four_lines_make_a_project_with_the_default_options(load: Load):
    (project,) = load(VALID).projects
    assert project.project == Project("us-1", "acme", "hotel-bot")
    assert project.api_key == SecretStr(KEY)
    assert project.key_source == "environment variable HOTEL_KEY"
    assert project.model_dump(exclude={"project", "key", "agents_key"}) == {
        "api_version": "v3",
        "base_url": None,
        "agents_base_url": None,
        "client_env": ("live",),
        "channels": (),
        "variant_id": None,
        "variant_name": None,
        "lookback_days": 3,
        "settle_after": timedelta(hours=2),
        "max_open_hours": 24,
        "top_up_every": timedelta(minutes=15),
        "verify": "offset",
        "check_turns": True,
        "max_violation_ratio": 1.0,
        "keep_versions": 10,
        "vanished": {"keeps_text": False, "drop_after": None},
        "page_size": None,
        "parallel_windows": 2,
        "requests_per_second": 25,
        "max_attempts": 8,
        "max_answer_mb": 256,
        "max_conversations_per_day": 1_000_000,
        "include_latency": True,
        "include_turn_metadata": True,
        "include_context_state": True,
        "searches": (),
        "samples": 0,
        "reference": False,
        "audio": {"calls": "none", "direction": ("combined",), "redacted": True},
        "details": False,
        "kpi": asdict(KpiSettings()),
        "privacy": asdict(PrivacyPolicy()),
        "retention": asdict(RetentionDays()),
        "compare_with": None,
        "key_expires_on": None,
        "write_back": False,
    }


def test_four_lines_are_all_that_a_platform_needs(load: Load, tmp_path: Path):
    text = re.sub(r"  (raw_store|warehouse|start_date): .*\n", "", VALID)
    config = load(text)
    assert config.raw_store == str(tmp_path / "data" / "raw")
    assert config.warehouse == str(tmp_path / "data" / "polyai.duckdb")
    assert config.start_date == date(2026, 4, 1)
    assert len(text.splitlines()) == 3 + 4


def test_instances_with_different_prefixes_keep_their_data_apart_by_default(load: Load, tmp_path: Path):
    text = re.sub(r"  (raw_store|warehouse): .*\n", "", VALID)
    config = load(f"{text}  key_prefix: [emea, voice]\n")
    assert config.raw_store == str(tmp_path / "data" / "emea" / "voice" / "raw")
    assert config.warehouse == str(tmp_path / "data" / "emea" / "voice" / "polyai.duckdb")


def test_relative_paths_begin_at_the_project_root(load: Load, tmp_path: Path):
    config = load(VALID)
    assert config.raw_store == str(tmp_path / "data/raw")
    assert config.warehouse == str(tmp_path / "data/polyai.duckdb")
    assert config.start_date == date(2026, 1, 1)


def test_urls_and_network_catalogs_stay_as_they_are(load: Load):
    text = VALID.replace("data/raw", "s3://bucket/raw")
    config = load(
        text.replace("data/polyai.duckdb", "ducklake:postgres:dbname=x\n  warehouse_data: s3://bucket/lake")
    )
    assert (config.raw_store, config.warehouse_data) == ("s3://bucket/raw", "s3://bucket/lake")
    assert config.warehouse == "ducklake:postgres:dbname=x"


@pytest.mark.parametrize("kind", ["", "sqlite:", "duckdb:"])
def test_the_path_of_a_catalog_file_begins_at_the_project_root(load: Load, tmp_path: Path, kind: str):
    lake = load(
        VALID.replace("data/polyai.duckdb", f"ducklake:{kind}data/lake\n  warehouse_data: data/lake.files")
    )
    assert lake.warehouse == f"ducklake:{kind}{tmp_path}/data/lake"
    assert lake.warehouse_data == str(tmp_path / "data/lake.files")


def test_the_warehouse_is_not_in_a_repr_since_it_may_hold_a_password(load: Load):
    config = load(
        VALID.replace("data/polyai.duckdb", "ducklake:postgres:password=hunter2\n  warehouse_data: lake")
    )
    assert "hunter2" not in repr(config)


def test_a_default_holds_for_every_project_that_does_not_say_otherwise(load: Load):
    text = (
        VALID
        + "    - {region: uk-1, account_id: a, project_id: b, api_key: k, lookback_days: 7, variant_id: null}\n"
    )
    first, second = load(text + "  defaults: {lookback_days: 5, variant_id: v}\n").projects
    assert (first.lookback_days, first.variant_id) == (5, "v")
    assert (second.lookback_days, second.variant_id) == (7, None)


def test_region_account_and_key_may_be_defaults(load: Load):
    text = VALID.split("    - region")[0] + "    - project_id: hotel-bot\n  defaults:\n"
    (project,) = load(
        text + '    {region: us-1, account_id: acme, api_key: "{{ env.HOTEL_KEY }}"}\n'
    ).projects
    assert project.project.key == "us-1/acme/hotel-bot"
    assert project.api_key == SecretStr(KEY)


@pytest.mark.parametrize(
    ("written", "option", "read"),
    [
        ("client_env: sandbox", "client_env", ("sandbox",)),
        ("client_env: [live, sandbox, live]", "client_env", ("live", "sandbox")),
        ("channels: [voice, chat]", "channels", ("voice", "chat")),
        ("channels: [Voice-SIP, SMS]", "channels", ("Voice-SIP", "SMS")),
        ("variant_name: Summer sale", "variant_name", "Summer sale"),
        ("variant_id: 17", "variant_id", "17"),
        ("settle_after: 90m", "settle_after", timedelta(minutes=90)),
        ("settle_after: 1.5h", "settle_after", timedelta(minutes=90)),
        ("settle_after: 1h30m", "settle_after", timedelta(minutes=90)),
        ("settle_after: 10080m", "settle_after", timedelta(days=7)),
        ("settle_after: 7d", "settle_after", timedelta(days=7)),
        ("top_up_every: 15m", "top_up_every", timedelta(minutes=15)),
        ("top_up_every: 900s", "top_up_every", timedelta(minutes=15)),
        ("top_up_every: ' 1h 30m '", "top_up_every", timedelta(minutes=90)),
        ("page_size: 1000", "page_size", 1000),
        ("page_size: '1000'", "page_size", 1000),
        ("requests_per_second: 0.5", "requests_per_second", 0.5),
        ("max_attempts: 1", "max_attempts", 1),
        ("include_latency: false", "include_latency", False),
        ("base_url: http://127.0.0.1:8765/", "base_url", "http://127.0.0.1:8765"),
        ("agents_base_url: http://127.0.0.1:8765/x/", "agents_base_url", "http://127.0.0.1:8765/x"),
        ("page_size: null", "page_size", None),
        ("verify: offset", "verify", "offset"),
        ("verify: rewalk", "verify", "rewalk"),
        ("verify: off", "verify", "off"),
        ("verify: 'off'", "verify", "off"),
        ("verify: true", "verify", "offset"),
        ("verify: 'False'", "verify", "off"),
    ],
)
def test_an_option_is_read(load: Load, written: str, option: str, read: object):
    (project,) = load(f"{VALID}      {written}\n").projects
    assert getattr(project, option) == read


@pytest.mark.parametrize(
    ("written", "prefix"),
    [("emea", ("emea",)), ("[emea, voice]", ("emea", "voice")), ("[]", None), ("a/b", None)],
)
def test_a_key_prefix_is_one_word_or_a_list(load: Load, written: str, prefix: tuple[str, ...] | None):
    text = f"{VALID}  key_prefix: {written}\n"
    if prefix is None:
        with pytest.raises(Exception, match="a problem"):
            load(text)
    else:
        assert load(text).key_prefix == prefix


def test_a_number_of_days_a_run_is_kept(load: Load):
    assert load(f"{VALID}  backfill_days_per_run: 31\n").backfill_days_per_run == 31
    assert load(VALID).backfill_days_per_run is None


@pytest.mark.parametrize("written", ["123", "'123'", '"123"', " 123 "])
def test_an_id_that_looks_like_a_number_is_text(load: Load, written: str):
    (project,) = load(VALID.replace("hotel-bot", written)).projects
    assert project.project.project_id == "123"


def test_an_id_from_a_variable_stays_as_it_is(load: Load, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PROJECT", "1e5")
    (project,) = load(VALID.replace("hotel-bot", '"{{ env.PROJECT }}"')).projects
    assert project.project.project_id == "1e5"


def test_options_may_come_from_variables(load: Load, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DAYS", "5")
    monkeypatch.setenv("STATE", "false")
    text = f'{VALID}      lookback_days: "{{{{ env.DAYS }}}}"\n      include_latency: "{{{{ env.STATE }}}}"\n'
    (project,) = load(text).projects
    assert (project.lookback_days, project.include_latency) == (5, False)


def test_a_template_may_bring_a_list(load: Load):
    (project,) = load(f"{VALID}      channels: \"{{{{ ['voice'] + ['chat'] }}}}\"\n").projects
    assert project.channels == ("voice", "chat")


def test_today_is_a_first_day(load: Load):
    assert load(VALID.replace("2026-01-01", "2026-07-01")).start_date == date(2026, 7, 1)
