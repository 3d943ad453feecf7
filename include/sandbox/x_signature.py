"""Who signed a request to X: OAuth 1.0a with HMAC-SHA1."""

from __future__ import annotations

from dataclasses import dataclass

from oauthlib.oauth1.rfc5849 import signature
from oauthlib.oauth1.rfc5849.utils import parse_authorization_header, unescape
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


@dataclass(frozen=True)
class _Signed:
    """What oauthlib looks at when it verifies."""

    uri: str
    http_method: str
    params: list[tuple[str, str]]
    signature: str


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
    if not _NEEDED <= set(given):
        return False
    if (given["oauth_consumer_key"], given["oauth_token"]) != (X_CONSUMER_KEY, X_ACCESS_TOKEN):
        return False
    signed = _Signed(str(request.url), request.method, params, given["oauth_signature"])
    return bool(signature.verify_hmac_sha1(signed, X_CONSUMER_SECRET, X_ACCESS_TOKEN_SECRET))
