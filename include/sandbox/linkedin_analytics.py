"""LinkedIn's adAnalytics: one element per pivot and day, only the asked fields."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np

from include.sandbox.accounts import SandboxAccount
from include.sandbox.world import Seen

MOST_FIELDS = 20
SILENT_CUT = 15_000
_COP_PER_USD = 4_000

PIVOTS: Mapping[str, Any] = {
    "CREATIVE": lambda account, ad: f"urn:li:sponsoredCreative:{ad.id}",
    "CAMPAIGN": lambda account, ad: f"urn:li:sponsoredCampaign:{ad.ad_set.id}",
    "CAMPAIGN_GROUP": lambda account, ad: f"urn:li:sponsoredCampaignGroup:{ad.ad_set.campaign.id}",
    "ACCOUNT": lambda account, ad: f"urn:li:sponsoredAccount:{account.account_id}",
}
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
}
_MONEY = ("costInLocalCurrency", "costInUsd", "conversionValueInLocalCurrency")
_CONVERSIONS = (
    "externalWebsiteConversions",
    "externalWebsitePostClickConversions",
    "externalWebsitePostViewConversions",
    "oneClickLeads",
    "oneClickLeadFormOpens",
    "qualifiedLeads",
)
_ALWAYS_ZERO = (
    "follows",
    "companyPageClicks",
    "otherEngagements",
    "videoStarts",
    "videoViews",
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
FIELDS = frozenset(["dateRange", "pivotValues", *_COUNTS, *_MONEY, *_CONVERSIONS, *_ALWAYS_ZERO])


def _money(micros: float) -> str:
    """A decimal string with the dust of binary fractions, and what the platform calls zero."""
    if micros == 0:
        return "-2E-18"
    return repr(micros / 1e6 / 3.0 * 3.0)


def _day(day: date) -> dict[str, int]:
    return {"month": day.month, "day": day.day, "year": day.year}


def elements(
    account: SandboxAccount,
    seen: Seen,
    *,
    pivot: str,
    daily: bool,
    since: date,
    until: date,
    fields: list[str],
    only: frozenset[str] | None,
) -> list[dict[str, Any]]:
    """Elements in the order of the ads; at most 15 000, the rest is cut without a word.

    Args:
        account: decides currency.
        seen: the rows of the asked days.
        pivot: what an element is about.
        daily: an element per day, or one for the whole range.
        since: first day of the range.
        until: last day of the range.
        fields: what each element carries.
        only: pivot values that are asked for; None asks for all.
    """
    pivots = [PIVOTS[pivot](account, ad) for ad in seen.ads]
    groups: dict[tuple[str, int], list[int]] = {}
    for row, (ad, day) in enumerate(zip(seen.ad.tolist(), seen.day.tolist(), strict=True)):
        if only is None or pivots[ad] in only:
            groups.setdefault((pivots[ad], day if daily else 0), []).append(row)
    found: list[dict[str, Any]] = []
    for (urn, day), members in list(groups.items())[:SILENT_CUT]:
        full = _full(account, seen, members)
        first = date.fromordinal(day) if daily else since
        last = first if daily else until
        full["dateRange"] = {"start": _day(first), "end": _day(last)}
        full["pivotValues"] = [urn]
        found.append({name: full[name] for name in fields})
    return found


def _full(account: SandboxAccount, seen: Seen, members: list[int]) -> dict[str, Any]:
    rows = np.array(members)
    full: dict[str, Any] = dict.fromkeys(_ALWAYS_ZERO, 0)
    for name, column in _COUNTS.items():
        full[name] = int(seen.counts[column][rows].sum())
    spend = int(seen.spend[rows].sum())
    purchases, leads = int(seen.purchases[rows].sum()), int(seen.leads[rows].sum())
    return full | {
        "costInLocalCurrency": _money(spend),
        "costInUsd": _money(spend / _COP_PER_USD if account.currency == "COP" else spend),
        "conversionValueInLocalCurrency": _money(int(seen.revenue[rows].sum())),
        "externalWebsiteConversions": purchases,
        "externalWebsitePostClickConversions": purchases,
        "externalWebsitePostViewConversions": 0,
        "oneClickLeads": leads,
        "oneClickLeadFormOpens": leads * 2,
        "qualifiedLeads": 0,
    }
