"""Meta Marketing API: reads ad accounts (Facebook and Instagram) with one access token.

Rules come from `reference/platform-apis.md` section 1, what an operator has to know from
`docs/sources/meta.md`.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import requests

from include.errors import AccountUnreadable, ConfigurationError
from include.sources.glances import begins_with_list, texts
from include.sources.http import Answer, in_order, listing, mapping
from include.sources.limits import limiter_for
from include.sources.memory import Memory
from include.sources.meta_calls import Calls, MetaAuth, compact, warn_of_the_end
from include.sources.meta_fields import (
    ACCOUNT_FIELDS,
    AD_FIELDS,
    AD_SET_FIELDS,
    AD_SET_STATUSES,
    AD_STATUSES,
    CAMPAIGN_FIELDS,
    CAMPAIGN_STATUSES,
    INSIGHT_FIELDS,
    INSIGHT_FILTERS,
    LISTING_SIZE,
    TOTAL_FIELDS,
)
from include.sources.meta_reports import Question, Reports, kept
from include.sources.meta_rows import parse, status_word
from include.sources.meta_shown import Shown
from include.sources.replies import Account, Reply, Window

__all__ = ["HOST", "IMAGE_HOSTS", "VERSION", "Client", "parse"]

log = logging.getLogger(__name__)

HOST = "https://graph.facebook.com"
VERSION = "v26.0"
IMAGE_HOSTS = frozenset({"*.fbcdn.net", "*.facebook.com", "*.cdninstagram.com"})

# Meta names no number; its budgets count calls and CPU time per hour. Four at once stay below
# the 85 % at which we rest, and leave room for the agency's own tools on the same account.
CONCURRENCY = 4
# Above this, a week of daily rows is no longer one or two pages, and a direct question may
# run into Meta's time limit; then a report is asked for, which has none.
MOST_ADS_ASKED_DIRECTLY = 100
# Airbyte's connector keeps a hundred per account without being refused.
REPORTS_IN_FLIGHT = 100
# A week is what connectors ask for; larger ranges time out on busy accounts.
SLICE_DAYS = 7
# Rows of campaigns are tens a day, not hundreds: four weeks are as light as a week of ads.
TOTAL_SLICE_DAYS = 28
# Small reports are ready within a second; the wait doubles up to 30 s.
POLL_S = 0.25
# Adds the views' part of a conversion beside `value`, which follows the ad set's setting.
ATTRIBUTION_WINDOWS = ("1d_view",)
# What is known to keep deleted ads in the numbers; see `INSIGHT_FILTERS`.
INSIGHTS_FILTER = "statuses"
UNREADABLE_STATUS = {2: "disabled", 101: "closed"}

Listing = tuple[str, str, Sequence[str]]
_LISTINGS: tuple[Listing, ...] = (
    ("campaigns", CAMPAIGN_FIELDS, CAMPAIGN_STATUSES),
    ("adsets", AD_SET_FIELDS, AD_SET_STATUSES),
    ("ads", AD_FIELDS, AD_STATUSES),
)


class Client:
    """Reads ad accounts with one access token.

    Args:
        app_secret: when given, every call proves that we know it (`appsecret_proof`).
        insights_filter: a name in `INSIGHT_FILTERS`.
        page_size: objects per page of a listing, before Meta finds it too much.
        most_ads_asked_directly: accounts with more ads are read through reports; -1 for all.
        memory: answers of an earlier try of the same reading.
    """

    def __init__(
        self,
        *,
        host: str = HOST,
        access_token: str,
        app_secret: str | None = None,
        version: str = VERSION,
        insights_filter: str = INSIGHTS_FILTER,
        attribution_windows: Sequence[str] = ATTRIBUTION_WINDOWS,
        session: requests.Session | None = None,
        page_size: int = LISTING_SIZE,
        concurrency: int = CONCURRENCY,
        slice_days: int = SLICE_DAYS,
        most_ads_asked_directly: int = MOST_ADS_ASKED_DIRECTLY,
        reports_in_flight: int = REPORTS_IN_FLIGHT,
        poll_s: float = POLL_S,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        memory: Memory | None = None,
    ) -> None:
        if insights_filter not in INSIGHT_FILTERS:
            raise ConfigurationError(
                f"meta: insights_filter is {insights_filter!r}, expected one of "
                f"{', '.join(INSIGHT_FILTERS)}. Set it in the connection's extra."
            )
        self.version = version
        self.root = f"{host.rstrip('/')}/{version}"
        self.auth = MetaAuth(access_token, app_secret)
        # Names the limiter: the budget belongs to whoever holds the token.
        self.app = f"meta {hashlib.sha256(access_token.encode()).hexdigest()[:6]}"
        self.session = requests.Session() if session is None else session
        self.memory = memory
        self._filter = INSIGHT_FILTERS[insights_filter]
        self._windows = tuple(attribution_windows)
        self._page_size = page_size
        self._concurrency = concurrency
        self._slice_days = slice_days
        self._most_direct = most_ads_asked_directly
        self._in_flight = reports_in_flight
        self._poll_s = poll_s
        self._clock, self._sleep = clock, sleep
        self._sizes: dict[str, dict[str, int]] = {}

    def check(self) -> None:
        """List one account of the token; raises what `fetch` would raise."""
        query = {"fields": "id", "limit": "1"}
        self._calls("token").get("me/adaccounts", query, where="meta: test", remembered=False)

    def accounts(self) -> list[dict[str, Any]]:
        """The accounts the token can see: id, name, currency, timezone and status of each.

        Raises:
            AuthenticationExpired, RateLimited, SourceUnavailable, SchemaDrift: see each.
        """
        where = "meta: accounts"
        query = {"fields": ACCOUNT_FIELDS}
        pages = self._calls("token").pages(
            "me/adaccounts", query, where=where, size=self._page_size
        )
        found = [item for page in pages for item in listing(mapping(page, where), "data", where)]
        return [
            {
                "id": str(item["account_id"]),
                "name": item.get("name"),
                "currency": item.get("currency"),
                "timezone": item.get("timezone_name"),
                "status": status_word(item.get("account_status")),
            }
            for item in found
            if isinstance(item, dict) and item.get("account_id")
        ]

    def fetch(self, account: Account, window: Window, *, now: datetime) -> Iterator[Reply]:
        """Every object of the account, then the numbers per ad and day of the window.

        Raises:
            AccountUnreadable: the account is disabled, closed or not shared with the token.
            ConfigurationError: the whole window is older than Meta remembers.
            AuthenticationExpired, RateLimited, SourceUnavailable, SchemaDrift: see each.
        """
        where = f"meta {account.account_id}"
        act = f"act_{account.account_id}"
        calls = self._calls(account.account_id)
        warn_of_the_end(self.version, now.date())
        window = kept(window, now.astimezone(ZoneInfo(account.timezone)).date(), where)

        def replies(entity: str, answers: Iterable[Answer]) -> Iterator[Reply]:
            return (Reply.of(entity, answer, now) for answer in answers)

        answer = calls.get(act, {"fields": ACCOUNT_FIELDS}, where=f"{where} account")
        _check_status(mapping(answer, f"{where} account"), where)
        yield from replies("account", [answer])
        totals = self._totals(calls, act, window, where)
        # Calls wait for each other only where they must: the totals, and the reports that Meta
        # prepares, are asked for while the objects are read. The limiter counts them all.
        aside = ThreadPoolExecutor(2, thread_name_prefix="meta")
        under_way: list[Reports] = [totals]
        try:
            summed = aside.submit(lambda: list(totals.read()))
            ads: list[Any] = []
            for entity, pages in self._listings(calls, act, where):
                yield from replies(entity, pages)
                if entity == "ads":
                    for page in pages:
                        ads += listing(mapping(page, where), "data", f"{where} ads")
            direct = len(ads) <= self._most_direct
            told: set[str] = set()
            numbers = self._numbers(calls, act, window, where, direct=direct, told=told)
            under_way.append(numbers)
            prepared = aside.submit(numbers.prepare)
            creatives = _creative_ids(ads)
            shown = Shown(calls, act, where, concurrency=self._concurrency)
            for entity, answers in shown.creatives(creatives):
                yield from replies(entity, answers)
            elsewhere = aside.submit(lambda: list(shown.elsewhere()))
            prepared.result()
            yield from replies("insights", numbers.read())
            yield from replies("totals", summed.result())
            for entity, answers in elsewhere.result():
                yield from replies(entity, answers)
            listed = {str(ad.get("id")) for ad in ads if isinstance(ad, dict)}
            for entity, answers in self._unlisted(calls, shown, sorted(told - listed), where):
                yield from replies(entity, answers)
        finally:
            for reports in under_way:
                reports.give_up()
            aside.shutdown(wait=False, cancel_futures=True)

    def refresh_images(
        self, account: Account, refs: Collection[Mapping[str, Any]]
    ) -> dict[str, str]:
        """Fresh links for pictures whose link has died, by `source_ref`.

        Args:
            refs: rows of `creative_images`.
        """
        where = f"meta {account.account_id}"
        ids = list(dict.fromkeys(str(ref["creative_id"]) for ref in refs))
        wanted = {ref["source_ref"] for ref in refs}
        calls = self._calls(account.account_id, remembering=False)
        shown = Shown(calls, f"act_{account.account_id}", where, concurrency=self._concurrency)
        replies = [
            Reply.of(entity, answer, datetime.now(UTC))
            for read in (shown.creatives(ids), shown.elsewhere())
            for entity, answers in read
            for answer in answers
        ]
        return {
            row["source_ref"]: row["url"]
            for row in parse(replies, account).rows["creative_images"]
            if row["url"] and row["source_ref"] in wanted
        }

    # -- what is asked -----------------------------------------------------------------------

    def _calls(self, account_id: str, *, remembering: bool = True) -> Calls:
        return Calls(
            self.session,
            self.root,
            self.auth,
            limiter=limiter_for(
                self.app, account_id, self._concurrency, clock=self._clock, sleep=self._sleep
            ),
            memory=self.memory if remembering else None,
            sizes=self._sizes.setdefault(account_id, {}),
        )

    def _listings(self, calls: Calls, act: str, where: str) -> Iterator[tuple[str, list[Answer]]]:
        """Campaigns, ad sets and ads, all at once."""
        listings = [
            partial(self._listed, calls, f"{act}/{edge}", fields, statuses, where)
            for edge, fields, statuses in _LISTINGS
        ]
        pages = in_order(self._concurrency, listings)
        for (entity, _, _), answers in zip(_LISTINGS, pages, strict=True):
            yield entity, answers

    def _listed(
        self, calls: Calls, path: str, fields: str, statuses: Sequence[str], where: str
    ) -> list[Answer]:
        query = {"fields": fields, "effective_status": compact(statuses)}
        return calls.pages(path, query, where=where, size=self._page_size)

    def _unlisted(
        self, calls: Calls, shown: Shown, ids: Sequence[str], where: str
    ) -> Iterator[tuple[str, list[Answer]]]:
        """Ads that only the numbers mention: Meta may still know a deleted one by its id."""
        if not ids:
            return
        log.info("%s: %d ads have numbers and are not listed; read by id.", where, len(ids))
        answers = calls.nodes(ids, AD_FIELDS.split(","), kind="ads", where=where, needed=False)
        yield "unlisted_ads", answers
        ads = [ad for answer in answers for ad in mapping(answer, f"{where} ads").values()]
        yield from shown.creatives(_creative_ids(ads))
        yield from shown.elsewhere()

    def _numbers(
        self, calls: Calls, act: str, window: Window, where: str, *, direct: bool, told: set[str]
    ) -> Reports:
        """The numbers per ad; as they are read, `told` gets the ads that they mention."""

        def note(answer: Answer) -> None:
            named = texts(answer.content, "ad_id") if _has_rows(answer) else None
            if named is not None:
                told.update(named[1])
                return
            told.update(_ad_ids(listing(mapping(answer, where), "data", f"{where} insights")))

        query = {
            "level": "ad",
            "time_increment": "1",
            "fields": INSIGHT_FIELDS,
            # Other breakdowns would repeat an action once per breakdown value.
            "action_breakdowns": compact(["action_type"]),
            "filtering": compact(self._filter),
        }
        if self._windows:
            query["action_attribution_windows"] = compact(self._windows)
        question = Question(act, query, where)
        return self._reports(
            calls, question, window, days=self._slice_days, direct=direct, note=note
        )

    def _totals(self, calls: Calls, act: str, window: Window, where: str) -> Reports:
        """Campaigns as Meta sums them, without a filter: what the ads are held against."""
        query = {"level": "campaign", "time_increment": "1", "fields": TOTAL_FIELDS}
        question = Question(act, query, f"{where} totals")

        def note(answer: Answer) -> None:
            if not _has_rows(answer):
                listing(mapping(answer, where), "data", f"{where} totals")

        return self._reports(calls, question, window, days=TOTAL_SLICE_DAYS, direct=True, note=note)

    def _reports(
        self,
        calls: Calls,
        question: Question,
        window: Window,
        *,
        days: int,
        direct: bool,
        note: Callable[[Answer], None],
    ) -> Reports:
        return Reports(
            calls,
            question,
            window,
            slice_days=days,
            direct=direct,
            concurrency=self._concurrency,
            in_flight=self._in_flight,
            poll_s=self._poll_s,
            sleep=self._sleep,
            note=note,
        )


def _check_status(fields: Mapping[str, Any], where: str) -> None:
    """Refuse an account that Meta no longer serves."""
    status = fields.get("account_status")
    if status in UNREADABLE_STATUS:
        kind = UNREADABLE_STATUS[status]
        raise AccountUnreadable(
            f"{where}: the account is {kind} (account_status {status}, disable_reason "
            f"{fields.get('disable_reason')}). Ask its owner, or take it out of nodes.yaml.",
            kind=kind,
        )


def _has_rows(answer: Answer) -> bool:
    return begins_with_list(answer.content, "data")


def _ad_ids(rows: Iterable[Any]) -> list[str]:
    return [str(row["ad_id"]) for row in rows if isinstance(row, dict) and "ad_id" in row]


def _creative_ids(ads: Iterable[Any]) -> list[str]:
    """The creatives of these ads, each once."""
    creatives = [ad.get("creative") for ad in ads if isinstance(ad, dict)]
    return list(
        dict.fromkeys(str(c["id"]) for c in creatives if isinstance(c, dict) and c.get("id"))
    )
