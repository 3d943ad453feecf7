"""Versions are published whole, kept for a while, and opened read-only."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from include.store import LocalStore
from include.warehouse import open_warehouse, read_pointer
from include.warehouse.versions import POINTER

DAY = date(2026, 11, 20)
EVE = DAY - timedelta(days=1)


def test_nothing_built_yet_is_said(any_store):
    """The message says which DAG to run."""
    assert read_pointer(any_store) is None
    with pytest.raises(FileNotFoundError, match=r"has no warehouse/current.json. Run the"):
        open_warehouse(any_store)


def test_a_version_is_named_after_its_time_and_inputs(lake, ad_day):
    """The pointer tells version, day, run and rows."""
    lake.write(ad_daily=[ad_day()])
    version = lake.build()
    assert version.startswith("20261121T120000-")
    pointer = read_pointer(lake.store)
    assert (pointer.version, pointer.day, pointer.run_id) == (version, "2026-11-20", "run")
    assert pointer.inputs.startswith(version[-8:])
    assert pointer.rows["ad_daily"] == 1
    with open_warehouse(lake.store) as warehouse:
        (path,) = warehouse.execute(
            "SELECT path FROM duckdb_databases() WHERE NOT internal"
        ).fetchall()[0]
    assert Path(path).stem == version


def test_a_build_without_news_keeps_the_version(lake, ad_day):
    """The same files an hour later; but a missing file is built again."""
    lake.write(ad_daily=[ad_day()])
    version = lake.build()
    assert lake.build(hours=1) == version
    lake.store.delete(f"warehouse/{version}.duckdb")
    assert lake.build(hours=2) == f"20261121T140000-{version[-8:]}"


def test_the_last_three_versions_are_kept(any_store, lake_in, ad_day):
    """The fourth build removes the first; the pointer lists those that are there."""
    lake = lake_in(any_store)
    versions = []
    for hours in range(4):
        lake.write(DAY - timedelta(days=hours), ad_daily=[ad_day(report_date=EVE - timedelta(9))])
        versions.append(lake.build(hours=hours))
    files = [f"warehouse/{version}.duckdb" for version in versions[1:]]
    assert any_store.keys("warehouse") == [*files, POINTER]
    assert read_pointer(any_store).kept == tuple(reversed(versions[1:]))


def test_a_reader_keeps_what_it_opened_and_the_next_sees_the_new(lake, ad_day):
    """Readers never wait for a build and never see half of one."""
    lake.write(EVE, ad_daily=[ad_day(report_date=EVE)])
    lake.build()
    old = open_warehouse(lake.store)
    lake.write(ad_daily=[ad_day()])
    lake.build(hours=1)
    assert old.execute("SELECT count(*) FROM ad_daily").fetchall() == [(1,)]
    assert lake.ask("SELECT count(*) FROM ad_daily") == [(2,)]
    old.close()


def test_a_reader_can_neither_write_nor_leave_the_file(lake):
    """No table is changed, no other file is read, and the limits cannot be lifted."""
    lake.build()
    with open_warehouse(lake.store) as warehouse:
        for query in (
            "DELETE FROM ads",
            "CREATE TABLE x AS SELECT 1",
            "SELECT * FROM read_csv('/etc/passwd')",
            "SELECT * FROM read_parquet('https://example.org/x.parquet')",
            "SET enable_external_access = true",
            "INSTALL httpfs",
        ):
            with pytest.raises(duckdb.Error):
                warehouse.execute(query).fetchall()


def test_a_warehouse_on_s3_is_copied_once_per_version(s3_store, lake_in, ad_day, tmp_path):
    """Copies of versions that the store no longer has are removed."""
    lake = lake_in(s3_store)
    cache = tmp_path / "cache"
    lake.write(ad_daily=[ad_day()])
    versions = []
    for hours in range(4):
        lake.write(ad_daily=[ad_day(clicks=20 + hours)], run_id=f"run-{hours}")
        versions.append(lake.build(hours=hours))
        with open_warehouse(s3_store, cache) as warehouse:
            told = warehouse.execute("SELECT clicks FROM ad_daily").fetchall()
        assert told == [(20 + hours,)]
    copies = sorted(path.stem for path in (cache / "warehouse").iterdir())
    assert copies == versions[1:]


def test_the_cache_lies_in_the_users_own_folder(s3_store, lake_in, tmp_path, monkeypatch):
    """One folder per store, so that two stores with one version name do not mix."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    version = lake_in(s3_store).build()
    open_warehouse(s3_store).close()
    (copy,) = tmp_path.glob("pauta/*/warehouse/*.duckdb")
    assert copy.stem == version


# A process that has imported everything, and builds in a child of its own for each line it reads.
BUILDS = """
import os, sys
from datetime import UTC, date, datetime
from include.config.nodes import load_nodes
from include.store import open_store
from include.warehouse import build
import duckdb, pyarrow.parquet

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        build(open_store(sys.argv[1]), day=date(2026, 11, 20), run_id="run", nodes=load_nodes(),
              now=datetime(2026, 11, 21, 13, tzinfo=UTC))
        os._exit(0)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
INSTANTS, SECONDS = 50, 40


@contextmanager
def builds(root):
    """Start one build after the other; gives the process id of each."""
    process = subprocess.Popen(
        [sys.executable, "-c", BUILDS, str(root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def start():
        process.stdin.write("\n")
        process.stdin.flush()
        return int(process.stdout.readline())

    def end():
        return int(process.stdout.readline())

    yield start, end
    process.stdin.close()
    assert process.wait() == 0


def test_a_build_killed_at_any_moment_leaves_yesterdays_warehouse(lake, lake_in, ad_day, tmp_path):
    """kill -9 at 50 random instants, from nothing and from yesterday; then a rerun is right.

    At most 40 seconds: on a slow machine fewer instants are taken.
    """
    days = [ad_day(ad_id=f"a{n}", report_date=EVE) for n in range(200)]
    other = lake_in(LocalStore(tmp_path / "undisturbed"))
    for each in (lake, other):
        each.write(EVE, ad_daily=days)
    yesterday = lake.build()
    other.build()
    told = lake.contents()
    for each in (lake, other):
        each.write(ad_daily=[{**day, "clicks": 30} for day in days])
    rng, killed, begun = random.Random(4), 0, time.monotonic()
    with builds(other.store.root) as (start, end):
        started = time.monotonic()
        start()
        assert end() == 0
        took = time.monotonic() - started
    with builds(lake.store.root) as (start, end):
        for _ in range(INSTANTS):
            child = start()
            time.sleep(rng.uniform(0, took))
            with suppress(ProcessLookupError):  # it was quicker
                os.kill(child, signal.SIGKILL)
            killed += end() == -signal.SIGKILL
            pointer = read_pointer(lake.store)
            if pointer.version != yesterday:
                assert lake.ask(
                    "SELECT DISTINCT clicks FROM ad_daily WHERE as_of > DATE '2026-11-19'"
                )
                lake.store.write(POINTER, _pointing_at(yesterday, pointer))
            elif killed % 10 == 0:
                assert lake.contents() == told
            if time.monotonic() - begun > SECONDS:
                break
    assert killed >= 5
    lake.build(hours=1)
    assert lake.contents() == other.contents()
    assert read_pointer(lake.store).inputs == read_pointer(other.store).inputs
    assert not [key for key in lake.store.keys() if key.endswith(".tmp")]
    left = lake.store.leftovers(datetime.now(UTC) + timedelta(hours=1), remove=True)
    assert left
    assert all(name.startswith(".warehouse.") or ".duckdb." in name for name in left)
    assert lake.store.leftovers(datetime.now(UTC) + timedelta(hours=1), remove=False) == []


def _pointing_at(version, pointer):
    """The pointer of another version, so that there is something to build again."""
    fields = {**asdict(pointer), "version": version, "inputs": "", "kept": [version]}
    return json.dumps(fields).encode()


def test_a_full_disk_leaves_yesterdays_warehouse(lake, ad_day, monkeypatch):
    """The new file cannot be made durable: the task fails with the system's own words."""
    lake.write(EVE, ad_daily=[ad_day(report_date=EVE)])
    before = lake.build()
    lake.write(ad_daily=[ad_day()])

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        lake.build(hours=1)
    monkeypatch.undo()
    assert read_pointer(lake.store).version == before
    assert lake.store.keys("warehouse") == [f"warehouse/{before}.duckdb", POINTER]
    assert lake.store.leftovers(datetime.now(UTC) + timedelta(hours=1), remove=False) == []


def test_a_build_killed_before_the_pointer_is_published_by_the_rerun(lake, ad_day, monkeypatch):
    """The file lies there under its name; nobody reads it until the pointer says so."""
    lake.write(EVE, ad_daily=[ad_day(report_date=EVE)])
    before = lake.build()
    lake.write(ad_daily=[ad_day()])
    write = LocalStore.write

    def dies(self, key, data):
        if key == POINTER:
            raise KeyboardInterrupt
        write(self, key, data)

    monkeypatch.setattr(LocalStore, "write", dies)
    with pytest.raises(KeyboardInterrupt):
        lake.build(hours=1)
    monkeypatch.undo()
    assert json.loads(lake.store.read(POINTER))["version"] == before
    assert lake.ask("SELECT count(*) FROM ad_daily") == [(1,)]
    after = lake.build(hours=1)
    assert lake.ask("SELECT count(*) FROM ad_daily") == [(2,)]
    assert lake.store.keys("warehouse") == [
        f"warehouse/{before}.duckdb",
        f"warehouse/{after}.duckdb",
        POINTER,
    ]
