"""LinkedIn's tokens: renewed ahead, checked, warned about, and never shown."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest

from include.errors import (
    AuthenticationExpired,
    ConfigurationError,
    RateLimited,
    SchemaDrift,
    SourceUnavailable,
)
from include.sources.linkedin_ads import Client

NOW = datetime(2026, 11, 20, tzinfo=UTC)
RENEWED = {
    "access_token": "AQVnew",
    "expires_in": 5_184_000,
    "refresh_token": "AQWrefresh",
    "refresh_token_expires_in": 31_536_000,
}


class Sleep:
    """Remembers how long was slept."""

    def __init__(self):
        self.slept = []

    def __call__(self, seconds):
        self.slept.append(seconds)


@pytest.fixture
def sleep():
    return Sleep()


@pytest.fixture
def renewing(server, sleep):
    def make(**changes):
        given = {
            "host": f"{server.url}/linkedin_ads",
            "access_token": "AQVold",
            "refresh_token": "AQWrefresh",
            "client_id": "id",
            "client_secret": "WPLsecret",
            "token_url": f"{server.url}/oauth/v2/accessToken",
            "sleep": sleep,
        }
        return Client(**(given | changes))

    return make


def platform(says, renewed=RENEWED, status=200, takes=("AQVnew",)):
    """A token address, and an API that takes some tokens."""

    def answer(asked):
        if asked.path.endswith("accessToken"):
            return says(renewed, status)
        if asked.headers["authorization"].removeprefix("Bearer ") in takes:
            return says({"elements": [], "metadata": {}})
        return says({"status": 401, "code": "EXPIRED_ACCESS_TOKEN", "message": "expired"}, 401)

    return answer


def test_a_token_is_made_from_the_refresh_token_and_kept(server, says, renewing):
    """Once, before the first call; the connection's old access token is not sent."""
    server.answer = platform(says)
    client = renewing()
    client.check()
    client.check()
    assert [a.path.rsplit("/", 1)[-1] for a in server.asked] == [
        "accessToken",
        "adAccounts",
        "adAccounts",
    ]
    assert server.asked[0].form == {
        "grant_type": "refresh_token",
        "refresh_token": "AQWrefresh",
        "client_id": "id",
        "client_secret": "WPLsecret",
    }
    assert {a.headers.get("authorization") for a in server.asked[1:]} == {"Bearer AQVnew"}


def test_it_is_renewed_ahead_of_its_end(server, says, renewing):
    """Five minutes before, by a clock that we move."""
    now = [0.0]
    server.answer = platform(says, RENEWED | {"expires_in": 3600})
    client = renewing(clock=lambda: now[0])
    for now[0] in (0.0, 3299.0, 3301.0):
        client.check()
    paths = [a.path.rsplit("/", 1)[-1] for a in server.asked]
    assert paths == ["accessToken", "adAccounts", "adAccounts", "accessToken", "adAccounts"]


def test_a_token_that_was_just_made_is_given_half_a_minute(server, says, renewing, sleep):
    """LinkedIn refuses new tokens for some seconds; after three waits a person is needed."""
    refusals = [2]

    def slow(asked):
        if not asked.path.endswith("accessToken") and refusals[0]:
            refusals[0] -= 1
            return says({"status": 401, "code": "INVALID_ACCESS_TOKEN"}, 401)
        return platform(says)(asked)

    server.answer = slow
    renewing().check()
    assert sleep.slept == [10, 10]
    server.answer = platform(says, takes=())
    with pytest.raises(AuthenticationExpired, match="the access token was refused"):
        renewing().check()
    assert sleep.slept == [10] * 5


def test_a_token_that_dies_early_is_renewed(server, says, renewing):
    """Revoked in the middle: one renewal, and the call is made again."""
    now = [0.0]
    names = iter(["AQVone", "AQVtwo"])
    takes = ["AQVone"]

    def answer(asked):
        if asked.path.endswith("accessToken"):
            return says(RENEWED | {"access_token": next(names)})
        return platform(says, takes=takes)(asked)

    server.answer = answer
    client = renewing(clock=lambda: now[0])
    client.check()
    now[0], takes[:] = 1000.0, ["AQVtwo"]
    client.check()
    assert server.asked[-1].headers["authorization"] == "Bearer AQVtwo"


def test_without_a_refresh_token_a_refusal_is_final(server, says, sleep):
    """A person has to put a new token in."""
    server.answer = platform(says)
    client = Client(host=server.url, access_token="AQVold", sleep=sleep)
    with pytest.raises(AuthenticationExpired, match="lives 60 days"):
        client.check()
    assert len(server.asked) == 1
    assert not sleep.slept


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ((400, {"error": "invalid_grant"}), AuthenticationExpired),
        ((401, {"error": "invalid_client"}), AuthenticationExpired),
        ((429, {}), RateLimited),
        ((503, {}), SourceUnavailable),
        ((200, {"token": "x"}), SchemaDrift),
        ((200, {"access_token": ""}), SchemaDrift),
        ((200, {"access_token": "AQVnew"}), SchemaDrift),
        ((200, {"access_token": "AQVnew", "expires_in": "soon"}), SchemaDrift),
        ((200, {"access_token": "AQVnew", "expires_in": True}), SchemaDrift),
        ((200, {"access_token": "AQVnew", "expires_in": -5}), SchemaDrift),
        ((200, ["AQVnew"]), SchemaDrift),
        ((400, {"error": "WPLsecret AQWrefresh"}), AuthenticationExpired),
        ((404, b"<html>WPLsecret</html>"), ConfigurationError),
        ((502, b"<html>AQWrefresh</html>"), SourceUnavailable),
        ((200, b"AQVnew"), SourceUnavailable),
    ],
)
def test_trouble_at_the_token_address(server, says, renewing, told, expected):
    """A dead refresh token needs a person, a server error does not; answers are not trusted."""
    status, body = told
    server.answer = platform(says, body, status)
    with pytest.raises(expected, match="linkedin_ads: token") as failure:
        renewing().check()
    for secret in ("AQWrefresh", "WPLsecret", "AQVnew", "AQVold"):
        assert secret not in str(failure.value)


def test_the_same_tokens_again_are_no_news(server, says, renewing, caplog):
    """LinkedIn mostly answers with the refresh token it was asked with."""
    now = [0.0]
    server.answer = platform(says)
    client = renewing(clock=lambda: now[0])
    client.check()
    now[0] = 1e7
    client.check()
    forms = [a.form["refresh_token"] for a in server.asked if a.path.endswith("accessToken")]
    assert forms == ["AQWrefresh"] * 2
    assert not caplog.text


def test_a_dying_refresh_token_is_warned_about(server, says, renewing, caplog):
    """From 14 days before; LinkedIn says with every renewal how long it has left."""
    days = 86_400
    for left, warned in ((15 * days, False), (13 * days + 5, True), (60, True)):
        caplog.clear()
        server.answer = platform(says, RENEWED | {"refresh_token_expires_in": left})
        renewing().check()
        assert ("the refresh token dies in" in caplog.text) is warned
    assert "dies in 0 days" in caplog.text


def test_another_refresh_token_is_used_and_said(server, says, renewing, caplog):
    """We cannot write it into the connection; the log says so without showing it."""
    now = [0.0]
    server.answer = platform(says, RENEWED | {"refresh_token": "AQWother"})
    client = renewing(clock=lambda: now[0])
    client.check()
    now[0] = 1e7
    client.check()
    forms = [a.form["refresh_token"] for a in server.asked if a.path.endswith("accessToken")]
    assert forms == ["AQWrefresh", "AQWother"]
    assert "LinkedIn gave another refresh token" in caplog.text
    assert "AQWother" not in caplog.text


@pytest.mark.parametrize(
    ("told", "warned"),
    [
        ({"active": True, "expires_at": int((NOW + timedelta(days=20)).timestamp())}, False),
        (
            {"active": True, "expires_at": int((NOW + timedelta(days=3, hours=13)).timestamp())},
            True,
        ),
        ({"active": False, "status": "revoked"}, False),
        ({"error": "invalid_client"}, False),
    ],
)
def test_the_end_of_a_plain_access_token_is_asked_for(server, reading, caplog, told, warned):
    """With the client's id and secret; once per client; a refusal costs nothing."""
    read = reading(told)
    read()
    read()
    assert ("the access token dies in 3 days" in caplog.text) is warned
    asked = [a for a in server.asked if a.path.endswith("introspectToken")]
    assert [a.form["token"] for a in asked] == ["AQVold"]
    assert "AQVold" not in caplog.text


@pytest.fixture
def reading(server, says, sleep, fetch):
    """Reads an account without ads, without a refresh token; what is said of the token."""
    told = {}

    def answer(asked):
        if asked.path.endswith("introspectToken"):
            return says(told, 401 if "error" in told else 200)
        if asked.path.endswith("/101"):
            return says({"id": 101, "currency": "COP", "status": "ACTIVE"})
        return says({"elements": [], "metadata": {}})

    server.answer = answer
    client = Client(
        host=server.url,
        access_token="AQVold",
        client_id="id",
        client_secret="WPLsecret",
        token_url=f"{server.url}/oauth/v2/accessToken",
        sleep=sleep,
    )

    def make(said):
        told.update(said)
        return lambda: fetch(client, "linkedin_ads", timezone="UTC")

    return make


def test_half_a_connection_is_refused():
    """The message says which half is missing."""
    with pytest.raises(ConfigurationError, match="neither an access token"):
        Client()
    with pytest.raises(ConfigurationError, match="needs the OAuth client id and secret"):
        Client(access_token="t", refresh_token="r", client_id="i")


def test_a_dying_version_is_warned_about(server, says, caplog):
    """Sixty days before its year is over; a living one is quiet."""
    server.says(says({"elements": []}))
    with caplog.at_level(logging.WARNING):
        Client(host=server.url, access_token="t", version="209001").check()
        assert not caplog.text
        Client(host=server.url, access_token="t", version="202501").check()
    assert "version 202501 lives until about 2026-01-15" in caplog.text
