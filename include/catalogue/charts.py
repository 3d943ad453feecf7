"""Geometry of the small charts: where a value lies on an axis, as an SVG percentage.

The pages carry no inline style (the content policy forbids it), so positions and widths
are attributes of SVG elements, which take percentages.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Axis:
    """An axis from `start` to `end`; values beyond are drawn at the edge."""

    start: float
    end: float
    ticks: tuple[float, ...]

    @classmethod
    def of_indices(cls, highs: Iterable[float]) -> Axis:
        """From 0 to the next whole multiple of the usual that holds every range, 2 to 8."""
        end = min(8, max(2, math.ceil(max(highs, default=2.0) - 1e-9)))
        step = 1 if end <= 4 else 2
        end += end % step
        return cls(0.0, float(end), tuple(float(t) for t in range(0, end + 1, step)))

    def at(self, value: float) -> str:
        """Where `value` lies: `37.5%`."""
        share = (value - self.start) / (self.end - self.start)
        return _percent(min(1.0, max(0.0, share)))

    def width(self, low: float, high: float) -> str:
        """How wide the stretch from `low` to `high` is drawn."""
        low, high = (min(self.end, max(self.start, v)) for v in (low, high))
        return _percent((high - low) / (self.end - self.start))


def change_axis(ratios: Iterable[float]) -> Axis:
    """An axis with no change (ratio 1) in the middle, wide enough for every ratio given.

    Ratios are drawn by their logarithm, so that twice and half lie equally far from 1.
    """
    reach = max((abs(math.log(r)) for r in ratios if r > 0), default=0.0)
    reach = min(max(reach, math.log(1.25)), math.log(4))
    return Axis(-reach, reach, (0.0,))


def bar(axis: Axis, ratio: float) -> tuple[str, str]:
    """Start and width of the bar from no change to `ratio` on a `change_axis`."""
    value = math.log(ratio) if ratio > 0 else axis.start
    low, high = sorted((0.0, value))
    return axis.at(low), axis.width(low, high)


def _percent(share: float) -> str:
    return f"{100 * share:.2f}%"
