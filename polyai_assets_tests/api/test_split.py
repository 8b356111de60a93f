"""Cutting a page into its records, verbatim."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from polyai_assets.api import scan
from polyai_assets.api import split as split_module
from polyai_assets.api.errors import MalformedPage, PageTooHeavy, TruncatedBody
from polyai_assets.api.split import Envelope, cut_by_scanning, envelope_of, split, whole

DEEP = b"[" * 100_000 + b"]" * 100_000

texts = st.text(st.characters(exclude_categories=())) | st.sampled_from(
    ['"', "\\", '\\"', "[", "}", ",", ":", "\\\\"]
)
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=20,
)
clean_documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
layouts = st.sampled_from(
    [{}, {"indent": 2}, {"indent": "\t"}, {"separators": (",", ":")}, {"separators": (" ,\r\n", "\t: ")}]
)
cursors = st.sampled_from(
    [{}, {"cursor": None}, {"cursor": 'a"b\\c'}, {"next_offset": None}, {"next_offset": 12}]
)


def split_by_scanning(body: bytes) -> Envelope:
    return envelope_of(cut_by_scanning(body))


def page_of(payload: bytes) -> bytes:
    return b'{"conversations": [' + payload + b'], "cursor": null}'


def written(
    records: list[Any], way_on: dict[str, Any], layout: dict[str, Any], *, ensure_ascii: bool = True
) -> bytes:
    envelope = {"descriptions": {"conversations": [1]}, "conversations": records, **way_on}
    return json.dumps(envelope, ensure_ascii=ensure_ascii, **layout).encode()


def same(left: Any, right: Any) -> bool:
    return repr(left) == repr(right)  # NaN does not equal itself


@given(st.lists(documents, max_size=5), cursors, layouts)
def test_any_json_is_cut_as_json_reads_it_by_the_scanner_too(
    records: list[Any], way_on: dict[str, Any], layout: dict[str, Any]
) -> None:
    body = written(records, way_on, layout)
    for envelope in (split(body), split_by_scanning(body)):
        assert same([json.loads(payload) for payload in envelope.payloads], json.loads(json.dumps(records)))
        assert envelope.cursor == way_on.get("cursor", UNSET)
        assert envelope.next_offset == way_on.get("next_offset", UNSET)


@given(st.lists(clean_documents, max_size=5), cursors, layouts, st.booleans())
def test_the_scanner_cuts_like_msgspec_byte_for_byte(
    records: list[Any], way_on: dict[str, Any], layout: dict[str, Any], ascii_only: bool
) -> None:
    body = written(records, way_on, layout, ensure_ascii=ascii_only)
    raw = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    expected = [bytes(record) for record in msgspec.json.decode(raw["conversations"], type=list[msgspec.Raw])]
    assert split_by_scanning(body).payloads == expected
    assert split(body) == split_by_scanning(body)


@given(
    documents,
    layouts,
    st.booleans(),
    st.sampled_from(["", " ", "\r\n\t", " x"]),
    st.sampled_from(["", " \n", ","]),
)
def test_the_value_of_a_body_is_found_as_the_scanner_finds_it(
    document: Any, layout: dict[str, Any], ascii_only: bool, before: str, after: str
) -> None:
    body = (before + json.dumps(document, ensure_ascii=ascii_only, **layout) + after).encode(
        errors="surrogatepass"
    )
    try:
        start, end = scan.document(body)
    except scan.NotJSONError:
        with pytest.raises(TruncatedBody):
            whole(body)
    else:
        assert whole(body) == body[start:end]


@given(st.lists(documents, max_size=3), cursors, layouts, st.data())
def test_a_page_that_was_cut_anywhere_is_never_taken_for_whole(
    records: list[Any], way_on: dict[str, Any], layout: dict[str, Any], data: st.DataObject
) -> None:
    body = written(records, way_on, layout)
    part = body[: data.draw(st.integers(0, len(body) - 1))]
    for cut in (split, split_by_scanning):
        with pytest.raises(TruncatedBody):
            cut(part)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_page_or_one_of_two_errors(noise: bytes) -> None:
    for body in (noise, page_of(noise)):
        try:
            envelope = split(body)
        except (TruncatedBody, MalformedPage):
            continue
        assert all(payload in body for payload in envelope.payloads)


@pytest.mark.parametrize(
    "payload",
    [
        rb'{"id": "a", "turns": [{"user_input": "\ud83d cut off"}]}',
        rb'{"id": "a", "id": "b"}',
        b'{"id": "a", "text": "\xff\xfe"}',
        b'{"id": "a", "latency": NaN, "b": -Infinity}',
        b'{"id": "a",\r\n\t"b" :  1 }',
        b'{"id": "a", "text": "line\nbreak\x00"}',
        rb'{"id": "a", "text": "\x \u12"}',
        b'{"id": "a", "deep": ' + DEEP + b"}",
        b'{"id": 12345678901234567890123456789012345678901234567890e999}',
        b'"only text"',
        b"null",
        b"[]",
        b"{}",
        b"-1.5E+3",
    ],
    ids=range(14),
)
def test_a_payload_passes_unharmed_and_so_do_its_neighbours(payload: bytes) -> None:
    body = b'{"conversations": [{"id": "before"},\n' + payload + b' , {"id":"after"}], "cursor": null}'
    assert split(body) == Envelope([b'{"id": "before"}', payload, b'{"id":"after"}'], None, UNSET)


@pytest.mark.slow  # pages of megabytes
@pytest.mark.parametrize(
    "odd", [DEEP, b'{"a":' * 100_000 + b"1" + b"}" * 100_000, b'["\xff"' + b",[]" * 60_000 + b"]"]
)
@pytest.mark.parametrize(
    "wrap", [page_of, lambda odd: b'{"conversations": [], "cursor": null, "more": ' + odd + b"}"]
)
def test_a_page_of_too_many_parts_is_too_heavy_and_not_looked_through(
    monkeypatch: pytest.MonkeyPatch, odd: bytes, wrap: Callable[[bytes], bytes]
) -> None:
    split(wrap(odd))
    monkeypatch.setattr(scan, "MOST_BRACKETS", 100_000)
    with pytest.raises(PageTooHeavy, match="more than 100,000 parts"):
        cut_by_scanning(wrap(odd))


def test_a_page_of_more_records_than_any_page_has_is_too_heavy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(split_module, "MOST_RECORDS", 10)
    for cut in (split, split_by_scanning):
        assert len(cut(page_of(b"0," * 9 + b"0")).payloads) == 10
        with pytest.raises(PageTooHeavy, match="more than 10 conversations"):
            cut(page_of(b"0," * 10 + b"0"))


def test_a_body_of_very_many_values_is_not_decoded_but_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MOST_ELEMENTS", "MOST_DECODED"):
        monkeypatch.setattr(split_module, name, 100)
    monkeypatch.setattr(split_module, "MOST_RECORDS", 150)
    assert len(split(page_of(b"0," * 120 + b"0")).payloads) == 121
    with pytest.raises(PageTooHeavy):
        split(page_of(b"0," * 200 + b"0"))


def test_a_body_of_very_many_members_is_malformed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(split_module, "MOST_DECODED", 100)
    members = b", ".join(b'"%d": 1' % number for number in range(1001))
    with pytest.raises(MalformedPage, match="1,000 members"):
        split(b'{"conversations": [], ' + members + b"}")


def test_a_byte_order_mark_is_skipped() -> None:
    assert split(b"\xef\xbb\xbf" + page_of(b"1")).payloads == [b"1"]
    assert split(b"\xef\xbb\xbf" + page_of(rb'"\ud800"')).payloads == [rb'"\ud800"']


def test_an_odd_value_beside_the_conversations_costs_nothing() -> None:
    odd = rb'{"\ud800": NaN, "descriptions": ' + DEEP + rb', "conversations": [1], "x\q": "\ud800"}'
    assert split(odd) == Envelope([b"1"], UNSET, UNSET, unknown=('"x\\q"', "\ufffd"))


@pytest.mark.parametrize("success", [b"true", b"null", b'"yes"', b"1"])
@pytest.mark.parametrize("error_message", [b"null", b'""'])
def test_an_envelope_that_tells_of_no_error_is_a_page(success: bytes, error_message: bytes) -> None:
    for record, payloads in ((b"", []), (b"1", [b"1"]), (rb'"\ud800"', [rb'"\ud800"'])):
        more = b', "success": ' + success + b', "error_message": ' + error_message + b"}"
        assert split(page_of(record)[:-1] + more).payloads == payloads


def test_an_escaped_key_is_the_same_key() -> None:
    body = rb'{"conver\u0073ations": ["\ud800"], "c\u0075rsor": "next"}'
    assert split(body) == Envelope([rb'"\ud800"'], "next", UNSET)


def test_a_payload_does_not_keep_the_page_in_memory() -> None:
    assert [type(payload) for payload in split(page_of(b"1, 2")).payloads] == [bytes, bytes]


@pytest.mark.parametrize(
    "body",
    [b"", b" ", b"{", b'{"conversations": [}]', b'{"conversations": [1 2]}', b'{"conversations": [1,]}', b'{"a" 1}',
     b'{"conversations": [1]} x', b'{"conversations": [1]}{}', b'{"conversations": [tru]}', b"{1: 2}", b'{"a": 1,}',
     b'{"conversations": ["a]}', b'{"conversations": [{"a": [1}]]}', b'{"conversations": [] "cursor": null}',
     b"\xff\xfe{}"],
)  # fmt: skip
def test_what_is_no_complete_json_is_truncated(body: bytes) -> None:
    with pytest.raises(TruncatedBody):
        split(body)


@pytest.mark.parametrize(
    "body",
    [b"null", b"[]", b'"text"', b"{}", b'{"conversations": null}', b'{"conversations": {}}', b'{"Conversations": []}',
     b'{"conversations": [], "cursor": 1}', b'{"conversations": [], "cursor": ""}',
     b'{"conversations": [], "cursor": {}}', rb'{"conversations": [], "cursor": "\ud800"}',
     b'{"conversations": [], "next_offset": -1}', b'{"conversations": [], "next_offset": "1"}',
     b'{"conversations": [], "next_offset": 1.0}', b'{"conversations": [], "next_offset": true}',
     b'{"conversations": [], "next_offset": 99999999999999999999}',
     b'{"conversations": [{"id": "a"}], "cursor": null, "conversations": []}',
     rb'{"conversations": [], "conversations": [{"id": "\ud800"}]}',
     b'{"success": false, "error_message": "timed out", "conversations": [], "cursor": null}',
     b'{"conversations": [{"id": "a"}], "cursor": null, "success" :false}',
     rb'{"conversations": [{"id": "\ud800"}], "cursor": null, "success": false}',
     b'{"error_message": "timed out", "conversations": [], "cursor": null}',
     rb'{"error_message": "\ud800", "conversations": [], "cursor": null}'],
)  # fmt: skip
def test_json_that_is_no_page_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedPage):
        split(body)
