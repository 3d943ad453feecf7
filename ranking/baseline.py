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

# A coefficient of variation of 10 between audiences: beyond it nothing can be learnt anyway.
MOST_VARIATION = 100.0

# Before anything is seen: audiences move the results of one picture by 20 %, a belief that
# weighs as much as 20 comparisons.
USUAL_VARIATION, USUAL_COMPARISONS = 0.04, 20

# Pieces of an account differ from each other by half of their mean (see SHAPE_CENTRE).
PIECE_VARIATION = 0.25

# After so many rounds the weights and rates of an account no longer move each other.
ROUNDS = 12


def account_rates(
    results: npt.ArrayLike, spend: npt.ArrayLike, account: npt.ArrayLike, currency: npt.ArrayLike
) -> Array:
    """Results that an ordinary ad gets per unit of money, in the account of each row.

    A ratio of sums, with two corrections. A big spender counts for less than its money
    (`evidence_weights`), or the few of them would be the yardstick instead of the ordinary ad.
    And an account with few results is pulled towards the accounts with the same currency, so
    that one without a sale so far does not make every sale infinitely good. Rates of different
    currencies never meet: writing cents instead of euros changes the rate and nothing that
    follows from it.

    Args:
        results: shape (n,), of one objective, one row per piece and account.
        spend: shape (n,), in `currency`.
        account: shape (n,), whole numbers from 0 naming the account of each row.
        currency: shape (n,), text, the same for all rows of an account.

    Returns:
        shape (n,), results per money; 0 where no account of the currency had a result.
    """
    r = np.asarray(results, dtype=np.float64)
    money = np.asarray(spend, dtype=np.float64)
    where = np.asarray(account, dtype=np.intp)
    names = np.asarray(currency)
    rates = np.zeros(r.shape)
    for name in np.unique(names):
        own = names == name
        rates[own] = _rates_of_currency(r[own], money[own], where[own])
    return rates


def _rates_of_currency(r: Array, money: Array, account: npt.NDArray[np.intp]) -> Array:
    paid = money > 0
    if not r[paid].sum():
        return np.zeros(r.shape)
    accounts = int(account.max()) + 1
    rates = np.full(accounts, r[paid].sum() / money.sum())
    for _ in range(ROUNDS):
        # The weights need the rate and the rate needs the weights.
        weight = evidence_weights(money * rates[account], PIECE_VARIATION) * paid
        counted = np.bincount(account, weight * r, minlength=accounts)
        spent = np.bincount(account, weight * money, minlength=accounts)
        pooled = counted.sum() / spent.sum()
        rates = np.full(accounts, pooled)
        np.divide(counted, spent, out=rates, where=counted > 0)
    rates[spent > 0] = (pooled * rate(counted, pooled * spent).mean)[spent > 0]
    found: Array = rates[account]
    return found


def expected_results(spend: npt.ArrayLike, rates: npt.ArrayLike) -> Array:
    """Results an ordinary ad would have had for this money; 0 for an ad that cost nothing.

    Args:
        spend: shape (n,), in the account's currency.
        rates: shape (n,), results per money from `account_rates`, of each row's account.
    """
    return np.asarray(spend, dtype=np.float64) * np.asarray(rates, dtype=np.float64)


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


def _pearson_variation(y: Array, e: Array, which: npt.NDArray[np.intp]) -> tuple[float, int]:
    """Solution of Pearson's equation, and how many comparisons it rests on."""
    cells = np.bincount(which)
    usable = (cells[which] > 1) & (np.bincount(which, y)[which] > 0)
    y, e = y[usable], e[usable]
    which = np.unique(which[usable], return_inverse=True)[1]
    freedom = len(y) - len(np.unique(which))
    if not freedom:
        return 0.0, 0

    def excess(variation: float) -> float:
        # The piece's own index, from its cells by what each is worth at this variation.
        worth = evidence_weights(e, variation)
        mean = e * (np.bincount(which, worth * y) / np.bincount(which, worth * e))[which]
        return float(((y - mean) ** 2 / (mean + variation * mean**2)).sum() - freedom)

    if excess(0.0) <= 0:
        return 0.0, freedom
    if excess(MOST_VARIATION) >= 0:
        return MOST_VARIATION, freedom
    return float(brentq(excess, 0.0, MOST_VARIATION, xtol=1e-10)), freedom


def evidence_weights(expected: npt.ArrayLike, variation: float) -> Array:
    """Which part of an ad set's numbers counts as evidence, given how ad sets lie apart.

    An ad set with m expected results has variance m + v m^2, so its ratio is as sure as that
    of m / (1 + v m) plain counts. Its results and expected results are multiplied by this
    weight before they are added up: a second good ad set says more than one twice as big.
    Still, more results never lower a piece and more money for the same results never lifts it.

    Args:
        expected: shape (n,), one row per piece and ad set.
        variation: from `ad_set_variation`.

    Returns:
        shape (n,), more than 0 and at most 1.
    """
    return 1.0 / (1.0 + variation * np.asarray(expected, dtype=np.float64))
