"""What a Google Ads campaign is for. Google does not say; it is derived.

`reference/platform-apis.md` section 5: the kind of app campaign, then what the campaign bids
for, then its channel, then how it bids. The first rule that fits decides.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

LEAD_GOALS = frozenset(
    {
        "SUBMIT_LEAD_FORM",
        "IMPORTED_LEAD",
        "PHONE_CALL_LEAD",
        "QUALIFIED_LEAD",
        "CONVERTED_LEAD",
        "MESSAGE_LEAD",
        "CONTACT",
        "REQUEST_QUOTE",
        "BOOK_APPOINTMENT",
        "SIGNUP",
    }
)
BY_CHANNEL = {
    "SHOPPING": "sales",
    "PERFORMANCE_MAX": "sales",
    "HOTEL": "sales",
    "TRAVEL": "sales",
    "LOCAL_SERVICES": "leads",
    "LOCAL": "engagement",
    "MULTI_CHANNEL": "app_promotion",
    "SMART": "traffic",
}
AWARENESS_SUBTYPES = frozenset(
    {"VIDEO_REACH_TARGET_FREQUENCY", "VIDEO_NON_SKIPPABLE", "YOUTUBE_AUDIO"}
)
BY_BIDDING = {
    "TARGET_CPM": "awareness",
    "MANUAL_CPM": "awareness",
    "TARGET_IMPRESSION_SHARE": "awareness",
    "MANUAL_CPV": "video_views",
    "TARGET_CPV": "video_views",
    "TARGET_SPEND": "traffic",
    "MANUAL_CPC": "traffic",
    "TARGET_CPC": "traffic",
    "ENHANCED_CPC": "traffic",
    "TARGET_CPA": "sales",
    "MAXIMIZE_CONVERSIONS": "sales",
    "TARGET_ROAS": "sales",
    "MAXIMIZE_CONVERSION_VALUE": "sales",
}


def objective_of(*, channel: str, subtype: str, bidding: str, goals: AbstractSet[str]) -> str:
    """The common objective, or `unknown`.

    Args:
        goals: categories of conversion the campaign bids for (`biddable` ones only).
    """
    if "APP" in subtype.split("_"):
        return "app_promotion"
    if goals and goals <= LEAD_GOALS:
        return "leads"
    if goals == {"ENGAGEMENT"}:
        return "engagement"
    if subtype in AWARENESS_SUBTYPES:
        return "awareness"
    return BY_CHANNEL.get(channel) or BY_BIDDING.get(bidding, "unknown")
