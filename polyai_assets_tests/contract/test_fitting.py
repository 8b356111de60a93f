"""One engine fits the fields of listed records and of details: a value becomes the same in both."""

import json
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from polyai_assets.contract.contract import Contract
from polyai_assets.contract.detail_rows import rows_of
from polyai_assets.contract.fields import Kind, field
from polyai_assets.contract.fit import fit
from polyai_assets_tests.contract.details import RECORDED, detail_of
from polyai_assets_tests.contract.records import json_values, payload, same
from polyai_assets_tests.examples import examples

KINDS = [kind for kind in Kind if kind not in (Kind.DATE, Kind.LATENCY)]
FIELDS = tuple(field(f"own_{kind.name.lower()}", kind, "Own", wire=f"own.{kind.name}") for kind in KINDS)
CONTRACT = Contract({"conversations": FIELDS, "conversation_details": FIELDS})

times = st.sampled_from(
    [
        "2026-03-01T10:00:00Z",
        "2026-03-01 10:00",
        "Sun, 01 Mar 2026 10:00:00 GMT",
        "0001-06-01T00:00:00Z",
        "soon",
        "",
    ]
)
numbers = st.sampled_from(["7", "7.0", "1e2", "true", "False", "9007199254740993.0"])


def read(kind: Kind, value: Any) -> Any:
    return json.loads(value) if kind in (Kind.OBJECT, Kind.OBJECT_LIST) and value is not None else value


@given(st.sampled_from(KINDS), json_values | times | numbers | st.lists(st.text(max_size=3)))
@settings(max_examples=examples(60), deadline=None)
def test_a_value_is_fitted_alike_in_a_listed_record_and_in_a_detail(kind: Kind, sent: Any) -> None:
    name, wire = f"own_{kind.name.lower()}", f"own.{kind.name}"
    (rows,) = fit([payload(**{wire: sent})], contract=CONTRACT).rows
    (listed,) = rows.conversations[name].to_pylist()
    body = json.dumps(RECORDED | {wire: sent}).encode()
    detail = rows_of(detail_of(body), date(2026, 3, 1), CONTRACT).row
    if kind is Kind.TIMESTAMP:
        assert listed == detail[name]
    else:
        assert same(read(kind, listed), read(kind, detail[name]))
    extra = [
        json.loads(text or "{}").get(wire)
        for text in (*rows.conversations["extra"].to_pylist(), detail["extra"])
    ]
    assert same(extra[0], extra[1])
