"""The sandbox speaks the X Ads API: signature, cursors, series, errors of reference part 3."""

from datetime import UTC, date, datetime

import pytest
import requests
from requests_oauthlib import OAuth1

from include.sandbox.accounts import sandbox_account
from include.sandbox.credentials import (
    X_ACCESS_TOKEN,
    X_ACCESS_TOKEN_SECRET,
    X_CONSUMER_KEY,
    X_CONSUMER_SECRET,
)

COP, USD = "18ce54co", "18ce54us"
SIGNED = OAuth1(X_CONSUMER_KEY, X_CONSUMER_SECRET, X_ACCESS_TOKEN, X_ACCESS_TOKEN_SECRET)
STATS = {
    "entity": "PROMOTED_TWEET",
    "start_time": "2026-11-13T05:00:00Z",
    "end_time": "2026-11-20T05:00:00Z",
    "granularity": "HOUR",
    "placement": "ALL_ON_TWITTER",
    "metric_groups": "ENGAGEMENT,BILLING,VIDEO,WEB_CONVERSION",
}


@pytest.fixture(scope="module")
def get(base_url):
    """GET below /x_ads/12, signed: status and body."""

    def ask(path, auth=SIGNED, version="12", **query):
        reply = requests.get(
            f"{base_url}/x_ads/{version}/{path}", params=query, auth=auth, timeout=20
        )
        return reply.status_code, reply.json()

    return ask


@pytest.fixture(scope="module")
def tweets(get):
    """All promoted tweets of the COP account, deleted ones included."""
    _, body = get(f"accounts/{COP}/promoted_tweets", count=1000, with_deleted="true")
    return body["data"]


def test_accounts_have_a_time_zone_and_no_currency(get):
    """The currency is on the funding instrument."""
    _, body = get("accounts")
    assert [(a["id"], a["timezone"]) for a in body["data"]] == [
        (COP, "America/Bogota"),
        (USD, "America/New_York"),
    ]
    assert "currency" not in body["data"][0]
    assert body["next_cursor"] is None
    assert get(f"accounts/{USD}")[1]["data"]["id"] == USD
    assert get(f"accounts/{USD}/funding_instruments")[1]["data"][0]["currency"] == "USD"
    access = get(f"accounts/{USD}/authenticated_user_access")[1]["data"]
    assert access["permissions"] == ["ANALYST"]


def test_cursors_walk_through_all_line_items(get):
    """Pages of 7 give what one page of 1000 gives; the last cursor is null."""
    whole = get(f"accounts/{COP}/line_items", count=1000)[1]["data"]
    seen, cursor = [], None
    while True:
        query = {} if cursor is None else {"cursor": cursor}
        _, page = get(f"accounts/{COP}/line_items", count=7, **query)
        seen += page["data"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == whole
    assert len(seen) > 14
    assert {(i["objective"], i["goal"]) for i in seen} == {
        ("REACH", "MAX_REACH"),
        ("WEBSITE_CLICKS", "LINK_CLICKS"),
        ("ENGAGEMENTS", "ENGAGEMENT"),
        ("WEBSITE_CLICKS", "WEBSITE_CONVERSIONS"),
    }


def test_filters_and_sorting_of_entities(get, tweets):
    """Ids filter; newest change first."""
    item = tweets[0]["line_item_id"]
    _, body = get(f"accounts/{COP}/promoted_tweets", line_item_ids=item, with_deleted="true")
    assert {t["line_item_id"] for t in body["data"]} == {item}
    _, body = get(f"accounts/{COP}/campaigns", sort_by="updated_at-desc")
    changed = [c["updated_at"] for c in body["data"]]
    assert changed == sorted(changed, reverse=True)


def test_deleted_promoted_tweets_are_listed_only_when_asked_for(get, tweets):
    """`with_deleted=true` shows them with `deleted`: true."""
    plain = get(f"accounts/{COP}/promoted_tweets", count=1000)[1]["data"]
    deleted = [t for t in tweets if t["deleted"]]
    assert 0 < len(deleted) == len(tweets) - len(plain)
    assert not any(t["deleted"] for t in plain)


def test_every_tweet_leads_to_a_picture(get, tweets):
    """Over entities.media or over its card; `name=orig` is the file, the default is smaller."""
    ids = ",".join(dict.fromkeys(t["tweet_id"] for t in tweets))
    _, body = get(
        f"accounts/{COP}/tweets", tweet_type="PUBLISHED", timeline_type="ALL", tweet_ids=ids
    )
    found = body["data"]
    assert {t["id_str"] for t in found} == set(ids.split(","))
    assert all(t["id"] == int(t["id_str"]) > 2**53 for t in found)
    cards = ",".join(t["card_uri"] for t in found if "card_uri" in t)
    _, listed = get(f"accounts/{COP}/cards/all", card_uris=cards, count=200)
    urls = [
        media["url"]
        for card in listed["data"]
        for part in card["components"]
        for media in part.get("media_metadata", {}).values()
    ]
    urls += [m["media_url_https"] for t in found for m in t["entities"].get("media", [])]
    assert len(urls) == len(found)
    whole = requests.get(urls[0], params={"name": "orig"}, timeout=20)
    thumb = requests.get(urls[0], params={"name": "thumb"}, timeout=20)
    assert len(thumb.content) < len(whole.content)
    key = listed["data"][0]["components"][0]["media_key"]
    _, media = get(f"accounts/{COP}/media_library/{key}")
    assert media["data"]["media_url"] == urls[0]
    library = get(f"accounts/{COP}/media_library", count=50)[1]
    assert library["data"][0]["media_status"] == "TRANSCODE_COMPLETED"
    assert get(f"accounts/{COP}/tweets", tweet_type="DRAFT")[1]["data"] == []


def total(get, granularity, **window):
    """Sums over all active tweets and all placements."""
    _, active = get(
        f"stats/accounts/{COP}/active_entities",
        entity="PROMOTED_TWEET",
        start_time=STATS["start_time"],
        end_time=STATS["end_time"],
    )
    ids = [a["entity_id"] for a in active["data"]]
    sums = {"impressions": 0, "billed_charge_local_micro": 0, "purchases": 0}
    for placement in ("ALL_ON_TWITTER", "SPOTLIGHT", "TREND"):
        for first in range(0, len(ids), 20):
            query = STATS | window | {"granularity": granularity, "placement": placement}
            status, body = get(
                f"stats/accounts/{COP}", **query, entity_ids=",".join(ids[first : first + 20])
            )
            assert status == 200, body
            for element in body["data"]:
                metrics = element["id_data"][0]["metrics"]
                sums["impressions"] += sum(metrics["impressions"] or [])
                sums["billed_charge_local_micro"] += sum(metrics["billed_charge_local_micro"] or [])
                sums["purchases"] += sum(metrics["conversion_purchases"]["metric"] or [])
    return sums


def test_hours_days_and_totals_of_all_placements_are_the_worlds_numbers(get, world, now):
    """Seven local days of Bogota, told in UTC hours."""
    seen = world.daily(sandbox_account("x_ads", COP), date(2026, 11, 13), date(2026, 11, 19), now)
    expected = {
        "impressions": seen.counts["impressions"].sum(),
        "billed_charge_local_micro": seen.spend.sum(),
        "purchases": seen.purchases.sum(),
    }
    for granularity in ("HOUR", "DAY", "TOTAL"):
        assert total(get, granularity) == expected


def test_series_have_the_windows_length_or_are_null(get, tweets):
    """168 hours; a tweet that did nothing has null, not zeros; conversions are objects."""
    quiet = next(t["id"] for t in tweets if t["created_at"] < "2026-09-05")
    _, body = get(f"stats/accounts/{COP}", **STATS, entity_ids=f"{tweets[-1]['id']},{quiet}")
    assert body["time_series_length"] == 168
    metrics = body["data"][1]["id_data"][0]["metrics"]
    assert metrics["impressions"] is None
    assert metrics["conversion_purchases"]["metric"] is None
    assert body["data"][0]["id"] == tweets[-1]["id"]
    assert body["request"]["params"]["entity_ids"] == [tweets[-1]["id"], quiet]


def test_hours_that_are_not_over_are_not_told(get, world, now):
    """At 12:00 UTC the hours from 12:00 on are empty, though the day goes on."""
    ids = [ad.id for ad in world.ads(sandbox_account("x_ads", COP), now)][-20:]
    window = {"start_time": "2026-11-20T05:00:00Z", "end_time": "2026-11-21T05:00:00Z"}
    _, body = get(f"stats/accounts/{COP}", **(STATS | window), entity_ids=",".join(ids))
    series = [e["id_data"][0]["metrics"]["impressions"] for e in body["data"]]
    told = [s for s in series if s is not None]
    assert told
    assert all(sum(s[7:]) == 0 for s in told)


def test_a_day_of_25_hours_is_one_day(get, world, now):
    """On 1 November 2026 New York has 25 hours; DAY and HOUR give the same sum."""
    account = sandbox_account("x_ads", USD)
    seen = world.daily(account, date(2026, 11, 1), date(2026, 11, 1), now)
    ids = ",".join({seen.ads[i].id for i in seen.ad})
    assert len(ids.split(",")) <= 20
    window = {"start_time": "2026-11-01T04:00:00Z", "end_time": "2026-11-02T05:00:00Z"}
    sums = []
    for granularity in ("DAY", "HOUR"):
        for placement in ("ALL_ON_TWITTER", "SPOTLIGHT"):
            query = STATS | window | {"granularity": granularity, "placement": placement}
            _, body = get(f"stats/accounts/{USD}", **query, entity_ids=ids)
            assert body["time_series_length"] == (25 if granularity == "HOUR" else 1)
            series = [e["id_data"][0]["metrics"]["impressions"] or [] for e in body["data"]]
            sums.append(sum(map(sum, series)))
    assert sums[0] + sums[1] == sums[2] + sums[3] == seen.counts["impressions"].sum() > 0


@pytest.mark.parametrize("level", ["LINE_ITEM", "CAMPAIGN", "ACCOUNT"])
def test_levels_above_have_statistics(get, level):
    """Active entities of the level, and their series."""
    _, active = get(
        f"stats/accounts/{COP}/active_entities",
        entity=level,
        start_time="2026-11-13T05:00:00Z",
        end_time="2026-11-20T05:00:00Z",
    )
    first = active["data"][0]["entity_id"]
    _, body = get(f"stats/accounts/{COP}", **(STATS | {"entity": level}), entity_ids=first)
    assert body["data"][0]["id"] == first


def test_unsigned_and_wrongly_signed_requests_are_refused(get, base_url):
    """No header, a wrong secret, another key, and a query changed after signing."""
    wrong = [
        None,
        OAuth1(X_CONSUMER_KEY, "other", X_ACCESS_TOKEN, X_ACCESS_TOKEN_SECRET),
        OAuth1("other", X_CONSUMER_SECRET, X_ACCESS_TOKEN, X_ACCESS_TOKEN_SECRET),
    ]
    for auth in wrong:
        status, body = get("accounts", auth=auth)
        assert (status, body["errors"][0]["code"]) == (401, "UNAUTHORIZED_ACCESS")
    url = f"{base_url}/x_ads/12/accounts"
    signed = requests.Request("GET", url, params={"count": 1}, auth=SIGNED).prepare()
    signed.url = url + "?count=2"
    with requests.Session() as session:
        assert session.send(signed, timeout=20).status_code == 401
    for header in ("OAuth nonsense", 'OAuth oauth_token="x"'):
        reply = requests.get(url, headers={"Authorization": header}, timeout=20)
        assert reply.status_code == 401


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        ("accounts/abc1/campaigns", {}, (403, "ACCOUNT_NOT_FOUND")),
        ("nothing", {}, (404, "ROUTE_NOT_FOUND")),
        (f"accounts/{COP}/media_library/3_1", {}, (404, "MEDIA_NOT_FOUND")),
        (f"accounts/{COP}/campaigns", {"count": 1001}, (400, "INVALID_PARAMETER")),
        (f"accounts/{COP}/campaigns", {"cursor": "%"}, (400, "INVALID_PARAMETER")),
        (f"accounts/{COP}/tweets", {}, (400, "MISSING_PARAMETER")),
        (f"accounts/{COP}/tweets", {"tweet_type": "OLD"}, (400, "INVALID_PARAMETER")),
        (
            f"accounts/{COP}/tweets",
            {"tweet_type": "PUBLISHED", "tweet_ids": ",".join(["1"] * 201)},
            (400, "INVALID_PARAMETER"),
        ),
    ],
)
def test_what_is_wrong_is_refused_with_xs_code(get, path, query, expected):
    """Status and code as documented."""
    status, body = get(path, **query)
    assert (status, body["errors"][0]["code"]) == expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"entity_ids": ""}, (400, "MISSING_PARAMETER")),
        ({"entity_ids": ",".join(["a"] * 21)}, (400, "INVALID_PARAMETER")),
        ({"entity_ids": "zzz"}, (404, "PROMOTED_TWEET_NOT_FOUND")),
        ({"placement": "PUBLISHER_NETWORK"}, (400, "INVALID_PARAMETER")),
        ({"metric_groups": "LIKES"}, (400, "INVALID_PARAMETER")),
        ({"metric_groups": "MOBILE_CONVERSION,BILLING"}, (400, "INVALID_PARAMETER")),
        ({"start_time": None}, (400, "MISSING_PARAMETER")),
        ({"start_time": ""}, (400, "INVALID_PARAMETER")),
        ({"start_time": "2026-11-12T05:00:00Z"}, (400, "INVALID_PARAMETER")),
        ({"start_time": "2026-11-13T05:30:00Z"}, (400, "INVALID_PARAMETER")),
        ({"end_time": "2026-11-13T05:00:00Z"}, (400, "INVALID_PARAMETER")),
        ({"granularity": "DAY", "end_time": "2026-11-20T00:00:00Z"}, (400, "INVALID_PARAMETER")),
    ],
)
def test_statistics_check_ids_window_and_alignment(get, tweets, changed, expected):
    """At most 20 ids and 7 days, whole hours, DAY at the account's midnight."""
    query = STATS | {"entity_ids": tweets[0]["id"]} | changed
    status, body = get(f"stats/accounts/{COP}", **{k: v for k, v in query.items() if v is not None})
    assert (status, body["errors"][0]["code"]) == expected


def test_a_date_without_time_is_the_accounts_midnight(get, tweets):
    """Seven dates of Bogota are 7 DAY points; an instant without offset is local, too."""
    for start, end in (("2026-11-13", "2026-11-20"), ("2026-11-13T00:00:00", "2026-11-20T00:00")):
        query = STATS | {"start_time": start, "end_time": end, "granularity": "DAY"}
        status, body = get(f"stats/accounts/{COP}", **query, entity_ids=tweets[0]["id"])
        assert (status, body["time_series_length"]) == (200, 7)
        assert body["request"]["params"]["start_time"] == "2026-11-13T05:00:00Z"


def test_an_old_version_has_no_routes(get):
    """Only 12 is served."""
    status, body = get("accounts", version="11")
    assert (status, body["errors"][0]["code"]) == (404, "ROUTE_NOT_FOUND")


def test_limits_are_told_in_headers(base_url):
    """Reset is the next quarter of an hour in epoch seconds."""
    reply = requests.get(f"{base_url}/x_ads/12/accounts/{COP}", auth=SIGNED, timeout=20)
    reset = int(reply.headers["x-account-rate-limit-reset"])
    assert datetime.fromtimestamp(reset, UTC) == datetime(2026, 11, 20, 12, 15, tzinfo=UTC)
