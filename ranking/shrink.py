"""Priors, posterior means and ranges: what a piece's true rate probably is.

A raw rate believes every piece equally. Here each piece is pulled towards what
pieces of its group usually do, the more so the less it was shown (empirical Bayes).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from ranking.fitting import Array, Belief, Codes, beta_of, beta_score, gamma_score, most_likely

# The central range shown everywhere: 80 % lies inside, 10 % on either side.
LOW, HIGH = 0.1, 0.9

# What is believed before any row is seen, with the strength of about one row: pieces differ
# from each other by half of their mean (shape 4 is a coefficient of variation of 0.5; its
# logarithm may be off by 1), and the group's mean is the baseline (its logarithm may be off by
# 0.5). Without it one row alone would be believed without limit, and a group without results
# would have mean 0.
SHAPE_CENTRE, SHAPE_SD = float(np.log(4.0)), 1.0
MEAN_SD = 0.5
RATE_SD = 1.0

Values = float | Array


@dataclass(frozen=True)
class Beta:
    """Distribution of success rates over the pieces of a group: numbers, or one of each row."""

    alpha: Values
    beta: Values

    @property
    def mean(self) -> Values:
        """The group's usual rate, between 0 and 1."""
        return self.alpha / (self.alpha + self.beta)


@dataclass(frozen=True)
class Gamma:
    """Distribution of indices (results over expected results): numbers, or one of each row."""

    shape: Values
    rate: Values

    @property
    def mean(self) -> Values:
        """The group's usual index; 1.0 is an ordinary ad in the same place."""
        return self.shape / self.rate

    def at(self, rows: Codes | int) -> Gamma:
        """The priors of these rows, of priors that are arrays."""
        shape, rate_ = np.asarray(self.shape)[rows], np.asarray(self.rate)[rows]
        return Gamma(shape if shape.shape else float(shape), rate_ if rate_.shape else float(rate_))


@dataclass(frozen=True)
class Estimates:
    """One estimate per piece, each array of shape (n,)."""

    mean: Array
    low: Array
    high: Array
    prob_above_baseline: Array


def binomial(
    successes: npt.ArrayLike, trials: npt.ArrayLike, *, prior: Beta | None = None
) -> Estimates:
    """The true rate of each piece, from `successes` out of `trials`.

    One click on three impressions is not a 33 % creative: the fewer trials a piece
    has, the closer its estimate stays to the prior mean. A piece without trials gets
    the prior itself.

    Args:
        successes: shape (n,), counts, at most `trials`.
        trials: shape (n,), counts.
        prior: what is usual in the group, or in each row's (`beta_priors`); fitted on these
            rows when left out.

    Returns:
        Fractions between 0 and 1; the baseline of `prob_above_baseline` is the prior mean.

    Raises:
        ValueError: shapes differ, or a count is negative, not finite, or a piece has
            more successes than trials.

    Source: posterior of the Beta-binomial model, Beta(alpha + s, beta + n - s); Gelman
    et al., Bayesian Data Analysis, 3rd ed., sections 2.4 and 5.3.
    """
    s, n = trials_of(successes, trials)
    if prior is None:
        prior = fit_beta(s, n)
    alpha, beta = prior.alpha + s, prior.beta + n - s
    return Estimates(
        mean=alpha / (alpha + beta),
        low=_array(special.betaincinv(alpha, beta, LOW)),
        high=_array(special.betaincinv(alpha, beta, HIGH)),
        prob_above_baseline=_array(special.betaincc(alpha, beta, prior.mean)),
    )


def rate(
    successes: npt.ArrayLike, expected: npt.ArrayLike, *, prior: Gamma | None = None
) -> Estimates:
    """The index of each piece: its results against those of an ordinary ad in the same place.

    Args:
        successes: shape (n,), results; fractions are allowed (platforms model them).
        expected: shape (n,), results an ordinary ad would have had for the same money in
            the same accounts; 0 gives the prior.
        prior: what is usual in the group, or in each row's (`gamma_priors`); fitted on these
            rows when left out.

    Returns:
        Indices of 0 or more; the baseline of `prob_above_baseline` is 1.0, the ordinary ad.

    Raises:
        ValueError: shapes differ, a number is negative or not finite, or a piece has
            results where none could be expected (they cannot be weighed against anything).

    Source: posterior of the Gamma-Poisson model, Gamma(a + y, b + E); Gelman et al.,
    Bayesian Data Analysis, 3rd ed., section 2.6 (rates with exposure).
    """
    y, exposure = counts_of("successes", successes, "expected", expected)
    if ((y > 0) & (exposure == 0)).any():
        row = int(np.argmax((y > 0) & (exposure == 0)))
        raise ValueError(
            f"ranking.rate: row {row} has {y[row]:g} results where 0 are expected; leave out "
            "results that cost nothing, or give their expected number."
        )
    if prior is None:
        prior = fit_gamma(y, exposure)
    shape, scale = prior.shape + y, 1.0 / (prior.rate + exposure)
    return Estimates(
        mean=shape * scale,
        low=_array(special.gammaincinv(shape, LOW) * scale),
        high=_array(special.gammaincinv(shape, HIGH) * scale),
        prob_above_baseline=_array(special.gammaincc(shape, 1.0 / scale)),
    )


def fit_beta(successes: npt.ArrayLike, trials: npt.ArrayLike) -> Beta:
    """The Beta prior under which the seen successes are most likely.

    Maximum likelihood of the Beta-binomial with a weak penalty worth about one row
    (see SHAPE_CENTRE), so that no rows, one row, all zeros and no overdispersion have
    an answer too. Row order does not matter, to the last bit.

    Source: marginal likelihood as in Gelman et al., Bayesian Data Analysis, section 5.3.
    """
    s, n = _sorted(*trials_of(successes, trials))
    centre = float(special.logit((s.sum() + 0.5) / (n.sum() + 1.0)))
    belief = Belief(np.array([[centre, SHAPE_CENTRE]]), np.array([[RATE_SD, SHAPE_SD]]))
    x, _ = most_likely(beta_score(s, n, _one_group(s), 1), belief)
    alpha, beta = beta_of(x)
    return Beta(alpha=float(alpha[0]), beta=float(beta[0]))


def fit_gamma(successes: npt.ArrayLike, expected: npt.ArrayLike) -> Gamma:
    """The Gamma prior under which the seen results are most likely.

    Maximum likelihood of the Gamma-Poisson (negative binomial) with the same weak
    penalty as `fit_beta`, here with the baseline 1.0 as the centre of the group's mean.
    Rows of which nothing is expected say nothing.

    Source: marginal likelihood as in Robbins' and Efron's empirical Bayes; Efron and
    Hastie, Computer Age Statistical Inference, section 6.1.
    """
    y, exposure = counts_of("successes", successes, "expected", expected)
    y, exposure = _sorted(y[exposure > 0], exposure[exposure > 0])
    belief = Belief(np.array([[0.0, SHAPE_CENTRE]]), np.array([[MEAN_SD, SHAPE_SD]]))
    x, _ = most_likely(gamma_score(y, exposure, _one_group(y), 1), belief)
    shape = float(np.exp(x[0, 1]))
    return Gamma(shape=shape, rate=shape / float(np.exp(x[0, 0])))


def trials_of(successes: npt.ArrayLike, trials: npt.ArrayLike) -> tuple[Array, Array]:
    """Both as arrays.

    Raises:
        ValueError: as `binomial` says.
    """
    s, n = counts_of("successes", successes, "trials", trials)
    if (s > n).any():
        worst = int(np.argmax(s - n))
        raise ValueError(
            f"ranking.binomial: row {worst} has {s[worst]:g} successes on {n[worst]:g} trials; "
            "expected at most as many as trials."
        )
    return s, n


def counts_of(
    name: str, values: npt.ArrayLike, other_name: str, others: npt.ArrayLike
) -> tuple[Array, Array]:
    """Both as arrays of one shape (n,).

    Raises:
        ValueError: shapes differ, or a number is negative or not finite.
    """
    first, second = _array(values), _array(others)
    if first.ndim != 1 or first.shape != second.shape:
        raise ValueError(
            f"ranking: {name} has shape {first.shape} and {other_name} {second.shape}; "
            "expected two of shape (n,)."
        )
    for label, array in ((name, first), (other_name, second)):
        wrong = ~np.isfinite(array) | (array < 0)
        if wrong.any():
            row = int(np.argmax(wrong))
            raise ValueError(
                f"ranking: {label} of row {row} is {array[row]:g}; expected 0 or more."
            )
    return first, second


def _array(values: npt.ArrayLike) -> Array:
    return np.asarray(values, dtype=np.float64)


def _one_group(rows: Array) -> Codes:
    return np.zeros(len(rows), dtype=np.intp)


def _sorted(first: Array, second: Array) -> tuple[Array, Array]:
    """The rows in an order of their own, so that sums do not depend on the caller's."""
    order = np.lexsort((second, first))
    return first[order], second[order]
