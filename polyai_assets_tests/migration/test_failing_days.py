"""Days that cannot be compared, and what is left of them."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from pydantic import SecretStr

from polyai_assets.configuration.api_key import ConfiguredKey
from polyai_assets.configuration.compare_with import CompareConfig
from polyai_assets.simulator import Fault
from polyai_assets_tests.deployment import (
    DAY1,
    DAY2,
    NOW,
    broken,
    partitions_of,
)
from polyai_assets_tests.migration.comparing import DAYS, PARITY, Pair


def test_each_version_has_its_own_key(pair: Pair):
    assert pair.config.compare_with is not None
    wrong = CompareConfig(
        api_version="v1",
        key=ConfiguredKey(SecretStr("wrong-key-93"), "environment variable OLD"),
        base_url=pair.config.compare_with.base_url,
    )
    config = pair.config.model_copy(update={"compare_with": wrong, "parallel_windows": 1})
    outcomes = list(pair.comparing.run(config, partitions_of(config.project, DAYS)))
    assert ["environment variable OLD was refused" in str(one.error) for one in outcomes] == [True] * 3
    assert "wrong-key-93" not in str(outcomes[0].error)
    assert len(pair.old.requests) == 1  # what every day would meet is met once


@pytest.mark.parametrize("side", ["old", "new"])
def test_a_day_that_fails_in_one_version_is_red_alone(pair: Pair, side: str):
    getattr(pair, side).faults.add(broken(DAY2))
    outcomes = pair.compare(*DAYS)
    assert [one.error is None for one in outcomes] == [True, False, True]
    assert "418" in str(outcomes[1].error)


def test_a_day_that_fails_keeps_what_was_found_before(pair: Pair, tmp_path: Path):
    pair.put("CA-1", new={"channel": "WEBCHAT"})
    pair.compare()
    pair.new.faults.add(broken(DAY1))
    (outcome,) = pair.compare()
    assert outcome.error is not None
    with duckdb.connect(str(tmp_path / "polyai.duckdb")) as connection:
        kept = connection.execute(f"SELECT path FROM {PARITY} WHERE verdict = 'differs'").fetchall()
    assert kept == [("channel",)]


def test_pages_that_lose_conversations_are_not_believed(pair: Pair):
    for number in range(4):
        pair.put(f"CA-{number}")
    one_window = pair.config.model_copy(update={"parallel_windows": 1})
    # the only page comes without two of them, and the count by offset says so
    pair.new.faults.add(Fault("drop_conversations", {"count": 2}, times=1))
    (outcome,) = pair.comparing.run(one_window, partitions_of(one_window.project, [DAY1]))
    assert "v3 is not to be believed: 2 conversations were fetched, but the API counts another number" in str(
        outcome.error
    )


def test_no_record_is_left_on_disk(pair: Pair):
    pair.put("CA-1")
    pair.compare()
    left = [path for path in pair.comparing.spool.rglob("*") if path.is_file() and path.suffix != ".lock"]
    assert left == [pair.comparing.spool / ".gitignore"]


def test_the_spool_of_a_comparison_is_not_continued_by_the_next(pair: Pair):
    for number in range(6):
        pair.put(f"CA-{number}", old={"handoff": False})
    slow = pair.config.model_copy(update={"page_size": 2, "parallel_windows": 1})
    pair.old.faults.add(Fault("error", {"status": 503}, times=None, after=1))
    (dead,) = pair.comparing.run(slow, partitions_of(slow.project, [DAY1]))
    assert dead.error is not None
    pair.old.faults.clear()
    for number in range(6):
        pair.put(f"CA-{number}")
    (outcome,) = replace(pair.comparing, now=lambda: NOW + timedelta(minutes=5)).run(
        slow, partitions_of(slow.project, [DAY1])
    )
    assert outcome.parity is not None
    assert outcome.parity.to_look_at() == []
