"""Which fields each Google resource has, and rows as the API's JSON writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Any

from include.sandbox.gaql import GaqlError, Query


def _paths(prefix: str, text: str) -> frozenset[str]:
    return frozenset(f"{prefix}.{name}" for name in text.split())


_CUSTOMER = _paths(
    "customer",
    """resource_name id descriptive_name currency_code time_zone manager test_account status
    auto_tagging_enabled conversion_tracking_setting.conversion_tracking_status""",
)
_CAMPAIGN = _paths(
    "campaign",
    """resource_name id name status serving_status primary_status primary_status_reasons
    advertising_channel_type advertising_channel_sub_type bidding_strategy_type start_date_time
    end_date_time optimization_goal_setting.optimization_goal_types app_campaign_setting.app_id
    app_campaign_setting.bidding_strategy_goal_type experiment_type campaign_budget""",
) | _paths(
    "campaign_budget",
    "resource_name amount_micros total_amount_micros period explicitly_shared",
)
_AD_GROUP = _paths(
    "ad_group",
    """resource_name id name status type campaign cpc_bid_micros cpm_bid_micros target_cpa_micros
    primary_status""",
)
_AD_GROUP_AD = _paths(
    "ad_group_ad",
    """resource_name ad_group status primary_status ad_strength policy_summary.approval_status
    policy_summary.review_status""",
) | _paths(
    "ad_group_ad.ad",
    """resource_name id name type final_urls display_url added_by_google_ads
    image_ad.image_asset.asset image_ad.image_url image_ad.preview_image_url image_ad.pixel_width
    image_ad.pixel_height image_ad.mime_type image_ad.name
    responsive_display_ad.marketing_images responsive_display_ad.square_marketing_images
    responsive_display_ad.logo_images responsive_display_ad.square_logo_images
    responsive_display_ad.headlines responsive_display_ad.long_headline
    responsive_display_ad.descriptions responsive_display_ad.youtube_videos
    responsive_display_ad.business_name responsive_display_ad.call_to_action_text
    responsive_search_ad.headlines responsive_search_ad.descriptions
    app_ad.images app_ad.headlines app_ad.descriptions app_ad.youtube_videos
    demand_gen_multi_asset_ad.marketing_images demand_gen_multi_asset_ad.square_marketing_images
    demand_gen_multi_asset_ad.portrait_marketing_images
    demand_gen_multi_asset_ad.tall_portrait_marketing_images
    demand_gen_multi_asset_ad.logo_images demand_gen_multi_asset_ad.headlines
    demand_gen_multi_asset_ad.descriptions demand_gen_carousel_ad.carousel_cards
    demand_gen_carousel_ad.headline demand_gen_carousel_ad.description
    demand_gen_video_responsive_ad.videos demand_gen_video_responsive_ad.headlines
    demand_gen_video_responsive_ad.descriptions video_responsive_ad.videos
    video_responsive_ad.headlines video_responsive_ad.descriptions video_ad.video.asset
    local_ad.marketing_images local_ad.headlines local_ad.descriptions""",
)
_ASSET = _paths(
    "asset",
    """resource_name id name type source image_asset.full_size.url
    image_asset.full_size.width_pixels image_asset.full_size.height_pixels image_asset.file_size
    image_asset.mime_type youtube_video_asset.youtube_video_id text_asset.text
    demand_gen_carousel_card_asset.marketing_image_asset
    demand_gen_carousel_card_asset.square_marketing_image_asset
    demand_gen_carousel_card_asset.portrait_marketing_image_asset
    demand_gen_carousel_card_asset.headline""",
)
_DAILY = frozenset({"segments.date"})
CONVERSION_SEGMENTS = _paths(
    "segments", "conversion_action conversion_action_name conversion_action_category"
)
CONVERSION_METRICS = _paths(
    "metrics", "conversions conversions_value all_conversions all_conversions_value"
)
_DELIVERY = _paths("metrics", "impressions clicks cost_micros")
OTHER_METRICS = _DELIVERY | _paths(
    "metrics",
    """view_through_conversions engagements interactions video_trueview_views
    video_quartile_p25_rate video_quartile_p50_rate video_quartile_p75_rate
    video_quartile_p100_rate""",
)
_CONVERTED = _DAILY | CONVERSION_SEGMENTS | CONVERSION_METRICS
_MEASURED = _CONVERTED | OTHER_METRICS
_ASSET_GROUP = _paths(
    "asset_group", "resource_name id name status primary_status final_urls campaign ad_strength"
)

KNOWN: Mapping[str, frozenset[str]] = {
    "customer": _CUSTOMER | _MEASURED,
    "customer_client": _CUSTOMER
    | _paths(
        "customer_client",
        """resource_name client_customer id descriptive_name currency_code time_zone manager level
        hidden test_account status""",
    ),
    "campaign": _CUSTOMER | _CAMPAIGN | _MEASURED,
    "ad_group": _CUSTOMER | _CAMPAIGN | _AD_GROUP | _MEASURED,
    "ad_group_ad": _CUSTOMER | _CAMPAIGN | _AD_GROUP | _AD_GROUP_AD | _MEASURED,
    "asset": _CUSTOMER | _ASSET,
    "campaign_conversion_goal": _CUSTOMER
    | _CAMPAIGN
    | _paths("campaign_conversion_goal", "resource_name campaign category origin biddable"),
    "conversion_action": _CUSTOMER
    | _paths(
        "conversion_action",
        """resource_name id name category click_through_lookback_window_days
        view_through_lookback_window_days include_in_conversions_metric primary_for_goal status""",
    ),
    "asset_group": _CUSTOMER | _CAMPAIGN | _ASSET_GROUP | _CONVERTED | _DELIVERY,
    "asset_group_asset": _CUSTOMER
    | _CAMPAIGN
    | _ASSET_GROUP
    | _ASSET
    | _paths(
        "asset_group_asset", "resource_name asset_group asset field_type status primary_status"
    ),
}
EVERY = frozenset().union(*KNOWN.values())


def camel(text: str) -> str:
    """`cost_micros` as `costMicros`."""
    first, *rest = text.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


@lru_cache(maxsize=1024)
def _steps(path: str) -> tuple[str, ...]:
    return tuple(camel(part) for part in path.split("."))


def selected_paths(select: Sequence[str]) -> tuple[str, ...]:
    """The selected fields, and the resource names that come along unasked."""
    paths = dict.fromkeys(select)
    for path in select:
        resource = path.split(".")[0]
        if resource not in {"metrics", "segments"}:
            paths[f"{resource}.resource_name"] = None
        if path.startswith("ad_group_ad.ad."):
            paths["ad_group_ad.ad.resource_name"] = None
    return tuple(paths)


def written(paths: Sequence[str], values: Mapping[str, Any]) -> dict[str, Any]:
    """A row in camelCase, nested; a field that is not set is left out."""
    row: dict[str, Any] = {}
    for path in paths:
        value = values.get(path)
        if value is None:
            continue
        *parents, leaf = _steps(path)
        at = row
        for parent in parents:
            at = at.setdefault(parent, {})
        at[leaf] = value
    return row


def check_fields(query: Query) -> None:
    """Refuse what the API would refuse about the query's resource and fields.

    Raises:
        GaqlError: with the reason the API gives.
    """
    if query.resource not in KNOWN:
        raise GaqlError(
            f"Error in FROM clause: {query.resource} is not a resource.",
            "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE",
        )
    _refuse(query.fields - EVERY, "Unrecognized fields in the query", "UNRECOGNIZED_FIELD")
    strange = query.fields - KNOWN[query.resource]
    for kind in ("METRIC", "SEGMENT"):
        _refuse(
            {field for field in strange if field.startswith(f"{kind.lower()}s.")},
            f"Cannot select or filter on these with {query.resource}",
            f"PROHIBITED_{kind}_IN_SELECT_OR_WHERE_CLAUSE",
        )
    _refuse(
        strange,
        f"Cannot select these with {query.resource}",
        "PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE",
    )
    segments, metrics = CONVERSION_SEGMENTS & query.fields, OTHER_METRICS & query.fields
    if metrics:
        _refuse(
            segments,
            f"With metrics {', '.join(sorted(metrics))} one cannot select or filter on",
            "PROHIBITED_SEGMENT_WITH_METRIC_IN_SELECT_OR_WHERE_CLAUSE",
        )
    if "segments.date" in query.select and not query.has_dates:
        raise GaqlError(
            "A finite range of days must be given when segments.date is selected.",
            "EXPECTED_FILTERS_ON_DATE_RANGE",
        )


def _refuse(fields: AbstractSet[str], said: str, reason: str) -> None:
    if fields:
        named = ", ".join(f"'{field}'" for field in sorted(fields))
        raise GaqlError(f"{said}: {named}.", reason)
