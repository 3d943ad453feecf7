"""What the good pieces of a group share: pieces with a label against pieces without it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ranking.fitting import Array, spread
from ranking.shrink import Gamma

# A label that fewer pieces have (or lack) tells of those pieces, not of the label.
LEAST_PIECES = 2

# 80 % of a normal distribution lies within this many standard deviations.
HALF_RANGE = 1.2815515655446004

# Before any label is seen: labels move results by about 10 %.
USUAL = 0.1


@dataclass(frozen=True)
class Traits:
    """One row per label that could be compared; arrays of shape (labels,).

    `effect` is the pooled index of the pieces with the label over that of the pieces
    without it, `low` to `high` its 80 % range, `pieces` how many have it.
    """

    label: npt.NDArray[np.intp]
    effect: Array
    low: Array
    high: Array
    pieces: npt.NDArray[np.intp]


def label_effects(
    results: Array, expected: Array, shows: npt.NDArray[np.bool_], prior: Gamma
) -> Traits:
    """How much better pieces with a label did than pieces without it.

    An association, never a cause: labels come together (green shops with phones), and a
    platform shows each piece where it likes. Each log ratio is pulled towards 0 by the
    spread of all labels of the group, so that one lucky label among fifty does not shine.

    Args:
        results: shape (n,), results that count as evidence.
        expected: shape (n,), those of an ordinary ad; pieces with 0 are left out.
        shows: shape (n, labels), whether a piece shows a label.
        prior: of the group; its shape says how far pieces differ for reasons of their own.

    Source: normal-normal shrinkage of log rate ratios, Gelman et al., Bayesian Data Analysis,
    3rd ed., sections 5.4 and 5.6 (the meta-analysis example), with the spread between labels
    as in `ranking.fitting.spread`.
    """
    seen = expected > 0
    # A piece varies by m E + (m E)^2 / shape; with this weight by m E / weight, so no single
    # big spender speaks for its label, and the weighted results are their own variance.
    weight = 1.0 / (1.0 + prior.mean * expected[seen] / prior.shape)
    y, e, shown = weight * results[seen], weight * expected[seen], shows[seen]
    pieces = shown.sum(axis=0)
    comparable = (pieces >= LEAST_PIECES) & (len(y) - pieces >= LEAST_PIECES)
    label = np.flatnonzero(comparable)
    with_it = shown[:, label].astype(np.float64)
    log_with, var_with = _log_index(y, e, with_it, prior)
    log_without, var_without = _log_index(y, e, 1.0 - with_it, prior)
    ratio, variance = log_with - log_without, var_with + var_without
    between = spread(ratio, variance, usual=USUAL) ** 2 if len(ratio) else 0.0
    pull = between / (between + variance)
    centre, reach = pull * ratio, HALF_RANGE * np.sqrt(pull * variance)
    return Traits(
        label=label,
        effect=np.exp(centre),
        low=np.exp(centre - reach),
        high=np.exp(centre + reach),
        pieces=pieces[label],
    )


def _log_index(y: Array, e: Array, belongs: Array, prior: Gamma) -> tuple[Array, Array]:
    """Log of each group's pooled index, and its variance.

    Half a result is added on either side of the ratio, so that a group without results has
    a finite logarithm.
    """
    results = y @ belongs + 0.5
    return np.log(results / (e @ belongs + 0.5 / prior.mean)), 1.0 / results
