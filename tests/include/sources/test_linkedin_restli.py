"""Rest.li addresses: raw syntax, encoded values, read back by the sandbox's own parser."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.sandbox.restli import RestliError, parse_query, parse_value
from include.sources import restli

VALUES = st.recursive(
    st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_addresses_look_as_the_reference_spells_them():
    """Section 4.3, letter for letter."""
    assert restli.days(date(2026, 11, 1), date(2026, 11, 7)) == (
        "(start:(year:2026,month:11,day:1),end:(year:2026,month:11,day:7))"
    )
    accounts = ["urn:li:sponsoredAccount:123", "urn:li:sponsoredAccount:456"]
    assert restli.query({"accounts": accounts}) == (
        "accounts=List(urn%3Ali%3AsponsoredAccount%3A123,urn%3Ali%3AsponsoredAccount%3A456)"
    )
    assert restli.key("urn:li:share:6823991265126957056") == (
        "urn%3Ali%3Ashare%3A6823991265126957056"
    )
    search = {"q": "search", "search": {"status": {"values": ["ACTIVE", "DRAFT"]}}, "pageSize": 100}
    assert restli.query(search) == (
        "q=search&search=(status:(values:List(ACTIVE,DRAFT)))&pageSize=100"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a(b),c:d'e f&g=h/ñ", "a%28b%29%2Cc%3Ad%27e%20f%26g%3Dh%2F%C3%B1"),
        (["", "x"], "List('',x)"),
        ([], "List()"),
        ({"k": ["a,b"], "l": {"m": "1"}}, "(k:List(a%2Cb),l:(m:1))"),
        ({"a:b": "c"}, "(a%3Ab:c)"),
        (restli.Raw("List(1)"), "List(1)"),
    ],
)
def test_values_are_encoded_and_syntax_is_not(value, text):
    """Worked out by hand from the protocol's page."""
    assert restli.encode(value) == text


@given(st.lists(VALUES, max_size=4) | st.dictionaries(st.text(), VALUES, max_size=4))
def test_what_is_encoded_is_read_back(value):
    """Any nest of lists, records and texts, with any characters, through the sandbox's parser."""
    assert parse_value(restli.encode(value)) == value


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.lists(VALUES), max_size=4))
def test_a_whole_query_is_read_back(parameters):
    """Nothing in a value can end a parameter or begin another."""
    assert parse_query(restli.query(parameters)) == parameters


@given(st.text().filter(lambda text: not text.startswith(("(", "List(")) and "," not in text))
def test_a_plain_text_is_read_back(text):
    """Such as a page token; one that looks like encoded syntax is refused, see the sandbox."""
    assert parse_query(restli.query({"name": text})) == {"name": text}


@given(VALUES)
def test_syntax_that_is_encoded_is_refused(value):
    """What an HTTP library makes of parameters: the sandbox does not take it for a text."""
    text = restli.encode([value]).replace("(", "%28").replace(")", "%29").replace(",", "%2C")
    with pytest.raises(RestliError):
        parse_query(f"accounts={text}")
