"""What is asked of Meta: fields, statuses and sizes, each with its reason.

A test holds every name against the facebook-business package.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

ACCOUNT_FIELDS = "id,account_id,name,account_status,disable_reason,currency,timezone_name"
CAMPAIGN_FIELDS = "id,account_id,name,objective,status,effective_status,created_time"
AD_SET_FIELDS = (
    "id,account_id,campaign_id,name,status,effective_status,optimization_goal,created_time"
)
AD_FIELDS = (
    "id,account_id,campaign_id,adset_id,name,status,effective_status,creative{id},created_time"
)
# The last two are heavy, and the story of some creatives cannot be read at all.
CREATIVE_FIELDS = (
    "id",
    "account_id",
    "name",
    "object_type",
    "title",
    "body",
    "call_to_action_type",
    "link_url",
    "image_hash",
    "image_url",
    "thumbnail_url",
    "video_id",
    "product_set_id",
    "effective_object_story_id",
    "effective_instagram_media_id",
    "object_story_spec",
    "asset_feed_spec",
)
STORY = "object_story_spec"
FEED = "asset_feed_spec"
IMAGE_FIELDS = "hash,name,url,width,height,original_width,original_height,status"
VIDEO_FIELDS = ("id", "picture", "thumbnails{uri,width,height,scale,is_preferred}")
POST_FIELDS = ("id", "full_picture")
MEDIA_FIELDS = ("id", "media_type", "media_url", "thumbnail_url", "children{media_type,media_url}")
JOB_FIELDS = (
    "id",
    "async_status",
    "async_percent_completion",
    "error_code",
    "error_subcode",
    "error_message",
)
INSIGHT_FIELDS = (
    "account_id,account_currency,campaign_id,adset_id,ad_id,impressions,reach,clicks,"
    "inline_link_clicks,inline_post_engagement,spend,actions,action_values,"
    "video_p100_watched_actions,attribution_setting,date_start,date_stop"
)
TOTAL_FIELDS = (
    "account_id,account_currency,campaign_id,impressions,clicks,spend,date_start,date_stop"
)

# Without these, a listing leaves deleted and archived objects out.
CAMPAIGN_STATUSES = ("ACTIVE", "PAUSED", "DELETED", "ARCHIVED", "IN_PROCESS", "WITH_ISSUES")
AD_SET_STATUSES = (*CAMPAIGN_STATUSES, "CAMPAIGN_PAUSED")
AD_STATUSES = (
    *AD_SET_STATUSES,
    "ADSET_PAUSED",
    "DISAPPROVED",
    "PENDING_BILLING_INFO",
    "PENDING_REVIEW",
    "PREAPPROVED",
)

# Which filter keeps removed ads in the numbers is not documented for sure; the connection
# chooses between the two that are in use, and what is missed shows up against the totals.
INSIGHT_FILTERS: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "statuses": [{"field": "ad.effective_status", "operator": "IN", "value": AD_STATUSES}],
    "impressions": [{"field": "ad.impressions", "operator": "GREATER_THAN", "value": 0}],
}

# 25 unless told; 100 is what open-source connectors found to work on most accounts.
LISTING_SIZE = 100
INSIGHTS_SIZE = 500
# The most that `ids=` and one page of `adimages` take.
IDS_PER_CALL = 50
