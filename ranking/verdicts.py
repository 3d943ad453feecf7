"""Winner, ordinary, weak, or not enough evidence; with a stated rate of false winners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import digamma, ndtr, polygamma

from ranking.fitting import Array
from ranking.shrink import Gamma

Verdict = Literal["winner", "ordinary", "weak", "not_enough_evidence"]

# What is stated: of all winners of a leaderboard at most this share is no better than an ordinary
# ad. The bar is set where by the estimates half of it is expected; the other half is for what they
# cannot know: how fast tastes change (`bench/ranking_truth.py`). Each winner beats the ordinary ad
# with probability SURE or more. The same holds for the weak.
FALSE_WINNERS = 0.10
EXPECTED_FALSE = FALSE_WINNERS / 2
SURE = 0.8

# Worn: the fresh period is below the time before with this probability, and by this factor. Half of
# all pieces dip by luck; a lower bar would take the luck of each for wear and bias what is shown.
SURELY_WORN, WORN_BELOW = 0.99, 0.7


@dataclass(frozen=True)
class Verdicts:
    """One verdict per piece, and the share of the winners that is expected to be false."""

    verdict: npt.NDArray[np.str_]
    false_winners: float


def verdicts(
    prob_above_baseline: npt.ArrayLike,
    judged: npt.ArrayLike,
    *,
    allowed: float = EXPECTED_FALSE,
) -> Verdicts:
    """What can be said of each piece of a whole leaderboard (all nodes and objectives).

    A fixed bar for each piece says nothing of the list: with many mediocre pieces most of those
    above the bar are lucky. So the surest pieces are taken as winners, as many as keep the mean
    of their chances of being false at `allowed` or below.

    Args:
        prob_above_baseline: shape (n,).
        judged: shape (n,), whether there is evidence enough to say anything. Evidence is what a
            piece was given a chance to do, not what it did, so luck does not buy it.
        allowed: share of false winners, and of false weak pieces, that is accepted.

    Source: Bayesian false discovery rate; Newton et al. 2004, Biostatistics 5; Efron,
    Large-Scale Inference, section 5.2.
    """
    above = np.asarray(prob_above_baseline, dtype=np.float64)
    known = np.asarray(judged, dtype=np.bool_)
    winner = _surest(1.0 - above, known, allowed)
    weak = _surest(above, known & ~winner, allowed)
    found = np.where(known, "ordinary", "not_enough_evidence")
    found[winner], found[weak] = "winner", "weak"
    return Verdicts(found, float((1.0 - above)[winner].mean()) if winner.any() else 0.0)


def _surest(false: Array, known: npt.NDArray[np.bool_], allowed: float) -> npt.NDArray[np.bool_]:
    """The pieces with the least chance of being false whose mean chance is at most `allowed`."""
    able = np.sort(false[known & (false <= 1.0 - SURE)])
    mean = np.cumsum(able) / np.arange(1, len(able) + 1)
    # The mean of sorted values never falls, so the last one allowed is the bar; ties together.
    kept = able[mean <= allowed]
    if not len(kept):
        return np.zeros(len(false), dtype=np.bool_)
    bar = kept[-1]
    if (able <= bar).sum() > len(kept):
        bar = np.nextafter(bar, -1.0)
    return np.asarray(known & (false <= bar))


def worn(
    fresh: tuple[Array, Array], before: tuple[Array, Array], prior: Gamma
) -> npt.NDArray[np.bool_]:
    """Pieces whose fresh period is surely and clearly below what they did before.

    Args:
        fresh: counted results and evidence of the fresh period; shape (n,) each.
        before: the same of the time before it.
        prior: one of each piece; both periods lean on it.

    Source: moments of the logarithm of a Gamma variable (digamma and trigamma); the difference
    of two is taken as normal.
    """
    a, b = np.asarray(prior.shape), np.asarray(prior.rate)
    now, then = a + fresh[0], a + before[0]
    ratio = (now / (b + fresh[1])) / (then / (b + before[1]))
    gap = digamma(now) - np.log(b + fresh[1]) - digamma(then) + np.log(b + before[1])
    error = np.sqrt(polygamma(1, now) + polygamma(1, then))
    seen = (fresh[1] > 0) & (before[1] > 0)
    return np.asarray(seen & (ndtr(-gap / error) >= SURELY_WORN) & (ratio <= WORN_BELOW))
