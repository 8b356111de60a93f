"""Details under any id, poisoned or not, are kept as they came."""

import json

import pyarrow.parquet as pq
import pytest

from polyai_assets.simulator import Fault
from polyai_assets_tests.assets.asking import STATUSES, certificate, put
from polyai_assets_tests.deployment import (
    DAY1,
    DETAILS,
    RAW,
)
from polyai_assets_tests.steps import Steps

pytestmark = pytest.mark.usefixtures("no_facts")


ODD = ["a/b", "it's", "x%00y", "x\x00y", "../../etc", "50% off?#&", "é漢", '"; DROP TABLE']
POISONS = {
    "lone_surrogate": "found",
    "invalid_utf8": "found",
    "duplicate_metric": "found",
    "duplicate_key": "found",
    "nan": "found",
    "no_id": "unreadable",
    "not_an_object": "unreadable",
}
"""How a detail is poisoned, and what it counts as."""


def test_an_id_may_be_anything(hasty: Steps) -> None:
    for name in ODD:
        put(hasty.simulator, name)
    assert hasty.run(DAY1, assets=[*RAW, *DETAILS]).success
    assert dict(hasty.ask(STATUSES)).items() >= dict.fromkeys(ODD, "found").items()


def test_an_id_that_no_url_can_carry_is_missing_with_the_reason(hasty: Steps) -> None:
    put(hasty.simulator, "..")
    assert hasty.run(DAY1, assets=[*RAW, *DETAILS]).success
    ((status, reason),) = hasty.ask(
        "SELECT status, reason FROM conversation_details WHERE conversation_id = '..'"
    )
    assert status == "missing"
    assert reason.startswith("No URL leads to conversation '..'")


def test_poisoned_details_do_not_cost_the_others_theirs(hasty: Steps) -> None:
    for how in POISONS:
        put(hasty.simulator, how, metrics={"NPS": "9"})
        hasty.simulator.faults.add(Fault("poison", {"how": how}, conversation_id=how, times=None))
    hasty.run(DAY1, assets=[*RAW, *DETAILS])
    found = dict(hasty.ask(STATUSES))
    assert {name: found.pop(name) for name in POISONS} == POISONS
    assert list(found.values()) == ["found"] * 3


def test_the_payload_is_kept_byte_for_byte(hasty: Steps) -> None:
    hasty.simulator.faults.add(Fault("pretty_page", call="detail", times=None))
    hasty.run(DAY1, assets=DETAILS)
    one = certificate(hasty)
    table = pq.read_table(hasty.raw_file(DAY1, f"details/{one.file.name}"))
    for name, payload in zip(table["conversation_id"].to_pylist(), table["payload"].to_pylist(), strict=True):
        assert payload.startswith(b'{\n  "conversationId"')
        assert json.loads(payload)["conversationId"] == name
