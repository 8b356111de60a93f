"""Writing Markdown that shows what was meant, whatever the texts hold."""

import pytest

from polyai_assets.machine.markdown import code, grid


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("CA12", "`CA12`"),
        ("a`b", "``a`b``"),
        ("`a``", "``` `a`` ```"),
        ("a|b", "`a\\|b`"),
        ("two\nlines", "`two\N{REPLACEMENT CHARACTER}lines`"),
        ("nul\0", "`nul\N{REPLACEMENT CHARACTER}`"),
        ("<b>*x*", "`<b>*x*`"),
    ],
)
def test_code_is_one_literal_span_whatever_it_holds(text: str, written: str):
    assert code(text) == written


def test_a_row_is_a_line():
    table = grid(("a", "b"), [(code("x\ny"), code("1|2"))])
    assert table.splitlines() == ["| a | b |", "| --- | --- |", "| `x\N{REPLACEMENT CHARACTER}y` | `1\\|2` |"]
