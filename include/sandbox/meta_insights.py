"""Meta's insights: rows per ad (or level above) and day, with zero metrics left out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from include.sandbox.entities import Ad
from include.sandbox.meta_fields import KNOWN, MetaError
from include.sandbox.meta_nodes import GOAL, OBJECTIVE, Writer
from include.sandbox.world import Seen, World

_LEVELS = ("account", "campaign", "adset", "ad")
_ATTRIBUTION = "7d_click_1d_view"
# Insights exist for 37 months.
_MONTHS_KEPT = 37


def _day(text: Any, name: str) -> date:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise MetaError(
            f"(#100) Must be a date representation in the format YYYY-MM-DD: {name}", code=100
        ) from error


def time_range(text: str | None, today: date) -> tuple[date, date]:
    """Both ends of the asked range, included.

    Raises:
        MetaError: it is missing, malformed, upside down, or starts beyond 37 months.
    """
    if text is None:
        raise MetaError("(#100) The sandbox wants time_range on every insights call", code=100)
    try:
        asked = json.loads(text)
    except ValueError as error:
        raise MetaError("(#100) param time_range must be an object.", code=100) from error
    if not isinstance(asked, dict):
        raise MetaError("(#100) param time_range must be an object.", code=100)
    since, until = _day(asked.get("since"), "since"), _day(asked.get("until"), "until")
    if since > until:
        raise MetaError("(#100) since must be before until", code=100)
    if (today.year - since.year) * 12 + today.month - since.month > _MONTHS_KEPT:
        raise MetaError(
            "(#3018) The start date of the time range cannot be beyond 37 months from the "
            "current date",
            code=3018,
        )
    return since, until


class Insights:
    """The rows of one insights query; a page of them is written on request."""

    def __init__(
        self,
        world: World,
        writer: Writer,
        *,
        since: date,
        until: date,
        level: str,
        daily: bool,
        fields: Sequence[str],
        statuses: frozenset[str] | None,
        least_impressions: int,
    ) -> None:
        for name in fields:
            if name not in KNOWN["AdsInsights"]:
                raise MetaError(f"(#100) {name} is not valid for fields param.", code=100)
        if level not in _LEVELS:
            raise MetaError(
                "(#100) level must be one of the following values: ad, adset, campaign, account",
                code=100,
            )
        self._writer = writer
        self._level = level
        self._fields = [*fields, "date_start", "date_stop"]
        self._since, self._until, self._daily = since, until, daily
        seen = world.daily(writer.account, since, until, writer.now)
        keep = seen.counts["impressions"] > least_impressions
        if statuses is not None:
            wanted = np.array([writer.ad_status(ad) in statuses for ad in seen.ads], dtype=bool)
            keep &= wanted[seen.ad]
        self._seen = seen
        self._rows = self._groups(seen, np.nonzero(keep)[0])

    def __len__(self) -> int:
        return len(self._rows)

    def _group_key(self, ad: Ad) -> str:
        return {
            "ad": ad.id,
            "adset": ad.ad_set.id,
            "campaign": ad.ad_set.campaign.id,
            "account": "",
        }[self._level]

    def _groups(self, seen: Seen, rows: NDArray[np.intp]) -> list[NDArray[np.intp]]:
        """For each row of the answer the rows of `seen` that it sums."""
        if self._level == "ad" and self._daily:
            return list(rows[:, None])
        groups: dict[tuple[str, int], list[int]] = {}
        for row in rows.tolist():
            day = int(seen.day[row]) if self._daily else 0
            groups.setdefault((self._group_key(seen.ads[seen.ad[row]]), day), []).append(row)
        return [np.array(members, dtype=np.intp) for members in groups.values()]

    def page(self, first: int, end: int) -> list[dict[str, Any]]:
        """Rows `first` to `end` (excluded) as Meta writes them."""
        return [self._row(rows) for rows in self._rows[first:end]]

    def _row(self, rows: NDArray[np.intp]) -> dict[str, Any]:
        full = self._full(rows)
        return {name: full[name] for name in self._fields if full.get(name) is not None}

    def _full(self, rows: NDArray[np.intp]) -> Mapping[str, Any]:
        seen, account = self._seen, self._writer.account
        ad = seen.ads[seen.ad[rows[0]]]
        campaign = ad.ad_set.campaign
        n = {name: int(values[rows].sum()) for name, values in seen.counts.items()}
        spend = int(seen.spend[rows].sum())
        leads, purchases = int(seen.leads[rows].sum()), int(seen.purchases[rows].sum())
        first = date.fromordinal(int(seen.day[rows[0]])) if self._daily else self._since
        last = first if self._daily else self._until
        full: dict[str, Any] = {
            "account_id": account.account_id,
            "account_name": account.name,
            "account_currency": account.currency,
            "attribution_setting": _ATTRIBUTION,
            "impressions": _text(n["impressions"]),
            "reach": _text(n["reach"]),
            "frequency": _ratio(n["impressions"], n["reach"]),
            "clicks": _text(n["clicks"]),
            "inline_link_clicks": _text(n["link_clicks"]),
            "inline_post_engagement": _text(n["engagements"]),
            "spend": f"{spend / 1e6:.2f}",
            "cpc": _ratio(spend / 1e6, n["clicks"]),
            "cpm": _ratio(spend / 1e3, n["impressions"]),
            "ctr": _ratio(100 * n["clicks"], n["impressions"]),
            "actions": _actions(n, leads, purchases) or None,
            "action_values": _values(int(seen.revenue[rows].sum())),
            "video_play_actions": _watched(n["video_views"], 1.6),
            "video_p25_watched_actions": _watched(n["video_views"], 0.8),
            "video_p50_watched_actions": _watched(n["video_views"], 0.5),
            "video_p75_watched_actions": _watched(n["video_views"], 0.3),
            "video_p100_watched_actions": _watched(n["video_views"], 0.2),
            "video_thruplay_watched_actions": _watched(n["video_views"], 0.25),
            "date_start": first.isoformat(),
            "date_stop": last.isoformat(),
        }
        if self._level != "account":
            full |= {
                "campaign_id": campaign.id,
                "campaign_name": campaign.name,
                "objective": OBJECTIVE[campaign.objective],
                "buying_type": "AUCTION",
            }
        if self._level in {"adset", "ad"}:
            full |= {
                "adset_id": ad.ad_set.id,
                "adset_name": ad.ad_set.name,
                "optimization_goal": GOAL[campaign.objective],
            }
        if self._level == "ad":
            full |= {
                "ad_id": ad.id,
                "ad_name": ad.name,
                "quality_ranking": "UNKNOWN",
                "created_time": ad.start.isoformat(),
                "updated_time": ad.updated_at(self._writer.now).date().isoformat(),
            }
        return full


def _text(count: int) -> str | None:
    return str(count) if count else None


def _ratio(above: float, below: float) -> str | None:
    return f"{above / below:.6f}" if above and below else None


def _watched(views: int, share: float) -> list[dict[str, str]] | None:
    count = int(views * share)
    return [{"action_type": "video_view", "value": str(count)}] if count else None


def _actions(n: Mapping[str, int], leads: int, purchases: int) -> list[dict[str, str]]:
    """The same event under several action types, as Meta does: never to be summed."""
    counts = {
        "link_click": n["link_clicks"],
        "post_engagement": n["engagements"],
        "page_engagement": n["engagements"],
        "post_reaction": n["likes"],
        "comment": n["comments"],
        "post": n["shares"],
        "video_view": n["video_views"],
        "lead": leads,
        "onsite_conversion.lead_grouped": leads,
        "omni_purchase": purchases,
        "purchase": purchases,
        "offsite_conversion.fb_pixel_purchase": purchases,
        "onsite_web_purchase": purchases,
    }
    return [{"action_type": name, "value": str(count)} for name, count in counts.items() if count]


def _values(micros: int) -> list[dict[str, str]] | None:
    if not micros:
        return None
    value = f"{micros / 1e6:.2f}".rstrip("0").rstrip(".")
    families = ("omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase")
    return [{"action_type": name, "value": value} for name in families]
