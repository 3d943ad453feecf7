"""Adds up X's series per ad and day, and turns the sums into columns.

In a series, null means zero at every point; a metric that is not in the reply at all was not
offered and stays null.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from include.errors import SchemaDrift
from include.sources.replies import Account
from include.sources.strict import (
    MICROS,
    Row,
    put_count,
    put_fraction,
    put_money,
    record,
    set_aside,
)

# Metric -> what it is added to.
COUNTS = {
    "impressions": "impressions",
    "clicks": "clicks",
    "url_clicks": "link_clicks",
    "engagements": "engagements",
    "video_total_views": "video_views",
    "video_views_100": "video_completions",
    "likes": "reactions",
    "replies": "comments",
    "retweets": "shares",
    "follows": "follows",
    "billed_charge_local_micro": "spend",
}
# Objects of series; `metric` counts events, `sale_amount` is money in micros
# (https://twittercommunity.com/t/announcement-additional-stats-metrics/78370).
CONVERSIONS = {
    "conversion_purchases": {
        "metric": "purchases",
        "sale_amount": "revenue",
        "post_view": "view_through_conversions",
    },
    "conversion_sign_ups": {"metric": "leads", "post_view": "view_through_conversions"},
    "mobile_conversion_installs": {
        "post_view": "app_installs",
        "post_engagement": "app_installs",
    },
}
SUMS = tuple(
    dict.fromkeys([*COUNTS.values(), *(c for p in CONVERSIONS.values() for c in p.values())])
)
OF_COUNTS = ("impressions", "clicks", "link_clicks", "engagements", "video_views",
             "video_completions", "reactions", "comments", "shares", "follows")  # fmt: skip
OF_FRACTIONS = ("leads", "purchases", "view_through_conversions", "app_installs")
OF_MONEY = ("spend", "revenue")
IGNORED = frozenset(
    {
        "app_clicks", "card_engagements", "qualified_impressions", "carousel_swipes",
        "billed_engagements", "unfollows", "tweets_send", "poll_card_vote", "media_views",
        "media_engagements", "video_views_25", "video_views_50", "video_views_75",
        "video_3s100pct_views", "video_6s_views", "video_15s_views", "video_cta_clicks",
        "video_content_starts", "video_mrc_views", "conversion_site_visits",
        "conversion_downloads", "conversion_custom", "conversion_add_to_carts",
        "conversion_checkouts_initiated", "conversion_content_views",
        "conversion_payment_info_additions", "conversion_add_to_wishlists",
        "conversion_searches", "conversion_landing_page_views", "conversion_subscriptions",
        "mobile_conversion_spent_credits", "mobile_conversion_key_page_views",
        "mobile_conversion_rated", "mobile_conversion_purchases", "mobile_conversion_sign_ups",
        "mobile_conversion_tutorials_completed", "mobile_conversion_reservations",
        "mobile_conversion_level_achieved", "mobile_conversion_achievements_unlocked",
        "mobile_conversion_searches", "mobile_conversion_add_to_cart",
        "mobile_conversion_add_to_wishlist", "mobile_conversion_shares",
        "mobile_conversion_logins", "mobile_conversion_updates", "mobile_conversion_re_engages",
        "mobile_conversion_content_views", "mobile_conversion_invites",
        "mobile_conversion_checkouts_initiated", "mobile_conversion_payment_info_additions",
    }
)  # fmt: skip
# 90 days and a clock change; more would be hours nobody asked for.
MOST_POINTS = 90 * 24 + 1
_DOES = "A developer has to look at include/sources/x_ads.py."


@dataclass
class Totals:
    """What one ad did on one day, so far; a column that is missing was not offered."""

    sums: dict[str, int] = field(default_factory=dict)
    unparsed: dict[str, Any] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        """Whether there is anything to report."""
        return bool(self.unparsed) or any(self.sums.values())


def add_series(
    totals: dict[tuple[str, date], Totals],
    ad_id: str,
    metrics: Mapping[str, Any],
    *,
    days: Sequence[date],
    unknown: Counter[str],
    where: str,
) -> None:
    """Add one ad's series of one placement to its days.

    Raises:
        SchemaDrift: a series has another length than the reply says, or is no series.
    """
    for name, series in metrics.items():
        if name in COUNTS:
            _add(totals, ad_id, COUNTS[name], series, days=days, where=where)
        elif name in CONVERSIONS:
            if series is not None and not isinstance(series, Mapping):
                raise SchemaDrift(
                    f"{where}: {name} of ad {ad_id} is {series!r:.80}, expected an object of "
                    f"series. {_DOES}"
                )
            for part, column in CONVERSIONS[name].items():
                _add(totals, ad_id, column, (series or {}).get(part), days=days, where=where)
        elif name not in IGNORED:
            unknown[f"stats.{name}"] += 1


def _add(
    totals: dict[tuple[str, date], Totals],
    ad_id: str,
    column: str,
    series: Any,
    *,
    days: Sequence[date],
    where: str,
) -> None:
    if series is None:
        for day in set(days):
            totals[ad_id, day].sums.setdefault(column, 0)
        return
    if not isinstance(series, list) or len(series) != len(days):
        raise SchemaDrift(
            f"{where}: {column} of ad {ad_id} is {series!r:.80}, expected {len(days)} numbers. "
            f"{_DOES}"
        )
    for day, value in zip(days, series, strict=True):
        total = totals[ad_id, day]
        if value is None:
            total.sums.setdefault(column, 0)
        elif isinstance(value, int) and not isinstance(value, bool):
            total.sums[column] = total.sums.get(column, 0) + value
        else:
            total.unparsed[column] = value


def day_row(total: Totals) -> Row:
    """The measures of one ad and day as columns of `ad_daily`."""
    row: Row = {"reach": None, "landing_page_views": None}  # not offered per ad
    sums = total.sums
    for column in OF_COUNTS:
        put_count(row, column, sums.get(column))
    for column in OF_FRACTIONS:
        put_fraction(row, column, sums.get(column))
    for column in OF_MONEY:
        put_money(row, column, sums.get(column), divisor=MICROS)
    parts = [sums[name] for name in ("leads", "purchases") if name in sums]
    put_fraction(row, "conversions", sum(parts) if parts else None)
    for column, value in total.unparsed.items():
        set_aside(row, column, value)
    return row


def hours_of(body: Any, account: Account) -> tuple[datetime, int, str]:
    """First hour, number of points, and granularity of a reply's series.

    Raises:
        SchemaDrift: the reply does not say which hours it covers.
    """
    where = f"x_ads {account.account_id} stats"
    request = record(record(body, "stats", account).get("request"), "stats", account)
    params: Any = request.get("params")
    try:
        start = datetime.fromisoformat(params["start_time"])
        granularity = params["granularity"]
        length = int(body["time_series_length"])
        if start.tzinfo is None or not 0 <= length <= MOST_POINTS:
            raise ValueError
    except (KeyError, TypeError, ValueError) as error:
        raise SchemaDrift(
            f"{where}: the reply does not say which hours it covers ({params!r:.120}). {_DOES}"
        ) from error
    if granularity not in {"HOUR", "DAY"}:
        raise SchemaDrift(
            f"{where}: granularity is {granularity!r:.40}, expected HOUR or DAY. {_DOES}"
        )
    return start, length, granularity


def days_of_points(body: Any, account: Account) -> tuple[date, ...]:
    """The account's day of each point of a reply's series.

    Raises:
        SchemaDrift: the reply does not say which hours it covers.
    """
    start, length, granularity = hours_of(body, account)
    return _days(start, length, granularity, account.timezone)


@lru_cache(maxsize=64)
def _days(start: datetime, length: int, granularity: str, timezone: str) -> tuple[date, ...]:
    zone = ZoneInfo(timezone)
    if granularity == "DAY":
        first = start.astimezone(zone).date()
        return tuple(first + timedelta(days=k) for k in range(length))
    # The middle of the hour decides: in zones whose days begin at half past, or a quarter to,
    # no hour lies wholly inside one day.
    start = start.astimezone(UTC) + timedelta(minutes=30)
    return tuple((start + timedelta(hours=k)).astimezone(zone).date() for k in range(length))
