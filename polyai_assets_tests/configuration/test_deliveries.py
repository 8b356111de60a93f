"""The option deliveries: what stands in the file, what is wrong with it, and what is never shown."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest

from polyai_assets.delivery.settings import NoConnection
from polyai_assets_tests.configuration.conftest import VALID, Load, Problems

AT = "defs.yaml:12 attributes.deliveries.0"
PUBLISHED = f"{VALID}  publish: {{}}\n"
SECRET = "postgresql://loader:hush-hush-hush@db/analytics"


def test_nothing_is_delivered_unless_it_is_asked_for(load: Load):
    assert load(PUBLISHED).deliveries == ()


def test_a_target_is_read_and_its_password_is_not_shown(load: Load, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DELIVERY", SECRET)
    platform = load(
        f"{PUBLISHED}  deliveries:\n    - name: analytics\n      type: postgres\n"
        '      connection: "{{ env.DELIVERY }}"\n      schema: calls\n      tables: turns\n'
        "      include: settled\n      history: true\n      behind_after: 90m\n"
    )
    (delivery,) = platform.deliveries
    assert (delivery.name, delivery.kind, delivery.schema) == ("analytics", "postgres", "calls")
    assert (delivery.tables, delivery.include, delivery.history) == (("turns",), "settled", True)
    assert (delivery.where, delivery.behind_after) == (SECRET, timedelta(minutes=90))
    assert "hush" not in repr(platform)


def test_it_gets_all_that_is_published_unless_tables_are_named(load: Load, tmp_path: Path):
    (delivery,) = load(
        f"{VALID}  publish: {{tables: [turns, conversations]}}\n"
        "  deliveries: [{name: a, type: duckdb, connection: data/mine.duckdb}]\n"
    ).deliveries
    assert delivery.tables == ("turns", "conversations")
    assert (delivery.where, delivery.schema, delivery.include, delivery.behind_after) == (
        str(tmp_path / "data" / "mine.duckdb"),
        "polyai",
        "any",
        timedelta(hours=24),
    )


def test_a_variable_that_is_not_set_fails_only_the_runs_of_its_target(load: Load):
    (delivery,) = load(
        f'{PUBLISHED}  deliveries: [{{name: a, type: postgres, connection: "{{{{ env.NOT_SET_HERE }}}}"}}]\n',
        keys_needed=False,
    ).deliveries
    with pytest.raises(
        NoConnection, match=r"the delivery a cannot connect: .*NOT_SET_HERE.*Set it where Dagster"
    ):
        _ = delivery.where


def test_a_password_in_the_file_is_warned_of_and_not_shown(load: Load, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING):
        load(f"{PUBLISHED}  deliveries: [{{name: a, type: postgres, connection: '{SECRET}'}}]\n")
    assert "a password or token stands in the file" in caplog.text
    assert "hush" not in caplog.text


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("[{name: a, type: oracle, connection: x}]", ".type: 'oracle' is no kind of target. Write one of postgres, "),
        ("[{name: A b, type: postgres, connection: x}]", ".name: 'A b' is no name of a delivery: a small letter"),
        ("[{name: a, type: postgres}]", ".connection: is missing: What the target is reached by"),
        ("[{name: a, type: postgres, connection: ' '}]", ".connection: the text is empty. Set it where Dagster"),
        ("[{name: a, type: postgres, connection: $DELIVERY}]", ".connection: names a variable in a form that is not "),
        ("[{name: a, type: postgres, connection: x, tables: audio}]", ".tables: audio is not published. Add it to "),
        ("[{name: a, type: postgres, connection: x, data: y}]", ".data: goes only with type: ducklake. Remove it."),
        ("[{name: a, type: ducklake, connection: 'ducklake:x'}]", ".data: is missing: a DuckLake needs a folder"),
        ("[{name: a, type: duckdb, connection: 'ducklake:x'}]", ".connection: must begin with ducklake: for type: "),
        ("[{name: a, type: duckdb, connection: x, behind_after: 24}]", ".behind_after: 24 could be 24 hours or"),
        ("[{name: a, type: duckdb, connection: x, shema: y}]", ".shema: unknown option. Did you mean schema?"),
        ("[{name: a, type: duckdb, connection: x}, {name: a, type: duckdb, connection: y}]", ""),
        (
            "[{name: a, type: duckdb, connection: x}, {name: b, type: duckdb, connection: ./x, tables: turns}]",
            "defs.yaml:12 attributes.deliveries.1.schema: polyai of this target is what a delivers to already",
        ),
        ("{name: a}", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line_and_the_remedy(problems: Problems, written: str, problem: str):
    (found,) = problems(f"{PUBLISHED}  deliveries: {written}\n")
    at = AT if problem.startswith(".") else "" if problem else "defs.yaml:12 attributes.deliveries"
    assert found.startswith(f"{at}{problem}")


def test_two_schemas_of_a_database_are_two_targets(load: Load):
    platform = load(
        f"{PUBLISHED}  deliveries: [{{name: a, type: duckdb, connection: x}}, "
        "{name: b, type: duckdb, connection: x, schema: other}]\n"
    )
    assert [delivery.schema for delivery in platform.deliveries] == ["polyai", "other"]


def test_what_is_not_published_cannot_be_delivered(problems: Problems):
    (found,) = problems(f"{VALID}  deliveries: [{{name: a, type: duckdb, connection: x}}]\n")
    assert found.endswith("deliver what is published, and nothing is. Add `publish: {}`.")
