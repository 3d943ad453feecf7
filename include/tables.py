"""Every table of the lake: columns, types, units, key, and where each number comes from.

The data dictionary (`docs/data-dictionary.md`) is written from these definitions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa

MONEY = pa.decimal128(18, 6)
TEXT = pa.string()
COUNT = pa.int64()
FRACTION = pa.float64()

PLATFORMS = ("meta", "google_ads", "x_ads", "linkedin_ads")

# How long each platform still changes its numbers, in days before the day of reading
# (reference: Meta attribution up to 28 days, Google conversions 30, X billing 14, LinkedIn 30).
RESTATEMENT_DAYS = {"meta": 28, "google_ads": 30, "x_ads": 14, "linkedin_ads": 30}

# What an absent value means. "zero": the platform leaves zeros out, so absent is 0.
# "null": not offered or not asked for, so it stays null. "required": the row is quarantined.
NullRule = Literal["required", "zero", "null"]


@dataclass(frozen=True)
class Column:
    """One column: its Arrow type, its unit and meaning, and each platform's field for it."""

    name: str
    type: pa.DataType
    meaning: str
    unit: str = ""
    absent: NullRule = "null"
    sources: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """A table of the lake; `key` is unique within one reading of one account."""

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema; required columns and counts that default to 0 are not nullable."""
        return pa.schema(
            [pa.field(c.name, c.type, nullable=c.absent == "null") for c in self.columns]
        )


def _from(meta: str, google_ads: str, x_ads: str, linkedin_ads: str) -> dict[str, str]:
    return {"meta": meta, "google_ads": google_ads, "x_ads": x_ads, "linkedin_ads": linkedin_ads}


_PLATFORM = Column("platform", TEXT, "which platform", absent="required")
_ACCOUNT = Column("account_id", TEXT, "ad account", absent="required")
_NAME = Column("name", TEXT, "name given by whoever made it; untrusted text")
_STATUS = Column("status", TEXT, "the platform's own status word")
_CREATED = Column("created_at", pa.timestamp("us", tz="UTC"), "when it was made", "UTC")

ACCOUNTS = Table(
    "accounts",
    "Ad accounts as the platform describes them.",
    ("platform", "account_id"),
    (
        _PLATFORM,
        _ACCOUNT,
        _NAME,
        Column("currency", TEXT, "currency of all money of this account", "ISO 4217", "required"),
        Column("timezone", TEXT, "time zone of its report days", "IANA", "required"),
        _STATUS,
    ),
)

CAMPAIGNS = Table(
    "campaigns",
    "Campaigns; LinkedIn's campaign groups.",
    ("platform", "account_id", "campaign_id"),
    (
        _PLATFORM,
        _ACCOUNT,
        Column("campaign_id", TEXT, "campaign", absent="required"),
        _NAME,
        _STATUS,
        Column("objective", TEXT, "common objective, or `unknown`", absent="required"),
        Column("objective_raw", TEXT, "the platform's own word, kept as it came"),
        _CREATED,
    ),
)

AD_SETS = Table(
    "ad_sets",
    "Ad sets; Google's ad groups, X's line items, LinkedIn's campaigns.",
    ("platform", "account_id", "ad_set_id"),
    (
        _PLATFORM,
        _ACCOUNT,
        Column("ad_set_id", TEXT, "ad set", absent="required"),
        Column("campaign_id", TEXT, "campaign it belongs to", absent="required"),
        _NAME,
        _STATUS,
        _CREATED,
    ),
)

ADS = Table(
    "ads",
    "Ads; X's promoted tweets, LinkedIn's creatives. Deleted ads stay listed.",
    ("platform", "account_id", "ad_id"),
    (
        _PLATFORM,
        _ACCOUNT,
        Column("ad_id", TEXT, "ad; Google: `<ad group id>~<ad id>`", absent="required"),
        Column("ad_set_id", TEXT, "ad set it belongs to", absent="required"),
        Column("campaign_id", TEXT, "campaign it belongs to", absent="required"),
        Column("creative_id", TEXT, "picture and text it serves; null when none could be read"),
        _NAME,
        _STATUS,
        _CREATED,
    ),
)

CREATIVES = Table(
    "creatives",
    "Picture and text as served; texts are untrusted.",
    ("platform", "account_id", "creative_id"),
    (
        _PLATFORM,
        _ACCOUNT,
        Column("creative_id", TEXT, "creative", absent="required"),
        _NAME,
        Column("headline", TEXT, "headline as served; never reaches a prompt"),
        Column("body", TEXT, "main text as served; never reaches a prompt"),
        Column("call_to_action", TEXT, "the platform's own word for the button"),
        Column("link_url", TEXT, "where a click leads"),
        Column("format", TEXT, "`image`, `carousel`, `video` or the platform's own word"),
    ),
)

CREATIVE_IMAGES = Table(
    "creative_images",
    "Image files of the creatives, one row per creative and position.",
    ("platform", "account_id", "creative_id", "position"),
    (
        _PLATFORM,
        _ACCOUNT,
        Column("creative_id", TEXT, "creative", absent="required"),
        Column("position", pa.int32(), "0 is the main picture; cards follow", absent="required"),
        Column("role", TEXT, "`image` or `video_thumbnail`", absent="required"),
        Column("source_ref", TEXT, "image hash, asset name, media key or image URN"),
        Column("picture", TEXT, "sha256 of the file's bytes; null unless status is `stored`"),
        Column("mime", TEXT, "found by decoding, not by name"),
        Column("width", pa.int32(), "width of the decoded picture", "px"),
        Column("height", pa.int32(), "height of the decoded picture", "px"),
        Column("bytes", COUNT, "size of the file", "byte"),
        Column(
            "is_thumbnail",
            pa.bool_(),
            "only a small preview could be had; never shown as the creative",
            absent="required",
        ),
        Column("status", TEXT, "`stored`, `waiting`, `unavailable` or `broken`", absent="required"),
        Column("reason", TEXT, "why it is not stored; null when it is"),
    ),
)

AD_DAILY = Table(
    "ad_daily",
    "What each ad did on each report day, as one reading told it.",
    ("platform", "account_id", "ad_id", "report_date"),
    (
        _PLATFORM,
        _ACCOUNT,
        Column("report_date", pa.date32(), "day in `timezone`", "day", "required"),
        Column("timezone", TEXT, "time zone of the report day (LinkedIn: UTC)", "IANA", "required"),
        Column("currency", TEXT, "currency of spend and revenue", "ISO 4217", "required"),
        Column("campaign_id", TEXT, "campaign", absent="required"),
        Column("ad_set_id", TEXT, "ad set", absent="required"),
        Column("ad_id", TEXT, "ad", absent="required"),
        Column(
            "impressions",
            COUNT,
            "times shown",
            "count",
            "zero",
            _from("impressions", "metrics.impressions", "impressions", "impressions"),
        ),
        Column(
            "reach",
            COUNT,
            "distinct people; never summed over days or ads",
            "people",
            "null",
            _from("reach", "not offered per ad", "not offered per ad", "approximateMemberReach"),
        ),
        Column(
            "clicks",
            COUNT,
            "all clicks, also on likes and profile",
            "count",
            "zero",
            _from("clicks", "metrics.clicks", "clicks", "clicks"),
        ),
        Column(
            "link_clicks",
            COUNT,
            "clicks that lead off the ad",
            "count",
            "zero",
            _from("inline_link_clicks", "metrics.clicks", "url_clicks", "landingPageClicks"),
        ),
        Column(
            "engagements",
            COUNT,
            "interactions the platform counts as engagement",
            "count",
            "zero",
            _from(
                "inline_post_engagement", "metrics.engagements", "engagements", "totalEngagements"
            ),
        ),
        Column(
            "video_views",
            COUNT,
            "video views by the platform's own rule (rules differ)",
            "count",
            "null",
            _from(
                "actions.video_view",
                "metrics.video_trueview_views",
                "video_total_views",
                "videoViews",
            ),
        ),
        Column(
            "spend",
            MONEY,
            "cost",
            "account currency",
            "zero",
            _from(
                "spend",
                "metrics.cost_micros / 1e6",
                "billed_charge_local_micro / 1e6",
                "costInLocalCurrency",
            ),
        ),
        Column(
            "conversions",
            FRACTION,
            "all conversions by the account's own setting; platforms model fractions",
            "count",
            "null",
            _from(
                "purchases + leads",
                "metrics.conversions",
                "conversion_purchases + conversion_sign_ups",
                "externalWebsiteConversions + oneClickLeads",
            ),
        ),
        Column(
            "leads",
            FRACTION,
            "leads, one action family only",
            "count",
            "null",
            _from(
                "actions.lead, else onsite_conversion.lead_grouped + fb_pixel_lead",
                "metrics.conversions of lead categories",
                "conversion_sign_ups.metric",
                "oneClickLeads",
            ),
        ),
        Column(
            "purchases",
            FRACTION,
            "purchases, one action family only",
            "count",
            "null",
            _from(
                "actions.omni_purchase, else purchase, else fb_pixel_purchase",
                "metrics.conversions of category PURCHASE",
                "conversion_purchases.metric",
                "externalWebsiteConversions",
            ),
        ),
        Column(
            "revenue",
            MONEY,
            "value of the conversions",
            "account currency",
            "null",
            _from(
                "action_values of the same family",
                "metrics.conversions_value",
                "conversion_purchases.sale_amount / 1e6",
                "conversionValueInLocalCurrency",
            ),
        ),
        Column(
            "landing_page_views",
            COUNT,
            "link clicks after which the page was really loaded",
            "count",
            "null",
            _from("actions.landing_page_view", "not offered", "not offered", "not offered"),
        ),
        Column(
            "app_installs",
            FRACTION,
            "installs of the advertised app",
            "count",
            "null",
            _from(
                "actions.omni_app_install, else mobile_app_install",
                "metrics.conversions of category DOWNLOAD",
                "mobile_conversion_installs (post_view + post_engagement)",
                "not offered",
            ),
        ),
        Column(
            "view_through_conversions",
            FRACTION,
            "conversions after a view without a click",
            "count",
            "null",
            _from(
                "1d_view part of the conversions",
                "metrics.view_through_conversions",
                "post_view part of the conversions",
                "externalWebsitePostViewConversions",
            ),
        ),
        Column(
            "video_completions",
            COUNT,
            "videos seen to the end",
            "count",
            "null",
            _from(
                "video_p100_watched_actions",
                "metrics.video_quartile_p100_rate * impressions, rounded",
                "video_views_100",
                "videoCompletions",
            ),
        ),
        Column(
            "reactions",
            COUNT,
            "likes and other reactions",
            "count",
            "null",
            _from("actions.post_reaction", "not offered", "likes", "reactions"),
        ),
        Column(
            "comments",
            COUNT,
            "comments and replies",
            "count",
            "null",
            _from("actions.comment", "not offered", "replies", "comments"),
        ),
        Column(
            "shares",
            COUNT,
            "shares and reposts",
            "count",
            "null",
            _from("actions.post", "not offered", "retweets", "shares"),
        ),
        Column(
            "follows",
            COUNT,
            "new followers of the page",
            "count",
            "null",
            _from("actions.like", "not offered", "follows", "follows"),
        ),
        Column(
            "attribution_setting",
            TEXT,
            "which clicks and views count for conversions, in the platform's words",
            "",
            "null",
            _from("attribution_setting", "conversion action settings", "not told", "not told"),
        ),
        Column(
            "is_final",
            pa.bool_(),
            "the day is older than the platform's restatement window",
            absent="required",
        ),
        Column("run_id", TEXT, "run that read the row", absent="required"),
        Column("fetched_at", pa.timestamp("us", tz="UTC"), "when it was read", "UTC", "required"),
        Column(
            "raw_sha256",
            TEXT,
            "sha256 of the landing record, which lists the raw files",
            absent="required",
        ),
    ),
)

TOTALS_DAILY = Table(
    "totals_daily",
    "What the platform says a whole account or campaign did on a report day; ads are held to it.",
    ("platform", "account_id", "level", "level_id", "report_date"),
    (
        _PLATFORM,
        _ACCOUNT,
        Column("level", TEXT, "`account` or `campaign`", absent="required"),
        Column("level_id", TEXT, "the account's or the campaign's id", absent="required"),
        Column("report_date", pa.date32(), "day in the account's time zone", "day", "required"),
        Column("currency", TEXT, "currency of spend", "ISO 4217", "required"),
        Column("impressions", COUNT, "times shown", "count", "zero"),
        Column("clicks", COUNT, "all clicks, as in ad_daily", "count", "zero"),
        Column("spend", MONEY, "cost", "account currency", "zero"),
    ),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        ACCOUNTS,
        CAMPAIGNS,
        AD_SETS,
        ADS,
        CREATIVES,
        CREATIVE_IMAGES,
        AD_DAILY,
        TOTALS_DAILY,
    )
}

# Filled in by the collector, not by a platform's parser.
LINEAGE = ("is_final", "run_id", "fetched_at", "raw_sha256")

# What a parser gives of ad_daily; see `Parsed.batches`.
DAILY_PARSED = pa.schema([part for part in AD_DAILY.schema if part.name not in LINEAGE])

# The ad id of what a total holds beyond its ads: `__residual__:<level id>`.
RESIDUAL = "__residual__:"
