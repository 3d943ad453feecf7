"""Estimates of an index whose logarithm is normal over the pieces of a group.

What pictures do multiplies: twice as good is as far from the ordinary as half as good. The Gamma
prior of `ranking.rate` has too thin a tail for that and takes too much from the best pieces, which
are just those that a leaderboard shows. So its fit gives mean and spread, and the posterior is
worked out with the log-normal distribution that goes with them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, ndtr, ndtri

from ranking.fitting import Array
from ranking.shrink import HIGH, LOW, Estimates, Gamma

# Points of the numeric posterior, and how many standard deviations they reach to either side.
POINTS, REACH = 41, 6.0

# Rows worked on at once, which bounds memory.
ROWS_AT_ONCE = 50_000

NEWTON_ROUNDS = 60


@dataclass(frozen=True)
class LogNormal:
    """Distribution of indices: the logarithm has mean `mu` and standard deviation `sigma`."""

    mu: Array
    sigma: Array

    @staticmethod
    def like(prior: Gamma) -> LogNormal:
        """The one to which maximum likelihood would have fitted this Gamma.

        Of a log-normal sample, the fit has log(shape) - digamma(shape) = sigma^2 / 2 and the
        sample's mean.
        """
        shape, rate = np.asarray(prior.shape), np.asarray(prior.rate)
        square = 2.0 * (np.log(shape) - digamma(shape))
        return LogNormal(np.log(shape / rate) - square / 2, np.sqrt(square))

    @property
    def mean(self) -> Array:
        """Mean of the index itself."""
        return np.asarray(np.exp(self.mu + self.sigma**2 / 2), dtype=np.float64)

    def estimates(self) -> Estimates:
        """Mean, 80 % range and probability above 1.0."""
        return Estimates(
            mean=self.mean,
            low=np.exp(self.mu + ndtri(LOW) * self.sigma),
            high=np.exp(self.mu + ndtri(HIGH) * self.sigma),
            prob_above_baseline=np.asarray(ndtr(self.mu / self.sigma), dtype=np.float64),
        )


def posterior(counted: Array, evidence: Array, prior: LogNormal) -> LogNormal:
    """What is known of each index after counts that are Poisson around it.

    Args:
        counted: shape (n,), results by what they are worth.
        evidence: shape (n,), expected results by what they are worth; 0 gives the prior.
        prior: one of each row.

    Source: Poisson-lognormal model, Aitchison and Ho 1989, Biometrika 76. Mean and deviation of
    the logarithm are summed over points around the peak of each row.
    """
    top, deviation = peak(counted, evidence, prior)
    mean, spread = np.empty(len(top)), np.empty(len(top))
    z = np.linspace(-REACH, REACH, POINTS)
    for start in range(0, len(top), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        at, step = top[rows, None], deviation[rows, None] * z
        log = counted[rows, None] * step - evidence[rows, None] * np.exp(at) * np.expm1(step)
        away = (at - prior.mu[rows, None]) / prior.sigma[rows, None] ** 2
        log -= step * away + 0.5 * (step / prior.sigma[rows, None]) ** 2
        mass = np.exp(log)
        mass /= mass.sum(axis=1, keepdims=True)
        shift = (mass * step).sum(axis=1)
        mean[rows] = top[rows] + shift
        spread[rows] = np.sqrt((mass * step**2).sum(axis=1) - shift**2)
    return LogNormal(mean, spread)


def peak(counted: Array, evidence: Array, prior: LogNormal) -> tuple[Array, Array]:
    """Most likely logarithm of each index, and its standard deviation there.

    The log-posterior counted * x - evidence * exp(x) - (x - mu)^2 / (2 sigma^2) is concave;
    Newton steps of at most 1 find its top from any start.
    """
    pull = 1.0 / prior.sigma**2
    x = prior.mu.astype(np.float64)
    for _ in range(NEWTON_ROUNDS):
        usual = evidence * np.exp(x)
        step = np.clip((counted - usual - (x - prior.mu) * pull) / (usual + pull), -1.0, 1.0)
        x = x + step
        if not len(x) or np.abs(step).max() < 1e-9:
            break
    return x, 1.0 / np.sqrt(evidence * np.exp(x) + pull)
