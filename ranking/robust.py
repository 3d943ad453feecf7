"""What one absurd number may do to the others: little.

Platforms credit what an ad did not earn: organic results, or those of another ad, on an ad that
spent cents. Taken as it stands, one such row of 229 results where 0.05 are usual makes every other
piece of its objective look a hundred times too bad. So each number has a bounded say; numbers
that chance and good pictures can explain keep all of it.
"""

from __future__ import annotations

import numpy as np

from ranking.fitting import Array, Codes

# Nobody is thought to do better than ten times the ordinary. Before anything is seen the logarithms
# of indices lie 0.51 apart (`SHAPE_CENTRE`), so that is 4.5 standard deviations: one piece in
# 300,000.
MOST_INDEX = 10.0

# The same for a place, before places are told apart: ten times the results per money of its
# currency.
MOST_PLACE = 10.0

# Counts lie at most three standard deviations above that. The square root of a count has the same
# deviation, one half, whatever the count.
CHANCE = 3 * 0.5

# Rounds that are enough to settle the rate of a unit; each lowers it or leaves it.
LOWERINGS = 50


def believed(results: Array, usual: Array) -> Array:
    """The part of the results that an ad as good as any, and as lucky, would have had.

    Args:
        results: shape (n,).
        usual: shape (n,), results of an ordinary ad.

    Source: winsorised counts, as bounded influence in generalised linear models (Cantoni and
    Ronchetti 2001, JASA 96); square roots as in Bartlett 1936, JRSS Supplement 3.
    """
    return np.asarray(np.minimum(results, (np.sqrt(MOST_INDEX * usual) + CHANCE) ** 2))


def first_believed(results: Array, exposure: Array, unit: Codes) -> Array:
    """The same before any place is known: against the results per exposure of the whole unit.

    What is absurd raises the unit's own rate, so the two are worked out in turns, downwards.

    Args:
        unit: shape (n,), whole numbers from 0: objective and currency.
    """
    money = np.bincount(unit, exposure)
    kept = results
    for _ in range(LOWERINGS):
        rate = np.divide(np.bincount(unit, kept), money, out=np.zeros(len(money)), where=money > 0)
        lowered = believed(results, MOST_PLACE * exposure * rate[unit])
        if np.allclose(lowered, kept, rtol=1e-9, atol=0):
            break
        kept = lowered
    return kept
