"""LinkedIn Marketing API: reads one ad account.

Rules come from `reference/platform-apis.md` section 4. LinkedIn's campaign group is our
campaign, its campaign our ad set, its creative our ad. All days are UTC. An analytics answer
is cut silently at 15,000 elements, so ranges are halved before that.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from include.errors import (
    AccountUnreadable,
    AuthenticationExpired,
    ConfigurationError,
    RateLimited,
    SchemaDrift,
)
from include.sources import restli
from include.sources.http import (
    Answer,
    Bearer,
    PassingError,
    Verdict,
    call,
    chunks,
    first_lines,
    listing,
    mapping,
)
from include.sources.linkedin_ads_creatives import image_urns, post_urn
from include.sources.linkedin_ads_rows import parse
from include.sources.replies import Account, Reply, Window

__all__ = ["HOST", "IMAGE_HOSTS", "TOKEN_URL", "VERSION", "Client", "parse"]

log = logging.getLogger(__name__)

HOST = "https://api.linkedin.com"
TOKEN_URL = "https://www.linkedin.com/oauth/v2/accessToken"  # noqa: S105 - an address, no token
VERSION = "202609"
IMAGE_HOSTS = frozenset({"media.licdn.com", "*.licdn.com"})

PAGE_SIZE = 100
URNS_PER_CALL = 20  # keeps addresses well under the length that gets 414
SLICE_DAYS = 7
CUT_AT = 15_000
# Analytics data throttle: a window of five minutes, and some to spare.
DATA_WAIT_S = 330.0

# Without these, a search leaves removed objects out. Creatives have the groups' statuses.
GROUP_STATUSES = (
    "ACTIVE", "ARCHIVED", "CANCELED", "DRAFT", "PAUSED", "PENDING_DELETION", "REMOVED",
)  # fmt: skip
CAMPAIGN_STATUSES = (*GROUP_STATUSES, "COMPLETED")
# At most 20 names, dateRange and pivotValues counted; rows without those two cannot be placed.
FIELDS = (
    "dateRange",
    "pivotValues",
    "impressions",
    "clicks",
    "landingPageClicks",
    "costInLocalCurrency",
    "approximateMemberReach",
    "externalWebsiteConversions",
    "conversionValueInLocalCurrency",
    "oneClickLeads",
    "totalEngagements",
    "videoViews",
)


class Client:
    """Reads ad accounts with an access token, renewed once when there is a refresh token."""

    def __init__(
        self,
        *,
        host: str = HOST,
        access_token: str,
        refresh_token: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        token_url: str = TOKEN_URL,
        version: str = VERSION,
        session: requests.Session | None = None,
    ) -> None:
        self.root = f"{host.rstrip('/')}/rest"
        self.access_token = access_token
        self.refresh_token = refresh_token
        self.client_id = client_id
        self.client_secret = client_secret
        self.token_url = token_url
        self.version = version
        self.session = requests.Session() if session is None else session

    def check(self) -> None:
        """Search for one account; raises what `fetch` would raise."""
        status = restli.Raw("(status:(values:List(ACTIVE)))")
        query = {"q": "search", "search": status, "pageSize": "1"}
        self._get("adAccounts", query, where="linkedin_ads: test")

    def fetch(self, account: Account, window: Window, *, now: datetime) -> Iterator[Reply]:
        """Every object of the account, then the numbers per ad and day of the window.

        Raises:
            AccountUnreadable: the account is gone or not shared with the token's member.
            AuthenticationExpired, RateLimited, SourceUnavailable, SchemaDrift: see each.
        """
        where = f"linkedin_ads {account.account_id}"
        path = f"adAccounts/{account.account_id}"

        def reply(entity: str, answer: Answer) -> Reply:
            return Reply(entity, answer.url, answer.status, now, answer.body)

        yield reply("account", self._get(path, {}, where=f"{where} account"))
        for entity, statuses in (
            ("adCampaignGroups", GROUP_STATUSES),
            ("adCampaigns", CAMPAIGN_STATUSES),
        ):
            values = restli.Raw(f"(status:(values:{restli.items(statuses)}))")
            query = {"q": "search", "search": values}
            for page in self._pages(f"{path}/{entity}", query, where=f"{where} {entity}"):
                yield reply(entity, page)
        posts: dict[str, None] = {}
        urns: dict[str, None] = {}
        query = {"q": "criteria", "intendedStatuses": restli.items(GROUP_STATUSES)}
        at = f"{path}/creatives"
        for page in self._pages(at, query, where=f"{where} creatives", method="FINDER"):
            yield reply("creatives", page)
            for creative in listing(mapping(page, where), "elements", f"{where} creatives"):
                posts.update(dict.fromkeys(_known(post_urn(creative))))
                urns.update(dict.fromkeys(image_urns(creative.get("content"))))
        for page in self._batches("posts", list(posts), where=where):
            yield reply("posts", page)
            for post in _results(page).values():
                urns.update(dict.fromkeys(image_urns(post.get("content"))))
        for page in self._batches("images", list(urns), where=where):
            yield reply("images", page)
        since = window.since
        while since <= window.until:
            until = min(since + timedelta(days=SLICE_DAYS - 1), window.until)
            for answer in self._analytics(account, since, until):
                yield reply("adAnalytics", answer)
            since = until + timedelta(days=1)

    def _analytics(self, account: Account, since: date, until: date) -> Iterator[Answer]:
        """The numbers of some days, in as many pieces as the silent cut makes necessary."""
        where = f"linkedin_ads {account.account_id} adAnalytics {since} to {until}"
        urn = f"urn:li:sponsoredAccount:{account.account_id}"
        query = {
            "q": "analytics",
            "pivot": "CREATIVE",
            "timeGranularity": "DAILY",
            "dateRange": restli.days(since, until),
            "accounts": restli.items([urn]),
            "fields": restli.Raw(",".join(FIELDS)),
        }
        answer = self._get("adAnalytics", query, where=where)
        if len(listing(mapping(answer, where), "elements", where)) < CUT_AT:
            yield answer
        elif since == until:
            raise SchemaDrift(
                f"{where}: {CUT_AT} or more ads in one day; LinkedIn leaves the rest out. "
                "A developer has to ask per campaign."
            )
        else:
            middle = since + (until - since) // 2
            yield from self._analytics(account, since, middle)
            yield from self._analytics(account, middle + timedelta(days=1), until)

    def _batches(self, path: str, urns: list[str], *, where: str) -> Iterator[Answer]:
        """Objects by URN. Posts may be closed to us as a whole: pictures are then missing,
        numbers are not."""
        for group in chunks(urns, URNS_PER_CALL):
            answer = self._get(
                path,
                {"ids": restli.items(group)},
                where=f"{where} {path}",
                method="BATCH_GET",
                verdict=_verdict_of_objects,
            )
            if answer.status >= 400:
                log.warning(
                    "%s %s: %s for %d objects, first %s; their pictures are missing. Does the "
                    "token have r_organization_social and a role on the page?",
                    where,
                    path,
                    answer.status,
                    len(group),
                    group[0],
                )
            yield answer

    def _pages(
        self, path: str, parameters: Mapping[str, str], *, where: str, method: str | None = None
    ) -> Iterator[Answer]:
        query = {**parameters, "pageSize": str(PAGE_SIZE)}
        seen: set[str] = set()
        while True:
            answer = self._get(path, query, where=where, method=method)
            yield answer
            token = (mapping(answer, where).get("metadata") or {}).get("nextPageToken")
            if not token:
                return
            if token in seen:
                raise SchemaDrift(
                    f"{where}: page {len(seen) + 1} repeats the token {token!r:.60}. "
                    "A developer has to look at include/sources/linkedin_ads.py."
                )
            seen.add(token)
            query["pageToken"] = token

    def _get(
        self,
        path: str,
        parameters: Mapping[str, str],
        *,
        where: str,
        method: str | None = None,
        verdict: Verdict | None = None,
    ) -> Answer:
        try:
            return self._get_once(path, parameters, where=where, method=method, verdict=verdict)
        except AuthenticationExpired:
            if self.refresh_token is None:
                raise
            self._renew(where)
            return self._get_once(path, parameters, where=where, method=method, verdict=verdict)

    def _get_once(
        self,
        path: str,
        parameters: Mapping[str, str],
        *,
        where: str,
        method: str | None,
        verdict: Verdict | None,
    ) -> Answer:
        url = f"{self.root}/{path}"
        headers = {"LinkedIn-Version": self.version, "X-Restli-Protocol-Version": "2.0.0"}
        if method is not None:
            headers["X-RestLi-Method"] = method
        return call(
            self.session,
            "GET",
            # Complete, not as `params`: requests would encode the syntax, too.
            f"{url}?{restli.query(parameters)}" if parameters else url,
            where=where,
            verdict=_verdict if verdict is None else verdict,
            secrets=self._secrets(),
            auth=Bearer(self.access_token),
            headers=headers,
        )

    def _renew(self, where: str) -> None:
        answer = call(
            self.session,
            "POST",
            self.token_url,
            where=f"{where}: token",
            verdict=_token_verdict,
            secrets=tuple(s for s in (self.client_secret, self.refresh_token) if s),
            data={
                "grant_type": "refresh_token",
                "refresh_token": self.refresh_token or "",
                "client_id": self.client_id or "",
                "client_secret": self.client_secret or "",
            },
        )
        token = mapping(answer, f"{where}: token").get("access_token")
        if not isinstance(token, str):
            raise SchemaDrift(
                f"{where}: the token reply has no access_token. Check the connection's token "
                "address."
            )
        self.access_token = token

    def _secrets(self) -> tuple[str, ...]:
        known = (self.access_token, self.refresh_token, self.client_secret)
        return tuple(secret for secret in known if secret)


def _known(urn: str | None) -> list[str]:
    return [] if urn is None else [urn]


def _results(answer: Answer) -> dict[str, Any]:
    results = answer.body.get("results") if isinstance(answer.body, dict) else None
    return results if isinstance(results, dict) else {}


def _verdict_of_objects(answer: Answer, where: str) -> Exception | None:
    """Posts and pictures that are closed or gone are no reason to lose the account's numbers."""
    return None if answer.status in {403, 404} and answer.body else _verdict(answer, where)


def _token_verdict(answer: Answer, where: str) -> Exception | None:
    if answer.status < 400 or answer.body is None:
        return None
    if answer.status == 429 or answer.status >= 500:
        return PassingError(f"status {answer.status}: {first_lines(answer)!r}")
    return AuthenticationExpired(
        f"{where}: the refresh token was refused ({answer.status}, {first_lines(answer)!r}); it "
        "lives 365 days. Grant access again and put the new tokens into the connection."
    )


def _verdict(answer: Answer, where: str) -> Exception | None:
    if answer.status < 400 or answer.body is None:
        return None
    body = answer.body if isinstance(answer.body, dict) else {}
    said = f"{answer.status} {body.get('code')}: {str(body.get('message'))[:160]!r}"
    if answer.status == 401:
        return AuthenticationExpired(
            f"{where}: the access token was refused ({said}); it lives 60 days. Put a new one into "
            "the connection's password."
        )
    if answer.status == 429:
        return RateLimited(
            f"{where}: too many calls ({said}). Nothing to do; it is tried again.",
            wait_s=_wait_s(answer, said),
        )
    if answer.status in {403, 404}:
        return AccountUnreadable(
            f"{where}: no permission, or the account does not exist ({said}). Give the token's "
            "member a role on the account, or take it out of nodes.yaml."
        )
    if answer.status == 426:
        return ConfigurationError(
            f"{where}: the API version is no longer served ({said}). Put a newer one, such as "
            f"{VERSION}, into the connection's version."
        )
    return _unexpected(answer, where, said)


def _unexpected(answer: Answer, where: str, said: str) -> Exception:
    if answer.status >= 500:
        return PassingError(said)
    return SchemaDrift(
        f"{where}: the request was refused ({said}). A field or parameter is no longer accepted; "
        "a developer has to look at include/sources/linkedin_ads.py."
    )


def _wait_s(answer: Answer, said: str) -> float:
    """LinkedIn names no time. The data throttle ends in minutes, day quotas at 00:00 UTC."""
    if "5-minute window" in said:
        return DATA_WAIT_S
    try:
        answered = parsedate_to_datetime(answer.headers["date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return 3600.0
    midnight = (answered + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(60.0, (midnight - answered).total_seconds())
