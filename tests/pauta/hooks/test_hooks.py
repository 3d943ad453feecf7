"""Connections in, clients out; what is missing is named by the words on the form."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from importlib.resources import files

import pytest
from jsonschema import validate

from include.errors import ConfigurationError
from include.sandbox import credentials
from include.sandbox.server import serving
from include.sandbox.world import World
from include.sources import google_ads, linkedin_ads, meta, x_ads
from pauta.hooks.google_ads import GoogleAdsHook
from pauta.hooks.linkedin_ads import LinkedInAdsHook
from pauta.hooks.meta import MetaHook
from pauta.hooks.x_ads import XAdsHook
from pauta.provider_info import get_provider_info

HOOKS = [MetaHook, GoogleAdsHook, XAdsHook, LinkedInAdsHook]
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def connect(monkeypatch):
    """Put a connection where Airflow looks first."""

    def put(hook, **fields):
        name = f"AIRFLOW_CONN_{hook.default_conn_name.upper()}"
        monkeypatch.setenv(name, json.dumps({"conn_type": hook.conn_type, **fields}))

    return put


def test_a_meta_connection(connect):
    """The access token is the password; the version is optional."""
    connect(MetaHook, host="https://graph.example/", password="t")
    client = MetaHook().get_conn()
    assert (client.root, client.auth.token) == ("https://graph.example/v26.0", "t")
    connect(MetaHook, host="https://graph.example", password="t", extra={"version": "v27.0"})
    assert MetaHook().get_conn().root == "https://graph.example/v27.0"
    assert MetaHook().image_hosts() == meta.IMAGE_HOSTS


def test_a_google_connection(connect):
    """A manager account may be written with dashes; the token address has Google's default."""
    extra = {"client_secret": "s", "login_customer_id": "999-000-1111", "image_hosts": " "}
    connect(GoogleAdsHook, host="https://g", login="id", password="r", extra=extra)
    client = GoogleAdsHook().get_conn()
    assert (client.grant.app, client.grant.form("")["refresh_token"]) == ("id", "r")
    assert client.login_customer_id == "9990001111"
    assert client.token_url == "https://oauth2.googleapis.com/token"
    assert GoogleAdsHook().image_hosts() == google_ads.IMAGE_HOSTS
    extra = {"client_secret": "s", "token_url": "http://127.0.0.1:1/token"}
    connect(GoogleAdsHook, host="https://g", login="id", password="r", extra=extra)
    client = GoogleAdsHook().get_conn()
    assert (client.login_customer_id, client.token_url) == (None, "http://127.0.0.1:1/token")


def test_an_x_connection(connect):
    """Four secrets, two of them extras; image hosts as a list or as text."""
    extra = {"access_token": "a", "access_token_secret": "b", "image_hosts": ["127.0.0.1:1"]}
    connect(XAdsHook, host="https://x", login="k", password="s", extra=extra)
    client = XAdsHook().get_conn()
    assert client.secrets == ("s", "a", "b")
    assert isinstance(client, x_ads.Client)
    assert XAdsHook().image_hosts() == {"127.0.0.1:1"}
    extra["image_hosts"] = "127.0.0.1:1, *.Twimg.com"
    connect(XAdsHook, host="https://x", login="k", password="s", extra=extra)
    assert XAdsHook().image_hosts() == {"127.0.0.1:1", "*.twimg.com"}


def test_a_linkedin_connection(connect):
    """A refresh token needs the client's id and secret beside it; without one they are not read."""
    connect(LinkedInAdsHook, host="https://l", password="t")
    client = LinkedInAdsHook().get_conn()
    assert (client.access_token, client.refresh_token, client.version) == ("t", None, "202609")
    assert LinkedInAdsHook().image_hosts() == linkedin_ads.IMAGE_HOSTS
    extra = {"refresh_token": "r", "client_secret": "s"}
    connect(LinkedInAdsHook, host="https://l", login="id", password="t", extra=extra)
    client = LinkedInAdsHook().get_conn()
    assert (client.refresh_token, client.client_id, client.client_secret) == ("r", "id", "s")
    connect(LinkedInAdsHook, host="https://l", password="t", extra=extra)
    with pytest.raises(ConfigurationError, match=r"OAuth client id \(login\) is empty"):
        LinkedInAdsHook().get_conn()


@pytest.mark.parametrize("hook", HOOKS)
def test_what_is_missing_is_named(connect, hook):
    """By its label, its field, and where to set it; the button shows the same."""
    connect(hook, host="https://api.example")
    with pytest.raises(ConfigurationError) as failure:
        hook().get_conn()
    text = str(failure.value)
    assert text.startswith(f"connection {hook.default_conn_name}: ")
    assert "is empty. Set it under Admin > Connections" in text
    assert hook().test_connection() == (False, text)


def test_an_extra_that_is_missing_is_named(connect):
    """With its place among the extras."""
    connect(XAdsHook, host="https://x", login="k", password="s")
    with pytest.raises(ConfigurationError, match=r"Access token \(extra\.access_token\) is empty"):
        XAdsHook().get_conn()


@pytest.mark.parametrize(
    ("host", "complaint"), [(None, "is empty"), ("graph.example.com", "expected a whole address")]
)
def test_the_host_must_be_an_address(connect, host, complaint):
    """A bare name says nothing about the scheme."""
    connect(MetaHook, host=host, password="t")
    with pytest.raises(ConfigurationError, match=f"API address.*{complaint}"):
        MetaHook().get_conn()


def test_the_button_tests_against_the_platform(connect):
    """Right credentials pass on all four; wrong ones say what to renew, without showing them."""
    world = World(today=date(2026, 11, 21), creatives_per_month=16, months=1)
    with serving(world, lambda: NOW) as base_url:
        connect(MetaHook, host=f"{base_url}/meta", password=credentials.META_TOKEN)
        connect(
            GoogleAdsHook,
            host=f"{base_url}/google_ads",
            login=credentials.GOOGLE_CLIENT_ID,
            password=credentials.GOOGLE_REFRESH_TOKEN,
            extra={
                "client_secret": credentials.GOOGLE_CLIENT_SECRET,
                "token_url": f"{base_url}/google_ads/token",
            },
        )
        connect(
            XAdsHook,
            host=f"{base_url}/x_ads",
            login=credentials.X_CONSUMER_KEY,
            password=credentials.X_CONSUMER_SECRET,
            extra={
                "access_token": credentials.X_ACCESS_TOKEN,
                "access_token_secret": credentials.X_ACCESS_TOKEN_SECRET,
            },
        )
        linkedin = {"host": f"{base_url}/linkedin_ads", "password": credentials.LINKEDIN_TOKEN}
        connect(LinkedInAdsHook, **linkedin)
        for hook in HOOKS:
            passed, text = hook().test_connection()
            assert passed, text
        connect(MetaHook, host=f"{base_url}/meta", password="EAAwrong-token")
        passed, text = MetaHook().test_connection()
        assert not passed
        assert "the access token was refused" in text
        assert "EAAwrong" not in text


def test_the_provider_description_is_what_airflow_wants():
    """Valid by Airflow's own schema, and its classes and fields exist."""
    info = get_provider_info()
    schema = json.loads(files("airflow").joinpath("provider_info.schema.json").read_text())
    validate(info, schema)
    assert info["package-name"] == "pauta"
    described = {entry["connection-type"]: entry for entry in info["connection-types"]}
    for hook in HOOKS:
        entry = described[hook.conn_type]
        assert entry["hook-class-name"] == f"{hook.__module__}.{hook.__name__}"
        assert entry["hook-name"] == hook.hook_name
        assert not set(entry["ui-field-behaviour"]["hidden-fields"]) & {"host", "password"}
        for name, field in entry["conn-fields"].items():
            secret = name.endswith(("token", "secret", "service_account"))
            assert (field["schema"].get("format") == "password") is secret, name
