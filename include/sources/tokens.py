"""An access token that is renewed ahead of its end, by one thread at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

# As long as one call may wait for a limit: a token taken before the wait still holds after it.
AHEAD_S = 300.0
# A token refused within this time after it was made is not refused for its age.
YOUNG_S = 60.0


class AccessToken:
    """The token to send now.

    Args:
        renew: asks the platform for a token; gives it with the seconds that it holds.
            Whatever it raises goes to the thread that needed the token; the next one asks again.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        renew: Callable[[], tuple[str, float]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._renew = renew
        self._clock = clock
        self._lock = threading.Lock()
        self._token: str | None = None
        self._made = 0.0
        self._renew_at = 0.0

    def value(self) -> str:
        """A token with some minutes left; the other threads wait while one renews it."""
        with self._lock:
            if self._token is None or self._clock() >= self._renew_at:
                token, holds_s = self._renew()
                self._made = self._clock()
                # A token made for less than ten minutes is used for half its life.
                self._renew_at = self._made + max(holds_s - AHEAD_S, holds_s / 2)
                self._token = token
            return self._token

    def refused(self, token: str) -> bool:
        """The platform refused this token before its end; the next `value()` is another one.

        Returns:
            whether another try may help: False when the token had only just been made.
        """
        with self._lock:
            if self._token != token:
                return True  # another thread was faster
            if self._clock() - self._made < YOUNG_S:
                return False
            self._token = None
            return True
