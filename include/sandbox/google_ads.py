"""Google Ads over the synthetic world: token, customers, search and searchStream."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from include.sandbox.accounts import ACCOUNTS, SandboxAccount, sandbox_account
from include.sandbox.credentials import (
    GOOGLE_ACCESS_TOKEN,
    GOOGLE_CLIENT_ID,
    GOOGLE_CLIENT_SECRET,
    GOOGLE_REFRESH_TOKEN,
)
from include.sandbox.desk import Desk, base_url
from include.sandbox.gaql import GaqlError, Query, holds, parse
from include.sandbox.google_fields import (
    CONVERSION_SEGMENTS,
    KNOWN,
    OTHER_METRICS,
    camel,
    selected_paths,
    written,
)
from include.sandbox.google_rows import Rows

VERSIONS = ("v23", "v24", "v25", "v26")
_BATCH_ROWS = 1000
_PAGE_ROWS = 10_000
_FAILURE = "type.googleapis.com/google.ads.googleads.{}.errors.GoogleAdsFailure"
_STATUS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED"}
_SUMMARY = {
    400: "Request contains an invalid argument.",
    401: "Request had invalid authentication credentials. Expected OAuth 2 access token, login "
    "cookie or other valid authentication credential.",
    403: "The caller does not have permission",
}


class GoogleError(Exception):
    """An error reply; `family` and `reason` are the one entry of its `errorCode`."""

    def __init__(self, http: int, family: str, reason: str, message: str) -> None:
        super().__init__(message)
        self.http, self.family, self.reason = http, family, reason

    def body(self, version: str) -> dict[str, Any]:
        """The reply's body as the platform writes it."""
        failure = {
            "@type": _FAILURE.format(version),
            "errors": [{"errorCode": {self.family: self.reason}, "message": str(self)}],
            "requestId": "sandboxRequest",
        }
        return {
            "error": {
                "code": self.http,
                "message": _SUMMARY[self.http],
                "status": _STATUS[self.http],
                "details": [failure],
            }
        }


def routes(desk: Desk) -> list[BaseRoute]:
    """Everything below `/google_ads`."""

    async def token(request: Request) -> Response:
        form = await request.form()
        if (form.get("client_id"), form.get("client_secret")) != (
            GOOGLE_CLIENT_ID,
            GOOGLE_CLIENT_SECRET,
        ):
            return JSONResponse(
                {"error": "invalid_client", "error_description": "Unauthorized"}, 401
            )
        asked = (form.get("grant_type"), form.get("refresh_token"))
        if asked != ("refresh_token", GOOGLE_REFRESH_TOKEN):
            return JSONResponse(
                {
                    "error": "invalid_grant",
                    "error_description": "Token has been expired or revoked.",
                },
                400,
            )
        return JSONResponse(
            {
                "access_token": GOOGLE_ACCESS_TOKEN,
                "expires_in": 3599,
                "scope": "https://www.googleapis.com/auth/adwords",
                "token_type": "Bearer",
            }
        )

    async def customers(request: Request) -> Response:
        version = request.path_params["version"]
        try:
            _check(request)
        except GoogleError as error:
            return JSONResponse(error.body(version), error.http)
        names = [f"customers/{a.account_id}" for a in ACCOUNTS if a.platform == "google_ads"]
        return JSONResponse({"resourceNames": names})

    async def stream(request: Request) -> Response:
        version = request.path_params["version"]
        try:
            body = await _asked(request)
            query, rows = _found(desk, request, body)
        except GoogleError as error:
            return JSONResponse([error.body(version)], error.http)
        batches = [rows[i : i + _BATCH_ROWS] for i in range(0, len(rows), _BATCH_ROWS)] or [[]]
        replies = []
        for batch in batches:
            reply: dict[str, Any] = {"results": batch} if batch else {}
            reply |= {"fieldMask": _mask(query), "requestId": "sandboxRequest"}
            replies.append(reply)
        replies[-1]["queryResourceConsumption"] = str(100 + len(rows))
        return JSONResponse(replies, headers={"request-id": "sandboxRequest"})

    async def search(request: Request) -> Response:
        version = request.path_params["version"]
        try:
            body = await _asked(request)
            if "pageSize" in body:
                raise GoogleError(
                    400,
                    "requestError",
                    "PAGE_SIZE_NOT_SUPPORTED",
                    "Setting the page size is not supported. Search Responses will have fixed "
                    "page size of '10000' rows.",
                )
            first = _offset(body.get("pageToken"))
            query, rows = _found(desk, request, body)
        except GoogleError as error:
            return JSONResponse(error.body(version), error.http)
        page = rows[first : first + _PAGE_ROWS]
        reply: dict[str, Any] = {"results": page} if page else {}
        if first + _PAGE_ROWS < len(rows):
            reply["nextPageToken"] = _page_token(first + _PAGE_ROWS)
        if body.get("searchSettings", {}).get("returnTotalResultsCount"):
            reply["totalResultsCount"] = str(len(rows))
        reply |= {"fieldMask": _mask(query), "queryResourceConsumption": str(100 + len(rows))}
        return JSONResponse(reply, headers={"request-id": "sandboxRequest"})

    customer = "/{version}/customers/{customer}/googleAds"
    return [
        Route("/token", token, methods=["POST"]),
        Route("/{version}/customers:listAccessibleCustomers", customers),
        Route(f"{customer}:searchStream", stream, methods=["POST"]),
        Route(f"{customer}:search", search, methods=["POST"]),
    ]


def _check(request: Request) -> None:
    version = request.path_params["version"]
    if version not in VERSIONS:
        raise GoogleError(
            400, "requestError", "UNSUPPORTED_VERSION", f"Version {version} is deprecated."
        )
    if request.headers.get("authorization") != f"Bearer {GOOGLE_ACCESS_TOKEN}":
        raise GoogleError(
            401, "authenticationError", "OAUTH_TOKEN_INVALID", "OAuth token is invalid."
        )


def _customer(request: Request) -> SandboxAccount:
    asked = request.path_params["customer"]
    if not (asked.isdecimal() and len(asked) == 10):
        raise GoogleError(
            400, "requestError", "INVALID_CUSTOMER_ID", f"Invalid customer ID '{asked}'."
        )
    account = sandbox_account("google_ads", asked)
    if account is None:
        raise GoogleError(
            403,
            "authorizationError",
            "USER_PERMISSION_DENIED",
            "User doesn't have permission to access customer. Note: If you're accessing a client "
            "customer, the manager's customer id must be set in the 'login-customer-id' header.",
        )
    return account


async def _asked(request: Request) -> dict[str, Any]:
    _check(request)
    try:
        body = json.loads(await request.body())
    except ValueError:
        body = None
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        raise GoogleError(
            400, "requestError", "REQUIRED_FIELD_MISSING", "Required field 'query' is missing."
        )
    return body


def _found(
    desk: Desk, request: Request, body: dict[str, Any]
) -> tuple[Query, list[dict[str, Any]]]:
    account = _customer(request)
    try:
        query = parse(body["query"])
        _check_query(query)
        rows = Rows(desk.world, account, desk.now(), desk.pictures, base_url(request))
        return query, _rows(query, rows)
    except GaqlError as error:
        raise GoogleError(400, "queryError", error.reason, str(error)) from error


def _check_query(query: Query) -> None:
    if query.resource not in KNOWN:
        raise GaqlError(
            f"Error in FROM clause: {query.resource} is not a resource.",
            "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE",
        )
    unknown = sorted(query.fields - KNOWN[query.resource])
    if unknown:
        named = ", ".join(f"'{field}'" for field in unknown)
        raise GaqlError(f"Unrecognized fields in the query: {named}.", "UNRECOGNIZED_FIELD")
    segments, metrics = CONVERSION_SEGMENTS & query.fields, OTHER_METRICS & query.fields
    if segments and metrics:
        raise GaqlError(
            f"Cannot select or filter on the following segments: {', '.join(sorted(segments))}, "
            f"with metrics: {', '.join(sorted(metrics))}.",
            "PROHIBITED_SEGMENT_WITH_METRIC_IN_SELECT_OR_WHERE_CLAUSE",
        )


def _rows(query: Query, rows: Rows) -> list[dict[str, Any]]:
    conditions = _left(query)
    found = [values for values in rows.of(query) if all(holds(c, values) for c in conditions)]
    for name, descending in reversed(query.order):
        keys = {id(values): _sort_key(values.get(name)) for values in found}
        found.sort(key=lambda values: keys[id(values)], reverse=descending)
    paths = selected_paths(query.select)
    return [written(paths, values) for values in found[: query.limit]]


def _left(query: Query) -> list[Any]:
    """Conditions to test on rows: a range of dates has already chosen which days are summed."""
    return [c for c in query.where if c.field != "segments.date" or c.operator == "IN"]


def _sort_key(value: Any) -> tuple[int, float, str]:
    if value is None:
        return (0, 0.0, "")
    try:
        return (1, float(value), "")
    except (TypeError, ValueError):
        return (2, 0.0, str(value))


def _mask(query: Query) -> str:
    return ",".join(".".join(camel(p) for p in f.split(".")) for f in query.select)


def _page_token(offset: int) -> str:
    return base64.urlsafe_b64encode(f"page {offset}".encode()).decode().rstrip("=")


def _offset(token: str | None) -> int:
    if not token:
        return 0
    try:
        word, _, number = base64.urlsafe_b64decode(token + "==").decode().partition(" ")
        if word == "page":
            return int(number)
    except (binascii.Error, ValueError) as error:
        raise GoogleError(
            400, "requestError", "INVALID_PAGE_TOKEN", "The page token is invalid."
        ) from error
    raise GoogleError(400, "requestError", "INVALID_PAGE_TOKEN", "The page token is invalid.")
