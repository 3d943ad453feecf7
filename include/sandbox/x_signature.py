"""Who signed a request to X: OAuth 1.0a with HMAC-SHA1."""

from __future__ import annotations

import base64
import hashlib
import hmac

from oauthlib.oauth1.rfc5849 import signature
from oauthlib.oauth1.rfc5849.utils import escape, parse_authorization_header, unescape
from starlette.requests import Request

from include.sandbox.credentials import (
    X_ACCESS_TOKEN,
    X_ACCESS_TOKEN_SECRET,
    X_CONSUMER_KEY,
    X_CONSUMER_SECRET,
)

_NEEDED = {
    "oauth_consumer_key",
    "oauth_nonce",
    "oauth_signature",
    "oauth_signature_method",
    "oauth_timestamp",
    "oauth_token",
}


def authentic(request: Request) -> bool:
    """The request carries every OAuth field, our keys, and a signature that fits them."""
    header = request.headers.get("authorization", "")
    if not header.startswith("OAuth "):
        return False
    try:
        given = {k: unescape(v) for k, v in parse_authorization_header(header)}
        query = request.scope["query_string"].decode("ascii")
        params = signature.collect_parameters(uri_query=query, headers={"Authorization": header})
    except ValueError:
        return False
    if not set(given) >= _NEEDED:
        return False
    if (given["oauth_consumer_key"], given["oauth_token"]) != (X_CONSUMER_KEY, X_ACCESS_TOKEN):
        return False
    pairs = sorted((escape(name), escape(value)) for name, value in params)
    told = "&".join(f"{name}={value}" for name, value in pairs)
    uri = signature.base_string_uri(str(request.url))
    base = f"{request.method}&{escape(uri)}&{escape(told)}"
    key = f"{escape(X_CONSUMER_SECRET)}&{escape(X_ACCESS_TOKEN_SECRET)}"
    expected = base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha1).digest())
    return hmac.compare_digest(expected, given["oauth_signature"].encode())
