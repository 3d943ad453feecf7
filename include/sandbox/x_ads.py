"""The X Ads API over the synthetic world: entities with cursors, statistics, active entities."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from include.sandbox.accounts import ACCOUNTS, SandboxAccount, sandbox_account
from include.sandbox.desk import Desk, base_url, page_bounds
from include.sandbox.entities import Creative
from include.sandbox.ids import base36
from include.sandbox.x_entities import Writer, time_text
from include.sandbox.x_signature import authentic
from include.sandbox.x_stats import (
    LEVELS,
    METRIC_GROUPS,
    PLACEMENTS,
    Stats,
    XError,
    active_entities,
    check_day_ends,
    instant,
)

_VERSION = "12"
_PAGE, _LARGEST_PAGE = 200, 1000
_MOST_IDS, _MOST_STATS_IDS = 200, 20
_STATS_WINDOW, _ACTIVE_WINDOW = timedelta(days=7), timedelta(days=90)
_GRANULARITIES = ("HOUR", "DAY", "TOTAL")

Answer = Callable[["_Call"], dict[str, Any]]


class _Call:
    """One authenticated request about one account."""

    def __init__(self, desk: Desk, request: Request, account: SandboxAccount) -> None:
        self.desk, self.request, self.account = desk, request, account
        self.query = request.query_params
        self.now = desk.now()
        self.writer = Writer(account, self.now, desk.pictures, base_url(request))

    def ids(self, name: str, most: int) -> list[str] | None:
        """A comma-separated list of at most `most` ids."""
        text = self.query.get(name)
        if text is None:
            return None
        found = [i for i in text.split(",") if i]
        if len(found) > most:
            raise XError(400, "INVALID_PARAMETER", f"Expected at most {most} ids for {name}", name)
        return found

    def page(self, things: Sequence[dict[str, Any]], **filters: str) -> dict[str, Any]:
        """A page of entities; `filters` maps a query parameter to the field it filters."""
        if self.query.get("with_deleted") != "true":
            things = [t for t in things if not t.get("deleted")]
        for parameter, field in filters.items():
            wanted = self.ids(parameter, _MOST_IDS)
            if wanted is not None:
                things = [t for t in things if t[field] in wanted]
        if self.query.get("sort_by") == "updated_at-desc":
            things = sorted(things, key=lambda t: str(t["updated_at"]), reverse=True)
        count = self._count()
        first, end, following = page_bounds(len(things), self._cursor(), count)
        return {
            "request": {"params": self.params()},
            "next_cursor": None if following is None else f"c-{base36(following + 36**6)}",
            "data": things[first:end],
        }

    def _count(self) -> int:
        text = self.query.get("count", str(_PAGE))
        if not text.isdecimal() or not 1 <= int(text) <= _LARGEST_PAGE:
            raise XError(
                400,
                "INVALID_PARAMETER",
                f'Expected Integer in [1,{_LARGEST_PAGE}], got "{text}" for count',
                "count",
            )
        return int(text)

    def _cursor(self) -> int:
        text = self.query.get("cursor")
        if not text:
            return 0
        try:
            offset = int(text.removeprefix("c-"), 36) - 36**6
        except ValueError:
            offset = -1
        if offset < 0:
            raise XError(400, "INVALID_PARAMETER", f'Invalid cursor "{text}"', "cursor")
        return offset

    def params(self) -> dict[str, Any]:
        """The request's parameters, repeated in every reply."""
        return {**dict(self.query), "account_id": self.account.account_id}

    def window(self, longest: timedelta) -> tuple[datetime, datetime]:
        """`start_time` and `end_time`, the latter excluded."""
        start = instant(self.query.get("start_time"), "start_time", self.account)
        end = instant(self.query.get("end_time"), "end_time", self.account)
        if end <= start:
            raise XError(
                400, "INVALID_PARAMETER", "Expected end_time to be after start_time", "end_time"
            )
        if end - start > longest:
            raise XError(
                400,
                "INVALID_PARAMETER",
                f"Expected time range to be at most {longest.days} days",
                "end_time",
            )
        return start, end

    def choice(self, name: str, known: Sequence[str]) -> str:
        """A required parameter with a fixed set of values."""
        value = self.query.get(name)
        if value is None:
            raise XError(400, "MISSING_PARAMETER", f'"{name}" is a required parameter', name)
        if value not in known:
            raise XError(
                400, "INVALID_PARAMETER", f'Expected {"|".join(known)}, got "{value}"', name
            )
        return value

    def creatives(self) -> list[Creative]:
        """All creatives made by now."""
        return self.desk.world.creatives(self.account, self.now)


def _account(call: _Call) -> dict[str, Any]:
    return {"request": {"params": call.params()}, "data": call.writer.ad_account()}


def _access(call: _Call) -> dict[str, Any]:
    data = {"user_id": "900000001", "permissions": ["ANALYST"]}
    return {"request": {"params": call.params()}, "data": data}


def _funding(call: _Call) -> dict[str, Any]:
    return call.page([call.writer.funding_instrument()])


def _campaigns(call: _Call) -> dict[str, Any]:
    found = call.desk.world.campaigns(call.account, call.now)
    return call.page([call.writer.campaign(c) for c in found], campaign_ids="id")


def _line_items(call: _Call) -> dict[str, Any]:
    found = call.desk.world.ad_sets(call.account, call.now)
    return call.page(
        [call.writer.line_item(a) for a in found], line_item_ids="id", campaign_ids="campaign_id"
    )


def _promoted_tweets(call: _Call) -> dict[str, Any]:
    found = call.desk.world.ads(call.account, call.now)
    return call.page(
        [call.writer.promoted_tweet(ad) for ad in found],
        promoted_tweet_ids="id",
        line_item_ids="line_item_id",
    )


def _tweets(call: _Call) -> dict[str, Any]:
    call.choice("tweet_type", ("PUBLISHED", "SCHEDULED", "DRAFT"))
    if call.query["tweet_type"] != "PUBLISHED":
        return call.page([])
    wanted = call.ids("tweet_ids", _MOST_IDS)
    found = [c for c in call.creatives() if wanted is None or c.post_id in wanted]
    return call.page([call.writer.tweet(c) for c in found])


def _cards(call: _Call) -> dict[str, Any]:
    wanted = call.ids("card_uris", _MOST_IDS)
    found = [
        c
        for c in call.creatives()
        if call.writer.has_card(c) and (wanted is None or call.writer.card_uri(c) in wanted)
    ]
    return call.page([call.writer.card(c) for c in found])


def _media_library(call: _Call) -> dict[str, Any]:
    return call.page([call.writer.media(c) for c in call.creatives()])


def _media(call: _Call) -> dict[str, Any]:
    key = call.request.path_params["media_key"]
    for creative in call.creatives():
        if call.writer.media_key(creative) == key:
            return {"request": {"params": call.params()}, "data": call.writer.media(creative)}
    raise XError(404, "MEDIA_NOT_FOUND", f"Media {key} was not found", "media_key")


def _stats(call: _Call) -> dict[str, Any]:
    level = call.choice("entity", tuple(LEVELS))
    granularity = call.choice("granularity", _GRANULARITIES)
    placement = call.choice("placement", PLACEMENTS)
    entity_ids = call.ids("entity_ids", _MOST_STATS_IDS)
    if not entity_ids:
        raise XError(400, "MISSING_PARAMETER", '"entity_ids" is a required parameter', "entity_ids")
    groups = [g for g in call.query.get("metric_groups", "").split(",") if g]
    if not groups or not set(groups) <= set(METRIC_GROUPS):
        raise XError(
            400,
            "INVALID_PARAMETER",
            f'Expected {"|".join(METRIC_GROUPS)}, got "{",".join(groups)}"',
            "metric_groups",
        )
    if "MOBILE_CONVERSION" in groups and len(groups) > 1:
        raise XError(
            400, "INVALID_PARAMETER", "MOBILE_CONVERSION must be requested alone", "metric_groups"
        )
    start, end = call.window(_STATS_WINDOW)
    if granularity == "DAY":
        check_day_ends(call.account, start, end)
    known = {LEVELS[level](call.account, a) for a in call.desk.world.ads(call.account, call.now)}
    lost = [i for i in entity_ids if i not in known]
    if lost:
        raise XError(404, f"{level}_NOT_FOUND", f"{level} {lost[0]} was not found", "entity_ids")
    stats = Stats(
        call.desk.world,
        call.account,
        call.now,
        start=start,
        end=end,
        granularity=granularity,
        placement=placement,
    )
    params = {
        "start_time": time_text(start),
        "end_time": time_text(end),
        "entity": level,
        "entity_ids": entity_ids,
        "granularity": granularity,
        "placement": placement,
        "metric_groups": groups,
        "segmentation_type": None,
        "country": None,
        "platform": None,
    }
    return {
        "data_type": "stats",
        "time_series_length": stats.length,
        "data": stats.of(level, entity_ids, groups),
        "request": {"params": params},
    }


def _active_entities(call: _Call) -> dict[str, Any]:
    level = call.choice("entity", tuple(LEVELS))
    start, end = call.window(_ACTIVE_WINDOW)
    found = active_entities(
        call.desk.world, call.account, call.now, start=start, end=end, level=level
    )
    return {"request": {"params": call.params()}, "data": found}


_OF_ACCOUNT: Mapping[str, Answer] = {
    "accounts/{account}": _account,
    "accounts/{account}/authenticated_user_access": _access,
    "accounts/{account}/funding_instruments": _funding,
    "accounts/{account}/campaigns": _campaigns,
    "accounts/{account}/line_items": _line_items,
    "accounts/{account}/promoted_tweets": _promoted_tweets,
    "accounts/{account}/tweets": _tweets,
    "accounts/{account}/cards": _cards,
    "accounts/{account}/cards/all": _cards,
    "accounts/{account}/media_library": _media_library,
    "accounts/{account}/media_library/{media_key}": _media,
    "stats/accounts/{account}": _stats,
    "stats/accounts/{account}/active_entities": _active_entities,
}


def routes(desk: Desk) -> list[BaseRoute]:
    """Everything below `/x_ads`."""

    def of_account(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                _check(request)
                asked = request.path_params["account"]
                account = sandbox_account("x_ads", asked)
                if account is None:
                    raise XError(
                        403, "ACCOUNT_NOT_FOUND", f"Account {asked} was not found", "account_id"
                    )
                return JSONResponse(
                    answer(_Call(desk, request, account)), headers=_headers(desk, "account-")
                )
            except XError as error:
                return _refused(request, error)

        return endpoint

    async def accounts(request: Request) -> Response:
        try:
            _check(request)
            own = [a for a in ACCOUNTS if a.platform == "x_ads"]
            call = _Call(desk, request, own[0])
            listed = [
                Writer(a, call.now, desk.pictures, call.writer.base).ad_account() for a in own
            ]
            body = call.page(listed, account_ids="id")
            body["request"] = {"params": dict(request.query_params)}
            return JSONResponse(body, headers=_headers(desk, ""))
        except XError as error:
            return _refused(request, error)

    async def nothing(request: Request) -> Response:
        return _refused(
            request,
            XError(404, "ROUTE_NOT_FOUND", f"The requested path is not known: {request.url.path}"),
        )

    found: list[BaseRoute] = [Route("/{version}/accounts", accounts)]
    found += [Route(f"/{{version}}/{path}", of_account(a)) for path, a in _OF_ACCOUNT.items()]
    return [*found, Route("/{path:path}", nothing)]


def _check(request: Request) -> None:
    version = request.path_params["version"]
    if version != _VERSION:
        raise XError(404, "ROUTE_NOT_FOUND", f"Version {version} is not available")
    if not authentic(request):
        raise XError(401, "UNAUTHORIZED_ACCESS", "This request is not properly authenticated")


def _refused(request: Request, error: XError) -> Response:
    params = {} if error.http == 401 else dict(request.query_params)
    return JSONResponse(error.body(params), error.http)


def _headers(desk: Desk, scope: str) -> dict[str, str]:
    reset = (int(desk.now().timestamp()) // 900 + 1) * 900
    return {
        "x-current-api-version": _VERSION,
        f"x-{scope}rate-limit-limit": "10000",
        f"x-{scope}rate-limit-remaining": "9990",
        f"x-{scope}rate-limit-reset": str(reset),
    }
