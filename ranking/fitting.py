"""Most likely priors of many groups at once: Newton steps on two numbers per group.

Each group has a location (logarithm or logit of its usual rate) and the logarithm of a spread
(how alike its pieces are). Both are held by a belief: a normal penalty around a parent's value,
so that no rows, one row and all zeros have an answer too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import digamma, expit, gammaln

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]

# Log-likelihood and its slope per group, at x of shape (groups, 2).
Score = Callable[[Array], tuple[Array, Array]]

LOCATION_BOUNDS = (-20.0, 20.0)
SPREAD_BOUNDS = (float(np.log(0.05)), float(np.log(1e5)))

# One row in so many is absurd: counts credited to the wrong ad, and the like. An absurd count is of
# any order of magnitude up to e^20, half a thousand million.
ABSURD, MAGNITUDES = 0.01, 20.0

ROUNDS, HALVINGS = 60, 30
LONGEST_STEP = 2.0
SETTLED = 1e-9

# Step of the difference quotient that gives second derivatives: exact to five digits.
NEARBY = 1e-6


@dataclass(frozen=True)
class Belief:
    """What is thought of each group before its rows are seen: normal, per group and number.

    Args:
        centre: shape (groups, 2).
        width: shape (groups, 2), standard deviations.
    """

    centre: Array
    width: Array


def gamma_score(results: Array, expected: Array, group: Codes, groups: int) -> Score:
    """Gamma-Poisson (negative binomial): x is log of the mean index and log of the shape.

    Rows with nothing expected must be left out.
    """

    known = gammaln(results + 1.0)

    def score(x: Array) -> tuple[Array, Array]:
        value, slope = _gamma_rows(results, expected, x, group)
        return _per_group(value - known, group, groups), _slopes(slope, group, groups)

    return score


def doubting_gamma_score(results: Array, expected: Array, group: Codes, groups: int) -> Score:
    """As `gamma_score`, where one row in a hundred may be absurd and then says nothing.

    A row is of the group with probability 0.99, or its count is anything at all. What the group
    cannot explain no longer pulls at it, whatever its size.

    Source: mixture with gross errors; Huber 1964, Annals of Mathematical Statistics 35.
    """
    anything = _anything(results)
    known = gammaln(results + 1.0) - np.log1p(-ABSURD)

    def score(x: Array) -> tuple[Array, Array]:
        value, slope = _gamma_rows(results, expected, x, group)
        value = value - known
        mixed = np.logaddexp(value, anything)
        slope = slope * np.exp(value - mixed)[:, None]
        return _per_group(mixed, group, groups), _slopes(slope, group, groups)

    return score


def membership(results: Array, usual: Array, shape: Array) -> Array:
    """Probability that each row is one of many and not absurd, by the same mixture.

    Args:
        results: shape (n,).
        usual: shape (n,), what the others let expect; rows with 0 get 1.
        shape: shape (n,), how alike the others are.
    """
    # Within two standard deviations it is 0.99 and more, and need not be worked out.
    far = (usual > 0) & ((results - usual) ** 2 > 4 * (usual + usual**2 / shape))
    found = np.ones(len(results))
    y = results[far]
    k = shape[far]
    value = _gamma_value(y, usual[far], k, gammaln(k)) - gammaln(y + 1.0) + np.log1p(-ABSURD)
    found[far] = np.exp(value - np.logaddexp(value, _anything(y)))
    return found


def _anything(results: Array) -> Array:
    """Log-probability that a row is absurd and has this count: any order of magnitude alike."""
    return np.asarray(np.log(ABSURD / MAGNITUDES) - np.log1p(results))


def _gamma_rows(results: Array, expected: Array, x: Array, group: Codes) -> tuple[Array, Array]:
    """Log-likelihood (`_gamma_value`) of each row and its slope, shapes (n,) and (n, 2)."""
    mean, shape = np.exp(x[:, 0]), np.exp(x[:, 1])
    k, usual = shape[group], mean[group] * expected
    value = _gamma_value(results, usual, k, gammaln(shape)[group])
    by_mean = k * (results - usual) / (k + usual)
    by_shape = (digamma(k + results) - digamma(shape)[group] - np.log1p(usual / k)) + (
        usual - results
    ) / (k + usual)
    return value, np.stack([by_mean, k * by_shape], axis=1)


def _gamma_value(results: Array, usual: Array, k: Array, gammaln_k: Array) -> Array:
    """Log-likelihood of each row but for its constant, -log(results!)."""
    ratio = np.maximum(usual, np.finfo(np.float64).tiny) / k
    above = np.log1p(ratio)
    return np.asarray(
        gammaln(k + results) - gammaln_k - k * above - results * (above - np.log(ratio))
    )


def beta_score(successes: Array, trials: Array, group: Codes, groups: int) -> Score:
    """Beta-binomial: x is logit of the mean rate and log of the spread (`beta_of`)."""

    def score(x: Array) -> tuple[Array, Array]:
        mean = expit(x[:, 0])
        alphas, betas = beta_of(x)
        a, b = alphas[group], betas[group]
        total = a + b
        value = (gammaln(a + successes) - gammaln(a) + gammaln(b + trials - successes)) - (
            gammaln(b) + gammaln(total + trials) - gammaln(total)
        )
        common = digamma(total) - digamma(total + trials)
        by_alpha = _per_group(digamma(a + successes) - digamma(a) + common, group, groups)
        by_beta = _per_group(digamma(b + trials - successes) - digamma(b) + common, group, groups)
        sums = alphas + betas
        slope = np.stack(
            [
                by_alpha * sums * mean**2 - by_beta * sums * (1 - mean) ** 2,
                by_alpha * alphas + by_beta * betas,
            ],
            axis=1,
        )
        return _per_group(value, group, groups), slope

    return score


def beta_of(x: Array) -> tuple[Array, Array]:
    """Alpha and beta of each group: spread / (1 - mean) and spread / mean.

    So a spread of 4 is a coefficient of variation near 0.5 whatever the mean, as for a Gamma.
    """
    mean, spread = expit(x[:, 0]), np.exp(x[:, 1])
    return spread / (1 - mean), spread / mean


def most_likely(score: Score, belief: Belief) -> tuple[Array, Array]:
    """The penalised maximum of each group, and how much the rows alone say of each number.

    Returns:
        x of shape (groups, 2), and the information of shape (groups, 2): the curvature of the
        log-likelihood there without the belief, 0 where it is not curved downwards.
    """
    x = _inside(belief.centre)
    value, slope = _loss(score, belief, x)
    for _ in range(ROUNDS):
        step = _newton_step(_curvature(score, belief, x, slope), slope)
        moved = np.zeros(len(x))
        open_ = np.ones(len(x), dtype=np.bool_)
        for _ in range(HALVINGS):
            trial = np.where(open_[:, None], _inside(x + step), x)
            tried, steep = _loss(score, belief, trial)
            better = open_ & (tried <= value + 1e-12 * (1 + np.abs(value)))
            moved[better] = np.abs(trial - x)[better].max(axis=1)
            x[better], value[better], slope[better] = trial[better], tried[better], steep[better]
            open_ &= ~better
            if not open_.any():
                break
            step = step / 2
        if not moved.any() or moved.max() < SETTLED:
            break
    penalty = 1.0 / belief.width**2
    seen = _curvature(score, belief, x, slope)
    return x, np.maximum(np.stack([seen[:, 0, 0], seen[:, 1, 1]], axis=1) - penalty, 0.0)


def spread(differences: Array, variance: Array, *, usual: float) -> float:
    """Standard deviation of true differences that are each seen with some error.

    Plain maximum likelihood often finds no spread at all, and would then be certain that
    nothing differs. A Gamma belief (shape 2, most likely value `usual`) keeps it off zero; it
    weighs little once there are a dozen differences.

    Args:
        differences: shape (n,), as seen.
        variance: shape (n,), of the error of each.

    Source: Chung et al. 2013, A nondegenerate penalized likelihood estimator for variance
    parameters in multilevel models, Psychometrika 78.
    """

    def loss(deviation: float) -> float:
        total = deviation**2 + variance
        fit = (np.log(total) + differences**2 / total).sum() / 2
        return float(fit + deviation / usual - np.log(deviation))

    widest = 10.0 * usual
    found = minimize_scalar(loss, bounds=(1e-3, widest), method="bounded", options={"xatol": 1e-6})
    return float(found.x)


def _per_group(values: Array, group: Codes, groups: int) -> Array:
    return np.bincount(group, values, minlength=groups).astype(np.float64)


def _slopes(rows: Array, group: Codes, groups: int) -> Array:
    return np.stack([_per_group(rows[:, i], group, groups) for i in range(2)], axis=1)


def _inside(x: Array) -> Array:
    low = np.array([LOCATION_BOUNDS[0], SPREAD_BOUNDS[0]])
    high = np.array([LOCATION_BOUNDS[1], SPREAD_BOUNDS[1]])
    return np.asarray(np.clip(x, low, high), dtype=np.float64)


def _loss(score: Score, belief: Belief, x: Array) -> tuple[Array, Array]:
    value, slope = score(x)
    away = (x - belief.centre) / belief.width
    return 0.5 * (away**2).sum(axis=1) - value, away / belief.width - slope


def _curvature(score: Score, belief: Belief, x: Array, slope: Array) -> Array:
    """Second derivatives of the loss at x, from differences of its slope: (groups, 2, 2)."""
    found = np.empty((len(x), 2, 2))
    for i in range(2):
        nearby = np.zeros(2)
        nearby[i] = NEARBY
        found[:, i] = (_loss(score, belief, x + nearby)[1] - slope) / NEARBY
    return (found + found.transpose(0, 2, 1)) / 2


def _newton_step(curvature: Array, slope: Array) -> Array:
    """Downhill, also where the loss is not curved upwards (absolute eigenvalues)."""
    values, directions = np.linalg.eigh(curvature)
    along = np.einsum("gij,gi->gj", directions, slope) / np.maximum(np.abs(values), 1e-8)
    # Shortened along each direction of its own, so that it still leads downhill.
    along = np.clip(along, -LONGEST_STEP, LONGEST_STEP)
    return np.asarray(-np.einsum("gij,gj->gi", directions, along), dtype=np.float64)
