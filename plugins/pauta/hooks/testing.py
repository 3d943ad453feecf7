"""What the button *Test* of a connection shows."""

from __future__ import annotations

from collections.abc import Callable

from include.errors import (
    AccountUnreadable,
    AuthenticationExpired,
    ConfigurationError,
    RateLimited,
    SchemaDrift,
    SourceUnavailable,
)

EXPECTED = (
    AccountUnreadable,
    AuthenticationExpired,
    ConfigurationError,
    RateLimited,
    SchemaDrift,
    SourceUnavailable,
)


def outcome(check: Callable[[], None], passed: str) -> tuple[bool, str]:
    """Whether the check passed, and what to show: `passed`, or what to do about the failure."""
    try:
        check()
    except EXPECTED as error:
        return False, str(error)
    return True, passed
