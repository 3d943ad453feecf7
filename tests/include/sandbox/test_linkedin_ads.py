"""The sandbox speaks LinkedIn: Rest.li, versions, entities and analytics of reference section 4."""

import socket
import threading
import time
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import quote

import pytest
import requests
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from include.sandbox.accounts import sandbox_account
from include.sandbox.credentials import (
    LINKEDIN_CLIENT_ID,
    LINKEDIN_CLIENT_SECRET,
    LINKEDIN_REFRESH_TOKEN,
    LINKEDIN_TOKEN,
)
from include.sandbox.desk import Desk
from include.sandbox.linkedin_ads import ADS_ONLY_TOKEN, routes
from include.sandbox.linkedin_limits import (
    DATA_THROTTLE,
    DAY_QUOTA,
    Limits,
    LinkedInError,
    Quotas,
)
from include.sandbox.linkedin_posts import kind_of
from include.sandbox.pictures import Pictures
from include.sandbox.restli import RestliError, parse_query, parse_value
from include.sandbox.server import serving

COP = "508000001"
HEADERS = {
    "Authorization": f"Bearer {LINKEDIN_TOKEN}",
    "LinkedIn-Version": "202609",
    "X-Restli-Protocol-Version": "2.0.0",
}
ACCOUNT = f"accounts=List(urn%3Ali%3AsponsoredAccount%3A{COP})"
SPAN = "dateRange=(start:(year:2026,month:10,day:21),end:(year:2026,month:11,day:19))"
ANALYTICS = f"adAnalytics?q=analytics&pivot=CREATIVE&timeGranularity=DAILY&{SPAN}&{ACCOUNT}"


class TestServer:
    """Serves an application on a free loopback port."""

    __test__ = False

    def __init__(self, app):
        config = uvicorn.Config(app, log_level="warning", access_log=False, http="h11")
        self.server = uvicorn.Server(config)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.server.run, args=([self.listener],), daemon=True)

    def __enter__(self):
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def __exit__(self, *unused):
        self.server.should_exit = True
        self.thread.join()
        self.listener.close()


@pytest.fixture(scope="module")
def get(base_url):
    """GET below /linkedin_ads/rest with raw text as path and query: status and body."""

    def ask(path, **headers):
        changed = {k.replace("_", "-"): v for k, v in headers.items()}
        sent = {k: v for k, v in (HEADERS | changed).items() if v is not None}
        reply = requests.get(f"{base_url}/linkedin_ads/rest/{path}", headers=sent, timeout=20)
        return reply.status_code, reply.json()

    return ask


def test_an_account_has_a_currency_and_no_time_zone(get):
    """Ids are numbers in their own resource."""
    status, body = get(f"adAccounts/{COP}")
    assert status == 200
    assert (body["id"], body["currency"]) == (508000001, "COP")
    assert not any("zone" in name.lower() for name in body)


def test_accounts_are_searched_by_status_and_id(get):
    """Criteria are Rest.li records with lists."""
    _, body = get("adAccounts?q=search&search=(status:(values:List(ACTIVE,CANCELED)))")
    assert [a["id"] for a in body["elements"]] == [508000001, 508000002]
    urn = quote("urn:li:sponsoredAccount:508000002", safe="")
    _, body = get(f"adAccounts?q=search&search=(id:(values:List({urn})))")
    assert [a["id"] for a in body["elements"]] == [508000002]


def test_groups_campaigns_and_creatives_hang_together(get):
    """References are URNs; the objective is on the campaign; all groups carry our names."""
    every = "search=(status:(values:List(ACTIVE,PAUSED,COMPLETED)))&pageSize=1000"
    groups = get(f"adAccounts/{COP}/adCampaignGroups?q=search&{every}")[1]["elements"]
    campaigns = get(f"adAccounts/{COP}/adCampaigns?q=search&{every}")[1]["elements"]
    creatives = get(f"adAccounts/{COP}/creatives?q=criteria&pageSize=1000")[1]["elements"]
    group_urns = {f"urn:li:sponsoredCampaignGroup:{g['id']}" for g in groups}
    campaign_urns = {f"urn:li:sponsoredCampaign:{c['id']}" for c in campaigns}
    assert {c["campaignGroup"] for c in campaigns} == group_urns
    assert {c["campaign"] for c in creatives} <= campaign_urns
    assert {c["objectiveType"] for c in campaigns} <= {
        "BRAND_AWARENESS",
        "WEBSITE_VISIT",
        "ENGAGEMENT",
        "LEAD_GENERATION",
        "WEBSITE_CONVERSION",
    }
    assert all(g["name"][:3] in {"WMP", "T3C", "T3I", "BCO"} for g in groups)
    urn = quote(creatives[0]["campaign"], safe="")
    _, some = get(f"adAccounts/{COP}/creatives?q=criteria&campaigns=List({urn})&pageSize=1000")
    assert {c["campaign"] for c in some["elements"]} == {creatives[0]["campaign"]}


def test_removed_creatives_are_listed_only_when_asked_for(get):
    """`intendedStatuses=List(REMOVED)`."""
    path = f"adAccounts/{COP}/creatives?q=criteria&pageSize=1000"
    plain = get(path)[1]["elements"]
    removed = get(f"{path}&intendedStatuses=List(REMOVED)")[1]["elements"]
    assert removed
    assert {c["intendedStatus"] for c in plain} <= {"ACTIVE", "PAUSED"}
    assert not {c["id"] for c in plain} & {c["id"] for c in removed}


def test_pages_are_walked_by_token(get):
    """The last page's metadata has no token."""
    path = f"adAccounts/{COP}/creatives?q=criteria&pageSize="
    whole = get(f"{path}1000")[1]
    assert whole["metadata"] == {}
    seen, token = [], ""
    while True:
        _, page = get(f"{path}30{token}")
        seen += page["elements"]
        if "nextPageToken" not in page["metadata"]:
            break
        token = f"&pageToken={page['metadata']['nextPageToken']}"
    assert seen == whole["elements"]


def listed(urns):
    return ",".join(quote(urn, safe="") for urn in urns)


def test_a_creative_leads_over_its_post_to_a_signed_image(get, world):
    """Media or article; the batch form tells what is missing; the link dies."""
    creatives = get(f"adAccounts/{COP}/creatives?q=criteria&pageSize=1000")[1]["elements"]
    contents = [c["content"] for c in creatives]
    urns = list(dict.fromkeys(c["reference"] for c in contents if "reference" in c))
    _, body = get(f"posts?ids=List({listed([*urns, 'urn:li:share:1'])})")
    assert set(body["results"]) | set(body["errors"]) == {*urns, "urn:li:share:1"}
    assert body["errors"]["urn:li:share:1"]["status"] == 404
    contents = [post["content"] for post in body["results"].values()]
    assert {kind for content in contents for kind in content} >= {"media", "article"}
    media = next(
        c["media"]["id"] for c in contents if "urn:li:image" in c.get("media", {}).get("id", "")
    )
    thumbnail = next(c["article"]["thumbnail"] for c in contents if "article" in c)
    _, images = get(f"images?ids=List({listed([media, thumbnail, 'urn:li:image:x'])})")
    assert set(images["results"]) == {media, thumbnail}
    assert list(images["errors"]) == ["urn:li:image:x"]
    assert get(f"images/{quote(media, safe='')}")[1]["status"] == "AVAILABLE"
    assert get(f"posts/{quote(next(iter(body['results'])), safe='')}")[0] == 200
    url = images["results"][media]["downloadUrl"]
    assert requests.get(url, timeout=20).headers["content-type"].startswith("image/")
    assert requests.get(url.split("&t=")[0], timeout=20).status_code == 403
    with serving(world, lambda: datetime(2027, 1, 20, tzinfo=UTC)) as other:
        path = url.split("/cdn/")[1]
        assert requests.get(f"{other}/cdn/{path}", timeout=20).status_code == 403


def test_an_images_end_is_told_or_not(get, world):
    """The link dies either way; in milliseconds where it is told, in seconds inside the link."""
    pictures = [
        f"urn:li:image:{Pictures(world).name('linkedin_ads', picture)}"
        for picture in world.plan(world.first_month).pictures[:12]
    ]
    found = get(f"images?ids=List({listed(pictures)})")[1]["results"].values()
    told = [image for image in found if "downloadUrlExpiresAt" in image]
    assert len(told) == 10  # numbers 0 and 10 do not say it
    for image in told:
        assert f"e={image['downloadUrlExpiresAt'] // 1000}&" in image["downloadUrl"]


def test_posts_of_all_kinds(get, world, now):
    """A carousel's cards, a video's poster, an old picture's name; closed and deleted ones."""
    account = sandbox_account("linkedin_ads", COP)
    seen = {}
    for creative in world.creatives(account, now) + world.creatives(
        sandbox_account("linkedin_ads", "508000002"), now
    ):
        urn = f"urn:li:share:{creative.post_id}"
        status, body = get(f"posts/{quote(urn, safe='')}")
        kind = kind_of(creative)
        seen[kind] = seen.get(kind, 0) + 1
        if kind == "closed":
            assert (status, body["code"]) == (403, "ACCESS_DENIED")
        elif kind == "deleted":
            assert status == 404
        elif kind == "carousel":
            cards = body["content"]["carousel"]["cards"]
            assert len({card["media"]["id"] for card in cards}) == len(cards) >= 2
        elif kind in {"video", "document", "old"}:
            media = body["content"]["media"]["id"]
            assert media.split(":")[2] == {"old": "digitalmediaAsset"}.get(kind, kind)
            if kind == "video":
                video = get(f"videos/{quote(media, safe='')}")[1]
                assert requests.get(video["thumbnail"], timeout=20).status_code == 200
        else:
            assert status == 200
    strange = sum(count for kind, count in seen.items() if kind != "picture")
    assert 0 < strange <= 0.15 * sum(seen.values())  # a tenth, as far as small numbers go


@pytest.mark.parametrize(
    "urn", ["urn:li:adInMailContent:1", "urn:li:image:1", "share", "urn:li:video:2"]
)
def test_posts_are_shares_and_nothing_else(get, urn):
    """400 for another kind of URN, alone or in a batch."""
    assert get(f"posts/{quote(urn, safe='')}")[1]["code"] == "INVALID_URN_TYPE"
    assert get(f"posts?ids=List({listed([urn])})")[0] == 400


def test_a_token_without_scopes_sees_less_and_is_not_told(get):
    """No rows, no error; posts are closed as a whole."""
    ads_only = {"Authorization": f"Bearer {ADS_ONLY_TOKEN}"}
    assert get(ANALYTICS, **ads_only)[1]["elements"] == []
    status, body = get("posts?ids=List(urn%3Ali%3Ashare%3A1)", **ads_only)
    assert (status, body["message"]) == (
        403,
        "Not enough permissions to access: partnerApiPostsExternal.GET.20260901",
    )


def test_analytics_are_the_worlds_numbers_with_costs_as_text(get, world, now):
    """One element per creative and day; money has the dust of binary fractions."""
    names = "dateRange,pivotValues,impressions,costInLocalCurrency,oneClickLeads"
    status, body = get(f"{ANALYTICS}&fields={names}")
    assert status == 200
    account = sandbox_account("linkedin_ads", COP)
    seen = world.daily(account, date(2026, 10, 21), date(2026, 11, 19), now)
    assert len(body["elements"]) == len(seen)
    assert sum(e["impressions"] for e in body["elements"]) == seen.counts["impressions"].sum()
    assert sum(e["oneClickLeads"] for e in body["elements"]) == seen.leads.sum()
    costs = [Decimal(e["costInLocalCurrency"]) for e in body["elements"]]
    assert round(sum(costs), 2) == Decimal(int(seen.spend.sum())) / 1_000_000
    assert any(len(e["costInLocalCurrency"]) > 12 for e in body["elements"])
    first = body["elements"][0]
    assert list(first) == names.split(",")
    assert first["pivotValues"][0].startswith("urn:li:sponsoredCreative:")
    assert set(first["dateRange"]["start"]) == {"year", "month", "day"}


@pytest.mark.parametrize("pivot", ["CAMPAIGN", "CAMPAIGN_GROUP", "ACCOUNT"])
def test_pivots_above_sum_to_the_same(get, pivot):
    """`(value:...)` is accepted for pivot and granularity; ALL is one element per pivot."""
    fields = "&fields=pivotValues,impressions"
    ads = get(ANALYTICS + fields)[1]["elements"]
    above = ANALYTICS.replace("=CREATIVE", f"=(value:{pivot})").replace("=DAILY", "=(value:ALL)")
    found = get(above + fields)[1]["elements"]
    assert len({e["pivotValues"][0] for e in found}) == len(found) < len(ads)
    assert sum(e["impressions"] for e in found) == sum(e["impressions"] for e in ads)


def test_analytics_of_some_creatives_only(get):
    """The creatives facet narrows; without `fields` there are impressions and clicks."""
    first = get(f"{ANALYTICS}&fields=pivotValues")[1]["elements"][0]["pivotValues"][0]
    some = get(f"{ANALYTICS}&creatives=List({quote(first, safe='')})&fields=pivotValues")[1]
    assert {e["pivotValues"][0] for e in some["elements"]} == {first}
    assert set(get(ANALYTICS)[1]["elements"][0]) == {"impressions", "clicks"}
    open_end = "dateRange=(start:(year:2026,month:11,day:19))"
    body = get(f"{ANALYTICS.replace(SPAN, open_end)}&fields=dateRange")[1]
    assert {e["dateRange"]["start"]["day"] for e in body["elements"]} == {19, 20}


def test_a_foreign_account_gives_no_rows_and_no_error(get):
    """An empty answer does not prove the right to read."""
    status, body = get(ANALYTICS.replace(COP, "7"))
    assert status == 200
    assert body == {"elements": [], "paging": {"count": 10, "start": 0, "links": []}}


def test_a_long_query_may_be_tunnelled(base_url, get):
    """POST with X-HTTP-Method-Override: GET and the query in the body."""
    path, _, query = ANALYTICS.partition("?")
    url = f"{base_url}/linkedin_ads/rest/{path}"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    override = HEADERS | form | {"X-HTTP-Method-Override": "GET"}
    assert requests.post(url, data=query, headers=override, timeout=20).json() == get(ANALYTICS)[1]
    urns = ",".join(f"urn%3Ali%3AsponsoredCreative%3A{number}" for number in range(200))
    long = f"{query}&creatives=List({urns})"
    assert get(f"{path}?{long}")[0] == 414
    assert requests.post(url, data=long, headers=override, timeout=20).status_code == 200
    wrong = [HEADERS | form, HEADERS | {"X-HTTP-Method-Override": "GET"}]
    statuses = [requests.post(url, data=query, headers=h, timeout=20).status_code for h in wrong]
    assert statuses == [405, 415]
    twice = requests.post(f"{url}?{query}", data=query, headers=override, timeout=20)
    assert twice.status_code == 400


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Authorization": "Bearer old"}, 401, "INVALID_ACCESS_TOKEN"),
        ({"LinkedIn_Version": None}, 400, "VERSION_MISSING"),
        ({"LinkedIn_Version": "202309"}, 426, "NONEXISTENT_VERSION"),
        ({"X_Restli_Protocol_Version": None}, 400, "ILLEGAL_ARGUMENT"),
    ],
)
def test_headers_are_checked(get, headers, status, code):
    """Each call needs token, version and protocol."""
    answer, body = get(f"adAccounts/{COP}", **headers)
    assert (answer, body["code"]) == (status, code)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("adAccounts/9", 404),
        ("posts/urn%3Ali%3Ashare%3A1", 404),
        ("posts", 400),
        ("adAccounts?q=criteria", 400),
        ("adAccounts?q=search&search=ACTIVE", 400),
        ("adAccounts?q=search&search=(status:ACTIVE)", 400),
        (f"adAccounts/{COP}/creatives?q=criteria&pageSize=5000", 400),
        (f"adAccounts/{COP}/creatives?q=criteria&pageToken=%3F", 400),
        (ANALYTICS.replace("List(", "List%28").replace("801)", "801%29"), 400),
        (ANALYTICS.replace("CREATIVE", "MEMBER_COUNTRY"), 400),
        (ANALYTICS.replace("DAILY", "HOURLY"), 400),
        (ANALYTICS.replace("urn%3Ali%3A", "urn:li:"), 400),
        (ANALYTICS.replace("Account%3A", "Campaign%3A"), 400),
        (ANALYTICS.replace("day:21)", "day:21)%2C"), 400),
        (ANALYTICS.replace("year:2026,month:11,day:19", "year:2026,month:9,day:1"), 400),
        (f"{ANALYTICS}&fields=clicks%2Cimpressions", 400),
        (f"{ANALYTICS}&fields=clicks,clicks", 400),
        (f"{ANALYTICS}&start=0", 400),
        (f"{ANALYTICS}&q=analytics", 400),
        (f"{ANALYTICS.replace('month:10', 'month:7')}&fields=approximateMemberReach", 400),
        (f"adAccounts/{COP}/adCampaigns?q=search&search=(status:(values:List(SLEEPING)))", 400),
        (f"adAccounts/{COP}/creatives?q=criteria&intendedStatuses=List(SLEEPING)", 400),
        (f"adAccounts/{COP}?x=1", 400),
        (ANALYTICS.replace("month:10", "month:13"), 400),
        (ANALYTICS.replace(SPAN, "dateRange=2026"), 400),
        (ANALYTICS.replace(f"&{ACCOUNT}", ""), 400),
        (f"{ANALYTICS}&fields=clicks,foo", 400),
        (f"{ANALYTICS}&fields={','.join(['clicks'] * 21)}", 400),
        (f"{ANALYTICS}&search=(a", 400),
    ],
)
def test_what_is_wrong_is_refused(get, path, status):
    """400 for what cannot be read, 404 for what is not there."""
    assert get(path)[0] == status


def test_pages_keep_their_question(get):
    """A token goes with its listing, its statuses and its page size."""
    path = f"adAccounts/{COP}/creatives?q=criteria&pageSize="
    token = get(f"{path}30")[1]["metadata"]["nextPageToken"]
    assert get(f"{path}30&pageToken={token}")[0] == 200
    assert get(f"{path}31&pageToken={token}")[0] == 400
    assert get(f"{path}30&intendedStatuses=List(ACTIVE)&pageToken={token}")[0] == 400


def test_what_has_no_numbers_is_left_out(get):
    """Chunks therefore differ: fewer ads have comments than impressions."""
    rows = {
        name: len(get(f"{ANALYTICS}&fields=pivotValues,dateRange,{name}")[1]["elements"])
        for name in ("impressions", "comments", "follows")
    }
    assert rows["impressions"] > rows["comments"] > rows["follows"] == 0


def test_months_and_years_are_periods_too(get):
    """October and November of one year; the sums are those of the days."""
    fields = "&fields=dateRange,impressions"
    days = get(ANALYTICS.replace("CREATIVE", "ACCOUNT") + fields)[1]["elements"]
    for granularity, ends in (("MONTHLY", [(10, 31), (11, 30)]), ("YEARLY", [(12, 31)])):
        question = ANALYTICS.replace("CREATIVE", "ACCOUNT").replace("DAILY", granularity)
        found = get(question + fields)[1]["elements"]
        last = [(e["dateRange"]["end"]["month"], e["dateRange"]["end"]["day"]) for e in found]
        assert last == ends
        assert sum(e["impressions"] for e in found) == sum(e["impressions"] for e in days)


@pytest.fixture
def limited(world, now):
    """A sandbox of LinkedIn alone, with limits of the test's choosing."""

    @contextmanager
    def serve(limits):
        desk = Desk(world, lambda: now, Pictures(world))
        app = Starlette(routes=[Mount("/linkedin_ads", routes=routes(desk, limits=limits))])
        with TestServer(app) as address:
            yield lambda path: requests.get(
                f"{address}/linkedin_ads/rest/{path}", headers=HEADERS, timeout=20
            )

    return serve


def test_an_answer_is_cut_without_a_word(limited):
    """At 15,000 elements, here at 25; nothing says so."""
    with limited(Limits(cut_at=25)) as ask:
        body = ask(ANALYTICS).json()
    assert len(body["elements"]) == 25
    assert body["paging"] == {"count": 10, "start": 0, "links": []}


def test_both_kinds_of_429_have_no_headers(limited):
    """The day's calls of a resource, and the values of five minutes."""
    with limited(Limits(calls_a_day=1)) as ask:
        first, second, other = ask(f"adAccounts/{COP}"), ask(f"adAccounts/{COP}"), ask(ANALYTICS)
    assert (first.status_code, second.status_code, other.status_code) == (200, 429, 200)
    assert second.json()["message"] == DAY_QUOTA
    with limited(Limits(values=10)) as ask:
        refused = ask(ANALYTICS)
    assert (refused.status_code, refused.json()["message"]) == (429, DATA_THROTTLE)
    for answer in (second, refused):
        assert not {name.lower() for name in answer.headers} & {"retry-after", "x-ratelimit-limit"}


def test_quotas_begin_anew():
    """Calls at 00:00 UTC, values after five minutes."""
    clock = [0.0]
    quotas = Quotas(Limits(calls_a_day=1, values=10), lambda: clock[0])
    quotas.call("posts", date(2026, 11, 20))
    with pytest.raises(LinkedInError):
        quotas.call("posts", date(2026, 11, 20))
    quotas.call("posts", date(2026, 11, 21))
    quotas.values(10)
    with pytest.raises(LinkedInError):
        quotas.values(1)
    clock[0] = 301.0
    quotas.values(10)


def test_a_token_is_told_about_to_its_client(base_url):
    """Until when it lives, and for what; an unknown one is revoked; others are not told."""
    url = f"{base_url}/linkedin_ads/oauth/v2/introspectToken"
    client = {"client_id": LINKEDIN_CLIENT_ID, "client_secret": LINKEDIN_CLIENT_SECRET}
    body = requests.post(url, data=client | {"token": LINKEDIN_TOKEN}, timeout=20).json()
    assert (body["active"], body["expires_at"]) == (True, 1797768000)  # 20 December 2026, 12:00
    body = requests.post(url, data=client | {"token": "x"}, timeout=20).json()
    assert body == {"active": False, "status": "revoked"}
    assert requests.post(url, data={"token": LINKEDIN_TOKEN}, timeout=20).status_code == 401


def test_the_refresh_token_gives_an_access_token(base_url):
    """Sixty days; a wrong one is refused."""
    url = f"{base_url}/linkedin_ads/oauth/v2/accessToken"
    data = {
        "grant_type": "refresh_token",
        "refresh_token": LINKEDIN_REFRESH_TOKEN,
        "client_id": LINKEDIN_CLIENT_ID,
        "client_secret": LINKEDIN_CLIENT_SECRET,
    }
    body = requests.post(url, data=data, timeout=20).json()
    assert (body["access_token"], body["expires_in"]) == (LINKEDIN_TOKEN, 5_184_000)
    assert requests.post(url, data=data | {"refresh_token": "x"}, timeout=20).status_code == 400
    assert requests.post(url, data=data | {"client_id": "x"}, timeout=20).status_code == 401


def test_restli_values_are_parsed_with_raw_syntax_only():
    """Encoded brackets are text; a comma at the top level is text, too."""
    assert parse_query("a=List(x%2Cy,urn%3Ali%3Ab)&b=(k:(v:List()),l:1)&c=d,e") == {
        "a": ["x,y", "urn:li:b"],
        "b": {"k": {"v": []}, "l": "1"},
        "c": "d,e",
    }
    assert parse_value("List('',a%27)") == ["", "a'"]
    assert parse_value("()") == {}


@pytest.mark.parametrize(
    "text",
    ["List(a", "(a)", "(a:b", "List(a)b", "(a:b:c)", "List(,a)", "(:b)", "(a:b,a:c)", "List(a'b)",
     "List%28a%29", "%28a:b%29", "a%2Cb", "a b", "é", "100%"],
)  # fmt: skip
def test_broken_restli_is_an_error(text):
    """Brackets must match, values must be there, syntax must be raw and text must not."""
    with pytest.raises(RestliError):
        parse_value(text)
