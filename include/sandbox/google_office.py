"""Who may ask the sandbox's Google Ads what, and what the answer is before it is written down."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from starlette.requests import Request

from include.sandbox.credentials import GOOGLE_ACCESS_TOKEN
from include.sandbox.desk import Desk, base_url
from include.sandbox.gaql import GaqlError, Query, date_range, holds, parse, sort_key
from include.sandbox.google_customers import CUSTOMERS, Customer
from include.sandbox.google_fields import check_fields, selected_paths, written
from include.sandbox.google_numbers import MEASURED, measured_rows
from include.sandbox.google_rows import Rows

VERSIONS = ("v23", "v24", "v25", "v26")
# Basic access: operations a day and project; the day is that of Google's headquarters.
OPERATIONS_A_DAY = 15_000
_QUOTA_ZONE = ZoneInfo("America/Los_Angeles")
_DAYS_KEPT_MONTHS = 37
_KEPT_ROWS = 8
_FAILURE = "type.googleapis.com/google.ads.googleads.{}.errors.GoogleAdsFailure"
_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    429: "RESOURCE_EXHAUSTED",
}
_SUMMARY = {
    400: "Request contains an invalid argument.",
    401: "Request had invalid authentication credentials. Expected OAuth 2 access token, login "
    "cookie or other valid authentication credential.",
    403: "The caller does not have permission",
    429: "Resource has been exhausted (e.g. check quota).",
}
_NOT_SHARED = (
    "User doesn't have permission to access customer. Note: If you're accessing a client "
    "customer, the manager's customer id must be set in the 'login-customer-id' header."
)


class GoogleError(Exception):
    """An error reply; `family` and `reason` are the one entry of its `errorCode`."""

    def __init__(
        self, http: int, family: str, reason: str, message: str, **details: dict[str, str]
    ) -> None:
        super().__init__(message)
        self.http, self.family, self.reason, self.details = http, family, reason, details

    def body(self, version: str) -> dict[str, Any]:
        """The reply's body as the platform writes it."""
        error: dict[str, Any] = {"errorCode": {self.family: self.reason}, "message": str(self)}
        if self.details:
            error["details"] = self.details
        failure = {
            "@type": _FAILURE.format(version),
            "errors": [error],
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


def quota_error(wait_s: int, *, scope: str = "DEVELOPER") -> GoogleError:
    """What a used-up quota answers; `scope` is DEVELOPER (the whole project) or ACCOUNT."""
    return GoogleError(
        429,
        "quotaError",
        "RESOURCE_EXHAUSTED",
        f"Too many requests. Retry in {wait_s} seconds.",
        quotaErrorDetails={
            "rateScope": scope,
            "rateName": "Number of operations for basic access",
            "retryDelay": f"{wait_s}s",
        },
    )


class Office:
    """Checks requests and finds rows; remembers the objects of the customers last asked for."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._rows: dict[tuple[str, str, str], Rows] = {}
        self._operations: dict[str, int] = {}

    def check(self, request: Request) -> None:
        """Version and token."""
        version = request.path_params["version"]
        if version not in VERSIONS:
            raise GoogleError(
                400, "requestError", "UNSUPPORTED_VERSION", f"Version {version} is deprecated."
            )
        if request.headers.get("authorization") != f"Bearer {GOOGLE_ACCESS_TOKEN}":
            raise GoogleError(
                401, "authenticationError", "OAUTH_TOKEN_INVALID", "OAuth token is invalid."
            )

    def customer(self, request: Request) -> Customer:
        """The customer of the path, if this user may read it this way."""
        asked = request.path_params["customer"]
        if not (asked.isdecimal() and len(asked) == 10):
            raise GoogleError(
                400, "requestError", "INVALID_CUSTOMER_ID", f"Invalid customer ID '{asked}'."
            )
        login = request.headers.get("login-customer-id")
        if login is not None and not (login.isdecimal() and len(login) == 10):
            raise GoogleError(
                400, "headerError", "INVALID_LOGIN_CUSTOMER_ID", f"Invalid login customer {login}."
            )
        customer = CUSTOMERS.get(asked)
        through = None if login is None else CUSTOMERS.get(login)
        reached = customer is not None and (
            customer.direct
            if login is None
            else through is not None and (through is customer or through.manager)
        )
        if customer is None or not reached:
            raise GoogleError(403, "authorizationError", "USER_PERMISSION_DENIED", _NOT_SHARED)
        if customer.status != "ENABLED":
            raise GoogleError(
                403,
                "authorizationError",
                "CUSTOMER_NOT_ENABLED",
                "The customer account can't be accessed because it is not yet enabled or has been "
                "deactivated.",
            )
        return customer

    def spend_operation(self) -> None:
        """Count one operation of the project's day."""
        now = self.desk.now().astimezone(_QUOTA_ZONE)
        day = now.date().isoformat()
        self._operations = {day: self._operations.get(day, 0) + 1}
        if self._operations[day] > OPERATIONS_A_DAY:
            midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time())
            left = midnight.replace(tzinfo=_QUOTA_ZONE) - now
            raise quota_error(int(left.total_seconds()) + 1)

    def rows(self, request: Request, customer: Customer, text: str) -> tuple[Query, list[str]]:
        """The parsed query and its rows as JSON texts."""
        try:
            query = parse(text)
            check_fields(query)
            measured = any(field.startswith(("metrics.", "segments.")) for field in query.fields)
            if measured and customer.manager:
                raise GaqlError(
                    "Metrics cannot be requested for a manager account. To retrieve metrics, issue "
                    "separate requests against each client account under the manager account.",
                    "REQUESTED_METRICS_FOR_MANAGER",
                )
            objects = self._objects(request, customer)
            self._check_days(query, objects)
            if measured and query.resource in MEASURED:
                return query, measured_rows(objects, query, self.desk.now())
            return query, _listed(query, objects)
        except GaqlError as error:
            raise GoogleError(400, "queryError", error.reason, str(error)) from error

    def _objects(self, request: Request, customer: Customer) -> Rows:
        base, now = base_url(request), self.desk.now()
        today = now.astimezone(customer.account.zone).date().isoformat()
        key = (customer.id, today, base)
        if key not in self._rows:
            if len(self._rows) >= _KEPT_ROWS:
                self._rows.clear()
            self._rows[key] = Rows(self.desk.world, customer, now, self.desk.pictures, base)
        return self._rows[key]

    def _check_days(self, query: Query, objects: Rows) -> None:
        if not any(condition.field == "segments.date" for condition in query.where):
            return
        first, _ = date_range(query, objects.today)
        oldest = objects.today.year * 12 + objects.today.month - 1 - _DAYS_KEPT_MONTHS
        if first.year * 12 + first.month - 1 < oldest:
            raise GoogleError(
                400,
                "dateRangeError",
                "REQUESTED_DATE_GRANULARITY_NOT_SUPPORTED",
                f"Days are kept for {_DAYS_KEPT_MONTHS} months.",
            )


def _listed(query: Query, objects: Rows) -> list[str]:
    found = [v for v in objects.of(query) if all(holds(c, v) for c in query.where)]
    for name, descending in reversed(query.order):
        keys = {id(values): sort_key(values.get(name)) for values in found}
        found.sort(key=lambda values: keys[id(values)], reverse=descending)
    paths = selected_paths(query.select)
    return [orjson.dumps(written(paths, values)).decode() for values in found[: query.limit]]
