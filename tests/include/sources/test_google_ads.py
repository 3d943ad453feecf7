"""Google Ads: tokens, errors, and what becomes of a reply."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest

from include.errors import (
    AccountUnreadable,
    AuthenticationExpired,
    ConfigurationError,
    RateLimited,
    SchemaDrift,
    SourceUnavailable,
)
from include.sources.google_ads import Client, parse
from include.sources.google_ads_objectives import objective_of

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
    "adGroup": {"resourceName": "customers/101/adGroups/222", "id": "222"},
    "adGroupAd": {
        "resourceName": "customers/101/adGroupAds/222~333",
        "ad": {"resourceName": "customers/101/ads/333", "id": "333"},
    },
}
METRICS = {
    **KEY,
    "customer": {
        "resourceName": "customers/101",
        "currencyCode": "COP",
        "timeZone": "America/Bogota",
    },
    "metrics": {
        "impressions": "185",
        "clicks": "9",
        "costMicros": "14350000",
        "conversions": 1.5,
        "conversionsValue": 30.25,
        "engagements": "4",
        "videoTrueviewViews": "0",
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
    def parsed(**entities):
        replies = [reply(name, batches(*rows)) for name, rows in entities.items()]
        return parse(replies, account("google_ads"))

    return parsed


def client_of(server, **changes):
    return Client(
        host=f"{server.url}/google_ads",
        client_id="id",
        client_secret="client-secret",
        refresh_token="refresh-secret",
        token_url=f"{server.url}/token",
        **changes,
    )


@pytest.fixture
def client(server):
    return client_of(server)


def test_a_day_of_an_ad(parsed_of):
    """Micros are divided, whole numbers come as text, fractions of a conversion stay."""
    parsed = parsed_of(metrics=[METRICS])
    assert parsed.rows["ad_daily"] == [
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
            "spend": Decimal("14.35"),
            "conversions": 1.5,
            "leads": None,
            "purchases": None,
            "revenue": Decimal("30.25"),
            "attribution_setting": "conversion action settings",
        }
    ]
    assert not parsed.unknown


def test_leads_and_purchases_come_by_category(parsed_of):
    """Lead categories are added up, store sales are purchases, sign-ups are neither."""
    parsed = parsed_of(
        metrics=[METRICS],
        conversions=[
            conversion("SUBMIT_LEAD_FORM", 1.25),
            conversion("PHONE_CALL_LEAD", 0.5),
            conversion("PURCHASE", 2),
            conversion("STORE_SALE", 1),
            conversion("SIGNUP", 9),
        ],
    )
    (row,) = parsed.rows["ad_daily"]
    assert (row["leads"], row["purchases"], row["conversions"]) == (1.75, 3.0, 1.5)
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
    with pytest.raises(AccountUnreadable, match="manager"):
        parsed_of(customer=[{"customer": customer | {"manager": True}}])


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


def test_one_token_serves_all_queries(server, says, client, fetch):
    """60 days are two slices; the token is asked for once; secrets are nowhere in the replies."""

    def answer(asked):
        if asked.path == "/token":
            return says({"access_token": "ya29.access", "expires_in": 3599})
        return says(batches())

    server.answer = answer
    days = {"since": date(2026, 9, 21), "until": date(2026, 11, 19)}
    replies = fetch(client, "google_ads", **days)
    tokens, queries = server.asked[:1], server.asked[1:]
    assert tokens[0].form["grant_type"] == "refresh_token"
    assert tokens[0].form["refresh_token"] == "refresh-secret"
    assert {a.headers["authorization"] for a in queries} == {"Bearer ya29.access"}
    assert {a.path for a in queries} == {"/google_ads/v26/customers/101/googleAds:searchStream"}
    texts = [json.loads(a.body)["query"] for a in queries]
    dated = [t.split(" WHERE ")[1] for t in texts if "segments.date BETWEEN" in t]
    first, second = "'2026-09-21' AND '2026-10-20'", "'2026-10-21' AND '2026-11-19'"
    assert dated == [f"segments.date BETWEEN {days}" for days in (first, first, second, second)]
    assert len(replies) == 10
    for secret in ("ya29", "client-secret", "refresh-secret"):
        assert secret not in repr(replies)


def test_the_manager_account_goes_into_a_header(server, says, fetch):
    """Access through a manager account needs its number."""
    client = client_of(server, login_customer_id="9990001111")
    token = {"access_token": "t", "expires_in": 100}
    server.answer = lambda asked: says(token if asked.path == "/token" else batches())
    fetch(client, "google_ads")
    assert server.asked[1].headers["login-customer-id"] == "9990001111"
    # 100 seconds are less than the margin: each query gets a new token.
    assert [a.path for a in server.asked].count("/token") == 8


def test_an_access_token_that_ends_early_is_renewed_once(server, says, client, fetch):
    """The second token works; a second refusal would stop the run."""
    given = iter(["old-token", "new-token"])

    def answer(asked):
        if asked.path == "/token":
            return says({"access_token": next(given), "expires_in": 3599})
        if asked.headers["authorization"] == "Bearer old-token":
            return says([{"error": {"code": 401, "status": "UNAUTHENTICATED"}}], 401)
        return says(batches())

    server.answer = answer
    assert len(fetch(client, "google_ads")) == 8


def test_a_dead_refresh_token_needs_a_person(server, says, client):
    """No retry can cure `invalid_grant`."""
    server.says(says({"error": "invalid_grant", "error_description": "Token revoked"}, 400))
    with pytest.raises(AuthenticationExpired, match=r"google_ads: test: token.*invalid_grant"):
        client.check()
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (({}, 429), RateLimited),
        (({"error": "backend"}, 503), SourceUnavailable),
        (({"token": "x"}, 200), SchemaDrift),
    ],
)
def test_trouble_at_the_token_address(server, says, client, answer, expected):
    """It is not the account's fault, and the new token is in no message."""
    server.says(says(*answer))
    with pytest.raises(expected):
        client.check()


def failure(status, code, family, value, **details):
    errors = [{"errorCode": {family: value}, "message": "said", "details": details}]
    return {
        "error": {"code": 0, "message": "m", "status": code, "details": [{"errors": errors}]}
    }, status


@pytest.mark.parametrize(
    ("body_status", "expected"),
    [
        (failure(401, "UNAUTHENTICATED", "authenticationError", "OAUTH_TOKEN_REVOKED"),
         AuthenticationExpired),
        (failure(403, "PERMISSION_DENIED", "authorizationError", "USER_PERMISSION_DENIED"),
         AccountUnreadable),
        (failure(403, "PERMISSION_DENIED", "authorizationError", "CUSTOMER_NOT_ENABLED"),
         AccountUnreadable),
        (failure(400, "INVALID_ARGUMENT", "queryError", "REQUESTED_METRICS_FOR_MANAGER"),
         AccountUnreadable),
        (failure(400, "INVALID_ARGUMENT", "queryError", "UNRECOGNIZED_FIELD"), SchemaDrift),
        (failure(429, "RESOURCE_EXHAUSTED", "quotaError", "RESOURCE_EXHAUSTED"), RateLimited),
        (failure(500, "INTERNAL", "internalError", "TRANSIENT_ERROR"), SourceUnavailable),
    ],
)  # fmt: skip
def test_errors_are_told_apart(server, says, fetch, body_status, expected):
    """Streams wrap the error object into an array; it means the same."""
    body, status = body_status
    token = says({"access_token": "ya29.access", "expires_in": 3599})
    for said in (says(body, status), says([body], status)):
        server.answer = lambda asked, said=said: token if asked.path == "/token" else said
        with pytest.raises(expected, match="google_ads 101 customer"):
            fetch(client_of(server), "google_ads")


@pytest.mark.parametrize(
    ("details", "wait_s"),
    [
        ({"quotaErrorDetails": {"rateScope": "DEVELOPER", "retryDelay": "17941s"}}, 17941),
        ({"quotaErrorDetails": {"retryDelay": "soon"}}, 300),
        ({}, 300),
    ],
)
def test_the_wait_is_what_google_asks_for(server, says, client, details, wait_s):
    """`retryDelay` in seconds; five minutes when it says nothing."""
    body, status = failure(429, "RESOURCE_EXHAUSTED", "quotaError", "RESOURCE_EXHAUSTED", **details)
    token = says({"access_token": "ya29.access", "expires_in": 3599})
    server.answer = lambda asked: token if asked.path == "/token" else says(body, status)
    with pytest.raises(RateLimited) as stopped:
        client.check()
    assert stopped.value.wait_s == wait_s


def test_an_object_instead_of_a_stream_stops_the_reading(server, says, client, fetch):
    """Rows read from the wrong shape would be no rows at all."""
    token = says({"access_token": "ya29.access", "expires_in": 3599})
    server.answer = lambda asked: token if asked.path == "/token" else says({"results": []})
    with pytest.raises(SchemaDrift, match="expected a JSON array of batches"):
        fetch(client, "google_ads")
