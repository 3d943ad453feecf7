"""Meta: what is asked, what errors mean, and what becomes of a reply."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
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
from include.sources.meta import Client, parse

TOKEN = "EAABtoken"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
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
    ],
    "action_values": [
        {"action_type": "omni_purchase", "value": "129.9"},
        {"action_type": "purchase", "value": "129.9"},
    ],
}
EMPTY = {"data": []}


@pytest.fixture
def client(server):
    return Client(host=f"{server.url}/meta", access_token=TOKEN)


def rows_of_day(reply, account, **changes):
    day = {key: value for key, value in (DAY | changes).items() if value is not None}
    parsed = parse([reply("insights", {"data": [day]})], account("meta"))
    return parsed.rows["ad_daily"][0], parsed.unknown


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
    ad_set = {"id": "2", "campaign_id": "1", "name": "Set", "optimization_goal": "X", **created}
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
    assert not parsed.unknown


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


def images_of(reply, account, creative, files=()):
    parsed = parse(
        [
            reply("creatives", {"9": {"id": "9"} | creative}),
            reply("adimages", {"data": [{"hash": h, "url": u} for h, u in files]}),
        ],
        account("meta"),
    )
    images = parsed.rows["creative_images"]
    return [(i["position"], i["role"], i["source_ref"], i["url"]) for i in images], parsed


def test_pictures_are_found_by_hash(reply, account):
    """The same hash in two places is one picture, at full size."""
    link = {"image_hash": "aa", "link": "https://shop/", "name": "Head", "message": "Body"}
    creative = {
        "image_hash": "aa",
        "image_url": "https://x.fbcdn.net/small.jpg?oe=1",
        "object_story_spec": {"link_data": link | {"call_to_action": {"type": "SHOP_NOW"}}},
    }
    images, parsed = images_of(reply, account, creative, [("aa", "https://x.fbcdn.net/full")])
    assert images == [(0, "image", "aa", "https://x.fbcdn.net/full")]
    row = parsed.rows["creatives"][0]
    texts = ("headline", "body", "call_to_action", "link_url", "format")
    assert [row[t] for t in texts] == ["Head", "Body", "SHOP_NOW", "https://shop/", "image"]


def test_cards_keep_their_order(reply, account):
    """A carousel's cards follow each other; its own stand-in picture is left out."""
    cards = [{"image_hash": "b"}, {"picture": "https://x.fbcdn.net/c.jpg?oe=1"}]
    link = {"image_hash": "z", "child_attachments": cards}
    images, parsed = images_of(
        reply, account, {"object_story_spec": {"link_data": link}}, [("b", "https://b")]
    )
    assert images == [
        (0, "image", "b", "https://b"),
        (1, "image", "https://x.fbcdn.net/c.jpg", "https://x.fbcdn.net/c.jpg?oe=1"),
    ]
    assert parsed.rows["creatives"][0]["format"] == "carousel"


def test_a_video_shows_its_thumbnail(reply, account):
    """Its role says that it is one."""
    creative = {"video_id": "5", "object_story_spec": {"video_data": {"image_hash": "v"}}}
    images, parsed = images_of(reply, account, creative, [("v", "https://v")])
    assert images == [(0, "video_thumbnail", "v", "https://v")]
    assert parsed.rows["creatives"][0]["format"] == "video"


def test_asset_feeds_list_their_pictures(reply, account):
    """Pictures and thumbnails of a feed, and its first texts."""
    feed = {
        "images": [{"hash": "f"}],
        "videos": [{"thumbnail_hash": "t"}],
        "titles": [{"text": "T"}],
        "bodies": [{"text": "B"}],
    }
    images, parsed = images_of(reply, account, {"asset_feed_spec": feed})
    assert images == [(0, "image", "f", None), (1, "video_thumbnail", "t", None)]
    assert parsed.rows["creative_images"][0]["reason"] == "Meta lists no file for image hash f"
    assert parsed.rows["creatives"][0]["headline"] == "T"
    assert parsed.rows["creatives"][0]["body"] == "B"


def test_an_account_without_activity_gives_empty_lists(server, says, client, fetch, account):
    """No campaigns, no ads, no numbers, and no error."""
    server.answer = lambda asked: says(ACCOUNT if asked.path == "/meta/v26.0/act_101" else EMPTY)
    parsed = parse(fetch(client, "meta"), account("meta"))
    assert {name: len(rows) for name, rows in parsed.rows.items() if rows} == {"accounts": 1}


def test_what_is_asked(server, says, client, fetch):
    """Every listing asks for deleted objects; ids go 50 at a time; numbers in 7-day slices."""
    ads = [
        {"id": str(k), "adset_id": "2", "campaign_id": "1", "creative": {"id": f"c{k}"}}
        for k in range(60)
    ]

    def answer(asked):
        if asked.path == "/meta/v26.0/act_101":
            return says(ACCOUNT)
        if asked.path.endswith("/ads"):
            return says({"data": ads})
        if asked.path == "/meta/v26.0/":
            ids = asked.query["ids"].split(",")
            return says({i: {"id": i, "image_hash": f"h{i}"} for i in ids})
        return says(EMPTY)

    server.answer = answer
    replies = fetch(client, "meta")
    by_path = {}
    for asked in server.asked:
        by_path.setdefault(asked.path.removeprefix("/meta/v26.0/"), []).append(asked.query)
    for edge in ("campaigns", "adsets", "ads"):
        statuses = json.loads(by_path[f"act_101/{edge}"][0]["effective_status"])
        assert {"DELETED", "ARCHIVED"} <= set(statuses)
    assert [len(q["ids"].split(",")) for q in by_path[""]] == [50, 10]
    assert [len(json.loads(q["hashes"])) for q in by_path["act_101/adimages"]] == [50, 10]
    slices = [json.loads(q["time_range"]) for q in by_path["act_101/insights"]]
    assert slices == [
        {"since": "2026-11-01", "until": "2026-11-07"},
        {"since": "2026-11-08", "until": "2026-11-10"},
    ]
    insights = by_path["act_101/insights"][0]
    assert (insights["level"], insights["time_increment"]) == ("ad", "1")
    assert json.loads(insights["action_breakdowns"]) == ["action_type"]
    assert {asked.headers["authorization"] for asked in server.asked} == {f"Bearer {TOKEN}"}
    assert all(reply.fetched_at == NOW for reply in replies)


def test_pages_are_walked_to_the_end(server, says, client, fetch, account):
    """A short and even an empty page may have a next one; the token in `next` is not stored."""
    pages = {
        None: {"data": [{"id": "1", "objective": "OUTCOME_SALES"}], "after": "A"},
        "A": {"data": [], "after": "B"},
        "B": {"data": [{"id": "2", "objective": "OUTCOME_SALES"}], "after": None},
    }

    def answer(asked):
        if asked.path == "/meta/v26.0/act_101":
            return says(ACCOUNT)
        if not asked.path.endswith("/campaigns"):
            return says(EMPTY)
        page = pages[asked.query.get("after")]
        paging = {"cursors": {"after": page["after"] or "C"}}
        if page["after"]:
            paging["next"] = f"{server.url}/x?access_token={TOKEN}&after={page['after']}"
        return says({"data": page["data"], "paging": paging})

    server.answer = answer
    replies = fetch(client, "meta")
    parsed = parse(replies, account("meta"))
    assert [row["campaign_id"] for row in parsed.rows["campaigns"]] == ["1", "2"]
    assert TOKEN not in repr(replies)


def test_a_cursor_that_comes_back_stops_the_reading(server, says, client, fetch):
    """Paging for ever is worse than failing."""
    paging = {"cursors": {"after": "A"}, "next": "x"}
    server.answer = lambda asked: says(
        ACCOUNT if asked.path.endswith("act_101") else {"data": [], "paging": paging}
    )
    with pytest.raises(SchemaDrift, match="cursor"):
        fetch(client, "meta")


@pytest.mark.parametrize("closed", [(2, "disabled"), (101, "closed")])
def test_a_closed_account_is_unreadable(server, says, client, fetch, closed):
    """It is said so before any other call."""
    status, word = closed
    server.says(says(ACCOUNT | {"account_status": status}))
    with pytest.raises(AccountUnreadable, match=f"meta 101: the account is {word}"):
        fetch(client, "meta")
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        ((400, 190, 463), AuthenticationExpired),
        ((400, 190, 460), AuthenticationExpired),
        ((401, 102, None), AuthenticationExpired),
        ((400, 4, None), RateLimited),
        ((400, 17, 2446079), RateLimited),
        ((400, 32, None), RateLimited),
        ((400, 613, 1487742), RateLimited),
        ((400, 80000, 2446079), RateLimited),
        ((400, 80004, 2446079), RateLimited),
        ((403, 200, None), AccountUnreadable),
        ((403, 10, None), AccountUnreadable),
        ((400, 3, None), AccountUnreadable),
        ((400, 100, 33), AccountUnreadable),
        ((400, 100, None), SchemaDrift),
        ((500, 1, 99), SourceUnavailable),
        ((500, 2, None), SourceUnavailable),
        ((503, 960, None), SourceUnavailable),
    ],
)
def test_errors_are_told_apart_by_code(server, says, client, refusal, expected):
    """The HTTP status is used loosely; the code says what to do."""
    status, code, subcode = refusal
    error = {"message": f"told with {TOKEN}", "code": code, "error_subcode": subcode}
    server.says(says({"error": error}, status))
    with pytest.raises(expected, match="meta: test") as failure:
        client.check()
    assert TOKEN not in str(failure.value)
    assert len(server.asked) == (3 if expected is SourceUnavailable else 1)


def test_a_fault_that_says_it_passes_is_tried_again(server, says, client):
    """Whatever its code."""
    server.says(says({"error": {"code": 100, "is_transient": True}}, 400), says(EMPTY))
    client.check()


@pytest.mark.parametrize(
    ("usage", "wait_s"),
    [
        ('{"101":[{"type":"ads_insights","estimated_time_to_regain_access":7}]}', 420),
        ('{"101":[{"estimated_time_to_regain_access":0}]}', 300),
        ("not json", 300),
        (None, 300),
    ],
)
def test_the_wait_is_what_meta_asks_for(server, says, client, usage, wait_s):
    """Minutes in the header; five of them when it says nothing."""
    headers = {} if usage is None else {"x-business-use-case-usage": usage}
    server.says(says({"error": {"code": 17, "error_subcode": 2446079}}, 400, headers))
    with pytest.raises(RateLimited) as failure:
        client.check()
    assert failure.value.wait_s == wait_s
