"""How complete the numbers of a young day are: curves per platform, one line per result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from include.catalogue.rows import ask
from include.store import Store

# Lines beyond these four would have no colour of their own; the warehouse follows four results.
RESULTS = ("purchases", "conversions", "leads", "app_installs")

WIDTH, HEIGHT = 320, 150  # px of one drawing
LEFT, RIGHT, TOP, BOTTOM = 40, 10, 10, 24

_COMPLETENESS = """
SELECT platform, result, age, days, seen, final
FROM completeness
WHERE final > 0
ORDER BY platform, result, age
"""


@dataclass(frozen=True)
class Line:
    """One result: age in days -> share of its final number that is told by then, 0 to 1."""

    result: str
    shares: Mapping[int, float]
    days: int  # account days that the least followed age stands on

    @property
    def style(self) -> int:
        """1 to 4: the same result has the same colour and dash in every drawing."""
        return RESULTS.index(self.result) + 1


@dataclass(frozen=True)
class Curves:
    """One platform: its lines, and where they lie in a drawing of `WIDTH` by `HEIGHT`."""

    platform: str
    lines: Sequence[Line]
    width = WIDTH
    height = HEIGHT

    @property
    def oldest(self) -> int:
        """The highest age of any line, 1 at least."""
        return max(1, *(age for line in self.lines for age in line.shares))

    @property
    def ages(self) -> list[int]:
        """Every age that a line tells, in order."""
        return sorted({age for line in self.lines for age in line.shares})

    @property
    def ticks(self) -> list[int]:
        """Ages written below: weeks, or days where there is less than one."""
        step = 7 if self.oldest >= 7 else 1
        return list(range(0, self.oldest + 1, step))

    def x(self, age: int) -> float:
        """Where an age lies, px from the left."""
        return round(LEFT + (WIDTH - LEFT - RIGHT) * age / self.oldest, 1)

    def y(self, share: float) -> float:
        """Where a share lies, px from the top; platforms can take results back, so 1 is the top."""
        share = min(1.0, max(0.0, share))
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - share), 1)

    def points(self, line: Line) -> str:
        """The line as SVG writes it."""
        return " ".join(f"{self.x(age)},{self.y(share)}" for age, share in line.shares.items())


def curves(store: Store) -> list[Curves]:
    """What the newest warehouse has learned; nothing before any day was followed to its end."""
    rows = ask(store, {"rows": _COMPLETENESS}, {})["rows"]
    return curves_of(rows)


def curves_of(rows: Sequence[Mapping[str, Any]]) -> list[Curves]:
    """The curves of rows ordered by platform, result and age."""
    found = []
    for platform, of_platform in groupby(rows, key=lambda row: str(row["platform"])):
        lines = []
        for result, of_result in groupby(of_platform, key=lambda row: str(row["result"])):
            if result not in RESULTS:
                continue
            told = list(of_result)
            shares = {row["age"]: row["seen"] / row["final"] for row in told}
            lines.append(Line(result, shares, min(row["days"] for row in told)))
        if lines:
            found.append(Curves(platform, sorted(lines, key=lambda line: line.style)))
    return found
