"""Every address asks who is there, and answers with the same headers."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.requests import Request

from include.catalogue.app import create_app
from include.catalogue.guard import CONTENT_SECURITY_POLICY, DOCUMENT_POLICY, loopback_user
from include.processes import free_port
from include.store import LocalStore
from tests.include.catalogue.conftest import nobody
from tests.include.catalogue.world import BUSY_CELL, TODAY, set_id_of

HTML = {"Accept": "text/html"}
SET = set_id_of(*BUSY_CELL, TODAY)


def every_path(app: FastAPI, store: LocalStore) -> list[str]:
    """One real address for each route."""
    digest = store.keys("thumbnails")[0].removeprefix("thumbnails/").partition("-")[0]
    parts = {
        "node": "wompi",
        "objective": "traffic",
        "picture": "0" * 64,
        "set_id": SET,
        "platform": "meta",
        "account_id": "1010000000000001",
        "ad_id": "01000",
        "digest": digest,
        "width": "256",
        "name": "app.css",
        "request_id": "0" * 32,
        "day": "2026-11-20",
        "table": "ad_daily",
    }
    return [route.path.format(**parts) for route in app.routes]  # type: ignore[attr-defined]


def test_a_caller_without_a_session_gets_nothing_from_any_route(
    anonymous: TestClient, world: tuple[LocalStore, str]
) -> None:
    """401 for programs, the login page for browsers; style sheets and thumbnails included."""
    paths = every_path(anonymous.app, world[0])  # type: ignore[arg-type]
    assert len(paths) == 19
    for path in paths:
        refused = anonymous.get(path)
        assert (refused.status_code, refused.json()) == (401, {"detail": "Not authenticated"}), path
        sent = anonymous.get(path, headers=HTML)
        assert (sent.status_code, sent.content) == (303, b""), path
        assert sent.headers["location"].startswith("/auth/login?next=%2F"), path


@pytest.mark.parametrize(
    "path", ["/docs", "/redoc", "/openapi.json", "/nothing", "/static/nothing"]
)
def test_unknown_addresses_are_told_apart_only_by_known_users(
    anonymous: TestClient, client: TestClient, path: str
) -> None:
    """There is no documentation page; a stranger cannot tell a real address from a false one."""
    assert anonymous.get(path).status_code == 401
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_strangers_cannot_write_and_nobody_is_redirected_by_it(
    anonymous: TestClient, client: TestClient, method: str
) -> None:
    """Forms have addresses of their own (see `test_asking`)."""
    assert anonymous.request(method, "/", headers=HTML).status_code == 401
    assert client.request(method, "/").status_code == 405


def test_the_login_leads_back_to_the_page_that_was_asked_for(anonymous: TestClient) -> None:
    """The path and its question, never an address with a host."""
    sent = anonymous.get("/?show=due", headers={**HTML, "Host": "evil.example"})
    assert sent.headers["location"] == "/auth/login?next=%2F%3Fshow%3Ddue"


def test_where_there_is_no_login_a_browser_is_told_what_to_do(
    world: tuple[LocalStore, str],
) -> None:
    """401 and no redirect; the page names the address that works and asks for no other file."""
    store, url = world
    app = create_app(store=store, database_url=url, current_user=nobody, login_url=None)
    refused = TestClient(app, follow_redirects=False)
    page = refused.get("/?lang=xx", headers={**HTML, "Host": "evil.example"})
    assert page.status_code == 401
    assert "location" not in page.headers
    assert "Este catálogo no se puede abrir desde aquí" in page.text
    assert "http://127.0.0.1:80/" in page.text
    assert not re.search(r"(src|href)=|evil", page.text)
    assert page.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert page.headers["cache-control"] == "no-store"
    assert "cannot be opened from here" in refused.get("/?lang=en", headers=HTML).text
    assert refused.get("/").json() == {"detail": "Not authenticated"}


def test_the_catalogue_served_alone_sends_nobody_in_circles(tmp_path: Path) -> None:
    """`pauta catalogue` answers this machine, and a caller behind a proxy with the 401 page."""
    port = free_port(0)
    address = f"http://127.0.0.1:{port}/"
    served = subprocess.Popen(
        [sys.executable, "-m", "include.cli", "catalogue", "--port", str(port)],
        env=os.environ | {"PAUTA_DATA": str(tmp_path), "PAUTA_DATABASE": ""},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while True:
            try:
                known = requests.get(address, headers=HTML, timeout=5)
                break
            except requests.ConnectionError:
                assert served.poll() is None, "the catalogue ended before it answered"
                time.sleep(0.1)
        behind = {**HTML, "X-Forwarded-For": "10.0.0.7"}
        refused = requests.get(address, headers=behind, timeout=5)
    finally:
        served.terminate()
        served.wait(10)
    assert (known.status_code, refused.status_code, refused.history) == (200, 401, [])
    assert address in refused.text


def test_every_answer_carries_the_security_headers(
    anonymous: TestClient, client: TestClient, world: tuple[LocalStore, str]
) -> None:
    """Pages, files, refusals and missing pages alike; a library's pages have a policy of theirs."""
    paths = [*every_path(client.app, world[0]), "/nothing"]  # type: ignore[arg-type]
    for answer in [c.get(p, headers=HTML) for c in (client, anonymous) for p in paths]:
        document = answer.is_success and "/health/docs/" in str(answer.url)
        policy = DOCUMENT_POLICY if document else CONTENT_SECURITY_POLICY
        assert answer.headers["content-security-policy"] == policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "public" not in answer.headers["cache-control"]


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere() -> None:
    """No `unsafe-inline`, no host, no data address."""
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "default-src 'none'" in CONTENT_SECURITY_POLICY
    assert "frame-ancestors 'self'" in CONTENT_SECURITY_POLICY
    assert not re.search(r"https?:|data:|\*", CONTENT_SECURITY_POLICY)


def request_from(client: str, host: str, **headers: str) -> Request:
    """A request as the server hands it on."""
    raw = [(b"host", host.encode())]
    raw += [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": raw,
             "client": (client, 1), "server": ("127.0.0.1", 80), "scheme": "http"}  # fmt: skip
    return Request(scope)


def test_the_development_login_knows_this_machine_only() -> None:
    """Neither another address, nor a name pointed at this one, nor a caller behind a proxy."""
    cases = {
        True: [
            request_from("127.0.0.1", "127.0.0.1:8000"),
            request_from("::1", "[::1]:8000"),
            request_from("127.0.0.1", "localhost:8000"),
        ],
        False: [
            request_from("10.0.0.7", "127.0.0.1:8000"),
            request_from("127.0.0.1", "evil.example"),
            request_from("127.0.0.1", "localhost", x_forwarded_for="10.0.0.7"),
            request_from("not-an-address", "localhost"),
        ],
    }
    for known, callers in cases.items():
        for request in callers:
            user = asyncio.run(loopback_user(request))
            assert (user is not None) is known, (request.client, request.headers)
