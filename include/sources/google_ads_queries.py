"""What is asked of Google Ads, in its query language.

Field paths are those of API versions 23 to 26 (`reference/platform-apis.md` section 2.4);
a test checks them against the newest protobuf classes of the SDK package. No other segment
is asked for: each one multiplies the rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date


def _select(resource: str, fields: str, where: str = "") -> str:
    """The query for these fields, given with spaces between them."""
    query = ["SELECT", ", ".join(fields.split()), "FROM", resource]
    return " ".join([*query, "WHERE", where] if where else query)


CUSTOMER = _select(
    "customer",
    """customer.id customer.descriptive_name customer.currency_code customer.time_zone
    customer.manager customer.test_account customer.status""",
)
CAMPAIGN = _select(
    "campaign",
    """campaign.id campaign.name campaign.status campaign.advertising_channel_type
    campaign.advertising_channel_sub_type campaign.bidding_strategy_type""",
)
# Google has no objective; the goals a campaign bids for tell most of it.
CAMPAIGN_CONVERSION_GOAL = _select(
    "campaign_conversion_goal",
    """campaign_conversion_goal.campaign campaign_conversion_goal.category
    campaign_conversion_goal.origin campaign_conversion_goal.biddable""",
)
AD_GROUP = _select(
    "ad_group", "ad_group.id ad_group.name ad_group.status ad_group.type campaign.id"
)
# Logos are not asked for: they are on every ad and say nothing about its picture.
_OF_AD = """id name type final_urls image_ad.image_asset.asset image_ad.image_url
    responsive_display_ad.marketing_images responsive_display_ad.square_marketing_images
    responsive_display_ad.headlines responsive_display_ad.long_headline
    responsive_display_ad.descriptions responsive_display_ad.youtube_videos
    responsive_search_ad.headlines responsive_search_ad.descriptions
    app_ad.images app_ad.headlines app_ad.descriptions app_ad.youtube_videos
    demand_gen_multi_asset_ad.marketing_images demand_gen_multi_asset_ad.square_marketing_images
    demand_gen_multi_asset_ad.portrait_marketing_images
    demand_gen_multi_asset_ad.tall_portrait_marketing_images
    demand_gen_multi_asset_ad.headlines demand_gen_multi_asset_ad.descriptions
    demand_gen_carousel_ad.carousel_cards demand_gen_carousel_ad.headline
    demand_gen_carousel_ad.description demand_gen_video_responsive_ad.videos
    demand_gen_video_responsive_ad.headlines demand_gen_video_responsive_ad.descriptions
    video_responsive_ad.videos video_responsive_ad.headlines video_responsive_ad.descriptions
    video_ad.video.asset local_ad.marketing_images local_ad.headlines local_ad.descriptions"""
AD_GROUP_AD = _select(
    "ad_group_ad",
    " ".join(
        [
            "ad_group_ad.status",
            *(f"ad_group_ad.ad.{name}" for name in _OF_AD.split()),
            "ad_group.id campaign.id",
        ]
    ),
)
# A picture file at its full size: the API names no other.
ASSET = _select(
    "asset",
    """asset.resource_name asset.id asset.name asset.type asset.image_asset.full_size.url
    asset.image_asset.full_size.width_pixels asset.image_asset.full_size.height_pixels
    asset.image_asset.file_size asset.image_asset.mime_type
    asset.youtube_video_asset.youtube_video_id
    asset.demand_gen_carousel_card_asset.marketing_image_asset
    asset.demand_gen_carousel_card_asset.square_marketing_image_asset
    asset.demand_gen_carousel_card_asset.portrait_marketing_image_asset""",
    "asset.type IN ('IMAGE', 'YOUTUBE_VIDEO', 'DEMAND_GEN_CAROUSEL_CARD')",
)
# Performance Max has no ads: an asset group stands for one.
ASSET_GROUP = _select(
    "asset_group",
    """asset_group.id asset_group.name asset_group.status asset_group.final_urls campaign.id""",
)
ASSET_GROUP_ASSET = _select(
    "asset_group_asset",
    """asset_group_asset.asset_group asset_group_asset.asset asset_group_asset.field_type
    asset_group_asset.status asset.text_asset.text""",
    "asset_group_asset.field_type IN ('MARKETING_IMAGE', 'SQUARE_MARKETING_IMAGE', "
    "'PORTRAIT_MARKETING_IMAGE', 'TALL_PORTRAIT_MARKETING_IMAGE', 'YOUTUBE_VIDEO', 'HEADLINE', "
    "'LONG_HEADLINE', 'DESCRIPTION')",
)
_DELIVERY = """metrics.impressions metrics.clicks metrics.cost_micros metrics.conversions
    metrics.conversions_value """
# The name of an ad holds the ids of its ad group and its own: asked for apart they would make
# every row half as long again.
METRICS = _select(
    "ad_group_ad",
    "campaign.id ad_group_ad.resource_name segments.date "
    + _DELIVERY
    + """metrics.view_through_conversions metrics.engagements metrics.video_trueview_views
    metrics.video_quartile_p100_rate""",
)
# Their own queries: a conversion segment cannot stand beside impressions, clicks or cost.
CONVERSIONS = _select(
    "ad_group_ad",
    """segments.date campaign.id ad_group_ad.resource_name
    segments.conversion_action_category metrics.conversions""",
)
METRICS_ASSET_GROUP = _select(
    "asset_group", "campaign.id asset_group.id segments.date " + _DELIVERY
)
CONVERSIONS_ASSET_GROUP = _select(
    "asset_group",
    """segments.date campaign.id asset_group.id segments.conversion_action_category
    metrics.conversions""",
)
# What whole campaigns did: smart, local and hotel campaigns tell less, or nothing, per ad.
TOTALS = _select(
    "campaign",
    "campaign.id segments.date metrics.impressions metrics.clicks metrics.cost_micros",
)
# Every client account below a manager account, ten levels deep.
CUSTOMER_CLIENT = _select(
    "customer_client",
    """customer_client.id customer_client.descriptive_name customer_client.currency_code
    customer_client.time_zone customer_client.manager customer_client.test_account
    customer_client.status""",
    "customer_client.level <= 10",
)

# What tells whether the account can be read, and whether there are Performance Max campaigns;
# and as much beside it as is open at once.
FIRST = {
    "customer": CUSTOMER,
    "campaign": CAMPAIGN,
    "campaign_conversion_goal": CAMPAIGN_CONVERSION_GOAL,
    "ad_group": AD_GROUP,
}
OBJECTS = {"ad_group_ad": AD_GROUP_AD, "asset": ASSET}
PERFORMANCE_MAX_OBJECTS = {"asset_group": ASSET_GROUP, "asset_group_asset": ASSET_GROUP_ASSET}
# A range of days is added to these. Conversions come before the numbers that they join.
NUMBERS = {"conversions": CONVERSIONS, "metrics": METRICS, "totals": TOTALS}
PERFORMANCE_MAX_NUMBERS = {
    "conversions_asset_group": CONVERSIONS_ASSET_GROUP,
    "metrics_asset_group": METRICS_ASSET_GROUP,
}

EVERY = (
    *FIRST.values(),
    *OBJECTS.values(),
    *PERFORMANCE_MAX_OBJECTS.values(),
    *NUMBERS.values(),
    *PERFORMANCE_MAX_NUMBERS.values(),
    CUSTOMER_CLIENT,
)


def between(query: str, since: date, until: date) -> str:
    """The query for these days, both included."""
    first, last = literal(since.isoformat()), literal(until.isoformat())
    return f"{query} WHERE segments.date BETWEEN {first} AND {last}"


def files_of(resource_names: Iterable[str]) -> str:
    """The query for the addresses of these assets' files."""
    return _select(
        "asset",
        "asset.resource_name asset.image_asset.full_size.url",
        f"asset.resource_name IN ({', '.join(map(literal, resource_names))})",
    )


def fields_named(names: Iterable[str]) -> str:
    """The query, for `googleAdsFields:search`, that tells which of these fields exist."""
    return f"SELECT name, selectable WHERE name IN ({', '.join(map(literal, names))})"


def fields_asked_for() -> list[str]:
    """Every field that a query selects or filters on."""
    named: set[str] = set()
    for query in EVERY:
        selected, _, rest = query.removeprefix("SELECT ").partition(" FROM ")
        named.update(selected.split(", "))
        _, _, condition = rest.partition(" WHERE ")
        if condition:
            named.add(condition.split(" ", 1)[0])
    return sorted(named)


def literal(text: str) -> str:
    """A text as the query language writes it, whatever it holds.

    Raises:
        ValueError: it holds a line break or another control character, which no name of
            Google's has and no literal can carry safely.
    """
    if not text.isprintable():
        raise ValueError(f"GAQL: {text!r} holds a control character, which no literal can carry.")
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
