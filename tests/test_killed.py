"""A task killed at any instant and run again leaves the same files as an undisturbed one."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from include.sandbox.server import serving
from include.sandbox.world import World
from include.store import LocalStore

WORK = Path(__file__).parent / "killed_work.py"
# Shares of the undisturbed run's time, so that imports, prompts, drawing and the last writes are
# all hit; each kill goes on from what the one before left behind.
INSTANTS = (0.35, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
# Of the collect: so many random instants, or as many as fit into the seconds.
KILLS, SECONDS = 50, 30


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    """The sandbox over a small world."""
    world = World(today=date(2026, 11, 21), creatives_per_month=60, months=2)
    with serving(world, lambda: datetime(2026, 11, 21, 12, tzinfo=UTC)) as url:
        yield url


class Worker:
    """A process that has everything imported, and does each piece of work in a child."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._asked, self._told = process.stdin, process.stdout

    def start(self, *arguments: str) -> int:
        """The child's process id."""
        self._asked.write(" ".join(arguments) + "\n")
        self._asked.flush()
        return int(self._told.readline())

    def end(self) -> int:
        """How it ended: negative is the signal."""
        return int(self._told.readline())

    def finish(self, *arguments: str) -> float:
        """Run to the end; returns the seconds it took."""
        began = time.monotonic()
        self.start(*arguments)
        assert self.end() == 0
        return time.monotonic() - began


@contextmanager
def working() -> Iterator[Worker]:
    """A worker, until the end of the block."""
    process = subprocess.Popen(
        [sys.executable, str(WORK), "many"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    worker = Worker(process)
    yield worker
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(timeout=30) == 0


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


def files(folder: Path, below: str = "") -> dict[str, bytes]:
    store = LocalStore(folder)
    return {key: store.read(key) for key in store.keys(below)}


def test_a_set_killed_and_made_again_has_the_files_of_an_undisturbed_run(tmp_path):
    """Seven kills in a row, then one run to the end."""
    whole, broken = tmp_path / "whole" / "data", tmp_path / "broken" / "data"
    whole.parent.mkdir()
    broken.parent.mkdir()
    finish("generate", str(whole))  # also warms the disk
    seconds = finish("generate", str(tmp_path / "timed"))
    unfinished = 0
    for instant in INSTANTS:
        process = start("generate", str(broken))
        try:
            process.wait(timeout=instant * seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            unfinished += files(broken) != files(whole)
    assert unfinished, "no kill hit the work"
    finish("generate", str(broken))
    assert files(broken) == files(whole)


def test_a_collect_killed_at_random_instants_loses_and_doubles_nothing(base_url, tmp_path):
    """kill -9 at 50 random instants, or as many as 30 seconds have room for.

    Each goes on from what the one before left. A run that came to its end has the files of an
    undisturbed one, and the next begins with nothing.
    """
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    rng, killed, begun = random.Random(5), 0, 0.0
    with working() as worker:
        worker.finish("collect", str(whole), base_url, "run")  # also warms the sandbox's drawings
        seconds = worker.finish("collect", str(tmp_path / "timed"), base_url, "run")
        expected = files(whole)
        begun = time.monotonic()
        for _ in range(KILLS):
            child = worker.start("collect", str(broken), base_url, "run")
            time.sleep(rng.uniform(0, seconds))
            with suppress(ProcessLookupError):  # it was quicker
                os.kill(child, signal.SIGKILL)
            ended = worker.end()
            killed += ended == -signal.SIGKILL
            if ended == 0:
                assert files(broken) == expected
                shutil.rmtree(broken)
            if time.monotonic() - begun > SECONDS:
                break
        worker.finish("collect", str(broken), base_url, "run")
    assert killed >= 5
    assert files(broken) == expected


def test_of_two_collects_of_one_partition_at_once_one_wins(base_url, tmp_path):
    """Two runs of one account and day, a moment apart.

    Whatever they did to each other, each table is that of one of them, whole; a run after them
    leaves what it would have left alone.
    """
    data, alone = tmp_path / "data", {}
    with working() as one, working() as other:
        for run in ("a", "b"):
            one.finish("collect", str(tmp_path / run), base_url, run)
            alone[run] = files(tmp_path / run, "lake")
        one.start("collect", str(data), base_url, "a")
        other.start("collect", str(data), base_url, "b")
        ends = [one.end(), other.end()]
        found = files(data, "lake")
        assert 0 in ends
        assert found.keys() == alone["a"].keys()
        for key, content in found.items():
            assert content in (alone["a"][key], alone["b"][key]), key
        one.finish("collect", str(data), base_url, "a")
    assert files(data, "lake") == alone["a"]
    assert files(data, "bookmarks") == files(tmp_path / "a", "bookmarks")
