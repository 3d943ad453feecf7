"""LinkedIn's Marketing API over the synthetic world: entities, posts, images, analytics."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date
from functools import cached_property
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from include.sandbox.accounts import ACCOUNTS, SandboxAccount, sandbox_account
from include.sandbox.credentials import (
    LINKEDIN_CLIENT_ID,
    LINKEDIN_CLIENT_SECRET,
    LINKEDIN_REFRESH_TOKEN,
    LINKEDIN_TOKEN,
)
from include.sandbox.desk import Desk, base_url, page_bounds
from include.sandbox.entities import Creative
from include.sandbox.linkedin_analytics import FIELDS, MOST_FIELDS, PIVOTS, elements
from include.sandbox.linkedin_entities import Writer, image
from include.sandbox.restli import RestliError, parse_query

# Alive in November 2026: each version lives for about a year; 202512 was never issued.
VERSIONS = tuple(f"2026{month:02d}" for month in range(1, 11))
_PAGE, _LARGEST_PAGE = 100, 1000
_NO_ROWS: dict[str, Any] = {"elements": [], "paging": {"count": 10, "start": 0, "links": []}}


class LinkedInError(Exception):
    """An error reply."""

    def __init__(self, http: int, code: str, message: str, service: int | None = None) -> None:
        super().__init__(message)
        self.http, self.code, self.service = http, code, service

    def body(self) -> dict[str, Any]:
        """The reply's body as the platform writes it."""
        body: dict[str, Any] = {"status": self.http, "code": self.code, "message": str(self)}
        if self.service is not None:
            body["serviceErrorCode"] = self.service
        return body


def _bad(message: str) -> LinkedInError:
    return LinkedInError(400, "ILLEGAL_ARGUMENT", message)


class _Call:
    """One authenticated request with its parsed query."""

    def __init__(self, desk: Desk, request: Request, query: str) -> None:
        self.desk, self.request = desk, request
        self.now = desk.now()
        self.base = base_url(request)
        try:
            self.query = parse_query(query)
        except RestliError as error:
            raise _bad(f"Invalid query parameters passed to request: {error}") from error

    @cached_property
    def posts(self) -> dict[str, tuple[SandboxAccount, Creative]]:
        """Every post of every account by its URN."""
        return {
            f"urn:li:share:{creative.post_id}": (account, creative)
            for account in ACCOUNTS
            if account.platform == "linkedin_ads"
            for creative in self.desk.world.creatives(account, self.now)
        }

    def account(self) -> SandboxAccount:
        """The account of the path."""
        asked = self.request.path_params["account"]
        found = sandbox_account("linkedin_ads", asked)
        if found is None:
            raise LinkedInError(404, "NOT_FOUND", "Could not find entity")
        return found

    def writer(self, account: SandboxAccount) -> Writer:
        """What writes the entities of an account."""
        return Writer(account, self.now, self.desk.pictures, self.base)

    def finder(self, name: str) -> None:
        """Insists on `q=<name>`."""
        if self.query.get("q") != name:
            raise _bad(f"Invalid query parameters passed to request: expected q={name}")

    def values(self, name: str) -> list[str] | None:
        """A parameter that must be a raw `List(...)`."""
        value = self.query.get(name)
        if value is None:
            return None
        if not isinstance(value, list):
            raise _bad(f"Invalid query parameters passed to request: {name} must be a List()")
        return [str(v) for v in value]

    def search(self, field: str) -> list[str] | None:
        """The values of one field of `search=(field:(values:List(...)))`."""
        search = self.query.get("search")
        if search is None:
            return None
        if not isinstance(search, dict):
            raise _bad("Invalid query parameters passed to request: search must be (...)")
        criterion = search.get(field)
        if criterion is None:
            return None
        if not isinstance(criterion, dict) or not isinstance(criterion.get("values"), list):
            raise _bad(f"Invalid query parameters passed to request: search.{field}")
        return [str(v) for v in criterion["values"]]

    def page(self, things: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """A page of elements."""
        size = str(self.query.get("pageSize", _PAGE))
        if not size.isdecimal() or not 1 <= int(size) <= _LARGEST_PAGE:
            raise _bad(f"Invalid query parameters passed to request: pageSize {size}")
        first, end, following = page_bounds(len(things), self._offset(), int(size))
        metadata = {} if following is None else {"nextPageToken": _page_token(following)}
        return {"elements": list(things[first:end]), "metadata": metadata}

    def _offset(self) -> int:
        token = self.query.get("pageToken")
        if token is None:
            return 0
        try:
            return int(base64.urlsafe_b64decode(f"{token}==").decode().removeprefix("row-"))
        except (binascii.Error, ValueError) as error:
            raise _bad("Invalid query parameters passed to request: pageToken") from error


def _page_token(offset: int) -> str:
    return base64.urlsafe_b64encode(f"row-{offset}".encode()).decode().rstrip("=")


def _accounts(call: _Call) -> dict[str, Any]:
    call.finder("search")
    own = [a for a in ACCOUNTS if a.platform == "linkedin_ads"]
    ids, statuses = call.search("id"), call.search("status")
    writers = [call.writer(a) for a in own]
    found = [
        w.ad_account()
        for w in writers
        if (ids is None or w.urn in ids) and (statuses is None or "ACTIVE" in statuses)
    ]
    return call.page(found)


def _account(call: _Call) -> dict[str, Any]:
    return call.writer(call.account()).ad_account()


def _with_status(call: _Call, things: list[dict[str, Any]]) -> dict[str, Any]:
    call.finder("search")
    statuses = call.search("status")
    return call.page([t for t in things if statuses is None or t["status"] in statuses])


def _groups(call: _Call) -> dict[str, Any]:
    account = call.account()
    writer = call.writer(account)
    found = call.desk.world.campaigns(account, call.now)
    return _with_status(call, [writer.group(c) for c in found])


def _campaigns(call: _Call) -> dict[str, Any]:
    account = call.account()
    writer = call.writer(account)
    return _with_status(
        call, [writer.campaign(a) for a in call.desk.world.ad_sets(account, call.now)]
    )


def _creatives(call: _Call) -> dict[str, Any]:
    """Removed creatives are listed only when their status is asked for."""
    call.finder("criteria")
    account = call.account()
    writer = call.writer(account)
    statuses, campaigns = call.values("intendedStatuses"), call.values("campaigns")
    found = [writer.creative(ad) for ad in call.desk.world.ads(account, call.now)]
    shown = [
        c
        for c in found
        if (c["intendedStatus"] in statuses if statuses else c["intendedStatus"] != "REMOVED")
        and (campaigns is None or c["campaign"] in campaigns)
    ]
    return call.page(shown)


def _post_of(call: _Call, urn: str) -> dict[str, Any] | None:
    if urn not in call.posts:
        return None
    account, creative = call.posts[urn]
    return call.writer(account).post(creative)


def _image_of(call: _Call, urn: str) -> dict[str, Any] | None:
    picture = call.desk.pictures.named("linkedin_ads", urn.removeprefix("urn:li:image:"), call.now)
    if picture is None:
        return None
    return image(call.desk.pictures, picture, call.now, call.base)


def _one(
    find: Callable[[_Call, str], dict[str, Any] | None],
) -> Callable[[_Call], dict[str, Any]]:
    def answer(call: _Call) -> dict[str, Any]:
        found = find(call, call.request.path_params["urn"])
        if found is None:
            raise LinkedInError(404, "NOT_FOUND", "Could not find entity")
        return found

    return answer


def _batch(
    find: Callable[[_Call, str], dict[str, Any] | None],
) -> Callable[[_Call], dict[str, Any]]:
    def answer(call: _Call) -> dict[str, Any]:
        ids = call.values("ids")
        if ids is None:
            raise _bad("Invalid query parameters passed to request: ids is required")
        found = {urn: find(call, urn) for urn in ids}
        return {
            "results": {urn: entity for urn, entity in found.items() if entity is not None},
            "statuses": {},
            "errors": {
                urn: {"status": 404, "code": "NOT_FOUND", "message": "Could not find entity"}
                for urn, entity in found.items()
                if entity is None
            },
        }

    return answer


def _choice(call: _Call, name: str) -> str:
    """`pivot=CREATIVE` or `pivot=(value:CREATIVE)`."""
    value = call.query.get(name)
    return str(value.get("value")) if isinstance(value, dict) else str(value)


def _date(value: Any, name: str) -> date:
    try:
        return date(int(value["year"]), int(value["month"]), int(value["day"]))
    except (KeyError, TypeError, ValueError) as error:
        raise _bad(f"Invalid query parameters passed to request: dateRange.{name}") from error


def _analytics(call: _Call) -> dict[str, Any]:
    call.finder("analytics")
    pivot, granularity = _choice(call, "pivot"), _choice(call, "timeGranularity")
    if pivot not in PIVOTS or granularity not in {"DAILY", "ALL"}:
        raise _bad(f"Invalid query parameters passed to request: {pivot} {granularity}")
    span = call.query.get("dateRange")
    if not isinstance(span, dict) or "start" not in span:
        raise _bad("Invalid query parameters passed to request: dateRange")
    since = _date(span["start"], "start")
    until = _date(span["end"], "end") if "end" in span else call.now.astimezone(UTC).date()
    fields = str(call.query.get("fields", "impressions,clicks")).split(",")
    unknown = [f for f in fields if f not in FIELDS]
    if unknown:
        raise _bad(f"Invalid projection: unknown field {unknown[0]}")
    if len(fields) > MOST_FIELDS:
        raise _bad(f"Too many fields requested: {len(fields)}, at most {MOST_FIELDS} are allowed")
    accounts = call.values("accounts")
    if accounts is None:
        raise _bad("Invalid query parameters passed to request: the sandbox needs accounts=List()")
    found: list[dict[str, Any]] = []
    for urn in accounts:
        account = sandbox_account("linkedin_ads", urn.removeprefix("urn:li:sponsoredAccount:"))
        if account is None:
            continue  # no right to read gives no rows and no error
        found += elements(
            account,
            call.desk.world.daily(account, since, until, call.now),
            pivot=pivot,
            daily=granularity == "DAILY",
            since=since,
            until=until,
            fields=fields,
            only=_only(call, pivot),
        )
    return {"elements": found, "paging": _NO_ROWS["paging"]}


def _only(call: _Call, pivot: str) -> frozenset[str] | None:
    facet = {"CREATIVE": "creatives", "CAMPAIGN": "campaigns", "CAMPAIGN_GROUP": "campaignGroups"}
    values = call.values(facet[pivot]) if pivot in facet else None
    return None if values is None else frozenset(values)


_ANSWERS: Mapping[str, Callable[[_Call], dict[str, Any]]] = {
    "adAccounts": _accounts,
    "adAccounts/{account}": _account,
    "adAccounts/{account}/adCampaignGroups": _groups,
    "adAccounts/{account}/adCampaigns": _campaigns,
    "adAccounts/{account}/creatives": _creatives,
    "posts": _batch(_post_of),
    "posts/{urn}": _one(_post_of),
    "images": _batch(_image_of),
    "images/{urn}": _one(_image_of),
    "adAnalytics": _analytics,
}


def routes(desk: Desk) -> list[BaseRoute]:
    """Everything below `/linkedin_ads`."""

    def endpoint(
        answer: Callable[[_Call], dict[str, Any]],
    ) -> Callable[[Request], Awaitable[Response]]:
        async def reply(request: Request) -> Response:
            try:
                _check(request)
                call = _Call(desk, request, await _raw_query(request))
                return JSONResponse(
                    answer(call), headers={"x-restli-protocol-version": "2.0.0", "x-li-uuid": "s"}
                )
            except LinkedInError as error:
                return JSONResponse(error.body(), error.http)

        return reply

    async def token(request: Request) -> Response:
        form = await request.form()
        asked = tuple(
            form.get(name) for name in ("grant_type", "refresh_token", "client_id", "client_secret")
        )
        if asked != (
            "refresh_token",
            LINKEDIN_REFRESH_TOKEN,
            LINKEDIN_CLIENT_ID,
            LINKEDIN_CLIENT_SECRET,
        ):
            return JSONResponse(
                {
                    "error": "invalid_request",
                    "error_description": "The provided authorization grant or refresh token is "
                    "invalid, expired or revoked.",
                },
                400,
            )
        return JSONResponse(
            {
                "access_token": LINKEDIN_TOKEN,
                "expires_in": 5_184_000,
                "refresh_token": LINKEDIN_REFRESH_TOKEN,
                "refresh_token_expires_in": 31_536_000,
                "scope": "r_ads,r_ads_reporting,r_organization_social",
            }
        )

    found: list[BaseRoute] = [Route("/oauth/v2/accessToken", token, methods=["POST"])]
    return found + [
        Route(f"/rest/{path}", endpoint(answer), methods=["GET", "POST"])
        for path, answer in _ANSWERS.items()
    ]


def _check(request: Request) -> None:
    if request.headers.get("authorization") != f"Bearer {LINKEDIN_TOKEN}":
        raise LinkedInError(401, "INVALID_ACCESS_TOKEN", "Invalid access token", 65600)
    version = request.headers.get("linkedin-version")
    if version is None:
        raise LinkedInError(
            400,
            "VERSION_MISSING",
            "A version must be present. Please specify a version by "
            "adding the LinkedIn-Version header.",
        )
    if version not in VERSIONS:
        raise LinkedInError(
            426, "NONEXISTENT_VERSION", f"Requested version {version} is not active"
        )
    if request.headers.get("x-restli-protocol-version") != "2.0.0":
        raise _bad("X-Restli-Protocol-Version must be 2.0.0")


async def _raw_query(request: Request) -> str:
    """The query as it was sent; a long one may come as the body of a tunnelled POST."""
    if request.method == "GET":
        raw: bytes = request.scope["query_string"]
        return raw.decode("ascii")
    if request.headers.get("x-http-method-override") != "GET":
        raise LinkedInError(405, "METHOD_NOT_ALLOWED", "POST is not allowed here")
    return (await request.body()).decode("ascii")
