"""The real path over a sandbox with faults: four steps into a store of its own."""

import logging
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import requests
from starlette.types import ASGIApp, Receive, Scope, Send

from include import errors
from include.collect import fetch_pictures, land_raw, load_reading, move_bookmark
from include.config.nodes import load_nodes
from include.lake import read_table
from include.sandbox.faults import Fault, Faults
from include.sandbox.loopback import served
from include.sandbox.server import create_app
from include.sandbox.world import World
from include.store import LocalStore
from include.tables import LINEAGE, TABLES
from tests.faults.case import (
    ERRORS,
    Case,
    Setting,
)
from tests.faults.platforms import ACCOUNTS, client_for

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = date(2026, 11, 20)
RUN_ID = "run"
FAILURES = tuple(getattr(errors, name) for name in sorted(ERRORS))
Row = dict[str, Any]
Tables = dict[str, list[Row]]


class Switch:
    """An ASGI application in whose place another can be put; the address stays the same."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)


@dataclass
class Ending:
    """What came of one run.

    `alike` is the undisturbed run when all faults had struck and each landed byte was the
    same: the steps after it then have nothing to tell this run from that one, and are left out.
    """

    store: LocalStore
    error: Exception | None
    log: list[str]
    faults: Faults
    alike: "Ending | None" = None

    @cached_property
    def tables(self) -> Tables:
        """The published rows, without what names the run; ordered by key."""
        if self.alike is not None:
            return self.alike.tables
        found = {}
        for name in TABLES:
            keys = self.store.keys(f"lake/{name}")
            if keys:
                found[name] = [row for key in keys for row in _rows(self.store, key, name)]
        return found

    @cached_property
    def raw(self) -> dict[str, bytes]:
        """The raw files of the entities."""
        keys = [key for key in self.store.keys("raw") if key.endswith(".jsonl.gz")]
        return {key: self.store.read(key) for key in keys}

    @property
    def quarantined(self) -> dict[str, list[Row]]:
        """Rows set aside, by table."""
        if self.alike is not None:
            return self.alike.quarantined
        found: dict[str, list[Row]] = {}
        for key in self.store.keys("quarantine"):
            name = key.split("/")[1]
            found.setdefault(name, []).extend(read_table(self.store, key).to_pylist())
        return found

    @property
    def said(self) -> str:
        """Warnings, and the quality reports."""
        reports = (self.store.read(key).decode() for key in self.store.keys("quality"))
        return "\n".join([*self.log, *reports])


@dataclass
class Stage:
    """A sandbox whose state is new for each run, and the runs without faults, kept."""

    world: World
    base_url: str
    switch: Switch
    folder: Path
    _undisturbed: dict[tuple[str, int], Ending] = field(default_factory=dict)

    def setting(self, platform: str, days: int) -> Setting:
        """Where a case of this platform happens."""
        return Setting(
            platform=platform,
            account=load_nodes().account(platform, ACCOUNTS[platform]),
            world=self.world,
            since=DAY - timedelta(days=days - 1),
            day=DAY,
            now=NOW,
            base_url=self.base_url,
        )

    def undisturbed(self, platform: str, days: int) -> Ending:
        """The run that the others are held against."""
        if (platform, days) not in self._undisturbed:
            ending = self.run(self.setting(platform, days), (), {}, self._new_store(), None)
            assert ending.error is None, f"without faults: {ending.error!r}"
            assert ending.tables["ad_daily"], f"{platform}: no rows in {days} days"
            self._undisturbed[platform, days] = ending
        return self._undisturbed[platform, days]

    def disturbed(self, case: Case, setting: Setting) -> Ending:
        """The run in which the case's faults strike."""
        expected = self.undisturbed(setting.platform, case.days)
        faults, changes = case.set_in(setting), dict(case.client)
        return self.run(setting, faults, changes, self._new_store(), expected)

    def run(
        self,
        setting: Setting,
        given: Sequence[Fault],
        client_changes: dict[str, Any],
        store: LocalStore,
        expected: Ending | None,
    ) -> Ending:
        """All four steps into `store`, up to the first error; see `Ending.alike`."""
        faults = Faults(*given)
        self.switch.app = create_app(
            self.world, lambda: NOW, cache_dir=self.folder / "drawn", faults=faults
        )
        account = setting.account
        days = (setting.day - setting.since).days + 1
        error = None
        with _logged() as log, requests.Session() as session:
            try:
                client = client_for(setting.platform, self.base_url, client_changes)
                land_raw(store, client, account, DAY, run_id=RUN_ID, now=NOW, window_days=days)
                landed = Ending(store, None, log, faults, alike=expected)
                if expected and all(faults.struck.values()) and landed.raw == expected.raw:
                    return landed
                load_reading(store, account, DAY)
                fetch_pictures(
                    store,
                    account,
                    DAY,
                    session=session,
                    hosts=frozenset({self.base_url.removeprefix("http://")}),
                    refresh=lambda refs: client.refresh_images(account, refs),
                )
                move_bookmark(store, account, DAY)
            except FAILURES as failure:
                error = failure
        return Ending(store, error, log, faults)

    def _new_store(self) -> LocalStore:
        return LocalStore(Path(tempfile.mkdtemp(dir=self.folder)))


@contextmanager
def stage(folder: Path, world: World) -> Iterator[Stage]:
    """A sandbox over this world."""
    switch = Switch()
    with served(switch) as base_url:
        yield Stage(world, base_url, switch, folder)


def _rows(store: LocalStore, key: str, name: str) -> list[Row]:
    rows = read_table(store, key).to_pylist()
    kept = [
        {column: value for column, value in row.items() if column not in {*LINEAGE} - {"is_final"}}
        for row in rows
    ]
    return sorted(kept, key=lambda row: key_of(name, row))


def key_of(name: str, row: Row) -> tuple[str, ...]:
    return tuple(str(row[column]) for column in TABLES[name].key)


@contextmanager
def _logged() -> Iterator[list[str]]:
    """What is logged as information or worse, as Airflow would show it."""
    lines: list[str] = []

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler, root = Lines(logging.INFO), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
