"""What an ordinary ad would have done in the same place, and how much a number can be trusted.

Places (platform x account x objective) differ in price, currency and audience. Results
are compared with those of an ordinary ad for the same money in the same place, so all
of that cancels: what remains is an index, 1.0 for the ordinary ad.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from ranking.shrink import Array, rate

# A coefficient of variation of 10 from week to week: beyond it nothing can be learnt anyway.
MOST_VARIATION = 100.0


def account_rates(results: npt.ArrayLike, spend: npt.ArrayLike, currency: npt.ArrayLike) -> Array:
    """Results that an ordinary ad gets per unit of money, for each account.

    The account's own ratio of sums, pulled towards the ratio of all accounts with the
    same currency when it has few results: an account without a single sale so far does
    not make every sale infinitely good. Rates of different currencies never meet, so
    writing cents instead of euros changes the rate and nothing that follows from it.

    Args:
        results: shape (n,), of one objective, one row per account.
        spend: shape (n,), in `currency`.
        currency: shape (n,), text.

    Returns:
        shape (n,), results per money; 0 where no account of the currency had a result.
    """
    r = np.asarray(results, dtype=np.float64)
    money = np.asarray(spend, dtype=np.float64)
    names = np.asarray(currency)
    rates = np.zeros(r.shape)
    for name in np.unique(names):
        own = (names == name) & (money > 0)
        total = money[own].sum()
        pooled = r[own].sum() / total if total else 0.0
        if pooled > 0:
            rates[names == name] = pooled
            rates[own] = pooled * rate(r[own], pooled * money[own]).mean
    return rates


def expected_results(spend: npt.ArrayLike, rates: npt.ArrayLike) -> Array:
    """Results an ordinary ad would have had for this money; 0 for an ad that cost nothing.

    Args:
        spend: shape (n,), in the account's currency.
        rates: shape (n,), results per money from `account_rates`, of each row's account.
    """
    return np.asarray(spend, dtype=np.float64) * np.asarray(rates, dtype=np.float64)


def weekly_variation(
    results: npt.ArrayLike, expected: npt.ArrayLike, piece: npt.ArrayLike
) -> float:
    """How much the weeks of one piece scatter beyond chance: a squared coefficient of variation.

    Counting noise shrinks with size, but auctions, audiences and days do not: a week of
    a million impressions is not a thousand times as telling as one of a thousand. The
    number v solves Pearson's equation sum((y - m)^2 / (m + v m^2)) = cells - pieces,
    where m is the piece's own mean for that cell.

    Args:
        results: shape (n,), one row per piece, account and week ("cell").
        expected: shape (n,), more than 0.
        piece: shape (n,), whole numbers naming the piece a cell belongs to.

    Returns:
        0 when the cells scatter no more than counts do (or nothing can be compared).

    Source: moment estimate of the negative binomial's dispersion; McCullagh and Nelder,
    Generalized Linear Models, 2nd ed., section 6.2; Breslow 1984, Applied Statistics 33.
    """
    y = np.asarray(results, dtype=np.float64)
    e = np.asarray(expected, dtype=np.float64)
    which = np.asarray(piece, dtype=np.intp)
    if not len(y):
        return 0.0
    cells = np.bincount(which)
    usable = (cells[which] > 1) & (np.bincount(which, y)[which] > 0)
    y, e = y[usable], e[usable]
    which = np.unique(which[usable], return_inverse=True)[1]
    freedom = len(y) - len(np.unique(which))
    if not freedom:
        return 0.0

    def excess(variation: float) -> float:
        # The piece's own index, from its cells by what each is worth at this variation.
        worth = evidence_weights(e, variation)
        mean = e * (np.bincount(which, worth * y) / np.bincount(which, worth * e))[which]
        return float(((y - mean) ** 2 / (mean + variation * mean**2)).sum() - freedom)

    if excess(0.0) <= 0:
        return 0.0
    if excess(MOST_VARIATION) >= 0:
        return MOST_VARIATION
    return float(brentq(excess, 0.0, MOST_VARIATION, xtol=1e-10))


def evidence_weights(expected: npt.ArrayLike, variation: float) -> Array:
    """Which part of a cell's numbers counts as evidence, given how weeks scatter.

    A cell with m expected results has variance m + v m^2, so its ratio is as sure as that of
    m / (1 + v m) plain counts. Its results and expected results are multiplied by this weight
    before they are added up: a second good week says more than a first week twice as big.
    Still, more results never lower a piece and more money for the same results never lifts it.

    Args:
        expected: shape (n,), one row per piece, account and week.
        variation: from `weekly_variation`.

    Returns:
        shape (n,), more than 0 and at most 1.
    """
    return 1.0 / (1.0 + variation * np.asarray(expected, dtype=np.float64))
