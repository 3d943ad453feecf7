"""X Ads API: reads one ad account.

Rules come from `reference/platform-apis.md` section 3. Numbers are asked per hour in UTC and
added up to the account's days here: the platform's own days follow today's UTC offset, also
for days on the other side of a clock change. Which ads have numbers, and in which placements,
is asked first: the limit of 250 calls in 15 minutes is not spent on silent ads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo

import requests
from requests_oauthlib import OAuth1

from include.errors import AccountUnreadable, AuthenticationExpired, RateLimited, SchemaDrift
from include.sources.http import (
    Answer,
    PassingError,
    call,
    chunks,
    first_lines,
    listing,
    mapping,
)
from include.sources.replies import Account, Reply, Window
from include.sources.x_ads_rows import parse

__all__ = ["HOST", "IMAGE_HOSTS", "VERSION", "Client", "parse"]

HOST = "https://ads-api.x.com"
VERSION = "12"
IMAGE_HOSTS = frozenset({"pbs.twimg.com", "*.twimg.com"})

PAGE_SIZE = 1000
IDS_PER_LISTING = 200
IDS_PER_STATS = 20
STATS_HOURS = 7 * 24
ACTIVE_HOURS = 90 * 24
METRIC_GROUPS = "ENGAGEMENT,BILLING,VIDEO,WEB_CONVERSION"
DEFAULT_WAIT_S = 900.0  # limits are counted per 15 minutes

PASSING_STATUS = {408, 423}


class Client:
    """Reads ad accounts with the four secrets of OAuth 1.0a, which do not expire."""

    def __init__(
        self,
        *,
        host: str = HOST,
        consumer_key: str,
        consumer_secret: str,
        access_token: str,
        access_token_secret: str,
        version: str = VERSION,
        session: requests.Session | None = None,
    ) -> None:
        self.root = f"{host.rstrip('/')}/{version}"
        self.secrets = (consumer_secret, access_token, access_token_secret)
        self.auth = OAuth1(consumer_key, consumer_secret, access_token, access_token_secret)
        self.session = requests.Session() if session is None else session

    def check(self) -> None:
        """List one account of the user. X allows this call 5 times in 15 minutes."""
        self._get("accounts", {"count": "1"}, where="x_ads: test")

    def fetch(self, account: Account, window: Window, *, now: datetime) -> Iterator[Reply]:
        """Every object of the account, then the numbers per ad and hour of the window.

        Raises:
            AccountUnreadable: the account is locked, gone or not shared with the user.
            AuthenticationExpired, RateLimited, SourceUnavailable, SchemaDrift: see each.
        """
        where = f"x_ads {account.account_id}"
        path = f"accounts/{account.account_id}"
        found: dict[str, list[dict[str, Any]]] = {}

        def read(
            entity: str, at: str, params: Mapping[str, str], *, paged: bool = True
        ) -> Iterator[Reply]:
            for answer in self._pages(at, params, where=f"{where} {entity}"):
                yield Reply(entity, answer.url, answer.status, now, answer.body)
                data = listing(mapping(answer, where), "data", f"{where} {entity}")
                found.setdefault(entity, []).extend(i for i in data if isinstance(i, dict))
                if not paged:
                    return

        answer = self._get(path, {"with_deleted": "true"}, where=f"{where} account")
        yield Reply("account", answer.url, answer.status, now, answer.body)
        everything = {"count": str(PAGE_SIZE), "with_deleted": "true"}
        for entity in ("funding_instruments", "campaigns", "line_items", "promoted_tweets"):
            yield from read(entity, f"{path}/{entity}", everything)
        tweet_ids = _ids(found.get("promoted_tweets", []), "tweet_id")
        for group in chunks(tweet_ids, IDS_PER_LISTING):
            # The default timeline leaves out organic tweets that are promoted.
            query = {
                "tweet_type": "PUBLISHED",
                "timeline_type": "ALL",
                "tweet_ids": ",".join(group),
                "count": str(IDS_PER_LISTING),
            }
            yield from read("tweets", f"{path}/tweets", query)
        card_uris = _ids(found.get("tweets", []), "card_uri")
        for group in chunks(card_uris, IDS_PER_LISTING):
            query = {"card_uris": ",".join(group), "with_deleted": "true"}
            yield from read("cards", f"{path}/cards/all", query, paged=False)
        active: dict[str, dict[str, None]] = {}
        for start, end in _slices(window, account, hours=ACTIVE_HOURS):
            query = {
                "entity": "PROMOTED_TWEET",
                "start_time": _text(start),
                "end_time": _text(end),
            }
            at = f"stats/{path}/active_entities"
            yield from read("active_entities", at, query, paged=False)
        for item in found.get("active_entities", []):
            for placement in item.get("placements") or ():
                active.setdefault(placement, {})[str(item.get("entity_id"))] = None
        for placement, ids in active.items():
            yield from self._stats(account, window, placement, list(ids), now=now)

    def _stats(
        self, account: Account, window: Window, placement: str, ids: list[str], *, now: datetime
    ) -> Iterator[Reply]:
        """Each call takes one placement; an ad's total is the sum over its placements."""
        for start, end in _slices(window, account, hours=STATS_HOURS):
            for group in chunks(ids, IDS_PER_STATS):
                answer = self._get(
                    f"stats/accounts/{account.account_id}",
                    {
                        "entity": "PROMOTED_TWEET",
                        "entity_ids": ",".join(group),
                        "start_time": _text(start),
                        "end_time": _text(end),
                        "granularity": "HOUR",
                        "placement": placement,
                        "metric_groups": METRIC_GROUPS,
                    },
                    where=f"x_ads {account.account_id} stats {_text(start)} to {_text(end)}",
                )
                yield Reply("stats", answer.url, answer.status, now, answer.body)

    def _get(self, path: str, params: Mapping[str, str], *, where: str) -> Answer:
        return call(
            self.session,
            "GET",
            f"{self.root}/{path}",
            where=where,
            verdict=_verdict,
            secrets=self.secrets,
            auth=self.auth,
            params=params,
        )

    def _pages(self, path: str, params: Mapping[str, str], *, where: str) -> Iterator[Answer]:
        query = dict(params)
        seen: set[str] = set()
        while True:
            answer = self._get(path, query, where=where)
            yield answer
            cursor = mapping(answer, where).get("next_cursor")
            if not cursor:
                return
            if cursor in seen:
                raise SchemaDrift(
                    f"{where}: page {len(seen) + 1} repeats the cursor {cursor!r:.60}. "
                    "A developer has to look at include/sources/x_ads.py."
                )
            seen.add(cursor)
            query["cursor"] = cursor


def _ids(items: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    """The distinct values of a field, in the order they came."""
    return list(dict.fromkeys(str(item[name]) for item in items if item.get(name)))


def _slices(window: Window, account: Account, *, hours: int) -> Iterator[tuple[datetime, datetime]]:
    """Whole hours in UTC that cover the account's days, at most `hours` of them at a time."""
    zone = ZoneInfo(account.timezone)
    start = datetime.combine(window.since, time(), zone).astimezone(UTC)
    end = datetime.combine(window.until + timedelta(days=1), time(), zone).astimezone(UTC)
    # Where a day begins at half past, it takes the whole hour: see `_days_of_hours`.
    start, end = start.replace(minute=0), end.replace(minute=0)
    while start < end:
        stop = min(start + timedelta(hours=hours), end)
        yield start, stop
        start = stop


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _verdict(answer: Answer, where: str) -> Exception | None:
    if answer.status < 400 or answer.body is None:
        return None
    errors = answer.body.get("errors") if isinstance(answer.body, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else {}
    said = f"{first.get('code')}: {str(first.get('message'))[:160]!r}"
    if answer.status == 401:
        return AuthenticationExpired(
            f"{where}: the keys were refused ({said}). Check the four secrets in the connection, "
            "and the worker's clock: signatures are only good for some minutes."
        )
    if answer.status == 429 or first.get("code") == "TOO_MANY_JOBS":
        return RateLimited(
            f"{where}: too many calls ({said}). Nothing to do; it is tried again.",
            wait_s=_wait_s(answer.headers),
        )
    if answer.status == 403 or first.get("code") == "ACCOUNT_NOT_FOUND":
        return AccountUnreadable(
            f"{where}: no permission, or the account is locked or gone ({said}). Ask its owner for "
            "a role on it, or take it out of nodes.yaml."
        )
    if answer.status >= 500 or answer.status in PASSING_STATUS:
        return PassingError(f"status {answer.status}, {said}")
    return SchemaDrift(
        f"{where}: the request was refused ({answer.status}, {first_lines(answer)!r}). "
        "A developer has to look at include/sources/x_ads.py."
    )


def _wait_s(headers: Mapping[str, str]) -> float:
    """Seconds until the limit is reset, by the platform's own clock; else 15 minutes.

    The account's limit counts when it is given, the user's otherwise.
    """
    reset = headers.get("x-account-rate-limit-reset") or headers.get("x-rate-limit-reset")
    try:
        answered = parsedate_to_datetime(headers["date"])
        return max(1.0, float(reset or "") - answered.timestamp())
    except (KeyError, ValueError):
        return DEFAULT_WAIT_S
