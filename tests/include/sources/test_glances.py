"""Looking at a large reply without decoding it: right, or silent."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.sources.glances import begins_with_list, last_member, looks_whole, texts

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)
ROOTS = st.lists(VALUES, max_size=4) | st.dictionaries(st.text(max_size=4), VALUES, max_size=4)


@given(root=ROOTS, keep=st.floats(0, 1, exclude_max=True))
def test_what_is_cut_short_never_looks_whole_unless_a_text_holds_brackets(root, keep):
    """A document is open until its last byte."""
    whole = json.dumps(root, ensure_ascii=False)
    cut = whole.encode()[: int(keep * len(whole.encode()))]
    if not set("{}[]") & set("".join(_texts_in(root))):
        assert looks_whole(whole.encode())
        assert not looks_whole(cut)


def _texts_in(value):
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [text for each in value for text in _texts_in(each)]
    if isinstance(value, dict):
        return [text for pair in value.items() for each in pair for text in _texts_in(each)]
    return []


def test_bytes_that_are_no_text_do_not_look_whole():
    """Accents do, broken ones do not."""
    assert looks_whole('{"name": "café"}'.encode())
    assert not looks_whole(b'{"name": "caf\xe9"}')


@pytest.mark.parametrize("content", [b"", b"<html></html>", b'"text"', b"[}", b"null"])
def test_what_is_no_list_or_object_does_not_look_whole(content):
    """It is decoded then."""
    assert not looks_whole(content)


@given(data=ROOTS, paging=VALUES)
def test_the_last_member_is_the_one_of_the_outermost_object(data, paging):
    """Or nothing is said; also when rows have a member of that name."""
    outside = json.dumps({"data": data, "paging": paging}).encode()
    assert last_member(outside, "paging") == paging
    inside = json.dumps({"paging": paging, "data": [{"paging": {"next": "x"}}]}).encode()
    assert last_member(inside, "paging") is None
    assert last_member(json.dumps({"data": data}).encode(), "paging") is None


def test_a_text_that_quotes_the_name_is_not_the_member():
    """Inside a text its quotes are escaped."""
    content = json.dumps({"data": ['"paging": {"next": 1}']}).encode()
    assert last_member(content, "paging") is None


def test_a_list_is_seen_where_it_begins():
    """Named, or alone."""
    assert begins_with_list(b' [\n{"results": []}]')
    assert not begins_with_list(b'{"error": {}}')
    assert begins_with_list(b'{ "data" : [1]}', "data")
    assert not begins_with_list(b'{"data": {"a": [1]}}', "data")


@given(st.lists(st.text(max_size=5), max_size=6))
def test_every_text_of_a_name_is_found_or_none_is_said(values):
    """A text with an escape in it is not plain: then the reply is to be decoded."""
    rows = [{"ad_id": value, "other": [value]} for value in values]
    plain = not any(json.dumps(value, ensure_ascii=False) != f'"{value}"' for value in values)
    right = (len(values), frozenset(values))
    found = texts(json.dumps(rows, ensure_ascii=False).encode(), "ad_id")
    assert found == (right if values and plain else None)
    assert texts(json.dumps(rows, indent=1).encode(), "ad_id") in (None, right)


def test_a_number_among_the_texts_is_not_passed_over():
    """One row says it as a number: a look is not enough."""
    assert texts(b'[{"ad_id": "1"}, {"ad_id": 2}]', "ad_id") is None


def test_the_first_of_a_list_is_found():
    """As LinkedIn names the creative of a row; the same twice is two rows of one creative."""
    content = b'{"elements": [{"pivotValues": ["urn:a"]}, {"pivotValues": [ "urn:a", "x"]}]}'
    assert texts(content, "pivotValues", in_list=True) == (2, {"urn:a"})
    assert texts(b'{"pivotValues": []}', "pivotValues", in_list=True) is None
