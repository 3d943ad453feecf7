"""The X Ads API over the synthetic world: entities with cursors, statistics, jobs, errors.

It refuses what the real one refuses: unsigned or stale requests, ids, windows and counts beyond
the limits, and more calls in a quarter of an hour than X allows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from include.sandbox.accounts import ACCOUNTS, sandbox_account
from include.sandbox.desk import Desk
from include.sandbox.x_calls import MOST_IDS, VERSION, Call, XError, invalid
from include.sandbox.x_entities import Writer, time_text
from include.sandbox.x_jobs import JobDesk
from include.sandbox.x_limits import GLOBAL, OBJECTS, OTHERS, SYNC_STATS, Limit, Used
from include.sandbox.x_posts import PostWriter, card_uri, has_card, is_organic, media_key
from include.sandbox.x_signature import Guard
from include.sandbox.x_stats import (
    ACTIVE_LEVELS,
    LEVELS,
    METRIC_GROUPS,
    PLACEMENTS,
    Stats,
    active_entities,
    check_day_ends,
)

_MOST_STATS_IDS = 20
_MOST_CARDS, _MOST_MEDIA = 200, 50
_STATS_WINDOW, _LONG_WINDOW = timedelta(days=7), timedelta(days=90)
_GRANULARITIES = ("HOUR", "DAY", "TOTAL")
_TIMELINES = ("NULLCAST", "ORGANIC", "ALL")
_EXCLUSIVE = ("campaign_ids", "line_item_ids", "funding_instrument_ids")

Answer = Callable[[Call], dict[str, Any]]


def _account(call: Call) -> dict[str, Any]:
    return call.answer(Writer(call.account, call.now).ad_account())


def _access(call: Call) -> dict[str, Any]:
    return call.answer({"user_id": "900000001", "permissions": ["ANALYST"]})


def _all_funding(call: Call) -> list[dict[str, Any]]:
    return [Writer(call.account, call.now).funding_instrument()]


def _all_campaigns(call: Call) -> list[dict[str, Any]]:
    write = Writer(call.account, call.now).campaign
    return [write(c) for c in call.desk.world.campaigns(call.account, call.now)]


def _all_line_items(call: Call) -> list[dict[str, Any]]:
    write = Writer(call.account, call.now).line_item
    return [write(a) for a in call.desk.world.ad_sets(call.account, call.now)]


def _all_promoted(call: Call) -> list[dict[str, Any]]:
    write = Writer(call.account, call.now).promoted_tweet
    return [write(ad) for ad in call.desk.world.ads(call.account, call.now)]


def _funding(call: Call) -> dict[str, Any]:
    return call.page(_all_funding(call), funding_instrument_ids="id")


def _campaigns(call: Call) -> dict[str, Any]:
    return call.page(_all_campaigns(call), campaign_ids="id")


def _line_items(call: Call) -> dict[str, Any]:
    found = _all_line_items(call)
    return call.page(found, line_item_ids="id", campaign_ids="campaign_id")


def _promoted_tweets(call: Call) -> dict[str, Any]:
    found = _all_promoted(call)
    return call.page(found, promoted_tweet_ids="id", line_item_ids="line_item_id")


def _tweets(call: Call) -> dict[str, Any]:
    call.choice("tweet_type", ("PUBLISHED", "SCHEDULED", "DRAFT"))
    timeline = call.query.get("timeline_type", "NULLCAST")
    if timeline not in _TIMELINES:
        raise invalid(f'Expected {"|".join(_TIMELINES)}, got "{timeline}"', "timeline_type")
    if call.query["tweet_type"] != "PUBLISHED":
        return call.page([])
    wanted = call.ids("tweet_ids")
    every = call.creatives()
    writer = PostWriter(every, call.desk.pictures, call.base)
    found = [
        creative
        for creative in every
        if (wanted is None or creative.post_id in wanted)
        and (timeline == "ALL" or is_organic(creative) == (timeline == "ORGANIC"))
    ]
    return call.page([writer.tweet(creative) for creative in found])


def _cards(call: Call) -> dict[str, Any]:
    wanted = call.ids("card_uris")
    every = call.creatives()
    writer = PostWriter(every, call.desk.pictures, call.base)
    found = [
        creative
        for creative in every
        if has_card(creative) and (wanted is None or card_uri(creative) in wanted)
    ]
    return call.page([writer.card(creative) for creative in found], most=_MOST_CARDS)


def _cards_by_address(call: Call) -> dict[str, Any]:
    if not call.ids("card_uris"):
        raise XError(400, "MISSING_PARAMETER", '"card_uris" is a required parameter', "card_uris")
    return _cards(call)


def _media_library(call: Call) -> dict[str, Any]:
    every = call.creatives()
    writer = PostWriter(every, call.desk.pictures, call.base)
    return call.page([writer.media(creative) for creative in every], most=_MOST_MEDIA)


def _media(call: Call) -> dict[str, Any]:
    key = call.request.path_params["media_key"]
    every = call.creatives()
    for creative in every:
        if media_key(creative) == key:
            return call.answer(PostWriter(every, call.desk.pictures, call.base).media(creative))
    raise XError(404, "MEDIA_NOT_FOUND", f"Media {key} was not found", "media_key")


def _asked_stats(
    call: Call, longest: timedelta
) -> tuple[dict[str, Any], Callable[[], dict[str, Any]]]:
    """The checked parameters of a statistics request, and what computes the answer."""
    level = call.choice("entity", tuple(LEVELS))
    granularity = call.choice("granularity", _GRANULARITIES)
    placement = call.choice("placement", PLACEMENTS)
    entity_ids = call.ids("entity_ids", _MOST_STATS_IDS)
    if not entity_ids:
        raise XError(400, "MISSING_PARAMETER", '"entity_ids" is a required parameter', "entity_ids")
    groups = [g for g in call.query.get("metric_groups", "").split(",") if g]
    if not groups or not set(groups) <= set(METRIC_GROUPS):
        text = f'Expected {"|".join(METRIC_GROUPS)}, got "{",".join(groups)}"'
        raise invalid(text, "metric_groups")
    if "MOBILE_CONVERSION" in groups and len(groups) > 1:
        raise invalid("MOBILE_CONVERSION must be requested alone", "metric_groups")
    start, end = call.window(longest)
    if granularity == "DAY":
        check_day_ends(call.account, start, end)
    known = {LEVELS[level](call.account, a) for a in call.desk.world.ads(call.account, call.now)}
    known |= {call.account.account_id} if level == "ACCOUNT" else set()
    lost = [i for i in entity_ids if i not in known]
    if lost:
        raise XError(404, f"{level}_NOT_FOUND", f"{level} {lost[0]} was not found", "entity_ids")
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

    def compute() -> dict[str, Any]:
        stats = Stats(
            call.desk.world,
            call.account,
            call.now,
            start=start,
            end=end,
            granularity=granularity,
            placement=placement,
        )
        return {
            "data_type": "stats",
            "time_series_length": stats.length,
            "data": stats.of(level, entity_ids, groups),
            "request": {"params": params},
        }

    return params, compute


def _stats(call: Call) -> dict[str, Any]:
    _, compute = _asked_stats(call, _STATS_WINDOW)
    return compute()


def _active_entities(call: Call) -> dict[str, Any]:
    level = call.choice("entity", ACTIVE_LEVELS)
    start, end = call.window(_LONG_WINDOW)
    given = [name for name in _EXCLUSIVE if name in call.query]
    if len(given) > 1:
        raise XError(400, "EXCLUSIVE_PARAMETERS", f"{' and '.join(given)} are exclusive", given[1])
    chosen = {name: set(call.ids(name) or ()) for name in given}
    found = active_entities(
        call.desk.world,
        call.account,
        call.now,
        start=start,
        end=end,
        level=level,
        chosen={_LEVEL_OF[name]: ids for name, ids in chosen.items()},
    )
    return call.answer(found)


_LEVEL_OF = {
    "campaign_ids": "CAMPAIGN",
    "line_item_ids": "LINE_ITEM",
    "funding_instrument_ids": "FUNDING_INSTRUMENT",
}


@dataclass(frozen=True)
class _Resource:
    """What answers below a path, and whose limit a call counts against."""

    answer: Answer
    limit: Limit


def _one(every: Callable[[Call], list[dict[str, Any]]], code: str) -> Answer:
    return lambda call: call.one(every(call), code)


_OF_ACCOUNT: Mapping[str, _Resource] = {
    "accounts/{account}": _Resource(_account, OTHERS),
    "accounts/{account}/authenticated_user_access": _Resource(_access, OTHERS),
    "accounts/{account}/funding_instruments": _Resource(_funding, OBJECTS),
    "accounts/{account}/funding_instruments/{id}": _Resource(
        _one(_all_funding, "FUNDING_INSTRUMENT_NOT_FOUND"), OBJECTS
    ),
    "accounts/{account}/campaigns": _Resource(_campaigns, OBJECTS),
    "accounts/{account}/campaigns/{id}": _Resource(
        _one(_all_campaigns, "CAMPAIGN_NOT_FOUND"), OBJECTS
    ),
    "accounts/{account}/line_items": _Resource(_line_items, OBJECTS),
    "accounts/{account}/line_items/{id}": _Resource(
        _one(_all_line_items, "LINE_ITEM_NOT_FOUND"), OBJECTS
    ),
    "accounts/{account}/promoted_tweets": _Resource(_promoted_tweets, OBJECTS),
    "accounts/{account}/promoted_tweets/{id}": _Resource(
        _one(_all_promoted, "PROMOTED_TWEET_NOT_FOUND"), OBJECTS
    ),
    "accounts/{account}/tweets": _Resource(_tweets, OTHERS),
    "accounts/{account}/cards": _Resource(_cards, OTHERS),
    "accounts/{account}/cards/all": _Resource(_cards_by_address, OTHERS),
    "accounts/{account}/media_library": _Resource(_media_library, OTHERS),
    "accounts/{account}/media_library/{media_key}": _Resource(_media, OTHERS),
    "stats/accounts/{account}": _Resource(_stats, SYNC_STATS),
    "stats/accounts/{account}/active_entities": _Resource(_active_entities, OTHERS),
}


def routes(desk: Desk) -> list[BaseRoute]:
    """Everything below `/x_ads`."""
    guard, used, jobs = Guard(), Used(), JobDesk()

    def begin_job(call: Call) -> dict[str, Any]:
        params, compute = _asked_stats(call, _LONG_WINDOW)
        begun = jobs.begin(call.account, params, compute, now=call.now, base=call.base)
        return {"request": {"params": params}, "data": begun}

    def list_jobs(call: Call) -> dict[str, Any]:
        ids = call.ids("job_ids", MOST_IDS)
        if ids is None:
            return call.page(jobs.told(call.account, None))
        # All asked jobs are in it, and still there is a cursor.
        return call.answer(jobs.told(call.account, ids), next_cursor="c-0000000000000")

    def of_account(resource: _Resource) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            headers: dict[str, str] = {"x-current-api-version": VERSION}
            try:
                _check(request, guard)
                asked = request.path_params["account"]
                account = sandbox_account("x_ads", asked)
                if account is None:
                    text = f"Account {asked} was not found"
                    raise XError(403, "ACCOUNT_NOT_FOUND", text, "account_id")
                limit = resource.limit
                counted_for = f"{asked} {request.url.path}" if limit.scope == "account" else "user"
                headers |= _spent(used, limit, counted_for, desk)
                return _json(resource.answer(Call(desk, request, account)), headers)
            except _TooMany as many:
                return _refused(request, many.error, headers | many.headers)
            except XError as error:
                return _refused(request, error, headers)

        return endpoint

    async def accounts(request: Request) -> Response:
        headers: dict[str, str] = {"x-current-api-version": VERSION}
        try:
            _check(request, guard)
            headers |= _spent(used, GLOBAL, "user", desk)
            own = [a for a in ACCOUNTS if a.platform == "x_ads"]
            call = Call(desk, request, own[0])
            body = call.page([Writer(a, call.now).ad_account() for a in own], account_ids="id")
            body["request"] = {"params": dict(request.query_params)}
            return _json(body, headers)
        except _TooMany as many:
            return _refused(request, many.error, headers | many.headers)
        except XError as error:
            return _refused(request, error, headers)

    def result(request: Request) -> Response:
        if "authorization" in request.headers:
            return PlainTextResponse("Only one auth mechanism allowed", 400)
        content = jobs.file(request.path_params["file"], desk.now())
        if content is None:
            return PlainTextResponse("Not Found", 404)
        return Response(content, media_type="application/gzip")

    async def nothing(request: Request) -> Response:
        text = f"The requested path is not known: {request.url.path}"
        return _refused(request, XError(404, "ROUTE_NOT_FOUND", text), {})

    at_jobs = "/{version}/stats/jobs/accounts/{account}"
    return [
        Route("/ton/advertiser-api-async-analytics/{file}", result),
        Route("/{version}/accounts", accounts),
        Route(at_jobs, of_account(_Resource(begin_job, OTHERS)), methods=["POST"]),
        Route(at_jobs, of_account(_Resource(list_jobs, OTHERS)), methods=["GET"]),
        *(Route(f"/{{version}}/{path}", of_account(r)) for path, r in _OF_ACCOUNT.items()),
        Route("/{path:path}", nothing),
    ]


class _TooMany(Exception):
    """A call beyond the limit."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__()
        self.headers = headers
        text = "Too many requests for this time window"
        self.error = XError(429, "TOO_MANY_REQUESTS", text)


def _spent(used: Used, limit: Limit, counted_for: str, desk: Desk) -> dict[str, str]:
    allowed, headers = used.spend(limit, counted_for, desk.now())
    if not allowed:
        raise _TooMany(headers)
    return headers


def _check(request: Request, guard: Guard) -> None:
    version = request.path_params["version"]
    if version != VERSION:
        raise XError(404, "ROUTE_NOT_FOUND", f"Version {version} is not available")
    if not guard.lets_in(request):
        raise XError(401, "UNAUTHORIZED_ACCESS", "This request is not properly authenticated")


def _json(body: dict[str, Any], headers: Mapping[str, str], status: int = 200) -> Response:
    content = orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(content, status, headers=dict(headers), media_type="application/json")


def _refused(request: Request, error: XError, headers: Mapping[str, str]) -> Response:
    params = {} if error.http == 401 else dict(request.query_params)
    return _json(error.body(params), headers, error.http)
