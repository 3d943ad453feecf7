"""One sandbox for all cases of a test process; retries happen, at once."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import stamina

from include.sandbox.world import World
from include.sources import http, images
from tests.faults.case import IMPATIENT_S
from tests.faults.stage import Stage, stage


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The sandbox over a small world."""
    world = World(today=date(2026, 11, 21), creatives_per_month=32, months=2)
    folder: Path = tmp_path_factory.mktemp("faults")
    with stage(folder, world) as running:
        yield running


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As many attempts as always, without waits between them, and short time-outs."""
    monkeypatch.setattr(http, "READ_S", IMPATIENT_S)
    monkeypatch.setattr(images, "TIMEOUT_S", (10.0, IMPATIENT_S))
    with stamina.set_testing(True, attempts=10, cap=True):
        yield
