"""What an ordinary ad would have done in the same place, and how much a number can be trusted.

Places (platform x account x format, for one objective) differ in price, currency and audience.
Results are compared with those of an ordinary ad for the same money in the same place, so all
of that cancels: what remains is an index, 1.0 for the ordinary ad.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from ranking.fitting import Array, Codes
from ranking.shrink import fit_gamma

# A coefficient of variation of 10 between audiences: beyond it nothing can be learnt anyway.
MOST_VARIATION = 100.0

# What makes a place dear: the account, the format on its platform, and what is left to both; worked
# out in turns, so that an account with many films is not taken for a bad one.
LEVELS = (("account",), ("platform", "format"), ("account", "format"))
SWEEPS = 120

# Pearson's equation takes ad sets with one result to come or more: below, a single stray result is
# worth a hundred comparisons (Cochran 1954, Biometrics 10). No piece counts as more scattered than
# five standard deviations of the sum above its mean.
TELLING, FARTHEST = 1.0, 5.0

# Before anything is seen: audiences move the results of one picture by 20 %, a belief that
# weighs as much as 20 comparisons.
USUAL_VARIATION, USUAL_COMPARISONS = 0.04, 20


@dataclass(frozen=True)
class Places:
    """Where ads ran: one element per place, whole numbers from 0; shape (places,) each.

    `account` is unique over platforms. `currency` names what exposure is counted in there; it
    is the same everywhere when exposure is not money.
    """

    objective: Codes
    platform: Codes
    account: Codes
    format: Codes
    currency: Codes

    def together(self, *parts: str) -> Codes:
        """One code per combination of these, such as `("objective", "account")`."""
        columns = np.stack([np.asarray(getattr(self, part)) for part in parts], axis=1)
        if not len(columns):
            return np.zeros(0, dtype=np.intp)
        return np.unique(columns, axis=0, return_inverse=True)[1].reshape(-1).astype(np.intp)


@dataclass(frozen=True)
class PlaceRates:
    """Results of an ordinary ad per unit of exposure in each place; shape (places,) each.

    `doubt` is the squared relative error of `rate`.
    """

    rate: Array
    doubt: Array


def place_rates(counted: npt.ArrayLike, exposure: npt.ArrayLike, places: Places) -> PlaceRates:
    """The ordinary ad of each place, itself shrunk: place -> account and format -> currency.

    A product of four: what one unit of the currency buys; how dear the account is; how the
    format does on the platform, in all its accounts; and what is left to the place itself. Each
    of the last three is pulled towards 1 by how far such factors lie apart (`fit_gamma`), so a
    place with three ads borrows from its account and its format. Rates of different currencies
    never meet, only ratios do: writing cents instead of euros changes nothing that follows.

    Args:
        counted: shape (places,), results, each row weighted by what it tells.
        exposure: shape (places,), money (or impressions) times the index of the pieces shown,
            with the same weights: what the results would have been at a rate of 1.

    Returns:
        rate 0 where no account of the currency had a result.
    """
    y, s = np.asarray(counted, dtype=np.float64), np.asarray(exposure, dtype=np.float64)
    unit = places.together("objective", "currency")
    first = _divided(_sum(y, unit), _sum(s, unit))[unit]
    rate, doubt = first, np.zeros(len(y))
    main = [places.together("objective", *level) for level in LEVELS[:2]]
    factors = [np.ones(len(y)) for _ in main]
    shapes = [_shape(y, s * rate, group) for group in main]
    for _ in range(SWEEPS):
        for level, group in enumerate(main):
            others = first * factors[1 - level]
            factors[level] = _factor(y, s * others, group, shapes[level])
    rate = first * factors[0] * factors[1]
    own = places.together("objective", *LEVELS[2])
    shapes.append(_shape(y, s * rate, own))
    rate = rate * _factor(y, s * rate, own, shapes[2])
    for group, shape in zip([*main, own], shapes, strict=True):
        doubt += 1.0 / (shape + _sum(y, group))[group]
    return PlaceRates(rate, doubt)


def ad_set_variation(
    results: npt.ArrayLike, expected: npt.ArrayLike, piece: npt.ArrayLike
) -> float:
    """How far the ad sets of one piece lie apart beyond chance: a squared coefficient of variation.

    Counting noise shrinks with size, but audiences and auctions do not: one ad set with a
    million impressions is not a thousand times as telling as one with a thousand. Where a
    piece ran in several ad sets ("cells"), this can be seen: v solves Pearson's equation
    sum((y - m)^2 / (m + v m^2)) = cells - pieces, m being the piece's own mean for a cell.
    The solution is averaged with a usual value, by the number of comparisons behind it.

    Args:
        results: shape (n,), one row per piece and ad set.
        expected: shape (n,), more than 0.
        piece: shape (n,), whole numbers naming the piece a row belongs to.

    Source: moment estimate of the negative binomial's dispersion; McCullagh and Nelder,
    Generalized Linear Models, 2nd ed., section 6.2; Breslow 1984, Applied Statistics 33.
    """
    y = np.asarray(results, dtype=np.float64)
    e = np.asarray(expected, dtype=np.float64)
    which = np.asarray(piece, dtype=np.intp)
    seen, comparisons = _pearson_variation(y, e, which) if len(y) else (0.0, 0)
    believed = USUAL_VARIATION * USUAL_COMPARISONS
    return (seen * comparisons + believed) / (comparisons + USUAL_COMPARISONS)


def _pearson_variation(y: Array, e: Array, which: Codes) -> tuple[float, int]:
    """Solution of Pearson's equation, and how many comparisons it rests on."""
    telling = e >= TELLING
    y, e, which = y[telling], e[telling], which[telling]
    if not len(y):
        return 0.0, 0
    cells = np.bincount(which)
    usable = (cells[which] > 1) & (np.bincount(which, y)[which] > 0)
    y, e = y[usable], e[usable]
    which = np.unique(which[usable], return_inverse=True)[1]
    freedom = len(y) - len(np.unique(which))
    if not freedom:
        return 0.0, 0
    comparisons = np.bincount(which) - 1.0
    most = comparisons + FARTHEST * np.sqrt(2 * comparisons)

    def excess(variation: float) -> float:
        # The piece's own index, from its cells by what each is worth at this variation.
        worth = evidence_weights(e, variation)
        mean = e * (np.bincount(which, worth * y) / np.bincount(which, worth * e))[which]
        squares = np.bincount(which, (y - mean) ** 2 / (mean + variation * mean**2))
        return float(np.minimum(squares, most).sum() - freedom)

    if excess(0.0) <= 0:
        return 0.0, freedom
    if excess(MOST_VARIATION) >= 0:
        return MOST_VARIATION, freedom
    return float(brentq(excess, 0.0, MOST_VARIATION, xtol=1e-10, rtol=1e-6)), freedom


def evidence_weights(usual: npt.ArrayLike, variation: npt.ArrayLike) -> Array:
    """Which part of an ad set's numbers counts as evidence, given how ad sets lie apart.

    An ad set with m results to come has variance m + v m^2, so its ratio is as sure as that
    of m / (1 + v m) plain counts. Its results and expected results are multiplied by this
    weight before they are added up: a second good ad set says more than one twice as big.

    Args:
        usual: shape (n,), results to come in each ad set, given the piece.
        variation: from `ad_set_variation`; a number or one of each row.

    Returns:
        shape (n,), more than 0 and at most 1.
    """
    return 1.0 / (1.0 + np.asarray(variation) * np.asarray(usual, dtype=np.float64))


def _shape(counted: Array, usual: Array, group: Codes) -> float:
    """How alike the groups' factors are: shape of the Gamma distribution they come from."""
    seen, expected = _sum(counted, group), _sum(usual, group)
    return float(np.asarray(fit_gamma(seen[expected > 0], expected[expected > 0]).shape))


def _factor(counted: Array, usual: Array, group: Codes, shape: float) -> Array:
    """What each group does against the usual, pulled towards 1."""
    return np.asarray(((shape + _sum(counted, group)) / (shape + _sum(usual, group)))[group])


def _sum(values: Array, group: Codes) -> Array:
    return np.bincount(group, values).astype(np.float64)


def _divided(top: Array, bottom: Array) -> Array:
    found: Array = np.divide(top, bottom, out=np.zeros(len(top)), where=bottom > 0)
    return found
