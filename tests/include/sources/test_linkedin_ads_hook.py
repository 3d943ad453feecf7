"""The connection's extras reach the client: what LinkedIn's documents leave unsure."""

import json

import pytest

from include.errors import ConfigurationError
from pauta.hooks.linkedin_ads import LinkedInAdsHook


@pytest.fixture
def connect(monkeypatch):
    """Put a connection with these extras where Airflow looks first."""

    def put(**extra):
        fields = {"conn_type": "linkedin_ads", "host": "https://l", "password": "t", "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_LINKEDIN_ADS_DEFAULT", json.dumps(fields))
        return LinkedInAdsHook()

    return put


def test_limits_are_settings(connect):
    """Filled in they count; empty ones are left to the client."""
    extras = {"page_size": 300, "concurrency": "2", "slice_days": "30", "cut_at": "10000"}
    client = connect(**extras).get_conn()
    assert (client.caller.page_size, client.caller.concurrency) == (300, 2)
    assert (client.slice_days, client.cut_at) == (30, 10_000)
    client = connect(page_size="").get_conn()
    assert (client.caller.page_size, client.caller.concurrency) == (500, 4)


def test_a_setting_that_is_no_number_is_named(connect):
    """With its label and its place."""
    with pytest.raises(ConfigurationError, match=r"Page size \(extra\.page_size\) is 'many'"):
        connect(page_size="many").get_conn()
