"""Campaigns, ad sets, creatives and ads of one account that were born in one month."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from include.sandbox.accounts import NODES, SandboxAccount
from include.sandbox.effects import log_effect, true_effects
from include.sandbox.ids import entity_id
from include.sandbox.numbers import MAX_DAYS, AdDays, AdDraws, draw_days
from include.sandbox.plan import EMPTY_CELL, MonthPlan, Picture, Placement, month_name
from include.sandbox.wording import AUDIENCES, CAMPAIGN_TITLES

_NEVER = 9_999_999


@dataclass(frozen=True)
class Campaign:
    """One node, one objective, one month; `ends` is the last day on which an ad of it runs."""

    id: str
    name: str
    node: str
    objective: str
    created_at: datetime
    ends: date


@dataclass(frozen=True)
class AdSet:
    """One audience of a campaign."""

    id: str
    name: str
    campaign: Campaign
    created_at: datetime
    ends: date


@dataclass(frozen=True)
class Creative:
    """A picture with its words; `post_id` is the tweet or share, `video_id` is None for images."""

    id: str
    post_id: str
    video_id: str | None
    name: str
    picture: Picture
    campaign: Campaign
    created_at: datetime


@dataclass(frozen=True)
class Ad:
    """A creative shown to an audience, from `start` on for at most 40 days."""

    id: str
    name: str
    ad_set: AdSet
    creative: Creative
    start: date
    ends: date
    gone: date | None
    created_at: datetime
    gone_at: datetime | None

    def deleted(self, now: datetime) -> bool:
        """Somebody has deleted it by now."""
        return self.gone_at is not None and self.gone_at <= now

    def running(self, today: date) -> bool:
        """It is meant to be shown on this day of the account's calendar."""
        return self.start <= today <= self.ends and (self.gone is None or today < self.gone)

    def updated_at(self, now: datetime) -> datetime:
        """Its last change that has happened by now."""
        if self.gone_at is not None and self.gone_at <= now:
            return self.gone_at
        finished = self.created_at + timedelta(days=(self.ends - self.start).days + 1)
        return finished if finished <= now else self.created_at


@dataclass(frozen=True)
class Block:
    """Everything of one account that was born in one month, and what it ever did."""

    campaigns: tuple[Campaign, ...]
    ad_sets: tuple[AdSet, ...]
    creatives: tuple[Creative, ...]
    ads: tuple[Ad, ...]
    days: AdDays


@dataclass(frozen=True)
class _Life:
    """When an ad of a placement is to run, before ids are given."""

    placement: Placement
    start: date
    days: int
    gone: date | None

    @property
    def ends(self) -> date:
        return self.start + timedelta(days=self.days - 1)


def _lives(rng: np.random.Generator, month: int, placements: list[Placement]) -> list[list[_Life]]:
    """For each placement one to three ads, and for each ad its days."""
    first = date(month // 12, month % 12 + 1, 1)
    length = calendar.monthrange(first.year, first.month)[1]
    lives: list[list[_Life]] = []
    for placement in placements:
        alone = (placement.node, placement.objective) == EMPTY_CELL
        count = 1 if alone else int(rng.choice(3, p=(0.75, 0.20, 0.05))) + 1
        of_placement = []
        for _ in range(count):
            start = first + timedelta(days=int(rng.integers(length)))
            days = int(rng.integers(10, MAX_DAYS + 1))
            gone = None
            if rng.random() < 0.06:
                gone = start + timedelta(days=int(rng.integers(2, days + 10)))
            of_placement.append(_Life(placement, start, days, gone))
        lives.append(of_placement)
    return lives


def _campaigns(
    rng: np.random.Generator, account: SandboxAccount, month: int, lives: list[_Life]
) -> tuple[dict[tuple[str, str], Campaign], dict[str, list[AdSet]]]:
    """A campaign for every node and objective that has an ad, each with one to three ad sets."""
    campaigns: dict[tuple[str, str], Campaign] = {}
    ad_sets: dict[str, list[AdSet]] = {}
    cells = sorted({(life.placement.node, life.placement.objective) for life in lives})
    for c, (node, objective) in enumerate(cells):
        own = [
            life
            for life in lives
            if (life.placement.node, life.placement.objective) == (node, objective)
        ]
        created_at = account.midnight(min(life.start for life in own)).astimezone(UTC)
        ends = max(life.ends for life in own)
        title = str(rng.choice(CAMPAIGN_TITLES[node]))
        campaign = Campaign(
            id=entity_id(account.platform, account.number, month, "campaign", c),
            name=f"{NODES[node]} | {objective} | {month_name(month)} | {title}",
            node=node,
            objective=objective,
            created_at=created_at,
            ends=ends,
        )
        campaigns[node, objective] = campaign
        ad_sets[campaign.id] = [
            AdSet(
                id=entity_id(account.platform, account.number, month, "ad_set", c * 10 + s),
                name=AUDIENCES[s],
                campaign=campaign,
                created_at=created_at,
                ends=ends,
            )
            for s in range(int(rng.integers(1, len(AUDIENCES) + 1)))
        ]
    return campaigns, ad_sets


def build_block(seed: int, account: SandboxAccount, plan: MonthPlan) -> Block:
    """The account's share of a month's plan, with ids, lives and daily numbers."""
    rng = np.random.default_rng([seed, 31, account.number, plan.month])
    placements = [p for p in plan.placements if p.account == account]
    lives = _lives(rng, plan.month, placements)
    campaigns, ad_sets = _campaigns(
        rng, account, plan.month, [life for group in lives for life in group]
    )
    creatives: list[Creative] = []
    ads: list[Ad] = []
    for index, (placement, group) in enumerate(zip(placements, lives, strict=True)):
        campaign = campaigns[placement.node, placement.objective]

        def new_id(kind: str, number: int) -> str:
            return entity_id(account.platform, account.number, plan.month, kind, number)

        films = account.platform in {"meta", "x_ads"} and rng.random() < 0.06
        creative = Creative(
            id=new_id("creative", index),
            post_id=new_id("post", index),
            video_id=new_id("video", index) if films else None,
            name=f"{placement.picture.headline} ({index + 1})",
            picture=placement.picture,
            campaign=campaign,
            created_at=account.midnight(min(life.start for life in group)).astimezone(UTC),
        )
        creatives.append(creative)
        for variant, life in enumerate(group):
            choices = ad_sets[campaign.id]
            gone_at = None if life.gone is None else account.midnight(life.gone).astimezone(UTC)
            ads.append(
                Ad(
                    id=new_id("ad", len(ads)),
                    name=f"{NODES[placement.node]} {placement.picture.headline} v{variant + 1}",
                    ad_set=choices[int(rng.integers(len(choices)))],
                    creative=creative,
                    start=life.start,
                    ends=life.ends,
                    gone=life.gone,
                    created_at=account.midnight(life.start).astimezone(UTC),
                    gone_at=gone_at,
                )
            )
    days = draw_days(
        np.random.default_rng([seed, 32, account.number, plan.month]),
        account,
        _draws(seed, ads),
    )
    sets = tuple(a for of_campaign in ad_sets.values() for a in of_campaign)
    return Block(tuple(campaigns.values()), sets, tuple(creatives), tuple(ads), days)


def _draws(seed: int, ads: list[Ad]) -> AdDraws:
    effects = true_effects(seed)

    def effect(ad: Ad) -> float:
        campaign, picture = ad.creative.campaign, ad.creative.picture
        known = log_effect(effects[campaign.node, campaign.objective], picture.attributes)
        return known + picture.own

    def cell(ad: Ad) -> tuple[str, str]:
        return ad.creative.campaign.node, ad.creative.campaign.objective

    return AdDraws(
        start=np.array([ad.start.toordinal() for ad in ads], dtype=np.int64),
        days=np.array([(ad.ends - ad.start).days + 1 for ad in ads], dtype=np.int64),
        gone=np.array(
            [_NEVER if ad.gone is None else ad.gone.toordinal() for ad in ads], dtype=np.int64
        ),
        objective=np.array([ad.creative.campaign.objective for ad in ads], dtype=np.str_),
        effect=np.array([effect(ad) for ad in ads], dtype=np.float64),
        video=np.array([ad.creative.video_id is not None for ad in ads], dtype=np.bool_),
        tiny=np.array([cell(ad) == EMPTY_CELL for ad in ads], dtype=np.bool_),
    )
