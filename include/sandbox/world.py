"""The synthetic world behind the sandbox platforms: deterministic, and with known truth.

    world = World(today=date(2026, 11, 20))
    world.daily(account, since, until, now)   # what a platform would report at that instant
    world.truth("2026-11-0042")               # what really made that picture work

Months are drawn when they are first asked for. The world goes on when the clock passes
`today`; it begins `months` calendar months before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from include.sandbox.accounts import ACCOUNTS, SandboxAccount
from include.sandbox.effects import Effects, log_effect, true_effects
from include.sandbox.entities import Ad, AdSet, Block, Campaign, Creative, build_block
from include.sandbox.numbers import COUNTS, AdDays, joined, maturity, not_yet_credited
from include.sandbox.plan import MonthPlan, Picture, month_number, month_plan
from include.sandbox.templates import LAYOUTS, text_fraction

_KEPT_VIEWS = 64


@dataclass(frozen=True)
class Truth:
    """What is really so about a picture.

    `attributes`: labels by category of the vocabulary (`prop` is a tuple). `photo_box` is in
    fractions of the canvas; `text_fraction` is the share of it that lines of text cover.
    `multipliers`: by (node, objective), how much more result per money the picture gives than
    one whose effects are all 0; `shown_multipliers` leaves out the share that belongs to this
    picture alone.
    """

    picture: Picture
    attributes: Mapping[str, Any]
    layout: str
    photo_box: tuple[float, float, float, float]
    text_share: str
    text_fraction: float
    multipliers: Mapping[tuple[str, str], float]
    shown_multipliers: Mapping[tuple[str, str], float]


@dataclass(frozen=True)
class Seen:
    """Rows that a platform would report, ordered by ad and day.

    `ads[ad[i]]` is the ad of row i and `day[i]` its day (proleptic ordinal). Money is in micros.
    Conversions are floats: Google credits fractions.
    """

    ads: tuple[Ad, ...]
    ad: NDArray[np.int64]
    day: NDArray[np.int64]
    counts: Mapping[str, NDArray[np.int64]]
    spend: NDArray[np.int64]
    leads: NDArray[np.float64]
    purchases: NDArray[np.float64]
    revenue: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ad)


def day_curve(fraction: Any) -> Any:
    """Share of a day's delivery that lies before this fraction of the day: nights are quiet."""
    inside = np.clip(fraction, 0.0, 1.0)
    return np.where(inside >= 1.0, 1.0, inside - 0.8 * np.sin(2 * np.pi * inside) / (2 * np.pi))


class World:
    """All accounts of all platforms; see the module for what it gives."""

    def __init__(
        self, *, today: date, seed: int = 7, creatives_per_month: int = 640, months: int = 12
    ) -> None:
        if creatives_per_month < 1 or months < 1:
            raise ValueError(
                "world: creatives_per_month and months must be 1 or more, got "
                f"{creatives_per_month} and {months}."
            )
        self.today = today
        self.seed = seed
        self.creatives_per_month = creatives_per_month
        self.first_month = month_number(today.year, today.month) - months + 1
        self.accounts = ACCOUNTS
        self._plans: dict[int, MonthPlan] = {}
        self._blocks: dict[tuple[str, int], Block] = {}
        self._views: dict[tuple[str, int, int, int, float], Seen] = {}

    # -- truth -----------------------------------------------------------------------------

    @property
    def effects(self) -> Mapping[tuple[str, str], Effects]:
        """Log effect of every label, by (node, objective), category, label."""
        return true_effects(self.seed)

    def plan(self, month: int) -> MonthPlan:
        """The pictures and placements of one month (`month_number`)."""
        if month not in self._plans:
            self._plans[month] = month_plan(self.seed, month, self.creatives_per_month)
        return self._plans[month]

    def picture(self, key: str) -> Picture:
        """The picture with this key, such as `2026-11-0042`.

        Raises:
            ValueError: no picture has this key.
        """
        year, month, number = (int(part) for part in key.split("-"))
        pictures = self.plan(month_number(year, month)).pictures
        if number >= len(pictures):
            raise ValueError(f"world: no picture {key!r}; that month has {len(pictures)}.")
        return pictures[number]

    def truth(self, key: str) -> Truth:
        """What is really so about the picture with this key."""
        picture = self.picture(key)
        shown = {
            cell: log_effect(effects, picture.attributes) for cell, effects in self.effects.items()
        }
        return Truth(
            picture=picture,
            attributes=picture.attributes,
            layout=picture.layout,
            photo_box=LAYOUTS[picture.layout].photo_box,
            text_share=picture.text_share,
            text_fraction=text_fraction(picture),
            multipliers={c: float(np.exp(e + picture.own)) for c, e in shown.items()},
            shown_multipliers={c: float(np.exp(e)) for c, e in shown.items()},
        )

    # -- what exists -----------------------------------------------------------------------

    def block(self, account: SandboxAccount, month: int) -> Block:
        """What was born in one account in one month, drawn at the first call."""
        key = (account.account_id, month)
        if key not in self._blocks:
            self._blocks[key] = build_block(self.seed, account, self.plan(month))
        return self._blocks[key]

    def blocks(self, account: SandboxAccount, now: datetime) -> list[Block]:
        """The account's months from the first to that of `now`."""
        local = now.astimezone(account.zone)
        last = month_number(local.year, local.month)
        return [self.block(account, month) for month in range(self.first_month, last + 1)]

    def campaigns(self, account: SandboxAccount, now: datetime) -> list[Campaign]:
        """Campaigns made by now, oldest first."""
        return [c for b in self.blocks(account, now) for c in b.campaigns if c.created_at <= now]

    def ad_sets(self, account: SandboxAccount, now: datetime) -> list[AdSet]:
        """Ad sets made by now, oldest first."""
        return [a for b in self.blocks(account, now) for a in b.ad_sets if a.created_at <= now]

    def creatives(self, account: SandboxAccount, now: datetime) -> list[Creative]:
        """Creatives made by now, oldest first."""
        return [c for b in self.blocks(account, now) for c in b.creatives if c.created_at <= now]

    def ads(self, account: SandboxAccount, now: datetime) -> list[Ad]:
        """Ads made by now, deleted ones included, oldest month first."""
        return [a for b in self.blocks(account, now) for a in b.ads if a.created_at <= now]

    # -- what it did -----------------------------------------------------------------------

    def daily(self, account: SandboxAccount, since: date, until: date, now: datetime) -> Seen:
        """Ad days from `since` to `until`, both included, as the platform tells them at `now`.

        A day that still runs shows what happened up to the last full hour. Conversions grow
        with the age of the day until its restatement window is over; X takes spend back.
        """
        hour, instant = _full_hour(account, now)
        today = instant.date()
        elapsed = (instant - account.midnight(today)) / account.day_length(today)
        return self._view(account, since, until, hour, float(day_curve(elapsed)))

    def whole_days(self, account: SandboxAccount, since: date, until: date, now: datetime) -> Seen:
        """Like `daily`, but a day that still runs has the numbers of the whole day.

        Who tells hours cuts them off at `now` himself.
        """
        hour, _ = _full_hour(account, now)
        return self._view(account, since, until, hour, 1.0)

    def _view(
        self, account: SandboxAccount, since: date, until: date, hour: int, share: float
    ) -> Seen:
        key = (account.account_id, since.toordinal(), until.toordinal(), hour, share)
        if key not in self._views:
            if len(self._views) >= _KEPT_VIEWS:
                self._views.clear()
            instant = datetime.fromtimestamp(hour * 3600, account.zone)
            self._views[key] = self._seen(account, since, until, instant, share)
        return self._views[key]

    def _seen(
        self,
        account: SandboxAccount,
        since: date,
        until: date,
        instant: datetime,
        share_of_today: float,
    ) -> Seen:
        today = instant.date()
        blocks = self.blocks(account, instant)
        ads = tuple(ad for block in blocks for ad in block.ads)
        offsets = [0, *accumulate(len(block.ads) for block in blocks)][:-1]
        days = joined([block.days for block in blocks], offsets)
        first, last = since.toordinal(), min(until, today).toordinal()
        days = days.take(np.nonzero((days.day >= first) & (days.day <= last))[0])
        share = np.where(days.day == today.toordinal(), share_of_today, 1.0)
        return _as_told(account.platform, ads, days, today.toordinal(), share)


def _full_hour(account: SandboxAccount, now: datetime) -> tuple[int, datetime]:
    """The last full hour, as hours since 1970 and in the account's time zone."""
    hour = int(now.timestamp() // 3600)
    return hour, datetime.fromtimestamp(hour * 3600, account.zone)


def _as_told(
    platform: str, ads: tuple[Ad, ...], days: AdDays, today: int, share: NDArray[np.float64]
) -> Seen:
    """The rows as told on day `today`, of which only `share` has happened (1.0 if over)."""
    age = today - 1 - days.day
    counts = {name: np.floor(days.counts[name] * share).astype(np.int64) for name in COUNTS}
    bill = days.spend * (1.0 + days.credit * not_yet_credited(platform, age)) * share
    told = maturity(platform, age) * share
    if platform == "google_ads":
        leads = np.round(days.leads * told, 2)
        purchases = np.round(days.purchases * told, 2)
    else:
        leads = np.floor(days.leads * told + days.luck)
        purchases = np.floor(days.purchases * told + days.luck)
    rows = np.nonzero(counts["impressions"] > 0)[0]
    return Seen(
        ads=ads,
        ad=days.ad[rows],
        day=days.day[rows],
        counts={name: values[rows] for name, values in counts.items()},
        spend=(np.round(bill / 10_000).astype(np.int64) * 10_000)[rows],
        leads=leads[rows],
        purchases=purchases[rows],
        revenue=np.round(purchases * days.order_value).astype(np.int64)[rows],
    )
