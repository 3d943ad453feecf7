"""X Ads: which statistics calls an account needs."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.errors import SchemaDrift
from include.sources.replies import Account, Window
from include.sources.x_ads_plan import (
    JOB_HOURS,
    STATS_HOURS,
    Activity,
    Query,
    activities,
    check_hours,
    plan,
)

BOGOTA = Account("x_ads", "101", "Marca", "COP", "America/Bogota", "x", 14)
WINDOW = Window(date(2026, 11, 1), date(2026, 11, 10))


def active(entity_id, start, end, *placements):
    return {
        "entity_id": entity_id,
        "activity_start_time": start,
        "activity_end_time": end,
        "placements": list(placements) or ["ALL_ON_TWITTER"],
    }


def days_of(found, placement="ALL_ON_TWITTER"):
    return {ad: (a.first.day, a.last.day) for ad, a in found[placement].items()}


def test_activity_becomes_days_of_the_account():
    """Floored at its start, ceiled at its end, cut to the window; none outside it."""
    found = activities(
        [
            active("a", "2026-11-03T04:30:07Z", "2026-11-05T05:00:00Z"),
            active("b", "2026-10-01T00:00:00Z", "2026-11-05T05:00:01Z"),
            active("c", "2026-11-09T00:00:00Z", "2026-12-01T00:00:00Z"),
            active("d", "2026-09-01T00:00:00Z", "2026-10-31T12:00:00Z"),
        ],
        WINDOW,
        ZoneInfo("America/Bogota"),
    )
    # 04:30 UTC on the 3rd is still the 2nd in Bogota; 05:00 UTC on the 5th ends the 4th.
    assert days_of(found) == {"a": (2, 4), "b": (1, 5), "c": (8, 10)}


def test_activity_of_half_hour_zones_follows_the_rule_of_the_points():
    """18:10 UTC is 23:40 in India, in an hour whose middle, 18:30, is the next day's first."""
    found = activities(
        [active("a", "2026-11-03T18:10:00Z", "2026-11-03T18:20:00Z")],
        WINDOW,
        ZoneInfo("Asia/Kolkata"),
    )
    assert days_of(found) == {"a": (4, 4)}


@pytest.mark.parametrize("time", [None, "soon", 5])
def test_activity_without_readable_times_is_asked_for_over_the_whole_window(time):
    """That costs calls; the other way would cost numbers."""
    found = activities([active("a", time, time)], WINDOW, ZoneInfo("UTC"))
    assert days_of(found) == {"a": (1, 10)}


def test_entities_that_come_again_are_joined():
    """A window of more than 90 days is asked in parts; an ad may be active in two."""
    found = activities(
        [
            active("a", "2026-11-02T12:00:00Z", "2026-11-03T12:00:00Z"),
            active("a", "2026-11-06T12:00:00Z", "2026-11-07T12:00:00Z", "SPOTLIGHT", "TREND"),
            active("a", "2026-11-08T12:00:00Z", "2026-11-08T12:00:00Z", "SPOTLIGHT"),
        ],
        WINDOW,
        ZoneInfo("UTC"),
    )
    assert days_of(found) == {"a": (2, 3)}
    assert days_of(found, "SPOTLIGHT") == {"a": (6, 8)}


def planned(ads, window=WINDOW, account=BOGOTA, hours=STATS_HOURS, app_ads=()):
    """The requests about ads, of one placement."""
    of_ads = {ad: Activity(first, last, ad) for ad, (first, last) in ads.items()}
    queries = plan({"ALL_ON_TWITTER": of_ads}, app_ads, account, window, hours=hours)
    return [query for query in queries if query.entity == "PROMOTED_TWEET"]


ads_of = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=3),
    st.tuples(st.integers(0, 200), st.integers(0, 200)).map(sorted),
    max_size=70,
)


@settings(deadline=None)
@given(
    ads=ads_of,
    zone=st.sampled_from(["America/Bogota", "America/New_York", "Asia/Kolkata"]),
    hours=st.sampled_from([STATS_HOURS, JOB_HOURS]),
)
def test_every_active_day_is_asked_for_once(ads, zone, hours):
    """At most 20 ids and so many hours a call, and no ad's day is asked for twice."""
    since = date(2026, 3, 1)
    window = Window(since, since + timedelta(days=200))
    account = Account("x_ads", "101", "Marca", "COP", zone, "x", 14)
    spans = {ad: tuple(since + timedelta(days=k) for k in span) for ad, span in ads.items()}
    asked = Counter()
    for query in planned(spans, window, account, hours):
        assert 1 <= len(query.ids) <= 20
        assert query.end - query.start <= timedelta(hours=hours)
        middle = query.start + timedelta(hours=12)
        while middle < query.end:
            for ad in query.ids:
                asked[ad, middle.astimezone(ZoneInfo(zone)).date()] += 1
            middle += timedelta(hours=24)
    for ad, (first, last) in spans.items():
        for k in range((last - first).days + 1):
            assert asked[ad, first + timedelta(days=k)] == 1


def test_calls_are_few():
    """45 ads over ten days: 7 and 3 days, 20 ads each; a job takes the ten days whole."""
    whole = (WINDOW.since, WINDOW.until)
    assert len(planned({f"a{k}": whole for k in range(45)})) == 6
    assert len(planned({f"a{k}": whole for k in range(45)}, hours=JOB_HOURS)) == 3
    assert planned({}) == []


def test_ads_of_apps_are_also_asked_for_installs():
    """X takes that group of metrics in a request of its own only."""
    day = (date(2026, 11, 2), date(2026, 11, 2))
    queries = planned({"a": day, "b": day}, app_ads={"b"})
    assert [(query.ids, query.metric_groups) for query in queries] == [
        (("a", "b"), "ENGAGEMENT,BILLING,VIDEO,WEB_CONVERSION"),
        (("b",), "MOBILE_CONVERSION"),
    ]


def test_totals_are_asked_for_in_every_placement():
    """An account's total is the sum over them, whether an ad was active there or not."""
    queries = plan({}, (), BOGOTA, WINDOW, hours=STATS_HOURS)
    assert [(q.entity, q.ids, q.placement, q.start.day, q.end.day) for q in queries] == [
        ("ACCOUNT", ("101",), placement, start, end)
        for placement in ("ALL_ON_TWITTER", "SPOTLIGHT", "TREND")
        for start, end in ((1, 8), (8, 11))
    ]


def query_of(*ids):
    start = datetime(2026, 11, 1, 5, tzinfo=UTC)
    end = start + timedelta(days=1)
    return Query("PROMOTED_TWEET", ids, start, end, "TREND", "BILLING")


def test_a_request_can_be_halved_down_to_one_ad():
    """By its ids."""
    first, second = query_of("a", "b", "c").halves()
    assert (first.ids, second.ids) == (("a",), ("b", "c"))
    assert first.halves() is None


@pytest.mark.parametrize(
    ("content", "fits"),
    [
        (b'{"request":{"params":{"start_time":"2026-11-01T05:00:00Z"}}}', True),
        (b'{"request":{"params":{"start_time" : "2026-11-01T00:00:00-05:00"}}}', True),
        (b'{"data":[]}', True),
        (b'{"request":{"params":{"start_time":"2026-11-02T05:00:00Z"}}}', False),
        (b'{"params":{"end_time":"2026-11-01T05:00:00Z"}}', False),
        (b'{"params":{"end_time":"tomorrow"}}', False),
        (b'{"params":{"end_time":"2026-11-02T05:00:00"}}', False),
        (b" " * 9000 + b'{"start_time":"2026-11-02T05:00:00Z"}', False),
    ],
)
def test_an_answer_about_other_hours_is_refused(content, fits):
    """Its points would be placed on days that nobody asked for."""
    if fits:
        check_hours(content, query_of("a"), "x_ads 101 stats")
    else:
        with pytest.raises(SchemaDrift, match="asked for"):
            check_hours(content, query_of("a"), "x_ads 101 stats")
