"""What LinkedIn's refusals mean: reference sections 4.6 and 4.7."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from include.errors import (
    AccountUnreadable,
    AuthenticationExpired,
    ConfigurationError,
    RateLimited,
    SchemaDrift,
)
from include.sources.http import Answer, PassingError, first_lines

# The throttle on metric values counts a window of five minutes; some seconds to spare.
DATA_WAIT_S = 330.0
# A day quota without a `Date` to tell how long the day still is.
UNTOLD_WAIT_S = 3600.0
SHORTEST_QUOTA_WAIT_S = 60.0
DATA_THROTTLE = "5-minute window"

# What an object of its own may answer without costing the account its numbers: closed to us,
# deleted, or a URN of a kind that this resource does not serve.
CLOSED = frozenset({400, 403, 404})


_ACTIONS = {
    401: "the access token was refused ({}); it lives 60 days. Put a new one into the "
    "connection's password.",
    403: "no permission ({}). Give the token's member a role on the account (VIEWER is enough) "
    "and the scopes r_ads and r_ads_reporting, or take the account out of nodes.yaml.",
    404: "the account does not exist, or not for this token ({}). Correct its id in nodes.yaml, "
    "or take it out.",
    426: "the API version is not served, or no longer ({}). Put a living one (YYYYMM, at most a "
    "year old) into the connection's version.",
}
_REFUSED = (
    "the request was refused ({}). A field or parameter is no longer accepted; a developer has "
    "to look at include/sources/linkedin_ads.py."
)


def verdict(answer: Answer, where: str) -> Exception | None:
    """The error of an answer about the account."""
    if answer.status < 400 or answer.body is None:
        return None
    said = told(answer)
    if answer.status >= 500:
        return PassingError(said)
    if answer.status == 429:
        return RateLimited(
            f"{where}: too many calls ({said}). Nothing to do; it is tried again.",
            wait_s=wait_s(answer),
        )
    if answer.status in {403, 404}:
        return _unreadable(answer.status, f"{where}: {_ACTIONS[answer.status].format(said)}")
    kind = {401: AuthenticationExpired, 426: ConfigurationError}.get(answer.status, SchemaDrift)
    return kind(f"{where}: {_ACTIONS.get(answer.status, _REFUSED).format(said)}")


def _unreadable(status: int, message: str) -> AccountUnreadable:
    return AccountUnreadable(message, kind="permission" if status == 403 else "gone")


def verdict_of_objects(answer: Answer, where: str) -> Exception | None:
    """The error of an answer about posts or pictures: that they are closed is none."""
    if answer.status in CLOSED and isinstance(answer.body, dict):
        return None
    return verdict(answer, where)


def verdict_of_tokens(answer: Answer, where: str) -> Exception | None:
    """The error of an answer of the token address, whatever it is made of."""
    if answer.status < 400:
        return None
    said = first_lines(answer)
    if answer.status == 429:
        return RateLimited(
            f"{where}: too many tokens were asked for ({said!r}). Nothing to do; it is tried "
            "again.",
            wait_s=SHORTEST_QUOTA_WAIT_S,
        )
    if answer.status >= 500:
        return PassingError(f"status {answer.status}: {said!r}")
    if not isinstance(answer.body, dict):
        return ConfigurationError(
            f"{where}: {answer.status} and no JSON object. Is the connection's token address "
            "LinkedIn's?"
        )
    return AuthenticationExpired(
        f"{where}: the refresh token was refused ({answer.status}, {said!r}); it lives 365 days "
        "from the first grant. Grant access again and put the new tokens into the connection."
    )


def told(answer: Answer) -> str:
    """Status, code and message of a refusal, shortened."""
    body: dict[str, Any] = answer.body if isinstance(answer.body, dict) else {}
    return f"{answer.status} {body.get('code')}: {str(body.get('message'))[:160]!r}"


def wait_s(answer: Answer) -> float:
    """LinkedIn names no time. The data throttle ends in minutes, day quotas at 00:00 UTC.

    A gateway before it may name one in `Retry-After`; that one `call` adds.
    """
    if "retry-after" in answer.headers:
        return 0.0
    if DATA_THROTTLE in answer.text:
        return DATA_WAIT_S
    try:
        answered = parsedate_to_datetime(answer.headers["date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return UNTOLD_WAIT_S
    midnight = (answered + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(SHORTEST_QUOTA_WAIT_S, (midnight - answered).total_seconds())


def version_ends(version: str) -> datetime | None:
    """The day until which a version lives for certain: twelve months after its own.

    Seen so far: 202511 ended on 16 November 2026. None for what is no version.
    """
    try:
        made = datetime.strptime(version, "%Y%m").replace(tzinfo=UTC)
    except ValueError:
        return None
    return made.replace(year=made.year + 1, day=15)
