"""Which days are asked for at once: an answer of LinkedIn's is cut silently at 15,000 rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from include.sources.replies import Window

CUT_AT = 15_000
# Member reach is told for at most 92 days at once.
MOST_DAYS = 92
# The estimate below may be far too careful for accounts full of idle creatives.
LEAST_DAYS = 7
# Creatives named in one question where even a day is cut.
CREATIVES_AT_ONCE = 1_000


@dataclass(frozen=True)
class Slice:
    """Days, and the creatives if not all of them."""

    since: date
    until: date
    creatives: tuple[str, ...] = ()

    def __str__(self) -> str:
        some = f" for {len(self.creatives)} creatives" if self.creatives else ""
        return f"{self.since} to {self.until}{some}"

    def parts(self, creatives: Sequence[str], cut_at: int) -> list[Slice]:
        """Smaller slices that together are this one; none when it is as small as can be.

        Days are halved; a single day is asked for in groups of creatives, then in halves of
        them.
        """
        if self.since < self.until:
            middle = self.since + (self.until - self.since) // 2
            return [
                Slice(self.since, middle, self.creatives),
                Slice(middle + timedelta(days=1), self.until, self.creatives),
            ]
        if not self.creatives:
            size = max(1, min(CREATIVES_AT_ONCE, cut_at - 1))
            groups = [creatives[at : at + size] for at in range(0, len(creatives), size)]
        elif len(self.creatives) > 1:
            half = len(self.creatives) // 2
            groups = [self.creatives[:half], self.creatives[half:]]
        else:
            groups = []
        return [Slice(self.since, self.until, tuple(group)) for group in groups]


def slices(
    window: Window,
    lives: Iterable[tuple[date, date]],
    *,
    cut_at: int = CUT_AT,
    least_days: int = LEAST_DAYS,
) -> list[Slice]:
    """The window in as few slices as should stay below the cut.

    Args:
        lives: first and last day on which each creative may have run. An estimate: what is
            cut all the same is asked for again in parts.
    """
    expected = _running(window, lives)
    found: list[Slice] = []
    since, rows = window.since, 0
    for offset, running in enumerate(expected):
        day = window.since + timedelta(days=offset)
        length = (day - since).days
        if length >= MOST_DAYS or (length >= least_days and rows + running >= cut_at):
            found.append(Slice(since, day - timedelta(days=1)))
            since, rows = day, 0
        rows += running
    return [*found, Slice(since, window.until)]


def _running(window: Window, lives: Iterable[tuple[date, date]]) -> list[int]:
    """How many creatives may have run on each day of the window."""
    days = (window.until - window.since).days + 1
    changes = [0] * (days + 1)
    for first, last in lives:
        start = max((first - window.since).days, 0)
        end = min((last - window.since).days + 1, days)
        if start < end:
            changes[start] += 1
            changes[end] -= 1
    running, counts = 0, []
    for change in changes[:days]:
        running += change
        counts.append(running)
    return counts
