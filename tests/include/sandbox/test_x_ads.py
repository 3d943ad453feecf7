"""The sandbox speaks the X Ads API: signature, cursors, series, errors of reference part 3."""

import gzip
import json
import time
from datetime import UTC, date, datetime, timedelta

import pytest
import requests
from requests_oauthlib import OAuth1

from include.sandbox import x_ads, x_jobs
from include.sandbox.accounts import sandbox_account
from include.sandbox.credentials import (
    X_ACCESS_TOKEN,
    X_ACCESS_TOKEN_SECRET,
    X_CONSUMER_KEY,
    X_CONSUMER_SECRET,
)
from include.sandbox.server import serving
from include.sandbox.x_limits import GLOBAL, SYNC_STATS, Used
from include.sandbox.x_posts import is_organic, swiped, untold
from include.sandbox.x_signature import Guard

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
def base_url(world, now):
    """A server of its own: calls in a quarter of an hour are counted."""
    with serving(world, lambda: now) as address:
        yield address


@pytest.fixture(scope="module")
def ask(base_url):
    """A request below /x_ads/12, signed."""

    def send(path, *, method="GET", auth=SIGNED, version="12", **query):
        address = f"{base_url}/x_ads/{version}/{path}"
        return requests.request(method, address, params=query, auth=auth, timeout=20)

    return send


@pytest.fixture(scope="module")
def get(ask):
    """Status and body of a GET."""

    def read(path, **query):
        reply = ask(path, **query)
        return reply.status_code, reply.json()

    return read


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
    """In the tweet, in its card, or in the media library; `name=orig` is the whole file."""
    ids = ",".join(dict.fromkeys(t["tweet_id"] for t in tweets))
    _, body = get(
        f"accounts/{COP}/tweets", tweet_type="PUBLISHED", timeline_type="ALL", tweet_ids=ids
    )
    found = body["data"]
    assert {t["id_str"] for t in found} == set(ids.split(","))
    assert all(t["id"] == int(t["id_str"]) > 2**53 for t in found)
    cards = ",".join(t["card_uri"] for t in found if "card_uri" in t)
    _, listed = get(f"accounts/{COP}/cards/all", card_uris=cards, count=200)
    library = {}
    cursor = {}
    while cursor is not None:
        _, page = get(f"accounts/{COP}/media_library", count=50, **cursor)
        library |= {entry["media_key"]: entry for entry in page["data"]}
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
    assert {entry["media_status"] for entry in library.values()} == {"TRANSCODE_COMPLETED"}
    urls = [m["media_url_https"] for t in found for m in t["entities"].get("media", [])]
    for card in listed["data"]:
        shown = card["components"][0]
        for key in shown.get("media_keys", [shown.get("media_key")]):
            entry = library[key]
            urls.append(entry["poster_media_url"] or entry["media_url"])
            told = shown.get("media_metadata", {}).get(key)
            if told and told["type"] == "IMAGE":
                assert told["url"] == entry["media_url"]
    assert len(urls) >= len(found)
    whole = requests.get(urls[0], params={"name": "orig"}, timeout=20)
    thumb = requests.get(urls[0], params={"name": "thumb"}, timeout=20)
    assert len(thumb.content) < len(whole.content)
    key = next(iter(library))
    assert get(f"accounts/{COP}/media_library/{key}")[1]["data"] == library[key]
    assert get(f"accounts/{COP}/tweets", tweet_type="DRAFT")[1]["data"] == []


def test_some_posts_are_what_clients_stumble_over(world, now):
    """A few of a year's: organic, carousels, cards that tell nothing; most are none of these."""
    creatives = world.creatives(sandbox_account("x_ads", COP), now)
    for situation in (is_organic, swiped, untold):
        share = sum(map(situation, creatives)) / len(creatives)
        assert share <= 0.2
    assert any(map(is_organic, creatives)) or any(map(untold, creatives))


def test_organic_posts_hide_from_the_default_timeline(get, world, now):
    """ALL shows them; the two others share them out."""
    shown = {
        timeline: {
            t["id_str"]
            for t in get(f"accounts/{COP}/tweets", tweet_type="PUBLISHED", count=1000, **query)[1][
                "data"
            ]
        }
        for timeline, query in {
            "default": {},
            "ALL": {"timeline_type": "ALL"},
            "ORGANIC": {"timeline_type": "ORGANIC"},
        }.items()
    }
    creatives = world.creatives(sandbox_account("x_ads", COP), now)
    assert shown["ORGANIC"] == {c.post_id for c in creatives if is_organic(c)}
    assert shown["default"] == shown["ALL"] - shown["ORGANIC"]
    status, _ = get(f"accounts/{COP}/tweets", tweet_type="PUBLISHED", timeline_type="OLD")
    assert status == 400


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


@pytest.mark.parametrize("level", ["LINE_ITEM", "CAMPAIGN", "FUNDING_INSTRUMENT", "ACCOUNT"])
def test_levels_above_have_statistics(get, level):
    """Active entities of the level, and their series."""
    _, active = get(
        f"stats/accounts/{COP}/active_entities",
        entity="CAMPAIGN" if level == "ACCOUNT" else level,
        start_time="2026-11-13T05:00:00Z",
        end_time="2026-11-20T05:00:00Z",
    )
    first = COP if level == "ACCOUNT" else active["data"][0]["entity_id"]
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


def test_limits_are_told_in_headers(ask):
    """Reset is the next quarter of an hour in epoch seconds; objects count per account."""
    reply = ask(f"accounts/{COP}/campaigns")
    reset = int(reply.headers["x-account-rate-limit-reset"])
    assert datetime.fromtimestamp(reset, UTC) == datetime(2026, 11, 20, 12, 15, tzinfo=UTC)
    assert reply.headers["x-account-rate-limit-limit"] == "10000"
    assert reply.headers["x-current-api-version"] == "12"
    left = int(reply.headers["x-account-rate-limit-remaining"])
    again = ask(f"accounts/{COP}/campaigns")
    assert int(again.headers["x-account-rate-limit-remaining"]) == left - 1


def test_all_accounts_may_be_listed_five_times_in_a_quarter_of_an_hour(world, now):
    """The sixth is refused, with the headers that say until when."""
    with serving(world, lambda: now) as address:
        replies = [
            requests.get(f"{address}/x_ads/12/accounts", auth=SIGNED, timeout=20) for _ in range(6)
        ]
    assert [reply.status_code for reply in replies] == [200] * 5 + [429]
    assert replies[5].json()["errors"][0]["code"] == "TOO_MANY_REQUESTS"
    left = [reply.headers["x-rate-limit-remaining"] for reply in replies]
    assert left == ["4", "3", "2", "1", "0", "0"]
    assert replies[5].headers["x-rate-limit-reset"] == replies[0].headers["x-rate-limit-reset"]


def test_a_quarter_ends_by_the_sandboxs_clock_or_the_real_one():
    """A clock that stands still does not shut people out for ever."""
    real = [0.0]
    used = Used(lambda: real[0])
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)

    def allowed(now, limit=GLOBAL):
        return used.spend(limit, "user", now)[0]

    assert [allowed(noon) for _ in range(6)] == [True] * 5 + [False]
    assert allowed(noon + timedelta(minutes=15))
    assert [allowed(noon) for _ in range(6)] == [True] * 5 + [False]
    real[0] = 900.0
    assert allowed(noon)
    assert [allowed(noon, SYNC_STATS) for _ in range(251)].count(False) == 1


def test_a_request_counts_once_and_not_for_ever(base_url):
    """A nonce that was used, and a time of ten minutes ago, are refused."""
    signed = requests.Request("GET", f"{base_url}/x_ads/12/accounts/{COP}", auth=SIGNED).prepare()
    with requests.Session() as session:
        codes = [session.send(signed, timeout=20).status_code for _ in range(2)]
    assert codes == [200, 401]
    late = Guard(lambda: time.time() + 600)
    assert not late._fresh(str(int(time.time())), "n")
    assert not Guard()._fresh("soon", "n")


def test_guards_forget_the_oldest_nonces():
    """Ten thousand are kept."""
    guard = Guard(lambda: 0.0)
    for number in range(10_001):
        assert guard._fresh("0", str(number))
    assert len(guard._nonces) == 10_000


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        ("accounts/{a}/cards", {"count": 201}, (400, "INVALID_PARAMETER")),
        ("accounts/{a}/cards/all", {}, (400, "MISSING_PARAMETER")),
        ("accounts/{a}/media_library", {"count": 51}, (400, "INVALID_PARAMETER")),
        ("accounts/{a}/campaigns/zzz", {}, (404, "CAMPAIGN_NOT_FOUND")),
        (
            "accounts/{a}/campaigns",
            {"with_total_count": "true", "cursor": "c-1"},
            (400, "EXCLUSIVE_PARAMETERS"),
        ),
        (
            "stats/accounts/{a}/active_entities",
            {"entity": "ACCOUNT", "start_time": "2026-11-13", "end_time": "2026-11-14"},
            (400, "INVALID_PARAMETER"),
        ),
        (
            "stats/accounts/{a}/active_entities",
            {
                "entity": "CAMPAIGN",
                "start_time": "2026-11-13",
                "end_time": "2026-11-14",
                "campaign_ids": "a",
                "line_item_ids": "b",
            },
            (400, "EXCLUSIVE_PARAMETERS"),
        ),
        (
            "stats/accounts/{a}/active_entities",
            {"entity": "CAMPAIGN", "start_time": "2026-01-01", "end_time": "2026-11-14"},
            (400, "INVALID_PARAMETER"),
        ),
        ("stats/jobs/accounts/{a}", {"job_ids": ",".join("1" * 201)}, (400, "INVALID_PARAMETER")),
    ],
)
def test_more_of_what_is_wrong_is_refused(get, path, query, expected):
    """Counts, filters and windows, as documented."""
    status, body = get(path.format(a=COP), **query)
    assert (status, body["errors"][0]["code"]) == expected


def test_single_objects_and_totals_of_listings(get, tweets):
    """A deleted one has to be asked for; a total comes instead of a cursor."""
    gone = next(t["id"] for t in tweets if t["deleted"])
    path = f"accounts/{COP}/promoted_tweets"
    assert get(f"{path}/{gone}")[0] == 404
    assert get(f"{path}/{gone}", with_deleted="true")[1]["data"]["id"] == gone
    _, body = get(path, with_total_count="true", with_deleted="true", count=1)
    assert body["total_count"] == len(tweets)


def test_active_entities_can_be_narrowed(get, tweets):
    """To the line items that somebody wants."""
    query = {"entity": "PROMOTED_TWEET", "start_time": "2026-11-01", "end_time": "2026-11-20"}
    _, every = get(f"stats/accounts/{COP}/active_entities", **query)
    line_item = {t["id"]: t["line_item_id"] for t in tweets}
    wanted = line_item[every["data"][0]["entity_id"]]
    _, some = get(f"stats/accounts/{COP}/active_entities", **query, line_item_ids=wanted)
    assert some["data"] == [e for e in every["data"] if line_item[e["entity_id"]] == wanted]
    # Changes are told to the second, not by whole hours.
    assert some["data"][0]["activity_start_time"].endswith(":30:07Z")


def begun(ask, tweets, **changed):
    """A job about one tweet over 30 days."""
    window = {"start_time": "2026-10-20T05:00:00Z", "end_time": "2026-11-19T05:00:00Z"}
    query = STATS | window | {"entity_ids": tweets[-1]["id"]} | changed
    return ask(f"stats/jobs/accounts/{COP}", method="POST", **query)


def told(ask, *jobs):
    """What X says of these jobs."""
    ids = ",".join(job["id_str"] for job in jobs)
    return ask(f"stats/jobs/accounts/{COP}", job_ids=ids).json()


def test_jobs_go_through_their_states_to_a_file(world, now, monkeypatch):
    """Some need two looks, some have no address at first; the cursor leads nowhere."""
    with serving(world, lambda: now) as address:

        def ask(path, *, method="GET", **query):
            url = f"{address}/x_ads/12/{path}"
            return requests.request(method, url, params=query, auth=SIGNED, timeout=20)

        query = {"count": 1000, "with_deleted": "true"}
        tweets = ask(f"accounts/{COP}/promoted_tweets", **query).json()["data"]
        jobs = [begun(ask, tweets).json()["data"] for _ in range(7)]
        assert {job["status"] for job in jobs} == {"PROCESSING", "QUEUED"}
        assert all(job["url"] is None and job["id"] == int(job["id_str"]) > 2**53 for job in jobs)
        looks = [told(ask, *jobs) for _ in range(3)]
        assert all(look["next_cursor"] for look in looks)
        states = [[(j["status"], j["url"] is None) for j in look["data"]] for look in looks]
        assert states[0].count(("PROCESSING", True)) == 1
        assert states[0].count(("SUCCESS", True)) == 1
        assert states[2] == [("SUCCESS", False)] * 7
        assert len(ask(f"stats/jobs/accounts/{COP}").json()["data"]) == 7
        url = looks[2]["data"][0]["url"]
        assert url.startswith(f"{address}/x_ads/ton/")
        reply = requests.get(url, timeout=20)
        assert "content-encoding" not in reply.headers
        body = json.loads(gzip.decompress(reply.content))
        assert body["time_series_length"] == 720
        assert requests.get(url, auth=SIGNED, timeout=20).status_code == 400
        assert (
            requests.get(url.replace("stats_job_1", "stats_job_2"), timeout=20).status_code == 404
        )


def test_a_file_has_the_numbers_of_calls(ask, get, tweets):
    """Seven days by a job and by a call."""
    same = {"start_time": STATS["start_time"], "end_time": STATS["end_time"]}
    job = begun(ask, tweets, **same).json()["data"]
    while True:
        (now_told,) = told(ask, job)["data"]
        if now_told["url"]:
            break
    body = json.loads(gzip.decompress(requests.get(now_told["url"], timeout=20).content))
    assert body == get(f"stats/accounts/{COP}", **STATS, entity_ids=tweets[-1]["id"])[1]


def test_files_expire_after_two_days(world, now):
    """By the sandbox's clock."""
    clock = [now]
    with serving(world, lambda: clock[0]) as address:

        def ask(path, *, method="GET", **query):
            url = f"{address}/x_ads/12/{path}"
            return requests.request(method, url, params=query, auth=SIGNED, timeout=20)

        query = {"count": 1000, "with_deleted": "true"}
        tweets = ask(f"accounts/{COP}/promoted_tweets", **query).json()["data"]
        job = begun(ask, tweets).json()["data"]
        (ready,) = told(ask, job)["data"]
        assert ready["expires_at"] == "2026-11-22T12:00:00Z"
        assert requests.get(ready["url"], timeout=20).status_code == 200
        clock[0] = now + timedelta(hours=48)
        assert requests.get(ready["url"], timeout=20).status_code == 404


def test_a_hundred_jobs_may_be_under_way(world, now):
    """One more is refused until somebody asks how they do, or some seconds pass."""
    real = [0.0]
    desk = x_jobs.JobDesk(lambda: real[0])
    account = sandbox_account("x_ads", COP)

    def begin():
        return desk.begin(account, {}, dict, now=now, base="http://x")

    jobs = [begin() for _ in range(100)]
    with pytest.raises(x_ads.XError, match="too many concurrent jobs") as refused:
        begin()
    assert refused.value.code == "TOO_MANY_JOBS"
    assert desk.file(f"stats_job_{jobs[0]['id_str']}.json.gz", now) is None
    desk.told(account, [job["id_str"] for job in jobs[:10]])
    begin()
    real[0] = 6.0
    begin()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"end_time": "2027-03-01T05:00:00Z"}, "INVALID_PARAMETER"),
        ({"entity_ids": ",".join(["a"] * 21)}, "INVALID_PARAMETER"),
        ({"metric_groups": ""}, "INVALID_PARAMETER"),
    ],
)
def test_jobs_check_what_calls_check(ask, tweets, changed, expected):
    """With 90 days in place of 7."""
    reply = begun(ask, tweets, **changed)
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (400, expected)


def test_bills_go_down_between_two_nows(world):
    """X credits invalid clicks for two weeks: the same day costs less when read later."""
    account = sandbox_account("x_ads", COP)
    day = date(2026, 11, 5)
    billed = [
        world.daily(account, day, day, datetime(2026, 11, number, 12, tzinfo=UTC)).spend.sum()
        for number in (6, 12, 20)
    ]
    assert billed[0] > billed[1] > billed[2] > 0


def test_installs_are_a_group_of_their_own(get, tweets):
    """Nobody advertises an app in this world: every series is null."""
    query = STATS | {"metric_groups": "MOBILE_CONVERSION", "entity_ids": tweets[-1]["id"]}
    _, body = get(f"stats/accounts/{COP}", **query)
    metrics = body["data"][0]["id_data"][0]["metrics"]
    assert set(metrics) == {"mobile_conversion_installs", "mobile_conversion_purchases"}
    assert set(metrics["mobile_conversion_installs"].values()) == {None}
