"""Meta: what is asked, what errors mean, and what becomes of a reply."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from include.errors import (
    AccountUnreadable,
    AuthenticationExpired,
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
EMPTY = {"data": []}


class Hands:
    """A clock that moves only when somebody sleeps."""

    def __init__(self):
        self.now = 0.0
        self.slept = []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def hands():
    return Hands()


@pytest.fixture
def make(server, hands):
    def of(**changes):
        same = {"clock": lambda: hands.now, "sleep": hands.sleep}
        return Client(host=f"{server.url}/meta", access_token=TOKEN, **same, **changes)

    return of


@pytest.fixture
def client(make):
    return make()


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
    assert {len(q["ids"].split(",")) for q in by_path[""]} == {50, 10}
    assert {len(json.loads(q["hashes"])) for q in by_path["act_101/adimages"]} == {50, 10}
    numbers = [q for q in by_path["act_101/insights"] if q["level"] == "ad"]
    assert sorted(json.loads(q["time_range"])["since"] for q in numbers) == [
        "2026-11-01",
        "2026-11-08",
    ]
    assert {json.loads(q["time_range"])["until"] for q in numbers} == {"2026-11-07", "2026-11-10"}
    totals = [q for q in by_path["act_101/insights"] if q["level"] == "campaign"]
    assert len(totals) == 1
    assert "filtering" not in totals[0]
    insights = numbers[0]
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
    # A wait of five minutes that is not over by then goes up, to be waited for elsewhere.
    assert len(server.asked) == {SourceUnavailable: 3, RateLimited: 2}.get(expected, 1)


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
