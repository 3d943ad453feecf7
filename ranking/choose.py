"""The order of a leaderboard, and the k pieces that inspire a set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from datetime import date

import numpy as np
import numpy.typing as npt

from ranking.fitting import Array

PER_CAMPAIGN = 2
PER_LOOK = 2

# A piece that looks exactly like one chosen already has to be this much better to be chosen.
VARIETY = 0.15

# Cosine of two image vectors from which pictures are the same to a reader: crops, recoloured
# buttons, another language.
SAME_LOOK = 0.95

# A piece that is not judged yet may inspire from this share of the evidence that a verdict needs:
# its estimate is pulled towards the usual anyway, and leaving it out would shut recent pieces out.
PROMISING = 0.1

# Of the others a piece inspires nothing that is below the ordinary with four chances in five.
LIKELY_BELOW = 0.2

# Estimates are compared to so many decimals: beyond it only the order of additions differs.
DECIMALS = 9


def leaderboard_order(
    mean: Array, last_date: Sequence[date], ids: Sequence[str], judged: npt.NDArray[np.bool_]
) -> list[int]:
    """Row numbers, best first; never by the order in which rows came.

    Judged pieces come before those without enough evidence. Within each: the higher
    posterior mean, then the more recent, then the smaller id.
    """
    value = np.round(np.asarray(mean, dtype=np.float64), DECIMALS)
    return sorted(
        range(len(ids)),
        key=lambda i: (not judged[i], -value[i], -last_date[i].toordinal(), ids[i]),
    )


def inspiring(prob_above_baseline: Array, current: Array, least: Array) -> npt.NDArray[np.bool_]:
    """Which pieces may be chosen: not those probably below, nor of which next to nothing is known.

    Args:
        prob_above_baseline: shape (n,).
        current: shape (n,), expected results by age.
        least: shape (n,), those from which a piece is judged.
    """
    known = (current >= PROMISING * least) & (current > 0)
    return np.asarray(known & (prob_above_baseline > LIKELY_BELOW))


def choose(
    order: Sequence[int],
    mean: Array,
    able: npt.NDArray[np.bool_],
    campaign: Sequence[Hashable],
    *,
    k: int,
    looks: Array | None = None,
    same_look: float | None = None,
    creative: Sequence[Hashable] | None = None,
) -> list[int]:
    """The `k` pieces of `order` that may inspire a set, in the order of being taken.

    One after the other, the piece with the highest worth is taken: its estimate as a share of
    the best one's, less VARIETY times its likeness to the most alike piece already taken. Among
    equals the less alike, then the earlier in `order`. At most two of one campaign, at most two of
    one creative, and at most two that look the same.

    Args:
        order: row numbers, best first (`leaderboard_order`), which also breaks ties.
        mean: shape (n,).
        able: shape (n,), pieces that may be taken (`inspiring`). So fewer than `k` may come
            back, or none.
        campaign: shape (n,); `None` has no limit.
        looks: shape (n, d), rows of length 1 whose products say how alike pieces are: image
            vectors, or `label_looks`. A row of zeros is like nothing.
        same_look: likeness from which two pieces look the same; None where `looks` cannot tell.
        creative: shape (n,), the same for near-duplicate pictures; None when nobody grouped them.

    Source: maximal marginal relevance; Carbonell and Goldstein 1998, SIGIR.
    """
    rows = np.array([row for row in order if able[row]], dtype=np.intp)
    if not len(rows) or k < 1:
        return []
    best = float(np.max(mean[rows]))
    worth = np.round(mean[rows] / best, DECIMALS) if best > 0 else np.zeros(len(rows))
    free = np.ones(len(rows), dtype=np.bool_)
    alike, same = np.zeros(len(rows)), np.zeros(len(rows), dtype=np.intp)
    chosen: list[int] = []
    taken: Counter[Hashable] = Counter()
    copies: Counter[Hashable] = Counter()
    while free.any() and len(chosen) < k:
        value = np.where(free, np.round(worth - VARIETY * alike, DECIMALS), -np.inf)
        top = np.flatnonzero(value == value.max())
        at = int(top[np.argmin(np.round(alike[top], DECIMALS))])
        free[at] = False
        owner = campaign[int(rows[at])]
        if owner is not None and taken[owner] == PER_CAMPAIGN:
            continue
        if same_look is not None and same[at] >= PER_LOOK:
            continue
        piece = int(rows[at]) if creative is None else creative[int(rows[at])]
        if copies[piece] == PER_LOOK:
            continue
        copies[piece] += 1
        taken[owner] += 1
        chosen.append(int(rows[at]))
        if looks is not None:
            likeness = looks[rows] @ looks[rows[at]]
            alike = np.maximum(alike, likeness)
            if same_look is not None:
                same += likeness >= same_look
    return chosen


def label_looks(shows: npt.NDArray[np.bool_]) -> Array:
    """Looks from what a describer says: shape (n, labels) to rows of length 1.

    The product of two rows is the share of labels that both pieces show (Ochiai's coefficient).
    A piece that nobody has described is like nothing.
    """
    count = np.sqrt(shows.sum(axis=1, keepdims=True))
    found: Array = np.divide(shows, count, out=np.zeros(shows.shape), where=count > 0)
    return found


def weights(mean: Array, prob_above_baseline: Array) -> Array:
    """How much each chosen piece counts in the brief: shape (n,), sum 1.

    Proportional to its index times the probability that it is above the ordinary.
    """
    pull = mean * prob_above_baseline
    total = pull.sum()
    if not len(pull):
        return pull
    return pull / total if total > 0 else np.full(len(pull), 1.0 / len(pull))
