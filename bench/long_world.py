"""A world for benchmarks: one account whose ads all run on every day of a long window."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, timedelta
from math import ceil
from typing import TypeVar

import numpy as np

from include.sandbox.accounts import SandboxAccount
from include.sandbox.entities import Ad, AdSet, Block, Campaign, Creative
from include.sandbox.numbers import AdDays
from include.sandbox.world import World
from include.sandbox.x_stats import placements_of

Entity = TypeVar("Entity", Campaign, AdSet, Creative)

_ADS_PER_CREATIVE = 1.3  # the sandbox gives a creative one to three ads


class LongRunningWorld(World):
    """The sandbox's own campaigns and pictures, but `ads` ads that run all `days`.

    Args:
        account: the only account that has anything.
        ads: ads with numbers on every day.
        days: report days up to the day before `today`.
    """

    def __init__(self, account: SandboxAccount, *, ads: int, days: int, today: date) -> None:
        months = ceil(days / 28) + 1
        share = account.weight * _ADS_PER_CREATIVE
        # Half as many again: months and objectives are drawn, and some draw few.
        creatives = ceil(1.5 * ads / months / share) + 4
        super().__init__(today=today, creatives_per_month=creatives, months=months)
        self.only = account
        self.since = today - timedelta(days=days)
        self.until = today - timedelta(days=1)
        self._long: dict[int, Block] = {}
        left = ads
        for month in range(self.first_month, self.first_month + months):
            self._long[month] = self._stretched(super().block(account, month), month, left)
            left -= len(self._long[month].ads)
        if left:
            raise ValueError(f"bench: the world has {ads - left} ads, expected {ads}.")

    def block(self, account: SandboxAccount, month: int) -> Block:
        """The account's month, stretched; every other account is empty."""
        if account == self.only and month in self._long:
            return self._long[month]
        return Block((), (), (), (), _days(np.random.default_rng(0), 0, 0, 0))

    def counts(self) -> dict[str, int]:
        """How many there are of each entity, for the arithmetic of calls."""
        blocks = self._long.values()
        return {
            "campaigns": sum(len(block.campaigns) for block in blocks),
            "ad_sets": sum(len(block.ad_sets) for block in blocks),
            "ads": sum(len(block.ads) for block in blocks),
            "ads_in_spotlight": sum(self._in_spotlight(ad) for block in blocks for ad in block.ads),
            "creatives": sum(len(block.creatives) for block in blocks),
            "videos": sum(c.video_id is not None for block in blocks for c in block.creatives),
            "pictures": len({c.picture.key for block in blocks for c in block.creatives}),
        }

    def _in_spotlight(self, ad: Ad) -> bool:
        """Only X has placements."""
        return self.only.platform == "x_ads" and len(placements_of(ad)) > 1

    def _stretched(self, block: Block, month: int, most: int) -> Block:
        """The block with at most so many ads, all born on the first day of the window."""
        born = self.only.midnight(self.since).astimezone(UTC)
        campaigns: dict[str, Campaign] = {
            c.id: replace(c, created_at=born, ends=self.until) for c in block.campaigns
        }
        ad_sets: dict[str, AdSet] = {
            a.id: replace(a, campaign=campaigns[a.campaign.id], created_at=born, ends=self.until)
            for a in block.ad_sets
        }
        creatives: dict[str, Creative] = {
            c.id: replace(c, campaign=campaigns[c.campaign.id], created_at=born)
            for c in block.creatives
        }
        ads: list[Ad] = [
            replace(
                ad,
                ad_set=ad_sets[ad.ad_set.id],
                creative=creatives[ad.creative.id],
                start=self.since,
                ends=self.until,
                gone=None,
                gone_at=None,
                created_at=born,
            )
            for ad in block.ads[:most]
        ]
        rng = np.random.default_rng([self.seed, month])
        length = (self.until - self.since).days + 1
        return Block(
            campaigns=_used(campaigns.values(), {ad.creative.campaign.id for ad in ads}),
            ad_sets=_used(ad_sets.values(), {ad.ad_set.id for ad in ads}),
            creatives=_used(creatives.values(), {ad.creative.id for ad in ads}),
            ads=tuple(ads),
            days=_days(rng, len(ads), self.since.toordinal(), length),
        )


def _used(entities: Iterable[Entity], ids: set[str]) -> tuple[Entity, ...]:
    return tuple(entity for entity in entities if entity.id in ids)


def _days(rng: np.random.Generator, ads: int, first: int, length: int) -> AdDays:
    """Numbers of every ad on every day, in the usual proportions."""
    rows = ads * length
    impressions = rng.poisson(4000, rows) + 1
    link_clicks = rng.binomial(impressions, 0.01)
    others = rng.binomial(impressions - link_clicks, 0.008)
    return AdDays(
        ad=np.repeat(np.arange(ads, dtype=np.int64), length),
        day=np.tile(np.arange(first, first + length, dtype=np.int64), ads),
        counts={
            "impressions": impressions,
            "reach": np.ceil(impressions * 0.9).astype(np.int64),
            "clicks": link_clicks + others // 3,
            "link_clicks": link_clicks,
            "engagements": link_clicks + others,
            "likes": others // 2,
            "comments": others // 10,
            "shares": others // 12,
            "video_views": impressions // 5,
        },
        spend=impressions * 10_000,
        leads=rng.binomial(link_clicks, 0.05),
        purchases=rng.binomial(link_clicks, 0.04),
        order_value=np.full(rows, 48_000_000, dtype=np.int64),
        luck=rng.random(rows),
        credit=np.zeros(rows),
    )
