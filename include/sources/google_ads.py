"""Google Ads API over REST: reads one customer account with searchStream.

Rules come from `reference/platform-apis.md` section 2. One stream is one operation of the
daily quota whatever its size, so each query reads everything at once.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import requests

from include.errors import AccountUnreadable, AuthenticationExpired, RateLimited, SchemaDrift
from include.sources import google_ads_queries as queries
from include.sources.google_ads_rows import parse
from include.sources.http import Answer, Bearer, PassingError, call, first_lines, mapping
from include.sources.replies import Account, Reply, Window

__all__ = ["HOST", "IMAGE_HOSTS", "TOKEN_URL", "VERSION", "Client", "parse"]

HOST = "https://googleads.googleapis.com"
TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address, no token
VERSION = "v26"
IMAGE_HOSTS = frozenset(
    {"tpc.googlesyndication.com", "*.googleusercontent.com", "*.gstatic.com", "i.ytimg.com"}
)

SLICE_DAYS = 30
DEFAULT_WAIT_S = 300.0
# Renewed this long before the platform stops taking it.
TOKEN_MARGIN_S = 120.0

TOKEN_ERRORS = {
    "OAUTH_TOKEN_EXPIRED",
    "OAUTH_TOKEN_INVALID",
    "OAUTH_TOKEN_REVOKED",
    "NOT_ADS_USER",
    "TWO_STEP_VERIFICATION_NOT_ENROLLED",
}
UNREADABLE_ERRORS = {"CUSTOMER_NOT_FOUND", "REQUESTED_METRICS_FOR_MANAGER"}


class Client:
    """Reads customer accounts with one refresh token."""

    def __init__(
        self,
        *,
        host: str = HOST,
        client_id: str,
        client_secret: str,
        refresh_token: str,
        token_url: str = TOKEN_URL,
        login_customer_id: str | None = None,
        version: str = VERSION,
        session: requests.Session | None = None,
    ) -> None:
        self.root = f"{host.rstrip('/')}/{version}"
        self.client_id = client_id
        self.client_secret = client_secret
        self.refresh_token = refresh_token
        self.token_url = token_url
        self.login_customer_id = login_customer_id
        self.session = requests.Session() if session is None else session
        self._access_token: str | None = None
        self._renew_at = 0.0

    def check(self) -> None:
        """Ask for a fresh access token and list the accounts it can see."""
        call(
            self.session,
            "GET",
            f"{self.root}/customers:listAccessibleCustomers",
            where="google_ads: test",
            verdict=_verdict,
            secrets=self._secrets(),
            auth=Bearer(self._token("google_ads: test")),
        )

    def fetch(self, account: Account, window: Window, *, now: datetime) -> Iterator[Reply]:
        """Every object of the account, then the numbers per ad and day of the window.

        Raises:
            AccountUnreadable: the account is closed, a manager account, or not shared.
            AuthenticationExpired, RateLimited, SourceUnavailable, SchemaDrift: see each.
        """
        for entity, query in queries.OBJECTS.items():
            yield self._stream(account, entity, query, now=now, days="")
        since = window.since
        while since <= window.until:
            until = min(since + timedelta(days=SLICE_DAYS - 1), window.until)
            for entity, query in queries.NUMBERS.items():
                between = f"'{since.isoformat()}' AND '{until.isoformat()}'"
                yield self._stream(
                    account,
                    entity,
                    f"{query} WHERE segments.date BETWEEN {between}",
                    now=now,
                    days=f" {since} to {until}",
                )
            since = until + timedelta(days=1)

    def _stream(
        self, account: Account, entity: str, query: str, *, now: datetime, days: str
    ) -> Reply:
        where = f"google_ads {account.account_id} {entity}{days}"
        try:
            answer = self._search(account, query, where=where)
        except AuthenticationExpired:
            # An access token may end early; a dead refresh token fails in `_token`.
            self._renew_at = 0.0
            answer = self._search(account, query, where=where)
        if not isinstance(answer.body, list):
            raise SchemaDrift(
                f"{where}: expected a JSON array of batches, got {first_lines(answer)!r}. "
                "A developer has to look at include/sources/google_ads.py."
            )
        return Reply(entity, answer.url, answer.status, now, answer.body)

    def _search(self, account: Account, query: str, *, where: str) -> Answer:
        token = self._token(where)
        headers = {"login-customer-id": self.login_customer_id} if self.login_customer_id else {}
        return call(
            self.session,
            "POST",
            f"{self.root}/customers/{account.account_id}/googleAds:searchStream",
            where=where,
            verdict=_verdict,
            secrets=self._secrets(),
            auth=Bearer(token),
            json={"query": query},
            headers=headers,
        )

    def _token(self, where: str) -> str:
        """An access token with some minutes left, renewed when needed."""
        if self._access_token is not None and time.monotonic() < self._renew_at:
            return self._access_token
        answer = call(
            self.session,
            "POST",
            self.token_url,
            where=f"{where}: token",
            verdict=_token_verdict,
            # The new token is in this very reply, which is shown to nobody.
            secrets=(self.client_secret, self.refresh_token),
            data={
                "grant_type": "refresh_token",
                "client_id": self.client_id,
                "client_secret": self.client_secret,
                "refresh_token": self.refresh_token,
            },
        )
        fields = mapping(answer, f"{where}: token")
        token, expires_in = fields.get("access_token"), fields.get("expires_in")
        if not isinstance(token, str) or not isinstance(expires_in, int | float):
            raise SchemaDrift(
                f"{where}: the token reply has keys {sorted(fields)}, expected access_token and "
                "expires_in. Check the connection's token address."
            )
        self._access_token = token
        self._renew_at = time.monotonic() + max(0.0, expires_in - TOKEN_MARGIN_S)
        return token

    def _secrets(self) -> tuple[str, ...]:
        known = (self.client_secret, self.refresh_token, self._access_token)
        return tuple(secret for secret in known if secret)


def _token_verdict(answer: Answer, where: str) -> Exception | None:
    if answer.status < 400 or answer.body is None:
        return None
    error = answer.body.get("error") if isinstance(answer.body, dict) else None
    if answer.status == 429:
        return RateLimited(f"{where}: too many token requests.", wait_s=DEFAULT_WAIT_S)
    if answer.status >= 500:
        return PassingError(f"status {answer.status}: {first_lines(answer)!r}")
    return AuthenticationExpired(
        f"{where}: the refresh token was refused ({answer.status}, {error!r:.80}). Grant access "
        "again and put the new refresh token, with its client id and secret, into the connection."
    )


def _verdict(answer: Answer, where: str) -> Exception | None:
    """What an answer means; streams wrap their error object into an array."""
    if answer.status < 400 or answer.body is None:
        return None
    body = answer.body[0] if isinstance(answer.body, list) and answer.body else answer.body
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        error = {}
    codes = _codes(error)
    said = f"{error.get('status')} {sorted(codes)} {str(error.get('message'))[:120]!r}"
    if answer.status == 401 or codes & TOKEN_ERRORS:
        return AuthenticationExpired(
            f"{where}: the access token was refused ({said}). Grant access again and put the new "
            "refresh token into the connection."
        )
    if answer.status == 429 or error.get("status") == "RESOURCE_EXHAUSTED":
        return RateLimited(
            f"{where}: the quota is used up ({said}). Nothing to do; it is tried again.",
            wait_s=_wait_s(error),
        )
    if answer.status == 403 or codes & UNREADABLE_ERRORS:
        return AccountUnreadable(
            f"{where}: the account cannot be read ({said}). Is it shared with the connection's "
            "user, is the manager account set in the connection, and is it no manager account "
            "itself (name its client accounts in nodes.yaml)?"
        )
    if answer.status >= 500:
        return PassingError(f"status {answer.status}: {said}")
    return SchemaDrift(
        f"{where}: the query was refused ({answer.status}, {said}, {_detail(error)!r:.160}). "
        "A developer has to look at include/sources/google_ads_queries.py."
    )


def _failures(error: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        failure
        for detail in error.get("details") or []
        if isinstance(detail, dict)
        for failure in detail.get("errors") or []
        if isinstance(failure, dict)
    ]


def _codes(error: dict[str, Any]) -> set[str]:
    return {
        str(code)
        for failure in _failures(error)
        for code in (failure.get("errorCode") or {}).values()
    }


def _detail(error: dict[str, Any]) -> str:
    return "; ".join(str(failure.get("message")) for failure in _failures(error))


def _wait_s(error: dict[str, Any]) -> float:
    """Google's own `retryDelay` ("17941s"), the longest one given; else five minutes."""
    waits = []
    for failure in _failures(error):
        quota = (failure.get("details") or {}).get("quotaErrorDetails") or {}
        found = re.fullmatch(r"(\d+(?:\.\d+)?)s", str(quota.get("retryDelay")))
        if found:
            waits.append(float(found.group(1)))
    return max(waits, default=DEFAULT_WAIT_S)
