"""What ads did on each day, drawn once per account and month of birth.

All draws of an (account, month) come from one generator in one fixed order, so a number
does not depend on what was asked before, nor on which day is today.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from include.sandbox.accounts import (
    CPM_FACTOR,
    LEAD_RATE,
    LINK_RATE,
    OTHER_RATE,
    PURCHASE_RATE,
    SandboxAccount,
)
from include.tables import RESTATEMENT_DAYS

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

MAX_DAYS = 40
"""No ad runs longer."""

COUNTS = (
    "impressions",
    "reach",
    "clicks",
    "link_clicks",
    "engagements",
    "likes",
    "comments",
    "shares",
    "video_views",
)


@dataclass(frozen=True)
class AdDraws:
    """What the numbers of one ad are drawn from; arrays have one element per ad."""

    start: Ints  # first day, as a proleptic ordinal
    days: Ints  # length of life, 10 to 40
    gone: Ints  # day of deletion as an ordinal; no row from then on; large when never
    objective: NDArray[np.str_]
    effect: Floats  # log effect on the objective's result per money
    video: NDArray[np.bool_]
    tiny: NDArray[np.bool_]  # spends next to nothing


@dataclass(frozen=True)
class AdDays:
    """One row per ad and day with impressions, ordered by ad and day; final values.

    `ad` is the index of the ad in its month; `day` a proleptic ordinal; `spend` and `revenue`
    are micros of the account's currency. `luck` in [0, 1) rounds what is not final yet;
    `credit` is the share of spend that is taken back later (X only).
    """

    ad: Ints
    day: Ints
    counts: Mapping[str, Ints]
    spend: Ints
    leads: Ints
    purchases: Ints
    order_value: Ints
    luck: Floats
    credit: Floats

    def take(self, rows: Any) -> AdDays:
        """These rows only."""
        return AdDays(
            ad=self.ad[rows],
            day=self.day[rows],
            counts={name: values[rows] for name, values in self.counts.items()},
            spend=self.spend[rows],
            leads=self.leads[rows],
            purchases=self.purchases[rows],
            order_value=self.order_value[rows],
            luck=self.luck[rows],
            credit=self.credit[rows],
        )


def joined(parts: list[AdDays], ad_offsets: list[int]) -> AdDays:
    """Several months in one; the index of each ad is moved by its month's offset."""

    def of(get: Any) -> Any:
        return np.concatenate([get(p) for p in parts])

    return AdDays(
        ad=np.concatenate([p.ad + o for p, o in zip(parts, ad_offsets, strict=True)]),
        day=of(lambda p: p.day),
        counts={name: of(lambda p, name=name: p.counts[name]) for name in COUNTS},
        spend=of(lambda p: p.spend),
        leads=of(lambda p: p.leads),
        purchases=of(lambda p: p.purchases),
        order_value=of(lambda p: p.order_value),
        luck=of(lambda p: p.luck),
        credit=of(lambda p: p.credit),
    )


def life_time_spend(rng: np.random.Generator, account: SandboxAccount, ads: int) -> Floats:
    """Money each ad spends in its life: half of the ads next to nothing, a few nearly all.

    The median is `account.spend`. Above it log spend is half-normal with scale 1.4, so that
    5 % lie beyond ten times the median (ln 10 / 1.4 = 1.645); below it the scale is 2.4.
    """
    z = rng.normal(size=ads)
    return np.asarray(account.spend * np.exp(np.where(z > 0, 1.4 * z, 2.4 * z)))


def draw_days(rng: np.random.Generator, account: SandboxAccount, ads: AdDraws) -> AdDays:
    """Every day of the life of every ad, with its final numbers."""
    n = len(ads.start)
    spend_of_life = life_time_spend(rng, account, n) * np.where(ads.tiny, 0.02, 1.0)

    # Delivery: fades with age, is bumpy, and pauses on about one day in fourteen.
    age = np.arange(MAX_DAYS)
    weight = np.exp(-age / 25.0) * rng.gamma(4.0, 0.25, size=(n, MAX_DAYS))
    weight *= rng.random((n, MAX_DAYS)) > 0.07
    weight *= age[None, :] < ads.days[:, None]
    weekend = (ads.start[:, None] + age[None, :]) % 7 >= 5
    weight *= np.where(weekend, 0.75, 1.0)
    # The share of a day is of the whole life, planned before anybody thinks of deleting it.
    share = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)

    # Luck beyond the picture: audience and auction, of the ad and of the day.
    ad_price = np.exp(rng.normal(0.0, 0.12, n))
    ad_link = np.exp(rng.normal(0.0, 0.15, n))
    ad_other = np.exp(rng.normal(0.0, 0.15, n))
    ad_convert = np.exp(rng.normal(0.0, 0.15, n))

    ad, offset = np.nonzero(share)
    day = ads.start[ad] + offset
    money = share[ad, offset] * spend_of_life[ad]
    rows = len(ad)
    objective = ads.objective[ad]
    boost = np.exp(ads.effect[ad])

    def rate(table: Mapping[str, float]) -> Floats:
        return np.array([table[str(o)] for o in ads.objective])[ad]

    def only(*objectives: str) -> Floats:
        return np.where(np.isin(objective, objectives), boost, 1.0)

    noise = rng.gamma(25.0, 0.04, size=(4, rows))
    cpm = account.cpm * rate(CPM_FACTOR) * ad_price[ad] * noise[0] / only("awareness")
    impressions = rng.poisson(money / cpm * 1000.0)
    link_rate = rate(LINK_RATE) * ad_link[ad] * noise[1] * only("traffic", "engagement")
    link_clicks = rng.binomial(impressions, np.minimum(link_rate, 0.3))
    other_rate = rate(OTHER_RATE) * ad_other[ad] * noise[2] * only("engagement")
    others = rng.binomial(impressions - link_clicks, np.minimum(other_rate, 0.3))
    clicks = link_clicks + rng.binomial(others, 0.3)
    shares = rng.binomial(others, 0.08)
    comments = rng.binomial(others, 0.06)
    likes = np.maximum(rng.binomial(others, 0.5) - shares - comments, 0)
    lead_rate = rate(LEAD_RATE) * ad_convert[ad] * noise[3] * only("leads")
    purchase_rate = rate(PURCHASE_RATE) * ad_convert[ad] * noise[3] * only("sales")
    watched = np.where(ads.video[ad], 0.22, 0.0)
    drawn = AdDays(
        ad=ad.astype(np.int64),
        day=day.astype(np.int64),
        counts={
            "impressions": impressions,
            "reach": np.ceil(impressions * rng.uniform(0.78, 0.97, rows)).astype(np.int64),
            "clicks": clicks,
            "link_clicks": link_clicks,
            "engagements": link_clicks + others,
            "likes": likes,
            "comments": comments,
            "shares": shares,
            "video_views": rng.binomial(impressions, watched),
        },
        # Whole cents, as platforms bill.
        spend=np.round(money * 100).astype(np.int64) * 10_000,
        leads=rng.binomial(link_clicks, np.minimum(lead_rate, 0.6)),
        purchases=rng.binomial(link_clicks, np.minimum(purchase_rate, 0.6)),
        order_value=np.round(account.order_value * rng.lognormal(0.0, 0.2, rows) * 100).astype(
            np.int64
        )
        * 10_000,
        luck=rng.random(rows),
        credit=np.where(rng.random(rows) < 0.15, rng.uniform(0.005, 0.05, rows), 0.0),
    )
    seen = (impressions > 0) & (drawn.day < ads.gone[ad])
    return drawn.take(np.nonzero(seen)[0])


def maturity(platform: str, age: Ints) -> Floats:
    """Share of a day's conversions that the platform has credited by now.

    Args:
        platform: decides how long a day is restated (`RESTATEMENT_DAYS`).
        age: whole days since the report day ended; below 0 while it runs.

    Returns:
        0.55 when the day has just ended, rising, and exactly 1 from the end of the window on.
    """
    window = RESTATEMENT_DAYS[platform]
    reached = (1.0 - np.exp(-np.maximum(age, 0) / 5.0)) / (1.0 - np.exp(-window / 5.0))
    return np.where(age >= window, 1.0, 0.55 + 0.45 * np.minimum(reached, 1.0))


def not_yet_credited(platform: str, age: Ints) -> Floats:
    """Share of X's later credits that is still on the bill: 1 at first, 0 from day 14 on."""
    if platform != "x_ads":
        return np.zeros(len(age))
    return np.clip(1.0 - np.maximum(age, 0) / RESTATEMENT_DAYS["x_ads"], 0.0, 1.0)
