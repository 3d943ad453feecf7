"""What is asked of LinkedIn: statuses, and the numbers of an ad and day in two chunks.

LinkedIn answers at most 20 names in `fields`, `dateRange` and `pivotValues` counted, and we
ask for 27. Both chunks name `impressions`: an ad's day without any of the numbers asked for
is left out of an answer, so each chunk then has a row for every day on which the ad was shown.
The numbers no column of ours holds are kept in the raw replies, from which they can be read
later (`pauta replay`); LinkedIn itself forgets or restates them.
"""

from __future__ import annotations

MOST_FIELDS = 20

# Without these, a search leaves removed objects out. Creatives have the groups' statuses.
GROUP_STATUSES = (
    "ACTIVE", "ARCHIVED", "CANCELED", "DRAFT", "PAUSED", "PENDING_DELETION", "REMOVED",
)  # fmt: skip
CAMPAIGN_STATUSES = (*GROUP_STATUSES, "COMPLETED")
ACCOUNT_STATUSES = ("ACTIVE", "CANCELED", "DRAFT", "PENDING_DELETION", "REMOVED")

# Rows without these two cannot be placed, nor the chunks joined.
PLACE = ("dateRange", "pivotValues")
RESULTS = (
    *PLACE,
    "impressions",
    "clicks",
    "landingPageClicks",
    "costInLocalCurrency",
    "costInUsd",
    "approximateMemberReach",
    "externalWebsiteConversions",
    "externalWebsitePostClickConversions",
    "externalWebsitePostViewConversions",
    "conversionValueInLocalCurrency",
    "oneClickLeads",
    "oneClickLeadFormOpens",
    "qualifiedLeads",
    "totalEngagements",
)
REACTIONS = (
    *PLACE,
    "impressions",
    "reactions",
    "comments",
    "shares",
    "follows",
    "companyPageClicks",
    "videoStarts",
    "videoViews",
    "videoFirstQuartileCompletions",
    "videoMidpointCompletions",
    "videoThirdQuartileCompletions",
    "videoCompletions",
)
CHUNKS = (RESULTS, REACTIONS)
TOTALS = (*PLACE, "impressions", "clicks", "costInLocalCurrency")

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
NUMBERS_IGNORED = frozenset({*RESULTS, *REACTIONS} - {*MAPPED.values(), *PLACE})
