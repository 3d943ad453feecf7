"""What is asked of Google Ads, in its query language.

Field paths are those of API versions 23 to 26 (`reference/platform-apis.md` section 2.4).
No other segment is asked for: each one multiplies the rows.
"""

from __future__ import annotations

CUSTOMER = (
    "SELECT customer.id, customer.descriptive_name, customer.currency_code, customer.time_zone, "
    "customer.manager, customer.test_account, customer.status FROM customer LIMIT 1"
)
CAMPAIGN = (
    "SELECT campaign.id, campaign.name, campaign.status, campaign.advertising_channel_type, "
    "campaign.advertising_channel_sub_type, campaign.bidding_strategy_type FROM campaign"
)
# Google has no objective; the goals a campaign bids for tell most of it.
CAMPAIGN_CONVERSION_GOAL = (
    "SELECT campaign_conversion_goal.campaign, campaign_conversion_goal.category, "
    "campaign_conversion_goal.origin, campaign_conversion_goal.biddable "
    "FROM campaign_conversion_goal"
)
AD_GROUP = (
    "SELECT ad_group.id, ad_group.name, ad_group.status, ad_group.type, campaign.id FROM ad_group"
)
# Logos are not asked for: they are on every ad and say nothing about its picture.
AD_GROUP_AD = (
    "SELECT ad_group_ad.status, ad_group_ad.ad.id, ad_group_ad.ad.name, ad_group_ad.ad.type, "
    "ad_group_ad.ad.final_urls, ad_group_ad.ad.image_ad.image_asset.asset, "
    "ad_group_ad.ad.image_ad.image_url, "
    "ad_group_ad.ad.responsive_display_ad.marketing_images, "
    "ad_group_ad.ad.responsive_display_ad.square_marketing_images, "
    "ad_group_ad.ad.responsive_display_ad.headlines, "
    "ad_group_ad.ad.responsive_display_ad.long_headline, "
    "ad_group_ad.ad.responsive_display_ad.descriptions, "
    "ad_group_ad.ad.responsive_search_ad.headlines, "
    "ad_group_ad.ad.responsive_search_ad.descriptions, "
    "ad_group_ad.ad.app_ad.images, ad_group_ad.ad.app_ad.headlines, "
    "ad_group_ad.ad.demand_gen_multi_asset_ad.marketing_images, "
    "ad_group_ad.ad.demand_gen_multi_asset_ad.square_marketing_images, "
    "ad_group_ad.ad.demand_gen_multi_asset_ad.portrait_marketing_images, "
    "ad_group_ad.ad.local_ad.marketing_images, "
    "ad_group.id, campaign.id FROM ad_group_ad"
)
ASSET = (
    "SELECT asset.resource_name, asset.id, asset.name, asset.type, "
    "asset.image_asset.full_size.url, asset.image_asset.full_size.width_pixels, "
    "asset.image_asset.full_size.height_pixels, asset.image_asset.file_size, "
    "asset.image_asset.mime_type FROM asset WHERE asset.type = 'IMAGE'"
)
METRICS = (
    "SELECT customer.currency_code, customer.time_zone, campaign.id, ad_group.id, "
    "ad_group_ad.ad.id, segments.date, metrics.impressions, metrics.clicks, metrics.cost_micros, "
    "metrics.conversions, metrics.conversions_value, metrics.engagements, "
    "metrics.video_trueview_views FROM ad_group_ad"
)
# Its own query: a conversion segment cannot stand beside impressions, clicks or cost.
CONVERSIONS = (
    "SELECT segments.date, campaign.id, ad_group.id, ad_group_ad.ad.id, "
    "segments.conversion_action_category, metrics.conversions, metrics.conversions_value "
    "FROM ad_group_ad"
)

OBJECTS = {
    "customer": CUSTOMER,
    "campaign": CAMPAIGN,
    "campaign_conversion_goal": CAMPAIGN_CONVERSION_GOAL,
    "ad_group": AD_GROUP,
    "ad_group_ad": AD_GROUP_AD,
    "asset": ASSET,
}
# A date range is added to these.
NUMBERS = {"metrics": METRICS, "conversions": CONVERSIONS}
