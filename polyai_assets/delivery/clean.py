r"""What Postgres refuses: characters, replaced by U+FFFD and counted, and numbers in JSON; in SQL of DuckDB.

NUL is a character like any other in DuckDB's text, and none in that of Postgres. In JSON it is `\u0000`; and an escape
that is half of a pair, such as `\ud83d` alone, stands for no character. An example, where each `\\` is an escaped
backslash and hides what follows it:

    {"a": "\u0000", "b": "\\u0000", "c": "\ud83d\ude00 \ud83d"}
    {"a": "\ufffd", "b": "\\u0000", "c": "\ud83d\ude00 \ufffd"}

A number in JSON may be as great as it can be written. In `jsonb` it has at most 131,072 digits before the point and
16,383 behind it; one that may be greater or finer is delivered as a text of the same digits, so that nothing is lost:

    {"a": 1e200000, "b": "1e200000"}
    {"a": "1e200000", "b": "1e200000"}
"""

from polyai_assets.contract.tables import quote
from polyai_assets.delivery.manifest import ColumnPublished

_NUL = "chr(0)"
_MARK = "chr(65533)"
_SUSPECT = r"\\u(0000|[dD][89a-fA-F])"
_PAIR = r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
_GREAT = "[0-9][eE][+-]?0*[1-9][0-9]{4}|[0-9]{1000}"
"""An exponent of five digits, or a thousand digits in a row: what may be too great."""

_PIECE = r'"(?:[^"\\]|\\.)*"|[-0-9][-+.0-9eE]*|[^-"0-9]+'
"""A text of JSON, a number, or all else up to the next of these."""

_REFUSED = r"\\u(0000|[dD][89a-fA-F][0-9a-fA-F]{2})"


def cleaned(column: ColumnPublished) -> str:
    """Give the expression of a column's value without the characters that are refused."""
    name = quote(column.name)
    if column.type == "VARCHAR":
        return f"replace({name}, {_NUL}, {_MARK})"
    if column.type == "VARCHAR[]":
        return f"list_transform({name}, lambda item: replace(item, {_NUL}, {_MARK}))"
    if column.type == "JSON":
        text = f"CAST({name} AS VARCHAR)"
        replaced = f"regexp_replace({_guarded(text)}, '{_REFUSED}', '\\\\ufffd', 'g')"
        restored = rf"replace(replace(replace({replaced}, chr(2), '\u'), chr(3), '\u'), chr(1), '\\')"
        written = f"CASE WHEN regexp_matches({text}, '{_SUSPECT}') THEN {restored} ELSE {text} END"
        return f"CASE WHEN regexp_matches({text}, '{_GREAT}') THEN {_quoting_numbers(written)} ELSE {written} END"
    return name


def _quoting_numbers(text: str) -> str:
    """Give the expression of a document whose great numbers are texts."""
    is_great = f"regexp_matches(item, '^[-0-9]') AND regexp_matches(item, '{_GREAT}')"
    item = f"CASE WHEN {is_great} THEN '\"' || item || '\"' ELSE item END"
    return f"array_to_string(list_transform(regexp_extract_all({text}, '{_PIECE}'), lambda item: {item}), '')"


def refused(column: ColumnPublished) -> str | None:
    """Give the expression that counts a value's characters that are refused; None where it can have none."""
    name = quote(column.name)
    if column.type == "VARCHAR":
        return f"length({name}) - length(replace({name}, {_NUL}, ''))"
    if column.type == "VARCHAR[]":
        joined = f"array_to_string({name}, '')"
        return f"length({joined}) - length(replace({joined}, {_NUL}, ''))"
    if column.type == "JSON":
        text = f"CAST({name} AS VARCHAR)"
        found = f"len(regexp_extract_all({_guarded(text)}, '{_REFUSED}'))"
        return f"CASE WHEN regexp_matches({text}, '{_SUSPECT}') THEN {found} ELSE 0 END"
    return None


def _guarded(text: str) -> str:
    """Put control characters, which no JSON has, in place of escaped backslashes and in the escapes of whole pairs."""
    backslashes = rf"replace({text}, '\\', chr(1))"
    return rf"regexp_replace({backslashes}, '{_PAIR}', chr(2) || '\1' || chr(3) || '\2', 'g')"
