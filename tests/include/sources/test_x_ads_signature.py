"""X Ads: what is signed, held against oauthlib's own reading of RFC 5849."""

from __future__ import annotations

from urllib.parse import quote, unquote

import requests
from hypothesis import example, given, settings
from hypothesis import strategies as st
from oauthlib.common import Request
from oauthlib.oauth1.rfc5849 import signature

from include.sandbox.x_signature import base_string, signed
from include.sources.x_ads import Client

CONSUMER_SECRET, TOKEN_SECRET = "consumer-secret", "token-secret"
CLIENT = Client(
    host="https://ads-api.x.com",
    consumer_key="key",
    consumer_secret=CONSUMER_SECRET,
    access_token="900-token",
    access_token_secret=TOKEN_SECRET,
)
text = st.text(
    st.characters(min_codepoint=32, exclude_categories=["Cs"]) | st.sampled_from(" :,/+%&=~*'\"()"),
    max_size=12,
)
pairs = st.lists(st.tuples(text.filter(lambda name: not name.startswith("oauth_")), text))


def prepared(method, params):
    url = "https://ads-api.x.com/12/stats/accounts/18ce54d4x5t"
    return requests.Request(method, url, params=params, auth=CLIENT.auth).prepare()


def given_signature(request):
    header = request.headers["Authorization"].decode()
    parts = dict(part.strip().split("=", 1) for part in header.removeprefix("OAuth ").split(","))
    return header, unquote(parts["oauth_signature"].strip('"'))


@settings(deadline=None)
@given(method=st.sampled_from(["GET", "POST"]), params=pairs)
@example("GET", [("entity_ids", "a,b"), ("start_time", "2026-03-01T00:00:00Z")])
@example("GET", [("a", "1"), ("a", "2"), ("a", "1"), ("b", ""), ("ñ", "日本 ~+%2C")])
def test_requests_are_signed_as_the_standard_says(method, params):
    """Oauthlib finds our signature right, for any characters and names that are repeated."""
    request = prepared(method, params)
    header, mine = given_signature(request)
    uri, _, query = request.url.partition("?")
    asked = Request(request.url, http_method=method)
    asked.params = signature.collect_parameters(
        uri_query=query, headers={"Authorization": header}, exclude_oauth_signature=True
    )
    asked.uri, asked.signature = uri, mine
    assert signature.verify_hmac_sha1(asked, CONSUMER_SECRET, TOKEN_SECRET)


@settings(deadline=None)
@given(method=st.sampled_from(["GET", "POST"]), params=pairs)
@example("GET", [("a", "1"), ("a", "2"), ("A", " :,~*"), ("", "")])
def test_the_sandbox_signs_the_same_text(method, params):
    """Its base string is oauthlib's, so what it lets in is what X lets in."""
    request = prepared(method, params)
    header, mine = given_signature(request)
    uri, _, query = request.url.partition("?")
    base = base_string(method, request.url, query, header)
    collected = signature.collect_parameters(
        uri_query=query, headers={"Authorization": header}, exclude_oauth_signature=True
    )
    theirs = signature.signature_base_string(
        method, signature.base_string_uri(uri), signature.normalize_parameters(collected)
    )
    assert base == theirs
    assert signed(base, CONSUMER_SECRET, TOKEN_SECRET) == mine


def test_colons_and_commas_are_encoded_in_the_address_too():
    """The reference: both must be encoded in the address and signed the same way."""
    request = prepared("GET", {"entity_ids": "a,b", "start_time": "2026-11-01T05:00:00Z"})
    assert request.url.endswith("?entity_ids=a%2Cb&start_time=2026-11-01T05%3A00%3A00Z")
    header, _ = given_signature(request)
    base = base_string("GET", request.url, request.url.split("?")[1], header)
    assert quote("entity_ids=a%2Cb&", safe="") in base
    assert quote("start_time=2026-11-01T05%3A00%3A00Z", safe="") in base


def test_an_example_worked_out_by_hand():
    """RFC 5849 section 3.4.1.1, with its repeated names and its space that is a plus."""
    base = base_string(
        "get",
        "http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b&c2=&a3=2+q",
        "b5=%3D%253D&a3=a&c%40=&a2=r%20b&c2=&a3=2+q",
        'OAuth realm="Example", oauth_consumer_key="9djdj82h48djs9d2", '
        'oauth_token="kkk9d7dh3k39sjv7", oauth_signature_method="HMAC-SHA1", '
        'oauth_timestamp="137131201", oauth_nonce="7d8f3e4a", oauth_signature="x"',
    )
    assert base == (
        "GET&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da"
        "%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2"
        "%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1"
        "%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
    )
