"""LinkedIn Marketing API: reads one ad account.

Rules come from `reference/platform-apis.md` section 4. LinkedIn's campaign group is our
campaign, its campaign our ad set, its creative our ad. All days are UTC. What is asked, which
rights it needs and what each failure means: docs/sources/linkedin_ads.md.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import requests

from include.errors import ConfigurationError
from include.sources import restli
from include.sources.http import Answer, chunks, in_order, listing, mapping, threads_for
from include.sources.linkedin_ads_analytics import Analytics
from include.sources.linkedin_ads_calls import Caller, Step
from include.sources.linkedin_ads_creatives import IMAGE, files_of, post_urn
from include.sources.linkedin_ads_errors import verdict_of_objects, version_ends
from include.sources.linkedin_ads_fields import (
    ACCOUNT_STATUSES,
    CAMPAIGN_STATUSES,
    GROUP_STATUSES,
)
from include.sources.linkedin_ads_objects import AT_ONCE, VIDEO, Objects, found_in, link_of
from include.sources.linkedin_ads_rows import parse
from include.sources.linkedin_ads_slices import CUT_AT, LEAST_DAYS, Slice, slices
from include.sources.linkedin_ads_tokens import Tokens
from include.sources.memory import Memory
from include.sources.replies import Account, Reply, Window

__all__ = ["HOST", "IMAGE_HOSTS", "TOKEN_URL", "VERSION", "Client", "parse"]

log = logging.getLogger(__name__)

HOST = "https://api.linkedin.com"
TOKEN_URL = "https://www.linkedin.com/oauth/v2/accessToken"  # noqa: S105 - an address, no token
VERSION = "202609"
IMAGE_HOSTS = frozenset({"media.licdn.com", "*.licdn.com"})
WARN_VERSION_DAYS = 60

# What connectors ask for; 1,000 is said to be the most, but by one source only.
PAGE_SIZE = 500
# LinkedIn limits calls per day, not at once, and tells no number; a handful is what a browser
# with Campaign Manager open has under way.
CONCURRENCY = 4

Asked = Callable[[], tuple[str, list[Answer]]]


class Client:
    """Reads ad accounts with an access token, made from the refresh token when there is one.

    Args:
        version: `YYYYMM`; each lives for a year, then LinkedIn answers 426.
        page_size: objects per page of a listing.
        concurrency: calls open at once.
        slice_days: days of numbers that are asked for at once at least.
        cut_at: elements at which LinkedIn cuts an answer without a word.
        sleep: waits that many seconds.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        *,
        host: str = HOST,
        access_token: str | None = None,
        refresh_token: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        token_url: str = TOKEN_URL,
        version: str = VERSION,
        session: requests.Session | None = None,
        page_size: int = PAGE_SIZE,
        concurrency: int = CONCURRENCY,
        slice_days: int = LEAST_DAYS,
        cut_at: int = CUT_AT,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if min(page_size, concurrency, slice_days, cut_at - 1) < 1:
            raise ConfigurationError(
                f"linkedin_ads: page_size {page_size}, concurrency {concurrency} and slice_days "
                f"{slice_days} must be 1 or more, cut_at {cut_at} 2 or more. Correct the "
                "connection's extras."
            )
        self.access_token, self.refresh_token = access_token, refresh_token
        self.client_id, self.client_secret = client_id, client_secret
        self.version = version
        self.slice_days = slice_days
        self.cut_at = cut_at
        session = requests.Session() if session is None else session
        self.tokens = Tokens(
            access_token=access_token,
            refresh_token=refresh_token,
            client_id=client_id,
            client_secret=client_secret,
            token_url=token_url,
            session=session,
            clock=clock,
        )
        self.caller = Caller(
            host=host,
            version=version,
            tokens=self.tokens,
            session=session,
            page_size=page_size,
            concurrency=concurrency,
            sleep=sleep,
            clock=clock,
        )

    @property
    def memory(self) -> Memory | None:
        """Answers of an earlier try, which are not asked for again."""
        return self.caller.memory

    @memory.setter
    def memory(self, memory: Memory | None) -> None:
        self.caller.memory = memory

    def check(self) -> None:
        """Search for one account; raises what `fetch` would raise."""
        self._look(datetime.now(UTC))
        query = _search(("ACTIVE",)) | {"pageSize": 1}
        mapping(self.caller.get("adAccounts", query, where="linkedin_ads: test"), "linkedin_ads")

    def accounts(self) -> list[dict[str, Any]]:
        """The ad accounts on which the token's member has a role."""
        where = "linkedin_ads: accounts"
        return [
            {
                "id": str(item["id"]),
                "name": item.get("name"),
                "currency": item.get("currency"),
                "timezone": "UTC",
                "status": item.get("status"),
            }
            for page in self.caller.pages("adAccounts", _search(ACCOUNT_STATUSES), where=where)
            for item in listing(mapping(page, where), "elements", where)
            if isinstance(item, dict) and "id" in item
        ]

    def fetch(self, account: Account, window: Window, *, now: datetime) -> Iterator[Reply]:
        """Every object of the account, then the numbers per ad and day of the window.

        Raises:
            AccountUnreadable: the account is gone or not shared with the token's member.
            AuthenticationExpired, RateLimited, SourceUnavailable, SchemaDrift: see each.
        """
        self._look(now)
        where = f"linkedin_ads {account.account_id}"
        path = f"adAccounts/{account.account_id}"
        groups, campaigns = _search(GROUP_STATUSES), _search(CAMPAIGN_STATUSES)
        creatives = {"q": "criteria", "intendedStatuses": GROUP_STATUSES}

        def listed(
            entity: str, query: Mapping[str, restli.Value], method: str | None = None
        ) -> Asked:
            pages = partial(
                self.caller.pages,
                f"{path}/{entity}",
                query,
                where=f"{where} {entity}",
                account_id=account.account_id,
                method=method,
            )
            return lambda: (entity, pages())

        objects = Objects(self.caller, account.account_id)
        found = _Found(now)
        analytics = Analytics(
            self.caller, account.account_id, cut_at=self.cut_at, note=found.note_numbers
        )
        whole = Slice(window.since, window.until)
        first: tuple[Asked, ...] = (
            lambda: ("account", [self._account(path, account)]),
            listed("creatives", creatives, "FINDER"),
        )
        others: tuple[Asked, ...] = (
            listed("adCampaigns", campaigns),
            listed("adCampaignGroups", groups),
            lambda: ("adAnalyticsTotals", [analytics.totals(whole)]),
        )
        # Calls wait for each other only where they must: posts and numbers for the creatives,
        # pictures for the posts. The limiter counts them all.
        aside = ThreadPoolExecutor(2, thread_name_prefix="linkedin_ads")
        try:
            # Two at a time: with the two below they are as many as may be open.
            told = aside.submit(lambda: list(in_order(2, others)))
            for entity, answers in in_order(2, first):
                for answer in answers:
                    yield Reply.of(entity, answer, now)
                    if entity == "creatives":
                        found.note_creatives(answer, f"{where} creatives")
            planned = slices(
                window, found.lives.values(), cut_at=self.cut_at, least_days=self.slice_days
            )
            posts = objects.steps("posts", found.new_posts())
            steps: list[Step[Any]] = [*posts, *analytics.steps(planned, list(found.lives))]
            asked = in_order(threads_for(self.caller.concurrency), (step.ask for step in steps))
            pictures: list[Future[list[Reply]]] = []

            def show() -> None:
                pictures.append(aside.submit(lambda: list(self._pictures(objects, found, now))))

            if not posts:
                show()
            for at, (step, each) in enumerate(zip(steps, asked, strict=True)):
                for answer in step.settle(each):
                    yield Reply.of("posts" if at < len(posts) else "adAnalytics", answer, now)
                    if at < len(posts):
                        found.note_posts(answer)
                if at + 1 == len(posts):
                    show()
            for entity, answers in told.result():
                yield from (Reply.of(entity, answer, now) for answer in answers)
            for shown in pictures:
                yield from shown.result()
        finally:
            # What is under way is waited for: its answers are remembered for the next try.
            aside.shutdown(wait=True, cancel_futures=True)
        yield from self._unlisted(path, account, found, now)
        yield from self._shown(objects, found, now)

    def _unlisted(
        self, path: str, account: Account, found: _Found, now: datetime
    ) -> Iterator[Reply]:
        """Creatives that only the numbers name: asked for by name, they may be there after all."""
        where = f"linkedin_ads {account.account_id} creatives"
        for group in chunks(found.unlisted(), AT_ONCE):
            answer = self.caller.get(
                f"{path}/creatives",
                {"q": "criteria", "creatives": group},
                where=where,
                account_id=account.account_id,
                method="FINDER",
                verdict=verdict_of_objects,
            )
            if answer.status < 400:
                yield Reply.of("creatives", answer, now)
                found.note_creatives(answer, where)

    def _shown(self, objects: Objects, found: _Found, now: datetime) -> Iterator[Reply]:
        """Posts and pictures that were referred to and not yet read."""
        for answer in objects.fetch("posts", found.new_posts()):
            yield Reply.of("posts", answer, now)
            found.note_posts(answer)
        yield from self._pictures(objects, found, now)

    def _pictures(self, objects: Objects, found: _Found, now: datetime) -> Iterator[Reply]:
        """Pictures that were referred to and not yet read."""
        kinds = _by_kind(found.new_files())
        files: list[Callable[[], list[Answer]]] = [
            partial(list, objects.fetch(kind, urns)) for kind, urns in kinds.items()
        ]
        for kind, answers in zip(kinds, in_order(len(files), files), strict=True):
            yield from (Reply.of(kind, answer, now) for answer in answers)

    def refresh_images(self, account: Account, refs: Iterable[Mapping[str, Any]]) -> dict[str, str]:
        """Fresh links of pictures and video posters whose links have died, by URN.

        Args:
            refs: rows of `creative_images`.
        """
        objects = Objects(self.caller, account.account_id, remembered=False)
        fresh: dict[str, str] = {}
        urns = dict.fromkeys(str(ref["source_ref"]) for ref in refs)
        for kind, of_kind in _by_kind(urns).items():
            for answer in objects.fetch(kind, of_kind):
                for urn, item in found_in(answer.body).items():
                    link = link_of(item)
                    if link is not None:
                        fresh[urn] = link
        return fresh

    def _account(self, path: str, account: Account) -> Answer:
        where = f"linkedin_ads {account.account_id} account"
        return self.caller.get(path, {}, where=where, account_id=account.account_id)

    def _look(self, now: datetime) -> None:
        """Warn while there is time: of a token's end, and of the version's."""
        self.tokens.look(now)
        ends = version_ends(self.version)
        days = None if ends is None else (ends - now).days
        if days is not None and days < WARN_VERSION_DAYS:
            log.warning(
                "linkedin_ads: version %s lives until about %s. Put a newer one into the "
                "connection's version, and read LinkedIn's list of changes before.",
                self.version,
                ends.date() if ends else None,
            )


def _search(statuses: tuple[str, ...]) -> dict[str, restli.Value]:
    return {"q": "search", "search": {"status": {"values": statuses}}}


def _by_kind(urns: Iterable[str]) -> dict[str, list[str]]:
    """Pictures and videos, each with the resource that serves them; documents have no picture."""
    kinds: dict[str, list[str]] = {"images": [], "videos": []}
    for urn in urns:
        if urn.startswith(IMAGE):
            kinds["images"].append(urn)
        elif urn.startswith(VIDEO):
            kinds["videos"].append(urn)
    return kinds


class _Found:
    """What the replies refer to, and when each creative may have run."""

    def __init__(self, now: datetime) -> None:
        self.lives: dict[str, tuple[date, date]] = {}
        self._listed: set[str] = set()
        self._told: set[str] = set()
        self._posts: dict[str, bool] = {}  # -> whether it was handed out already
        self._files: dict[str, bool] = {}
        self._today = now.astimezone(UTC).date()

    def unlisted(self) -> list[str]:
        """Creatives that only the numbers mention."""
        return sorted(self._told - self._listed)

    def new_posts(self) -> list[str]:
        return _taken(self._posts)

    def new_files(self) -> list[str]:
        return _taken(self._files)

    def note_creatives(self, answer: Answer, where: str) -> None:
        for creative in listing(mapping(answer, where), "elements", where):
            if isinstance(creative, dict):
                self._note(creative)

    def note_posts(self, answer: Answer) -> None:
        for post in found_in(answer.body).values():
            self._note_files(post)

    def note_numbers(self, creatives: Collection[str]) -> None:
        self._told.update(creatives)

    def _note(self, creative: dict[str, Any]) -> None:
        post = post_urn(creative)
        if post is not None:
            self._posts.setdefault(post, False)
        self._note_files(creative)
        urn, status = creative.get("id"), creative.get("intendedStatus")
        if not isinstance(urn, str):
            return
        self._listed.add(urn)
        if status != "DRAFT":
            made = _day(creative.get("createdAt"), date.min)
            last = _day(creative.get("lastModifiedAt"), self._today)
            self.lives[urn] = (made, max(made, self._today if status == "ACTIVE" else last))

    def _note_files(self, of: dict[str, Any]) -> None:
        for file in files_of(of.get("content")):
            self._files.setdefault(file.urn, False)


def _taken(urns: dict[str, bool]) -> list[str]:
    """Those that nobody has taken before."""
    new = [urn for urn, taken in urns.items() if not taken]
    urns.update(dict.fromkeys(new, True))
    return new


def _day(milliseconds: Any, otherwise: date) -> date:
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int):
        return otherwise
    try:
        return datetime.fromtimestamp(milliseconds / 1000, tz=UTC).date()
    except (ValueError, OverflowError, OSError):
        return otherwise
