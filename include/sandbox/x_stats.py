"""X's statistics: series of hours or days per entity, and which entities changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from include.sandbox.accounts import SandboxAccount
from include.sandbox.entities import Ad
from include.sandbox.world import Seen, World, day_curve
from include.sandbox.x_entities import time_text

PLACEMENTS = ("ALL_ON_TWITTER", "SPOTLIGHT", "TREND")
_HOUR = timedelta(hours=1)
_RESTATED = timedelta(days=14)

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
METRIC_GROUPS = ("ENGAGEMENT", "BILLING", "VIDEO", "WEB_CONVERSION", "MOBILE_CONVERSION")
# What each kind of entity is, seen from an ad.
LEVELS: Mapping[str, Any] = {
    "ACCOUNT": lambda account, ad: account.account_id,
    "CAMPAIGN": lambda account, ad: ad.ad_set.campaign.id,
    "LINE_ITEM": lambda account, ad: ad.ad_set.id,
    "PROMOTED_TWEET": lambda account, ad: ad.id,
}


class XError(Exception):
    """An error reply of the Ads API."""

    def __init__(self, http: int, code: str, message: str, parameter: str | None = None) -> None:
        super().__init__(message)
        self.http, self.code, self.parameter = http, code, parameter

    def body(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The reply's body as the platform writes it."""
        error = {"code": self.code, "message": str(self)}
        if self.parameter is not None:
            error["parameter"] = self.parameter
        return {"errors": [error], "request": {"params": dict(params)}}


def instant(text: str | None, name: str, account: SandboxAccount) -> datetime:
    """A whole hour in UTC; a date without time is the account's midnight.

    Raises:
        XError: missing, no time, or not a whole hour.
    """
    if text is None:
        raise XError(400, "MISSING_PARAMETER", f'"{name}" is a required parameter', name)
    try:
        if len(text) == len("2026-03-01"):
            found = account.midnight(date.fromisoformat(text))
        else:
            found = datetime.fromisoformat(text)
    except ValueError as error:
        raise XError(
            400, "INVALID_PARAMETER", f'Expected time, got "{text}" for {name}', name
        ) from error
    if found.tzinfo is None:
        found = found.replace(tzinfo=account.zone)
    found = found.astimezone(UTC)
    if (found.minute, found.second) != (0, 0):
        raise XError(400, "INVALID_PARAMETER", f'Expected whole hours, got "{text}"', name)
    return found


def check_day_ends(account: SandboxAccount, start: datetime, end: datetime) -> None:
    """DAY wants both ends at the account's midnight."""
    for name, moment in (("start_time", start), ("end_time", end)):
        if moment.astimezone(account.zone).time() != time():
            raise XError(
                400,
                "INVALID_PARAMETER",
                f"Expected {name} to be at midnight of {account.timezone} for granularity DAY",
                name,
            )


def placements_of(ad: Ad) -> tuple[str, ...]:
    """Every tenth ad is also shown in the spotlight, where a tenth of its numbers arise."""
    return PLACEMENTS[:2] if int(ad.id, 36) % 10 == 0 else PLACEMENTS[:1]


def _placed(ad: Ad, placement: str, total: int) -> int:
    aside = total // 10 if len(placements_of(ad)) > 1 else 0
    return {"ALL_ON_TWITTER": total - aside, "SPOTLIGHT": aside, "TREND": 0}[placement]


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
        self._start, self._end, self._now = start, end, now
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
        self._cut = self._cuts(days)

    def _cuts(self, days: Sequence[date]) -> dict[int, list[tuple[int, float, float]]]:
        """By local day: its hours in the window, as (hour, share before it, share after it)."""
        cuts: dict[int, list[tuple[int, float, float]]] = {}
        for hour, day in enumerate(days):
            begins = self._start + hour * _HOUR
            if begins + _HOUR > self._now:
                break  # an hour that still runs is not told yet
            midnight, length = self._account.midnight(day), self._account.day_length(day)
            before = float(day_curve((begins - midnight.astimezone(UTC)) / length))
            after = float(day_curve((begins + _HOUR - midnight.astimezone(UTC)) / length))
            cuts.setdefault(day.toordinal(), []).append((hour, before, after))
        return cuts

    def of(self, level: str, entity_ids: Sequence[str], groups: Sequence[str]) -> list[Any]:
        """One element per asked entity, in the asked order."""
        rows: dict[str, list[int]] = {entity: [] for entity in entity_ids}
        keys = [LEVELS[level](self._account, ad) for ad in self._seen.ads]
        for row, ad in enumerate(self._seen.ad.tolist()):
            if keys[ad] in rows:
                rows[keys[ad]].append(row)
        return [
            {"id": entity, "id_data": [{"segment": None, "metrics": self._metrics(of, groups)}]}
            for entity, of in rows.items()
        ]

    def _series(self, rows: Sequence[int], values: NDArray[Any], share: float = 1.0) -> Any:
        """The sum over the rows, spread over their hours; None when it is 0 everywhere."""
        series = np.zeros(self.length, dtype=np.int64)
        for row in rows:
            ad = self._seen.ads[self._seen.ad[row]]
            total = _placed(ad, self._placement, int(values[row] * share))
            if total == 0:
                continue
            for hour, before, after in self._cut.get(int(self._seen.day[row]), ()):
                series[self._bucket[hour]] += int(total * after) - int(total * before)
        return series.tolist() if series.any() else None

    def _metrics(self, rows: Sequence[int], groups: Sequence[str]) -> dict[str, Any]:
        seen, metrics = self._seen, dict[str, Any]()
        if "ENGAGEMENT" in groups:
            for name, column in _ENGAGEMENT.items():
                metrics[name] = self._series(rows, seen.counts[column])
            metrics |= dict.fromkeys(_ENGAGEMENT_NULL)
        if "BILLING" in groups:
            metrics["billed_engagements"] = self._series(rows, seen.counts["engagements"])
            metrics["billed_charge_local_micro"] = self._series(rows, seen.spend)
        if "VIDEO" in groups:
            for name, share in _VIDEO.items():
                metrics[name] = self._series(rows, seen.counts["video_views"], share)
            metrics["video_cta_clicks"] = None
        if "WEB_CONVERSION" in groups:
            metrics["conversion_purchases"] = self._conversion(rows, seen.purchases, seen.revenue)
            metrics["conversion_sign_ups"] = self._conversion(rows, seen.leads, None)
            metrics |= {name: _conversion_object(None, None) for name in _NO_CONVERSIONS}
        return metrics

    def _conversion(
        self, rows: Sequence[int], counts: NDArray[Any], worth: NDArray[Any] | None
    ) -> dict[str, Any]:
        amounts = None if worth is None else self._series(rows, worth)
        return _conversion_object(self._series(rows, counts), amounts)


def _conversion_object(series: Any, amounts: Any) -> dict[str, Any]:
    return {
        "metric": series,
        "post_view": None,
        "post_engagement": series,
        "assisted": None,
        "order_quantity": series,
        "order_quantity_view": None,
        "order_quantity_engagement": series,
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
) -> list[dict[str, Any]]:
    """Entities whose numbers changed in these hours, with the days that the change touches.

    Bills and conversions of a day change for up to 14 days, so an ad that ran then is listed.
    """
    first = (start - _RESTATED).astimezone(account.zone).date()
    last = (end - _HOUR).astimezone(account.zone).date()
    seen = world.daily(account, first, last, now)
    spans: dict[str, tuple[int, int, set[str]]] = {}
    for ad_index, day in zip(seen.ad.tolist(), seen.day.tolist(), strict=True):
        ad = seen.ads[ad_index]
        key = LEVELS[level](account, ad)
        low, high, placed = spans.get(key, (day, day, set()))
        spans[key] = (min(low, day), max(high, day), placed | set(placements_of(ad)))
    return [
        {
            "entity_id": key,
            "activity_start_time": time_text(account.midnight(date.fromordinal(low))),
            "activity_end_time": time_text(account.midnight(date.fromordinal(high + 1))),
            "placements": sorted(placed),
        }
        for key, (low, high, placed) in spans.items()
    ]
