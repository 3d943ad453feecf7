"""What an answer of Google Ads means; decided by the codes of its `GoogleAdsFailure`.

`reference/platform-apis.md` section 2.6. An error is an object, in a stream the same object
inside an array, after batches of rows when it came up on the way.
"""

from __future__ import annotations

import re
from typing import Any

from include.errors import (
    AccountUnreadable,
    AuthenticationExpired,
    ConfigurationError,
    RateLimited,
    SchemaDrift,
)
from include.sources.http import Answer, PassingError, first_lines

# Without `retryDelay`: what is short is over within minutes, the rest is for Airflow to wait.
DEFAULT_WAIT_S = 300.0
LONG_WAIT_S = 3600.0
SHORT_WAIT_S = 5.0

RENEWABLE = {"OAUTH_TOKEN_EXPIRED", "OAUTH_TOKEN_INVALID"}
DEAD_GRANT = {
    "OAUTH_TOKEN_REVOKED",
    "OAUTH_TOKEN_DISABLED",
    "NOT_ADS_USER",
    "TWO_STEP_VERIFICATION_NOT_ENROLLED",
    "ADVANCED_PROTECTION_NOT_ENROLLED",
}
UNREADABLE = {
    "CUSTOMER_NOT_FOUND": "gone",
    "CUSTOMER_NOT_ENABLED": "not_enabled",
    "ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT": "disabled",
    "REQUESTED_METRICS_FOR_MANAGER": "not_enabled",
    "USER_PERMISSION_DENIED": "permission",
    "INVALID_LOGIN_CUSTOMER_ID_SERVING_CUSTOMER_ID_COMBINATION": "permission",
    "METRIC_ACCESS_DENIED": "permission",
}
WHAT_TO_DO = {
    "CUSTOMER_NOT_FOUND": "Correct account_id in nodes.yaml, or take the account out.",
    "CUSTOMER_NOT_ENABLED": "The account is not set up or was cancelled: its owner has to enable "
    "it, or take it out of nodes.yaml.",
    "ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT": "Its owner has to settle this with Google.",
    "REQUESTED_METRICS_FOR_MANAGER": "It is a manager account, which has no ads: name its client "
    "accounts in nodes.yaml.",
}
SHARE_IT = (
    "Share the account with the connection's user; if access goes through a manager account, set "
    "its 10 digits as the manager account of the connection."
)
SETTINGS = {
    "UNSUPPORTED_VERSION": "Set a version that Google still serves in the connection.",
    "INVALID_CUSTOMER_ID": "account_id in nodes.yaml must be 10 digits without dashes.",
    "INVALID_LOGIN_CUSTOMER_ID": "The connection's manager account must be 10 digits without "
    "dashes.",
    "DEVELOPER_TOKEN_NOT_APPROVED": "Apply for production access of the developer token.",
    "DEVELOPER_TOKEN_INVALID": "Correct the developer token in the connection, or leave it out.",
    "CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION": "Apply for production access of the Google Cloud "
    "project that the OAuth client belongs to.",
    "REQUESTED_DATE_GRANULARITY_NOT_SUPPORTED": "Google keeps single days for 37 months; ask for "
    "a later first day.",
}
SHORT_TERM = {"EXCESSIVE_SHORT_TERM_QUERY_RESOURCE_CONSUMPTION", "RESOURCE_TEMPORARILY_EXHAUSTED"}
LONG_TERM = {"EXCESSIVE_LONG_TERM_QUERY_RESOURCE_CONSUMPTION"}
PAGE_TOKEN = {"EXPIRED_PAGE_TOKEN", "INVALID_PAGE_TOKEN"}


class TokenRefused(Exception):
    """The access token was refused; a renewed one may be taken."""


class PageTokenEnded(Exception):
    """The page token is no longer taken: the query starts again with its first page."""


class TooMuchAtOnce(Exception):
    """Google gave up on the query before its deadline; fewer days may be answered."""


class Verdict:
    """Names the error of each answer to one request, tries again included."""

    def __init__(self) -> None:
        self._short_waits = 0

    def __call__(self, answer: Answer, where: str) -> Exception | None:
        """The error, or None."""
        error = _error(answer)
        if error is None:
            return None
        status = int(error["code"]) if answer.status < 400 else answer.status
        codes = _codes(error)
        said = _said(error, codes, answer)
        return (
            _of_this_account(status, codes, said, where)
            or self._of_quota(status, error, codes, said, where)
            or _of_server(status, error, codes, said)
            or _of_request(status, codes, said, where)
        )

    def _of_quota(
        self, status: int, error: dict[str, Any], codes: set[str], said: str, where: str
    ) -> Exception | None:
        exhausted = status == 429 or error.get("status") == "RESOURCE_EXHAUSTED"
        if not exhausted and not codes & (SHORT_TERM | LONG_TERM):
            return None
        wait_s = _told_wait_s(error)
        if wait_s is None and codes & SHORT_TERM:
            wait_s = SHORT_WAIT_S * 2**self._short_waits
            self._short_waits += 1
        elif wait_s is None:
            wait_s = LONG_WAIT_S if codes & LONG_TERM else DEFAULT_WAIT_S
        return RateLimited(
            f"{where}: the quota is used up ({said}); Google asks for {wait_s:.0f} s. Nothing to "
            "do; it is tried again.",
            wait_s=wait_s,
        )


def token_verdict(answer: Answer, where: str) -> Exception | None:
    """What an answer of the token address means."""
    if answer.status < 400 or answer.body is None:
        return None
    error = answer.body.get("error") if isinstance(answer.body, dict) else None
    if answer.status == 429:
        return RateLimited(f"{where}: too many token requests.", wait_s=DEFAULT_WAIT_S)
    if answer.status >= 500:
        return PassingError(f"status {answer.status}: {first_lines(answer)!r}")
    return AuthenticationExpired(
        f"{where}: the refresh token or key was refused ({answer.status}, {error!r:.80}). Grant "
        "access again and put the new refresh token, with its client id and secret, or the "
        "service account's new key, into the connection."
    )


def _of_this_account(status: int, codes: set[str], said: str, where: str) -> Exception | None:
    for code in sorted(codes & set(UNREADABLE)):
        what = WHAT_TO_DO.get(code, SHARE_IT)
        return AccountUnreadable(
            f"{where}: the account cannot be read ({said}). {what}", kind=UNREADABLE[code]
        )
    for code in sorted(codes & set(SETTINGS)):
        return ConfigurationError(f"{where}: refused ({said}). {SETTINGS[code]}")
    if codes & DEAD_GRANT:
        return AuthenticationExpired(
            f"{where}: the access was withdrawn ({said}). Grant access again and put the new "
            "refresh token into the connection."
        )
    if status == 401 or codes & RENEWABLE:
        return TokenRefused(
            f"{where}: the access token was refused ({said}). Grant access again and put the new "
            "refresh token into the connection."
        )
    if status == 403:
        return AccountUnreadable(
            f"{where}: the account cannot be read ({said}). {SHARE_IT}", kind="permission"
        )
    return None


def _of_server(status: int, error: dict[str, Any], codes: set[str], said: str) -> Exception | None:
    if status == 504 or error.get("status") == "DEADLINE_EXCEEDED" or "DEADLINE_EXCEEDED" in codes:
        return TooMuchAtOnce(f"status {status}: {said}")
    if status >= 500:
        return PassingError(f"status {status}: {said}")
    return None


def _of_request(status: int, codes: set[str], said: str, where: str) -> Exception:
    if codes & PAGE_TOKEN:
        return PageTokenEnded(said)
    return SchemaDrift(
        f"{where}: the query was refused ({status}, {said}). A developer has to look at "
        "include/sources/google_ads_queries.py."
    )


def _error(answer: Answer) -> dict[str, Any] | None:
    """The error object of an answer, wherever it stands; None when there is none."""
    if answer.status < 400 and not answer.mentions("error"):
        return None
    body = answer.body
    parts = body if isinstance(body, list) else [body]
    for part in parts:
        if isinstance(part, dict) and isinstance(part.get("error"), dict):
            error: dict[str, Any] = part["error"]
            return error | {"code": _number(error.get("code"))}
    return {"code": answer.status} if answer.status >= 400 and body is not None else None


def _number(code: Any) -> int:
    """An error inside an answer that began with status 200 has its own; 500 when it has none."""
    return code if isinstance(code, int) and code >= 400 else 500


def _said(error: dict[str, Any], codes: set[str], answer: Answer) -> str:
    """Google's own words, shortened, and the id by which its support finds the request."""
    failures = _failures(error)
    message = failures[0].get("message") if failures else error.get("message")
    request_id = answer.headers.get("request-id") or "unknown"
    named = ", ".join(sorted(codes)) or "no code"
    return f"{error.get('status')} {named}: {str(message)[:200]!r}, request-id {request_id:.40}"


def _failures(error: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        failure
        for detail in error.get("details") or []
        if isinstance(detail, dict)
        for failure in detail.get("errors") or []
        if isinstance(failure, dict)
    ]


def _codes(error: dict[str, Any]) -> set[str]:
    return {
        str(code)
        for failure in _failures(error)
        for code in (failure.get("errorCode") or {}).values()
    }


def _told_wait_s(error: dict[str, Any]) -> float | None:
    """Google's own `retryDelay` ("17941s"), the longest one given."""
    waits = []
    for failure in _failures(error):
        quota = (failure.get("details") or {}).get("quotaErrorDetails") or {}
        found = re.fullmatch(r"(\d+(?:\.\d+)?)s", str(quota.get("retryDelay")))
        if found:
            waits.append(float(found.group(1)))
    return max(waits, default=None)
