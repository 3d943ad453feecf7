"""Meta Marketing API: reads one ad account (Facebook and Instagram).

Rules come from `reference/platform-apis.md` section 1. Reading without asking for statuses
hides deleted and archived objects, so every listing names them all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import requests

from include.errors import AccountUnreadable, AuthenticationExpired, RateLimited, SchemaDrift
from include.sources.http import (
    Answer,
    Bearer,
    PassingError,
    call,
    chunks,
    first_lines,
    listing,
    mapping,
)
from include.sources.meta_creatives import image_hashes
from include.sources.meta_rows import parse
from include.sources.replies import Account, Reply, Window

__all__ = ["HOST", "IMAGE_HOSTS", "VERSION", "Client", "parse"]

HOST = "https://graph.facebook.com"
VERSION = "v26.0"
IMAGE_HOSTS = frozenset({"*.fbcdn.net", "*.facebook.com", "*.cdninstagram.com"})

LISTING_SIZE = 100
INSIGHTS_SIZE = 500
IDS_PER_CALL = 50
SLICE_DAYS = 7
# Disabled and closed accounts; all other states can be read.
UNREADABLE_STATUS = {2: "disabled", 101: "closed"}

ACCOUNT_FIELDS = "id,account_id,name,account_status,disable_reason,currency,timezone_name"
CAMPAIGN_FIELDS = "id,account_id,name,objective,status,effective_status,created_time"
AD_SET_FIELDS = (
    "id,account_id,campaign_id,name,status,effective_status,optimization_goal,created_time"
)
AD_FIELDS = (
    "id,account_id,campaign_id,adset_id,name,status,effective_status,creative{id},created_time"
)
CREATIVE_FIELDS = (
    "id,account_id,name,object_type,title,body,call_to_action_type,link_url,image_hash,image_url,"
    "video_id,object_story_spec,asset_feed_spec"
)
IMAGE_FIELDS = "hash,name,url,width,height,original_width,original_height,status"
INSIGHT_FIELDS = (
    "account_id,account_currency,campaign_id,adset_id,ad_id,impressions,reach,clicks,"
    "inline_link_clicks,inline_post_engagement,spend,actions,action_values,attribution_setting,"
    "date_start,date_stop"
)

# Without these, a listing leaves deleted and archived objects out.
CAMPAIGN_STATUSES = ("ACTIVE", "PAUSED", "DELETED", "ARCHIVED", "IN_PROCESS", "WITH_ISSUES")
AD_SET_STATUSES = (*CAMPAIGN_STATUSES, "CAMPAIGN_PAUSED")
AD_STATUSES = (
    *AD_SET_STATUSES,
    "ADSET_PAUSED",
    "DISAPPROVED",
    "PENDING_BILLING_INFO",
    "PENDING_REVIEW",
    "PREAPPROVED",
)

TOKEN_CODES = {190, 102}
LIMIT_CODES = {4, 17, 32, 341, 368, 613, *range(80000, 80015)}
PASSING_CODES = {1, 2, 104, 960}
DEFAULT_WAIT_S = 300.0


class Client:
    """Reads ad accounts with one access token."""

    def __init__(
        self,
        *,
        host: str = HOST,
        access_token: str,
        version: str = VERSION,
        session: requests.Session | None = None,
    ) -> None:
        self.root = f"{host.rstrip('/')}/{version}"
        self.token = access_token
        self.session = requests.Session() if session is None else session

    def check(self) -> None:
        """List one account of the token; raises what `fetch` would raise."""
        self._get("me/adaccounts", {"fields": "id", "limit": "1"}, where="meta: test")

    def fetch(self, account: Account, window: Window, *, now: datetime) -> Iterator[Reply]:
        """Every object of the account, then the numbers per ad and day of the window.

        Raises:
            AccountUnreadable: the account is disabled, closed or not shared with the token.
            AuthenticationExpired, RateLimited, SourceUnavailable, SchemaDrift: see each.
        """
        where = f"meta {account.account_id}"
        act = f"act_{account.account_id}"

        def reply(entity: str, answer: Answer) -> Reply:
            return Reply(entity, answer.url, answer.status, now, answer.body)

        answer = self._get(act, {"fields": ACCOUNT_FIELDS}, where=f"{where} account")
        self._check_status(mapping(answer, f"{where} account"), where)
        yield reply("account", answer)
        for entity, fields, statuses in (
            ("campaigns", CAMPAIGN_FIELDS, CAMPAIGN_STATUSES),
            ("adsets", AD_SET_FIELDS, AD_SET_STATUSES),
        ):
            for page in self._pages(f"{act}/{entity}", _listed(fields, statuses), where=where):
                yield reply(entity, page)
        creative_ids: dict[str, None] = {}
        for page in self._pages(f"{act}/ads", _listed(AD_FIELDS, AD_STATUSES), where=where):
            yield reply("ads", page)
            for ad in listing(mapping(page, where), "data", f"{where} ads"):
                creative_ids.update(dict.fromkeys(_creative_ids(ad)))
        hashes: dict[str, None] = {}
        for ids in chunks(list(creative_ids), IDS_PER_CALL):
            query = {"ids": ",".join(ids), "fields": CREATIVE_FIELDS}
            page = self._get("", query, where=f"{where} creatives")
            yield reply("creatives", page)
            for creative in mapping(page, f"{where} creatives").values():
                hashes.update(dict.fromkeys(image_hashes(creative)))
        for group in chunks(list(hashes), IDS_PER_CALL):
            query = {"hashes": _json(group), "fields": IMAGE_FIELDS, "limit": str(IDS_PER_CALL)}
            for page in self._pages(f"{act}/adimages", query, where=where):
                yield reply("adimages", page)
        for since, until in _slices(window):
            query = {
                "level": "ad",
                "time_increment": "1",
                "time_range": _json({"since": since.isoformat(), "until": until.isoformat()}),
                "fields": INSIGHT_FIELDS,
                # Other breakdowns would repeat an action once per breakdown value.
                "action_breakdowns": _json(["action_type"]),
                "filtering": _json(
                    [{"field": "ad.effective_status", "operator": "IN", "value": AD_STATUSES}]
                ),
                "limit": str(INSIGHTS_SIZE),
            }
            days = f"{where} {since} to {until}"
            for page in self._pages(f"{act}/insights", query, where=days):
                yield reply("insights", page)

    def _get(self, path: str, params: Mapping[str, str], *, where: str) -> Answer:
        return call(
            self.session,
            "GET",
            f"{self.root}/{path}" if path else f"{self.root}/",
            where=where,
            verdict=_verdict,
            secrets=(self.token,),
            auth=Bearer(self.token),
            params=params,
        )

    def _pages(self, path: str, params: Mapping[str, str], *, where: str) -> Iterator[Answer]:
        """All pages. A page may be short or even empty and still have a next one.

        `paging.next` holds the token, so the request is rebuilt with `after`.
        """
        where = f"{where} {path.rsplit('/', 1)[-1]}"
        query = dict(params)
        seen: set[str] = set()
        while True:
            answer = self._get(path, query, where=where)
            yield answer
            paging = mapping(answer, where).get("paging") or {}
            if not paging.get("next"):
                return
            after = (paging.get("cursors") or {}).get("after")
            if not after or after in seen:
                raise SchemaDrift(
                    f"{where}: the reply names a next page, but its cursor is {after!r:.60} "
                    f"(page {len(seen) + 1}). A developer has to look at include/sources/meta.py."
                )
            seen.add(after)
            query["after"] = after

    def _check_status(self, fields: Mapping[str, Any], where: str) -> None:
        status = fields.get("account_status")
        if status in UNREADABLE_STATUS:
            raise AccountUnreadable(
                f"{where}: the account is {UNREADABLE_STATUS[status]} (account_status {status}, "
                f"disable_reason {fields.get('disable_reason')}). Ask its owner, or take it out of "
                "nodes.yaml."
            )


def _listed(fields: str, statuses: Sequence[str]) -> dict[str, str]:
    return {"fields": fields, "limit": str(LISTING_SIZE), "effective_status": _json(statuses)}


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _creative_ids(ad: Any) -> list[str]:
    creative = ad.get("creative") if isinstance(ad, dict) else None
    return [str(creative["id"])] if isinstance(creative, dict) and creative.get("id") else []


def _slices(window: Window) -> Iterator[tuple[Any, Any]]:
    """The window in pieces of at most seven days; larger ones time out on busy accounts."""
    since = window.since
    while since <= window.until:
        until = min(since + timedelta(days=SLICE_DAYS - 1), window.until)
        yield since, until
        since = until + timedelta(days=1)


def _verdict(answer: Answer, where: str) -> Exception | None:
    """Decided on `error.code`, not on the HTTP status, which Meta uses loosely."""
    error = answer.body.get("error") if isinstance(answer.body, dict) else None
    if not isinstance(error, dict):
        return None if answer.status < 400 or answer.body is None else _unexpected(answer, where)
    code, subcode = error.get("code"), error.get("error_subcode")
    said = f"code {code}/{subcode}: {str(error.get('message'))[:160]!r}"
    if code in TOKEN_CODES:
        return AuthenticationExpired(
            f"{where}: the access token was refused ({said}). Make a new one and put it into the "
            "connection's password."
        )
    if code in LIMIT_CODES:
        return RateLimited(
            f"{where}: too many calls ({said}). Nothing to do; it is tried again.",
            wait_s=_wait_s(answer.headers),
        )
    if (
        code in {3, 10}
        or (isinstance(code, int) and 200 <= code <= 299)
        or (code, subcode)
        == (
            100,
            33,
        )
    ):
        return AccountUnreadable(
            f"{where}: no permission, or the account does not exist ({said}). Share the account "
            "with the token's user (ads_read), or take it out of nodes.yaml."
        )
    if code in PASSING_CODES or error.get("is_transient") is True:
        return PassingError(said)
    return _unexpected(answer, where)


def _unexpected(answer: Answer, where: str) -> Exception:
    if answer.status >= 500:
        return PassingError(f"status {answer.status}: {first_lines(answer)!r}")
    return SchemaDrift(
        f"{where}: the request was refused ({answer.status}, {first_lines(answer)!r}). A field or "
        "parameter is no longer accepted; a developer has to look at include/sources/meta.py."
    )


def _wait_s(headers: Mapping[str, str]) -> float:
    """How long Meta says it takes to regain access; five minutes when it does not say."""
    try:
        usage = json.loads(headers.get("x-business-use-case-usage", "{}"))
        minutes = [
            float(entry.get("estimated_time_to_regain_access", 0))
            for entries in usage.values()
            for entry in entries
        ]
    except (ValueError, TypeError, AttributeError):
        minutes = []
    return max([60 * m for m in minutes if m > 0], default=DEFAULT_WAIT_S)
