"""Random worlds with known truth for `bench/ranking_truth.py`.

A year of ads of four nodes and the five objectives on four platforms, in ten accounts of three
currencies. Spend is heavy-tailed; audiences scatter; effects wander, some wear out; 30 % of the
ads are so young that their conversions are still coming in. Nothing here is taken from `ranking/`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DAYS = 365
NODES, OBJECTIVES = 4, 5
PIECES_PER_CELL = 60
YOUNG = 0.30  # share of ads born within the last YOUNG_DAYS
YOUNG_DAYS = 28
PLATFORMS = {"meta": 28, "google_ads": 30, "x_ads": 14, "linkedin_ads": 30}  # window in days
CURRENCIES = {"COP": 4000.0, "USD": 1.0, "MXN": 18.0}  # per dollar
# Results per dollar of an ordinary ad, as in objectives.yaml: impressions, clicks,
# engagements, leads, purchases; the last two are credited late.
USUAL = (150.0, 2.0, 4.0, 0.12, 0.05)
GATE_IMPRESSIONS, GATE_DOLLARS = 5_000, 50.0


@dataclass(frozen=True)
class World:
    """Rows are ad-days; `truth` is the index each piece would have from today on."""

    # pieces
    cell: Ints
    objective_of_cell: Ints
    truth: Floats
    born: Ints  # day of the first ad
    look: Floats  # image vector
    # ads
    piece: Ints
    account: Ints
    format: Ints
    campaign: Ints
    ad_set: Ints
    # ad-days
    ad: Ints
    day: Ints
    spend: Floats  # in the account's currency
    impressions: Floats
    results: Floats
    final: Floats  # what the day will have in the end
    # accounts
    platform: Ints
    currency: Ints
    per_dollar: Floats
    # what earlier readings told: by platform and age, results then and in the end
    seen_at_age: list[Floats]
    final_at_age: list[Floats]
    curves: list[Floats]
    # by objective: conversions that mature, and results from which a piece is judged
    matures: tuple[bool, ...] = (False, False, False, True, True)
    judged_from: tuple[float, ...] = (5000.0, 30.0, 30.0, 5.0, 5.0)


def random_world(seed: int, *, half_life: float | None = None) -> World:
    """One world.

    Args:
        half_life: days after which what a piece does and what it did correlate by a half. When
            left out, drawn so that the correlation over a year lies between 0.6 and 1.
    """
    rng = np.random.default_rng([20261120, seed])
    if half_life is None:
        half_life = DAYS * np.log(0.5) / np.log(rng.uniform(0.6, 1.0))
    platform = np.array([0, 0, 0, 1, 1, 1, 2, 2, 3, 3])
    accounts = len(platform)
    currency = rng.integers(3, size=accounts)
    currency[:3] = [0, 1, 2]
    per_dollar = np.array(list(CURRENCIES.values()))[currency]

    # What a dollar buys, by place. LinkedIn is dear, Meta cheap; formats differ by platform.
    level = np.array([0.4, 0.1, -0.1, -0.8])[platform] + rng.normal(0, 0.4, accounts)
    formats = rng.normal(0, 0.35, (4, 3))
    place = (
        level[:, None, None]
        + formats[platform][:, :, None]
        + rng.normal(0, 0.1, (accounts, 3, OBJECTIVES))
    )

    cells = NODES * OBJECTIVES
    objective_of_cell = np.arange(cells) % OBJECTIVES
    pieces = cells * PIECES_PER_CELL
    cell = np.repeat(np.arange(cells), PIECES_PER_CELL)
    usual = rng.normal(0, 0.2, cells)
    differ = rng.uniform(0.25, 0.55, cells)
    effect = usual[cell]
    young = rng.random(pieces) < YOUNG
    born = np.where(
        young, rng.integers(DAYS - YOUNG_DAYS, DAYS - 3, pieces), rng.integers(0, DAYS - 35, pieces)
    )
    piece, account, form, start = _ads(rng, born, cell, accounts)
    n = len(piece)
    campaign = np.unique(
        (cell[piece] * accounts + account) * 13 + start // 30, return_inverse=True
    )[1]
    ad_set = campaign * 3 + rng.integers(3, size=n)
    # Half of the ads cost next to nothing, one in twenty ten times the median and more.
    z = rng.normal(size=n)
    dollars = 40 * np.exp(np.where(z > 0, 1.4 * z, 2.4 * z))
    audience = rng.normal(0, 0.12, ad_set.max() + 1)[ad_set] + rng.normal(0, 0.18, n)

    ad, day, paid = _spent(rng, start, dollars)

    path = effect[:, None] + _wander(rng, differ[cell], half_life)
    path += _wear(rng, piece[ad], day, pieces)
    # The ordinary piece of an objective is the average of its pieces, today.
    today = np.exp(path[:, -1])
    centre = np.bincount(objective_of_cell[cell], today) / np.bincount(objective_of_cell[cell])
    truth = today / centre[objective_of_cell[cell]]

    what = objective_of_cell[cell[piece]][ad]
    log_rate = place[account[ad], form[ad], what] + path[piece[ad], day] + audience[ad]
    # The world's rates are those of its ordinary piece.
    usual_of = np.array(USUAL)[what] / centre[what]
    final = rng.poisson(paid * usual_of * np.exp(log_rate) * rng.gamma(20.0, 0.05, len(ad)))
    impressions = rng.poisson(paid * 150 * np.exp(level[account[ad]]))

    results, curves, seen, whole = _told(rng, final, platform[account[ad]], what, DAYS - 1 - day)

    centres = rng.normal(size=(pieces // 3 + 1, 32))
    look = centres[rng.integers(len(centres), size=pieces)] * 0.9 + rng.normal(size=(pieces, 32))
    look /= np.linalg.norm(look, axis=1, keepdims=True)
    return World(
        cell=cell,
        objective_of_cell=objective_of_cell,
        truth=truth,
        born=born,
        look=look,
        piece=piece,
        account=account,
        format=form,
        campaign=campaign,
        ad_set=ad_set,
        ad=ad,
        day=day,
        spend=paid * per_dollar[account[ad]],
        impressions=impressions.astype(float),
        results=results.astype(float),
        final=final.astype(float),
        platform=platform,
        currency=currency,
        per_dollar=per_dollar,
        seen_at_age=seen,
        final_at_age=whole,
        curves=curves,
    )


def with_absurd_ads(world: World, seed: int) -> World:
    """The same world, where one ad in 200 is also credited with what the biggest ad of its
    objective got: on its first day, whatever it spent. The truth stays.
    """
    rng = np.random.default_rng([20261121, seed])
    objective = world.objective_of_cell[world.cell[world.piece]]
    got = np.bincount(world.ad, world.results, len(world.piece))
    most = np.zeros(len(world.objective_of_cell))
    np.maximum.at(most, objective, got)
    ads, first = np.unique(world.ad, return_index=True)
    hit = rng.random(len(ads)) < 1 / 200
    results = world.results.copy()
    results[first[hit]] += most[objective[ads[hit]]]
    return replace(world, results=results)


def _wander(rng: np.random.Generator, differ: Floats, half_life: float) -> Floats:
    """Log effect of each piece on each day about its cell's: stationary, forgetting slowly.

    Tastes change, but the pieces of one day differ as much as those of another. Normal steps;
    shape (pieces, DAYS).
    """
    keep = 0.5 ** (1.0 / half_life)
    steps = rng.normal(size=(len(differ), DAYS)) * np.sqrt(1 - keep**2)
    path = np.empty((len(differ), DAYS))
    path[:, 0] = rng.normal(size=len(differ))
    for day in range(1, DAYS):
        path[:, day] = keep * path[:, day - 1] + steps[:, day]
    return differ[:, None] * path


def _wear(rng: np.random.Generator, piece: Ints, day: Ints, pieces: int) -> Floats:
    """One piece in eight wears out: 1.5 % less for each day shown after the twentieth, 40 times."""
    shown = np.zeros((pieces, DAYS))
    shown[piece, day] = 1.0
    worn = np.clip(np.cumsum(shown, axis=1) - 20, 0, 40) * -0.015
    wears = rng.random(pieces) < 0.125
    return np.where(wears[:, None], worn, 0.0)


def _ads(
    rng: np.random.Generator, born: Ints, cell: Ints, accounts: int
) -> tuple[Ints, Ints, Ints, Ints]:
    """Piece, account, format and first day of each ad: one to twelve of each piece."""
    pieces = len(born)
    ads_of = np.minimum(rng.geometric(0.35, pieces), 12)
    piece = np.repeat(np.arange(pieces), ads_of)
    n = len(piece)
    weight = np.array([0.2, 0.12, 0.1, 0.12, 0.1, 0.08, 0.08, 0.06, 0.08, 0.06])[:accounts]
    # Nodes prefer accounts of their own.
    taste = np.cumsum(rng.dirichlet(4 * weight, NODES), axis=1)
    pick = rng.random(n)
    account = (pick[:, None] > taste[cell[piece] // OBJECTIVES][:, :-1]).sum(1)
    form = np.repeat(rng.choice(3, pieces, p=(0.6, 0.25, 0.15)), ads_of)
    start = np.minimum(born[piece] + np.where(rng.random(n) < 0.6, 0, rng.integers(0, 60, n)), 361)
    return piece, account, form, start


def _spent(rng: np.random.Generator, start: Ints, dollars: Floats) -> tuple[Ints, Ints, Floats]:
    """Ad, day and dollars of every ad-day up to today.

    The budget is for the whole life of 8 to 40 days; an ad that has just begun has spent a part.
    """
    n, span = len(start), np.arange(40)
    length = rng.integers(8, 41, n)
    days = start[:, None] + span[None, :]
    share = np.exp(-span / 20.0)[None, :] * rng.gamma(3.0, 1 / 3, (n, 40))
    share *= (span[None, :] < length[:, None]) & (share > 0.05)
    share /= np.maximum(share.sum(axis=1, keepdims=True), 1e-12)
    ad, offset = np.nonzero((share > 0) & (days < DAYS))
    return ad, days[ad, offset], share[ad, offset] * dollars[ad]


def _told(
    rng: np.random.Generator, final: Ints, platform: Ints, objective: Ints, age: Ints
) -> tuple[Ints, list[Floats], list[Floats], list[Floats]]:
    """What is told of each ad-day by now; each platform's curve; what earlier readings told."""
    told = np.ones(len(final))
    curves, seen, whole = [], [], []
    for number, window in enumerate(PLATFORMS.values()):
        first, speed = rng.uniform(0.4, 0.75), rng.uniform(3, 8)
        grow = (1 - np.exp(-np.arange(window + 1) / speed)) / (1 - np.exp(-window / speed))
        curve = first + (1 - first) * grow
        curves.append(curve)
        mature = (platform == number) & np.array(World.matures)[objective]
        told[mature] = curve[np.minimum(age[mature], window)]
        # Readings of the last 90 days that are final now.
        total = final[mature & (age > window) & (age <= window + 90)].sum()
        seen.append(rng.binomial(total, curve).astype(float))
        whole.append(np.full(window + 1, float(total)))
    return rng.binomial(final, told), curves, seen, whole
