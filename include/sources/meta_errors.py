"""What Meta's refusals mean: decided on code and sub-code, as the HTTP status is used loosely."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from include.errors import (
    AccountUnreadable,
    AuthenticationExpired,
    ConfigurationError,
    RateLimited,
    SchemaDrift,
)
from include.sources.http import Answer, PassingError, first_lines
from include.sources.meta_usage import POLICY_WAIT_S, wait_s

TOKEN_CODES = {102, 190}
TOKEN_FAULTS = {
    458: "the app is not installed for the user any more",
    459: "the user has to pass a checkpoint on facebook.com",
    460: "the password was changed",
    463: "the token has expired",
    464: "the user's account is not confirmed",
    467: "the token is invalid",
}
LIMIT_CODES = {4, 17, 32, 613, *range(80000, 80015)}
# Temporary blocks by policy, of the app (341) or the user (368).
BLOCK_CODES = {341, 368}
PERMISSION_CODES = {3, 10, *range(200, 300)}
PASSING_CODES = {1, 2, 99, 104, 960}
VERSION_CODE = 2635
PARAMETER_CODE = 100
GONE = (100, 33)
# The same for a read of many ids.
GONE_CODE = 803
TOO_MUCH = (100, 1487534)
STORY_UNREADABLE = {(100, 1443048), (100, 2446211)}
_REDUCE = "reduce the amount of data"
# Told for some seconds after a report is complete; seen by connectors.
_REPORT_NOT_READY = "weren't there while creating the report run"


class TooMuchData(Exception):
    """The request asks for more than Meta gives at once.

    Args:
        split: Meta asks for fewer days or objects; a smaller page would not help.
    """

    def __init__(self, message: str, *, split: bool) -> None:
        super().__init__(message)
        self.split = split


class StoryUnreadable(Exception):
    """One creative of the group has a story that Meta cannot show; the others are fine."""


class CursorExpired(SchemaDrift):
    """The cursor is not taken any more; the listing has to begin again."""


@dataclass(frozen=True)
class _Refusal:
    """The error object of an answer, and where it happened."""

    where: str
    code: int
    subcode: int
    message: str
    is_transient: bool

    @property
    def pair(self) -> tuple[int, int]:
        """What decides."""
        return self.code, self.subcode

    @property
    def said(self) -> str:
        """For a message."""
        return f"code {self.code}/{self.subcode or None}: {self.message[:160]!r}"


def verdict(answer: Answer, where: str) -> Exception | None:
    """The error that an answer is, or None."""
    if answer.status < 400 and not answer.mentions("error"):
        return None
    error = answer.body.get("error") if isinstance(answer.body, dict) else None
    if not isinstance(error, dict):
        return None if answer.status < 400 or answer.body is None else _unexpected(answer, where)
    refusal = _Refusal(
        where,
        _number(error.get("code")),
        _number(error.get("error_subcode")),
        str(error.get("message")),
        error.get("is_transient") is True,
    )
    return (
        _of_the_token(refusal)
        or _of_the_budget(refusal, answer)
        or _of_the_account(refusal)
        or _of_the_request(refusal)
        or _unexpected(answer, where)
    )


def is_story_unreadable(answer: object) -> bool:
    """Whether one answer of a batch, `{"code": 400, "body": "<JSON>"}`, refuses the story."""
    try:
        error = orjson.loads(answer["body"])["error"]  # type: ignore[index]
        return (error["code"], error.get("error_subcode")) in STORY_UNREADABLE
    except (KeyError, TypeError, AttributeError, orjson.JSONDecodeError):
        return False


def _of_the_token(refusal: _Refusal) -> Exception | None:
    where, said = refusal.where, refusal.said
    if refusal.code in TOKEN_CODES:
        fault = TOKEN_FAULTS.get(refusal.subcode, "no reason told")
        return AuthenticationExpired(
            f"{where}: the access token was refused, {fault} ({said}). Make a new one and put it "
            "into the connection's password."
        )
    if refusal.code == VERSION_CODE:
        return ConfigurationError(
            f"{where}: Meta no longer answers this version of its API ({said}). Set `version` in "
            "the connection's extra to one that docs/sources/meta.md lists."
        )
    return None


def _of_the_budget(refusal: _Refusal, answer: Answer) -> Exception | None:
    where, said = refusal.where, refusal.said
    if refusal.code in LIMIT_CODES:
        return RateLimited(
            f"{where}: too many calls ({said}). Nothing to do; it is tried again.",
            wait_s=wait_s(answer),
        )
    if refusal.code in BLOCK_CODES:
        return RateLimited(
            f"{where}: Meta blocks the app or the user for a while ({said}). It is tried again "
            "after an hour; if it goes on, look at the app's page on developers.facebook.com.",
            wait_s=POLICY_WAIT_S,
        )
    return None


def _of_the_account(refusal: _Refusal) -> Exception | None:
    where, said = refusal.where, refusal.said
    if refusal.code in PERMISSION_CODES:
        return AccountUnreadable(
            f"{where}: no permission ({said}). Share the account with the token's user and give "
            "the token ads_read, or take the account out of nodes.yaml.",
            kind="permission",
        )
    if refusal.pair == GONE or refusal.code == GONE_CODE:
        return AccountUnreadable(
            f"{where}: it does not exist, or is not shared with the token ({said}). Check the id "
            "in nodes.yaml, share the account, or take it out.",
            kind="gone",
        )
    return None


def _of_the_request(refusal: _Refusal) -> Exception | None:
    """What is wrong with this request, not with the token or the account."""
    where, said, message = refusal.where, refusal.said, refusal.message
    if refusal.pair == TOO_MUCH or _REDUCE in message:
        return TooMuchData(f"{where}: {said}", split=refusal.pair == TOO_MUCH)
    if refusal.pair in STORY_UNREADABLE:
        return StoryUnreadable(f"{where}: {said}")
    if refusal.code in PASSING_CODES or refusal.is_transient or _REPORT_NOT_READY in message:
        return PassingError(said)
    if refusal.code == PARAMETER_CODE and "cursor" in message.lower():
        return CursorExpired(
            f"{where}: the cursor of the next page is refused, also after a new start ({said}). A "
            "developer has to look at include/sources/meta_calls.py."
        )
    return None


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _unexpected(answer: Answer, where: str) -> Exception:
    """An error of no known kind: passing when the server is to blame, else ours."""
    if answer.status >= 500:
        return PassingError(f"status {answer.status}: {first_lines(answer)!r}")
    return SchemaDrift(
        f"{where}: the request was refused ({answer.status}, {first_lines(answer)!r}). A field or "
        "parameter is no longer accepted; a developer has to look at include/sources/meta.py."
    )
