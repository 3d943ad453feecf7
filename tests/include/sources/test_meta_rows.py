"""Meta: what becomes of a reply about accounts, campaigns, ads and numbers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.errors import ConfigurationError, SchemaDrift
from include.sources.meta import parse

ACCOUNT = {
    "id": "act_101",
    "account_id": "101",
    "name": "Marca",
    "account_status": 1,
    "disable_reason": 0,
    "currency": "COP",
    "timezone_name": "America/Bogota",
}
DAY = {
    "account_id": "101",
    "account_currency": "COP",
    "campaign_id": "1",
    "adset_id": "2",
    "ad_id": "3",
    "impressions": "1853",
    "reach": "1701",
    "clicks": "42",
    "inline_link_clicks": "31",
    "inline_post_engagement": "55",
    "spend": "14.35",
    "attribution_setting": "7d_click_1d_view",
    "date_start": "2026-11-05",
    "date_stop": "2026-11-05",
    # One purchase under six names, as a recorded row had it.
    "actions": [
        {"action_type": "link_click", "value": "31"},
        {"action_type": "lead", "value": "2"},
        {"action_type": "onsite_conversion.lead_grouped", "value": "2"},
        {"action_type": "purchase", "value": "3"},
        {"action_type": "omni_purchase", "value": "3", "7d_click": "2", "1d_view": "1"},
        {"action_type": "offsite_conversion.fb_pixel_purchase", "value": "3"},
        {"action_type": "onsite_web_purchase", "value": "3"},
        {"action_type": "video_view", "value": "210"},
        {"action_type": "post_reaction", "value": "6"},
    ],
    "video_p100_watched_actions": [{"action_type": "video_view", "value": "40"}],
    "action_values": [
        {"action_type": "omni_purchase", "value": "129.9"},
        {"action_type": "purchase", "value": "129.9"},
    ],
}


def rows_of_day(reply, account, **changes):
    day = {key: value for key, value in (DAY | changes).items() if value is not None}
    parsed = parse([reply("insights", {"data": [day]})], account("meta"))
    found = [row for batch in parsed.batches for row in batch.to_pylist()]
    return (found + parsed.rows["ad_daily"])[0], parsed.unknown


def test_a_day_of_an_ad(reply, account):
    """The row of the reference, column by column."""
    row, unknown = rows_of_day(reply, account)
    assert row == {
        "platform": "meta",
        "account_id": "101",
        "report_date": date(2026, 11, 5),
        "timezone": "America/Bogota",
        "currency": "COP",
        "campaign_id": "1",
        "ad_set_id": "2",
        "ad_id": "3",
        "impressions": 1853,
        "reach": 1701,
        "clicks": 42,
        "link_clicks": 31,
        "engagements": 55,
        "video_views": 210,
        "spend": Decimal("14.35"),
        "leads": 2.0,
        "purchases": 3.0,
        "conversions": 5.0,
        "revenue": Decimal("129.9"),
        "landing_page_views": None,
        "app_installs": None,
        "view_through_conversions": 1.0,
        "video_completions": 40,
        "reactions": 6,
        "comments": None,
        "shares": None,
        "follows": None,
        "attribution_setting": "7d_click_1d_view",
    }
    assert not unknown


@pytest.mark.parametrize(
    ("actions", "purchases", "leads"),
    [
        ({"purchase": "4", "offsite_conversion.fb_pixel_purchase": "3"}, 4.0, None),
        ({"offsite_conversion.fb_pixel_purchase": "3"}, 3.0, None),
        (
            {"onsite_conversion.lead_grouped": "2", "offsite_conversion.fb_pixel_lead": "1"},
            None,
            3.0,
        ),
        ({"lead": "0", "offsite_conversion.fb_pixel_lead": "1"}, None, 0.0),
        ({"like": "9"}, None, None),
    ],
)
def test_one_action_family_is_read(reply, account, actions, purchases, leads):
    """The first family that is there counts; families are never added up."""
    entries = [{"action_type": name, "value": value} for name, value in actions.items()]
    row, _ = rows_of_day(reply, account, actions=entries, action_values=None)
    assert (row["purchases"], row["leads"], row["revenue"]) == (purchases, leads, None)


def test_what_meta_leaves_out(reply, account):
    """Zeros are left out: base counts become 0, the rest stays unknown."""
    names = ("impressions", "reach", "clicks", "inline_link_clicks", "inline_post_engagement")
    absent = dict.fromkeys((*names, "spend", "actions", "action_values", "attribution_setting"))
    row, _ = rows_of_day(reply, account, **absent)
    measures = ("impressions", "clicks", "link_clicks", "engagements", "spend")
    assert [row[name] for name in measures] == [0, 0, 0, 0, 0]
    optional = ("reach", "video_views", "leads", "purchases", "conversions", "revenue")
    assert [row[name] for name in optional] == [None] * 6


def test_numbers_that_do_not_parse_are_kept_as_text(reply, account):
    """They are not zero, and the row tells what came."""
    row, _ = rows_of_day(
        reply,
        account,
        impressions="1,853",
        actions=[{"action_type": "lead", "value": "many"}],
        action_values=[{"action_type": "omni_purchase", "value": "$5"}],
    )
    assert row["impressions"] is row["leads"] is row["revenue"] is None
    assert row["_unparsed"] == {"impressions": "1,853", "leads": "many", "revenue": "$5"}


def test_new_fields_are_counted(reply, account):
    """A new field is news, in the row and in every kind of object."""
    _, unknown = rows_of_day(reply, account, wish_bid="7")
    assert unknown == {"insights.wish_bid": 1}
    campaign = {"id": "1", "objective": "OUTCOME_FAME", "effective_status": "MOODY", "novel": 1}
    parsed = parse([reply("campaigns", {"data": [campaign]})], account("meta"))
    assert parsed.unknown == {
        "campaigns.objective=OUTCOME_FAME": 1,
        "campaigns.effective_status=MOODY": 1,
        "campaigns.novel": 1,
    }
    assert parsed.rows["campaigns"][0]["objective"] == "unknown"
    assert parsed.rows["campaigns"][0]["objective_raw"] == "OUTCOME_FAME"


@pytest.mark.parametrize(
    "changes", [{"date_stop": "2026-11-06"}, {"date_start": "5 Nov", "date_stop": "5 Nov"}]
)
def test_a_row_that_is_not_one_day_stops_the_reading(reply, account, changes):
    """Numbers of a week under one day's date would be believed."""
    with pytest.raises(SchemaDrift, match="meta 101 insights"):
        rows_of_day(reply, account, **changes)


def test_another_currency_than_the_reviewed_file_stops_the_reading(reply, account):
    """Dollars are never stored as pesos."""
    with pytest.raises(ConfigurationError, match=r"nodes\.yaml says currency COP"):
        parse([reply("account", ACCOUNT | {"currency": "USD"})], account("meta"))
    with pytest.raises(ConfigurationError, match="time zone"):
        parse([reply("account", ACCOUNT | {"timezone_name": "UTC"})], account("meta"))


def test_objects_become_rows(reply, account):
    """Statuses are the effective ones, times UTC, a number in an id's place is text."""
    created = {"created_time": "2026-10-02T08:00:00-0500", "status": "ACTIVE"}
    campaign = {"id": "1", "name": "WMP | x", "objective": "OUTCOME_TRAFFIC", **created}
    ad_set = {"id": "2", "campaign_id": "1", "name": "Set", "optimization_goal": "VALUE", **created}
    ad = {"id": "3", "adset_id": "2", "campaign_id": "1", "name": "Ad", "creative": {"id": "9"}}
    parsed = parse(
        [
            reply("ads", {"data": [ad | created | {"effective_status": "CAMPAIGN_PAUSED"}]}),
            reply("account", ACCOUNT),
            reply("adsets", {"data": [ad_set]}),
            reply("campaigns", {"data": [campaign]}),
        ],
        account("meta"),
    )
    at = datetime(2026, 10, 2, 13, tzinfo=UTC)
    same = {"platform": "meta", "account_id": "101", "created_at": at}
    assert parsed.rows["accounts"][0]["status"] == "active"
    assert parsed.rows["campaigns"] == [
        {
            **same,
            "campaign_id": "1",
            "name": "WMP | x",
            "status": "ACTIVE",
            "objective": "traffic",
            "objective_raw": "OUTCOME_TRAFFIC",
        }
    ]
    assert parsed.rows["ad_sets"] == [
        {**same, "ad_set_id": "2", "campaign_id": "1", "name": "Set", "status": "ACTIVE"}
    ]
    assert parsed.rows["ads"] == [
        {
            **same,
            "ad_id": "3",
            "ad_set_id": "2",
            "campaign_id": "1",
            "creative_id": "9",
            "name": "Ad",
            "status": "CAMPAIGN_PAUSED",
        }
    ]
    assert parsed.unknown == {"ads.creative (could not be read)": 1}


@pytest.mark.parametrize(
    ("objective", "goals", "expected"),
    [
        ("OUTCOME_AWARENESS", ["THRUPLAY", "THRUPLAY"], "video_views"),
        ("OUTCOME_AWARENESS", ["THRUPLAY", "REACH"], "awareness"),
        ("OUTCOME_ENGAGEMENT", ["LEAD_GENERATION"], "leads"),
        ("OUTCOME_SALES", ["VALUE"], "sales"),
        ("VIDEO_VIEWS", [], "video_views"),
    ],
)
def test_goals_of_all_ad_sets_refine_an_objective(reply, account, objective, goals, expected):
    """The newer objectives have none for video views; mixed goals change nothing."""
    ad_sets = [
        {"id": str(k), "campaign_id": "1", "optimization_goal": goal}
        for k, goal in enumerate(goals)
    ]
    parsed = parse(
        [
            reply("campaigns", {"data": [{"id": "1", "objective": objective}]}),
            reply("adsets", {"data": ad_sets}),
        ],
        account("meta"),
    )
    assert parsed.rows["campaigns"][0]["objective"] == expected


TEXTS = st.sampled_from(["0", "1", "12", "-3", "1.5", "1,2", "x", "", "1e3", "+4", None, 7, True])
NAMES = st.sampled_from(
    [
        "omni_purchase",
        "purchase",
        "offsite_conversion.fb_pixel_purchase",
        "lead",
        "onsite_conversion.lead_grouped",
        "offsite_conversion.fb_pixel_lead",
        "omni_app_install",
        "mobile_app_install",
        "video_view",
        "landing_page_view",
        "post_reaction",
        "comment",
        "post",
        "like",
        "link_click",
    ]
)
PLAIN = st.integers(0, 9999).map(str)
ENTRIES = st.lists(
    st.fixed_dictionaries(
        {"action_type": NAMES, "value": PLAIN}, optional={"1d_view": PLAIN, "7d_click": PLAIN}
    ),
    max_size=6,
)
ODD = st.one_of(PLAIN, TEXTS)
DAYS = st.fixed_dictionaries(
    {
        "campaign_id": PLAIN,
        "adset_id": PLAIN,
        "ad_id": PLAIN,
        "date_start": st.just("2026-11-05"),
        "date_stop": st.just("2026-11-05"),
    },
    optional={
        "account_currency": st.just("COP"),
        "impressions": ODD,
        "reach": PLAIN,
        "inline_link_clicks": PLAIN,
        "spend": st.one_of(PLAIN, st.just("14.35"), TEXTS),
        "actions": ENTRIES,
        "action_values": ENTRIES,
        "video_p100_watched_actions": ENTRIES,
        "attribution_setting": st.sampled_from(["7d_click", None]),
        "wish_bid": PLAIN,
    },
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(page=st.lists(DAYS, min_size=1, max_size=4))
def test_columns_and_rows_say_the_same(reply, account, page):
    """A page gives the same values whichever way it is read; an odd last row forces rows."""
    odd = {**page[0], "ad_id": "odd", "impressions": "x"}
    quick = parse([reply("insights", {"data": page})], account("meta"))
    slow = parse([reply("insights", {"data": [*page, odd]})], account("meta"))
    assert not slow.batches
    by_rows = slow.rows["ad_daily"][:-1]
    assert len(by_rows) == len(page)
    by_columns = [row for batch in quick.batches for row in batch.to_pylist()]
    assert (by_columns or quick.rows["ad_daily"]) == by_rows
    expected = dict(slow.unknown)
    if "wish_bid" in odd:
        expected["insights.wish_bid"] -= 1
    assert dict(quick.unknown) == {name: n for name, n in expected.items() if n}


def test_plain_pages_are_read_by_columns(reply, account):
    """An unknown field does not make a page slow."""
    parsed = parse([reply("insights", {"data": [DAY | {"new": 1}, DAY]})], account("meta"))
    assert [batch.num_rows for batch in parsed.batches] == [2]
    assert parsed.rows["ad_daily"] == []
    assert parsed.unknown == {"insights.new": 1}


@pytest.mark.parametrize(
    "changes",
    [
        {"ad_id": None},
        {"ad_id": ""},
        {"actions": {"action_type": 7}},
        {"actions": ["lead"]},
        {"action_values": [{"value": "1"}]},
    ],
)
def test_a_row_that_lost_its_shape_stops_the_reading(reply, account, changes):
    """Without an id, or with something else than a list of actions."""
    with pytest.raises(SchemaDrift, match="meta 101"):
        rows_of_day(reply, account, **changes)
    with pytest.raises(SchemaDrift, match="meta 101"):
        parse([reply("insights", {"data": ["row"]})], account("meta"))
    with pytest.raises(SchemaDrift, match="expected a JSON object"):
        parse([reply("insights", [])], account("meta"))


def test_numbers_in_another_currency_stop_the_reading(reply, account):
    """Each row tells it; dollars are never stored as pesos."""
    with pytest.raises(ConfigurationError, match="USD"):
        rows_of_day(reply, account, account_currency="USD")


def test_installs_follows_and_views_have_their_columns(reply, account):
    """Each from its own action type; 2 + 1 of the conversions came after a view."""
    entries = [
        {"action_type": "omni_app_install", "value": "4"},
        {"action_type": "mobile_app_install", "value": "3"},
        {"action_type": "like", "value": "5"},
        {"action_type": "comment", "value": "6"},
        {"action_type": "post", "value": "7"},
        {"action_type": "landing_page_view", "value": "8"},
        {"action_type": "lead", "value": "9", "1d_view": "2"},
        {"action_type": "purchase", "value": "9", "1d_view": "1"},
    ]
    row, _ = rows_of_day(reply, account, actions=entries)
    names = ("app_installs", "follows", "comments", "shares", "landing_page_views")
    assert [row[name] for name in names] == [4.0, 5, 6, 7, 8]
    assert row["view_through_conversions"] == 3.0


def test_totals_are_campaigns_by_day(reply, account):
    """Zeros that Meta leaves out are zeros."""
    item = {"campaign_id": "1", "date_start": "2026-11-05", "date_stop": "2026-11-05"}
    told = [item | {"impressions": "10", "clicks": "2", "spend": "1.5"}, item | {"novel": 1}]
    parsed = parse([reply("totals", {"data": told})], account("meta"))
    same = {
        "platform": "meta",
        "account_id": "101",
        "level": "campaign",
        "level_id": "1",
        "report_date": date(2026, 11, 5),
        "currency": "COP",
    }
    assert parsed.rows["totals_daily"] == [
        {**same, "impressions": 10, "clicks": 2, "spend": Decimal("1.5")},
        {**same, "impressions": 0, "clicks": 0, "spend": Decimal(0)},
    ]
    assert parsed.unknown == {"totals.novel": 1}


def test_replies_of_an_unknown_kind_are_counted(reply, account):
    """A newer client may have stored more than this parser knows."""
    parsed = parse([reply("labels", {"data": [{"id": "1"}]})], account("meta"))
    assert parsed.unknown == {"replies.labels": 1}
