"""One signed call to the X Ads API: what its answer means, how long to wait, what it warns of."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from requests.auth import AuthBase

from include.errors import (
    AccountUnreadable,
    AuthenticationExpired,
    ConfigurationError,
    RateLimited,
    SchemaDrift,
)
from include.sources.http import Answer, PassingError, call, first_lines, mapping
from include.sources.limits import Limiter, Pause
from include.sources.memory import Memory

log = logging.getLogger(__name__)

DEFAULT_WAIT_S = 900.0  # limits are counted per 15 minutes
JOBS_WAIT_S = 60.0  # jobs of others have to end first; X tells no time

# Statuses below 500 that X documents as passing: CANCELLED_REQUEST, LOCK_ACQUISITION_TIMEOUT.
PASSING_STATUS = frozenset({408, 423})
# Codes that say why one account cannot be read -> `AccountUnreadable.kind`.
UNREADABLE = {
    "ACCOUNT_NOT_FOUND": "gone",
    "ACCOUNT_LOCKED_OUT": "disabled",
    "CURRENT_USER_SUSPENDED": "disabled",
    "UNAUTHORIZED_CLIENT_APPLICATION": "not_enabled",
    "USER_NOT_FOUND": "permission",
}
_DOES = "A developer has to look at include/sources/x_ads.py."


class ObjectGone(SchemaDrift):
    """A single object that was asked for by its id is no longer there."""


class CursorGone(SchemaDrift):
    """X no longer takes the mark of the next page that it gave."""


class TooManyJobs(Exception):
    """The account has as many statistics jobs under way as X allows."""


class TooComplex(SchemaDrift):
    """X wants the request in smaller pieces."""


class Asking:
    """Signed calls about one account: all share its limiter, and what was answered before.

    Args:
        root: address and version, without a slash at the end.
        secrets: texts that must appear in no message, address or stored reply.
        memory: answers of an earlier try; None asks everything anew.
        warned: warnings that were logged already; shared, so that each is logged once.
    """

    def __init__(
        self,
        session: requests.Session,
        root: str,
        *,
        auth: AuthBase,
        secrets: Collection[str],
        limiter: Limiter,
        memory: Memory | None,
        warned: set[str],
    ) -> None:
        self._session = session
        self._root = root
        self._auth = auth
        self._secrets = secrets
        self.limiter = limiter
        self._memory = memory
        self._warned = warned

    def get(self, path: str, params: Mapping[str, str], *, where: str) -> Answer:
        """The answer to one request; taken from the memory if an earlier try got it."""
        return self._call("GET", path, params, where=where, memory=self._memory)

    def get_anew(self, path: str, params: Mapping[str, str], *, where: str) -> Answer:
        """Like `get`, always asked: for what changes from one minute to the next."""
        return self._call("GET", path, params, where=where, memory=None)

    def post(self, path: str, params: Mapping[str, str], *, where: str) -> Answer:
        """Create something; what an earlier try created is remembered."""
        return self._call("POST", path, params, where=where, memory=self._memory)

    def post_anew(self, path: str, params: Mapping[str, str], *, where: str) -> Answer:
        """Create something, though an earlier try has created it."""
        return self._call("POST", path, params, where=where, memory=None)

    def pages(self, path: str, params: Mapping[str, str], *, where: str) -> list[Answer]:
        """All pages of a listing; from the start again, once, when its cursor is refused.

        Raises:
            SchemaDrift: a page repeats a cursor; the listing would never end.
        """
        try:
            return list(self._pages(self.get, path, params, where=where))
        except CursorGone:
            log.warning("%s: X refused the mark of the next page; read from the start.", where)
            return list(self._pages(self.get_anew, path, params, where=where))

    @staticmethod
    def _pages(
        get: Callable[..., Answer], path: str, params: Mapping[str, str], *, where: str
    ) -> Iterator[Answer]:
        query = dict(params)
        seen: set[str] = set()
        while True:
            answer = get(path, query, where=where)
            yield answer
            cursor = mapping(answer, where).get("next_cursor")
            if not cursor:
                return
            if not isinstance(cursor, str) or cursor in seen:
                raise SchemaDrift(
                    f"{where}: page {len(seen) + 1} repeats the cursor {cursor!r:.60}. {_DOES}"
                )
            seen.add(cursor)
            query["cursor"] = cursor

    def _call(
        self,
        method: str,
        path: str,
        params: Mapping[str, str],
        *,
        where: str,
        memory: Memory | None,
    ) -> Answer:
        return call(
            self._session,
            method,
            f"{self._root}/{path}",
            where=where,
            verdict=verdict,
            secrets=self._secrets,
            auth=self._auth,
            params=params,
            limiter=self.limiter,
            usage=usage_of(where, self._warned),
            memory=memory,
        )


def usage_of(where: str, warned: set[str]) -> Callable[[Answer], Pause | None]:
    """Looks at every answer's headers: logs X's warnings, and pauses when no call is left."""

    def usage(answer: Answer) -> Pause | None:
        warning = answer.headers.get("x-api-warn")
        if warning and warning not in warned:
            warned.add(warning)
            log.warning("%s: X warns: %r.", where, warning[:200])
        if _left(answer.headers) == 0 and answer.status < 400:
            return Pause(wait_s(answer.headers), "X's limit for this quarter of an hour is used up")
        return None

    return usage


def verdict(answer: Answer, where: str) -> Exception | None:
    """The error an answer is, or None.

    Codes are X's documented ones; texts are only shown.
    """
    if answer.status < 400 or not isinstance(answer.body, dict):
        return None
    first = _first(answer.body)
    code = str(first.get("code"))
    said = f"{code}: {str(first.get('message'))[:160]!r}"
    if answer.status == 401:
        return AuthenticationExpired(
            f"{where}: the keys were refused ({said}). Check the four secrets in the connection, "
            "and the worker's clock: signatures are only good for some minutes."
        )
    if answer.status == 429:
        return RateLimited(
            f"{where}: too many calls ({said}). Nothing to do; it is tried again.",
            wait_s=wait_s(answer.headers),
        )
    if answer.status == 403 or code in UNREADABLE:
        kind = UNREADABLE.get(code, "permission")
        return AccountUnreadable(
            f"{where}: no permission, or the account is locked or gone ({said}). Ask its owner for "
            "a role on it, or take it out of nodes.yaml.",
            kind=kind,
        )
    return _of_request(answer, code, said, where)


def _of_request(answer: Answer, code: str, said: str, where: str) -> Exception:
    """The error of an answer that says nothing about the account."""
    if answer.status >= 500 or answer.status in PASSING_STATUS:
        return PassingError(f"status {answer.status}, {said}")
    if code == "TOO_MANY_JOBS":
        return TooManyJobs(said)
    if code == "ROUTE_NOT_FOUND":
        return ConfigurationError(
            f"{where}: X does not know this address ({said}). Is the API version in the connection "
            "still served, and the host the Ads API's?"
        )
    drift: type[SchemaDrift] = SchemaDrift
    what = "the request was refused"
    if code == "REQUEST_TOO_COMPLEX":
        drift, what = TooComplex, "X wants smaller requests than its own limits"
    elif code == "INVALID_PARAMETER" and _first(answer.body).get("parameter") == "cursor":
        drift, what = CursorGone, "the mark of the next page is refused"
    elif answer.status == 404:
        drift, what = ObjectGone, "X has no such object"
    return drift(f"{where}: {what} ({answer.status}, {first_lines(answer)!r}). {_DOES}")


def wait_s(headers: Mapping[str, str]) -> float:
    """Seconds until the limit is reset, by the platform's own clock; else 15 minutes.

    The account's limit counts when it is given, the user's otherwise.
    """
    reset = headers.get("x-account-rate-limit-reset") or headers.get("x-rate-limit-reset")
    try:
        answered = parsedate_to_datetime(headers["date"])
        return min(max(1.0, float(reset or "") - answered.timestamp()), DEFAULT_WAIT_S)
    except (KeyError, ValueError):
        return DEFAULT_WAIT_S


def _left(headers: Mapping[str, str]) -> int | None:
    """Calls left in this quarter of an hour, where X says so."""
    for name in ("x-account-rate-limit-remaining", "x-rate-limit-remaining"):
        told = headers.get(name, "")
        if told.isdecimal():
            return int(told)
    return None


def _first(body: Any) -> Mapping[str, Any]:
    """The first error of a refusal, empty when it names none."""
    errors = body.get("errors") if isinstance(body, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    return first if isinstance(first, dict) else {"code": "no code", "message": ""}
