"""X Ads API: reads one ad account.

Rules come from `reference/platform-apis.md` section 3. Numbers are asked per hour in UTC and
added up to the account's days here: the platform's own days follow today's UTC offset, also
for days on the other side of a clock change. Which ads have numbers, and in which placements,
is asked first: the limit of 250 calls in 15 minutes is not spent on silent ads.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

import requests
from requests_oauthlib import OAuth1

from include.sources.addresses import checked_session
from include.sources.http import in_order, mapping
from include.sources.limits import limiter_for
from include.sources.memory import Memory
from include.sources.replies import Account, Reply, Window
from include.sources.x_ads_calls import Asking, TooComplex
from include.sources.x_ads_creatives import address_of
from include.sources.x_ads_files import fetch_result
from include.sources.x_ads_jobs import FIRST_POLL_S, Jobs
from include.sources.x_ads_objects import Item, Objects, items
from include.sources.x_ads_plan import (
    APP_OBJECTIVES,
    JOB_HOURS,
    MOST_CALLS,
    STATS_HOURS,
    Query,
    activities,
    check_hours,
    plan,
)
from include.sources.x_ads_rows import parse

__all__ = ["DOWNLOAD_HOSTS", "HOST", "IMAGE_HOSTS", "VERSION", "Client", "parse"]

HOST = "https://ads-api.x.com"
VERSION = "12"
IMAGE_HOSTS = frozenset({"pbs.twimg.com", "*.twimg.com"})
# Results of jobs lie on ton.twimg.com.
DOWNLOAD_HOSTS = frozenset({"ton.twimg.com", "*.twimg.com"})

PAGE_SIZE = 1000  # the most that X gives
MEDIA_KEY = re.compile(r"\d+_\d+")
# X counts calls per quarter of an hour and says nothing of calls at once; four keep the line
# busy without spending a quarter's calls in its first second.
CONCURRENCY = 4


class Client:
    """Reads ad accounts with the four secrets of OAuth 1.0a, which do not expire.

    Args:
        host: address of the API.
        version: in every address; X serves two at a time.
        page_size: objects per page, at most 1000.
        concurrency: calls open at once.
        most_calls: a reading that needs more statistics calls goes by asynchronous jobs.
        download_hosts: where results of jobs may be fetched from, besides `host` itself when it
            is named with a port (a sandbox, an own mirror).
        first_poll_s: wait before jobs are first asked about.
    """

    memory: Memory | None = None

    def __init__(
        self,
        *,
        host: str = HOST,
        consumer_key: str,
        consumer_secret: str,
        access_token: str,
        access_token_secret: str,
        version: str = VERSION,
        page_size: int = PAGE_SIZE,
        concurrency: int = CONCURRENCY,
        most_calls: int = MOST_CALLS,
        download_hosts: frozenset[str] = DOWNLOAD_HOSTS,
        first_poll_s: float = FIRST_POLL_S,
        session: requests.Session | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.root = f"{host.rstrip('/')}/{version}"
        self.secrets = (consumer_secret, access_token, access_token_secret)
        self.auth = OAuth1(consumer_key, consumer_secret, access_token, access_token_secret)
        self.session = requests.Session() if session is None else session
        self.page_size = page_size
        self.concurrency = concurrency
        self.most_calls = most_calls
        self.download_hosts = download_hosts | _own_place(host)
        self.first_poll_s = first_poll_s
        self._clock = clock
        self._sleep = sleep
        # Which app this is, for the limiter's name, without naming the key.
        self._app = f"x_ads {hashlib.sha256(consumer_key.encode()).hexdigest()[:8]}"
        self._warned: set[str] = set()

    def check(self) -> None:
        """List one account of the user. X allows this call 5 times in 15 minutes."""
        self._asking("accounts").get_anew("accounts", {"count": "1"}, where="x_ads: test")

    def accounts(self) -> list[dict[str, Any]]:
        """The user's ad accounts: id, name, currency, time zone, status; deleted ones are left out.

        The currency is that of the funding instruments, None when they have several or none.
        """
        where = "x_ads: accounts"
        query = {"count": str(self.page_size)}
        found = []
        for answer in self._asking("accounts").pages("accounts", query, where=where):
            for item in items([answer], where):
                account_id = str(item.get("id"))
                funds = self._asking(account_id).pages(
                    f"accounts/{account_id}/funding_instruments", query, where=f"x_ads {account_id}"
                )
                currencies = {fund.get("currency") for fund in items(funds, where)}
                found.append(
                    {
                        "id": account_id,
                        "name": item.get("name"),
                        "currency": currencies.pop() if len(currencies) == 1 else None,
                        "timezone": item.get("timezone"),
                        "status": item.get("approval_status"),
                    }
                )
        return found

    def refresh_images(self, account: Account, refs: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        """Addresses by `source_ref`, from the media library; what it no longer has is left out.

        X's addresses do not expire, but a post may have got another file since.
        """
        told = [str(ref.get("source_ref")) for ref in refs]
        keys = [key for key in dict.fromkeys(told) if MEDIA_KEY.fullmatch(key)]
        found: dict[str, str] = {}
        for answer in self._objects(account).media(keys):
            item = mapping(answer, "x_ads media_library").get("data")
            if isinstance(item, dict) and (url := address_of(item)):
                found[str(item.get("media_key"))] = url
        return found

    def fetch(self, account: Account, window: Window, *, now: datetime) -> Iterator[Reply]:
        """Every object of the account, then the numbers per ad and hour of the window.

        Raises:
            AccountUnreadable: the account is locked, gone, closed or not shared with the user.
            AuthenticationExpired, RateLimited, SourceUnavailable, SchemaDrift: see each.
        """
        objects = self._objects(account)
        yield from objects.replies(window, now=now)
        posts: Callable[[], list[Reply]] = partial(objects.posts, now=now)
        asking = self._asking(account.account_id)
        queries, by_jobs = self._plan(account, window, objects.found)
        if not by_jobs:
            work = [posts]
            work += [partial(self._stats, asking, account, query, now=now) for query in queries]
            for replies in in_order(self.concurrency, work):
                yield from replies
            return
        jobs = self._jobs(asking, account, queries)
        # Posts are read while X computes; the limiter counts all calls.
        aside = ThreadPoolExecutor(1, thread_name_prefix="x_ads")
        try:
            told = aside.submit(posts)
            with closing(jobs.files()) as files:
                for query, answer in files:
                    # Named by what was asked: a file's own address is another in every try.
                    answer.url = f"{self.root}/{_jobs_path(account)}?{urlencode(query.params)}"
                    yield Reply.of(_entity(query), answer, now)
            yield from told.result()
        finally:
            # What is under way is waited for: its answers are remembered for the next try.
            aside.shutdown(wait=True, cancel_futures=True)

    def _objects(self, account: Account) -> Objects:
        return Objects(
            self._asking(account.account_id),
            account,
            concurrency=self.concurrency,
            page_size=self.page_size,
        )

    def _asking(self, account_id: str) -> Asking:
        limiter = limiter_for(
            self._app, account_id, self.concurrency, clock=self._clock, sleep=self._sleep
        )
        return Asking(
            self.session,
            self.root,
            auth=self.auth,
            secrets=self.secrets,
            limiter=limiter,
            memory=self.memory,
            warned=self._warned,
        )

    def _plan(
        self, account: Account, window: Window, found: Mapping[str, list[Item]]
    ) -> tuple[list[Query], bool]:
        """The statistics requests, and whether they are to be made as jobs; see `MOST_CALLS`."""
        app_items = {
            str(item.get("id"))
            for item in found["line_items"]
            if item.get("objective") in APP_OBJECTIVES
        }
        app_ads = {
            str(ad.get("id"))
            for ad in found["promoted_tweets"]
            if ad.get("line_item_id") in app_items
        }
        active = activities(found["active_entities"], window, ZoneInfo(account.timezone))
        direct = plan(active, app_ads, account, window, hours=STATS_HOURS)
        if len(direct) <= self.most_calls:
            return direct, False
        return plan(active, app_ads, account, window, hours=JOB_HOURS), True

    def _jobs(self, asking: Asking, account: Account, queries: Sequence[Query]) -> Jobs:
        where = f"x_ads {account.account_id} stats"
        hosts = self.download_hosts
        session = checked_session(self.session, hosts)
        return Jobs(
            asking,
            _jobs_path(account),
            queries,
            where=where,
            fetch=partial(fetch_result, session, hosts=hosts, where=where, limiter=asking.limiter),
            concurrency=self.concurrency,
            first_poll_s=self.first_poll_s,
            sleep=self._sleep,
        )

    def _stats(
        self, asking: Asking, account: Account, query: Query, *, now: datetime
    ) -> list[Reply]:
        """One call; in halves where X finds it too large."""
        start, end = query.params["start_time"], query.params["end_time"]
        where = f"x_ads {account.account_id} stats {start} to {end}"
        try:
            answer = asking.get(f"stats/accounts/{account.account_id}", query.params, where=where)
        except TooComplex:
            halves = query.halves()
            if halves is None:
                raise
            return [one for half in halves for one in self._stats(asking, account, half, now=now)]
        check_hours(answer.content, query, where)
        return [Reply.of(_entity(query), answer, now)]


def _own_place(host: str) -> frozenset[str]:
    """`host:port` of an API that is not X's own; nothing for an address without a port."""
    try:
        parts = urlsplit(host)
        return frozenset({f"{parts.hostname}:{parts.port}"}) if parts.port else frozenset()
    except ValueError:
        return frozenset()  # the first call says what is wrong with it


def _jobs_path(account: Account) -> str:
    return f"stats/jobs/accounts/{account.account_id}"


def _entity(query: Query) -> str:
    return "totals" if query.entity == "ACCOUNT" else "stats"
