"""A small world and a server over it, shared by the wire tests."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from include.sandbox.server import serving
from include.sandbox.world import World

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def world() -> World:
    return World(today=date(2026, 11, 20), creatives_per_month=120, months=3)


@pytest.fixture(scope="session")
def base_url(world: World) -> Iterator[str]:
    with serving(world, lambda: NOW) as address:
        yield address


@pytest.fixture(scope="session")
def now() -> datetime:
    return NOW
