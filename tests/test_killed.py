"""A task killed at any instant and run again leaves the same files as an undisturbed one."""

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from include.sandbox.server import serving
from include.sandbox.world import World
from include.store import LocalStore

WORK = Path(__file__).parent / "killed_work.py"
# Shares of the undisturbed run's time, so that imports, landing, loading, pictures and the
# last writes are all hit; each kill goes on from what the one before left behind.
INSTANTS = (0.35, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    """The sandbox over a small world."""
    world = World(today=date(2026, 11, 21), creatives_per_month=60, months=2)
    with serving(world, lambda: datetime(2026, 11, 21, 12, tzinfo=UTC)) as url:
        yield url


def start(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, str(WORK), *arguments], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    )


def finish(*arguments: str) -> float:
    """Run to the end; returns the seconds it took."""
    began = time.monotonic()
    process = start(*arguments)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors.decode()[-2000:]
    return time.monotonic() - began


def files(folder: Path) -> dict[str, bytes]:
    store = LocalStore(folder)
    return {key: store.read(key) for key in store.keys()}


@pytest.mark.parametrize("work", ["collect", "generate"])
def test_killed_and_run_again_gives_the_files_of_an_undisturbed_run(work, base_url, tmp_path):
    """Seven kills in a row, then one run to the end."""
    arguments = [base_url] if work == "collect" else []
    whole, broken = tmp_path / "whole" / "data", tmp_path / "broken" / "data"
    whole.parent.mkdir()
    broken.parent.mkdir()
    finish(work, str(whole), *arguments)  # also warms the sandbox's drawings and the disk
    seconds = finish(work, str(tmp_path / "timed"), *arguments)
    unfinished = 0
    for instant in INSTANTS:
        process = start(work, str(broken), *arguments)
        try:
            process.wait(timeout=instant * seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            unfinished += files(broken) != files(whole)
    assert unfinished, "no kill hit the work"
    finish(work, str(broken), *arguments)
    assert files(broken) == files(whole)
