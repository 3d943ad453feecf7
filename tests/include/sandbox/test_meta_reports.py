"""Meta in the sandbox: reports, budgets, and the creatives that clients find hard."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import Counter
from datetime import UTC, date, datetime

import pytest
import requests
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from include.sandbox import meta
from include.sandbox.accounts import sandbox_account
from include.sandbox.credentials import META_TOKEN
from include.sandbox.desk import Desk
from include.sandbox.meta_budget import Budgets
from include.sandbox.meta_request import APP_SECRET
from include.sandbox.meta_shapes import has_lost_ads, shape
from include.sandbox.pictures import Pictures
from include.sandbox.world import World

COP = "1010000000000001"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ASKED = {
    "level": "ad",
    "time_increment": "1",
    "fields": "ad_id,impressions,actions",
    "time_range": json.dumps({"since": "2026-11-01", "until": "2026-11-07"}),
}


@pytest.fixture(scope="module")
def big():
    return World(today=NOW.date(), creatives_per_month=640, months=2)


@pytest.fixture(scope="module")
def desk(big):
    return Desk(big, lambda: NOW, Pictures(big))


def asking(desk, **given):
    """Calls to a new server with the same world."""
    app = Starlette(routes=[Mount("/meta", routes=meta.routes(desk, **given))])
    client = TestClient(app, headers={"Authorization": f"Bearer {META_TOKEN}"})

    def ask(path, method="GET", **query):
        if method == "GET":
            return client.get(f"/meta/v26.0/{path}", params=query)
        return client.post(f"/meta/v26.0/{path}", data=query)

    return ask


@pytest.fixture
def ask(desk):
    return asking(desk)


@pytest.fixture(scope="module")
def by_shape(big):
    account = sandbox_account("meta", COP)
    found = {}
    for creative in big.creatives(account, NOW):
        found.setdefault(shape(creative), []).append(creative)
    return found


def error(reply):
    told = reply.json()["error"]
    return reply.status_code, told["code"], told.get("error_subcode")


def test_a_report_lives_through_several_polls(ask):
    """Too early there is an empty page; 100 % comes before it is complete."""
    run = ask(f"act_{COP}/insights", "POST", **ASKED).json()["report_run_id"]
    states = []
    for _ in range(3):
        assert ask(f"{run}/insights").json() == {"data": []}
        told = ask(run, fields="async_status,async_percent_completion").json()
        states.append((told["async_status"], told["async_percent_completion"]))
    assert states == [("Job Not Started", 0), ("Job Running", 100), ("Job Completed", 100)]
    direct = ask(f"act_{COP}/insights", **ASKED, limit=5000).json()["data"]
    assert ask(f"{run}/insights", limit=5000).json()["data"] == direct
    assert len(direct) > 100


def test_few_reports_fail_or_are_skipped_and_then_complete(ask):
    """Started again, the same question is answered; read to its end, it goes as at first."""
    ends, again = Counter(), []
    for day in range(1, 20):
        for fields in ("ad_id", "impressions", "spend", "clicks", "reach"):
            days = {"since": f"2026-11-{day:02}", "until": f"2026-11-{day:02}"}
            query = {"level": "ad", "fields": fields, "time_range": json.dumps(days)}
            run = ask(f"act_{COP}/insights", "POST", **query).json()["report_run_id"]
            for _ in range(3):
                told = ask(run, fields="async_status,error_code").json()
            ends[told["async_status"]] += 1
            if told["async_status"] != "Job Completed":
                again.append((query, run))
    assert set(ends) == {"Job Completed", "Job Failed", "Job Skipped"}
    assert ends["Job Completed"] > 0.9 * ends.total()
    query, failed = again[0]
    run = ask(f"act_{COP}/insights", "POST", **query).json()["report_run_id"]
    assert run != failed
    for _ in range(3):
        told = ask(run, fields="async_status").json()
    assert told["async_status"] == "Job Completed"
    ask(f"{run}/insights", limit=5000)
    assert ask(f"act_{COP}/insights", "POST", **query).json()["report_run_id"] == failed


def test_too_much_at_once_is_refused(ask, monkeypatch):
    """Cells for a question, and objects times fields for a page."""
    fields = ASKED["fields"].count(",") + 1
    rows = len(ask(f"act_{COP}/insights", **ASKED, limit=5000).json()["data"])
    monkeypatch.setattr(meta, "MOST_CELLS_ASKED", rows * fields)
    assert ask(f"act_{COP}/insights", **ASKED).status_code == 200
    monkeypatch.setattr(meta, "MOST_CELLS_ASKED", rows * fields - 1)
    assert error(ask(f"act_{COP}/insights", **ASKED)) == (400, 100, 1487534)
    heavy = {"fields": "object_story_spec,asset_feed_spec", "limit": 5000}
    assert error(ask(f"act_{COP}/adcreatives", **heavy)) == (500, 1, None)


def test_a_budget_is_told_and_then_spent(desk):
    """Headers rise with every call; beyond the budget the call is refused until the hour ends."""
    ask = asking(desk, budgets=Budgets(ads_insights=4, ads_management=2))
    shares = []
    for _ in range(4):
        reply = ask(f"act_{COP}/insights", **ASKED)
        business = json.loads(reply.headers["x-business-use-case-usage"])[COP][0]
        shares.append(business["call_count"])
        assert "x-fb-ads-insights-throttle" in reply.headers
    assert shares == [25, 50, 75, 100]
    refused = ask(f"act_{COP}/insights", **ASKED)
    assert error(refused) == (400, 80000, 2446079)
    business = json.loads(refused.headers["x-business-use-case-usage"])[COP][0]
    assert business["estimated_time_to_regain_access"] == 60
    for _ in range(2):
        assert ask(f"act_{COP}/campaigns").status_code == 200
    assert error(ask(f"act_{COP}/campaigns")) == (400, 80004, 2446079)


def test_the_proof_of_the_secret_must_be_right(ask):
    """It may be left out; a wrong one is refused."""
    right = hmac.new(APP_SECRET.encode(), META_TOKEN.encode(), hashlib.sha256).hexdigest()
    assert ask("me", appsecret_proof=right).status_code == 200
    assert error(ask("me", appsecret_proof="0" * 64)) == (400, 100, None)


def test_hard_creatives_are_few(by_shape):
    """Every kind occurs, and nine in ten are links or videos."""
    counts = {kind: len(creatives) for kind, creatives in by_shape.items()}
    plain = counts["link"] + counts["video"] + counts["poster"]
    assert plain > 0.9 * sum(counts.values()) - 3
    assert set(counts) >= {"link", "video", "poster", "carousel", "feed", "post", "media"}


def test_posts_and_media_are_read_by_their_own_ids(ask, by_shape):
    """A creative of an existing post names no image; the post shows the full picture."""
    creative = by_shape["post"][0]
    node = ask(creative.id, fields="image_hash,object_story_spec,effective_object_story_id").json()
    assert set(node) == {"id", "effective_object_story_id"}
    post = ask(node["effective_object_story_id"], fields="full_picture").json()
    assert requests.compat.urlparse(post["full_picture"]).path.startswith("/cdn/fb/")
    media = by_shape["media"][0]
    name = ask(media.id, fields="effective_instagram_media_id").json()
    node = ask(name["effective_instagram_media_id"], fields="media_type,media_url").json()
    assert node["media_type"] == "IMAGE"


def test_posters_are_told_by_the_video_alone(ask, by_shape):
    """Nested fields of the thumbnails are projected."""
    creative = by_shape["poster"][0]
    story = ask(creative.id, fields="object_story_spec").json()["object_story_spec"]
    assert "image_hash" not in story["video_data"]
    node = ask(creative.video_id, fields="thumbnails{uri,is_preferred}").json()
    assert set(node["thumbnails"]["data"][0]) == {"id", "uri", "is_preferred"}
    assert error(ask(creative.video_id, fields="thumbnails{foo}")) == (400, 100, None)


def test_carousels_and_feeds_show_several_pictures(ask, by_shape):
    """The creative's own picture first."""
    for creative in by_shape["carousel"]:
        link = ask(creative.id, fields="object_story_spec").json()["object_story_spec"]["link_data"]
        cards = [card["image_hash"] for card in link["child_attachments"]]
        assert cards[0] == link["image_hash"]
        assert len(cards) == len(set(cards)) <= 3
    feed = ask(by_shape["feed"][0].id, fields="asset_feed_spec").json()["asset_feed_spec"]
    assert feed["images"][0]["hash"]


def test_a_story_that_cannot_be_read_fails_its_group(ask, big):
    """Without it, everything else is told."""
    account = sandbox_account("meta", COP)
    others = (c for c in big.creatives(account, NOW) if shape(c) == "untold")
    creative = next(others, None)
    if creative is None:
        pytest.fail("the world has no such creative; take a larger one")
    assert error(ask("", ids=creative.id, fields="object_story_spec")) == (400, 100, 2446211)
    assert "image_hash" in ask("", ids=creative.id, fields="image_hash").json()[creative.id]


def test_totals_hold_ads_that_nobody_lists(big, ask):
    """Few campaigns have lost an ad; their totals are larger than their ads by a fiftieth."""
    account = sandbox_account("meta", COP)
    since, until = date(2026, 11, 1), date(2026, 11, 7)
    ads = Counter()
    seen = big.daily(account, since, until, NOW)
    for ad, count in zip(seen.ad, seen.counts["impressions"], strict=True):
        ads[seen.ads[int(ad)].ad_set.campaign] += int(count)
    query = ASKED | {"level": "campaign", "time_increment": "all_days", "limit": 5000}
    rows = ask(f"act_{COP}/insights", **(query | {"fields": "campaign_id,impressions"})).json()
    totals = {row["campaign_id"]: int(row["impressions"]) for row in rows["data"]}
    assert any(has_lost_ads(campaign) for campaign in ads)
    for campaign, count in ads.items():
        more = totals[campaign.id] - count
        assert (0 < more <= count / 50) if has_lost_ads(campaign) else more == 0


def test_attribution_windows_add_keys(ask):
    """A quarter of the conversions came after a view; unknown windows are refused."""
    rows = ask(
        f"act_{COP}/insights", **ASKED, limit=500, action_attribution_windows='["1d_view"]'
    ).json()["data"]
    entries = [entry for row in rows for entry in row.get("actions", ())]
    viewed = [entry for entry in entries if "1d_view" in entry]
    assert viewed
    assert all(int(entry["1d_view"]) == int(entry["value"]) // 4 for entry in viewed)
    wrong = ask(f"act_{COP}/insights", **ASKED, action_attribution_windows='["9d_view"]')
    assert error(wrong) == (400, 100, None)


def test_every_third_page_is_short(ask):
    """And still there is a next one; no row is lost."""
    sizes, seen, after = [], [], {}
    while True:
        page = ask(f"act_{COP}/ads", limit=10, **after).json()
        sizes.append(len(page["data"]))
        seen += [ad["id"] for ad in page["data"]]
        if "next" not in page["paging"]:
            break
        after = {"after": page["paging"]["cursors"]["after"]}
    assert 9 in sizes[:-1]
    assert sorted(seen) == sorted(
        ad["id"] for ad in ask(f"act_{COP}/ads", limit=5000).json()["data"]
    )
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("act_1010000000000001/insights", {"breakdowns": "age"}),
        ("act_1010000000000001/insights", {"action_breakdowns": '["action_device"]'}),
        ("act_1010000000000001/ads", {"fields": "foo", "effective_status": '["ARCHIVED"]'}),
    ],
)
def test_what_the_platform_would_refuse_is_refused(ask, path, query):
    """Also on an empty edge."""
    given = ASKED | query if path.endswith("insights") else query
    assert error(ask(path, **given))[:2] == (400, 100)


def test_reports_cannot_be_written_to(ask):
    """Nor can insights be read of what has none."""
    run = ask(f"act_{COP}/insights", "POST", **ASKED).json()["report_run_id"]
    assert error(ask(f"{run}/insights", "POST", **ASKED)) == (400, 3, None)
    assert error(ask("999/insights", **ASKED)) == (400, 100, 33)
