"""Meta's field lists and the language of its `fields` parameter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Fields = Mapping[str, Any]


MISSING = (
    "Unsupported get request. Object with ID '{}' does not exist, cannot be loaded due to "
    "missing permissions, or does not support this operation. Please read the Graph API "
    "documentation at https://developers.facebook.com/docs/graph-api"
)


class MetaError(Exception):
    """An error reply of the Graph API."""

    def __init__(
        self,
        message: str,
        *,
        code: int,
        subcode: int | None = None,
        http: int = 400,
        title: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.subcode = subcode
        self.http = http
        self.title = title

    def body(self) -> dict[str, Any]:
        """The reply's body as the platform writes it."""
        error: dict[str, Any] = {
            "message": str(self),
            "type": "OAuthException",
            "code": self.code,
        }
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
            error["is_transient"] = False
        if self.title is not None:
            error["error_user_title"] = self.title
        error["fbtrace_id"] = "AsandboxTrace"
        return {"error": error}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


KNOWN: Mapping[str, frozenset[str]] = {
    "AdAccount": _words(
        """id account_id name account_status disable_reason currency timezone_id timezone_name
        timezone_offset_hours_utc amount_spent balance spend_cap min_campaign_group_spend_cap
        min_daily_budget created_time age business user_tasks"""
    ),
    "Campaign": _words(
        """id account_id name objective status configured_status effective_status buying_type
        bid_strategy daily_budget lifetime_budget budget_remaining spend_cap start_time stop_time
        created_time updated_time special_ad_categories smart_promotion_type promoted_object
        source_campaign_id issues_info pacing_type is_skadnetwork_attribution can_use_spend_cap
        budget_rebalance_flag"""
    ),
    "AdSet": _words(
        """id account_id campaign_id name status configured_status effective_status
        optimization_goal billing_event bid_strategy bid_amount bid_info daily_budget
        lifetime_budget budget_remaining destination_type start_time end_time created_time
        updated_time promoted_object targeting attribution_spec is_dynamic_creative
        learning_stage_info pacing_type frequency_control_specs campaign"""
    ),
    "Ad": _words(
        """id account_id campaign_id adset_id name status configured_status effective_status
        creative created_time updated_time tracking_specs conversion_specs source_ad_id
        last_updated_by_app_id preview_shareable_link issues_info ad_review_feedback campaign
        adset"""
    ),
    "AdCreative": _words(
        """id account_id name status object_type title body call_to_action_type link_url url_tags
        image_hash image_url thumbnail_url thumbnail_id video_id object_story_id
        effective_object_story_id object_story_spec asset_feed_spec platform_customizations
        product_set_id template_url source_instagram_media_id effective_instagram_media_id
        instagram_permalink_url instagram_user_id actor_id degrees_of_freedom_spec"""
    ),
    "AdImage": _words(
        """id account_id hash name url permalink_url url_128 width height original_width
        original_height status creatives created_time updated_time"""
    ),
    "Video": _words("id title length picture source thumbnails created_time updated_time"),
    "PagePost": _words("id full_picture attachments created_time message permalink_url"),
    "IGMedia": _words("id media_type media_url thumbnail_url permalink children caption timestamp"),
    "AdReportRun": _words(
        """id account_id time_ref time_completed async_status async_percent_completion is_running
        date_start date_stop error_code error_message error_subcode error_user_title
        error_user_msg"""
    ),
    "VideoThumbnail": _words("id uri name width height scale is_preferred"),
    "User": _words("id name"),
    "AdsInsights": _words(
        """account_id account_name account_currency campaign_id campaign_name adset_id adset_name
        ad_id ad_name objective optimization_goal buying_type attribution_setting impressions reach
        frequency clicks unique_clicks inline_link_clicks inline_link_click_ctr outbound_clicks
        inline_post_engagement spend social_spend cpc cpm cpp ctr actions action_values conversions
        conversion_values cost_per_action_type purchase_roas website_purchase_roas results
        cost_per_result objective_results video_play_actions
        video_continuous_2_sec_watched_actions video_15_sec_watched_actions
        video_30_sec_watched_actions video_thruplay_watched_actions video_avg_time_watched_actions
        video_p25_watched_actions video_p50_watched_actions video_p75_watched_actions
        video_p95_watched_actions video_p100_watched_actions estimated_ad_recallers quality_ranking
        engagement_rate_ranking conversion_rate_ranking landing_page_view_per_link_click
        created_time updated_time date_start date_stop"""
    ),
}


# What the objects of an edge inside a node are.
_EDGES = {"thumbnails": "VideoThumbnail", "children": "IGMedia"}
# Answers grow with these far more than with a number or a name.
_HEAVY = {"object_story_spec", "asset_feed_spec", "targeting"}
_HEAVY_WEIGHT = 10


def weight(fields: Fields | None) -> int:
    """How heavy one object with these fields is, in plain fields."""
    own = sum(_HEAVY_WEIGHT if name in _HEAVY else 1 for name in fields or ())
    return own + sum(weight(inner) for inner in (fields or {}).values() if inner is not None)


def parse_fields(text: str) -> Fields:
    """`id,creative{id,image_hash}` as `{"id": None, "creative": {"id": None, ...}}`.

    Raises:
        MetaError: brackets do not match.
    """
    fields, rest = _parse(text, 0)
    if rest != len(text):
        raise MetaError(f"(#2500) Syntax error at character {rest}: {text[rest:]}", code=2500)
    return fields


def _parse(text: str, at: int) -> tuple[dict[str, Any], int]:
    fields: dict[str, Any] = {}
    name = ""
    while at < len(text):
        char = text[at]
        if char == "{":
            fields[name.strip()], at = _parse(text, at + 1)
            if at >= len(text) or text[at] != "}":
                raise MetaError("(#2500) Syntax error: Expected end of string.", code=2500)
            name = ""
        elif char in ",}":
            if name.strip():
                fields[name.strip()] = None
            name = ""
            if char == "}":
                return fields, at
        else:
            name += char
        at += 1
    if name.strip():
        fields[name.strip()] = None
    return fields, at


def project(node: Mapping[str, Any], fields: Fields, kind: str) -> dict[str, Any]:
    """The asked fields of a node; `id` always, and a field without a value is left out.

    Raises:
        MetaError: the node type has no such field.
    """
    found: dict[str, Any] = {}
    for name, inner in fields.items():
        if name not in KNOWN[kind]:
            raise MetaError(
                f"(#100) Tried accessing nonexisting field ({name}) on node type ({kind})",
                code=100,
            )
        value = node.get(name)
        if value is None:
            continue
        if callable(value):
            found[name] = value(inner)
        elif isinstance(value, dict) and inner is not None and isinstance(value.get("data"), list):
            inside = [project(each, inner, _EDGES[name]) for each in value["data"]]
            found[name] = {"data": inside}
        elif isinstance(value, dict) and inner is not None:
            found[name] = {key: value[key] for key in inner if key in value}
        else:
            found[name] = value
    if "id" in node:
        found["id"] = node["id"]
    return found
