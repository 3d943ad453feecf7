"""The sandbox speaks Meta's Marketing API: shapes and refusals of reference part 1.3 to 1.11."""

import json
from datetime import UTC, date, datetime

import pytest
import requests

from include.sandbox.accounts import sandbox_account
from include.sandbox.credentials import META_TOKEN
from include.sandbox.meta_fields import MetaError, parse_fields
from include.sandbox.server import serving
from include.sandbox.world import World

COP, USD = "1010000000000001", "1010000000000002"
RANGE = json.dumps({"since": "2026-10-21", "until": "2026-11-19"})


@pytest.fixture(scope="module")
def get(base_url):
    """GET below /meta/v26.0 with a valid token: status and body."""

    def ask(path, token=META_TOKEN, version="v26.0", **query):
        reply = requests.get(
            f"{base_url}/meta/{version}/{path}",
            params=query,
            headers={"Authorization": f"Bearer {token}"},
            timeout=20,
        )
        return reply.status_code, reply.json()

    return ask


def error(answer):
    status, body = answer
    return status, body["error"]["code"], body["error"].get("error_subcode")


def test_an_account_is_described_with_the_asked_fields_and_its_id(get):
    """Fields are projected; numbers that are ids stay text."""
    status, body = get(f"act_{USD}", fields="account_id,currency,timezone_name,account_status")
    assert status == 200
    assert body == {
        "id": f"act_{USD}",
        "account_id": USD,
        "currency": "USD",
        "timezone_name": "America/New_York",
        "account_status": 1,
    }


def test_without_fields_only_the_id_comes_back(get):
    """Single nodes and edges alike."""
    assert get(f"act_{COP}")[1] == {"id": f"act_{COP}"}
    _, body = get(f"act_{COP}/campaigns", limit=2)
    assert [list(node) for node in body["data"]] == [["id"], ["id"]]


def test_accounts_of_the_token_are_listed(get):
    """Both accounts, one page, so no next."""
    _, body = get("me/adaccounts", fields="account_id")
    assert [node["account_id"] for node in body["data"]] == [COP, USD]
    assert "next" not in body["paging"]
    assert get("me")[1]["name"] == "Sandbox"


def test_campaigns_ad_sets_and_ads_hang_together(get):
    """Every ad's parents are listed, statuses and objectives are Meta's own words."""
    campaigns = get(f"act_{COP}/campaigns", fields="objective,name", limit=5000)[1]["data"]
    ad_sets = get(f"act_{COP}/adsets", fields="campaign_id,optimization_goal", limit=5000)[1]
    ads = get(f"act_{COP}/ads", fields="adset_id,campaign_id,effective_status", limit=5000)[1]
    known = {c["id"]: c for c in campaigns}
    sets = {s["id"]: s for s in ad_sets["data"]}
    assert {c["objective"] for c in campaigns} == {
        "OUTCOME_AWARENESS",
        "OUTCOME_TRAFFIC",
        "OUTCOME_ENGAGEMENT",
        "OUTCOME_LEADS",
        "OUTCOME_SALES",
    }
    for ad in ads["data"]:
        assert sets[ad["adset_id"]]["campaign_id"] == ad["campaign_id"]
        assert ad["campaign_id"] in known
        assert ad["effective_status"] in {"ACTIVE", "PAUSED"}


def test_deleted_ads_are_listed_only_when_asked_for(get):
    """Both ways of asking; the plain listing hides them."""
    asked = [json.dumps(["DELETED"]), json.dumps(["ACTIVE", "PAUSED", "DELETED"])]
    deleted, everything = (
        get(f"act_{COP}/ads", fields="effective_status", limit=5000, effective_status=a)[1]["data"]
        for a in asked
    )
    plain = get(f"act_{COP}/ads", limit=5000)[1]["data"]
    assert len(deleted) > 0
    assert {ad["effective_status"] for ad in deleted} == {"DELETED"}
    assert len(everything) == len(plain) + len(deleted)
    filtering = [{"field": "ad.effective_status", "operator": "IN", "value": ["DELETED"]}]
    filtered = get(f"act_{COP}/ads", limit=5000, filtering=json.dumps(filtering))[1]["data"]
    assert [ad["id"] for ad in filtered] == [ad["id"] for ad in deleted]


def test_ads_changed_since_an_instant_are_fewer(get):
    """`updated_since` and the filter on `updated_time` mean the same."""
    since = int(datetime(2026, 11, 15, tzinfo=UTC).timestamp())
    every = get(f"act_{COP}/ads", limit=5000)[1]["data"]
    recent = get(f"act_{COP}/ads", limit=5000, updated_since=since)[1]["data"]
    filtering = [{"field": "ad.updated_time", "operator": "GREATER_THAN", "value": since}]
    same = get(f"act_{COP}/ads", limit=5000, filtering=json.dumps(filtering))[1]["data"]
    assert 0 < len(recent) < len(every)
    assert recent == same


def test_pages_are_followed_by_next_and_by_cursor(get):
    """Three of limit 2 are the first six; `next` carries the token, as on the platform."""
    _, whole = get(f"act_{COP}/ads", fields="name", limit=6)
    seen, after = [], None
    for _ in range(3):
        query = {} if after is None else {"after": after}
        _, page = get(f"act_{COP}/ads", fields="name", limit=2, **query)
        seen += page["data"]
        after = page["paging"]["cursors"]["after"]
    assert seen == whole["data"]
    url = page["paging"]["next"]
    assert "access_token=" in url
    assert requests.get(url, timeout=20).json()["data"][0]["id"] not in {ad["id"] for ad in seen}


def test_an_empty_edge_has_no_paging(get):
    """Exactly {"data": []}."""
    assert get(f"act_{COP}/adimages", hashes=json.dumps(["0" * 32]))[1] == {"data": []}


def test_creatives_are_read_by_ids_with_nested_fields(get):
    """The image hash sits on the creative and in its story, as a link ad has it."""
    ads = get(f"act_{COP}/ads", fields="creative{id,image_hash,video_id}", limit=50)[1]["data"]
    images = [ad["creative"] for ad in ads if "video_id" not in ad["creative"]]
    ids = ",".join(dict.fromkeys(c["id"] for c in images[:3]))
    _, found = get("", ids=ids, fields="name,image_hash,object_story_spec{link_data},object_type")
    first = found[images[0]["id"]]
    assert first["image_hash"] == images[0]["image_hash"]
    assert first["object_story_spec"]["link_data"]["image_hash"] == images[0]["image_hash"]
    assert list(first["object_story_spec"]) == ["link_data"]
    assert first["object_type"] == "SHARE"


def test_video_creatives_have_a_thumbnail_and_a_video(get):
    """No image hash at the top; the video node lists its preferred thumbnail."""
    _, body = get(f"act_{COP}/adcreatives", fields="video_id", limit=5000)
    video = next(c for c in body["data"] if "video_id" in c)
    _, node = get(video["video_id"], fields="thumbnails,length")
    assert node["thumbnails"]["data"][0]["is_preferred"] is True


def test_an_image_is_found_by_hash_and_served_until_its_link_dies(get, world):
    """Size as told, the same bytes in every link; 403 after `oe`, or when the link is changed."""
    creative = get(f"act_{COP}/adcreatives", fields="image_hash", limit=1)[1]["data"][0]
    hashes = json.dumps([creative["image_hash"]])
    _, body = get(f"act_{COP}/adimages", hashes=hashes, fields="hash,url,url_128,width,height")
    image = body["data"][0]
    assert image["id"] == f"{COP}:{creative['image_hash']}"
    file = requests.get(image["url"], timeout=20)
    assert file.headers["content-type"] in {"image/jpeg", "image/png"}
    assert (image["width"], image["height"]) in {(640, 640), (512, 640), (640, 336)}
    assert len(requests.get(image["url_128"], timeout=20).content) < len(file.content)
    assert requests.get(image["url"][:-1] + "F", timeout=20).status_code == 403
    assert requests.get(image["url"].split("?")[0], timeout=20).status_code == 403
    later = datetime(2026, 11, 26, tzinfo=UTC)
    with serving(world, lambda: later) as other:
        path = image["url"].split("/cdn/")[1]
        answer = requests.get(f"{other}/cdn/{path}", timeout=20)
        assert (answer.status_code, answer.text) == (403, "URL signature expired")


def test_insights_rows_are_texts_with_zero_metrics_left_out(get, world, now):
    """Sums over all pages are the world's own; a metric that is 0 is not there."""
    fields = "ad_id,impressions,inline_link_clicks,spend,actions,account_currency"
    rows, after = [], {}
    while True:
        _, page = get(
            f"act_{COP}/insights",
            level="ad",
            time_increment=1,
            time_range=RANGE,
            fields=fields,
            limit=200,
            **after,
        )
        rows += page["data"]
        if "next" not in page["paging"]:
            break
        after = {"after": page["paging"]["cursors"]["after"]}
    account = sandbox_account("meta", COP)
    seen = world.daily(account, date(2026, 10, 21), date(2026, 11, 19), now)
    assert len(rows) == len(seen) > 200
    assert sum(int(r["impressions"]) for r in rows) == seen.counts["impressions"].sum()
    assert round(sum(float(r["spend"]) for r in rows), 2) == seen.spend.sum() / 1e6
    without = [r for r in rows if "inline_link_clicks" not in r]
    assert len(without) == (seen.counts["link_clicks"] == 0).sum() > 0
    assert not any(r.get("inline_link_clicks") == "0" for r in rows)
    assert all(r["date_start"] == r["date_stop"] for r in rows)
    families = ("omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase")
    sold = next(
        r for r in rows if any(a["action_type"] == "purchase" for a in r.get("actions", []))
    )
    values = {a["action_type"]: a["value"] for a in sold["actions"]}
    assert len({values[name] for name in families}) == 1


def test_deleted_ads_keep_their_insights(get):
    """Metrics exist for ads that the plain listing hides."""
    listed = {ad["id"] for ad in get(f"act_{COP}/ads", limit=5000)[1]["data"]}
    query = {"level": "ad", "time_range": RANGE, "fields": "ad_id", "limit": 5000}
    measured = {r["ad_id"] for r in get(f"act_{COP}/insights", **query)[1]["data"]}
    assert measured - listed
    only = [{"field": "ad.effective_status", "operator": "IN", "value": ["DELETED"]}]
    removed = get(f"act_{COP}/insights", filtering=json.dumps(only), **query)[1]["data"]
    assert {r["ad_id"] for r in removed} == measured - listed


@pytest.mark.parametrize(("level", "key"), [("campaign", "campaign_id"), ("adset", "adset_id")])
def test_levels_above_sum_to_the_same(get, level, key):
    """The account's total is that of its campaigns and of its ad sets."""
    query = {"time_range": RANGE, "time_increment": 1, "limit": 5000}
    rows = get(f"act_{COP}/insights", level=level, fields=f"{key},impressions", **query)[1]["data"]
    total = get(f"act_{COP}/insights", level="account", fields="impressions", **query)[1]["data"]
    assert len(total) == 30
    assert len({r[key] for r in rows}) > 5
    assert sum(int(r["impressions"]) for r in rows) == sum(int(r["impressions"]) for r in total)


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        ("me", {"token": "wrong"}, (400, 190, 463)),
        ("me", {"token": ""}, (400, 2500, None)),
        ("me", {"version": "v12.0"}, (400, 2635, None)),
        ("act_999", {}, (400, 100, 33)),
        ("120299999999999999", {}, (400, 100, 33)),
        ("nothing", {}, (400, 100, 33)),
        ("act_999/ads", {}, (400, 100, 33)),
        (f"act_{COP}/pages", {}, (400, 2500, None)),
        (f"act_{COP}", {"fields": "foo"}, (400, 100, None)),
        (f"act_{COP}/ads", {"fields": "creative{id,foo}"}, (400, 100, None)),
        (f"act_{COP}/ads", {"fields": "creative{id"}, (400, 2500, None)),
        (f"act_{COP}/ads", {"limit": "none"}, (400, 100, None)),
        (f"act_{COP}/ads", {"after": "?"}, (400, 100, None)),
        (f"act_{COP}/ads", {"filtering": '[{"field":"ad.x","operator":"IN"}]'}, (400, 100, None)),
        (f"act_{COP}/ads", {"effective_status": "ACTIVE"}, (400, 100, None)),
        (f"act_{COP}/ads", {"effective_status": "{}"}, (400, 100, None)),
        (f"act_{COP}/insights", {}, (400, 100, None)),
        (f"act_{COP}/insights", {"time_range": "[]"}, (400, 100, None)),
        (f"act_{COP}/insights", {"time_range": "yesterday"}, (400, 100, None)),
        (f"act_{COP}/insights", {"time_range": '{"since":"x"}'}, (400, 100, None)),
        (f"act_{COP}/insights", {"time_range": RANGE, "fields": "foo"}, (400, 100, None)),
        (f"act_{COP}/insights", {"time_range": RANGE, "level": "page"}, (400, 100, None)),
        (f"act_{COP}/insights", {"time_range": RANGE, "time_increment": 7}, (400, 100, None)),
        (
            f"act_{COP}/insights",
            {"time_range": '{"since":"2026-11-02","until":"2026-11-01"}'},
            (400, 100, None),
        ),
        (
            f"act_{COP}/insights",
            {"time_range": '{"since":"2020-01-01","until":"2026-11-01"}'},
            (400, 3018, None),
        ),
        ("", {}, (400, 100, None)),
        ("", {"ids": ",".join(str(i) for i in range(51))}, (400, 100, None)),
        ("", {"ids": "120299999999999999"}, (400, 803, None)),
    ],
)
def test_what_is_wrong_is_refused_with_metas_code(get, path, query, expected):
    """Clients decide on code and sub-code, so these are Meta's."""
    assert error(get(path, **query)) == expected


def test_writing_is_refused(base_url):
    """The sandbox is for reading."""
    reply = requests.post(
        f"{base_url}/meta/v26.0/act_{COP}/ads", params={"access_token": META_TOKEN}, timeout=20
    )
    assert reply.status_code in {400, 405}


def test_nodes_of_every_kind_are_read_alone(get):
    """A campaign, an ad set and an ad by id, with a nested parent."""
    ad = get(f"act_{COP}/ads", fields="adset_id,campaign_id", limit=1)[1]["data"][0]
    assert get(ad["campaign_id"], fields="account_id")[1]["account_id"] == COP
    assert get(ad["adset_id"], fields="campaign{name}")[1]["campaign"]["id"] == ad["campaign_id"]
    node = get(ad["id"], fields="adset{name},campaign{name}")[1]
    assert node["adset"]["id"] == ad["adset_id"]


def test_fields_are_parsed_with_nested_braces():
    """As Graph's field expansion writes them."""
    assert parse_fields("id,creative{id,spec{a}},name") == {
        "id": None,
        "creative": {"id": None, "spec": {"a": None}},
        "name": None,
    }
    with pytest.raises(MetaError):
        parse_fields("id}")


def test_usage_is_told_in_a_header(base_url):
    """Clients slow down by it; the sandbox is never busy in this version."""
    reply = requests.get(
        f"{base_url}/meta/v26.0/act_{COP}", params={"access_token": META_TOKEN}, timeout=20
    )
    usage = json.loads(reply.headers["x-business-use-case-usage"])
    assert usage[COP][0]["call_count"] < 50
    assert reply.headers["facebook-api-version"] == "v26.0"


def test_thousand_ads_answer_quickly():
    """The full world's listing of 1000 ads takes less than a second, busy machine included."""
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    world = World(today=now.date())
    world.ads(sandbox_account("meta", COP), now)
    with serving(world, lambda: now) as base:
        reply = requests.get(
            f"{base}/meta/v26.0/act_{COP}/ads",
            params={"access_token": META_TOKEN, "limit": 1000, "fields": "id,name,creative{id}"},
            timeout=20,
        )
    assert len(reply.json()["data"]) == 1000
    assert reply.elapsed.total_seconds() < 1.0


def test_a_batch_answers_each_read_on_its_own(base_url):
    """One node, one that is not there, one write; more than fifty are too many, none is wrong."""

    def post(batch):
        reply = requests.post(
            f"{base_url}/meta/v26.0/",
            data={"batch": json.dumps(batch)},
            headers={"Authorization": f"Bearer {META_TOKEN}"},
            timeout=20,
        )
        return reply.status_code, reply.json()

    reads = [
        {"method": "GET", "relative_url": f"v26.0/act_{COP}?fields=currency"},
        {"method": "GET", "relative_url": "17?fields=id"},
        {"method": "DELETE", "relative_url": f"act_{COP}"},
    ]
    status, answers = post(reads)
    assert status == 200
    assert [answer["code"] for answer in answers] == [200, 400, 400]
    assert json.loads(answers[0]["body"]) == {"currency": "COP", "id": f"act_{COP}"}
    assert json.loads(answers[1]["body"])["error"]["error_subcode"] == 33
    assert error(post(reads[:1] * 51)) == (400, 100, None)
    assert error(post([])) == (400, 100, None)
