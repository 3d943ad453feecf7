"""Who signed a request to X: OAuth 1.0a with HMAC-SHA1."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Callable

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
_SKEW_S = 300
_NONCES = 10_000


class Guard:
    """Lets signed requests in, each once.

    Args:
        clock: real seconds since 1970: callers sign by their own clock, not the sandbox's.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._nonces: OrderedDict[tuple[str, str], None] = OrderedDict()

    def lets_in(self, request: Request) -> bool:
        """The request has every OAuth field, our keys, a fresh time and a signature that fits."""
        header = request.headers.get("authorization", "")
        if not header.startswith("OAuth "):
            return False
        query = request.scope["query_string"].decode("ascii", "replace")
        try:
            given = {k: unescape(v) for k, v in parse_authorization_header(header)}
            base = base_string(request.method, str(request.url), query, header)
        except ValueError:
            return False
        if not set(given) >= _NEEDED or given["oauth_signature_method"] != "HMAC-SHA1":
            return False
        if (given["oauth_consumer_key"], given["oauth_token"]) != (X_CONSUMER_KEY, X_ACCESS_TOKEN):
            return False
        expected = signed(base, X_CONSUMER_SECRET, X_ACCESS_TOKEN_SECRET)
        if not hmac.compare_digest(expected.encode(), given["oauth_signature"].encode()):
            return False
        return self._fresh(given["oauth_timestamp"], given["oauth_nonce"])

    def _fresh(self, timestamp: str, nonce: str) -> bool:
        if not timestamp.isdecimal() or abs(int(timestamp) - self._clock()) > _SKEW_S:
            return False
        if (timestamp, nonce) in self._nonces:
            return False
        self._nonces[timestamp, nonce] = None
        if len(self._nonces) > _NONCES:
            self._nonces.popitem(last=False)
        return True


def base_string(method: str, url: str, query: str, authorization: str) -> str:
    """What is signed: method, address without query, and all parameters, sorted and encoded.

    Args:
        query: as it came, still encoded; names may be repeated.

    Raises:
        ValueError: the query or the header cannot be read.

    Source: RFC 5849 section 3.4.1.
    """
    params = signature.collect_parameters(
        uri_query=query, headers={"Authorization": authorization}, exclude_oauth_signature=True
    )
    pairs = sorted((escape(name), escape(value)) for name, value in params)
    told = "&".join(f"{name}={value}" for name, value in pairs)
    return f"{method.upper()}&{escape(signature.base_string_uri(url))}&{escape(told)}"


def signed(base: str, consumer_secret: str, token_secret: str) -> str:
    """The signature of a base string; RFC 5849 section 3.4.2."""
    key = f"{escape(consumer_secret)}&{escape(token_secret)}"
    return base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha1).digest()).decode()
