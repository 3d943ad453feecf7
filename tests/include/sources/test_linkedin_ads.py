"""LinkedIn: what is asked, in which pieces, and what becomes of refusals."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise

import pyarrow as pa
import pytest

from include.errors import (
    AccountUnreadable,
    AuthenticationExpired,
    ConfigurationError,
    RateLimited,
    SchemaDrift,
    SourceUnavailable,
)
from include.sandbox import credentials, linkedin_answers
from include.sandbox.accounts import sandbox_account
from include.sandbox.faults import Edit, Fault, Faults
from include.sandbox.linkedin_ads import ADS_ONLY_TOKEN
from include.sandbox.linkedin_limits import DATA_THROTTLE, DAY_QUOTA
from include.sandbox.linkedin_posts import kind_of
from include.sandbox.restli import parse_query
from include.sandbox.server import serving
from include.sandbox.world import World
from include.sources.answers import Answer
from include.sources.linkedin_ads import Client, parse
from include.sources.linkedin_ads_calls import Budget
from include.sources.linkedin_ads_errors import verdict
from include.sources.linkedin_ads_fields import NUMBERS
from include.sources.memory import Memory
from include.sources.replies import Account, Window
from include.tables import DAILY_PARSED

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
COP = "508000001"
THERE = Account("linkedin_ads", COP, "Marca", "COP", "UTC", "linkedin_ads_default", 30)
WINDOW = Window(date(2026, 10, 22), date(2026, 11, 20))
UTC_ACCOUNT = {"timezone": "UTC"}
CREATIVE = {
    "id": "urn:li:sponsoredCreative:3",
    "campaign": "urn:li:sponsoredCampaign:2",
    "intendedStatus": "ACTIVE",
    "content": {"reference": "urn:li:share:9"},
    "createdAt": 1767225600000,
}
POST = {"id": "urn:li:share:9", "content": {"media": {"id": "urn:li:image:A"}}}


@pytest.fixture(scope="module")
def world():
    return World(today=NOW.date(), creatives_per_month=96, months=2)


@pytest.fixture(scope="module")
def faults():
    return Faults()


@pytest.fixture(scope="module")
def base_url(world, faults):
    with serving(world, lambda: NOW, faults=faults) as url:
        yield url


@pytest.fixture
def sandboxed(base_url, faults):
    """Clients of the sandbox; faults are gone afterwards, and have all struck."""

    def make(**changes):
        given = {
            "host": f"{base_url}/linkedin_ads",
            "access_token": credentials.LINKEDIN_TOKEN,
            "sleep": lambda seconds: None,
        }
        return Client(**(given | changes))

    faults.clear()
    yield make
    assert all(faults.struck.values())
    assert not faults.mistakes
    faults.clear()


def numbers_of(parsed):
    """All rows per ad and day, by key."""
    rows = [row for batch in parsed.batches for row in batch.to_pylist()]
    rows += pa.Table.from_pylist(parsed.rows["ad_daily"], schema=DAILY_PARSED).to_pylist()
    found = {(row["ad_id"], row["report_date"]): row for row in rows}
    assert len(found) == len(rows)
    return found


def read(client, window=WINDOW):
    return parse(client.fetch(THERE, window, now=NOW), THERE)


@pytest.fixture(scope="module")
def undisturbed(base_url):
    """What the account tells when nothing is in the way."""
    token = credentials.LINKEDIN_TOKEN
    return read(Client(host=f"{base_url}/linkedin_ads", access_token=token))


# -- against the sandbox -----------------------------------------------------------------------


def test_the_numbers_are_the_worlds(world, undisturbed):
    """Every ad's every day, to the last digit, and the account's totals are their sums."""
    told = world.daily(sandbox_account("linkedin_ads", COP), WINDOW.since, WINDOW.until, NOW)
    rows = numbers_of(undisturbed)
    assert len(rows) == len(told) > 100
    for number, (ad, day) in enumerate(zip(told.ad.tolist(), told.day.tolist(), strict=True)):
        row = rows[told.ads[ad].id, date.fromordinal(day)]
        assert row["impressions"] == told.counts["impressions"][number]
        assert row["reactions"] == told.counts["likes"][number]
        assert row["spend"] * 1_000_000 == int(told.spend[number])
        assert row["revenue"] * 1_000_000 == int(told.revenue[number])
        assert row["campaign_id"] == told.ads[ad].ad_set.campaign.id
    assert undisturbed.unknown == {}
    totals = undisturbed.rows["totals_daily"]
    for column in ("impressions", "clicks", "spend"):
        by_day = Counter()
        for (_, day), row in rows.items():
            by_day[day] += row[column]
        assert by_day == {total["report_date"]: total[column] for total in totals}


def test_costs_came_with_dust_and_exponents(base_url, sandboxed):
    """The exactness above is not for want of dirt."""
    client = sandboxed()
    costs = [
        element["costInLocalCurrency"]
        for reply in client.fetch(THERE, WINDOW, now=NOW)
        if reply.entity == "adAnalytics"
        for element in reply.body["elements"]
        if "costInLocalCurrency" in element
    ]
    assert any("E" in cost for cost in costs)
    assert any(len(cost.partition(".")[2]) > 6 for cost in costs)
    assert all(Decimal(cost).is_finite() for cost in costs)


@pytest.mark.parametrize("concurrency", [1, 4])
def test_the_same_answers_give_the_same_replies(sandboxed, concurrency):
    """In the same order, byte for byte, whatever the threads do."""
    first, again = (
        list(sandboxed(concurrency=c).fetch(THERE, WINDOW, now=NOW)) for c in (concurrency, 3)
    )
    assert first == again


@pytest.mark.parametrize("page_size", [1, 7, 1000])
def test_no_row_is_lost_or_doubled_by_paging(sandboxed, undisturbed, page_size):
    """Whatever the page size."""
    parsed = read(sandboxed(page_size=page_size))
    assert parsed.rows == undisturbed.rows


@pytest.mark.parametrize("cut_at", [3, 40, 200])
def test_a_silent_cut_loses_nothing(sandboxed, faults, undisturbed, world, cut_at):
    """Slices are halved down to single days, and these asked for by creatives."""
    real = linkedin_answers.analytics

    def cut(call):
        told = real(call)
        if call.query["pivot"] == "CREATIVE":
            del told["elements"][cut_at:]
        return told

    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(linkedin_answers.ANSWERS, "adAnalytics", cut)
        with serving(world, lambda: NOW, faults=faults) as url:
            client = sandboxed(host=f"{url}/linkedin_ads", cut_at=cut_at, slice_days=30)
            parsed = read(client)
    assert numbers_of(parsed) == numbers_of(undisturbed)
    asked = [parse_query(a.query) for a in faults.requests if a.path.endswith("adAnalytics")]
    assert any("creatives" in query for query in asked) is (cut_at == 3)


def test_a_long_query_is_tunnelled(sandboxed, faults, monkeypatch, undisturbed):
    """Over 4,000 characters go as the body of a POST; the reply still says what was asked."""
    from include.sources import linkedin_ads_objects

    monkeypatch.setattr(linkedin_ads_objects, "AT_ONCE", 500)
    monkeypatch.setattr("include.sources.linkedin_ads_calls.LONGEST_QUERY", 300)
    replies = list(sandboxed().fetch(THERE, WINDOW, now=NOW))
    assert parse(replies, THERE).rows == undisturbed.rows
    posted = [asked for asked in faults.requests if asked.method == "POST"]
    assert posted
    assert all(not asked.query for asked in posted)
    assert all("ids=List(urn%3Ali" in reply.url for reply in replies if reply.entity == "posts")


def test_a_stricter_proxy_makes_us_tunnel_too(sandboxed, faults, undisturbed):
    """414 to a short query: the same is asked as a POST, once."""
    faults.add(Fault("status", "^GET .*adAnalytics", status=414, body="<h1>414</h1>", times=-1))
    assert read(sandboxed()).rows == undisturbed.rows
    asked = [(a.method, a.status) for a in faults.requests if a.path.endswith("adAnalytics")]
    assert Counter(asked)["GET", 414] == Counter(asked)["POST", 200]


def test_pictures_of_all_kinds_of_posts(world, undisturbed):
    """Each kind the world has is there, and ends as it should."""
    account = sandbox_account("linkedin_ads", COP)
    kinds = {kind_of(c) for c in world.creatives(account, NOW)}
    images = {row["creative_id"]: row for row in undisturbed.rows["creative_images"]}
    for creative in world.creatives(account, NOW):
        row = images.get(f"urn:li:share:{creative.post_id}")
        match kind_of(creative):
            case "closed":
                assert "(403: closed to this token)" in row["reason"]
            case "deleted":
                assert "(404: deleted" in row["reason"]
            case "document":
                assert "a document" in row["reason"]
            case "video":
                assert row["role"] == "video_thumbnail"
                assert row["url"]
            case "text ad":
                assert row is None  # its picture belongs to the ad itself
            case _:
                assert row["url"]
    assert "picture" in kinds


def test_dead_links_are_asked_for_again(sandboxed, undisturbed):
    """By URN, of images and videos; what has no file is left out."""
    refs = [*undisturbed.rows["creative_images"], {"source_ref": "urn:li:image:none"}]
    fresh = sandboxed().refresh_images(THERE, refs)
    known = {r["source_ref"]: r["url"] for r in undisturbed.rows["creative_images"] if r["url"]}
    assert fresh == known


def test_accounts_are_discovered(sandboxed):
    """Over pages; LinkedIn's days are UTC."""
    found = sandboxed(page_size=1).accounts()
    assert [(a["id"], a["currency"], a["timezone"], a["status"]) for a in found] == [
        ("508000001", "COP", "UTC", "ACTIVE"),
        ("508000002", "USD", "UTC", "ACTIVE"),
    ]


def test_a_token_without_the_reporting_scope_is_said(sandboxed):
    """Empty elements and no error: the only sign is that creatives serve."""
    parsed = read(sandboxed(access_token=ADS_ONLY_TOKEN))
    assert not numbers_of(parsed)
    assert any(name.startswith("adAnalytics (no number in the window") for name in parsed.unknown)


def test_a_closed_resource_costs_three_probes(sandboxed, faults, caplog):
    """Without r_organization_social no post can be read; not every one of them is tried."""
    parsed = read(sandboxed(access_token=ADS_ONLY_TOKEN))
    singles = [a for a in faults.requests if "/posts/" in a.path]
    assert len(singles) == 3
    assert "closed to this token" in caplog.text
    refs = parsed.rows["creative_images"]
    posts = [row for row in refs if row["source_ref"].startswith("urn:li:share")]
    assert posts
    assert all(row["reason"].endswith("(403: closed to this token)") for row in posts)


def test_a_batch_that_is_refused_is_asked_one_by_one(sandboxed, faults, undisturbed):
    """One closed object must not cost the others."""
    refusal = {"status": 404, "code": "NOT_FOUND"}
    faults.add(Fault("status", r"/images\?ids", status=404, body=refusal))
    parsed = read(sandboxed())
    told = {r["source_ref"]: bool(r["url"]) for r in parsed.rows["creative_images"]}
    assert told == {r["source_ref"]: bool(r["url"]) for r in undisturbed.rows["creative_images"]}


def test_an_ad_that_no_listing_has_is_asked_for_by_name(sandboxed, faults, undisturbed):
    """With its post and picture; when LinkedIn has nothing of it, it stays `unlisted`."""
    (urn, _), *_ = numbers_of(undisturbed)
    forgotten = Edit(
        "/elements",
        value=lambda rows: [r for r in rows if r["id"] != f"urn:li:sponsoredCreative:{urn}"],
    )
    faults.add(Fault("edit", "/creatives.*intendedStatuses", edits=(forgotten,), times=-1))
    parsed = read(sandboxed())

    def known(rows):
        return sorted(tuple(map(str, row.values())) for row in rows)

    for name in ("ads", "creatives", "creative_images"):
        assert known(parsed.rows[name]) == known(undisturbed.rows[name])
    refusal = {"status": 403, "code": "ACCESS_DENIED"}
    faults.add(Fault("status", "creatives=List", status=403, body=refusal))
    parsed = read(sandboxed())
    assert [row["ad_id"] for row in parsed.rows["ads"] if row["status"] == "unlisted"] == [urn]


def test_a_page_mark_that_expired_begins_the_listing_anew(sandboxed, faults, undisturbed):
    """Once; refused again, it stops the reading with LinkedIn's words."""
    refusal = {"status": 400, "code": "ILLEGAL_ARGUMENT", "message": "pageToken"}
    faults.add(Fault("status", "creatives.*pageToken", status=400, body=refusal))
    assert read(sandboxed(page_size=10)).rows == undisturbed.rows
    faults.add(Fault("status", "creatives.*pageToken", status=400, body=refusal, times=-1))
    with pytest.raises(SchemaDrift, match=r"the request was refused.*'pageToken'"):
        read(sandboxed(page_size=10))


def test_an_interrupted_reading_asks_only_for_what_it_lacks(sandboxed, faults, undisturbed):
    """A day's quota in the middle: the memory keeps what was answered."""
    memory = Memory()
    quota = {"status": 429, "code": "TOO_MANY_REQUESTS", "message": DAY_QUOTA}
    faults.add(Fault("status", "adAnalytics.*pivot=CREATIVE", status=429, body=quota, times=-1))
    client = sandboxed()
    client.memory = memory
    with pytest.raises(RateLimited):
        list(client.fetch(THERE, WINDOW, now=NOW))
    listed = [a.path for a in faults.requests if "adCampaigns" in a.path]
    assert listed
    struck = faults.struck
    assert all(struck.values())
    answered = {(a.path, a.query) for a in faults.requests if a.status == 200}
    faults.clear()
    client = sandboxed()
    client.memory = Memory.load(memory.dump())
    assert read(client).rows == undisturbed.rows
    assert not answered & {(a.path, a.query) for a in faults.requests}


# -- what is asked -----------------------------------------------------------------------------


@pytest.fixture
def client(server):
    return Client(host=f"{server.url}/linkedin_ads", access_token="AQVtoken", concurrency=1)


def answering(says, **special):
    """A platform without ads, except where `special` says otherwise."""

    def answer(asked):
        path = asked.path.rsplit("/", 1)[-1]
        if path in special:
            return special[path](asked)
        if path == "101":
            return says({"id": 101, "currency": "COP", "status": "ACTIVE"})
        return says({"elements": [], "metadata": {}})

    return answer


def test_what_is_asked(server, says, client, fetch):
    """Raw syntax on the wire, the two headers, all statuses, at most 20 fields."""
    server.answer = answering(
        says,
        creatives=lambda asked: says({"elements": [CREATIVE], "metadata": {}}),
        posts=lambda asked: says({"results": {"urn:li:share:9": POST}, "errors": {}}),
        images=lambda asked: says({"results": {}, "errors": {}}),
    )
    replies = fetch(client, "linkedin_ads", **UTC_ACCOUNT)
    targets = [a.target.removeprefix("/linkedin_ads/rest/") for a in server.asked]
    assert "posts?ids=List(urn%3Ali%3Ashare%3A9)" in targets
    assert "images?ids=List(urn%3Ali%3Aimage%3AA)" in targets
    groups = next(t for t in targets if "adCampaignGroups" in t)
    assert "search=(status:(values:List(ACTIVE,ARCHIVED," in groups
    campaigns = next(t for t in targets if "adCampaigns?" in t)
    assert "COMPLETED" in campaigns
    creatives = next(t for t in targets if "creatives?" in t)
    assert "REMOVED" in creatives
    [numbers] = [t for t in targets if "pivot=CREATIVE" in t]
    span = "dateRange=(start:(year:2026,month:11,day:1),end:(year:2026,month:11,day:10))"
    assert span in numbers
    assert numbers.endswith(f"&fields={','.join(NUMBERS)}")
    assert "accounts=List(urn%3Ali%3AsponsoredAccount%3A101)" in numbers
    for asked in server.asked:
        assert asked.headers["linkedin-version"] == "202609"
        assert asked.headers["x-restli-protocol-version"] == "2.0.0"
        assert asked.headers["authorization"] == "Bearer AQVtoken"
    methods = {a.path.rsplit("/", 1)[-1]: a.headers.get("x-restli-method") for a in server.asked}
    assert methods["creatives"] == "FINDER"
    assert methods["posts"] == methods["images"] == "BATCH_GET"
    assert "AQVtoken" not in repr([(reply.url, reply.content) for reply in replies])


def test_calls_are_few(sandboxed, faults, world):
    """One per page, per 50 objects and per slice; nothing is asked for twice."""
    list(sandboxed().fetch(THERE, WINDOW, now=NOW))
    asked = Counter((a.path, a.query) for a in faults.requests)
    assert set(asked.values()) == {1}
    account = sandbox_account("linkedin_ads", COP)
    pages = sum(
        -(-len(things) // 100)
        for things in (
            world.campaigns(account, NOW),
            world.ad_sets(account, NOW),
            world.ads(account, NOW),
        )
    )
    listings = [path for path, _ in asked if "adAccounts/" in path]
    assert len(listings) == pages + 1
    assert sum("adAnalytics" in path for path, _ in asked) == 2  # the numbers, and the totals


def test_an_account_without_activity_gives_empty_lists(server, says, client, fetch, account):
    """No creatives, so no posts and no pictures, and no error."""
    server.answer = answering(says)
    there = account("linkedin_ads", **UTC_ACCOUNT)
    parsed = parse(fetch(client, "linkedin_ads", **UTC_ACCOUNT), there)
    assert {name: len(rows) for name, rows in parsed.rows.items() if rows} == {"accounts": 1}
    assert not parsed.unknown


def test_a_slice_that_cannot_be_made_smaller_stops_the_reading(server, says, client, fetch):
    """One creative, one day, and still cut: rows would be missing."""
    full = says({"elements": [0] * 15_000})
    server.answer = answering(
        says,
        creatives=lambda asked: says({"elements": [CREATIVE], "metadata": {}}),
        posts=lambda asked: says({"results": {}, "errors": {}}),
        adAnalytics=lambda asked: full,
    )
    days = {"since": date(2026, 11, 1), "until": date(2026, 11, 1)}
    with pytest.raises(SchemaDrift, match="15000 rows, 15000 or more in a slice that cannot"):
        fetch(client, "linkedin_ads", **days, **UTC_ACCOUNT)


def test_pages_are_followed_and_not_for_ever(server, says, client, fetch, account):
    """Two pages are two pages; a token that comes back stops the reading."""

    def groups(tokens):
        def answer(asked):
            token = asked.query.get("pageToken")
            page = {"elements": [{"id": token or "1", "status": "ACTIVE"}]}
            return says(page | {"metadata": {"nextPageToken": tokens[token]}})

        return answer

    server.answer = answering(says, adCampaignGroups=groups({None: "2=", "2=": None}))
    replies = fetch(client, "linkedin_ads", **UTC_ACCOUNT)
    parsed = parse(replies, account("linkedin_ads", **UTC_ACCOUNT))
    assert [row["campaign_id"] for row in parsed.rows["campaigns"]] == ["1", "2="]
    server.answer = answering(says, adCampaignGroups=groups({None: "2", "2": "2"}))
    with pytest.raises(SchemaDrift, match="repeats the token"):
        fetch(client, "linkedin_ads", **UTC_ACCOUNT)


# -- refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, AuthenticationExpired),
        (403, AccountUnreadable),
        (404, AccountUnreadable),
        (400, SchemaDrift),
        (426, ConfigurationError),
        (429, RateLimited),
        (500, SourceUnavailable),
        (504, SourceUnavailable),
    ],
)
def test_errors_are_told_apart(server, says, client, status, expected):
    """By status, with LinkedIn's words in the message."""
    server.says(says({"status": status, "code": "WHY", "message": "{said}"}, status))
    with pytest.raises(expected, match=r"linkedin_ads: test.*WHY: '\{said\}'") as failure:
        client.check()
    kinds = {403: "permission", 404: "gone"}
    assert getattr(failure.value, "kind", None) == kinds.get(status)


def test_a_dead_version_says_what_to_do(base_url):
    """426 from the sandbox, for a version of last year."""
    client = Client(
        host=f"{base_url}/linkedin_ads",
        access_token=credentials.LINKEDIN_TOKEN,
        version="202509",
    )
    said = "version is not served.*202509 is not active.*into the connection's version"
    with pytest.raises(ConfigurationError, match=said):
        client.check()


@pytest.mark.parametrize(
    ("message", "date_header", "wait_s"),
    [
        (DATA_THROTTLE, None, 330),
        (DAY_QUOTA, "Fri, 20 Nov 2026 22:30:00 GMT", 5400),
        (DAY_QUOTA, "Fri, 20 Nov 2026 23:59:50 GMT", 60),
        (DAY_QUOTA, "no date", 3600),
    ],
)
def test_the_wait_is_for_the_window_or_for_midnight(message, date_header, wait_s):
    """The data throttle ends after minutes, the day's quota at 00:00 UTC."""
    content = b'{"status":429,"message":"%s"}' % message.encode()
    headers = {} if date_header is None else {"date": date_header}
    error = verdict(Answer(429, "https://x", headers, content), "linkedin_ads 101")
    assert isinstance(error, RateLimited)
    assert error.wait_s == wait_s


def test_we_rest_before_the_data_throttle():
    """Values of the last five minutes are counted; the pause lasts until enough are older."""
    now = [0.0]
    budget = Budget(1000, lambda: now[0])
    assert budget.spend(600) is None
    now[0] = 100.0
    pause = budget.spend(500)
    assert pause is not None
    assert pause.seconds == 200
    assert "1,100 metric values" in pause.reason
    now[0] = 301.0
    assert budget.spend(499) is None


@pytest.mark.parametrize(
    "changes", [{"page_size": 0}, {"concurrency": 0}, {"slice_days": 0}, {"cut_at": 1}]
)
def test_settings_that_cannot_work_are_refused(changes):
    """With the names that stand in the connection's extras."""
    with pytest.raises(ConfigurationError, match=next(iter(changes))):
        Client(access_token="t", **changes)


def test_threads_share_the_pages(sandboxed, faults):
    """A token per page, never one of another listing: the sandbox would refuse it."""
    list(sandboxed(page_size=5).fetch(THERE, WINDOW, now=NOW))
    assert {a.status for a in faults.requests} == {200}
    pages = [a.query for a in faults.requests if "creatives" in a.path]
    assert all(a != b for a, b in pairwise(pages))
