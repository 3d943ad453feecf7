"""Adds up X's series per ad and day, and turns the sums into columns.

In a series, null means zero at every point; a metric that is not in the reply at all was not
offered and stays null.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from include.errors import SchemaDrift
from include.sources.strict import (
    MICROS,
    Row,
    put_count,
    put_fraction,
    put_money,
    set_aside,
)

COUNTS = {
    "impressions": "impressions",
    "clicks": "clicks",
    "url_clicks": "link_clicks",
    "engagements": "engagements",
    "video_total_views": "video_views",
    "billed_charge_local_micro": "spend",
}
# Objects of series; `metric` counts events, `sale_amount` is money in micros
# (https://twittercommunity.com/t/announcement-additional-stats-metrics/78370).
CONVERSIONS = {
    "conversion_purchases": {"metric": "purchases", "sale_amount": "revenue"},
    "conversion_sign_ups": {"metric": "leads"},
}
IGNORED = frozenset(
    {
        "likes", "retweets", "replies", "follows", "app_clicks", "card_engagements",
        "qualified_impressions", "carousel_swipes", "billed_engagements", "unfollows",
        "tweets_send", "poll_card_vote", "media_views", "media_engagements",
        "video_views_25", "video_views_50", "video_views_75", "video_views_100",
        "video_3s100pct_views", "video_6s_views", "video_15s_views", "video_cta_clicks",
        "video_content_starts", "video_mrc_views", "conversion_site_visits",
        "conversion_downloads", "conversion_custom", "conversion_add_to_carts",
        "conversion_checkouts_initiated", "conversion_content_views",
        "conversion_payment_info_additions", "conversion_add_to_wishlists",
        "conversion_searches", "conversion_landing_page_views", "conversion_subscriptions",
    }
)  # fmt: skip
ALWAYS = ("impressions", "clicks", "link_clicks", "engagements", "spend")


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
        SchemaDrift: a series has another length than the reply says.
    """
    for name, series in metrics.items():
        if name in COUNTS:
            _add(totals, ad_id, COUNTS[name], series, days=days, where=where)
        elif name in CONVERSIONS:
            parts = series if isinstance(series, Mapping) else {}
            for part, column in CONVERSIONS[name].items():
                _add(totals, ad_id, column, parts.get(part), days=days, where=where)
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
            "A developer has to look at include/sources/x_ads.py."
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
    row: Row = {}
    sums = total.sums
    put_count(row, "impressions", sums.get("impressions"))
    put_count(row, "reach", None)  # X tells it per campaign only
    put_count(row, "clicks", sums.get("clicks"))
    put_count(row, "link_clicks", sums.get("link_clicks"))
    put_count(row, "engagements", sums.get("engagements"))
    put_count(row, "video_views", sums.get("video_views"))
    put_money(row, "spend", sums.get("spend"), divisor=MICROS)
    put_fraction(row, "leads", sums.get("leads"))
    put_fraction(row, "purchases", sums.get("purchases"))
    parts = [sums[name] for name in ("leads", "purchases") if name in sums]
    put_fraction(row, "conversions", sum(parts) if parts else None)
    put_money(row, "revenue", sums.get("revenue"), divisor=MICROS)
    for column, value in total.unparsed.items():
        set_aside(row, column, value)
    return row
