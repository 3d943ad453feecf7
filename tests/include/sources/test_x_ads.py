"""X Ads: signatures, hours that become days, and what becomes of a reply."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oauthlib.common import Request
from oauthlib.oauth1.rfc5849 import signature

from include.errors import (
    AccountUnreadable,
    AuthenticationExpired,
    ConfigurationError,
    RateLimited,
    SchemaDrift,
    SourceUnavailable,
)
from include.sources.replies import Account, Reply
from include.sources.x_ads import Client, parse
from include.sources.x_ads_creatives import full_size

NEW_YORK = {"timezone": "America/New_York", "currency": "USD"}
LINE_ITEM = {"id": "li", "campaign_id": "c", "objective": "WEBSITE_CLICKS", "goal": "LINK_CLICKS"}
PROMOTED = {"id": "ad", "line_item_id": "li", "tweet_id": "77", "entity_status": "ACTIVE"}


def stats(start, hours, metrics, *, ad="ad", granularity="HOUR"):
    return {
        "data_type": "stats",
        "time_series_length": hours,
        "data": [{"id": ad, "id_data": [{"segment": None, "metrics": metrics}]}],
        "request": {"params": {"start_time": start, "granularity": granularity}},
    }


@pytest.fixture
def days_of(reply, account):
    """Rows of `ad_daily` of a line item with one promoted tweet, by day."""

    def rows(*bodies, **changes):
        objects = [
            reply("line_items", {"data": [LINE_ITEM]}),
            reply("promoted_tweets", {"data": [PROMOTED]}),
        ]
        parsed = parse(
            [*objects, *(reply("stats", body) for body in bodies)], account("x_ads", **changes)
        )
        return {row["report_date"]: row for row in parsed.rows["ad_daily"]}, parsed

    return rows


@pytest.fixture
def client(server):
    return Client(
        host=f"{server.url}/x_ads",
        consumer_key="key",
        consumer_secret="consumer-secret",
        access_token="900-token",
        access_token_secret="token-secret",
    )


def test_a_day_of_an_ad(days_of):
    """Micros are divided, conversions are objects of series, reach is not offered."""
    metrics = {
        "impressions": [1233],
        "clicks": [58],
        "url_clicks": [30],
        "engagements": [59],
        "billed_charge_local_micro": [46646647],
        "video_total_views": None,
        "retweets": None,
        "conversion_purchases": {"metric": [2], "sale_amount": [277990000], "assisted": None},
        "conversion_sign_ups": {"metric": [1]},
    }
    rows, parsed = days_of(stats("2026-11-05T15:00:00Z", 1, metrics))
    assert rows == {
        date(2026, 11, 5): {
            "platform": "x_ads",
            "account_id": "101",
            "report_date": date(2026, 11, 5),
            "timezone": "America/Bogota",
            "currency": "COP",
            "campaign_id": "c",
            "ad_set_id": "li",
            "ad_id": "ad",
            "impressions": 1233,
            "reach": None,
            "clicks": 58,
            "link_clicks": 30,
            "engagements": 59,
            "video_views": 0,
            "spend": Decimal("46.646647"),
            "conversions": 3.0,
            "leads": 1.0,
            "purchases": 2.0,
            "revenue": Decimal("277.99"),
            "attribution_setting": None,
        }
    }
    assert not parsed.unknown


def test_hours_become_days_across_the_end_of_daylight_saving(days_of):
    """1 November 2026 has 25 hours in New York: from 04:00 UTC to 05:00 UTC a day later."""
    hours = [1] * (24 + 25 + 24)
    rows, _ = days_of(stats("2026-10-31T04:00:00Z", len(hours), {"impressions": hours}), **NEW_YORK)
    assert {day.isoformat(): row["impressions"] for day, row in rows.items()} == {
        "2026-10-31": 24,
        "2026-11-01": 25,
        "2026-11-02": 24,
    }


def test_hours_become_days_across_the_start_of_daylight_saving(days_of):
    """8 March 2026 has 23 hours in New York."""
    hours = [1] * (24 + 23 + 24)
    rows, _ = days_of(stats("2026-03-07T05:00:00Z", len(hours), {"impressions": hours}), **NEW_YORK)
    assert [row["impressions"] for row in rows.values()] == [24, 23, 24]


@given(
    zone=st.sampled_from(
        ["America/Bogota", "America/New_York", "Asia/Kolkata", "Pacific/Chatham", "UTC"]
    ),
    since=st.dates(min_value=date(2026, 1, 1), max_value=date(2026, 12, 1)),
    length=st.integers(min_value=1, max_value=20),
)
def test_asked_hours_make_up_exactly_the_asked_days(zone, since, length):
    """Slices of at most 168 whole hours; every hour falls into the window, none twice."""
    from include.sources.replies import Window
    from include.sources.x_ads import _slices
    from include.sources.x_ads_rows import _days_of_hours

    account = Account("x_ads", "101", "Marca", "COP", zone, "x", 14)
    until = since + timedelta(days=length - 1)
    hours = Counter()
    end = None
    for start, stop in _slices(Window(since, until), account, hours=168):
        assert start.minute == stop.minute == 0
        assert start == (end or start)
        end = stop
        points = int((stop - start).total_seconds() // 3600)
        assert points <= 168
        body = stats(start.isoformat(), points, {})
        hours.update(_days_of_hours(body, account))
    assert sorted(hours) == [since + timedelta(days=k) for k in range(length)]
    info = ZoneInfo(zone)
    for day, count in hours.items():
        midnight = datetime.combine(day, datetime.min.time(), info).astimezone(UTC)
        next_day = day + timedelta(days=1)
        following = datetime.combine(next_day, datetime.min.time(), info).astimezone(UTC)
        assert count == (following - midnight).total_seconds() / 3600


def test_placements_and_slices_are_added_up(days_of):
    """A day cut in two by a slice, and a second placement, make one row."""
    rows, _ = days_of(
        stats("2026-11-05T05:00:00Z", 2, {"impressions": [3, 4], "clicks": [1, 1]}),
        stats("2026-11-05T05:00:00Z", 2, {"impressions": [10, None], "clicks": None}),
        stats("2026-11-05T07:00:00Z", 1, {"impressions": [100]}),
    )
    (row,) = rows.values()
    assert (row["impressions"], row["clicks"]) == (117, 2)


def test_null_is_zero_and_absent_is_unknown(days_of):
    """A series that is null is all zero; one that is not there was not offered."""
    metrics = {"impressions": [5], "conversion_purchases": None}
    (row,) = days_of(stats("2026-11-05T15:00:00Z", 1, metrics))[0].values()
    assert (row["purchases"], row["revenue"], row["conversions"]) == (0.0, Decimal(0), 0.0)
    assert (row["leads"], row["video_views"], row["clicks"]) == (None, None, 0)


def test_days_without_activity_have_no_row(days_of):
    """All zero or null is no activity; a credit is some."""
    silent = {"impressions": [0] * 24, "clicks": None}
    credit = {"impressions": None, "billed_charge_local_micro": [-2_500_000]}
    rows, _ = days_of(
        stats("2026-11-05T05:00:00Z", 24, silent), stats("2026-11-06T05:00:00Z", 1, credit)
    )
    assert {day.day: row["spend"] for day, row in rows.items()} == {6: Decimal("-2.5")}


def test_a_number_that_does_not_parse_is_kept_as_text(days_of):
    """One bad hour sets the whole day of the ad aside; it is not counted as zero."""
    (row,) = days_of(stats("2026-11-05T05:00:00Z", 2, {"impressions": [3, "4"]}))[0].values()
    assert row["impressions"] is None
    assert row["_unparsed"] == {"impressions": "4"}


def test_days_told_by_the_platform_are_read_too(days_of):
    """A stored reply by DAY gives the same columns."""
    rows, _ = days_of(stats("2026-11-05T05:00:00Z", 2, {"impressions": [3, 4]}, granularity="DAY"))
    assert {day.day: row["impressions"] for day, row in rows.items()} == {5: 3, 6: 4}


@pytest.mark.parametrize(
    "body",
    [
        stats("2026-11-05T05:00:00Z", 2, {"impressions": [1, 2, 3]}),
        stats("2026-11-05T05:00:00Z", 1, {"impressions": 3}),
        stats("noon", 1, {"impressions": [3]}),
        stats("2026-11-05T05:00:00Z", 1, {"impressions": [3]}, granularity="TOTAL"),
        stats("2026-11-05T05:00:00Z", 1, {}) | {"request": {"params": None}},
    ],
)
def test_a_series_that_cannot_be_placed_stops_the_reading(days_of, body):
    """Numbers on the wrong day would be believed."""
    with pytest.raises(SchemaDrift, match="x_ads 101 stats"):
        days_of(body)


def test_new_metrics_and_fields_are_counted(days_of, reply, account):
    """Wherever they turn up."""
    _, parsed = days_of(stats("2026-11-05T05:00:00Z", 1, {"vibes": [1]}))
    assert parsed.unknown == {"stats.vibes": 1}
    line_item = {"id": "1", "campaign_id": "2", "objective": "FAME", "mood": 1}
    parsed = parse([reply("line_items", {"data": [line_item]})], account("x_ads"))
    assert parsed.unknown == {"line_items.objective=FAME/": 1, "line_items.mood": 1}


def test_numbers_of_an_ad_nobody_lists_keep_a_place(days_of):
    """Its parents are unknown; the rows that stand for them say so."""
    rows, parsed = days_of(stats("2026-11-05T05:00:00Z", 1, {"impressions": [3]}, ad="lost"))
    (row,) = rows.values()
    assert (row["ad_id"], row["ad_set_id"], row["campaign_id"]) == ("lost", "unlisted", "unlisted")
    assert parsed.rows["ads"][-1]["status"] == "unlisted"
    assert parsed.rows["campaigns"][-1]["campaign_id"] == "unlisted"


@pytest.mark.parametrize(
    ("objective", "goal", "expected"),
    [
        ("REACH", None, "awareness"),
        ("WEBSITE_CLICKS", "LINK_CLICKS", "traffic"),
        ("WEBSITE_CLICKS", "WEBSITE_CONVERSIONS", "sales"),
        ("WEBSITE_CLICKS", None, "unknown"),
        ("ENGAGEMENTS", "ENGAGEMENT", "engagement"),
    ],
)
def test_the_objective_is_the_line_items(reply, account, objective, goal, expected):
    """And for website clicks the goal tells visits from conversions."""
    line_item = {"id": "li", "campaign_id": "c", "objective": objective, "goal": goal}
    campaign = {"id": "c", "name": "WMP | x", "entity_status": "PAUSED", "deleted": True}
    parsed = parse(
        [
            reply("line_items", {"data": [line_item]}),
            reply("campaigns", {"data": [campaign]}),
        ],
        account("x_ads"),
    )
    (row,) = parsed.rows["campaigns"]
    assert (row["objective"], row["status"]) == (expected, "DELETED")


def test_line_items_that_disagree_make_no_objective(reply, account):
    """Nothing is guessed."""
    items = [
        {"id": str(k), "campaign_id": "c", "objective": objective}
        for k, objective in enumerate(["REACH", "ENGAGEMENTS"])
    ]
    parsed = parse(
        [reply("line_items", {"data": items}), reply("campaigns", {"data": [{"id": "c"}]})],
        account("x_ads"),
    )
    (row,) = parsed.rows["campaigns"]
    assert (row["objective"], row["objective_raw"]) == ("unknown", "ENGAGEMENTS, REACH")


def test_the_account_must_be_the_one_that_was_reviewed(reply, account):
    """The currency comes with the money, not with the account."""
    body = {"data": {"id": "101", "name": "Marca", "timezone": "America/Bogota"}}
    assert parse([reply("account", body)], account("x_ads")).rows["accounts"][0]["name"] == "Marca"
    with pytest.raises(ConfigurationError, match="time zone"):
        parse([reply("account", body)], account("x_ads", timezone="UTC"))
    funds = {"data": [{"id": "f", "currency": "USD"}]}
    with pytest.raises(ConfigurationError, match="currency"):
        parse([reply("funding_instruments", funds)], account("x_ads"))


def pictures_of(reply, account, tweet, cards=()):
    tweet = {"tweet_id": "77", "full_text": "Text", "created_at": "x"} | tweet
    parsed = parse(
        [reply("tweets", {"data": [tweet]}), reply("cards", {"data": list(cards)})],
        account("x_ads"),
    )
    images = parsed.rows["creative_images"]
    return [(i["position"], i["role"], i["source_ref"], i["url"]) for i in images], parsed


def test_pictures_of_a_post_are_fetched_as_uploaded(reply, account):
    """The extended list wins; names of sizes become `orig`."""
    first = {"media_key": "3_1", "media_url_https": "https://pbs.twimg.com/media/A.jpg"}
    second = {
        "id_str": "9",
        "media_url_https": "https://pbs.twimg.com/media/B.png?name=small",
        "type": "video",
    }
    tweet = {
        "entities": {"media": [first], "urls": [{"expanded_url": "https://shop/"}]},
        "extended_entities": {"media": [first, second]},
    }
    images, parsed = pictures_of(reply, account, tweet)
    assert images == [
        (0, "image", "3_1", "https://pbs.twimg.com/media/A?format=jpg&name=orig"),
        (1, "video_thumbnail", "9", "https://pbs.twimg.com/media/B?format=png&name=orig"),
    ]
    (row,) = parsed.rows["creatives"]
    assert (row["body"], row["link_url"], row["format"]) == ("Text", "https://shop/", "video")
    assert not parsed.unknown


@pytest.mark.parametrize(
    ("url", "full"),
    [
        ("https://pbs.twimg.com/media/A.jpg", "https://pbs.twimg.com/media/A?format=jpg&name=orig"),
        (
            "http://127.0.0.1:1/cdn/media/A.png?x=1",
            "http://127.0.0.1:1/cdn/media/A?format=png&name=orig",
        ),
        ("https://pbs.twimg.com/card_img/1/A.jpg", "https://pbs.twimg.com/card_img/1/A.jpg"),
    ],
)
def test_only_posts_pictures_have_sizes(url, full):
    """The default size is a medium one."""
    assert full_size(url) == full


def test_cards_bring_pictures_texts_and_buttons(reply, account):
    """Components in their order; a medium without an address says so."""
    known = {"3_1": {"type": "IMAGE", "url": "https://pbs.twimg.com/x/A.jpg"}}
    video = {"13_2": {"type": "VIDEO", "poster_media_url": "https://pbs.twimg.com/x/P.jpg"}}
    card = {
        "card_uri": "card://1",
        "components": [
            {"type": "MEDIA", "media_key": "3_1", "media_metadata": known},
            {"type": "SWIPEABLE_MEDIA", "media_keys": ["13_2", "3_9"], "media_metadata": video},
            {"type": "DETAILS", "title": {"value": "Head"}, "destination": {"url": "https://s/"}},
            {"type": "BUTTON", "label": {"value": "SHOP"}},
            {"type": "HOLOGRAM"},
        ],
    }
    images, parsed = pictures_of(reply, account, {"card_uri": "card://1"}, [card])
    assert images == [
        (0, "image", "3_1", "https://pbs.twimg.com/x/A.jpg"),
        (1, "video_thumbnail", "13_2", "https://pbs.twimg.com/x/P.jpg"),
        (2, "image", "3_9", None),
    ]
    assert parsed.rows["creative_images"][2]["reason"] == "X tells no address for media 3_9"
    (row,) = parsed.rows["creatives"]
    texts = (row["headline"], row["call_to_action"], row["link_url"])
    assert texts == ("Head", "SHOP", "https://s/")
    assert parsed.unknown == {"cards.components.type=HOLOGRAM": 1}


def test_older_cards_have_flat_fields(reply, account):
    """Their picture is named by its address without the query."""
    card = {"card_uri": "card://1", "title": "Old", "image_url": "https://pbs.twimg.com/c/1?x=2"}
    images, parsed = pictures_of(reply, account, {"card_uri": "card://1"}, [card])
    assert images == [(0, "image", "https://pbs.twimg.com/c/1", "https://pbs.twimg.com/c/1?x=2")]
    assert parsed.rows["creatives"][0]["headline"] == "Old"


def answering(says, active=(), ids=()):
    """A platform with these promoted tweets, active in these placements."""

    def answer(asked):
        path = asked.path.removeprefix("/x_ads/12/")
        if path == "accounts/101":
            return says({"data": {"id": "101", "timezone": "America/Bogota"}})
        if path.endswith("active_entities"):
            return says({"data": list(active)})
        if path.endswith("promoted_tweets"):
            data = [PROMOTED | {"id": i, "tweet_id": f"t{i}"} for i in ids]
            return says({"data": data, "next_cursor": None})
        if path.startswith("stats/"):
            return says({"data": [], "time_series_length": 0})
        return says({"data": [], "next_cursor": None})

    return answer


def test_what_is_asked(server, says, client, fetch):
    """20 ids and 168 hours a call, only where there is activity; deleted objects too."""
    ids = [f"p{k}" for k in range(25)]
    active = [{"entity_id": i, "placements": ["ALL_ON_TWITTER"]} for i in ids]
    active[3]["placements"].append("SPOTLIGHT")
    server.answer = answering(says, active, ids)
    fetch(client, "x_ads")
    asked = [(a.path.removeprefix("/x_ads/12/"), a.query) for a in server.asked]
    for path in ("campaigns", "line_items", "promoted_tweets"):
        (query,) = [q for p, q in asked if p == f"accounts/101/{path}"]
        assert query["with_deleted"] == "true"
    (tweets,) = [q for p, q in asked if p == "accounts/101/tweets"]
    assert tweets["timeline_type"] == "ALL"
    assert len(tweets["tweet_ids"].split(",")) == 25
    (query,) = [q for p, q in asked if p.endswith("active_entities")]
    assert query["start_time"] == "2026-11-01T05:00:00Z"
    assert query["end_time"] == "2026-11-11T05:00:00Z"
    calls = [q for p, q in asked if p == "stats/accounts/101"]
    shapes = [
        (
            q["placement"],
            len(q["entity_ids"].split(",")),
            q["start_time"][5:13],
            q["end_time"][5:13],
        )
        for q in calls
    ]
    assert shapes == [
        ("ALL_ON_TWITTER", 20, "11-01T05", "11-08T05"),
        ("ALL_ON_TWITTER", 5, "11-01T05", "11-08T05"),
        ("ALL_ON_TWITTER", 20, "11-08T05", "11-11T05"),
        ("ALL_ON_TWITTER", 5, "11-08T05", "11-11T05"),
        ("SPOTLIGHT", 1, "11-01T05", "11-08T05"),
        ("SPOTLIGHT", 1, "11-08T05", "11-11T05"),
    ]


def test_the_signature_is_the_one_oauthlib_makes(server, says, client, fetch):
    """Colons and commas are encoded in the address and signed the same way."""
    active = [{"entity_id": i, "placements": ["ALL_ON_TWITTER"]} for i in ("a", "b")]
    server.answer = answering(says, active)
    replies = fetch(client, "x_ads")
    asked = next(a for a in server.asked if a.path.endswith("/stats/accounts/101"))
    assert "entity_ids=a%2Cb" in asked.target
    assert "start_time=2026-11-01T05%3A00%3A00Z" in asked.target
    request = Request(
        f"{server.url}{asked.target}",
        http_method="GET",
        headers={"Authorization": asked.headers["authorization"]},
    )
    header = dict(
        part.strip().split("=", 1) for part in asked.headers["authorization"][6:].split(",")
    )
    request.params = signature.collect_parameters(
        uri_query=asked.target.split("?")[1],
        headers={"Authorization": asked.headers["authorization"]},
        exclude_oauth_signature=True,
    )
    from urllib.parse import unquote

    request.signature = unquote(header["oauth_signature"].strip('"'))
    request.uri = f"{server.url}{asked.path}"
    assert signature.verify_hmac_sha1(request, "consumer-secret", "token-secret")
    for secret in ("consumer-secret", "token-secret", "900-token", "oauth_signature"):
        assert secret not in repr(replies)


def test_an_account_without_activity_gives_empty_lists(server, says, client, fetch, account):
    """No ads, no stats calls, and no error."""
    server.answer = answering(says)
    parsed = parse(fetch(client, "x_ads"), account("x_ads"))
    assert {name: len(rows) for name, rows in parsed.rows.items() if rows} == {"accounts": 1}


def test_cursors_are_followed_and_not_for_ever(server, says, client, fetch, account):
    """Two pages are two pages; a cursor that comes back stops the reading."""
    quiet = answering(says)

    def pages(cursors):
        def answer(asked):
            if not asked.path.endswith("/campaigns"):
                return quiet(asked)
            cursor = asked.query.get("cursor")
            return says({"data": [{"id": cursor or "1"}], "next_cursor": cursors[cursor]})

        return answer

    server.answer = pages({None: "2", "2": None})
    parsed = parse(fetch(client, "x_ads"), account("x_ads"))
    assert [row["campaign_id"] for row in parsed.rows["campaigns"]] == ["1", "2"]
    server.answer = pages({None: "2", "2": "2"})
    with pytest.raises(SchemaDrift, match="repeats the cursor"):
        fetch(client, "x_ads")


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        ((401, "UNAUTHORIZED_ACCESS"), AuthenticationExpired),
        ((403, "ACCOUNT_NOT_FOUND"), AccountUnreadable),
        ((404, "ACCOUNT_NOT_FOUND"), AccountUnreadable),
        ((403, "ACCOUNT_LOCKED_OUT"), AccountUnreadable),
        ((429, "TOO_MANY_REQUESTS"), RateLimited),
        ((400, "TOO_MANY_JOBS"), RateLimited),
        ((400, "INVALID_PARAMETER"), SchemaDrift),
        ((404, "ROUTE_NOT_FOUND"), SchemaDrift),
        ((408, "CANCELLED_REQUEST"), SourceUnavailable),
        ((423, "LOCK_ACQUISITION_TIMEOUT"), SourceUnavailable),
        ((503, "OVER_CAPACITY"), SourceUnavailable),
    ],
)
def test_errors_are_told_apart(server, says, client, refusal, expected):
    """By status and code, with the platform's words in the message."""
    status, code = refusal
    server.says(says({"errors": [{"code": code, "message": "said"}]}, status))
    with pytest.raises(expected, match="x_ads: test"):
        client.check()


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"x-account-rate-limit-reset": "+600", "x-rate-limit-reset": "+60"}, 600),
        ({"x-rate-limit-reset": "+60"}, 60),
        ({"x-rate-limit-reset": "-60"}, 1),
        ({}, 900),
    ],
)
def test_the_wait_ends_when_the_limit_is_reset(server, says, client, headers, wait_s):
    """By the platform's own clock; the account's limit counts before the user's."""
    now = int(datetime.now(UTC).timestamp())
    told = {name: str(now + int(text)) for name, text in headers.items()}
    server.says(says({"errors": [{"code": "TOO_MANY_REQUESTS"}]}, 429, told))
    with pytest.raises(RateLimited) as failure:
        client.check()
    assert abs(failure.value.wait_s - wait_s) <= 2


def test_stored_replies_need_no_network(reply, account):
    """Parsing is pure: the order of the entities does not matter."""
    body = stats("2026-11-05T15:00:00Z", 1, {"impressions": [5]})
    replies = [
        reply("stats", body),
        reply("promoted_tweets", {"data": [PROMOTED]}),
        reply("line_items", {"data": [LINE_ITEM]}),
    ]
    forward = parse(replies, account("x_ads"))
    assert parse(reversed(replies), account("x_ads")).rows == forward.rows
    assert all(isinstance(r, Reply) for r in replies)
