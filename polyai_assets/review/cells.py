"""Texts in cells: what an XLSX file cannot hold is replaced, and what its readers would interpret is spelled out."""

import re

LONGEST = 32_767
"""Characters that a cell may hold, counted as Excel does: one beyond the basic plane is two."""

CUT = " […]"
"""What a text ends in that was too long."""

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_IMPOSSIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML 1.0 has no way to write."""

_LINE_ENDS = re.compile("\r\n?")
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_PART_OF_ESCAPE = re.compile("_(x[0-9A-Fa-f]{0,4})?$")
_FORMULA = ("=", "+", "-", "@", "\t")


def to_cell(text: str) -> str:
    """Write a text as a cell holds it. Where readers would take `_x0041_` for an A, the first `_` is escaped."""
    text = _IMPOSSIBLE.sub(_REPLACEMENT, _LINE_ENDS.sub("\n", text))
    cell = _ESCAPE.sub("_x005F_", text)
    if _length(cell) <= LONGEST:
        return cell
    units = cell.encode("utf-16-le")[: 2 * (LONGEST - len(CUT))]
    return _PART_OF_ESCAPE.sub("", units.decode("utf-16-le", errors="ignore")) + CUT


def from_cell(cell: str) -> str:
    """Read a text as readers of XLSX do."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), cell)


def is_like_formula(text: str) -> bool:
    """Tell whether a spreadsheet would take the text for a formula if a person typed it."""
    return text.startswith(_FORMULA)


def _length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
