"""The published world, and the catalogue over it for a known reader and for nobody."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient

from include.catalogue.app import create_app
from include.catalogue.guard import User
from include.config.nodes import load_nodes
from include.publish import publish
from include.store import LocalStore
from include.warehouse import build
from tests.include.catalogue.world import AS_OF, NOW, put_rows, put_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[LocalStore, str]:
    """A published store and the address of its application database. Tests only read it."""
    folder = tmp_path_factory.mktemp("world")
    store = LocalStore(folder / "data")
    put_world(store)
    put_rows(store)
    build(store, day=AS_OF, run_id="r1", nodes=load_nodes(), now=NOW)
    url = f"sqlite:///{folder / 'pauta.db'}"
    publish(store, url, now=NOW)
    return store, url


async def ana(_: object) -> User | None:
    """A known reader."""
    return User(id="ana", name="Ana María Ríos")


async def nobody(_: object) -> User | None:
    """A caller without a session."""
    return None


def login_url(path: str) -> str:
    """Where a caller without a session is sent."""
    return f"/auth/login?{urlencode({'next': path})}"


@pytest.fixture(scope="session")
def client(world: tuple[LocalStore, str]) -> TestClient:
    """The catalogue, read by a known user, mounted nowhere."""
    store, url = world
    app = create_app(
        store=store, database_url=url, current_user=ana, login_url=login_url, now=lambda: NOW
    )
    return TestClient(app, follow_redirects=False)


@pytest.fixture(scope="session")
def anonymous(world: tuple[LocalStore, str]) -> TestClient:
    """The catalogue, asked by a caller without a session."""
    store, url = world
    app = create_app(
        store=store, database_url=url, current_user=nobody, login_url=login_url, now=lambda: NOW
    )
    return TestClient(app, follow_redirects=False)


@pytest.fixture(autouse=True)
def no_cookies(client: TestClient) -> None:
    """Each test begins without a chosen language."""
    client.cookies.clear()


@pytest.fixture
def empty_store(tmp_path: Path) -> LocalStore:
    """A store with nothing in it."""
    return LocalStore(tmp_path / "data")
