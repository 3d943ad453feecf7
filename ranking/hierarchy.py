"""Priors of many groups, each leaning on its parent: node and objective, objective, all.

A group with hundreds of pieces knows itself what is usual. One with five does not, and one
without any gets its parent's. How far siblings lie apart is learnt from them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.special import logit

from ranking.fitting import (
    Array,
    Belief,
    Codes,
    Score,
    beta_of,
    beta_score,
    doubting_gamma_score,
    most_likely,
    spread,
)
from ranking.shrink import (
    MEAN_SD,
    RATE_SD,
    SHAPE_CENTRE,
    SHAPE_SD,
    Beta,
    Gamma,
    counts_of,
    trials_of,
)

# Before siblings are seen: their usual rates lie 15 % apart, and their spreads by half.
USUAL_APART = (0.15, 0.5)

# Enough rows for the prior of one group: with 300, log mean and log spread are known to 0.05 and
# 0.1. Of more, every n-th by size is taken.
ENOUGH_ROWS = 300

ScoreOf = Callable[[Array, Array, Codes, int], Score]


def gamma_priors(
    results: npt.ArrayLike,
    expected: npt.ArrayLike,
    cell: npt.ArrayLike,
    objective: npt.ArrayLike,
) -> Gamma:
    """The prior of every cell (node and objective), thin ones leaning on their objective's.

    Args:
        results: shape (n,), one row per piece.
        expected: shape (n,); rows with 0 say nothing.
        cell: shape (n,), whole numbers from 0 naming the cell of each row.
        objective: shape (cells,), whole numbers from 0 naming the objective of each cell.

    Returns:
        arrays of shape (cells,); the centre above all objectives is the index 1.0.

    Source: empirical Bayes in three levels; the parent's value enters as a normal penalty on
    log mean and log shape. Gelman et al., Bayesian Data Analysis, 3rd ed., chapter 5.
    """
    y, e = counts_of("results", results, "expected", expected)
    seen = e > 0
    centre = np.array([0.0, SHAPE_CENTRE])
    width = np.array([MEAN_SD, SHAPE_SD])
    rows = y[seen], e[seen], _codes(cell)[seen]
    x = _leaning(doubting_gamma_score, rows, _codes(objective), centre, width)
    shape = np.exp(x[:, 1])
    return Gamma(shape=shape, rate=shape / np.exp(x[:, 0]))


def beta_priors(
    successes: npt.ArrayLike,
    trials: npt.ArrayLike,
    cell: npt.ArrayLike,
    objective: npt.ArrayLike,
) -> Beta:
    """As `gamma_priors`, for rates between 0 and 1; the centre above all is the overall rate."""
    s, n = trials_of(successes, trials)
    seen = n > 0
    s, n = s[seen], n[seen]
    centre = np.array([float(logit((s.sum() + 0.5) / (n.sum() + 1.0))), SHAPE_CENTRE])
    width = np.array([RATE_SD, SHAPE_SD])
    x = _leaning(beta_score, (s, n, _codes(cell)[seen]), _codes(objective), centre, width)
    alpha, beta = beta_of(x)
    return Beta(alpha=alpha, beta=beta)


def _leaning(
    score_of: ScoreOf,
    rows: tuple[Array, Array, Codes],
    objective: Codes,
    centre: Array,
    width: Array,
) -> Array:
    """Location and spread of every cell: all rows first, then objectives, then cells."""
    kept = _sample(*rows)
    first, second, cell = rows[0][kept], rows[1][kept], rows[2][kept]
    everything = Belief(centre[None], width[None])
    top, _ = most_likely(score_of(first, second, np.zeros_like(cell), 1), everything)
    objectives = int(objective.max()) + 1 if len(objective) else 0
    above = np.repeat(top, objectives, axis=0)
    of_row = objective[cell] if len(objective) else cell
    middle = _children(score_of(first, second, of_row, objectives), above, width)
    return _children(score_of(first, second, cell, len(objective)), middle[objective], width)


def _children(score: Score, parent: Array, width: Array) -> Array:
    """Each group's own value, held to its parent by how far siblings really lie apart."""
    if not len(parent):
        return parent
    alone, information = most_likely(score, Belief(parent, np.broadcast_to(width, parent.shape)))
    apart = np.empty(2)
    for i, usual in enumerate(USUAL_APART):
        told = information[:, i] > 0
        # What `most_likely` gives is pulled towards the parent; this is the value without it.
        pull = information[told, i] / (information[told, i] + 1.0 / width[i] ** 2)
        away = (alone - parent)[told, i] / pull
        apart[i] = spread(away, 1.0 / information[told, i], usual=usual)
    return most_likely(score, Belief(parent, np.broadcast_to(apart, parent.shape)))[0]


def _sample(first: Array, second: Array, cell: Codes) -> Codes:
    """At most ENOUGH_ROWS rows of each cell, evenly by size; the caller's order is forgotten."""
    order = np.lexsort((first, second, cell))
    sizes = np.bincount(cell[order])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    place = np.arange(len(order)) - starts[cell[order]]
    step = np.maximum(sizes / ENOUGH_ROWS, 1.0)[cell[order]]
    # Every step-th row, beginning in the middle of the first step.
    taken = np.floor((place + 0.5 * step) / step) != np.floor((place - 1 + 0.5 * step) / step)
    return np.asarray(order[taken | (step == 1.0)], dtype=np.intp)


def _codes(values: npt.ArrayLike) -> Codes:
    return np.asarray(values, dtype=np.intp)
