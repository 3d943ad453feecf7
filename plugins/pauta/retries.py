"""Which error means wait, and which means stop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from airflow.sdk import RetryDecision, RetryPolicy

from include.errors import (
    AccountUnreadable,
    AuthenticationExpired,
    ConfigurationError,
    QualityFailed,
    RateLimited,
    SchemaDrift,
)

if TYPE_CHECKING:
    from airflow.sdk import Context

# What no retry can cure: a person has to renew a token, map a field or mend a file.
HOPELESS = (
    AccountUnreadable,
    AuthenticationExpired,
    ConfigurationError,
    QualityFailed,
    SchemaDrift,
)
LONGEST_WAIT = timedelta(hours=2)


@dataclass
class PautaRetries(RetryPolicy):
    """Wait as long as a platform asks, up to two hours; give up at once where waiting is useless.

    Anything else (a lost connection, a full disk, a killed process) follows the task's own
    `retries` and `retry_delay`.
    """

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,
        max_tries: int,
        context: Context | None = None,
    ) -> RetryDecision:
        if isinstance(exception, RateLimited):
            wait = min(timedelta(seconds=exception.wait_s), LONGEST_WAIT)
            return RetryDecision.retry(wait, f"asked to wait {exception.wait_s:.0f} s")
        if isinstance(exception, HOPELESS):
            return RetryDecision.fail(f"{type(exception).__name__} needs a person, not a retry")
        return RetryDecision.default()
