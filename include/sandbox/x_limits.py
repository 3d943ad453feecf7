"""How often X lets a user and an account ask in a quarter of an hour, told in headers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

QUARTER_S = 900


@dataclass(frozen=True)
class Limit:
    """So many calls per quarter of an hour; `scope` is whose limit it is: user or ad account."""

    name: str
    calls: int
    scope: str

    @property
    def prefix(self) -> str:
        """Of its headers."""
        return "x-account-rate-limit" if self.scope == "account" else "x-rate-limit"


GLOBAL = Limit("accounts", 5, "user")
SYNC_STATS = Limit("stats", 250, "user")
OBJECTS = Limit("objects", 10_000, "account")
OTHERS = Limit("others", 2_000, "account")


class Used:
    """Calls spent in the running quarter, by limit and by what it is counted for.

    A quarter ends when the sandbox's clock passes it, or after 15 real minutes: a clock that
    stands still would else never let anybody ask again.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._spent: dict[tuple[str, str], tuple[int, float, int]] = {}

    def spend(self, limit: Limit, counted_for: str, now: datetime) -> tuple[bool, dict[str, str]]:
        """Whether one more call is allowed, and the headers that say what is left."""
        key = (limit.name, counted_for)
        quarter, real = int(now.timestamp()) // QUARTER_S, self._clock()
        known = self._spent.get(key, (quarter, real, 0))
        if known[0] != quarter or real - known[1] >= QUARTER_S:
            known = (quarter, real, 0)
        allowed = known[2] < limit.calls
        spent = known[2] + allowed
        self._spent[key] = (known[0], known[1], spent)
        return allowed, {
            f"{limit.prefix}-limit": str(limit.calls),
            f"{limit.prefix}-remaining": str(limit.calls - spent),
            f"{limit.prefix}-reset": str((quarter + 1) * QUARTER_S),
        }
