"""LinkedIn's adAnalytics: one element per pivot value and period, only the asked fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from include.sandbox.accounts import SandboxAccount
from include.sandbox.entities import Ad
from include.sandbox.world import Seen

MOST_FIELDS = 20
MOST_DAYS_OF_REACH = 92
_COP_PER_USD = 4_000

PIVOTS: Mapping[str, Callable[[SandboxAccount, Ad], str]] = {
    "CREATIVE": lambda account, ad: f"urn:li:sponsoredCreative:{ad.id}",
    "CAMPAIGN": lambda account, ad: f"urn:li:sponsoredCampaign:{ad.ad_set.id}",
    "CAMPAIGN_GROUP": lambda account, ad: f"urn:li:sponsoredCampaignGroup:{ad.ad_set.campaign.id}",
    "ACCOUNT": lambda account, ad: f"urn:li:sponsoredAccount:{account.account_id}",
}
# Facets beside `accounts`, and what of an ad they name.
FACETS = {"creatives": "CREATIVE", "campaigns": "CAMPAIGN", "campaignGroups": "CAMPAIGN_GROUP"}
GRANULARITIES = ("ALL", "DAILY", "MONTHLY", "YEARLY")
_COUNTS = {
    "impressions": "impressions",
    "clicks": "clicks",
    "landingPageClicks": "link_clicks",
    "totalEngagements": "engagements",
    "approximateMemberReach": "reach",
    "likes": "likes",
    "reactions": "likes",
    "comments": "comments",
    "shares": "shares",
    "videoViews": "video_views",
}
_MONEY = ("costInLocalCurrency", "costInUsd", "conversionValueInLocalCurrency")
_PURCHASES = ("externalWebsiteConversions", "externalWebsitePostClickConversions")
_LEADS = ("oneClickLeads", "oneClickLeadFormOpens")
_ALWAYS_ZERO = (
    "externalWebsitePostViewConversions",
    "qualifiedLeads",
    "follows",
    "companyPageClicks",
    "otherEngagements",
    "videoStarts",
    "videoFirstQuartileCompletions",
    "videoMidpointCompletions",
    "videoThirdQuartileCompletions",
    "videoCompletions",
    "fullScreenPlays",
    "sends",
    "opens",
    "actionClicks",
    "adUnitClicks",
    "textUrlClicks",
    "cardClicks",
    "cardImpressions",
    "documentCompletions",
    "viralImpressions",
    "viralClicks",
    "jobApplications",
    "registrations",
)
_PLACE = ("dateRange", "pivotValues")
FIELDS = frozenset([*_PLACE, *_COUNTS, *_MONEY, *_PURCHASES, *_LEADS, *_ALWAYS_ZERO])
# What the platform calls zero, in turn.
_ZEROS = ("0", "-2E-18", "0E-18", "1.1102230246251565E-16")

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Asked:
    """One analytics question.

    `only`: creatives, campaigns and groups that are asked for, by pivot; absent asks for all.
    """

    pivot: str
    granularity: str
    since: date
    until: date
    fields: Sequence[str]
    only: Mapping[str, frozenset[str]]


def elements(account: SandboxAccount, seen: Seen, asked: Asked) -> list[dict[str, Any]]:
    """Elements in the order of the ads; an element without any of the asked numbers is left out.

    Args:
        account: decides currency.
        seen: the rows of the asked days.
    """
    rows = _chosen(account, seen, asked)
    values, of_row = _pivot_values(account, seen, asked.pivot)
    pivot, period = of_row[rows], _periods(seen.day[rows], asked)
    groups, first, member = np.unique(
        np.stack([pivot, period], axis=1), axis=0, return_index=True, return_inverse=True
    )
    order = np.argsort(first, kind="stable")
    place = np.empty(len(groups), dtype=np.int64)
    place[order] = np.arange(len(groups))
    member = place[member.reshape(-1)]
    groups = groups[order]

    def summed(column: Any) -> Ints:
        total = np.zeros(len(groups), dtype=np.int64)
        np.add.at(total, member, np.asarray(column)[rows].astype(np.int64))
        return total

    metrics = {name: _metric(name, account, seen, summed) for name in asked.fields
               if name not in _PLACE}  # fmt: skip
    kept = np.arange(len(groups))
    if metrics:
        some = np.any(np.stack([numbers != 0 for numbers in metrics.values()]), axis=0)
        kept = np.nonzero(some)[0]
    columns: dict[str, list[Any]] = {
        name: _told(name, numbers[kept]) for name, numbers in metrics.items()
    }
    columns["pivotValues"] = [[values[int(at)]] for at in groups[kept, 0]]
    columns["dateRange"] = _ranges(groups[kept, 1], asked)
    names = list(asked.fields)
    return [
        dict(zip(names, row, strict=True))
        for row in zip(*(columns[name] for name in names), strict=True)
    ]


def _chosen(account: SandboxAccount, seen: Seen, asked: Asked) -> Ints:
    wanted = np.ones(len(seen.ads), dtype=np.bool_)
    for pivot, urns in asked.only.items():
        wanted &= np.array([PIVOTS[pivot](account, ad) in urns for ad in seen.ads], dtype=np.bool_)
    return np.nonzero(wanted[seen.ad])[0] if len(seen.ads) else np.zeros(0, dtype=np.int64)


def _pivot_values(account: SandboxAccount, seen: Seen, pivot: str) -> tuple[list[str], Ints]:
    """The pivot's values, and for each row which it has."""
    numbers: dict[str, int] = {}
    of_ad = np.array(
        [numbers.setdefault(PIVOTS[pivot](account, ad), len(numbers)) for ad in seen.ads],
        dtype=np.int64,
    )
    return list(numbers), of_ad[seen.ad] if len(of_ad) else np.zeros(0, dtype=np.int64)


def _periods(days: Ints, asked: Asked) -> Ints:
    """The first day of each day's period."""
    if asked.granularity == "DAILY":
        return days
    if asked.granularity == "ALL":
        return np.full(len(days), asked.since.toordinal(), dtype=np.int64)
    firsts = {}
    for ordinal in set(days.tolist()):
        day = date.fromordinal(ordinal)
        month = 1 if asked.granularity == "YEARLY" else day.month
        firsts[ordinal] = day.replace(month=month, day=1).toordinal()
    return np.array([firsts[ordinal] for ordinal in days.tolist()], dtype=np.int64)


def _metric(name: str, account: SandboxAccount, seen: Seen, summed: Callable[[Any], Ints]) -> Ints:
    """One number per element; money in micros."""
    if name in _COUNTS:
        return summed(seen.counts[_COUNTS[name]])
    if name in _PURCHASES:
        return summed(seen.purchases)
    if name in _LEADS:
        return summed(seen.leads) * (2 if name.endswith("Opens") else 1)
    if name == "conversionValueInLocalCurrency":
        return summed(seen.revenue)
    if name in _MONEY:
        spend = summed(seen.spend)
        return spend // _COP_PER_USD if name == "costInUsd" and account.currency == "COP" else spend
    return summed(np.zeros(len(seen), dtype=np.int64))


def _told(name: str, numbers: Ints) -> list[Any]:
    if name not in _MONEY:
        return list(numbers.tolist())
    return [_amount(micros, at) for at, micros in enumerate(numbers.tolist())]


def _amount(micros: int, at: int) -> str:
    """A decimal string: mostly with the dust of binary fractions, at times with an exponent."""
    if micros == 0:
        return _ZEROS[at % len(_ZEROS)]
    if at % 7 == 0:
        return f"{Decimal(micros).scaleb(-6):E}"
    return repr(micros / 1e6 / 3.0 * 3.0)


def _day(day: date) -> dict[str, int]:
    return {"month": day.month, "day": day.day, "year": day.year}


def _ranges(firsts: Ints, asked: Asked) -> list[dict[str, Any]]:
    known: dict[int, dict[str, Any]] = {}
    for ordinal in set(firsts.tolist()):
        first = date.fromordinal(ordinal)
        last = first
        if asked.granularity == "ALL":
            last = asked.until
        elif asked.granularity != "DAILY":
            days = 31 if asked.granularity == "MONTHLY" else 366
            last = (first + timedelta(days=days)).replace(day=1) - timedelta(days=1)
            last = last if asked.granularity == "MONTHLY" else first.replace(month=12, day=31)
        known[ordinal] = {"start": _day(first), "end": _day(last)}
    return [known[ordinal] for ordinal in firsts.tolist()]
