"""The sandbox speaks Google Ads: token, GAQL, proto3 JSON and errors of reference section 2."""

from datetime import UTC, date, datetime, timedelta

import pytest
import requests

from include.sandbox import google_ads, google_office
from include.sandbox.accounts import sandbox_account
from include.sandbox.credentials import (
    GOOGLE_CLIENT_ID,
    GOOGLE_CLIENT_SECRET,
    GOOGLE_REFRESH_TOKEN,
)
from include.sandbox.gaql import Condition, GaqlError, date_range, holds, parse
from include.sandbox.google_customers import ALLIED, CANCELED, MANAGER
from include.sandbox.google_rows import is_asset_group

COP, USD = "1234567801", "1234567802"
TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
THIRTY_DAYS = "WHERE segments.date BETWEEN '2026-10-21' AND '2026-11-19'"


@pytest.fixture(scope="module")
def token(base_url):
    reply = requests.post(
        f"{base_url}/google_ads/token",
        data={
            "client_id": GOOGLE_CLIENT_ID,
            "client_secret": GOOGLE_CLIENT_SECRET,
            "refresh_token": GOOGLE_REFRESH_TOKEN,
            "grant_type": "refresh_token",
        },
        timeout=20,
    )
    body = reply.json()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3599)
    return body["access_token"]


@pytest.fixture(scope="module")
def post(base_url, token):
    """POST a query to an account's search or searchStream."""

    def ask(query, *, customer=COP, method="searchStream", version="v26", login=None, **body):
        bearer = body.pop("bearer", token)
        through = {"login-customer-id": login} if login else {}
        return requests.post(
            f"{base_url}/google_ads/{version}/customers/{customer}/googleAds:{method}",
            json={"query": query, **body},
            headers={"Authorization": f"Bearer {bearer}", **through},
            timeout=20,
        )

    return ask


@pytest.fixture(scope="module")
def rows(post):
    """All rows of a stream; a query may come in clauses: select, resource, conditions."""

    def ask(query, resource="", conditions="", **options):
        whole = " ".join([query, "FROM", resource, conditions]) if resource else query
        reply = post(whole, **options)
        assert reply.status_code == 200, reply.text
        return [row for batch in reply.json() for row in batch.get("results", [])]

    return ask


def test_the_account_has_its_currency_and_time_zone(rows):
    """Booleans are booleans, ids are strings, the resource name comes along."""
    found = rows(
        "SELECT customer.id, customer.currency_code, customer.time_zone, customer.manager "
        "FROM customer LIMIT 1",
        customer=USD,
    )
    assert found == [
        {
            "customer": {
                "resourceName": f"customers/{USD}",
                "id": USD,
                "currencyCode": "USD",
                "timeZone": "America/Los_Angeles",
                "manager": False,
            }
        }
    ]


def test_accessible_customers_are_named(base_url, token):
    """Those shared with this user, a manager account among them; without a token none."""
    url = f"{base_url}/google_ads/v26/customers:listAccessibleCustomers"
    reply = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=20)
    names = [f"customers/{number}" for number in (COP, USD, CANCELED, MANAGER)]
    assert reply.json() == {"resourceNames": names}
    assert requests.get(url, timeout=20).status_code == 401


def test_metrics_per_ad_and_day_have_wire_types(rows, world, now):
    """int64 as text, doubles as numbers, zeros present; sums are the world's own.

    Ads of Performance Max campaigns are told as asset groups, and nowhere as ads.
    """
    fields = (
        "segments.date, metrics.impressions, metrics.cost_micros, metrics.conversions, "
        "metrics.clicks"
    )
    ads = rows(
        f"SELECT ad_group_ad.ad.id, ad_group.id, {fields}, metrics.video_quartile_p25_rate",
        "ad_group_ad",
        THIRTY_DAYS,
    )
    groups = rows(f"SELECT asset_group.id, {fields}", "asset_group", THIRTY_DAYS)
    seen = world.daily(sandbox_account("google_ads", COP), date(2026, 10, 21), TODAY, now)
    old = seen.day < TODAY.toordinal()
    assert len(ads) + len(groups) == old.sum() > 50
    assert groups
    found = [*ads, *groups]
    assert sum(int(r["metrics"]["costMicros"]) for r in found) == seen.spend[old].sum()
    clicks = sum(int(r["metrics"]["clicks"]) for r in found)
    assert clicks == seen.counts["link_clicks"][old].sum()
    told = {ad.id: is_asset_group(ad) for ad in seen.ads}
    assert not any(told[r["adGroupAd"]["ad"]["id"]] for r in ads)
    assert all(told[r["assetGroup"]["id"]] for r in groups)
    first = ads[0]
    assert first["adGroupAd"]["resourceName"].endswith(
        f"adGroupAds/{first['adGroup']['id']}~{first['adGroupAd']['ad']['id']}"
    )
    assert isinstance(first["metrics"]["impressions"], str)
    assert {r["metrics"]["videoQuartileP25Rate"] for r in ads} == {0}
    assert all(isinstance(r["metrics"]["conversions"], (int, float)) for r in found)
    assert any(r["metrics"]["conversions"] % 1 for r in found)


def test_conversions_by_category_add_up_to_all_conversions(rows):
    """Leads and purchases, each only where there are some."""
    by_category = rows(
        "SELECT segments.date, segments.conversion_action_category, metrics.conversions",
        "ad_group_ad",
        THIRTY_DAYS,
    )
    together = rows("SELECT segments.date, metrics.conversions", "ad_group_ad", THIRTY_DAYS)
    assert {r["segments"]["conversionActionCategory"] for r in by_category} == {
        "SUBMIT_LEAD_FORM",
        "PURCHASE",
    }
    assert all(r["metrics"]["conversions"] > 0 for r in by_category)
    sums = [
        round(sum(row["metrics"]["conversions"] for row in some), 2)
        for some in (by_category, together)
    ]
    assert sums[0] == sums[1] > 0


@pytest.mark.parametrize("resource", ["customer", "campaign", "ad_group"])
def test_levels_above_sum_to_the_same(rows, resource):
    """With and without the date; Performance Max did a fiftieth more than its asset groups."""

    def total(found, metric="impressions"):
        return sum(int(r["metrics"][metric]) for r in found)

    fields = "metrics.impressions, metrics.cost_micros"
    ads = rows(f"SELECT segments.date, {fields}", "ad_group_ad", THIRTY_DAYS)
    groups = rows(f"SELECT segments.date, {fields}", "asset_group", THIRTY_DAYS)
    beyond = sum(int(r["metrics"]["impressions"]) // 50 for r in groups)
    cost_beyond = sum(int(r["metrics"]["costMicros"]) // 50 for r in groups)
    assert cost_beyond > 0
    for selected in ("segments.date, ", ""):
        found = rows(f"SELECT {selected}{fields}", resource, THIRTY_DAYS)
        if resource == "ad_group":
            assert total(found) == total(ads)
            continue
        assert total(found) == total(ads) + total(groups) + beyond
        assert total(found, "costMicros") == (
            total(ads, "costMicros") + total(groups, "costMicros") + cost_beyond
        )
        assert len(found) < len(ads)


def test_rows_without_numbers_are_told_only_without_segments(rows):
    """With a segment a day without activity has no row; without one every object has its row."""
    campaigns = rows("SELECT campaign.id FROM campaign")
    week = "WHERE segments.date BETWEEN '2026-11-01' AND '2026-11-02'"
    totals = rows("SELECT campaign.id, metrics.impressions", "campaign", week)
    days = rows("SELECT campaign.id, segments.date, metrics.impressions", "campaign", week)
    assert len(totals) == len(campaigns)
    assert "0" in {r["metrics"]["impressions"] for r in totals}
    assert "0" not in {r["metrics"]["impressions"] for r in days}


def test_ads_refer_to_image_assets_that_can_be_loaded(rows):
    """Responsive ads name landscape or square assets, image ads an uploaded one."""
    ads = rows(
        "SELECT ad_group_ad.ad.type, ad_group_ad.ad.image_ad.image_asset.asset, "
        "ad_group_ad.ad.responsive_display_ad.marketing_images, "
        "ad_group_ad.ad.responsive_display_ad.square_marketing_images FROM ad_group_ad"
    )
    assets = rows(
        "SELECT asset.resource_name, asset.image_asset.full_size.url, "
        "asset.image_asset.full_size.width_pixels FROM asset WHERE asset.type = 'IMAGE'"
    )
    urls = {r["asset"]["resourceName"]: r["asset"]["imageAsset"]["fullSize"]["url"] for r in assets}
    named = set()
    for row in ads:
        ad = row["adGroupAd"]["ad"]
        responsive = ad.get("responsiveDisplayAd", {})
        named |= {image["asset"] for images in responsive.values() for image in images}
        if ad["type"] == "IMAGE_AD":
            named.add(ad["imageAd"]["imageAsset"]["asset"])
    # What no such ad shows belongs to asset groups, carousels and videos.
    assert named < set(urls)
    assert assets[0]["asset"]["imageAsset"]["fullSize"]["widthPixels"] in {"640", "512"}
    first = next(iter(urls.values()))
    assert requests.get(first, timeout=20).headers["content-type"].startswith("image/")
    assert requests.get(first + "9", timeout=20).status_code == 404


def test_removed_ads_are_returned_unless_filtered(rows):
    """As GAQL does; conditions may name fields that are not selected."""
    every = rows("SELECT ad_group_ad.status FROM ad_group_ad", customer=USD)
    kept = rows(
        "SELECT ad_group_ad.ad.id FROM ad_group_ad WHERE ad_group_ad.status != 'REMOVED'",
        customer=USD,
    )
    assert "REMOVED" in {r["adGroupAd"]["status"] for r in every}
    assert 0 < len(kept) < len(every)


def test_goals_tell_lead_campaigns_from_sales_campaigns(rows):
    """A campaign that bids on leads only is a lead campaign; Google has no objective field."""
    goals = rows(
        "SELECT campaign.id, campaign.name, campaign_conversion_goal.category "
        "FROM campaign_conversion_goal WHERE campaign_conversion_goal.biddable = TRUE"
    )
    bids = {}
    for row in goals:
        objective = row["campaign"]["name"].split(" | ")[1]
        categories = bids.setdefault(objective, {}).setdefault(row["campaign"]["id"], set())
        categories.add(row["campaignConversionGoal"]["category"])
    assert all(c == {"SUBMIT_LEAD_FORM"} for c in bids["leads"].values())
    assert all(c == {"PURCHASE"} for c in bids["sales"].values())
    assert all(len(c) == 2 for c in bids["traffic"].values())


def test_an_empty_answer_has_no_results_key(post):
    """One batch with mask and request id, as recorded from the platform."""
    reply = post("SELECT asset_group.id FROM asset_group WHERE asset_group.id = 1").json()
    assert reply == [
        {
            "fieldMask": "assetGroup.id",
            "requestId": "sandboxRequest",
            "queryResourceConsumption": "100",
        }
    ]
    actions = post("SELECT conversion_action.category FROM conversion_action").json()
    assert len(actions[0]["results"]) == 2


def test_a_stream_comes_in_batches(post, rows):
    """The first is short; only the last one tells what the query cost."""
    select = "SELECT ad_group_ad.ad.id, segments.date, metrics.clicks FROM ad_group_ad"
    query = " ".join([select, THIRTY_DAYS])
    batches = post(query).json()
    sizes = [len(batch["results"]) for batch in batches]
    assert sizes[0] == 40 < sizes[1]
    assert sum(sizes) == len(rows(query))
    assert ["queryResourceConsumption" in batch for batch in batches] == [False] * (
        len(batches) - 1
    ) + [True]


def test_performance_max_has_asset_groups_and_no_ads(rows):
    """Each shows a picture, a headline and a description."""
    shown = rows(
        "SELECT asset_group.id, asset_group_asset.field_type, asset_group_asset.asset, "
        "campaign.advertising_channel_type, asset.text_asset.text FROM asset_group_asset"
    )
    groups = {}
    for row in shown:
        assert row["campaign"]["advertisingChannelType"] == "PERFORMANCE_MAX"
        kind = row["assetGroupAsset"]["fieldType"]
        groups.setdefault(row["assetGroup"]["id"], []).append(kind)
        assert ("textAsset" in row["asset"]) is (kind in {"HEADLINE", "DESCRIPTION"})
    assert groups
    for kinds in groups.values():
        assert {"HEADLINE", "DESCRIPTION"} < set(kinds)
        assert any(kind.endswith("MARKETING_IMAGE") for kind in kinds)
    ads = rows("SELECT campaign.advertising_channel_type, ad_group_ad.ad.id FROM ad_group_ad")
    channels = {row["campaign"]["advertisingChannelType"] for row in ads}
    assert channels == {"DISPLAY", "DEMAND_GEN"}


def test_demand_gen_has_carousels_and_videos(rows, base_url):
    """A card names picture assets, a video has an id and a still picture."""
    assets = rows(
        "SELECT asset.resource_name, asset.type, asset.youtube_video_asset.youtube_video_id, "
        "asset.demand_gen_carousel_card_asset.marketing_image_asset, "
        "asset.demand_gen_carousel_card_asset.square_marketing_image_asset, "
        "asset.demand_gen_carousel_card_asset.portrait_marketing_image_asset FROM asset"
    )
    by_name = {row["asset"]["resourceName"]: row["asset"] for row in assets}
    kinds = {asset["type"] for asset in by_name.values()}
    assert kinds == {"IMAGE", "TEXT", "YOUTUBE_VIDEO", "DEMAND_GEN_CAROUSEL_CARD"}
    for asset in by_name.values():
        for picture in asset.get("demandGenCarouselCardAsset", {}).values():
            assert by_name[picture]["type"] == "IMAGE"
    video = next(a["youtubeVideoAsset"] for a in by_name.values() if "youtubeVideoAsset" in a)
    still = f"{base_url}/google_ads/vi/{{}}/maxresdefault.jpg"
    found = requests.get(still.format(video["youtubeVideoId"]), timeout=20)
    assert found.headers["content-type"].startswith("image/")
    assert requests.get(still.format("nothing"), timeout=20).status_code == 404
    ads = rows(
        "SELECT ad_group_ad.ad.type, ad_group_ad.ad.demand_gen_carousel_ad.carousel_cards, "
        "ad_group_ad.ad.demand_gen_video_responsive_ad.videos FROM ad_group_ad"
    )
    for row in ads:
        ad = row["adGroupAd"]["ad"]
        cards = ad.get("demandGenCarouselAd", {}).get("carouselCards", [])
        videos = ad.get("demandGenVideoResponsiveAd", {}).get("videos", [])
        assert all(by_name[c["asset"]]["type"] == "DEMAND_GEN_CAROUSEL_CARD" for c in cards)
        assert all(by_name[v["asset"]]["type"] == "YOUTUBE_VIDEO" for v in videos)


def test_client_accounts_are_listed_below_the_manager(rows):
    """Itself and its clients, with their states; a client account lists itself."""
    query = (
        "SELECT customer_client.id, customer_client.manager, customer_client.level, "
        "customer_client.status FROM customer_client WHERE customer_client.level <= 10"
    )
    found = [row["customerClient"] for row in rows(query, customer=MANAGER)]
    assert [(c["id"], c["manager"], c["level"], c["status"]) for c in found] == [
        (MANAGER, True, "0", "ENABLED"),
        (COP, False, "1", "ENABLED"),
        (USD, False, "1", "ENABLED"),
        (ALLIED, False, "1", "ENABLED"),
        (CANCELED, False, "1", "CANCELED"),
    ]
    assert [row["customerClient"]["id"] for row in rows(query, customer=COP)] == [COP]
    assert rows("SELECT campaign.id FROM campaign", customer=MANAGER) == []


def test_an_account_of_a_manager_is_reached_through_it(post):
    """Without the header, or with that of an account which is no manager, it is not."""
    query = "SELECT customer.id FROM customer"
    assert post(query, customer=ALLIED, login=MANAGER).status_code == 200
    assert post(query, customer=COP, login=COP).status_code == 200
    for login in (None, USD):
        reply = post(query, customer=ALLIED, login=login).json()[0]["error"]
        code = reply["details"][0]["errors"][0]["errorCode"]
        assert code == {"authorizationError": "USER_PERMISSION_DENIED"}


def test_fields_can_be_looked_up(base_url, token):
    """Those that exist come back; the others do not."""
    reply = requests.post(
        f"{base_url}/google_ads/v26/googleAdsFields:search",
        json={"query": "SELECT name, selectable WHERE name IN ('metrics.clicks', 'metrics.foo')"},
        headers={"Authorization": f"Bearer {token}"},
        timeout=20,
    )
    assert [field["name"] for field in reply.json()["results"]] == ["metrics.clicks"]


def test_a_day_has_so_many_operations(post, monkeypatch):
    """The array form in a stream, with the wait until midnight in California: 20 hours."""
    monkeypatch.setattr(google_office, "OPERATIONS_A_DAY", 0)
    query = "SELECT customer.id FROM customer"
    stream, search = post(query), post(query, method="search")
    assert stream.status_code == search.status_code == 429
    assert stream.json() == [search.json()]
    (failure,) = search.json()["error"]["details"][0]["errors"]
    quota = failure["details"]["quotaErrorDetails"]
    # 2026-11-20 12:00 UTC is 04:00 there.
    assert (quota["rateScope"], quota["retryDelay"]) == ("DEVELOPER", "72001s")
    later = post(query, method="search", pageToken="?")
    assert later.status_code == 400


def test_pages_follow_each_other_until_their_token_ends(post, monkeypatch):
    """Of the same query, for two hours; together they are the stream."""
    monkeypatch.setattr(google_ads, "PAGE_ROWS", 3)
    query = "SELECT campaign.id FROM campaign"
    whole = [row for batch in post(query).json() for row in batch["results"]]
    pages, token = [], None
    while True:
        page = post(query, method="search", **({"pageToken": token} if token else {})).json()
        pages.append(page["results"])
        token = page.get("nextPageToken")
        if not token:
            break
        last = token
    assert [row for page in pages for row in page] == whole
    assert {len(page) for page in pages[:-1]} == {3}
    other = post("SELECT campaign.name FROM campaign", method="search", pageToken=last).json()
    reason = other["error"]["details"][0]["errors"][0]["errorCode"]
    assert reason == {"requestError": "INVALID_PAGE_TOKEN"}
    old = google_ads._page_token(3, query, NOW - timedelta(hours=2, seconds=1))
    said = post(query, method="search", pageToken=old).json()
    reason = said["error"]["details"][0]["errors"][0]["errorCode"]
    assert reason == {"requestError": "EXPIRED_PAGE_TOKEN"}


def test_search_orders_limits_and_counts(post):
    """The object form of the answer; one page has no token."""
    query = "SELECT campaign.id, campaign.name FROM campaign ORDER BY campaign.id DESC LIMIT 3"
    reply = post(query, method="search", searchSettings={"returnTotalResultsCount": True}).json()
    ids = [int(r["campaign"]["id"]) for r in reply["results"]]
    assert ids == sorted(ids, reverse=True)
    assert reply["totalResultsCount"] == "3"
    assert "nextPageToken" not in reply


@pytest.mark.parametrize(
    ("query", "options", "expected"),
    [
        ("SELECT campaign.foo FROM campaign", {}, (400, "queryError", "UNRECOGNIZED_FIELD")),
        (
            "SELECT campaign.id FROM page",
            {},
            (400, "queryError", "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE"),
        ),
        ("SELECT", {}, (400, "queryError", "UNEXPECTED_INPUT")),
        (
            "SELECT segments.conversion_action, metrics.clicks FROM ad_group_ad",
            {},
            (400, "queryError", "PROHIBITED_SEGMENT_WITH_METRIC_IN_SELECT_OR_WHERE_CLAUSE"),
        ),
        (
            "SELECT campaign.id FROM campaign WHERE segments.conversion_action = '1' "
            "AND metrics.clicks > 1",
            {},
            (400, "queryError", "PROHIBITED_SEGMENT_WITH_METRIC_IN_SELECT_OR_WHERE_CLAUSE"),
        ),
        (
            "SELECT metrics.clicks FROM asset",
            {},
            (400, "queryError", "PROHIBITED_METRIC_IN_SELECT_OR_WHERE_CLAUSE"),
        ),
        (
            "SELECT segments.date FROM asset WHERE segments.date DURING TODAY",
            {},
            (400, "queryError", "PROHIBITED_SEGMENT_IN_SELECT_OR_WHERE_CLAUSE"),
        ),
        (
            "SELECT ad_group.id FROM campaign",
            {},
            (400, "queryError", "PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE"),
        ),
        (
            "SELECT segments.date, metrics.clicks FROM campaign",
            {},
            (400, "queryError", "EXPECTED_FILTERS_ON_DATE_RANGE"),
        ),
        (
            "SELECT metrics.clicks FROM campaign WHERE segments.date = '2023-09-30'",
            {},
            (400, "dateRangeError", "REQUESTED_DATE_GRANULARITY_NOT_SUPPORTED"),
        ),
        (
            "SELECT metrics.clicks FROM customer",
            {"customer": MANAGER},
            (400, "queryError", "REQUESTED_METRICS_FOR_MANAGER"),
        ),
        (
            "SELECT customer.id FROM customer",
            {"customer": CANCELED},
            (403, "authorizationError", "CUSTOMER_NOT_ENABLED"),
        ),
        (
            "SELECT customer.id FROM customer",
            {"login": "999-000-1111"},
            (400, "headerError", "INVALID_LOGIN_CUSTOMER_ID"),
        ),
        (
            "SELECT metrics.clicks FROM campaign WHERE segments.date = 'today'",
            {},
            (400, "queryError", "INVALID_VALUE_WITH_DURING_OPERATOR"),
        ),
        (None, {}, (400, "requestError", "REQUIRED_FIELD_MISSING")),
        (
            "SELECT campaign.id FROM campaign",
            {"customer": "9999999999"},
            (403, "authorizationError", "USER_PERMISSION_DENIED"),
        ),
        (
            "SELECT campaign.id FROM campaign",
            {"customer": "123-456-7801"},
            (400, "requestError", "INVALID_CUSTOMER_ID"),
        ),
        (
            "SELECT campaign.id FROM campaign",
            {"version": "v20"},
            (400, "requestError", "UNSUPPORTED_VERSION"),
        ),
        (
            "SELECT campaign.id FROM campaign",
            {"bearer": "old"},
            (401, "authenticationError", "OAUTH_TOKEN_INVALID"),
        ),
        (
            "SELECT campaign.id FROM campaign",
            {"pageSize": 10},
            (400, "requestError", "PAGE_SIZE_NOT_SUPPORTED"),
        ),
        (
            "SELECT campaign.id FROM campaign",
            {"pageToken": "?"},
            (400, "requestError", "INVALID_PAGE_TOKEN"),
        ),
        (
            "SELECT campaign.id FROM campaign",
            {"pageToken": "b3RoZXI"},
            (400, "requestError", "INVALID_PAGE_TOKEN"),
        ),
    ],
)
def test_what_is_wrong_is_refused_with_googles_reason(post, query, options, expected):
    """In `search` an object, in `searchStream` the same object in an array."""
    http, family, reason = expected
    bodies = [post(query, method="search", **options)]
    if not {"pageSize", "pageToken"} & set(options):
        bodies.append(post(query, **options))
    for reply in bodies:
        body = reply.json()
        error = (body[0] if isinstance(body, list) else body)["error"]
        assert reply.status_code == error["code"] == http
        assert error["details"][0]["errors"][0]["errorCode"] == {family: reason}


@pytest.mark.parametrize(
    ("changed", "status", "error"),
    [
        ({"refresh_token": "old"}, 400, "invalid_grant"),
        ({"client_secret": "other"}, 401, "invalid_client"),
    ],
)
def test_a_dead_refresh_token_is_refused(base_url, changed, status, error):
    """The words by which a client knows that a person must sign in again."""
    data = {
        "client_id": GOOGLE_CLIENT_ID,
        "client_secret": GOOGLE_CLIENT_SECRET,
        "refresh_token": GOOGLE_REFRESH_TOKEN,
        "grant_type": "refresh_token",
    }
    reply = requests.post(f"{base_url}/google_ads/token", data=data | changed, timeout=20)
    assert (reply.status_code, reply.json()["error"]) == (status, error)


def test_gaql_is_parsed_whole():
    """Every clause, with strings that hold quotes and lists."""
    query = parse(
        "SELECT campaign.id FROM campaign WHERE campaign.name LIKE 'a\\'b%' AND "
        "campaign.status NOT IN ('PAUSED', 'REMOVED') AND metrics.clicks >= 3 "
        "ORDER BY campaign.name ASC, campaign.id DESC LIMIT 7;"
    )
    assert query.where == (
        Condition("campaign.name", "LIKE", ("a'b%",)),
        Condition("campaign.status", "NOT IN", ("PAUSED", "REMOVED")),
        Condition("metrics.clicks", ">=", ("3",)),
    )
    assert query.order == (("campaign.name", False), ("campaign.id", True))
    assert query.limit == 7


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("= '2026-11-03'", ("2026-11-03", "2026-11-03")),
        ("BETWEEN '2026-11-01' AND '2026-11-07'", ("2026-11-01", "2026-11-07")),
        ("IN ('2026-11-05', '2026-11-02')", ("2026-11-02", "2026-11-05")),
        (">= '2026-11-18'", ("2026-11-18", "2026-11-20")),
        ("> '2026-11-18'", ("2026-11-19", "2026-11-20")),
        ("<= '2026-01-02'", ("2000-01-01", "2026-01-02")),
        ("< '2026-01-02'", ("2000-01-01", "2026-01-01")),
        ("DURING LAST_7_DAYS", ("2026-11-13", "2026-11-19")),
        ("DURING YESTERDAY", ("2026-11-19", "2026-11-19")),
        ("DURING TODAY", ("2026-11-20", "2026-11-20")),
    ],
)
def test_conditions_on_the_date_give_a_range(condition, expected):
    """Both ends included; today is 2026-11-20."""
    query = parse(" ".join(["SELECT metrics.clicks FROM campaign WHERE segments.date", condition]))
    assert tuple(day.isoformat() for day in date_range(query, TODAY)) == expected


@pytest.mark.parametrize(
    ("operator", "values", "expected"),
    [
        ("=", ("12",), True),
        ("!=", ("12",), False),
        ("<", ("100",), True),
        ("<=", ("12",), True),
        (">", ("9",), True),
        ("BETWEEN", ("9", "11"), False),
        ("IN", ("12", "13"), True),
        ("NOT IN", ("12",), False),
        ("LIKE", ("1%",), True),
        ("NOT LIKE", ("_2",), False),
        ("LIKE", ("[%]2",), False),
    ],
)
def test_conditions_compare_numbers_as_numbers(operator, values, expected):
    """12 is less than 100, though "12" is not."""
    condition = Condition("metrics.clicks", operator, values)
    assert holds(condition, {"metrics.clicks": "12"}) is expected


def test_conditions_on_what_is_not_set_or_not_a_date():
    """An unset field meets nothing; DURING is for dates."""
    assert not holds(Condition("campaign.id", "!=", ("1",)), {})
    assert holds(Condition("customer.manager", "=", ("false",)), {"customer.manager": False})
    with pytest.raises(GaqlError, match="DURING is only for dates"):
        holds(Condition("campaign.id", "DURING", ("TODAY",)), {"campaign.id": "1"})


@pytest.mark.parametrize(
    "query",
    [
        "SELECT campaign.id FROM campaign WHERE campaign.id",
        "SELECT campaign.id FROM campaign WHERE campaign.id ~ 3",
        "SELECT campaign.id FROM campaign WHERE campaign.id LIMIT 3",
        "SELECT campaign.id FROM campaign LIMIT 3 4",
        "SELECT campaign.id WHERE campaign.id = 3",
        "SELECT campaign.id FROM campaign WHERE segments.date DURING SOMEDAY",
        "SELECT campaign.id FROM campaign WHERE segments.date LIKE '2026%'",
    ],
)
def test_nonsense_is_no_gaql(query):
    """An error with a reason, not a guess."""
    with pytest.raises(GaqlError):
        date_range(parse(query), TODAY)
