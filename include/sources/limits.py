"""How fast an app may ask about an account: calls open at once, and pauses that all share.

A platform counts calls per app and account, not per thread; so the threads that read one
account share one `Limiter`, and when one is told to wait, all wait.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from include.errors import RateLimited

log = logging.getLogger(__name__)

# Up to here a worker waits; beyond, Airflow defers the task and gives the slot to another.
LONGEST_WAIT_S = 300.0


@dataclass(frozen=True)
class Pause:
    """How long nobody should ask, and why, in the platform's words or ours."""

    seconds: float
    reason: str

    def __post_init__(self) -> None:
        if not 0 <= self.seconds < float("inf"):
            raise ValueError(f"pause: seconds must be 0 or more and finite, got {self.seconds!r}.")


class Limiter:
    """Lets at most `concurrency` calls be open, and none while a pause lasts.

    Args:
        name: platform and account; messages start with it.
        longest_wait_s: a pause that lasts longer than this is not waited out but raised.
        clock: seconds that only grow.
        sleep: waits that many seconds.
    """

    def __init__(
        self,
        name: str,
        *,
        concurrency: int,
        longest_wait_s: float = LONGEST_WAIT_S,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if concurrency < 1:
            raise ValueError(f"{name}: concurrency must be 1 or more, got {concurrency}.")
        self.name = name
        self.longest_wait_s = longest_wait_s
        self._concurrency = concurrency
        self._clock = clock
        self._sleep = sleep
        self._changed = threading.Condition()
        self._open = 0
        self._pause = Pause(0.0, "")
        self._ends = clock()
        self._pauses = 0  # told so far: who has slept one out can see whether another came

    @property
    def concurrency(self) -> int:
        """Calls that may be open at once."""
        return self._concurrency

    @concurrency.setter
    def concurrency(self, number: int) -> None:
        with self._changed:
            self._concurrency = number
            self._changed.notify_all()

    def pause(self, pause: Pause) -> None:
        """From now on nobody asks for so long; a pause that ends earlier changes nothing."""
        with self._changed:
            ends = self._clock() + pause.seconds
            if pause.seconds == 0 or ends <= self._ends:
                return
            self._pause, self._ends = pause, ends
            self._pauses += 1
        reason = pause.reason.rstrip(".")
        log.warning("%s: asks nothing for %.0f s: %s.", self.name, pause.seconds, reason)

    @contextmanager
    def slot(self, *, patience_s: float | None = None) -> Iterator[Slot]:
        """Room for one call, taken once there is some and no pause is left.

        Args:
            patience_s: waits out pauses of this length at most, altogether; `longest_wait_s`
                unless told.

        Raises:
            RateLimited: the pause lasts longer than that.
        """
        slot = Slot(self, self.longest_wait_s if patience_s is None else patience_s)
        try:
            slot.take()
            yield slot
        finally:
            slot.leave()

    @contextmanager
    def room(self) -> Iterator[None]:
        """Room for something that counts as open, but that no pause concerns."""
        self.enter()
        try:
            yield
        finally:
            self.leave()

    def enter(self) -> None:
        """Wait for room, and take it."""
        with self._changed:
            while self._open >= self._concurrency:
                self._changed.wait()
            self._open += 1

    def leave(self) -> None:
        """Give the room to whoever waits for it."""
        with self._changed:
            self._open -= 1
            self._changed.notify()

    def wait_out(self, patience_s: float, *, slept: int) -> tuple[float, int]:
        """Sleeps until no pause is left; each is slept once, whatever the clock then says.

        Args:
            slept: the number of the pause that was slept out last.

        Returns:
            the seconds slept, and that number now.

        Raises:
            RateLimited: it would take longer than `patience_s`.
        """
        waited = 0.0
        while True:
            with self._changed:
                left, pauses, pause = self._ends - self._clock(), self._pauses, self._pause
            if left <= 0 or slept == pauses:
                return waited, slept
            if waited + left > patience_s:
                raise RateLimited(
                    f"{self.name}: {pause.reason.rstrip('.')}; {left:.0f} s of the wait are left, "
                    "more than a worker waits. Nothing to do; it is tried again then.",
                    wait_s=left,
                )
            slept = pauses
            self._sleep(left)
            waited += left


class Slot:
    """Room for one call, which may be left and taken again: between tries nothing is open.

    `waited_s` says how long pauses were waited out for it, altogether.
    """

    def __init__(self, limiter: Limiter, patience_s: float) -> None:
        self.waited_s = 0.0
        self._limiter = limiter
        self._patience_s = patience_s
        self._slept = 0
        self._taken = False

    def take(self) -> None:
        """Be among the open calls; nothing happens to one that is.

        Raises:
            RateLimited: a pause lasts longer than the patience that is left.
        """
        if self._taken:
            return
        self._limiter.enter()
        self._taken = True
        left = self._patience_s - self.waited_s
        waited, self._slept = self._limiter.wait_out(left, slept=self._slept)
        self.waited_s += waited

    def leave(self) -> None:
        """Be no longer among them."""
        if self._taken:
            self._taken = False
            self._limiter.leave()


_limiters: dict[tuple[object, ...], Limiter] = {}
_limiters_lock = threading.Lock()


def limiter_for(
    app: str,
    account_id: str,
    concurrency: int,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Limiter:
    """The one limiter of this app and account in this process.

    A client that brings a clock or sleep of its own, as tests do, has its own limiter.
    `concurrency` is the one asked for last.
    """
    with _limiters_lock:
        key = (app, account_id, clock, sleep)
        if key not in _limiters:
            name = f"{app} {account_id}"
            _limiters[key] = Limiter(name, concurrency=concurrency, clock=clock, sleep=sleep)
        limiter = _limiters[key]
    if limiter.concurrency != concurrency:
        limiter.concurrency = concurrency
    return limiter
