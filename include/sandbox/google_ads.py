"""Google Ads over the synthetic world: token, customers, search and searchStream.

Strict: what the real API refuses is refused with its error, decided in the order of the
real one: version, token, customer, login customer, quota, query.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from include.sandbox.credentials import (
    GOOGLE_ACCESS_TOKEN,
    GOOGLE_CLIENT_ID,
    GOOGLE_CLIENT_SECRET,
    GOOGLE_REFRESH_TOKEN,
)
from include.sandbox.desk import Desk
from include.sandbox.gaql import GaqlError, Query, holds
from include.sandbox.gaql import parse_of_fields as parse_fields
from include.sandbox.google_assets import video_id
from include.sandbox.google_customers import CUSTOMERS
from include.sandbox.google_fields import EVERY, camel
from include.sandbox.google_office import GoogleError, Office

# The first batch of a stream is short, so that a stream of a small world has several.
FIRST_BATCH_ROWS = 40
BATCH_ROWS = 2000
PAGE_ROWS = 10_000
PAGE_TOKEN_LIFE = timedelta(hours=2)


def routes(desk: Desk) -> list[BaseRoute]:
    """Everything below `/google_ads`."""
    office = Office(desk)

    async def customers(request: Request) -> Response:
        try:
            office.check(request)
        except GoogleError as error:
            return _refusal(error, request)
        names = [f"customers/{each.id}" for each in CUSTOMERS.values() if each.direct]
        return JSONResponse({"resourceNames": names})

    async def stream(request: Request) -> Response:
        try:
            office.check(request)
            body = await _asked(request)
            customer = office.customer(request)
            office.spend_operation()
            query, rows = office.rows(request, customer, body["query"])
        except GoogleError as error:
            return _refusal(error, request, array=True)
        batches = [rows[:FIRST_BATCH_ROWS]]
        for start in range(FIRST_BATCH_ROWS, len(rows), BATCH_ROWS):
            batches.append(rows[start : start + BATCH_ROWS])
        ends = f'"fieldMask":"{_mask(query)}","requestId":"sandboxRequest"'
        replies = [f"{{{_results(batch)}{ends}}}" for batch in batches]
        replies[-1] = f'{replies[-1][:-1]},"queryResourceConsumption":"{100 + len(rows)}"}}'
        return _reply(f"[{','.join(replies)}]")

    async def search(request: Request) -> Response:
        try:
            office.check(request)
            body = await _asked(request)
            if "pageSize" in body:
                raise GoogleError(
                    400,
                    "requestError",
                    "PAGE_SIZE_NOT_SUPPORTED",
                    "Setting the page size is not supported. Search Responses will have fixed "
                    "page size of '10000' rows.",
                )
            customer = office.customer(request)
            first = _offset(body.get("pageToken"), body["query"], desk.now())
            if not first:  # a page after the first costs nothing
                office.spend_operation()
            query, rows = office.rows(request, customer, body["query"])
        except GoogleError as error:
            return _refusal(error, request)
        parts = []
        if first + PAGE_ROWS < len(rows):
            token = _page_token(first + PAGE_ROWS, body["query"], desk.now())
            parts.append(f'"nextPageToken":"{token}",')
        if body.get("searchSettings", {}).get("returnTotalResultsCount"):
            parts.append(f'"totalResultsCount":"{len(rows)}",')
        page = _results(rows[first : first + PAGE_ROWS])
        cost = f'"queryResourceConsumption":"{100 + len(rows)}"'
        return _reply(f'{{{page}{"".join(parts)}"fieldMask":"{_mask(query)}",{cost}}}')

    async def fields(request: Request) -> Response:
        try:
            office.check(request)
            return JSONResponse(_known_fields((await _asked(request))["query"]))
        except GoogleError as error:
            return _refusal(error, request)

    def poster(request: Request) -> Response:
        """A video's still picture; YouTube has it at an address of its own."""
        asked, now = request.path_params["video"], desk.now()
        last = now.year * 12 + now.month - 1
        for month in range(last, desk.world.first_month - 1, -1):
            for picture in desk.world.plan(month).pictures:
                if video_id(picture) == asked:
                    return Response(desk.pictures.file(picture), media_type=picture.mime)
        return PlainTextResponse("Not Found", 404)

    customer = "/{version}/customers/{customer}/googleAds"
    return [
        Route("/token", _token, methods=["POST"]),
        Route("/vi/{video}/{file}", poster),
        Route("/{version}/customers:listAccessibleCustomers", customers),
        Route("/{version}/googleAdsFields:search", fields, methods=["POST"]),
        Route(f"{customer}:searchStream", stream, methods=["POST"]),
        Route(f"{customer}:search", search, methods=["POST"]),
    ]


async def _token(request: Request) -> Response:
    form = await request.form()
    if (form.get("client_id"), form.get("client_secret")) != (
        GOOGLE_CLIENT_ID,
        GOOGLE_CLIENT_SECRET,
    ):
        return JSONResponse({"error": "invalid_client", "error_description": "Unauthorized"}, 401)
    asked = (form.get("grant_type"), form.get("refresh_token"))
    if asked != ("refresh_token", GOOGLE_REFRESH_TOKEN):
        said = "Token has been expired or revoked."
        return JSONResponse({"error": "invalid_grant", "error_description": said}, 400)
    return JSONResponse(
        {
            "access_token": GOOGLE_ACCESS_TOKEN,
            "expires_in": 3599,
            "scope": "https://www.googleapis.com/auth/adwords",
            "token_type": "Bearer",
        }
    )


async def _asked(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError:
        body = None
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        raise GoogleError(
            400, "requestError", "REQUIRED_FIELD_MISSING", "Required field 'query' is missing."
        )
    return body


def _refusal(error: GoogleError, request: Request, *, array: bool = False) -> Response:
    body = error.body(request.path_params["version"])
    return JSONResponse(
        [body] if array else body, error.http, headers={"request-id": "sandboxRequest"}
    )


def _reply(text: str) -> Response:
    return Response(
        text.encode(), media_type="application/json", headers={"request-id": "sandboxRequest"}
    )


def _results(rows: list[str]) -> str:
    """Rows as the start of a batch; without rows the key is not there at all."""
    return f'"results":[{",".join(rows)}],' if rows else ""


def _known_fields(text: str) -> dict[str, Any]:
    try:
        query = parse_fields(text)
    except GaqlError as error:
        raise GoogleError(400, "queryError", error.reason, str(error)) from error
    found = [
        {"resourceName": f"googleAdsFields/{name}", "name": name, "selectable": True}
        for name in sorted(EVERY)
        if _meets(query, name)
    ]
    return {"results": found, "totalResultsCount": str(len(found))}


def _meets(query: Query, name: str) -> bool:
    return all(holds(condition, {"name": name}) for condition in query.where)


def _mask(query: Query) -> str:
    return ",".join(".".join(camel(p) for p in f.split(".")) for f in query.select)


def _page_token(offset: int, query: str, now: datetime) -> str:
    text = f"{offset} {int(now.timestamp())} {_digest(query)}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _offset(token: str | None, query: str, now: datetime) -> int:
    """Where the page begins; the token is of this query and two hours old at most."""
    if not token:
        return 0
    try:
        offset, made, digest = base64.urlsafe_b64decode(token + "==").decode().split(" ")
        age = now.timestamp() - int(made)
        begins = int(offset)
    except (binascii.Error, ValueError) as error:
        raise GoogleError(
            400, "requestError", "INVALID_PAGE_TOKEN", "The page token is invalid."
        ) from error
    if digest != _digest(query):
        raise GoogleError(
            400, "requestError", "INVALID_PAGE_TOKEN", "The page token is of another query."
        )
    if age > PAGE_TOKEN_LIFE.total_seconds():
        raise GoogleError(400, "requestError", "EXPIRED_PAGE_TOKEN", "The page token has expired.")
    return begins


def _digest(query: str) -> str:
    return hashlib.blake2b(query.encode(), digest_size=8).hexdigest()
