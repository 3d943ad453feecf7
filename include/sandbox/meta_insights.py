"""Meta's insights: rows per ad (or level above) and day, with zero metrics left out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from include.sandbox.entities import Ad
from include.sandbox.meta_fields import KNOWN, MetaError
from include.sandbox.meta_nodes import GOAL, OBJECTIVE, Writer
from include.sandbox.meta_shapes import has_lost_ads

LEVELS = ("account", "campaign", "adset", "ad")
WINDOWS = frozenset(
    {
        "1d_click",
        "7d_click",
        "28d_click",
        "1d_view",
        "1d_ev",
        "dda",
        "default",
        "7d_view",
        "28d_view",
    }
)
"""Attribution windows that may be asked for; the last two are taken and no longer told."""
_ATTRIBUTION = "7d_click_1d_view"
# Insights exist for 37 months.
_MONTHS_KEPT = 37
# A lost ad had a fiftieth of what the others of its campaign have.
_LOST = 50


@dataclass(frozen=True)
class Asked:
    """One insights query: what is summed, and what is told of it."""

    since: date
    until: date
    level: str
    daily: bool
    fields: tuple[str, ...]
    windows: tuple[str, ...] = ()
    statuses: frozenset[str] | None = None
    least_impressions: int = 0
    node: str | None = None

    def __post_init__(self) -> None:
        for name in self.fields:
            if name not in KNOWN["AdsInsights"]:
                raise MetaError(f"(#100) {name} is not valid for fields param.", code=100)
        if self.level not in LEVELS:
            raise MetaError(
                "(#100) level must be one of the following values: ad, adset, campaign, account",
                code=100,
            )
        for window in self.windows:
            if window not in WINDOWS:
                raise MetaError(
                    f"(#100) action_attribution_windows[0] must be one of the following values, "
                    f"not {window}",
                    code=100,
                )


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

    def __init__(self, writer: Writer, asked: Asked) -> None:
        seen = writer.world.daily(writer.account, asked.since, asked.until, writer.now)
        keep = seen.counts["impressions"] > asked.least_impressions
        if asked.statuses is not None or asked.node is not None:
            wanted = [self._wanted(writer, ad, asked) for ad in seen.ads]
            keep &= np.array(wanted, dtype=bool)[seen.ad]
        rows = np.nonzero(keep)[0]
        self._writer, self._asked = writer, asked
        self.ad_days = len(rows)
        first, group = self._groups(seen.ads, seen.ad[rows], seen.day[rows])
        self._ads = [seen.ads[int(a)] for a in seen.ad[rows][first]]
        self._days = [date.fromordinal(int(d)).isoformat() for d in seen.day[rows][first]]

        def total(values: NDArray[Any]) -> list[int]:
            sums = np.bincount(group, values[rows], len(first))
            return [int(value) for value in sums]

        lost = self._lost(seen.ads, seen.ad) & (asked.level != "ad") & (asked.statuses is None)
        counts = {n: v + np.where(lost, v // _LOST, 0) for n, v in seen.counts.items()}
        cents = seen.spend // 10_000
        self._counts = {name: total(values) for name, values in counts.items()}
        self._cents = total(cents + np.where(lost, cents // _LOST, 0))
        self._leads = total(seen.leads.astype(np.int64))
        self._purchases = total(seen.purchases.astype(np.int64))
        self._revenue = total(seen.revenue)
        get = self._getters()
        names = [*asked.fields, "date_start", "date_stop"]
        self._told = [(name, get[name]) for name in dict.fromkeys(names) if name in get]

    def __len__(self) -> int:
        return len(self._ads)

    @property
    def cells(self) -> int:
        """What Meta has to look at: days of ads times fields."""
        return self.ad_days * len(self._asked.fields)

    def page(self, first: int, end: int) -> list[dict[str, Any]]:
        """Rows `first` to `end` (excluded) as Meta writes them."""
        told = self._told
        return [
            {name: value for name, get in told if (value := get(row)) is not None}
            for row in range(first, end)
        ]

    @staticmethod
    def _wanted(writer: Writer, ad: Ad, asked: Asked) -> bool:
        if asked.node is not None and asked.node not in {
            ad.id,
            ad.ad_set.id,
            ad.ad_set.campaign.id,
        }:
            return False
        return asked.statuses is None or writer.ad_status(ad) in asked.statuses

    @staticmethod
    def _lost(ads: Sequence[Ad], index: NDArray[np.int64]) -> NDArray[np.bool_]:
        lost = np.array([has_lost_ads(ad.ad_set.campaign) for ad in ads], dtype=bool)
        return lost[index] if len(ads) else np.zeros(0, dtype=bool)

    def _groups(
        self, ads: Sequence[Ad], ad: NDArray[np.int64], day: NDArray[np.int64]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """For each row of the answer its first ad day, and for each ad day its row."""
        of_level: dict[str, Callable[[Ad], str]] = {
            "ad": lambda a: a.id,
            "adset": lambda a: a.ad_set.id,
            "campaign": lambda a: a.ad_set.campaign.id,
            "account": lambda a: "",
        }
        names: dict[str, int] = {}
        key = of_level[self._asked.level]
        codes = np.array([names.setdefault(key(a), len(names)) for a in ads], dtype=np.int64)
        keys = (codes[ad] if len(ads) else ad) * 10_000_000 + (day if self._asked.daily else 0)
        _, first, group = np.unique(keys, return_index=True, return_inverse=True)
        return first, group

    def _getters(self) -> Mapping[str, Callable[[int], Any]]:
        """For each field what it is in a row; None leaves it out."""
        account, asked, n = self._writer.account, self._asked, self._counts

        def count(name: str) -> Callable[[int], str | None]:
            values = n[name]
            return lambda i: str(values[i]) if values[i] else None

        def same(value: str) -> Callable[[int], str]:
            return lambda i: value

        def day(whole: date) -> Callable[[int], str]:
            return (lambda i: self._days[i]) if asked.daily else same(whole.isoformat())

        views, money = n["video_views"], self._cents
        get: dict[str, Callable[[int], Any]] = {
            "account_id": same(account.account_id),
            "account_name": same(account.name),
            "account_currency": same(account.currency),
            "attribution_setting": same(_ATTRIBUTION),
            "impressions": count("impressions"),
            "reach": count("reach"),
            "clicks": count("clicks"),
            "inline_link_clicks": count("link_clicks"),
            "inline_post_engagement": count("engagements"),
            "frequency": lambda i: _ratio(n["impressions"][i], n["reach"][i]),
            "spend": lambda i: f"{money[i] // 100}.{money[i] % 100:02d}",
            "cpc": lambda i: _ratio(money[i] / 100, n["clicks"][i]),
            "cpm": lambda i: _ratio(10 * money[i], n["impressions"][i]),
            "ctr": lambda i: _ratio(100 * n["clicks"][i], n["impressions"][i]),
            "actions": self._actions,
            "action_values": self._values,
            "video_play_actions": lambda i: _watched(views[i], 1.6),
            "video_p25_watched_actions": lambda i: _watched(views[i], 0.8),
            "video_p50_watched_actions": lambda i: _watched(views[i], 0.5),
            "video_p75_watched_actions": lambda i: _watched(views[i], 0.3),
            "video_p100_watched_actions": lambda i: _watched(views[i], 0.2),
            "video_thruplay_watched_actions": lambda i: _watched(views[i], 0.25),
            "date_start": day(asked.since),
            "date_stop": day(asked.until),
        }
        ads = self._ads
        depth = LEVELS.index(asked.level)
        if depth >= 1:
            get |= {
                "campaign_id": lambda i: ads[i].ad_set.campaign.id,
                "campaign_name": lambda i: ads[i].ad_set.campaign.name,
                "objective": lambda i: OBJECTIVE[ads[i].ad_set.campaign.objective],
                "buying_type": same("AUCTION"),
            }
        if depth >= 2:
            get |= {
                "adset_id": lambda i: ads[i].ad_set.id,
                "adset_name": lambda i: ads[i].ad_set.name,
                "optimization_goal": lambda i: GOAL[ads[i].ad_set.campaign.objective],
            }
        if depth >= 3:
            now = self._writer.now
            get |= {
                "ad_id": lambda i: ads[i].id,
                "ad_name": lambda i: ads[i].name,
                "quality_ranking": same("UNKNOWN"),
                "created_time": lambda i: ads[i].start.isoformat(),
                "updated_time": lambda i: ads[i].updated_at(now).date().isoformat(),
            }
        return get

    def _actions(self, i: int) -> list[dict[str, str]] | None:
        """The same event under several action types, as Meta does: never to be summed."""
        n, leads, purchases = self._counts, self._leads[i], self._purchases[i]
        counts = (
            ("link_click", n["link_clicks"][i]),
            ("landing_page_view", n["link_clicks"][i] * 4 // 5),
            ("post_engagement", n["engagements"][i]),
            ("page_engagement", n["engagements"][i]),
            ("post_reaction", n["likes"][i]),
            ("comment", n["comments"][i]),
            ("post", n["shares"][i]),
            ("video_view", n["video_views"][i]),
        )
        told = [{"action_type": name, "value": str(count)} for name, count in counts if count]
        for count, families in ((leads, _LEADS), (purchases, _PURCHASES)):
            if count:
                entry = {"value": str(count), **self._parts(count)}
                told += [{"action_type": name, **entry} for name in families]
        return told or None

    def _parts(self, count: int) -> dict[str, str]:
        """What of a conversion came by click and by view, where that was asked for."""
        viewed = count // 4
        parts = {
            "1d_click": count - viewed,
            "7d_click": count - viewed,
            "28d_click": count - viewed,
            "1d_view": viewed,
        }
        return {w: str(parts[w]) for w in self._asked.windows if parts.get(w)}

    def _values(self, i: int) -> list[dict[str, str]] | None:
        micros = self._revenue[i]
        if not micros:
            return None
        value = f"{micros // 1_000_000}.{micros % 1_000_000:06d}".rstrip("0").rstrip(".")
        return [{"action_type": name, "value": value} for name in _PURCHASES[:3]]


_LEADS = ("lead", "onsite_conversion.lead_grouped")
_PURCHASES = (
    "omni_purchase",
    "purchase",
    "offsite_conversion.fb_pixel_purchase",
    "onsite_web_purchase",
)


def _ratio(above: float, below: float) -> str | None:
    return f"{above / below:.6f}" if above and below else None


def _watched(views: int, share: float) -> list[dict[str, str]] | None:
    count = int(views * share)
    return [{"action_type": "video_view", "value": str(count)}] if count else None
