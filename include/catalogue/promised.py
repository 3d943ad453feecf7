"""What last month's leaderboard promised of each cell, and what its pieces delivered since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from include.leaderboards import read_promises
from include.store import Store


@dataclass(frozen=True)
class Kept:
    """One cell; results are counts of what its objective counts.

    Args:
        pieces: chosen then; `shown` of them were on air again since.
        low, high: 80 % range of what was to come.
        ratio: promised over delivered; None when nothing came.
        covered: share of the pieces that delivered within their own range; None when none was
            shown again.
    """

    node: str
    objective: str
    pieces: int
    shown: int
    promised: float
    delivered: float
    low: float
    high: float
    ratio: float | None
    covered: float | None

    @property
    def within(self) -> bool:
        """Whether the cell delivered what was to be expected."""
        return self.low <= self.delivered <= self.high

    def of_promise(self, results: float) -> float:
        """`results` as a multiple of what was promised."""
        return results / self.promised


@dataclass(frozen=True)
class Promises:
    """The newest comparison: the leaderboard of `promised_on`, as of `as_of`."""

    as_of: date
    promised_on: date
    cells: Sequence[Kept]
    silent: int  # cells of which no chosen piece was shown again: nothing can be said of them

    @property
    def within(self) -> int:
        """How many cells delivered within their range."""
        return sum(cell.within for cell in self.cells)


def newest_promises(store: Store, day: date | None = None) -> Promises | None:
    """The comparison made on a day, or on the newest day; None while no promise is old enough."""
    try:
        rows = read_promises(store, day).to_pylist()
    except FileNotFoundError:
        return None
    names = tuple(Kept.__dataclass_fields__)
    told = [row for row in rows if row["shown"] and row["promised"] > 0]
    if not rows:
        return None
    return Promises(
        as_of=rows[0]["as_of"],
        promised_on=rows[0]["promised_on"],
        cells=[Kept(**{name: row[name] for name in names}) for row in told],
        silent=len(rows) - len(told),
    )
