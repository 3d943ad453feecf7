"""Google Ads API over REST: reads one customer account with searchStream.

Rules come from `reference/platform-apis.md` section 2. One stream is one operation of the
daily quota whatever its size, so each query reads as much at once as is comfortable.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import requests

from include.errors import (
    AccountUnreadable,
    AuthenticationExpired,
    ConfigurationError,
    SchemaDrift,
    SourceUnavailable,
)
from include.sources import google_ads_queries as queries
from include.sources.glances import begins_with_list
from include.sources.google_ads_creatives import POSTERS, SMALL_POSTER, VIDEO
from include.sources.google_ads_errors import (
    PageTokenEnded,
    TokenRefused,
    TooMuchAtOnce,
    Verdict,
)
from include.sources.google_ads_rows import parse, rows_in
from include.sources.google_ads_tokens import Grant, RefreshToken, ServiceAccount, ask_token
from include.sources.http import (
    Answer,
    Bearer,
    call,
    chunks,
    first_lines,
    in_order,
    mapping,
    threads_for,
)
from include.sources.limits import limiter_for
from include.sources.memory import Memory
from include.sources.replies import Account, Reply, Window
from include.sources.tokens import AccessToken

__all__ = ["HOST", "IMAGE_HOSTS", "POSTERS", "TOKEN_URL", "VERSION", "Client", "parse"]

HOST = "https://googleads.googleapis.com"
TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address, no token
VERSION = "v26"
IMAGE_HOSTS = frozenset(
    {"tpc.googlesyndication.com", "*.googleusercontent.com", "*.gstatic.com", "i.ytimg.com"}
)

# Longer ranges are answered too, but slowly, and all of it is lost when the line breaks.
SLICE_DAYS = 30
# Google publishes no number of calls that may be open; its quota counts operations. Four keep
# a slow stream from holding up the others and stay far below what was ever refused.
CONCURRENCY = 4
# A page token lives about two hours: a slice that is not done by then begins again.
PAGE_RESTARTS = 3
# Names of files in one query; a query may be far longer than this makes it.
FILES_AT_ONCE = 500


class Client:
    """Reads customer accounts.

    Args:
        client_id, client_secret, refresh_token: a person's consent; or else
        service_account: the JSON key of a service account that the accounts are shared with.
        login_customer_id: manager account through which the accounts are reached.
        developer_token: no longer needed since September 2026; sent only when given.
        posters: address of a video's still picture; not part of the API, so it can be set.
        concurrency: calls open at once, over all accounts of this OAuth client.
        sleep, clock: pauses, and seconds that only grow.
        wall_clock: seconds since 1970, for a service account's assertion.
    """

    def __init__(
        self,
        *,
        host: str = HOST,
        client_id: str = "",
        client_secret: str = "",
        refresh_token: str = "",
        service_account: str | None = None,
        token_url: str = TOKEN_URL,
        login_customer_id: str | None = None,
        developer_token: str | None = None,
        version: str = VERSION,
        posters: str = POSTERS,
        slice_days: int = SLICE_DAYS,
        concurrency: int = CONCURRENCY,
        session: requests.Session | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        if slice_days < 1:
            raise ValueError(f"google_ads: slice_days must be 1 or more, got {slice_days}.")
        self.root = f"{host.rstrip('/')}/{version}"
        self.memory: Memory | None = None
        self.login_customer_id = (login_customer_id or "").replace("-", "") or None
        self._developer_token = developer_token or ""
        self._posters = posters
        self._slice_days = slice_days
        self._concurrency = concurrency
        self._session = requests.Session() if session is None else session
        self.grant: Grant
        if service_account is not None:
            self.grant = ServiceAccount(service_account, wall_clock=wall_clock)
        elif client_id and client_secret and refresh_token:
            self.grant = RefreshToken(client_id, client_secret, refresh_token)
        else:
            raise ConfigurationError(
                "google_ads: the connection needs an OAuth client id, its secret and a refresh "
                "token, or a service account's key."
            )
        self.token_url = token_url
        self._secrets = tuple(s for s in (*self.grant.secrets, self._developer_token) if s)
        renew = partial(ask_token, self._session, self.grant, token_url)
        self._token = AccessToken(renew, clock=clock)
        # The quota belongs to the project behind the OAuth client: when Google says stop, all
        # of its accounts stop.
        self._limiter = limiter_for(
            f"google_ads {self.grant.app}", "all accounts", concurrency, clock=clock, sleep=sleep
        )

    def check(self) -> None:
        """Ask for a token, list the accounts it opens, and look every field up by name.

        Raises:
            ConfigurationError: this version lacks fields that are asked for; it names them.
        """
        where = "google_ads: test"
        self._accessible(where)
        wanted = queries.fields_asked_for()
        query = queries.fields_named(wanted)
        answer = self._ask(f"{self.root}/googleAdsFields:search", {"query": query}, where=where)
        found = {
            each.get("name")
            for each in mapping(answer, where).get("results", [])
            if isinstance(each, dict) and each.get("selectable") is not False
        }
        missing = [name for name in wanted if name not in found]
        if missing:
            raise ConfigurationError(
                f"{where}: {self.root.rsplit('/', 1)[-1]} has no {', '.join(missing[:5])} "
                f"({len(missing)} of {len(wanted)} fields). Set the version Pauta was built for, "
                f"{VERSION}, in the connection."
            )

    def accounts(self) -> list[dict[str, Any]]:
        """Every client account that can be reached, by id; manager accounts are looked into.

        `login_customer_id` is the account to set in the connection to read it, None when it
        is open without one. An account that cannot be read is left out when others can.
        """
        where = "google_ads: accounts"
        roots = [self.login_customer_id] if self.login_customer_id else self._accessible(where)
        found: dict[str, dict[str, Any]] = {}
        refused: AccountUnreadable | None = None
        for root in roots:
            try:
                clients = list(self._clients_of(root, where))
            except AccountUnreadable as error:
                refused = error
                continue
            for client in clients:
                direct = client["id"] in roots and not self.login_customer_id
                known = found.setdefault(client["id"], client)
                known["login_customer_id"] = None if direct else root
        if refused is not None and not found:
            raise refused
        return [found[key] for key in sorted(found)]

    def fetch(self, account: Account, window: Window, *, now: datetime) -> Iterator[Reply]:
        """Every object of the account, then the numbers per ad and day of the window.

        Raises:
            AccountUnreadable: the account is closed, a manager account, or not shared.
            AuthenticationExpired, ConfigurationError, RateLimited, SchemaDrift,
            SourceUnavailable: see each.
        """
        if self._posters != POSTERS:
            # Kept with the reading, so that a replay gives the same addresses.
            yield Reply("posters", self.root, 200, now, {"address": self._posters})
        found = in_order(self._concurrency, self._listings(account, queries.FIRST, now))
        performance_max = False
        for reply in (reply for replies in found for reply in replies):
            if reply.entity == "customer":
                _check_no_manager(reply, account)
            performance_max = performance_max or b'"PERFORMANCE_MAX"' in reply.content
            yield reply
        objects, numbers = dict(queries.OBJECTS), dict(queries.NUMBERS)
        if performance_max:
            objects |= queries.PERFORMANCE_MAX_OBJECTS
            numbers = queries.PERFORMANCE_MAX_NUMBERS | numbers
        calls = [
            *self._listings(account, objects, now),
            *self._readings(account, numbers, window, now),
        ]
        for replies in in_order(threads_for(self._concurrency), calls):
            yield from replies

    def refresh_images(self, account: Account, refs: Iterable[Mapping[str, Any]]) -> dict[str, str]:
        """Other addresses for pictures whose address no longer works, by `source_ref`.

        A video without a large still picture has a small one; a picture that was never an
        asset has no other address and is left out.
        """
        wanted = sorted({str(ref["source_ref"]) for ref in refs})
        found = {
            ref: self._posters.format(video_id=ref.removeprefix(VIDEO)).replace(*SMALL_POSTER)
            for ref in wanted
            if ref.startswith(VIDEO)
        }
        where = f"google_ads {account.account_id} asset"
        names = [ref for ref in wanted if ref.startswith("customers/")]
        for some in chunks(names, FILES_AT_ONCE):
            answer = self._search(account.account_id, queries.files_of(some), where=where)
            for row in rows_in(answer.body, where):
                asset = row.get("asset") or {}
                url = ((asset.get("imageAsset") or {}).get("fullSize") or {}).get("url")
                if asset.get("resourceName") in some and url:
                    found[asset["resourceName"]] = url
        return found

    def _listings(
        self, account: Account, entities: dict[str, str], now: datetime
    ) -> list[Callable[[], list[Reply]]]:
        return [
            partial(self._read, account, entity, query, None, now)
            for entity, query in entities.items()
        ]

    def _readings(
        self, account: Account, entities: dict[str, str], window: Window, now: datetime
    ) -> Iterator[Callable[[], list[Reply]]]:
        since = window.since
        while since <= window.until:
            until = min(since + timedelta(days=self._slice_days - 1), window.until)
            for entity, query in entities.items():
                yield partial(self._read, account, entity, query, (since, until), now)
            since = until + timedelta(days=1)

    def _read(
        self,
        account: Account,
        entity: str,
        query: str,
        days: tuple[date, date] | None,
        now: datetime,
    ) -> list[Reply]:
        """One query as a stream; in halves when it is too much, in pages when it keeps breaking."""
        where = f"google_ads {account.account_id} {entity}"
        text = query
        if days is not None:
            where, text = f"{where} {days[0]} to {days[1]}", queries.between(query, *days)
        try:
            answers = [self._search(account.account_id, text, where=where)]
        except TooMuchAtOnce:
            if days is not None and days[0] < days[1]:
                middle = days[0] + (days[1] - days[0]) // 2
                halves = (days[0], middle), (middle + timedelta(days=1), days[1])
                return [
                    reply
                    for half in halves
                    for reply in self._read(account, entity, query, half, now)
                ]
            answers = self._pages(account.account_id, text, where=where)
        except SourceUnavailable:
            # A stream that breaks every time may be too long for the line; pages are short.
            answers = self._pages(account.account_id, text, where=where)
        return [Reply.of(entity, answer, now) for answer in answers]

    def _search(self, customer_id: str, query: str, *, where: str, login: str = "") -> Answer:
        url = f"{self.root}/customers/{customer_id}/googleAds:searchStream"
        answer = self._ask(url, {"query": query}, where=where, login=login, memory=self.memory)
        if not begins_with_list(answer.content):
            raise SchemaDrift(
                f"{where}: expected a JSON array of batches, got {first_lines(answer)!r}. "
                "A developer has to look at include/sources/google_ads.py."
            )
        return answer

    def _pages(self, customer_id: str, query: str, *, where: str) -> list[Answer]:
        """All pages of a query, from the first again when their token ends on the way.

        They are not remembered: a token from an earlier try may have ended.
        """
        url = f"{self.root}/customers/{customer_id}/googleAds:search"
        ended: PageTokenEnded | None = None
        for _ in range(PAGE_RESTARTS):
            try:
                return self._every_page(url, query, where)
            except PageTokenEnded as error:
                ended = error
            except TooMuchAtOnce as error:
                raise SourceUnavailable(f"{where}: {error}. It is tried again later.") from error
        raise SourceUnavailable(
            f"{where}: the page token ended {PAGE_RESTARTS} times on the way ({ended}). It is "
            "tried again later."
        )

    def _every_page(self, url: str, query: str, where: str) -> list[Answer]:
        answers: list[Answer] = []
        body, seen = {"query": query}, set[str]()
        while True:
            answer = self._ask(url, body, where=where)
            answers.append(answer)
            token = mapping(answer, where).get("nextPageToken")
            if not token:
                return answers
            if token in seen:
                raise SchemaDrift(
                    f"{where}: page {len(answers)} names a page token that came before, so the "
                    "pages would never end. A developer has to look at it."
                )
            seen.add(token)
            body = {"query": query, "pageToken": token}

    def _ask(
        self,
        url: str,
        body: dict[str, str] | None = None,
        *,
        where: str,
        login: str = "",
        memory: Memory | None = None,
    ) -> Answer:
        headers = {}
        through = login or self.login_customer_id
        if through:
            headers["login-customer-id"] = through
        if self._developer_token:
            headers["developer-token"] = self._developer_token

        def once(token: str) -> Answer:
            return call(
                self._session,
                "GET" if body is None else "POST",
                url,
                where=where,
                verdict=Verdict(),
                secrets=(*self._secrets, token),
                auth=Bearer(token),
                json=body,
                headers=headers,
                limiter=self._limiter,
                memory=memory,
            )

        token = self._token.value()
        try:
            return once(token)
        except TokenRefused as refused:
            # An access token may end early; a dead refresh token fails when it is renewed.
            if not self._token.refused(token):
                raise AuthenticationExpired(str(refused)) from refused
        try:
            return once(self._token.value())
        except TokenRefused as refused:
            raise AuthenticationExpired(str(refused)) from refused

    def _accessible(self, where: str) -> list[str]:
        """Ids of the accounts that this user has been given access to."""
        answer = self._ask(f"{self.root}/customers:listAccessibleCustomers", where=where)
        names = mapping(answer, where).get("resourceNames", [])
        return sorted(str(name).removeprefix("customers/") for name in names)

    def _clients_of(self, root: str, where: str) -> Iterator[dict[str, Any]]:
        answer = self._search(root, queries.CUSTOMER_CLIENT, where=where, login=root)
        for row in rows_in(answer.body, where):
            client = row.get("customerClient") or {}
            if client.get("manager") is not True and client.get("id"):
                yield {
                    "id": str(client["id"]),
                    "name": client.get("descriptiveName"),
                    "currency": client.get("currencyCode"),
                    "timezone": client.get("timeZone"),
                    "status": client.get("status"),
                }


def _check_no_manager(reply: Reply, account: Account) -> None:
    """Stop before the numbers are asked for: a manager account has none."""
    for row in rows_in(reply.body, f"google_ads {account.account_id} customer"):
        if (row.get("customer") or {}).get("manager") is True:
            raise AccountUnreadable(
                f"google_ads {account.account_id}: this is a manager account, which has no ads. "
                "Name its client accounts in nodes.yaml.",
                kind="not_enabled",
            )
