"""Credentials from the environment: one variable per keyword, or an Airflow connection."""

import json

import pytest
from airflow.sdk import Connection
from hypothesis import given
from hypothesis import strategies as st

from include.errors import ConfigurationError
from include.sources import meta
from include.sources.environment import (
    client_from,
    image_hosts_from,
    keywords_from,
    read_connection,
)

HOST = "http://127.0.0.1:1"


def test_missing_credentials_are_all_named():
    """Finding out one variable at a time takes three tries."""
    with pytest.raises(
        ConfigurationError,
        match="lacks GOOGLE_ADS_CLIENT_SECRET, GOOGLE_ADS_REFRESH_TOKEN",
    ):
        client_from({"GOOGLE_ADS_CLIENT_ID": "id"}, "google_ads", host=HOST)
    with pytest.raises(ConfigurationError, match="x_ads: the environment lacks X_ADS_CONSUMER_KEY"):
        client_from({}, "x_ads", host=HOST)


@pytest.mark.parametrize(
    ("platform", "environment"),
    [
        ("meta", {"META_ACCESS_TOKEN": "t", "META_VERSION": ""}),
        ("google_ads", {"GOOGLE_ADS_CLIENT_ID": "i", "GOOGLE_ADS_CLIENT_SECRET": "s",
                        "GOOGLE_ADS_REFRESH_TOKEN": "r"}),
        ("x_ads", {"X_ADS_CONSUMER_KEY": "k", "X_ADS_CONSUMER_SECRET": "s",
                   "X_ADS_ACCESS_TOKEN": "t", "X_ADS_ACCESS_TOKEN_SECRET": "u"}),
        ("linkedin_ads", {"LINKEDIN_ADS_ACCESS_TOKEN": "t"}),
        ("linkedin_ads", {"LINKEDIN_ADS_REFRESH_TOKEN": "r", "LINKEDIN_ADS_CLIENT_ID": "i",
                          "LINKEDIN_ADS_CLIENT_SECRET": "s"}),
    ],
)  # fmt: skip
def test_each_platforms_client_is_made_of_its_variables(platform, environment):
    """An empty variable counts as not set."""
    client = client_from(environment, platform, host=HOST)
    assert type(client).__module__ == f"include.sources.{platform}"


def test_every_keyword_of_a_client_has_a_variable():
    """Numbers and lists in their own types; no field of a class is left to a default by name."""
    environment = {
        "META_ACCESS_TOKEN": "t",
        "META_PAGE_SIZE": "50",
        "META_POLL_S": "0.5",
        "META_ATTRIBUTION_WINDOWS": "1d_view, 7d_click",
    }
    assert keywords_from(environment, "meta", host=HOST) == {
        "access_token": "t",
        "page_size": 50,
        "poll_s": 0.5,
        "attribution_windows": ("1d_view", "7d_click"),
        "host": HOST,
    }


def test_a_number_that_is_none_is_refused():
    """With the variable's name and what it holds."""
    with pytest.raises(ConfigurationError, match=r"META_PAGE_SIZE .* is 'many', expected a number"):
        client_from({"META_ACCESS_TOKEN": "t", "META_PAGE_SIZE": "many"}, "meta", host=HOST)


def test_a_connection_gives_what_the_hooks_take_from_it():
    """Login, password and extras by the names of the connection form; dashes leave the id."""
    connection = {
        "conn_type": "google_ads",
        "host": "https://googleads.example",
        "login": "i",
        "password": "r",
        "extra": {"client_secret": "s", "login_customer_id": "123-456-7890"},
    }
    environment = {"AIRFLOW_CONN_GADS": json.dumps(connection), "GOOGLE_ADS_VERSION": "v27"}
    assert keywords_from(environment, "google_ads", connection="gads") == {
        "host": "https://googleads.example",
        "client_id": "i",
        "client_secret": "s",
        "refresh_token": "r",
        "login_customer_id": "1234567890",
        "version": "v27",
    }


def test_image_hosts_are_the_connections_else_the_platforms_own():
    """A list, or text with commas."""
    assert image_hosts_from({}, "meta") == meta.IMAGE_HOSTS
    told_hosts = json.dumps({"extra": {"image_hosts": "A.example, b.example:8"}})
    environment = {"AIRFLOW_CONN_M": told_hosts}
    assert image_hosts_from(environment, "meta", connection="m") == {"a.example", "b.example:8"}


TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), min_size=1, max_size=12)


@given(
    secrets=st.tuples(TEXT, TEXT),
    place=st.sampled_from(
        [(None, None), ("api.example", 8765), ("https://api.example", None), ("http://a.b", 8765)]
    ),
    extra=st.dictionaries(st.sampled_from(["client_secret", "version", "image_hosts"]), TEXT),
    form=st.sampled_from(["uri", "json"]),
)
def test_a_connection_is_read_as_airflow_reads_it(secrets, place, extra, form):
    """Both forms that Airflow itself writes, secrets with any signs in them."""
    host, port = place
    connection = Connection(
        conn_id="m",
        conn_type="meta",
        host=host,
        login=secrets[0],
        password=secrets[1],
        port=port,
        extra=json.dumps(extra) if extra else None,
    )
    text = connection.get_uri() if form == "uri" else connection.as_json()
    read = read_connection({"AIRFLOW_CONN_M": text}, "m")
    assert (read["login"], read["password"]) == secrets
    assert (read["host"] or None) == (f"{host}:{port}" if port else host)
    assert {name: read[name] for name in extra} == extra


@pytest.mark.parametrize(
    "text", ["{", '{"extra": [1]}', '{"extra": "x"}', "meta", "meta://u:hunter2@h:port"]
)
def test_a_connection_that_cannot_be_read_is_not_shown(text):
    """Its text holds secrets; the message says what is expected."""
    with pytest.raises(ConfigurationError, match="AIRFLOW_CONN_M is neither JSON") as error:
        read_connection({"AIRFLOW_CONN_M": text}, "m")
    assert "hunter2" not in str(error.value)
    assert error.value.__cause__ is None


def test_a_connection_that_is_not_in_the_environment_is_named():
    """Airflow's database cannot be read from here."""
    with pytest.raises(
        ConfigurationError, match="the environment has no AIRFLOW_CONN_META_DEFAULT"
    ):
        client_from({}, "meta", connection="meta_default")


def test_a_connection_that_lacks_a_secret_is_named():
    """The variable that would do instead stands beside it."""
    with pytest.raises(
        ConfigurationError, match="lacks META_ACCESS_TOKEN, nor does the connection m"
    ):
        client_from({"AIRFLOW_CONN_M": '{"host": "https://h"}'}, "meta", connection="m")


def test_a_host_without_a_protocol_is_refused():
    """requests would say something less clear."""
    with pytest.raises(
        ConfigurationError, match=r"the address is 'graph\.facebook\.com', expected"
    ):
        client_from({"META_ACCESS_TOKEN": "t"}, "meta", host="graph.facebook.com")
