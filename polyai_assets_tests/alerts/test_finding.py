"""What may be sent of an error's text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.alerts.finding import LONGEST_EXAMPLE, without_people


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("the key was refused\nTraceback: ...", "the key was refused"),
        ("call +447700900123 or 07700900123", "call … or …"),
        ("asked by ann@example.com twice", "asked by …@… twice"),
        (
            "Conversion Error: Could not convert string 'Ann Smith' to INT64",
            "Conversion Error: Could not convert string",
        ),
        ("No such file: '/data/raw/2026-11-03'", "No such file: '/data/raw/2026-11-03'"),
        ("40 of 1200 since 2026-11-03 12:00", "40 of 1200 since 2026-11-03 12:00"),
        (
            "403 for https://b.test/a.wav?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE&X-Amz-Signature=f00d",
            "403 for https://b.test/a.wav?X-Amz-Credential=***&X-Amz-Signature=***",
        ),
        ("a\x07b", "a\N{REPLACEMENT CHARACTER}b"),
        ("", ""),
    ],
)
def test_an_error_is_shown_without_people(text: str, shown: str):
    assert without_people(text) == shown


@given(st.text())
def test_any_text_becomes_one_short_printable_line(text: str):
    shown = without_people(text)
    assert len(shown) <= LONGEST_EXAMPLE
    assert shown.isprintable()
