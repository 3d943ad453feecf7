"""What is asked of LinkedIn: statuses, and the numbers of an ad and day.

LinkedIn answers at most 20 names in `fields`, `dateRange` and `pivotValues` counted. Those that
fill a column of ours are 18, so one question tells all of an ad's day; every further name is
paid for in bytes, in rows of which an answer holds 15,000 at most.
"""

from __future__ import annotations

MOST_FIELDS = 20

# Without these, a search leaves removed objects out. Creatives have the groups' statuses.
GROUP_STATUSES = (
    "ACTIVE", "ARCHIVED", "CANCELED", "DRAFT", "PAUSED", "PENDING_DELETION", "REMOVED",
)  # fmt: skip
CAMPAIGN_STATUSES = (*GROUP_STATUSES, "COMPLETED")
ACCOUNT_STATUSES = ("ACTIVE", "CANCELED", "DRAFT", "PENDING_DELETION", "REMOVED")

# Rows without these two cannot be placed.
PLACE = ("dateRange", "pivotValues")

# Our column -> LinkedIn's name. Purchases are all conversions on the advertiser's own site:
# LinkedIn does not tell what kind they are.
COUNTS = {
    "impressions": "impressions",
    "reach": "approximateMemberReach",
    "clicks": "clicks",
    "link_clicks": "landingPageClicks",
    "engagements": "totalEngagements",
    "video_views": "videoViews",
    "video_completions": "videoCompletions",
    "reactions": "reactions",
    "comments": "comments",
    "shares": "shares",
    "follows": "follows",
}
FRACTIONS = {
    "leads": "oneClickLeads",
    "purchases": "externalWebsiteConversions",
    "view_through_conversions": "externalWebsitePostViewConversions",
}
MONEY = {
    "spend": "costInLocalCurrency",
    "revenue": "conversionValueInLocalCurrency",
}
MAPPED = {**COUNTS, **FRACTIONS, **MONEY}
NUMBERS = (*PLACE, *MAPPED.values())
TOTALS = (*PLACE, "impressions", "clicks", "costInLocalCurrency")
