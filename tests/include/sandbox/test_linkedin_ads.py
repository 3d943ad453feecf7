"""The sandbox speaks LinkedIn: Rest.li, versions, entities and analytics of reference section 4."""

from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import quote

import pytest
import requests

from include.sandbox.accounts import sandbox_account
from include.sandbox.credentials import (
    LINKEDIN_CLIENT_ID,
    LINKEDIN_CLIENT_SECRET,
    LINKEDIN_REFRESH_TOKEN,
    LINKEDIN_TOKEN,
)
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


def test_a_creative_leads_over_its_post_to_a_signed_image(get, world):
    """Media or article; the batch form tells what is missing; the link dies."""
    creatives = get(f"adAccounts/{COP}/creatives?q=criteria&pageSize=1000")[1]["elements"]
    urns = list(dict.fromkeys(c["content"]["reference"] for c in creatives))
    listed = ",".join(quote(urn, safe="") for urn in [*urns, "urn:li:share:1"])
    _, body = get(f"posts?ids=List({listed})")
    assert set(body["results"]) == set(urns)
    assert body["errors"]["urn:li:share:1"]["status"] == 404
    contents = [post["content"] for post in body["results"].values()]
    assert {kind for content in contents for kind in content} == {"media", "article"}
    media = next(c["media"]["id"] for c in contents if "media" in c)
    thumbnail = next(c["article"]["thumbnail"] for c in contents if "article" in c)
    listed = ",".join(quote(urn, safe="") for urn in [media, thumbnail, "urn:li:image:x"])
    _, images = get(f"images?ids=List({listed})")
    assert set(images["results"]) == {media, thumbnail}
    assert list(images["errors"]) == ["urn:li:image:x"]
    assert get(f"images/{quote(media, safe='')}")[1]["status"] == "AVAILABLE"
    assert get(f"posts/{quote(urns[0], safe='')}")[1]["id"] == urns[0]
    image = images["results"][media]
    url = image["downloadUrl"]
    assert f"e={image['downloadUrlExpiresAt'] // 1000}" in url
    assert requests.get(url, timeout=20).headers["content-type"].startswith("image/")
    assert requests.get(url.split("&t=")[0], timeout=20).status_code == 403
    with serving(world, lambda: datetime(2027, 1, 20, tzinfo=UTC)) as other:
        path = url.split("/cdn/")[1]
        assert requests.get(f"{other}/cdn/{path}", timeout=20).status_code == 403


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
    override = {"X-HTTP-Method-Override": "GET"}
    reply = requests.post(url, data=query, headers=HEADERS | override, timeout=20)
    assert reply.json() == get(ANALYTICS)[1]
    assert requests.post(url, data=query, headers=HEADERS, timeout=20).status_code == 405


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
        (ANALYTICS.replace("DAILY", "YEARLY"), 400),
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


def test_restli_values_are_parsed_with_raw_syntax_only():
    """Encoded brackets are text; a comma at the top level is text, too."""
    assert parse_query("a=List(x%2Cy,urn%3Ali%3Ab)&b=(k:(v:List()),l:1)&c=d,e") == {
        "a": ["x,y", "urn:li:b"],
        "b": {"k": {"v": []}, "l": "1"},
        "c": "d,e",
    }
    assert parse_value("List%28a%29") == "List(a)"


@pytest.mark.parametrize("text", ["List(a", "(a)", "(a:b", "List(a)b", "(a:b:c)"])
def test_broken_restli_is_an_error(text):
    """Brackets must match."""
    with pytest.raises(RestliError):
        parse_value(text)
