"""What Postgres refuses in JSON, in SQL of DuckDB: all else of a document stays as it is."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyai_assets.delivery.clean import cleaned
from polyai_assets.delivery.manifest import ColumnPublished
from polyai_assets_tests.looking import looking

NUMBERS = ["0", "-1", "12.5e-3", "1E+400", "1e9999", "-1.5e10000", "2E-00016384", "1e999999999", "7" * 1000]
GREAT = set(NUMBERS[5:])


def clean(document: str) -> str:
    with looking() as connection:
        query = f"SELECT {cleaned(ColumnPublished('state', 'JSON'))} FROM (SELECT $1::JSON AS state)"
        ((found,),) = connection.execute(query, [document]).fetchall()
        return str(found)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ('{"a": 1e200000, "b": "1e200000"}', '{"a": "1e200000", "b": "1e200000"}'),
        ("[-1.25E+131072,1e5, true,null]", '["-1.25E+131072",1e5, true,null]'),
        ("1e-16384", '"1e-16384"'),
        ("9" * 131_073, '"' + "9" * 131_073 + '"'),
        (r'["\\", 1e99999, "\"1e99999"]', r'["\\", "1e99999", "\"1e99999"]'),
        (r'{"a": "\u0000", "b": 1e99999}', r'{"a": "\ufffd", "b": "1e99999"}'),
    ],
)
def test_a_number_that_jsonb_cannot_hold_is_a_text_of_the_same_digits(document: str, expected: str) -> None:
    assert clean(document) == expected


class Number(str):
    """A number as it is written."""


TEXTS = st.text(alphabet='\\"1eE+-.0 9é{[,:', max_size=12)


def written(found: Any) -> str:
    if isinstance(found, Number):
        return str(found)
    if isinstance(found, dict):
        return "{" + ", ".join(f"{json.dumps(name)}: {written(value)}" for name, value in found.items()) + "}"
    return "[" + ",".join(map(written, found)) + "]" if isinstance(found, list) else json.dumps(found)


@settings(max_examples=30)
@given(
    st.recursive(
        st.sampled_from(NUMBERS).map(Number) | TEXTS | st.none() | st.booleans(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
        max_leaves=6,
    )
)
def test_all_else_of_a_document_stays_as_it_is(found: Any) -> None:
    def quoted(value: Any) -> Any:
        if isinstance(value, Number):
            return str(value) if value in GREAT else value
        if isinstance(value, dict):
            return {name: quoted(item) for name, item in value.items()}
        return [quoted(item) for item in value] if isinstance(value, list) else value

    assert clean(written(found)) == written(quoted(found))
