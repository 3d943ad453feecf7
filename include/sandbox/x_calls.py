"""One request to the sandbox's X Ads API: its parameters, checked, and the shape of answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from starlette.requests import Request

from include.sandbox.accounts import SandboxAccount
from include.sandbox.desk import Desk, base_url, page_bounds
from include.sandbox.entities import Creative
from include.sandbox.ids import base36

VERSION = "12"
_PAGE, _LARGEST_PAGE = 200, 1000
MOST_IDS = 200


class XError(Exception):
    """An error reply of the Ads API."""

    def __init__(self, http: int, code: str, message: str, parameter: str | None = None) -> None:
        super().__init__(message)
        self.http, self.code, self.parameter = http, code, parameter

    def body(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The reply's body as the platform writes it."""
        error = {"code": self.code, "message": str(self)}
        if self.parameter is not None:
            error["parameter"] = self.parameter
        return {"errors": [error], "request": {"params": dict(params)}}


def invalid(message: str, parameter: str) -> XError:
    """400 INVALID_PARAMETER."""
    return XError(400, "INVALID_PARAMETER", message, parameter)


class Call:
    """One authenticated request about one account."""

    def __init__(self, desk: Desk, request: Request, account: SandboxAccount) -> None:
        self.desk, self.request, self.account = desk, request, account
        self.query = request.query_params
        self.now = desk.now()
        self.base = base_url(request)

    def ids(self, name: str, most: int = MOST_IDS) -> list[str] | None:
        """A comma-separated list of at most `most` ids."""
        text = self.query.get(name)
        if text is None:
            return None
        found = [i for i in text.split(",") if i]
        if len(found) > most:
            raise invalid(f"Expected at most {most} ids for {name}", name)
        return found

    def answer(self, data: Any, **more: Any) -> dict[str, Any]:
        """The parameters of the request, and the data."""
        return {"request": {"params": self.params()}, **more, "data": data}

    def page(
        self, things: Sequence[dict[str, Any]], *, most: int = _LARGEST_PAGE, **filters: str
    ) -> dict[str, Any]:
        """A page of entities; `filters` maps a query parameter to the field it filters."""
        if self.query.get("with_deleted") != "true":
            things = [t for t in things if not t.get("deleted")]
        for parameter, field in filters.items():
            wanted = self.ids(parameter)
            if wanted is not None:
                things = [t for t in things if t[field] in wanted]
        if self.query.get("sort_by") == "updated_at-desc":
            things = sorted(things, key=lambda t: str(t["updated_at"]), reverse=True)
        count = self._count(most)
        totals: dict[str, Any] = {}
        if self.query.get("with_total_count") == "true":
            if "cursor" in self.query:
                text = "with_total_count and cursor are exclusive"
                raise XError(400, "EXCLUSIVE_PARAMETERS", text, "cursor")
            totals = {"total_count": len(things)}
        first, end, following = page_bounds(len(things), self._cursor(), count)
        cursor = None if following is None else f"c-{base36(following + 36**6)}"
        return self.answer(things[first:end], next_cursor=cursor, **totals)

    def one(self, things: Sequence[dict[str, Any]], code: str) -> dict[str, Any]:
        """The entity whose id is in the path; a deleted one only when it is asked for."""
        asked = self.request.path_params["id"]
        for thing in things:
            gone = thing.get("deleted") and self.query.get("with_deleted") != "true"
            if thing["id"] == asked and not gone:
                return self.answer(thing)
        raise XError(404, code, f"{asked} was not found", "id")

    def _count(self, most: int) -> int:
        text = self.query.get("count", str(min(_PAGE, most)))
        if not text.isdecimal() or not 1 <= int(text) <= most:
            raise invalid(f'Expected Integer in [1,{most}], got "{text}" for count', "count")
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
            raise invalid(f'Invalid cursor "{text}"', "cursor")
        return offset

    def params(self) -> dict[str, Any]:
        """The request's parameters, repeated in every reply."""
        return {**dict(self.query), "account_id": self.account.account_id}

    def window(self, longest: timedelta) -> tuple[datetime, datetime]:
        """`start_time` and `end_time`, the latter excluded."""
        start = instant(self.query.get("start_time"), "start_time", self.account)
        end = instant(self.query.get("end_time"), "end_time", self.account)
        if end <= start:
            raise invalid("Expected end_time to be after start_time", "end_time")
        if end - start > longest:
            raise invalid(f"Expected time range to be at most {longest.days} days", "end_time")
        return start, end

    def choice(self, name: str, known: Sequence[str]) -> str:
        """A required parameter with a fixed set of values."""
        value = self.query.get(name)
        if value is None:
            raise XError(400, "MISSING_PARAMETER", f'"{name}" is a required parameter', name)
        if value not in known:
            raise invalid(f'Expected {"|".join(known)}, got "{value}"', name)
        return value

    def creatives(self) -> list[Creative]:
        """All creatives made by now."""
        return self.desk.world.creatives(self.account, self.now)


def instant(text: str | None, name: str, account: SandboxAccount) -> datetime:
    """A whole hour in UTC; a date without time is the account's midnight.

    Raises:
        XError: missing, no time, or not a whole hour.
    """
    if text is None:
        raise XError(400, "MISSING_PARAMETER", f'"{name}" is a required parameter', name)
    try:
        if len(text) == len("2026-03-01"):
            found = account.midnight(date.fromisoformat(text))
        else:
            found = datetime.fromisoformat(text)
    except ValueError as error:
        raise invalid(f'Expected time, got "{text}" for {name}', name) from error
    if found.tzinfo is None:
        found = found.replace(tzinfo=account.zone)
    found = found.astimezone(UTC)
    if (found.minute, found.second) != (0, 0):
        raise invalid(f'Expected whole hours, got "{text}"', name)
    return found
