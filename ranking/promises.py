"""Promised and delivered: what earlier estimates say of results that came later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ranking.fitting import Array, Codes
from ranking.shrink import Estimates

# Standard deviations from one end of the 80 % range to the other.
_RANGE = 2 * 1.2815515655446004


@dataclass(frozen=True)
class Kept:
    """One row per group; arrays of shape (groups,).

    `promised` and `delivered` are results; `low` to `high` is where 80 % of deliveries were to
    be expected. `ratio` is promised over delivered, NaN where nothing was delivered. `covered`
    is the share of pieces that delivered within their own range, counting noise included.
    """

    pieces: Array
    shown: Array
    expected: Array
    promised: Array
    delivered: Array
    low: Array
    high: Array
    ratio: Array
    covered: Array


def kept(
    promise: Estimates,
    *,
    delivered: Array,
    expected: Array,
    variation: Array,
    group: Codes,
    groups: int,
) -> Kept:
    """Hold the promises of each group against what the same pieces got afterwards.

    Args:
        promise: index and 80 % range of each of n pieces, as stored on the day of the promise.
        delivered: shape (n,), results since.
        expected: shape (n,), what an ordinary ad would have had since, in the same places; 0 for
            a piece that was not shown again, which promises nothing.
        variation: shape (n,), how ad sets of a piece scatter (`ad_set_variation`).
        group: shape (n,), whole numbers from 0, below `groups`.
    """

    def total(values: Array) -> Array:
        return np.asarray(np.bincount(group, values, groups), dtype=np.float64)

    promised = np.asarray(promise.mean * expected, dtype=np.float64)
    error = (promise.high - promise.low) / _RANGE * expected
    # What may come: the index is uncertain, audiences scatter, and counts do by themselves.
    variance = error**2 + promised + variation * promised**2
    reach = np.sqrt(variance) * _RANGE / 2
    inside = (expected > 0) & (np.abs(delivered - promised) <= reach)
    sums, got, shown = total(promised), total(delivered), total(np.where(expected > 0, 1.0, 0.0))
    half = np.sqrt(total(np.where(expected > 0, variance, 0.0))) * _RANGE / 2
    held = total(np.where(inside, 1.0, 0.0))
    empty = np.full(groups, np.nan)
    return Kept(
        pieces=total(np.ones(len(expected))),
        shown=shown,
        expected=total(expected),
        promised=sums,
        delivered=got,
        low=np.maximum(sums - half, 0.0),
        high=sums + half,
        ratio=np.divide(sums, got, out=empty.copy(), where=got > 0),
        covered=np.divide(held, shown, out=empty.copy(), where=shown > 0),
    )
