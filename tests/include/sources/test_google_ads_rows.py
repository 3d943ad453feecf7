"""Google Ads: what becomes of a reply."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from include.errors import AccountUnreadable, ConfigurationError, SchemaDrift
from include.sources.google_ads import parse
from include.sources.google_ads_objectives import objective_of
from include.tables import DAILY_PARSED, TABLES

CUSTOMER = {
    "customer": {
        "resourceName": "customers/101",
        "id": "101",
        "descriptiveName": "Marca",
        "currencyCode": "COP",
        "timeZone": "America/Bogota",
        "manager": False,
        "testAccount": False,
        "status": "ENABLED",
    }
}
KEY = {
    "campaign": {"resourceName": "customers/101/campaigns/111", "id": "111"},
    "adGroupAd": {"resourceName": "customers/101/adGroupAds/222~333"},
}
METRICS = {
    **KEY,
    "metrics": {
        "impressions": "185",
        "clicks": "9",
        "costMicros": "14350000",
        "conversions": 1.5,
        "conversionsValue": 30.25,
        "engagements": "4",
        "videoTrueviewViews": "0",
        "videoQuartileP100Rate": 0.25,
        "viewThroughConversions": "2",
    },
    "segments": {"date": "2026-11-05"},
}


def conversion(category, value, day="2026-11-05"):
    segments = {"date": day, "conversionActionCategory": category}
    return {**KEY, "metrics": {"conversions": value, "conversionsValue": 1.0}, "segments": segments}


def batches(*rows):
    return [{"results": list(rows), "fieldMask": "x", "requestId": "r"}]


@pytest.fixture
def parsed_of(reply, account):
    """Entities in alphabetical order, as they lie in the raw files."""

    def parsed(**entities):
        replies = [reply(name, batches(*rows)) for name, rows in sorted(entities.items())]
        return parse(iter(replies), account("google_ads"))

    return parsed


def days(parsed):
    """Rows of ad_daily, whichever way they were read."""
    return [
        *parsed.rows["ad_daily"],
        *pa.Table.from_batches(parsed.batches, DAILY_PARSED).to_pylist(),
    ]


def test_a_day_of_an_ad(parsed_of):
    """Micros are divided, whole numbers come as text, fractions of a conversion stay.

    A quarter of 185 impressions is 46.25 videos seen to the end: 46.
    """
    parsed = parsed_of(metrics=[METRICS])
    assert not parsed.rows["ad_daily"]
    assert days(parsed) == [
        {
            "platform": "google_ads",
            "account_id": "101",
            "report_date": date(2026, 11, 5),
            "timezone": "America/Bogota",
            "currency": "COP",
            "campaign_id": "111",
            "ad_set_id": "222",
            "ad_id": "222~333",
            "impressions": 185,
            "reach": None,
            "clicks": 9,
            "link_clicks": 9,
            "engagements": 4,
            "video_views": 0,
            "video_completions": 46,
            "spend": Decimal("14.35"),
            "conversions": 1.5,
            "leads": None,
            "purchases": None,
            "app_installs": None,
            "view_through_conversions": 2.0,
            "revenue": Decimal("30.25"),
            "landing_page_views": None,
            "reactions": None,
            "comments": None,
            "shares": None,
            "follows": None,
            "attribution_setting": "conversion action settings",
        }
    ]
    assert not parsed.unknown


def test_leads_and_purchases_come_by_category(parsed_of):
    """Lead categories are added up, store sales are purchases, sign-ups are none of them."""
    parsed = parsed_of(
        metrics=[METRICS],
        conversions=[
            conversion("SUBMIT_LEAD_FORM", 1.25),
            conversion("PHONE_CALL_LEAD", 0.5),
            conversion("PURCHASE", 2),
            conversion("STORE_SALE", 1),
            conversion("DOWNLOAD", 4),
            conversion("SIGNUP", 9),
        ],
    )
    (row,) = days(parsed)
    results = ("leads", "purchases", "app_installs", "conversions")
    assert [row[name] for name in results] == [1.75, 3.0, 4.0, 1.5]
    assert not parsed.unknown


def test_results_of_a_day_without_other_numbers_are_kept(parsed_of):
    """The two queries do not have to agree on the days; no lead is lost."""
    parsed = parsed_of(conversions=[conversion("SUBMIT_LEAD_FORM", 1.0)])
    (row,) = parsed.rows["ad_daily"]
    assert (row["impressions"], row["spend"], row["leads"]) == (0, Decimal(0), 1.0)
    assert parsed.rows["ads"][0]["status"] == "unlisted"


def test_numbers_that_do_not_parse_are_kept_as_text(parsed_of):
    """Also those of the conversions, which arrive apart from the rest."""
    metrics = METRICS["metrics"] | {"clicks": "nine", "costMicros": "1.5.0"}
    parsed = parsed_of(
        metrics=[METRICS | {"metrics": metrics}],
        conversions=[conversion("PURCHASE", "some"), conversion("PURCHASE", 1)],
    )
    (row,) = parsed.rows["ad_daily"]
    assert row["clicks"] is row["link_clicks"] is row["spend"] is row["purchases"] is None
    assert row["_unparsed"] == {
        "clicks": "nine",
        "link_clicks": "nine",
        "spend": "1.5.0",
        "purchases": "some",
    }


def test_new_fields_and_categories_are_counted(parsed_of):
    """Wherever they stand in the nested row."""
    row = METRICS | {"metrics": METRICS["metrics"] | {"foo": 1}, "extra": {}}
    assert not parsed_of(metrics=[row]).rows["ad_daily"]  # the quick way, nevertheless
    parsed = parsed_of(metrics=[row], conversions=[conversion("TELEPATHY", 1)])
    assert parsed.unknown == {
        "metrics.foo": 1,
        "metrics.extra": 1,
        "conversions.conversion_action_category=TELEPATHY": 1,
    }


def test_batches_without_rows_have_no_results(reply, account):
    """As recorded: a batch without `results`, and an empty array, are empty."""
    bodies = [[{"fieldMask": "x", "requestId": "r"}], []]
    parsed = parse([reply("metrics", body) for body in bodies], account("google_ads"))
    assert not any(parsed.rows.values())


@pytest.mark.parametrize("body", [[7], [{"results": {}}]])
def test_a_batch_of_another_shape_stops_the_reading(reply, account, body):
    """It is not taken for an empty one."""
    with pytest.raises(SchemaDrift, match="google_ads 101 metrics: a batch is"):
        parse([reply("metrics", body)], account("google_ads"))


def test_a_missing_date_stops_the_reading(parsed_of):
    """A row of no day cannot be placed."""
    with pytest.raises(SchemaDrift, match=r"segments\.date is None"):
        parsed_of(metrics=[METRICS | {"segments": {}}])


def test_the_customer_must_be_the_one_that_was_reviewed(parsed_of):
    """Currency and time zone as in nodes.yaml, and no manager account."""
    assert parsed_of(customer=[CUSTOMER]).rows["accounts"][0]["name"] == "Marca"
    customer = CUSTOMER["customer"]
    with pytest.raises(ConfigurationError, match="currency"):
        parsed_of(customer=[{"customer": customer | {"currencyCode": "USD"}}])
    with pytest.raises(ConfigurationError, match="time zone"):
        parsed_of(customer=[{"customer": customer | {"timeZone": "UTC"}}])
    with pytest.raises(AccountUnreadable, match="manager") as refused:
        parsed_of(customer=[{"customer": customer | {"manager": True}}])
    assert refused.value.kind == "not_enabled"


def test_objects_become_rows(parsed_of):
    """An ad's key is the pair of ad group and ad; pictures come through assets, once each."""
    display = {
        "marketingImages": [{"asset": "customers/101/assets/1"}],
        "squareMarketingImages": [
            {"asset": "customers/101/assets/2"},
            {"asset": "customers/101/assets/1"},
        ],
        "headlines": [{"text": "Short"}],
        "longHeadline": {"text": "Long"},
        "descriptions": [{"text": "Body"}],
    }
    ad = {
        "id": "333",
        "name": "Ad",
        "type": "RESPONSIVE_DISPLAY_AD",
        "finalUrls": ["https://shop/"],
        "responsiveDisplayAd": display,
    }
    size = {"url": "https://tpc/1", "widthPixels": "1200", "heightPixels": "628"}
    asset = {
        "resourceName": "customers/101/assets/1",
        "id": "1",
        "type": "IMAGE",
        "imageAsset": {"fullSize": size, "fileSize": "9", "mimeType": "IMAGE_JPEG"},
    }
    campaign = {
        "id": "111",
        "name": "WMP | x",
        "status": "REMOVED",
        "advertisingChannelType": "DISPLAY",
        "biddingStrategyType": "MAXIMIZE_CONVERSIONS",
    }
    goals = [
        {"campaignConversionGoal": {"campaign": "customers/101/campaigns/111"} | goal}
        for goal in (
            {"category": "SUBMIT_LEAD_FORM", "origin": "WEBSITE", "biddable": True},
            {"category": "PURCHASE", "origin": "WEBSITE"},
        )
    ]
    group = {"id": "222", "name": "Group", "status": "PAUSED", "type": "DISPLAY_STANDARD"}
    parsed = parsed_of(
        campaign=[{"campaign": campaign}],
        campaign_conversion_goal=goals,
        ad_group=[{"adGroup": group, "campaign": {"id": "111"}}],
        asset=[{"asset": asset}],
        ad_group_ad=[
            {"adGroupAd": {"status": "ENABLED", "ad": ad}}
            | {"adGroup": {"id": "222"}, "campaign": {"id": "111"}}
        ],
    )
    assert not parsed.unknown
    (row,) = parsed.rows["campaigns"]
    assert (row["objective"], row["status"]) == ("leads", "REMOVED")
    assert row["objective_raw"] == "DISPLAY/UNSPECIFIED/MAXIMIZE_CONVERSIONS/SUBMIT_LEAD_FORM"
    assert parsed.rows["ad_sets"][0]["ad_set_id"] == "222"
    (row,) = parsed.rows["ads"]
    keys = ("ad_id", "ad_set_id", "campaign_id", "creative_id")
    assert [row[k] for k in keys] == ["222~333", "222", "111", "333"]
    (row,) = parsed.rows["creatives"]
    texts = ("headline", "body", "link_url", "format")
    assert [row[t] for t in texts] == ["Short", "Body", "https://shop/", "image"]
    images = parsed.rows["creative_images"]
    assert not any(image["is_thumbnail"] for image in images)
    assert [(i["position"], i["source_ref"], i["url"]) for i in images] == [
        (0, "customers/101/assets/1", "https://tpc/1"),
        (1, "customers/101/assets/2", None),
    ]
    assert images[1]["reason"] == "Google lists no picture file for customers/101/assets/2"


@pytest.mark.parametrize(
    ("image_ad", "reference", "url"),
    [
        ({"imageUrl": "https://tpc/9"}, "https://tpc/9", "https://tpc/9"),
        ({"imageUrl": "https://tpc/9", "imageAsset": {"asset": "a/1"}}, "a/1", "https://full"),
        ({"imageUrl": "https://tpc/9", "imageAsset": {"asset": "a/2"}}, "a/2", "https://tpc/9"),
    ],
)
def test_image_ads_have_an_asset_or_an_address(parsed_of, image_ad, reference, url):
    """The asset's full-size file when Google lists it, else the ad's own address."""
    ad = {"id": "3", "type": "IMAGE_AD", "imageAd": image_ad}
    parsed = parsed_of(
        asset=[
            {"asset": {"resourceName": "a/1", "imageAsset": {"fullSize": {"url": "https://full"}}}}
        ],
        ad_group_ad=[{"adGroupAd": {"ad": ad}, "adGroup": {"id": "2"}, "campaign": {"id": "1"}}],
    )
    (image,) = parsed.rows["creative_images"]
    assert (image["source_ref"], image["url"]) == (reference, url)


@pytest.mark.parametrize(
    ("channel", "subtype", "bidding", "goals", "expected"),
    [
        ("MULTI_CHANNEL", "APP_CAMPAIGN", "TARGET_CPA", {"DOWNLOAD"}, "app_promotion"),
        ("SEARCH", "UNSPECIFIED", "TARGET_CPA", {"SUBMIT_LEAD_FORM", "CONTACT"}, "leads"),
        ("SEARCH", "UNSPECIFIED", "TARGET_CPA", {"SUBMIT_LEAD_FORM", "PURCHASE"}, "sales"),
        ("DISPLAY", "UNSPECIFIED", "TARGET_CPA", {"ENGAGEMENT"}, "engagement"),
        ("PERFORMANCE_MAX", "UNSPECIFIED", "MAXIMIZE_CONVERSIONS", set(), "sales"),
        ("DISPLAY", "UNSPECIFIED", "TARGET_CPM", set(), "awareness"),
        ("VIDEO", "VIDEO_NON_SKIPPABLE", "TARGET_CPA", set(), "awareness"),
        ("VIDEO", "UNSPECIFIED", "TARGET_CPV", set(), "video_views"),
        ("DEMAND_GEN", "UNSPECIFIED", "TARGET_SPEND", set(), "traffic"),
        ("DISPLAY", "UNSPECIFIED", "TARGET_ROAS", {"PURCHASE"}, "sales"),
        ("DISPLAY", "UNSPECIFIED", "ASTROLOGY", set(), "unknown"),
    ],
)
def test_objectives_are_derived(channel, subtype, bidding, goals, expected):
    """Google has no objective; the table of the reference decides."""
    found = objective_of(channel=channel, subtype=subtype, bidding=bidding, goals=goals)
    assert found == expected


def test_an_objective_nobody_can_derive_is_counted(parsed_of):
    """It says from what it could not be derived."""
    parsed = parsed_of(campaign=[{"campaign": {"id": "1", "biddingStrategyType": "ASTROLOGY"}}])
    assert parsed.rows["campaigns"][0]["objective"] == "unknown"
    assert parsed.unknown == {"campaign.objective=UNSPECIFIED/UNSPECIFIED/ASTROLOGY": 1}


def test_a_year_of_days_and_lates_have_the_lakes_types(parsed_of):
    """Rows of days that only conversions mention fit the same table."""
    parsed = parsed_of(conversions=[conversion("PURCHASE", 1)], metrics=[])
    (row,) = parsed.rows["ad_daily"]
    assert set(row) == set(DAILY_PARSED.names)
    pa.Table.from_pylist([row], schema=DAILY_PARSED).validate(full=True)


@pytest.mark.parametrize(
    "name", ["customers/1/adGroupAds/5", "customers/1/adGroupAds/~5", "customers/1/adGroupAds/5~"]
)
@pytest.mark.parametrize("entity", ["metrics", "conversions"])
def test_a_name_without_both_ids_stops_the_reading(parsed_of, entity, name):
    """An ad is known by its ad group and its own id."""
    row = METRICS if entity == "metrics" else conversion("PURCHASE", 1)
    with pytest.raises(SchemaDrift, match="an ad's name is"):
        parsed_of(**{entity: [row | {"adGroupAd": {"resourceName": name}}]})


@pytest.mark.parametrize("day", ["20261105", "2026-11-31", 7, ""])
def test_a_day_of_another_form_stops_the_reading(parsed_of, day):
    """Nothing is guessed about days."""
    with pytest.raises(SchemaDrift, match=r"segments\.date is"):
        parsed_of(metrics=[METRICS | {"segments": {"date": day}}])


def test_campaign_totals_are_kept_beside_the_ads(parsed_of):
    """One row per campaign and day; what does not parse is set aside."""
    total = {
        "campaign": KEY["campaign"],
        "segments": {"date": "2026-11-05"},
        "metrics": {"impressions": "200", "clicks": "10", "costMicros": "15000000"},
    }
    broken = total | {"metrics": {"impressions": "many"}, "extra": 1}
    parsed = parsed_of(totals=[total, broken])
    first, second = parsed.rows["totals_daily"]
    assert first == {
        "platform": "google_ads",
        "account_id": "101",
        "level": "campaign",
        "level_id": "111",
        "report_date": date(2026, 11, 5),
        "currency": "COP",
        "impressions": 200,
        "clicks": 10,
        "spend": Decimal(15),
    }
    assert set(first) == set(TABLES["totals_daily"].schema.names)
    assert second["_unparsed"] == {"impressions": "many"}
    assert parsed.unknown == {"totals.extra": 1}


ASSET = "customers/101/assets/"
GROUP = "customers/101/assetGroups/77"


def image_asset(number):
    url = {"fullSize": {"url": f"https://tpc/{number}"}}
    return {"asset": {"resourceName": f"{ASSET}{number}", "type": "IMAGE", "imageAsset": url}}


def link(kind, number, **more):
    part = {"assetGroup": GROUP, "asset": f"{ASSET}{number}", "fieldType": kind}
    row = {"assetGroupAsset": part | {"status": more.pop("status", "ENABLED")}}
    return row | ({"asset": {"textAsset": more}} if more else {})


def test_an_asset_group_is_read_as_an_ad(parsed_of):
    """Performance Max has no ads: the group is ad set and ad, its assets are the pictures."""
    numbers = {
        "campaign": KEY["campaign"],
        "assetGroup": {"resourceName": GROUP, "id": "77"},
        "segments": {"date": "2026-11-05"},
    }
    delivery = {"impressions": "50", "clicks": "5", "costMicros": "2500000", "conversions": 1}
    category = {"date": "2026-11-05", "conversionActionCategory": "PURCHASE"}
    group = {"resourceName": GROUP, "id": "77", "name": "Verano", "status": "ENABLED"}
    parsed = parsed_of(
        asset=[image_asset(1), image_asset(2), image_asset(3)],
        asset_group=[
            {"assetGroup": group | {"finalUrls": ["https://shop/"]}, "campaign": KEY["campaign"]}
        ],
        asset_group_asset=[
            link("SQUARE_MARKETING_IMAGE", 2),
            link("MARKETING_IMAGE", 1),
            link("MARKETING_IMAGE", 3, status="REMOVED"),
            link("HEADLINE", 8, text="Todo a mitad de precio"),
            link("DESCRIPTION", 9, text="Hasta agotar existencias"),
        ],
        conversions_asset_group=[
            numbers | {"segments": category, "metrics": {"conversions": 0.75}}
        ],
        metrics_asset_group=[numbers | {"metrics": delivery}],
    )
    assert not parsed.unknown
    (row,) = days(parsed)
    assert (row["ad_id"], row["ad_set_id"], row["campaign_id"]) == ("ag:77", "77", "111")
    assert (row["spend"], row["clicks"], row["purchases"]) == (Decimal("2.5"), 5, 0.75)
    (ad,) = parsed.rows["ads"]
    assert (ad["ad_id"], ad["creative_id"], ad["status"]) == ("ag:77", "ag:77", "ENABLED")
    (ad_set,) = parsed.rows["ad_sets"]
    assert (ad_set["ad_set_id"], ad_set["name"]) == ("77", "Verano")
    (creative,) = parsed.rows["creatives"]
    texts = ("headline", "body", "link_url", "format")
    assert [creative[t] for t in texts] == [
        "Todo a mitad de precio",
        "Hasta agotar existencias",
        "https://shop/",
        "image",
    ]
    shown = [(i["position"], i["source_ref"]) for i in parsed.rows["creative_images"]]
    assert shown == [(0, f"{ASSET}1"), (1, f"{ASSET}2")]


def test_a_garbled_number_of_an_asset_group_goes_the_slow_way(parsed_of):
    """With the same keys."""
    row = {
        "campaign": KEY["campaign"],
        "assetGroup": {"resourceName": GROUP, "id": "77"},
        "segments": {"date": "2026-11-05"},
        "metrics": {"impressions": "five"},
    }
    parsed = parsed_of(metrics_asset_group=[row])
    assert parsed.rows["ad_daily"][0]["ad_id"] == "ag:77"
    assert parsed.rows["ad_daily"][0]["_unparsed"] == {"impressions": "five"}


def ad_row(kind, **parts):
    ad = {"id": "3", "type": kind, **parts}
    return {"adGroupAd": {"ad": ad}, "adGroup": {"id": "2"}, "campaign": {"id": "1"}}


def test_a_carousel_shows_a_picture_per_card(parsed_of):
    """The first format that a card has, and each picture once."""
    cards = [
        {"asset": {"resourceName": f"{ASSET}{number}", "demandGenCarouselCardAsset": card}}
        for number, card in (
            (11, {"squareMarketingImageAsset": f"{ASSET}2", "marketingImageAsset": f"{ASSET}1"}),
            (12, {"portraitMarketingImageAsset": f"{ASSET}2"}),
            (13, {"marketingImageAsset": f"{ASSET}1"}),
        )
    ]
    named = [{"asset": f"{ASSET}{number}"} for number in (11, 12, 13)]
    parsed = parsed_of(
        asset=[image_asset(1), image_asset(2), *cards],
        ad_group_ad=[
            ad_row(
                "DEMAND_GEN_CAROUSEL_AD",
                demandGenCarouselAd={
                    "carouselCards": named,
                    "headline": {"text": "Tres casas"},
                    "description": {"text": "Y un parque"},
                },
            )
        ],
    )
    assert not parsed.unknown
    images = parsed.rows["creative_images"]
    assert [(i["position"], i["url"]) for i in images] == [
        (0, "https://tpc/1"),
        (1, "https://tpc/2"),
    ]
    (creative,) = parsed.rows["creatives"]
    assert [creative[n] for n in ("format", "headline", "body")] == [
        "carousel",
        "Tres casas",
        "Y un parque",
    ]


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        ("VIDEO_AD", {"videoAd": {"video": {"asset": f"{ASSET}5"}}}),
        ("VIDEO_RESPONSIVE_AD", {"videoResponsiveAd": {"videos": [{"asset": f"{ASSET}5"}]}}),
        (
            "DEMAND_GEN_VIDEO_RESPONSIVE_AD",
            {"demandGenVideoResponsiveAd": {"videos": [{"asset": f"{ASSET}5"}]}},
        ),
    ],
)
def test_a_video_has_a_still_picture_marked_as_a_thumbnail(reply, parsed_of, account, kind, parts):
    """It comes from YouTube, not from the API; where, a connection can say."""
    video = {"resourceName": f"{ASSET}5", "youtubeVideoAsset": {"youtubeVideoId": "abc-DEF_123"}}
    parsed = parsed_of(asset=[{"asset": video}], ad_group_ad=[ad_row(kind, **parts)])
    assert not parsed.unknown
    assert parsed.rows["creatives"][0]["format"] == "video"
    (image,) = parsed.rows["creative_images"]
    assert (image["role"], image["is_thumbnail"]) == ("video_thumbnail", True)
    assert image["source_ref"] == "youtube:abc-DEF_123"
    assert image["url"] == "https://i.ytimg.com/vi/abc-DEF_123/maxresdefault.jpg"
    replies = [
        reply("ad_group_ad", batches(ad_row(kind, **parts))),
        reply("asset", batches({"asset": video})),
        reply("posters", {"address": "https://stills.example/{video_id}.jpg"}),
    ]
    (image,) = parse(replies, account("google_ads")).rows["creative_images"]
    assert image["url"] == "https://stills.example/abc-DEF_123.jpg"


def test_pages_of_a_search_are_read_like_batches(reply, account):
    """An object with results and a token in place of an array."""
    pages = [
        reply("totals", {"results": [], "nextPageToken": "t"}),
        reply("metrics", {"results": [METRICS], "nextPageToken": "t"}),
        reply("metrics", {"fieldMask": "x"}),
    ]
    assert [row["clicks"] for row in days(parse(pages, account("google_ads")))] == [9]
