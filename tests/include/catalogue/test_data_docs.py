"""Great Expectations' pages are shown to known readers, and nothing in them runs."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from include.catalogue.guard import CONTENT_SECURITY_POLICY, DOCUMENT_POLICY
from tests.include.catalogue.reading import elements
from tests.include.catalogue.world import AS_OF

ACCOUNT = "/health/docs/meta/1010000000000001"
PAGE = f"{ACCOUNT}/{AS_OF}/ad_daily.html"
WAREHOUSE = "/health/docs/warehouse"


def test_the_health_page_leads_to_an_accounts_pages_and_these_to_each_table(
    client: TestClient,
) -> None:
    """One account of eight has pages; the list's own link is relative and leads on."""
    links = [a["href"] or "" for a in elements(client.get("/health").text, "a")]
    assert [link for link in links if "/docs/" in link] == [
        f"{ACCOUNT}/index.html",
        f"{WAREHOUSE}/index.html",
    ]
    listed = client.get(f"{ACCOUNT}/index.html")
    assert f"{AS_OF}/ad_daily.html" in [a["href"] for a in elements(listed.text, "a")]
    assert "<h1>ad_daily</h1>" in client.get(PAGE).text


def test_the_pages_of_the_whole_warehouse_are_listed(client: TestClient) -> None:
    """The list leads to the one page that there is."""
    listed = client.get(f"{WAREHOUSE}/index.html")
    assert [a["href"] for a in elements(listed.text, "a")] == ["freshness.html"]
    page = client.get(f"{WAREHOUSE}/freshness.html")
    assert "<h1>ad_daily</h1>" in page.text
    assert page.headers["content-security-policy"] == DOCUMENT_POLICY


def test_nothing_in_a_document_runs(client: TestClient) -> None:
    """Its own styles and no more: no script, no form, no other host; other pages stay as strict."""
    policy = client.get(PAGE).headers["content-security-policy"]
    assert policy == DOCUMENT_POLICY
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline';")
    assert "script-src" not in policy
    assert "allow-scripts" not in policy
    assert client.get(PAGE).headers["x-content-type-options"] == "nosniff"
    assert client.get("/health").headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    lost = client.get(f"{ACCOUNT}/2026-11-01/ad_daily.html")
    assert lost.headers["content-security-policy"] == CONTENT_SECURITY_POLICY


def test_a_stranger_sees_no_document(anonymous: TestClient) -> None:
    """Neither list nor page, also when they are there."""
    assert anonymous.get(f"{ACCOUNT}/index.html").status_code == 401
    assert anonymous.get(PAGE).status_code == 401
    assert anonymous.get(f"{WAREHOUSE}/index.html").status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "/health/docs/meta/77/index.html",
        "/health/docs/nobody/1010000000000001/index.html",
        "/health/docs/meta/1010000000000002/index.html",
        "/health/docs/meta/..%2f..%2fsecret/index.html",
        "/health/docs/meta/../../secret/index.html",
        f"{ACCOUNT}/{AS_OF}/secret.html",
        f"{ACCOUNT}/{AS_OF}/..%2findex.html",
        f"{ACCOUNT}/today/ad_daily.html",
        f"{ACCOUNT}/..%2f{AS_OF}/ad_daily.html",
        f"{ACCOUNT}/2026-11-19/ad_daily.html",
        f"{ACCOUNT}/{AS_OF}/ads.html",
        f"{WAREHOUSE}/..%2fmeta%2f77%2findex.html",
        f"{WAREHOUSE}/ads.html",
    ],
)
def test_an_address_made_by_hand_reaches_no_other_file(client: TestClient, path: str) -> None:
    """Only known accounts, days and tables; `secret` and account 77 lie beside them."""
    assert client.get(path).status_code == 404
