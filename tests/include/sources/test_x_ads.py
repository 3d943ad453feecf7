"""X Ads: what is asked of the platform, and what its answers mean."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime

import pytest

from include.errors import (
    AccountUnreadable,
    AuthenticationExpired,
    ConfigurationError,
    RateLimited,
    SchemaDrift,
    SourceUnavailable,
)
from include.sources.memory import Memory
from include.sources.replies import Reply
from include.sources.x_ads import Client, parse
from include.sources.x_ads_calls import TooManyJobs

LINE_ITEM = {"id": "li", "campaign_id": "c", "objective": "WEBSITE_CLICKS", "goal": "LINK_CLICKS"}
PROMOTED = {"id": "ad", "line_item_id": "li", "tweet_id": "77", "entity_status": "ACTIVE"}
SECRETS = ("consumer-secret", "token-secret", "900-token")


class Hands:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.now, self.slept = 0.0, []

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        self.slept.append(seconds)


@pytest.fixture
def hands():
    return Hands()


@pytest.fixture
def client(server, hands):
    return Client(
        host=f"{server.url}/x_ads",
        consumer_key="key",
        consumer_secret="consumer-secret",
        access_token="900-token",
        access_token_secret="token-secret",
        clock=hands.clock,
        sleep=hands.sleep,
    )


def active(entity_id, *placements, first="2026-11-01", last="2026-11-10"):
    return {
        "entity_id": entity_id,
        "activity_start_time": f"{first}T12:00:00Z",
        "activity_end_time": f"{last}T12:00:00Z",
        "placements": list(placements) or ["ALL_ON_TWITTER"],
    }


def answering(says, active=(), ids=(), *, line_items=(LINE_ITEM,), tweets=(), account=None):
    """A platform with these promoted tweets, active in these placements."""
    promoted = [PROMOTED | {"id": i, "tweet_id": f"t{i}"} for i in ids]
    listed = {
        "active_entities": list(active),
        "promoted_tweets": promoted,
        "line_items": list(line_items) if ids else [],
        "campaigns": [{"id": "c"}] if ids else [],
        "tweets": list(tweets),
    }

    def answer(asked):
        path = asked.path.removeprefix("/x_ads/12/")
        if path == "accounts/101":
            return says({"data": account or {"id": "101", "timezone": "America/Bogota"}})
        if path == "stats/accounts/101":
            params = {key: asked.query[key] for key in ("start_time", "granularity")}
            return says({"data": [], "time_series_length": 0, "request": {"params": params}})
        return says({"data": listed.get(path.rsplit("/", 1)[-1], []), "next_cursor": None})

    return answer


def shapes(server, entity="PROMOTED_TWEET"):
    """Placement, number of ids, and hours of each statistics call."""
    found = [
        (
            asked.query["placement"],
            len(asked.query["entity_ids"].split(",")),
            asked.query["start_time"][5:13],
            asked.query["end_time"][5:13],
        )
        for asked in server.asked
        if asked.path.endswith("stats/accounts/101") and asked.query["entity"] == entity
    ]
    return sorted(found)


def test_what_is_asked(server, says, client, fetch):
    """20 ids and 168 hours a call, only where there is activity; deleted objects too."""
    ids = [f"p{k:02}" for k in range(25)]
    items = [active(i) for i in ids]
    items[3]["placements"].append("SPOTLIGHT")
    server.answer = answering(says, items, ids)
    fetch(client, "x_ads")
    asked = [(a.path.removeprefix("/x_ads/12/"), a.query) for a in server.asked]
    for path in ("campaigns", "line_items", "promoted_tweets", "funding_instruments"):
        (query,) = [q for p, q in asked if p == f"accounts/101/{path}"]
        assert (query["with_deleted"], query["count"]) == ("true", "1000")
    (tweets,) = [q for p, q in asked if p == "accounts/101/tweets"]
    assert tweets["timeline_type"] == "ALL"
    assert len(tweets["tweet_ids"].split(",")) == 25
    (query,) = [q for p, q in asked if p.endswith("active_entities")]
    assert query["start_time"] == "2026-11-01T05:00:00Z"
    assert query["end_time"] == "2026-11-11T05:00:00Z"
    assert shapes(server) == [
        ("ALL_ON_TWITTER", 5, "11-01T05", "11-08T05"),
        ("ALL_ON_TWITTER", 5, "11-08T05", "11-11T05"),
        ("ALL_ON_TWITTER", 20, "11-01T05", "11-08T05"),
        ("ALL_ON_TWITTER", 20, "11-08T05", "11-11T05"),
        ("SPOTLIGHT", 1, "11-01T05", "11-08T05"),
        ("SPOTLIGHT", 1, "11-08T05", "11-11T05"),
    ]
    assert len(shapes(server, "ACCOUNT")) == 6


def test_ads_of_apps_are_asked_for_installs(server, says, client, fetch):
    """By the objective of their line item."""
    line_items = [LINE_ITEM | {"objective": "APP_INSTALLS"}]
    server.answer = answering(says, [active("a", last="2026-11-02")], ["a"], line_items=line_items)
    fetch(client, "x_ads")
    groups = {asked.query.get("metric_groups") for asked in server.asked}
    assert "MOBILE_CONVERSION" in groups


def test_no_secret_is_stored_or_shown(server, says, client, fetch):
    """Neither in the replies nor in the log of what was asked of us."""
    server.answer = answering(says, [active("a")], ["a"])
    replies = fetch(client, "x_ads")
    told = repr([(reply.url, reply.content) for reply in replies])
    for secret in (*SECRETS, "oauth_signature"):
        assert secret not in told
    assert all(asked.headers["authorization"].startswith("OAuth ") for asked in server.asked)


def test_the_order_of_replies_is_that_of_the_plan(server, says, client, fetch):
    """Whatever the threads do, the same answers give the same raw files."""
    ids = [f"p{k:02}" for k in range(45)]
    server.answer = answering(says, [active(i) for i in ids], ids)
    first = [(r.entity, r.url) for r in fetch(client, "x_ads")]
    assert [(r.entity, r.url) for r in fetch(client, "x_ads")] == first


def test_an_account_without_activity_gives_empty_lists(server, says, client, fetch, account):
    """No ads, no calls about ads, and no error."""
    server.answer = answering(says)
    parsed = parse(fetch(client, "x_ads"), account("x_ads"))
    assert {name: len(rows) for name, rows in parsed.rows.items() if rows} == {"accounts": 1}
    assert shapes(server) == []


def test_what_listings_forgot_is_asked_for_by_id(server, says, client, fetch, account):
    """An active ad that is not listed, then its line item, then that one's campaign."""
    by_id = {
        "promoted_tweet_ids": [PROMOTED | {"id": "a", "tweet_id": "ta"}],
        "line_item_ids": [LINE_ITEM],
        "campaign_ids": [{"id": "c", "name": "found"}],
    }
    quiet = answering(says, [active("a")])

    def answer(asked):
        for parameter, data in by_id.items():
            if parameter in asked.query:
                return says({"data": data, "next_cursor": None})
        return quiet(asked)

    server.answer = answer
    parsed = parse(fetch(client, "x_ads"), account("x_ads"))
    assert [row["status"] for row in parsed.rows["ads"]] == ["ACTIVE"]
    assert [row["name"] for row in parsed.rows["campaigns"]] == ["found"]


def test_a_refused_cursor_starts_the_listing_anew(server, says, client, fetch, account):
    """Once; what the memory holds of it is not used."""
    quiet = answering(says)
    refusals = []

    def answer(asked):
        if not asked.path.endswith("/campaigns"):
            return quiet(asked)
        if "cursor" not in asked.query:
            return says({"data": [{"id": "1"}], "next_cursor": "2"})
        if len(refusals) < most:
            refusals.append(1)
            error = {"code": "INVALID_PARAMETER", "parameter": "cursor"}
            return says({"errors": [error]}, 400)
        return says({"data": [{"id": "2"}], "next_cursor": None})

    server.answer, client.memory, most = answer, Memory(), 1
    parsed = parse(fetch(client, "x_ads"), account("x_ads"))
    assert [row["campaign_id"] for row in parsed.rows["campaigns"]] == ["1", "2"]
    most = 3
    client.memory = None
    with pytest.raises(SchemaDrift, match="next page is refused"):
        fetch(client, "x_ads")


def test_a_closed_account_is_not_read(server, says, client, fetch):
    """X lists it when deleted ones are asked for."""
    server.answer = answering(says, account={"id": "101", "deleted": True})
    with pytest.raises(AccountUnreadable, match="closed") as failure:
        fetch(client, "x_ads")
    assert failure.value.kind == "closed"


def test_cursors_are_followed_and_not_for_ever(server, says, client, fetch, account):
    """Two pages are two pages; a cursor that comes back stops the reading."""
    quiet = answering(says)

    def pages(cursors):
        def answer(asked):
            if not asked.path.endswith("/campaigns"):
                return quiet(asked)
            cursor = asked.query.get("cursor")
            return says({"data": [{"id": cursor or "1"}], "next_cursor": cursors[cursor]})

        return answer

    server.answer = pages({None: "2", "2": None})
    parsed = parse(fetch(client, "x_ads"), account("x_ads"))
    assert [row["campaign_id"] for row in parsed.rows["campaigns"]] == ["1", "2"]
    server.answer = pages({None: "2", "2": "2"})
    with pytest.raises(SchemaDrift, match="repeats the cursor"):
        fetch(client, "x_ads")


def test_media_are_looked_up_only_for_ads_that_ran(server, says, client, fetch):
    """Pictures of others are not fetched, so nobody needs their address yet."""
    tweets = [{"tweet_id": f"t{ad}", "media_keys": [f"3_{k}"]} for k, ad in enumerate(("a", "b"))]
    quiet = answering(says, [active("b")], ["a", "b"], tweets=tweets)

    def answer(asked):
        if "/media_library/" not in asked.path:
            return quiet(asked)
        return says({"data": {"media_key": "3_1", "media_url": "https://p/media/A.png"}})

    server.answer = answer
    replies = fetch(client, "x_ads")
    assert [r.url.split("/")[-1] for r in replies if r.entity == "media_library"] == ["3_1"]


def test_a_medium_that_is_gone_is_left_out(server, says, client, fetch, account):
    """404 for one object is no reason to stop; its picture says that there is no address."""
    tweets = [{"tweet_id": "ta", "media_keys": ["3_1"]}]
    quiet = answering(says, [active("a")], ["a"], tweets=tweets)

    def answer(asked):
        if "/media_library/" not in asked.path:
            return quiet(asked)
        return says({"errors": [{"code": "MEDIA_NOT_FOUND"}]}, 404)

    server.answer = answer
    parsed = parse(fetch(client, "x_ads"), account("x_ads"))
    (row,) = parsed.rows["creative_images"]
    assert (row["url"], row["reason"]) == (None, "X tells no address for media 3_1")


def test_what_is_too_complex_is_asked_in_halves(server, says, client, fetch):
    """Down to one ad, which is then the platform's own contradiction."""
    ids = [f"p{k}" for k in range(4)]
    quiet = answering(says, [active(i, last="2026-11-02") for i in ids], ids)
    most = 2

    def answer(asked):
        if len(asked.query.get("entity_ids", "").split(",")) > most:
            return says({"errors": [{"code": "REQUEST_TOO_COMPLEX"}]}, 400)
        return quiet(asked)

    server.answer = answer
    fetch(client, "x_ads")
    assert [shape[1] for shape in shapes(server)] == [2, 2, 4]
    most = 0
    with pytest.raises(SchemaDrift, match="smaller requests"):
        fetch(client, "x_ads")


def test_an_answer_about_other_hours_stops_the_reading(server, says, client, fetch):
    """Its numbers would be published on days that nobody asked for."""
    params = {"start_time": "2026-01-01T00:00:00Z", "granularity": "HOUR"}
    quiet = answering(says)

    def answer(asked):
        if asked.path.endswith("stats/accounts/101"):
            return says({"data": [], "time_series_length": 0, "request": {"params": params}})
        return quiet(asked)

    server.answer = answer
    with pytest.raises(SchemaDrift, match="answered for '2026-01-01"):
        fetch(client, "x_ads")


def test_an_interrupted_reading_asks_only_for_what_it_lacks(server, says, client, fetch):
    """What the memory holds is not asked again."""
    server.answer = answering(says, [active("a")], ["a"])
    client.memory = Memory()
    first = fetch(client, "x_ads")
    asked = len(server.asked)
    assert asked > 10
    client.memory = Memory.load(client.memory.dump())
    assert fetch(client, "x_ads") == first
    assert len(server.asked) == asked


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        ((401, "UNAUTHORIZED_ACCESS"), AuthenticationExpired),
        ((429, "TOO_MANY_REQUESTS"), RateLimited),
        ((400, "INVALID_PARAMETER"), SchemaDrift),
        ((400, "REQUEST_TOO_COMPLEX"), SchemaDrift),
        ((400, "TOO_MANY_JOBS"), TooManyJobs),
        ((404, "TWEET_NOT_FOUND"), SchemaDrift),
        ((404, "ROUTE_NOT_FOUND"), ConfigurationError),
        ((408, "CANCELLED_REQUEST"), SourceUnavailable),
        ((423, "LOCK_ACQUISITION_TIMEOUT"), SourceUnavailable),
        ((503, "OVER_CAPACITY"), SourceUnavailable),
        ((500, "INTERNAL_ERROR"), SourceUnavailable),
    ],
)
def test_errors_are_told_apart(server, says, client, refusal, expected):
    """By status and code."""
    status, code = refusal
    server.says(says({"errors": [{"code": code, "message": "said"}]}, status))
    with pytest.raises(expected):
        client.check()


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        ((403, "ACCOUNT_NOT_FOUND"), "gone"),
        ((404, "ACCOUNT_NOT_FOUND"), "gone"),
        ((403, "ACCOUNT_LOCKED_OUT"), "disabled"),
        ((403, "CURRENT_USER_SUSPENDED"), "disabled"),
        ((403, "UNAUTHORIZED_CLIENT_APPLICATION"), "not_enabled"),
        ((403, "USER_NOT_FOUND"), "permission"),
        ((403, "SOMETHING_NEW"), "permission"),
    ],
)
def test_accounts_that_cannot_be_read_are_classified(server, says, client, refusal, kind):
    """So that the others go on, and somebody knows whom to ask."""
    status, code = refusal
    server.says(says({"errors": [{"code": code, "message": "said"}]}, status))
    with pytest.raises(AccountUnreadable, match=code) as failure:
        client.check()
    assert failure.value.kind == kind


@pytest.mark.parametrize("body", [{"errors": []}, {"errors": {}}, {"errors": ["x"]}, {}])
def test_errors_of_another_shape_are_errors_too(server, says, client, body):
    """Defensively read: status 400 is never an answer."""
    server.says(says(body, 400))
    with pytest.raises(SchemaDrift, match="400"):
        client.check()


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"x-account-rate-limit-reset": "+600", "x-rate-limit-reset": "+400"}, 600),
        ({"x-rate-limit-reset": "+400"}, 400),
        ({"x-rate-limit-reset": "+90000"}, 900),
        ({"x-rate-limit-reset": "soon"}, 900),
        ({}, 900),
    ],
)
def test_the_wait_ends_when_the_limit_is_reset(server, says, client, headers, wait_s):
    """By the platform's own clock; the account's limit counts before the user's."""
    now = int(datetime.now(UTC).timestamp())
    told = {
        name: str(now + int(text)) if text.startswith("+") else text
        for name, text in headers.items()
    }
    server.says(says({"errors": [{"code": "TOO_MANY_REQUESTS"}]}, 429, told))
    with pytest.raises(RateLimited) as failure:
        client.check()
    assert abs(failure.value.wait_s - wait_s) <= 2


def test_a_short_limit_is_waited_out(server, says, client, hands):
    """Reset in a minute: the worker waits, and asks once more."""
    told = {"x-rate-limit-reset": str(int(datetime.now(UTC).timestamp()) + 60)}
    refused = says({"errors": [{"code": "TOO_MANY_REQUESTS"}]}, 429, told)
    server.says(refused, says({"data": []}))
    client.check()
    assert 55 <= sum(hands.slept) <= 65


def test_a_used_up_limit_holds_the_next_call_back(server, says, client, hands):
    """The last allowed call says that none is left; the one after it waits unasked."""
    told = {
        "x-account-rate-limit-remaining": "0",
        "x-account-rate-limit-reset": str(int(datetime.now(UTC).timestamp()) + 60),
    }
    server.says(says({"data": []}, 200, told), says({"data": []}))
    client.check()
    assert hands.slept == []
    client.check()
    assert 55 <= sum(hands.slept) <= 65


def test_warnings_of_the_platform_are_logged_once(server, says, client, caplog):
    """`x-api-warn` tells of versions that end."""
    server.says(says({"data": []}, 200, {"x-api-warn": "version 12 ends soon"}))
    with caplog.at_level(logging.WARNING):
        client.check()
        client.check()
    assert [r.message for r in caplog.records if "version 12 ends soon" in r.message] == [
        "x_ads: test: X warns: 'version 12 ends soon'."
    ]


def test_accounts_are_found(server, says, client):
    """With the currency of their funding instruments, when it is one."""
    listed = [
        {"id": k, "name": "M", "timezone": "UTC", "approval_status": "ACCEPTED"} for k in "abc"
    ]
    funds = {"a": ["USD", "USD"], "b": ["USD", "COP"], "c": []}

    def answer(asked):
        account = asked.path.split("/")[-2]
        if asked.path.endswith("funding_instruments"):
            return says({"data": [{"currency": each} for each in funds[account]]})
        return says({"data": listed})

    server.answer = answer
    found = client.accounts()
    assert [(each["id"], each["currency"]) for each in found] == [
        ("a", "USD"),
        ("b", None),
        ("c", None),
    ]
    assert found[0] == {
        "id": "a",
        "name": "M",
        "currency": "USD",
        "timezone": "UTC",
        "status": "ACCEPTED",
    }


def test_fresh_addresses_come_from_the_media_library(server, says, client, account):
    """By media key; references that are no keys, and media that are gone, are left out."""

    def answer(asked):
        key = asked.path.split("/")[-1]
        if key == "3_2":
            return says({"errors": [{"code": "MEDIA_NOT_FOUND"}]}, 404)
        return says({"data": {"media_key": key, "media_url": "https://p/media/A.png"}})

    server.answer = answer
    refs = [{"source_ref": ref} for ref in ("3_1", "3_1", "3_2", "https://p/x", None)]
    found = client.refresh_images(account("x_ads"), refs)
    assert found == {"3_1": "https://p/media/A?format=png&name=orig"}
    assert len(server.asked) == 2


def test_a_host_that_is_no_address_is_said_at_once(says):
    """When the first call is made, not when the client is."""
    client = Client(
        host="http://[x:y",
        consumer_key="key",
        consumer_secret="a",
        access_token="b",
        access_token_secret="c",
    )
    with pytest.raises(ConfigurationError):
        client.check()


def test_replies_name_their_entity(server, says, client, fetch):
    """Totals and ads' numbers are files of their own."""
    server.answer = answering(says, [active("a", last="2026-11-02")], ["a"])
    replies = fetch(client, "x_ads", since=date(2026, 11, 1), until=date(2026, 11, 2))
    assert all(isinstance(reply, Reply) for reply in replies)
    assert [r.entity for r in replies] == [
        "account",
        "campaigns",
        "funding_instruments",
        "line_items",
        "promoted_tweets",
        "active_entities",
        "tweets",
        "totals",
        "totals",
        "totals",
        "stats",
    ]
