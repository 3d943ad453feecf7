"""Google Ads: tokens, queries, pages, limits, and what an error means."""

from __future__ import annotations

import json
import threading
from datetime import date

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from include.errors import (
    AccountUnreadable,
    AuthenticationExpired,
    ConfigurationError,
    RateLimited,
    SchemaDrift,
    SourceUnavailable,
)
from include.sources.google_ads import Client, queries
from include.sources.memory import Memory

TOKEN = {"access_token": "ya29.access", "expires_in": 3599}


class Hands:
    """A clock that moves when somebody sleeps, and remembers for how long."""

    def __init__(self):
        self.now = 1000.0
        self.slept = []

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def hands():
    return Hands()


@pytest.fixture
def client_of(server, hands):
    """A client on the scripted server; no limit of one test outlives it."""

    def make(**changes):
        given = {
            "host": f"{server.url}/google_ads",
            "client_id": "id",
            "client_secret": "client-secret",
            "refresh_token": "refresh-secret",
            "token_url": f"{server.url}/token",
            "sleep": hands.sleep,
            "clock": hands.clock,
        }
        return Client(**(given | changes))

    return make


@pytest.fixture
def client(client_of):
    return client_of()


@pytest.fixture
def read(client_of, fetch):
    """What a new client, one call at a time, reads of an account."""

    def of(**changes):
        return fetch(client_of(concurrency=1), "google_ads", **changes)

    return of


@pytest.fixture
def answers(server, says):
    """Lets the server give tokens, and to queries what `answer(asked, query)` says."""

    def set_to(answer, token=TOKEN):
        def answered(asked):
            if asked.path == "/token":
                return says(token)
            return answer(asked, json.loads(asked.body)["query"] if asked.body else "")

        server.answer = answered

    return set_to


def batches(*rows):
    return [{"results": list(rows), "fieldMask": "x", "requestId": "r"}]


def queries_of(server):
    return [json.loads(asked.body) for asked in server.asked if asked.path != "/token"]


def test_one_token_serves_all_queries(server, says, answers, client, fetch):
    """60 days are two slices; the token is asked for once; secrets are nowhere in the replies."""
    answers(lambda asked, query: says(batches()))
    replies = fetch(client, "google_ads", since=date(2026, 9, 21), until=date(2026, 11, 19))
    tokens, asked = server.asked[:1], server.asked[1:]
    assert tokens[0].form["grant_type"] == "refresh_token"
    assert tokens[0].form["refresh_token"] == "refresh-secret"
    assert {a.headers["authorization"] for a in asked} == {"Bearer ya29.access"}
    assert {a.path for a in asked} == {"/google_ads/v26/customers/101/googleAds:searchStream"}
    assert not any({"login-customer-id", "developer-token"} & set(a.headers) for a in asked)
    dated = [b["query"].split(" WHERE ")[1] for b in queries_of(server) if "BETWEEN" in b["query"]]
    first, second = "'2026-09-21' AND '2026-10-20'", "'2026-10-21' AND '2026-11-19'"
    assert sorted(dated) == [f"segments.date BETWEEN {d}" for d in [first] * 3 + [second] * 3]
    # Two to begin with, four more listings, and three queries of numbers for each slice.
    assert len(replies) == 2 + 4 + 6
    for secret in ("ya29", "client-secret", "refresh-secret"):
        assert secret not in repr([(reply, reply.content) for reply in replies])


def test_replies_come_in_the_same_order_however_slow_each_is(server, says, answers, client, fetch):
    """Conversions stand before the numbers they join."""
    waits = threading.Event()

    def answer(asked, query):
        if "conversion_action_category" in query:
            waits.wait(0.05)
        return says(batches())

    answers(answer)
    replies = fetch(client, "google_ads")
    assert [reply.entity for reply in replies] == [
        *("customer", "campaign", "campaign_conversion_goal", "ad_group", "ad_group_ad", "asset"),
        *("conversions", "metrics", "totals"),
    ]


def test_asset_groups_are_asked_for_where_there_are_some(server, says, answers, client, fetch):
    """An account without Performance Max is spared four queries and more for each slice."""
    campaign = {"campaign": {"id": "1", "advertisingChannelType": "PERFORMANCE_MAX"}}
    answers(
        lambda asked, query: says(batches(campaign) if query == queries.CAMPAIGN else batches())
    )
    entities = [reply.entity for reply in fetch(client, "google_ads")]
    assert len(entities) == 9 + 4
    assert {"asset_group", "asset_group_asset"} <= set(entities)
    assert entities.index("conversions_asset_group") < entities.index("metrics_asset_group")


def test_headers_name_the_manager_account_and_the_developer_token(
    server, says, answers, client_of, fetch
):
    """Dashes are taken out; a developer token is sent where the connection has one."""
    answers(lambda asked, query: says(batches()), token=TOKEN | {"expires_in": 100})
    fetch(client_of(login_customer_id="999-000-1111", developer_token="dev-token"), "google_ads")
    asked = server.asked[1]
    assert asked.headers["login-customer-id"] == "9990001111"
    assert asked.headers["developer-token"] == "dev-token"


def test_an_access_token_that_ends_early_is_renewed(server, says, hands, client_of, fetch):
    """Once for all threads; then the reading goes on."""
    given = iter(["old-token", "new-token"])

    def answer(asked):
        if asked.path == "/token":
            return says({"access_token": next(given), "expires_in": 3599})
        if asked.headers["authorization"] == "Bearer old-token":
            hands.now += 100
            return says([{"error": {"code": 401, "status": "UNAUTHENTICATED"}}], 401)
        return says(batches())

    server.answer = answer
    assert len(fetch(client_of(), "google_ads")) == 9
    assert [asked.path for asked in server.asked].count("/token") == 2


def test_a_new_token_that_is_refused_needs_a_person(server, says, answers, client):
    """Another one would be refused as well."""
    answers(lambda asked, query: says({"error": {"code": 401, "status": "UNAUTHENTICATED"}}, 401))
    with pytest.raises(AuthenticationExpired, match="the access token was refused"):
        client.check()
    assert len(server.asked) == 2


def test_a_renewed_token_that_is_refused_needs_a_person(server, says, hands, answers, client_of):
    """One renewal, not one after the other."""

    def answer(asked, query):
        hands.now += 100
        return says({"error": {"code": 401, "status": "UNAUTHENTICATED"}}, 401)

    answers(answer)
    with pytest.raises(AuthenticationExpired, match="the access token was refused"):
        client_of().check()
    assert [asked.path for asked in server.asked].count("/token") == 2


def test_a_dead_refresh_token_needs_a_person(server, says, client):
    """No retry can cure `invalid_grant`."""
    server.says(says({"error": "invalid_grant", "error_description": "Token revoked"}, 400))
    with pytest.raises(AuthenticationExpired, match=r"google_ads: token.*invalid_grant"):
        client.check()
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (({}, 429), RateLimited),
        (({"error": "backend"}, 503), SourceUnavailable),
        (({"token": "x"}, 200), SchemaDrift),
    ],
)
def test_trouble_at_the_token_address(server, says, client, answer, expected):
    """It is not the account's fault, and the new token is in no message."""
    server.says(says(*answer))
    with pytest.raises(expected):
        client.check()


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def key_file(key):
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return json.dumps(
        {
            "client_email": "pauta@project.iam.gserviceaccount.com",
            "private_key": pem.decode(),
            "private_key_id": "k1",
        }
    )


def test_a_service_account_signs_for_its_token(server, says, answers, client_of, key):
    """An assertion that the key's public half verifies, for an hour, for this token address."""
    answers(lambda asked, query: says({"resourceNames": []}))
    client = client_of(
        service_account=key_file(key),
        client_id="",
        refresh_token="",
        wall_clock=lambda: 1_790_000_000.5,
    )
    client.accounts()
    form = server.asked[0].form
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    claims = jwt.decode(
        form["assertion"],
        key.public_key(),
        algorithms=["RS256"],
        audience=f"{server.url}/token",
        options={"verify_exp": False, "verify_iat": False},
    )
    assert (claims["iss"], claims["scope"]) == (
        "pauta@project.iam.gserviceaccount.com",
        "https://www.googleapis.com/auth/adwords",
    )
    assert (claims["iat"], claims["exp"]) == (1_790_000_000, 1_790_003_600)
    assert jwt.get_unverified_header(form["assertion"])["kid"] == "k1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no json", "is not the JSON file"),
        ("[]", "is not the JSON file"),
        ('{"client_email": "a@b"}', "is not the JSON file"),
        ('{"client_email": "a@b", "private_key": "MIIEsecret"}', "is no RSA key"),
    ],
)
def test_a_key_that_is_none_is_said_without_showing_it(client_of, text, said):
    """It may be a real key with a letter missing."""
    with pytest.raises(ConfigurationError, match=said) as refused:
        client_of(service_account=text).check()
    assert "MIIEsecret" not in str(refused.value)


def test_a_client_needs_one_way_to_get_tokens(client_of):
    """A refresh token with its OAuth client, or a service account."""
    with pytest.raises(ConfigurationError, match="refresh token, or a service account"):
        client_of(refresh_token="")
    with pytest.raises(ValueError, match="slice_days must be 1 or more"):
        client_of(slice_days=0)


def failure(status, code, family, value, **details):
    errors = [{"errorCode": {family: value}, "message": "said", "details": details}]
    return {
        "error": {"code": status, "message": "m", "status": code, "details": [{"errors": errors}]}
    }, status


PERMISSION, INVALID, EXHAUSTED = "PERMISSION_DENIED", "INVALID_ARGUMENT", "RESOURCE_EXHAUSTED"


@pytest.mark.parametrize(
    ("body_status", "expected"),
    [
        (failure(401, "UNAUTHENTICATED", "authenticationError", "OAUTH_TOKEN_REVOKED"),
         AuthenticationExpired),
        (failure(401, "UNAUTHENTICATED", "authenticationError", "NOT_ADS_USER"),
         AuthenticationExpired),
        (failure(401, "UNAUTHENTICATED", "authenticationError", "CUSTOMER_NOT_FOUND"), "gone"),
        (failure(403, PERMISSION, "authorizationError", "USER_PERMISSION_DENIED"), "permission"),
        (failure(403, PERMISSION, "authorizationError", "A_NEW_ONE"), "permission"),
        (failure(403, PERMISSION, "authorizationError", "CUSTOMER_NOT_ENABLED"), "not_enabled"),
        (failure(403, PERMISSION, "authorizationError",
                 "ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT"), "disabled"),
        (failure(400, INVALID, "queryError", "REQUESTED_METRICS_FOR_MANAGER"), "not_enabled"),
        (failure(403, PERMISSION, "authorizationError", "DEVELOPER_TOKEN_NOT_APPROVED"),
         ConfigurationError),
        (failure(400, INVALID, "requestError", "UNSUPPORTED_VERSION"), ConfigurationError),
        (failure(400, INVALID, "requestError", "INVALID_CUSTOMER_ID"), ConfigurationError),
        (failure(400, INVALID, "dateRangeError", "REQUESTED_DATE_GRANULARITY_NOT_SUPPORTED"),
         ConfigurationError),
        (failure(400, INVALID, "queryError", "UNRECOGNIZED_FIELD"), SchemaDrift),
        (failure(429, EXHAUSTED, "quotaError", "EXCESSIVE_LONG_TERM_QUERY_RESOURCE_CONSUMPTION"),
         RateLimited),
        (failure(500, "INTERNAL", "internalError", "TRANSIENT_ERROR"), SourceUnavailable),
        (failure(504, "DEADLINE_EXCEEDED", "internalError", "DEADLINE_EXCEEDED"),
         SourceUnavailable),
    ],
)  # fmt: skip
def test_errors_are_told_apart(says, answers, read, body_status, expected):
    """Streams wrap the error object into an array; it means the same."""
    body, status = body_status
    kind = AccountUnreadable if isinstance(expected, str) else expected
    for said in (says(body, status), says([body], status), says([{"results": []}, body])):
        answers(lambda asked, query, said=said: said)
        with pytest.raises(kind, match="google_ads 101 customer") as refused:
            read()
        assert type(refused.value) is kind
        assert getattr(refused.value, "kind", expected) == expected


def test_an_error_is_told_with_googles_request_id(says, answers, client, fetch):
    """Google's support asks for it first."""
    body, status = failure(400, INVALID, "queryError", "UNRECOGNIZED_FIELD")
    answers(lambda asked, query: says([body], status, headers={"request-id": "V_YzUHhkv35"}))
    with pytest.raises(SchemaDrift, match=r"UNRECOGNIZED_FIELD: 'said', request-id V_YzUHhkv35"):
        fetch(client, "google_ads")


@pytest.mark.parametrize("wait_s", [17941, 301.5])
def test_a_long_wait_is_googles_own_and_stops_all_accounts(server, says, answers, read, wait_s):
    """Airflow waits; another account of the same OAuth client is not even asked for."""
    quota = {"quotaErrorDetails": {"rateScope": "DEVELOPER", "retryDelay": f"{wait_s}s"}}
    body, status = failure(429, EXHAUSTED, "quotaError", EXHAUSTED, **quota)
    answers(lambda asked, query: says([body], status))
    with pytest.raises(RateLimited) as stopped:
        read()
    assert stopped.value.wait_s == wait_s
    before = len(queries_of(server))
    with pytest.raises(RateLimited) as other:
        read(account_id="202")
    assert other.value.wait_s == pytest.approx(wait_s)
    assert len(queries_of(server)) == before


def test_a_short_wait_is_waited_out(says, answers, read, hands):
    """Twice 40 seconds; then the same query is asked again."""
    quota = {"quotaErrorDetails": {"retryDelay": "40s"}}
    body, status = failure(429, EXHAUSTED, "quotaError", EXHAUSTED, **quota)
    left = [says([body], status)] * 2
    answers(lambda asked, query: left.pop() if left else says(batches()))
    assert len(read()) == 9
    assert hands.slept == [40, 40]


def test_without_a_told_wait_short_limits_double(says, answers, read, hands):
    """5, 10 and 20 seconds."""
    code = "EXCESSIVE_SHORT_TERM_QUERY_RESOURCE_CONSUMPTION"
    body, status = failure(429, EXHAUSTED, "quotaError", code)
    left = [says([body], status)] * 3
    answers(lambda asked, query: left.pop() if left else says(batches()))
    read()
    assert hands.slept == [5, 10, 20]


def test_a_query_of_too_many_days_is_asked_in_halves(server, says, answers, client, fetch):
    """Google gave up on ten days; five and five it answers."""
    body, status = failure(504, "DEADLINE_EXCEEDED", "internalError", "DEADLINE_EXCEEDED")
    whole = "'2026-11-01' AND '2026-11-10'"

    def answer(asked, query):
        tried = "metrics.engagements" in query and whole in query
        return says([body], status) if tried else says(batches())

    answers(answer)
    replies = fetch(client, "google_ads")
    assert [reply.entity for reply in replies].count("metrics") == 2
    halves = [b["query"] for b in queries_of(server) if "metrics.engagements" in b["query"]]
    assert [text.rsplit("BETWEEN ", 1)[1] for text in halves] == [
        whole,
        "'2026-11-01' AND '2026-11-05'",
        "'2026-11-06' AND '2026-11-10'",
    ]


def page_answers(says, pages, *, expired_after=None):
    """Streams break; a search has three pages, whose token may end on the way."""
    left = {"expired": expired_after is not None}

    def answer(asked, query):
        if query != queries.AD_GROUP_AD:
            return says(batches())
        if asked.path.endswith("searchStream"):
            return says(b'[{"results": [{')
        token = json.loads(asked.body).get("pageToken", "0")
        if left["expired"] and int(token) == expired_after:
            left["expired"] = False
            body, status = failure(400, INVALID, "requestError", "EXPIRED_PAGE_TOKEN")
            return says(body, status)
        number = int(token)
        more = {"nextPageToken": str(number + 1)} if number + 1 < len(pages) else {}
        return says({"results": pages[number]} | more)

    return answer


def test_a_stream_that_breaks_every_time_is_read_in_pages(says, answers, client, fetch):
    """The second page holds nothing and still names a third."""
    answers(page_answers(says, [[{"a": 1}], [], [{"a": 2}, {"a": 3}]]))
    pages = [reply.body for reply in fetch(client, "google_ads") if reply.entity == "ad_group_ad"]
    assert [len(page["results"]) for page in pages] == [1, 0, 2]


def test_pages_begin_again_when_their_token_ends(server, says, answers, client, fetch):
    """Rows of the first try are dropped, not doubled."""
    answers(page_answers(says, [[{"a": 1}], [{"a": 2}], [{"a": 3}]], expired_after=2))
    pages = [reply.body for reply in fetch(client, "google_ads") if reply.entity == "ad_group_ad"]
    assert [page["results"] for page in pages] == [[{"a": 1}], [{"a": 2}], [{"a": 3}]]
    searched = [a for a in server.asked if a.path.endswith(":search")]
    assert len(searched) == 6


def test_what_was_answered_is_not_asked_again(server, says, answers, client_of, fetch):
    """A reading that a limit interrupted goes on from there."""
    quota = {"quotaErrorDetails": {"retryDelay": "9999s"}}
    body, status = failure(429, EXHAUSTED, "quotaError", EXHAUSTED, **quota)
    answers(
        lambda asked, query: (
            says([body], status)
            if "totals" in asked.path or ("FROM campaign WHERE" in query)
            else says(batches())
        )
    )
    memory = Memory()
    first = client_of(concurrency=1)
    first.memory = memory
    with pytest.raises(RateLimited):
        fetch(first, "google_ads")
    answers(lambda asked, query: says(batches()))
    server.asked.clear()
    second = client_of(concurrency=1, sleep=lambda seconds: None)
    second.memory = memory
    assert len(fetch(second, "google_ads")) == 9
    assert len(queries_of(server)) == 1


def test_a_manager_account_is_not_asked_for_numbers(server, says, answers, client, fetch):
    """It has none; the message says what to name instead."""
    customer = {"customer": {"manager": True}}
    answers(lambda asked, query: says(batches(customer)))
    with pytest.raises(AccountUnreadable, match="manager account") as refused:
        fetch(client, "google_ads")
    assert refused.value.kind == "not_enabled"
    assert not any("segments.date" in body["query"] for body in queries_of(server))


def test_another_shape_than_a_stream_stops_the_reading(says, answers, client, fetch):
    """Rows read from the wrong shape would be no rows at all."""
    answers(lambda asked, query: says({"results": []}))
    with pytest.raises(SchemaDrift, match="expected a JSON array of batches"):
        fetch(client, "google_ads")
    answers(lambda asked, query: says([{"results": {"a": 1}}]))
    with pytest.raises(SchemaDrift, match="a batch is"):
        fetch(client, "google_ads")


def test_the_test_button_names_fields_that_the_version_lacks(says, answers, client):
    """Before the first night fails on them."""
    known = [{"name": name} for name in queries.fields_asked_for() if name != "metrics.clicks"]
    answers(lambda asked, query: says({"results": known} if query else {"resourceNames": []}))
    with pytest.raises(ConfigurationError, match=r"v26 has no metrics\.clicks \(1 of"):
        client.check()


def client_row(number, **more):
    fields = {"id": number, "descriptiveName": f"Cuenta {number}", "currencyCode": "COP"}
    return {"customerClient": fields | {"timeZone": "America/Bogota", "status": "ENABLED"} | more}


def test_accounts_are_found_below_manager_accounts(says, answers, client, client_of):
    """An account open to the user needs no manager account; one that cannot be read is left out."""
    names = [f"customers/{number}" for number in ("9990001111", "1000000001", "1000000009")]
    denied, status = failure(403, PERMISSION, "authorizationError", "CUSTOMER_NOT_ENABLED")

    def answer(asked, query):
        if not query:
            return says({"resourceNames": names})
        root = asked.path.split("/")[4]
        assert asked.headers["login-customer-id"] == root
        if root == "9990001111":
            rows = [client_row(root, manager=True), client_row("1000000002", status="CLOSED")]
            return says(batches(*rows, client_row("1000000001")))
        if root == "1000000001":
            return says(batches(client_row(root)))
        return says([denied], status)

    answers(answer)
    found = client.accounts()
    assert [(a["id"], a["status"], a["login_customer_id"]) for a in found] == [
        ("1000000001", "ENABLED", None),
        ("1000000002", "CLOSED", "9990001111"),
    ]
    assert found[0] == {
        "id": "1000000001",
        "name": "Cuenta 1000000001",
        "currency": "COP",
        "timezone": "America/Bogota",
        "status": "ENABLED",
        "login_customer_id": None,
    }
    through = client_of(login_customer_id="9990001111").accounts()
    assert {a["login_customer_id"] for a in through} == {"9990001111"}
    answers(
        lambda asked, query: says([denied], status) if query else says({"resourceNames": names})
    )
    with pytest.raises(AccountUnreadable):
        client.accounts()


def test_fresh_addresses_of_pictures(says, answers, server, client, account):
    """Assets are looked up by name; a video has a small still picture when it lacks a large one."""

    def row(number):
        name = f"customers/101/assets/{number}"
        size = {"fullSize": {"url": f"https://tpc/new/{number}"}}
        return {"asset": {"resourceName": name, "imageAsset": size}}

    answers(lambda asked, query: says(batches(row(1), row(3), {"asset": {}})))
    names = ["customers/101/assets/1", "customers/101/assets/2", "youtube:abc", "https://tpc/9"]
    refs = [{"source_ref": name, "position": 0} for name in names]
    assert client.refresh_images(account("google_ads"), refs) == {
        "customers/101/assets/1": "https://tpc/new/1",
        "youtube:abc": "https://i.ytimg.com/vi/abc/hqdefault.jpg",
    }
    (asked,) = queries_of(server)
    assert asked["query"].endswith(
        "asset.resource_name IN ('customers/101/assets/1', 'customers/101/assets/2')"
    )


def test_an_address_for_still_pictures_is_kept_with_the_reading(says, answers, client_of, fetch):
    """So that a replay, which has no connection, gives the same rows."""
    answers(lambda asked, query: says(batches()))
    first = fetch(client_of(posters="https://stills.example/{video_id}.jpg"), "google_ads")[0]
    assert (first.entity, first.body) == (
        "posters",
        {"address": "https://stills.example/{video_id}.jpg"},
    )
