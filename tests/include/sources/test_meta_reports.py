"""Meta's reports, read from the sandbox: polls, failures, splits, and what is remembered."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime

import pytest

from include.config.nodes import load_nodes
from include.errors import (
    AccountUnreadable,
    ConfigurationError,
    RateLimited,
    SchemaDrift,
    SourceUnavailable,
)
from include.sandbox import meta as sandbox
from include.sandbox import meta_nodes
from include.sandbox.accounts import sandbox_account
from include.sandbox.credentials import META_TOKEN
from include.sandbox.faults import Edit, Fault, Faults
from include.sandbox.meta_request import APP_SECRET
from include.sandbox.server import serving
from include.sandbox.world import World
from include.sources.memory import Memory
from include.sources.meta import Client, parse
from include.sources.meta_reports import kept
from include.sources.replies import Window

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
WINDOW = Window(date(2026, 11, 1), date(2026, 11, 16))
ACCOUNT = load_nodes().account("meta", "1010000000000001")
TOO_MUCH = {"error": {"message": "Invalid parameter", "code": 100, "error_subcode": 1487534}}
REDUCE = {"error": {"message": "Please reduce the amount of data you're asking for", "code": 1}}
POLLS = r"/\?ids=.*async_status"
START = r"POST /meta/.*/insights"


class Hands:
    """A clock that moves only when somebody sleeps."""

    def __init__(self):
        self.now = 0.0
        self.slept = []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture(scope="module")
def world():
    return World(today=NOW.date(), creatives_per_month=24, months=2)


@pytest.fixture(scope="module")
def faults():
    return Faults()


@pytest.fixture(scope="module")
def base_url(world, faults):
    with serving(world, lambda: NOW, faults=faults) as url:
        yield url


@pytest.fixture(autouse=True)
def _no_faults(faults):
    faults.clear()


@pytest.fixture
def hands():
    return Hands()


@pytest.fixture
def make(base_url, hands):
    def of(**changes):
        same = {"clock": lambda: hands.now, "sleep": hands.sleep, "most_ads_asked_directly": -1}
        return Client(host=f"{base_url}/meta", access_token=META_TOKEN, **{**same, **changes})

    return of


@pytest.fixture
def read(make):
    def of(**changes):
        return parse(make(**changes).fetch(ACCOUNT, WINDOW, now=NOW), ACCOUNT)

    return of


def days_of(parsed):
    rows = [row for batch in parsed.batches for row in batch.to_pylist()]
    rows += parsed.rows["ad_daily"]
    return {(row["ad_id"], row["report_date"]): row["impressions"] for row in rows}


@pytest.fixture(scope="module")
def truth(world):
    account = sandbox_account("meta", ACCOUNT.account_id)
    seen = world.daily(account, WINDOW.since, WINDOW.until, NOW)
    return {
        (seen.ads[int(a)].id, date.fromordinal(int(d))): int(n)
        for a, d, n in zip(seen.ad, seen.day, seen.counts["impressions"], strict=True)
    }


def asked(faults, method, part):
    return [a for a in faults.requests if a.method == method and part in f"{a.path}?{a.query}"]


def test_a_report_is_started_polled_and_read(read, truth, faults, hands):
    """Three slices, all polled in one call; the third poll says that they are complete."""
    assert days_of(read()) == truth
    assert len(asked(faults, "POST", "insights")) == 3
    assert len(asked(faults, "GET", "async_status")) == 3
    # A quarter of a second, then half of one: nothing is asked in between.
    assert hands.slept == [0.25, 0.5]


def test_small_accounts_are_asked_directly(read, truth, faults):
    """No report is started for a hundred ads or fewer, and the numbers are the same."""
    assert days_of(read(most_ads_asked_directly=100)) == truth
    assert asked(faults, "POST", "insights") == []


def test_few_reports_are_under_way_at_a_time(read, truth, faults):
    """With one in flight, the next is started when the one before is complete."""
    assert days_of(read(reports_in_flight=1)) == truth
    order = [a.method for a in faults.requests if "async_status" in a.query or a.method == "POST"]
    assert order == ["POST", "GET", "GET", "GET"] * 3


@pytest.mark.parametrize("concurrency", [1, 4])
def test_the_replies_do_not_depend_on_threads(make, concurrency):
    """The same answers give the same replies in the same order."""
    first, second = (
        list(make(concurrency=c).fetch(ACCOUNT, WINDOW, now=NOW)) for c in (2, concurrency)
    )
    assert first == second


def test_a_report_that_is_too_much_is_taken_apart(read, truth, faults, caplog):
    """Of a single day its campaigns are asked for, of two of them the ad sets, of one the ads."""
    faults.add(Fault("status", START, times=19, status=400, body=TOO_MUCH))
    with caplog.at_level(logging.INFO):
        parsed = read(slice_days=1, concurrency=1)
    assert days_of(parsed) == truth
    paths = {a.path.split("/")[3] for a in asked(faults, "POST", "insights")}
    # Digits of the sandbox's ids: campaigns are kind 1, ad sets 2, ads 3.
    assert {path[7] for path in paths if not path.startswith("act_")} >= {"1", "2"}


def test_one_ad_and_one_day_that_are_too_much_end_the_reading(read, faults):
    """There is nothing left to divide."""
    faults.add(Fault("status", START, times=-1, status=400, body=TOO_MUCH))
    with pytest.raises(SourceUnavailable, match="not divided further"):
        read()


def test_too_much_to_list_ends_the_reading(read, faults):
    """When Meta does not even say which campaigns ran."""
    faults.add(Fault("status", START, times=-1, status=400, body=TOO_MUCH))
    listing = r"GET /meta/.*/insights\?.*level=campaign.*fields=campaign_id&"
    faults.add(Fault("status", listing, times=-1, status=500, body=REDUCE))
    with pytest.raises(SourceUnavailable):
        read()


def test_an_unknown_state_is_waited_for_and_named(read, truth, faults, caplog):
    """It is news, and no reason to guess."""
    edit = Edit("/*/async_status", value="Job Pondering")
    faults.add(Fault("edit", POLLS, edits=(edit,)))
    assert days_of(read()) == truth
    assert "unknown state 'Job Pondering'" in caplog.text


def test_results_that_are_gone_twice_end_the_reading(read, faults):
    """Started again once, then left for later."""
    gone = {"error": {"message": "Unsupported get request", "code": 100, "error_subcode": 33}}
    faults.add(Fault("status", r"GET /meta/[^/]+/6\d+/insights", times=-1, status=400, body=gone))
    with pytest.raises(SourceUnavailable, match="twice"):
        read()
    faults.clear()
    refused = {"error": {"message": "no", "code": 200}}
    faults.add(Fault("status", r"GET /meta/[^/]+/6\d+/insights", status=403, body=refused))
    with pytest.raises(AccountUnreadable, match="no permission"):
        read()


def test_a_forgotten_report_is_started_again(read, truth, faults):
    """A poll that is refused, because Meta does not know the number any more."""
    gone = {"error": {"message": "do not exist", "code": 803}}
    faults.add(Fault("status", POLLS, times=6, status=400, body=gone))
    assert days_of(read()) == truth
    assert len(asked(faults, "POST", "insights")) > 3


def test_a_reading_goes_on_where_it_was_interrupted(make, truth, faults):
    """Answers that came are not asked for again; reports are not started again."""
    memory = Memory()
    limit = {"error": {"message": "limit", "code": 80000, "error_subcode": 2446079}}
    told = '{"1":[{"type":"ads_insights","estimated_time_to_regain_access":30}]}'
    headers = {"x-business-use-case-usage": told}
    path = r"GET /meta/[^/]+/6\d+/insights"
    faults.add(Fault("status", path, skip=1, status=400, body=limit, headers=headers))
    with pytest.raises(RateLimited) as failure:
        list(make(memory=memory, concurrency=1).fetch(ACCOUNT, WINDOW, now=NOW))
    assert failure.value.wait_s == 1800
    faults.clear()
    again = make(memory=Memory.load(memory.dump()))
    parsed = parse(again.fetch(ACCOUNT, WINDOW, now=NOW), ACCOUNT)
    assert days_of(parsed) == truth
    assert asked(faults, "POST", "insights") == []
    assert asked(faults, "GET", "/ads?") == []
    assert len([a for a in faults.requests if "/6" in a.path]) == 2


def test_a_direct_question_that_is_too_much_becomes_a_report(read, truth, faults, monkeypatch):
    """The sandbox refuses above a number of cells, as Meta does."""
    monkeypatch.setattr(sandbox, "MOST_CELLS_ASKED", 100)
    assert days_of(read(most_ads_asked_directly=1000)) == truth
    assert asked(faults, "POST", "insights")


def test_a_report_that_fails_as_too_much_is_split(read, truth, faults, monkeypatch):
    """Its error says so; it is not tried again as it is."""
    monkeypatch.setattr(sandbox, "MOST_CELLS_REPORTED", 600)
    assert days_of(read()) == truth
    assert len(asked(faults, "POST", "insights")) > 3


def test_what_works_is_remembered_per_account_and_edge(make, faults):
    """100 ads at a time are too much once; from then on 50 are asked for, also the next day."""
    faults.add(Fault("status", r"/ads\?.*limit=100", times=-1, status=500, body=REDUCE))
    client = make()
    list(client.fetch(ACCOUNT, WINDOW, now=NOW))
    list(client.fetch(ACCOUNT, WINDOW, now=NOW))
    limits = [a.query.rpartition("limit=")[2][:3] for a in asked(faults, "GET", "/ads?")]
    assert limits.count("100") == 1
    assert limits[:2] == ["100", "50"]


def test_groups_of_creatives_are_halved(read, truth, faults):
    """Down to the size that works; then all pictures are there."""
    plain = read()
    faults.clear()
    path = r"/\?ids=[^&]*(%2C[^&]*){5}&.*object_story_spec"
    faults.add(Fault("status", path, times=-1, status=500, body=REDUCE))
    assert read().rows["creative_images"] == plain.rows["creative_images"]


@pytest.fixture
def untold(monkeypatch):
    """Of two creatives Meta refuses the story from now on."""
    real, chosen = meta_nodes.shape, []

    def shape(creative):
        if real(creative) == "link" and creative.id not in chosen and len(chosen) < 2:
            chosen.append(creative.id)
        return "untold" if creative.id in chosen else real(creative)

    monkeypatch.setattr(meta_nodes, "shape", shape)
    return chosen


def shown(parsed):
    """Each creative's words and pictures, in no order."""
    pictures = {(row["creative_id"], row["position"], row["source_ref"])
                for row in parsed.rows["creative_images"]}  # fmt: skip
    words = {row["creative_id"]: row["headline"] for row in parsed.rows["creatives"]}
    return words, pictures


def test_creatives_whose_story_is_refused_are_found_by_one_call(read, faults, request):
    """Two of a group are to blame: the others are told whole, and nothing is halved."""
    plain = read()
    faults.clear()
    chosen = request.getfixturevalue("untold")
    parsed = read()
    groups = asked(faults, "GET", "object_type")
    assert len(asked(faults, "POST", "/meta/v26.0/?")) == 1
    assert [a.query.count("%2C") for a in groups if "object_story_spec" not in a.query]
    assert len(chosen) == 2
    assert shown(parsed) == shown(plain)


def test_a_batch_that_names_nobody_is_read_in_halves(read, faults, request):
    """As Meta may answer a batch in another way one day."""
    request.getfixturevalue("untold")
    faults.add(Fault("body", r"POST /meta/v26.0/\s", times=-1, body=[None]))
    parsed = read()
    assert len(asked(faults, "GET", "object_type")) > 6
    faults.clear()
    assert shown(parsed) == shown(read())


def test_creatives_that_are_all_refused_are_an_error(read, faults):
    """Ads without a single creative would be silent loss."""
    refused = {"error": {"message": "(#10) no", "code": 10}}
    faults.add(Fault("status", r"/\?ids=.*object_type", times=-1, status=403, body=refused))
    with pytest.raises(AccountUnreadable, match="none could be read") as failure:
        read()
    assert failure.value.kind == "permission"


def test_ads_that_are_only_in_the_numbers_are_read_by_id(read, truth, faults):
    """A listing may leave a deleted ad out; Meta still knows it, and its creative."""
    plain = read()
    faults.clear()
    faults.add(Fault("edit", r"/ads\?.*", edits=(Edit("/data", value=[]),)))
    parsed = read()
    ran = {ad_id for ad_id, _ in truth}
    assert {row["ad_id"] for row in parsed.rows["ads"]} == ran
    by_id = {row["ad_id"]: row for row in plain.rows["ads"]}
    assert all(row == by_id[row["ad_id"]] for row in parsed.rows["ads"])
    shown = {row["creative_id"] for row in parsed.rows["ads"]}
    assert {row["creative_id"] for row in parsed.rows["creatives"]} == shown


def test_the_secret_is_proved_and_shown_nowhere(make, faults):
    """Every call carries the proof; no reply, address or message holds it, nor the token."""
    client = make(app_secret=APP_SECRET)
    replies = list(client.fetch(ACCOUNT, WINDOW, now=NOW))
    proof = client.auth.proof
    assert all("appsecret_proof=***" in a.query for a in faults.requests)
    told = b"".join(reply.url.encode() + reply.content for reply in replies)
    assert proof.encode() not in told
    assert META_TOKEN.encode() not in told
    with pytest.raises(SchemaDrift, match="appsecret_proof") as failure:
        make(app_secret="wrong").check()
    assert make(app_secret="wrong").auth.proof not in str(failure.value)


def test_accounts_of_the_token(make):
    """Both, with what nodes.yaml needs."""
    assert make().accounts() == [
        {
            "id": "1010000000000001",
            "name": "Marca Colombia",
            "currency": "COP",
            "timezone": "America/Bogota",
            "status": "active",
        },
        {
            "id": "1010000000000002",
            "name": "Marca Internacional",
            "currency": "USD",
            "timezone": "America/New_York",
            "status": "active",
        },
    ]


def test_fresh_links_for_dead_ones(make, read):
    """The same pictures under the same names."""
    refs = read().rows["creative_images"][:3]
    fresh = make().refresh_images(ACCOUNT, refs)
    assert set(fresh) == {ref["source_ref"] for ref in refs}
    assert all(url.startswith("http://127.0.0.1") for url in fresh.values())


def test_meta_forgets_after_37_months(caplog):
    """The window is cut, and it is said; a window that is all forgotten is refused."""
    today = date(2026, 11, 21)
    cut = kept(Window(date(2020, 1, 1), today), today, "meta 101")
    assert cut == Window(date(2023, 10, 21), today)
    assert "keeps numbers for 37 months only; read from 2023-10-21" in caplog.text
    assert kept(WINDOW, today, "meta 101") == WINDOW
    with pytest.raises(ConfigurationError, match="from 2023-10-21 on"):
        kept(Window(date(2020, 1, 1), date(2020, 2, 1)), today, "meta 101")


def test_the_end_of_a_version_is_told_ahead(make, caplog, faults):
    """v21.0 ends on 2027-01-21, two months from here; the sandbox still answers it."""
    list(make(version="v21.0").fetch(ACCOUNT, WINDOW, now=NOW))
    assert "ends on 2027-01-21" not in caplog.text
    later = datetime(2026, 11, 23, tzinfo=UTC)
    list(make(version="v21.0").fetch(ACCOUNT, WINDOW, now=later))
    assert "version v21.0 ends on 2027-01-21" in caplog.text


def test_an_answer_of_another_version_is_told_once(make, caplog, faults):
    """Meta moves calls up by itself; that is no secret, and no flood in the log."""
    headers = {"facebook-api-version": "v27.0"}
    faults.add(Fault("headers", "GET /meta", times=-1, headers=headers))
    list(make().fetch(ACCOUNT, WINDOW, now=NOW))
    assert caplog.text.count("asked for v26.0, answered with v27.0") == 1


def test_an_unknown_filter_is_refused(make):
    """It would be left out in silence."""
    with pytest.raises(ConfigurationError, match="expected one of statuses, impressions"):
        make(insights_filter="none")
