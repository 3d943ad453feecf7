"""X Ads: hours that become days, objects that become rows, and what is said about the rest."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.errors import ConfigurationError, SchemaDrift
from include.sources.replies import Account, Window
from include.sources.x_ads import parse
from include.sources.x_ads_numbers import days_of_points
from include.sources.x_ads_plan import slices
from include.tables import DAILY_PARSED

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


def rows_of(parsed):
    """All rows of `ad_daily`, whichever way they were read, as columns of the lake."""
    found = [row for batch in parsed.batches for row in batch.to_pylist()]
    for row in parsed.rows["ad_daily"]:
        found.append({name: row.get(name) for name in (*DAILY_PARSED.names, "_unparsed")})
    return found


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
        return {row["report_date"]: row for row in rows_of(parsed)}, parsed

    return rows


def test_a_day_of_an_ad(days_of):
    """Micros are divided, conversions are objects of series, reach is not offered."""
    metrics = {
        "impressions": [1233],
        "clicks": [58],
        "url_clicks": [30],
        "engagements": [59],
        "likes": [7],
        "replies": [2],
        "follows": [1],
        "billed_charge_local_micro": [46646647],
        "video_total_views": None,
        "video_views_100": [4],
        "retweets": None,
        "conversion_purchases": {
            "metric": [2],
            "sale_amount": [277990000],
            "assisted": None,
            "post_view": [1],
        },
        "conversion_sign_ups": {"metric": [1], "post_view": [1]},
        "mobile_conversion_installs": {"post_view": [1], "post_engagement": [3]},
    }
    rows, parsed = days_of(stats("2026-11-05T15:00:00Z", 1, metrics))
    assert parsed.rows["ad_daily"] == []
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
            "landing_page_views": None,
            "app_installs": 4.0,
            "view_through_conversions": 2.0,
            "video_completions": 4,
            "reactions": 7,
            "comments": 2,
            "shares": 0,
            "follows": 1,
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


ZONES = ["America/Bogota", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe",
         "Pacific/Chatham", "Asia/Kathmandu", "UTC"]  # fmt: skip


@settings(deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    since=st.dates(min_value=date(2026, 1, 1), max_value=date(2026, 12, 1)),
    length=st.integers(min_value=1, max_value=20),
    longest=st.sampled_from([168, 2160]),
)
def test_asked_hours_make_up_exactly_the_asked_days(zone, since, length, longest):
    """Whole hours, each slice whole days and short enough; every hour in the window, none twice."""
    account = Account("x_ads", "101", "Marca", "COP", zone, "x", 14)
    until = since + timedelta(days=length - 1)
    hours = Counter()
    end = None
    for start, stop in slices(Window(since, until), ZoneInfo(zone), hours=longest):
        assert start.minute == stop.minute == 0
        assert start == (end or start)
        end = stop
        points = int((stop - start).total_seconds() // 3600)
        assert points <= longest
        told = Counter(days_of_points(stats(start.isoformat(), points, {}), account))
        assert not told.keys() & hours.keys(), "a slice cuts a day"
        hours.update(told)
    assert sorted(hours) == [since + timedelta(days=k) for k in range(length)]
    assert set(hours.values()) <= {23, 24, 25}
    # On average a day is as long as its midnights are apart; half hours go to one side.
    first = datetime.combine(since, datetime.min.time(), ZoneInfo(zone)).astimezone(UTC)
    after = until + timedelta(days=1)
    last = datetime.combine(after, datetime.min.time(), ZoneInfo(zone)).astimezone(UTC)
    assert abs(sum(hours.values()) - (last - first).total_seconds() / 3600) <= 0.5


def test_a_week_of_169_hours_is_asked_in_two_pieces():
    """Six days and one: no day is cut, and none is asked twice."""
    window = Window(date(2026, 10, 28), date(2026, 11, 3))
    pieces = [
        (start.isoformat(), stop.isoformat())
        for start, stop in slices(window, ZoneInfo("America/New_York"), hours=168)
    ]
    assert pieces == [
        ("2026-10-28T04:00:00+00:00", "2026-11-03T05:00:00+00:00"),
        ("2026-11-03T05:00:00+00:00", "2026-11-04T05:00:00+00:00"),
    ]


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
        stats("2026-11-05T05:00:00", 1, {"impressions": [3]}),
        stats("2026-11-05T05:00:00Z", 10**9, {"impressions": [3]}),
        stats("2026-11-05T05:00:00Z", 1, {"conversion_purchases": [3]}),
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


@pytest.mark.parametrize(
    ("campaign", "fits"),
    [
        ({"currency": "USD"}, False),
        ({"funding_instrument_id": "dollars"}, False),
        ({"currency": "COP", "funding_instrument_id": "dollars"}, True),
        ({"funding_instrument_id": "pesos"}, True),
        ({}, True),
    ],
)
def test_money_of_another_currency_stops_the_reading(reply, account, campaign, fits):
    """A campaign says its currency, else its funding instrument does; one unused may differ."""
    funds = [{"id": "dollars", "currency": "USD"}, {"id": "pesos", "currency": "COP"}]
    replies = [
        reply("funding_instruments", {"data": funds}),
        reply("campaigns", {"data": [{"id": "c", **campaign}]}),
    ]
    if fits:
        assert parse(replies, account("x_ads")).rows["campaigns"]
    else:
        with pytest.raises(ConfigurationError, match="USD"):
            parse(replies, account("x_ads"))


def test_what_moved_between_two_pages_is_read_once(reply, account):
    """An object that was changed while we read stands on both; the later state counts."""
    pages = [
        {"data": [{"id": "c", "name": "old"}, {"id": "d", "name": "other"}]},
        {"data": [{"id": "c", "name": "new"}]},
    ]
    parsed = parse([reply("campaigns", page) for page in pages], account("x_ads"))
    assert {row["campaign_id"]: row["name"] for row in parsed.rows["campaigns"]} == {
        "c": "new",
        "d": "other",
    }
    assert len(parsed.rows["campaigns"]) == 2


def twice(first, second):
    """A page that lists the same ad twice."""
    body = stats("2026-11-05T15:00:00Z", 1, {"impressions": [first]})
    body["data"] += stats("2026-11-05T15:00:00Z", 1, {"impressions": [second]})["data"]
    return body


def test_an_ad_that_is_on_a_page_twice_counts_once(days_of):
    """The same numbers are a repetition; other numbers are something nobody understands."""
    (row,) = days_of(twice(5, 5))[0].values()
    assert row["impressions"] == 5
    with pytest.raises(SchemaDrift, match="twice"):
        days_of(twice(5, 6))


def test_totals_of_the_account_are_kept_apart(days_of, reply, account):
    """They add up over placements and hours, and are no ads."""
    metrics = {"impressions": [3, 4], "clicks": [1, None], "billed_charge_local_micro": [500000, 0]}
    pages = [stats("2026-11-05T15:00:00Z", 2, metrics, ad="101") for _ in range(2)]
    parsed = parse([reply("totals", page) for page in pages], account("x_ads"))
    assert parsed.rows["totals_daily"] == [
        {
            "platform": "x_ads",
            "account_id": "101",
            "level": "account",
            "level_id": "101",
            "report_date": date(2026, 11, 5),
            "currency": "COP",
            "impressions": 14,
            "clicks": 2,
            "spend": Decimal("1.0"),
        }
    ]
    assert rows_of(parsed) == []
    assert parsed.rows["ads"] == []


def test_stored_replies_need_no_network(reply, account):
    """Parsing is pure: the order of the entities does not matter."""
    body = stats("2026-11-05T15:00:00Z", 1, {"impressions": [5]})
    replies = [
        reply("stats", body),
        reply("promoted_tweets", {"data": [PROMOTED]}),
        reply("line_items", {"data": [LINE_ITEM]}),
    ]
    forward = parse(iter(replies), account("x_ads"))
    backward = parse(reversed(replies), account("x_ads"))
    assert backward.rows == forward.rows
    assert rows_of(backward) == rows_of(forward)
