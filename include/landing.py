"""The replies of one account and day, kept as they came, and the record that lists them.

A reading goes reply by reply from the network to the disk and from the disk to the parser, so
that a year takes no more memory than a day. A reading that a limit or an outage ends keeps
what was answered; the next try of the same moment asks only for the rest.
"""

from __future__ import annotations

import gc
import hashlib
import json
import logging
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from include.errors import QualityFailed, RateLimited, SourceUnavailable
from include.sources.memory import Memory
from include.sources.replies import Account, Parsed, RawWriter, Reply, Window, read_replies
from include.store import Store

log = logging.getLogger(__name__)

WRITERS = 4  # raw files that are put into the store at once


class Client(Protocol):
    """What every platform's client can do; see `include/sources/`.

    `memory` is what an earlier try of the same reading was answered.
    """

    memory: Memory | None

    def fetch(self, account: Account, window: Window, *, now: datetime) -> Iterator[Reply]:
        """All entities of the account, and the numbers of the window."""


@dataclass(frozen=True)
class Landing:
    """The record of one landed reading: which raw files belong to it, and what they cover."""

    platform: str
    account_id: str
    day: date
    since: date
    run_id: str
    fetched_at: datetime
    files: dict[str, str]  # key of a raw file -> sha256 of its bytes

    def to_json(self) -> bytes:
        """Canonical JSON: the same landing, the same bytes."""
        fields = {
            "platform": self.platform,
            "account_id": self.account_id,
            "day": self.day.isoformat(),
            "since": self.since.isoformat(),
            "run_id": self.run_id,
            "fetched_at": self.fetched_at.isoformat(),
            "files": self.files,
        }
        return json.dumps(fields, sort_keys=True, indent=1).encode()

    @property
    def sha256(self) -> str:
        """What names the reading in every row's `raw_sha256`."""
        return hashlib.sha256(self.to_json()).hexdigest()

    @classmethod
    def of_json(cls, data: bytes) -> Landing:
        """Undo `to_json`."""
        fields = json.loads(data)
        return cls(
            platform=fields["platform"],
            account_id=fields["account_id"],
            day=date.fromisoformat(fields["day"]),
            since=date.fromisoformat(fields["since"]),
            run_id=fields["run_id"],
            fetched_at=datetime.fromisoformat(fields["fetched_at"]),
            files=fields["files"],
        )


def raw_folder(account: Account, day: date) -> str:
    """`raw/meta/101/year=2026/month=11/day=20`."""
    return f"raw/{account.platform}/{account.account_id}/year={day:%Y}/month={day:%m}/day={day:%d}"


def window_of(account: Account, day: date, *, window_days: int | None = None) -> Window:
    """The report days to read so that `day` is the last: the account's lookback unless told."""
    if window_days is None:
        window_days = account.lookback_days
    if window_days < 1:
        raise ValueError(f"{account.platform} {account.account_id}: window_days must be 1 or more.")
    return Window(day - timedelta(days=window_days - 1), day)


def land_raw(
    store: Store,
    client: Client,
    account: Account,
    day: date,
    *,
    run_id: str,
    now: datetime,
    window_days: int | None = None,
) -> Landing:
    """Read the account and keep the replies as they came; the landing record is written last.

    A reading that is already there is replaced, but never by a narrower window: a
    one-day repair of a 28-day reading reads the 28 days again.

    Raises:
        RateLimited, SourceUnavailable: what was answered until then is kept for the next try
            with the same `now`; the reading that was there stands.
    """
    folder = raw_folder(account, day)
    window = window_of(account, day, window_days=window_days)
    if store.exists(f"{folder}/landing.json"):
        earlier = Landing.of_json(store.read(f"{folder}/landing.json"))
        window = Window(min(window.since, earlier.since), day)
    unfinished = _Unfinished(store, f"{folder}/unfinished", window, now)
    client.memory = unfinished.memory()
    with tempfile.TemporaryDirectory(prefix="pauta-raw-") as place:
        spool = _Spool(Path(place))
        try:
            with spool:
                for reply in client.fetch(account, window, now=now):
                    spool.add(reply)
        except (RateLimited, SourceUnavailable):
            unfinished.keep(client.memory)
            raise
        paths = {f"{folder}/{name}.jsonl.gz": path for name, path in sorted(spool.paths.items())}
        # Each waits until it is durable; together they wait once.
        with ThreadPoolExecutor(WRITERS, thread_name_prefix="raw") as pool:
            list(pool.map(store.write_file, paths, paths.values()))
        files = {key: _sha256(path) for key, path in paths.items()}
    landing = Landing(account.platform, account.account_id, day, window.since, run_id, now, files)
    store.write(f"{folder}/landing.json", landing.to_json())
    for key in store.keys(folder):
        if key.endswith(".jsonl.gz") and key not in files:
            store.delete(key)  # of an entity that the reading replaced had and this has not
    unfinished.drop()
    log.info(
        "%s %s %s: %d replies in %d files, days %s to %s.",
        account.platform,
        account.account_id,
        day,
        spool.replies.total(),
        len(files),
        window.since,
        window.until,
    )
    return landing


def read_landing(store: Store, account: Account, day: date) -> Landing:
    """The landing record of a reading.

    Raises:
        FileNotFoundError: the account was not landed that day.
    """
    return Landing.of_json(store.read(f"{raw_folder(account, day)}/landing.json"))


def parse_landing(store: Store, account: Account, landing: Landing) -> Parsed:
    """The rows of a landed reading, without the network.

    Raises:
        QualityFailed: a raw file is missing or no longer has the bytes that were landed.
    """
    parser = import_module(f"include.sources.{_source_of(landing)}")
    with tempfile.TemporaryDirectory(prefix="pauta-raw-") as place:
        paths = [
            _landed_file(store, key, landing.files[key], Path(place))
            for key in sorted(landing.files)
        ]
        with _no_collector():
            return cast(Parsed, parser.parse(_replies_in(paths), account))


@contextmanager
def _no_collector() -> Iterator[None]:
    """Without Python's collector: JSON holds no cycles, and walking it took half of the time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _source_of(landing: Landing) -> str:
    """What wrote the raw files: a platform's client, or the exports that a person made."""
    by_hand = any(key.endswith("/export_files.jsonl.gz") for key in landing.files)
    return "exports" if by_hand else landing.platform


def _landed_file(store: Store, key: str, sha256: str, folder: Path) -> Path:
    try:
        path = store.local_copy(key, folder)
    except FileNotFoundError as error:
        raise QualityFailed(
            f"{key}: the raw file is gone; the landing record lists it. Collect the day again."
        ) from error
    if _sha256(path) != sha256:
        raise QualityFailed(
            f"{key}: the bytes are not those that were landed (sha256 {sha256[:12]}…). "
            "Collect the day again."
        )
    return path


def _replies_in(paths: list[Path]) -> Iterator[Reply]:
    for path in paths:
        with path.open("rb") as source:
            yield from read_replies(source)


class _Spool:
    """One growing file per entity in a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.paths: dict[str, Path] = {}
        self.replies: Counter[str] = Counter()
        self._writers: dict[str, RawWriter] = {}
        self._open = ExitStack()

    def __enter__(self) -> _Spool:
        return self

    def __exit__(self, *_: object) -> None:
        for writer in self._writers.values():
            writer.close()
        self._open.close()

    def add(self, reply: Reply) -> None:
        if reply.entity not in self._writers:
            path = self.folder / f"{len(self.paths)}.jsonl.gz"
            out = self._open.enter_context(path.open("wb"))
            self.paths[reply.entity] = path
            self._writers[reply.entity] = RawWriter(out)
        self._writers[reply.entity].add(reply)
        self.replies[reply.entity] += 1


class _Unfinished:
    """What an interrupted reading was answered, beside the raw files until it is landed.

    It serves only tries of the same reading, which give their replies the same `fetched_at`:
    answers of yesterday would be old numbers with today's date.
    """

    def __init__(self, store: Store, key: str, window: Window, now: datetime) -> None:
        self._store = store
        self._key = key
        days = f"{window.since} {window.until}"
        self._head = f"read {days} at {now.isoformat()}\n".encode()

    def memory(self) -> Memory:
        """What was kept, or a new memory when nothing was, or another reading's."""
        try:
            data = self._store.read(self._key)
        except FileNotFoundError:
            return Memory()
        if not data.startswith(self._head):
            return Memory()
        return Memory.load(data[len(self._head) :])

    def keep(self, memory: Memory | None) -> None:
        if memory:
            self._store.write(self._key, self._head + memory.dump())
            log.info("%s: %d answers are kept for the next try.", self._key, len(memory))

    def drop(self) -> None:
        self._store.delete(self._key)


def _sha256(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
