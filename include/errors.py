"""The few failures that somebody acts on differently.

A caller's mistake stays `ValueError`. `pauta.retries` says which of these Airflow
tries again, and after how long.
"""

from __future__ import annotations


class RateLimited(Exception):
    """The platform asked us to wait; try again after `wait_s` seconds."""

    def __init__(self, message: str, *, wait_s: float) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class SourceUnavailable(Exception):
    """The host did not answer, or answered with a server error; trying later may help."""


class AuthenticationExpired(Exception):
    """The credentials were refused; a person has to renew them, retries cannot."""


class AccountUnreadable(Exception):
    """This one account cannot be read; the others go on.

    Args:
        kind: `disabled`, `closed`, `permission`, `gone` or `not_enabled`.
    """

    def __init__(self, message: str, *, kind: str) -> None:
        super().__init__(message)
        self.kind = kind


class SchemaDrift(Exception):
    """A reply no longer has the shape we read; a developer has to map the change."""


class QualityFailed(Exception):
    """A partition broke its rules and stays unpublished; the published one is untouched."""


class ConfigurationError(ValueError):
    """A reviewed file or a setting is wrong; the message names file, line and what was expected."""
