"""Times that are written otherwise than promised."""

import json

import pytest

from polyai_assets.contract.fields import WIRE_EXTRA
from polyai_assets.contract.guarantees import GUARANTEES, RULE_ISO, RULE_TIME, Guarantees
from polyai_assets.contract.normalise import Normalised, normalise
from polyai_assets_tests.contract.records import payload


@pytest.mark.parametrize("guarantees", GUARANTEES.values(), ids=GUARANTEES.keys())
@pytest.mark.parametrize(
    "sent",
    ["Sun, 01 Mar 2026 10:00:00 GMT", "2026-03-01T10:00Z", "20260301T100000Z", "2026-03-01T11:00:00 +01:00"],
)
def test_a_time_of_another_form_is_read(guarantees: Guarantees, sent: str) -> None:
    result = normalise(payload(started_at=sent, turns=[{"user_input_datetime": sent}]), guarantees)
    assert isinstance(result, Normalised)
    record = json.loads(result.payload)
    assert record["started_at"] == record["turns"][0]["user_input_datetime"] == "2026-03-01T10:00:00+00:00"
    told = [] if guarantees is GUARANTEES["v1"] else [RULE_ISO, RULE_ISO]
    assert [one.rule for one in result.violations] == told
    assert (WIRE_EXTRA in record["turns"][0], result.drift) == (False, [])


@pytest.mark.parametrize(("version", "rule"), [("v3", RULE_ISO), ("v1", RULE_TIME)])
@pytest.mark.parametrize("sent", ["soon", "2026-02-30T10:00:00Z", "infinity", "0001-01-01T00:00:00+01:00"])
def test_a_time_that_nobody_can_read_is_kept_in_extra(version: str, rule: str, sent: str) -> None:
    result = normalise(payload(turns=[{"user_input_datetime": sent}]), GUARANTEES[version])
    assert isinstance(result, Normalised)
    (turn,) = json.loads(result.payload)["turns"]
    assert turn["user_input_datetime"] == ""
    assert turn[WIRE_EXTRA] == {"user_input_datetime": sent}
    assert [(one.field, one.rule, one.value) for one in result.violations] == [
        ("user_input_datetime", rule, sent)
    ]
