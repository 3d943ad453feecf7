"""Where LinkedIn stops: long addresses, many rows, many values, many calls a day."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

DAY_QUOTA = "Resource level throttle limit for calls to this resource is reached."
DATA_THROTTLE = (
    "The data request limit has been exceeded. More than 45 million metric values were requested "
    "in a 5-minute window."
)
WINDOW_S = 300.0


@dataclass(frozen=True)
class Limits:
    """How much one sandbox answers.

    Args:
        cut_at: elements of an analytics answer; what is more is left out without a word.
        values: metric values within five minutes.
        calls_a_day: per resource, until 00:00 UTC; None counts none.
        longest_query: bytes, beyond which the answer is 414.
    """

    cut_at: int = 15_000
    values: int = 45_000_000
    calls_a_day: int | None = None
    longest_query: int = 4_096


class LinkedInError(Exception):
    """An error reply."""

    def __init__(self, http: int, code: str, message: str, service: int | None = None) -> None:
        super().__init__(message)
        self.http, self.code, self.service = http, code, service

    def body(self) -> dict[str, Any]:
        """The reply's body as the platform writes it."""
        body: dict[str, Any] = {"status": self.http, "code": self.code, "message": str(self)}
        if self.service is not None:
            body["serviceErrorCode"] = self.service
        return body


def illegal(message: str) -> LinkedInError:
    """A request that cannot be read."""
    return LinkedInError(
        400, "ILLEGAL_ARGUMENT", f"Invalid query parameters passed to request: {message}"
    )


class Quotas:
    """Counts calls and values of one sandbox."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self._clock = clock
        self._day = date.min
        self._calls: dict[str, int] = {}
        self._values: deque[tuple[float, int]] = deque()

    def call(self, resource: str, today: date) -> None:
        """Count one call.

        Raises:
            LinkedInError: the resource's calls of the day are used up.
        """
        if today != self._day:
            self._day, self._calls = today, {}
        self._calls[resource] = self._calls.get(resource, 0) + 1
        most = self.limits.calls_a_day
        if most is not None and self._calls[resource] > most:
            raise LinkedInError(429, "TOO_MANY_REQUESTS", DAY_QUOTA, 101)

    def values(self, count: int) -> None:
        """Count metric values of an answer.

        Raises:
            LinkedInError: there were too many within five minutes.
        """
        now = self._clock()
        while self._values and self._values[0][0] <= now - WINDOW_S:
            self._values.popleft()
        self._values.append((now, count))
        if sum(each for _, each in self._values) > self.limits.values:
            raise LinkedInError(429, "TOO_MANY_REQUESTS", DATA_THROTTLE)
