"""X's statistics: series of hours or days per entity, and which entities changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from include.sandbox.accounts import SandboxAccount
from include.sandbox.entities import Ad
from include.sandbox.world import Seen, World, day_curve
from include.sandbox.x_calls import invalid
from include.sandbox.x_entities import funding_id, time_text

PLACEMENTS = ("ALL_ON_TWITTER", "SPOTLIGHT", "TREND")
_HOUR = timedelta(hours=1)
_RESTATED = timedelta(days=14)
# Changes are told to the second, not by whole hours.
_FIRST = timedelta(minutes=30, seconds=7)

_ENGAGEMENT = {
    "impressions": "impressions",
    "clicks": "clicks",
    "url_clicks": "link_clicks",
    "engagements": "engagements",
    "likes": "likes",
    "retweets": "shares",
    "replies": "comments",
}
_ENGAGEMENT_NULL = (
    "follows",
    "app_clicks",
    "card_engagements",
    "qualified_impressions",
    "carousel_swipes",
)
# Share of the views that got so far.
_VIDEO = {
    "video_total_views": 1.0,
    "video_views_25": 0.75,
    "video_views_50": 0.5,
    "video_views_75": 0.3,
    "video_views_100": 0.2,
    "video_3s100pct_views": 0.8,
    "video_6s_views": 0.4,
    "video_15s_views": 0.2,
    "video_content_starts": 1.0,
}
_NO_CONVERSIONS = (
    "conversion_site_visits",
    "conversion_downloads",
    "conversion_custom",
    "conversion_add_to_carts",
    "conversion_checkouts_initiated",
    "conversion_content_views",
    "conversion_payment_info_additions",
    "conversion_add_to_wishlists",
    "conversion_searches",
    "conversion_landing_page_views",
    "conversion_subscriptions",
)
_MOBILE = ("mobile_conversion_installs", "mobile_conversion_purchases")
METRIC_GROUPS = ("ENGAGEMENT", "BILLING", "VIDEO", "WEB_CONVERSION", "MOBILE_CONVERSION")
# What each kind of entity is, seen from an ad.
LEVELS: Mapping[str, Any] = {
    "ACCOUNT": lambda account, ad: account.account_id,
    "FUNDING_INSTRUMENT": lambda account, ad: funding_id(account),
    "CAMPAIGN": lambda account, ad: ad.ad_set.campaign.id,
    "LINE_ITEM": lambda account, ad: ad.ad_set.id,
    "PROMOTED_TWEET": lambda account, ad: ad.id,
}


ACTIVE_LEVELS = tuple(level for level in LEVELS if level != "ACCOUNT")


def check_day_ends(account: SandboxAccount, start: datetime, end: datetime) -> None:
    """DAY wants both ends at the account's midnight."""
    for name, moment in (("start_time", start), ("end_time", end)):
        if moment.astimezone(account.zone).time() != time():
            raise invalid(
                f"Expected {name} to be at midnight of {account.timezone} for granularity DAY", name
            )


def placements_of(ad: Ad) -> tuple[str, ...]:
    """Every tenth ad is also shown in the spotlight, where a tenth of its numbers arise."""
    return PLACEMENTS[:2] if int(ad.id, 36) % 10 == 0 else PLACEMENTS[:1]


class Stats:
    """Series of one account between two instants, in one placement."""

    def __init__(
        self,
        world: World,
        account: SandboxAccount,
        now: datetime,
        *,
        start: datetime,
        end: datetime,
        granularity: str,
        placement: str,
    ) -> None:
        self._account = account
        self._placement = placement
        first = start.astimezone(account.zone).date()
        last = (end - _HOUR).astimezone(account.zone).date()
        self._seen: Seen = world.whole_days(account, first, last, now)
        hours = int((end - start) / _HOUR)
        days = [(start + h * _HOUR).astimezone(account.zone).date() for h in range(hours)]
        if granularity == "HOUR":
            self._bucket = np.arange(hours)
        elif granularity == "DAY":
            self._bucket = np.array([(day - first).days for day in days])
        else:
            self._bucket = np.zeros(hours, dtype=np.int64)
        self.length = int(self._bucket[-1]) + 1
        self._hours = _hours_by_day(account, start, days, now)

    def of(self, level: str, entity_ids: Sequence[str], groups: Sequence[str]) -> list[Any]:
        """One element per asked entity, in the asked order."""
        rows = _Rows(self._seen, self._account, level, entity_ids, self._hours)
        spread = _Spread(rows, self._placement, self._bucket, self.length)
        told = _metrics(self._seen, spread, groups)
        return [
            {
                "id": entity,
                "id_data": [{"segment": None, "metrics": _of_one(told, position)}],
            }
            for position, entity in enumerate(entity_ids)
        ]


# By local day: its hours in the window, the share of the day before each, and after it.
HoursByDay = Mapping[int, tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]]


def _hours_by_day(
    account: SandboxAccount, start: datetime, days: Sequence[date], now: datetime
) -> HoursByDay:
    """Hours that still run are left out: they are not told yet."""
    found: dict[int, tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]] = {}
    at = 0
    for day, same in groupby(days):
        number = sum(1 for _ in same)
        hours = np.arange(at, at + number)
        at += number
        told = int(np.clip((now - start) / _HOUR - hours[0], 0, number))
        if told == 0:
            continue
        # Whole seconds, divided once: the end of the day's last hour is exactly 1.
        offset = (start - account.midnight(day).astimezone(UTC)).total_seconds()
        length = account.day_length(day).total_seconds()
        begins = offset + 3600.0 * hours[:told]
        curves = day_curve(begins / length), day_curve((begins + 3600.0) / length)
        found[day.toordinal()] = (hours[:told], *curves)
    return found


class _Rows:
    """The ad days of the asked entities, each repeated for every hour of it in the window."""

    def __init__(
        self,
        seen: Seen,
        account: SandboxAccount,
        level: str,
        entity_ids: Sequence[str],
        hours: HoursByDay,
    ) -> None:
        places = {entity: place for place, entity in enumerate(entity_ids)}
        of_ad = np.array([places.get(LEVELS[level](account, ad), -1) for ad in seen.ads], np.int64)
        wanted = np.isin(seen.day, list(hours)) if hours else np.zeros(len(seen.day), bool)
        self.rows = (
            np.nonzero(wanted & (of_ad[seen.ad] >= 0))[0] if len(seen) else np.array([], int)
        )
        parts = [hours[day] for day in seen.day[self.rows].tolist()]
        lengths = np.array([len(part[0]) for part in parts], np.int64)
        self.repeated = np.repeat(np.arange(len(self.rows)), lengths)
        none = np.array([], np.float64)
        self.hour = np.concatenate([part[0] for part in parts] or [none.astype(np.int64)])
        self.before = np.concatenate([part[1] for part in parts] or [none])
        self.after = np.concatenate([part[2] for part in parts] or [none])
        ads = seen.ad[self.rows]
        self.entity = of_ad[ads][self.repeated]
        self.entities = len(entity_ids)
        spot = np.array([len(placements_of(ad)) > 1 for ad in seen.ads], bool)
        self.in_spotlight = spot[ads]


class _Spread:
    """Spreads daily values over the hours; whole numbers that add up to the day's."""

    def __init__(self, rows: _Rows, placement: str, bucket: NDArray[np.int64], length: int) -> None:
        self._rows = rows
        self._placement = placement
        self._length = length
        self._at = rows.entity * length + bucket[rows.hour]

    def series(self, values: NDArray[Any], share: float = 1.0) -> NDArray[np.int64]:
        """By entity and point; a tenth of what ads in the spotlight do happens there."""
        rows = self._rows
        total = np.trunc(values[rows.rows] * share).astype(np.int64)
        aside = np.where(rows.in_spotlight, total // 10, 0)
        placed = {"ALL_ON_TWITTER": total - aside, "SPOTLIGHT": aside}.get(
            self._placement, np.zeros_like(total)
        )
        each = placed[rows.repeated]
        part = np.floor(each * rows.after) - np.floor(each * rows.before)
        size = rows.entities * self._length
        found = np.bincount(self._at, weights=part, minlength=size)
        return found.astype(np.int64).reshape(rows.entities, self._length)


def _metrics(seen: Seen, spread: _Spread, groups: Sequence[str]) -> dict[str, Any]:
    """Every metric of the groups: an array by entity and point, None, or an object of those."""
    metrics: dict[str, Any] = {}
    if "ENGAGEMENT" in groups:
        for name, column in _ENGAGEMENT.items():
            metrics[name] = spread.series(seen.counts[column])
        metrics |= dict.fromkeys(_ENGAGEMENT_NULL)
    if "BILLING" in groups:
        metrics["billed_engagements"] = spread.series(seen.counts["engagements"])
        metrics["billed_charge_local_micro"] = spread.series(seen.spend)
    if "VIDEO" in groups:
        for name, share in _VIDEO.items():
            metrics[name] = spread.series(seen.counts["video_views"], share)
        metrics["video_cta_clicks"] = None
    if "WEB_CONVERSION" in groups:
        purchases, amounts = spread.series(seen.purchases), spread.series(seen.revenue)
        metrics["conversion_purchases"] = _conversion_object(purchases, amounts)
        metrics["conversion_sign_ups"] = _conversion_object(spread.series(seen.leads), None)
        metrics |= {name: _conversion_object(None, None) for name in _NO_CONVERSIONS}
    if "MOBILE_CONVERSION" in groups:
        metrics |= {name: _conversion_object(None, None) for name in _MOBILE}
    return metrics


def _of_one(told: Mapping[str, Any], position: int) -> dict[str, Any]:
    """One entity's share; a series that is 0 everywhere is null."""
    found: dict[str, Any] = {}
    for name, value in told.items():
        if isinstance(value, dict):
            found[name] = _of_one(value, position)
        else:
            series = None if value is None else value[position]
            found[name] = None if series is None or not series.any() else series
    return found


def _conversion_object(series: Any, amounts: Any) -> dict[str, Any]:
    """What X tells of one kind of conversion; only what is bought has quantities."""
    ordered = None if amounts is None else series
    return {
        "metric": series,
        "post_view": None,
        "post_engagement": series,
        "assisted": None,
        "order_quantity": ordered,
        "order_quantity_view": None,
        "order_quantity_engagement": ordered,
        "sale_amount": amounts,
        "sale_amount_view": None,
        "sale_amount_engagement": amounts,
    }


def active_entities(
    world: World,
    account: SandboxAccount,
    now: datetime,
    *,
    start: datetime,
    end: datetime,
    level: str,
    chosen: Mapping[str, Collection[str]],
) -> list[dict[str, Any]]:
    """Entities whose numbers changed in these hours, with the time that the change touches.

    Bills and conversions of a day change for up to 14 days, so an ad that ran then is listed.

    Args:
        chosen: level -> ids that the entities have to belong to.
    """
    first = (start - _RESTATED).astimezone(account.zone).date()
    last = (end - _HOUR).astimezone(account.zone).date()
    seen = world.daily(account, first, last, now)
    spans: dict[str, tuple[int, int, set[str]]] = {}
    for ad_index, day in zip(seen.ad.tolist(), seen.day.tolist(), strict=True):
        ad = seen.ads[ad_index]
        if any(LEVELS[above](account, ad) not in ids for above, ids in chosen.items()):
            continue
        key = LEVELS[level](account, ad)
        low, high, placed = spans.get(key, (day, day, set()))
        spans[key] = (min(low, day), max(high, day), placed | set(placements_of(ad)))
    return [
        {
            "entity_id": key,
            "activity_start_time": time_text(account.midnight(date.fromordinal(low)) + _FIRST),
            "activity_end_time": time_text(account.midnight(date.fromordinal(high + 1)) - _FIRST),
            "placements": sorted(placed),
        }
        for key, (low, high, placed) in spans.items()
    ]
