"""One account and one day, from the platform to the lake.

Four steps, each of which may be killed and run again: land the raw replies, load them
into checked partitions, fetch new pictures, move the bookmark. What a step reads, the
step before it has written whole.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib import import_module
from typing import Any, Protocol, cast

import requests

from include.errors import QualityFailed
from include.lake import Partition, partitions, read_table, write_partition
from include.quality import (
    Split,
    check_limits,
    rows_to_table,
    write_quality_report,
    write_quarantine,
)
from include.sources.images import fetch_images
from include.sources.replies import Account, Parsed, Reply, Window, dump_replies, load_replies
from include.store import Store
from include.tables import RESTATEMENT_DAYS, TABLES

log = logging.getLogger(__name__)

# creative_images waits for the files themselves; the others are ready when the replies are.
NOT_SERVED = "no ad served it in the days read"
LISTED = ("accounts", "campaigns", "ad_sets", "ads", "creatives", "ad_daily")


class Client(Protocol):
    """What every platform's client can do; see `include/sources/`."""

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
        """Canonical JSON; its sha256 names the reading in every row's `raw_sha256`."""
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
    """
    folder = raw_folder(account, day)
    window = window_of(account, day, window_days=window_days)
    if store.exists(f"{folder}/landing.json"):
        earlier = Landing.of_json(store.read(f"{folder}/landing.json"))
        window = Window(min(window.since, earlier.since), day)
    by_entity: dict[str, list[Reply]] = defaultdict(list)
    for reply in client.fetch(account, window, now=now):
        by_entity[reply.entity].append(reply)
    files = {}
    for entity in sorted(by_entity):
        data = dump_replies(by_entity[entity])
        key = f"{folder}/{entity}.jsonl.gz"
        store.write(key, data)
        files[key] = hashlib.sha256(data).hexdigest()
    landing = Landing(account.platform, account.account_id, day, window.since, run_id, now, files)
    store.write(f"{folder}/landing.json", landing.to_json())
    log.info(
        "%s %s %s: %d replies in %d files, days %s to %s.",
        account.platform,
        account.account_id,
        day,
        sum(map(len, by_entity.values())),
        len(files),
        window.since,
        window.until,
    )
    return landing


def read_landing(store: Store, account: Account, day: date) -> Landing:
    """The landing record of a reading.

    Raises:
        FileNotFoundError: the account was not landed that day.
        QualityFailed: a raw file is missing or no longer has the bytes that were landed.
    """
    landing = Landing.of_json(store.read(f"{raw_folder(account, day)}/landing.json"))
    for key, sha256 in landing.files.items():
        if hashlib.sha256(store.read(key)).hexdigest() != sha256:
            raise QualityFailed(
                f"{key}: the bytes are not those that were landed (sha256 {sha256[:12]}…). "
                "Collect the day again."
            )
    return landing


def parse_landing(store: Store, account: Account, landing: Landing) -> Parsed:
    """The rows of a landed reading, without the network."""
    parser = import_module(f"include.sources.{account.platform}")
    replies: Iterable[Reply] = (
        reply for key in sorted(landing.files) for reply in load_replies(store.read(key))
    )
    return cast(Parsed, parser.parse(replies, account))


def load_reading(store: Store, account: Account, day: date) -> dict[str, dict[str, int]]:
    """Check a landed reading and publish its partitions; bad rows go to quarantine.

    Returns:
        per table: read, accepted, quarantined.

    Raises:
        QualityFailed: too many rows were set aside, or a check of the whole partition
            failed; the partitions published before stay as they were.
    """
    from include.expectations import validate

    landing = read_landing(store, account, day)
    parsed = parse_landing(store, account, landing)
    splits = {name: _split(name, parsed, account, landing) for name in LISTED}
    for name, count in sorted(parsed.unknown.items()):
        log.warning("%s: unknown %s in %d places; kept in raw.", account.platform, name, count)
    for name, split in splits.items():
        write_quarantine(store, name, account, split, run_id=landing.run_id)
        check_limits(name, split, account=account, store=store)
        if name in {"ad_daily", "ads"}:
            validate(store, name, split.accepted, account=account, day=day)
    # Dimensions first: whoever sees a number can then always look up its ad.
    for name in LISTED:
        write_partition(
            store, Partition(name, day, account.platform, account.account_id), splits[name].accepted
        )
    return _report(store, account, landing, splits)


def fetch_pictures(
    store: Store,
    account: Account,
    day: date,
    *,
    session: requests.Session,
    hosts: frozenset[str],
) -> dict[str, int]:
    """Fetch the picture files of the ads that ran in this reading; publish `creative_images`.

    A picture that cannot be had is a row with a reason, not a failure. Pictures that no ad
    served in the days read are listed as `waiting`: an account's first reading lists years of
    creatives, of which no number is known yet.

    Returns:
        rows per status.
    """
    from include.expectations import validate

    landing = read_landing(store, account, day)
    parsed = parse_landing(store, account, landing)
    known = known_pictures(store, account)
    served = _served(parsed)
    wanted, waiting = [], []
    for reference in parsed.rows.get("creative_images", []):
        if reference["creative_id"] in served or reference["source_ref"] in known:
            wanted.append(reference)
        else:
            waiting.append({**reference, "status": "waiting", "reason": NOT_SERVED})
    fetched = fetch_images(wanted, store, session=session, hosts=hosts, known=known)
    rows = [*fetched, *waiting]
    split = rows_to_table("creative_images", rows, account=account, landing=landing)
    write_quarantine(store, "creative_images", account, split, run_id=landing.run_id)
    check_limits("creative_images", split, account=account, store=store)
    validate(store, "creative_images", split.accepted, account=account, day=day)
    partition = Partition("creative_images", day, account.platform, account.account_id)
    write_partition(store, partition, split.accepted)
    _report(store, account, landing, {"creative_images": split})
    return dict(Counter(row["status"] for row in split.accepted.select(["status"]).to_pylist()))


def _served(parsed: Parsed) -> set[str]:
    """Creatives of the ads that have a row in the days read."""
    ran = {row["ad_id"] for row in parsed.rows.get("ad_daily", [])}
    ads = parsed.rows.get("ads", [])
    return {ad["creative_id"] for ad in ads if ad["ad_id"] in ran and ad["creative_id"]}


def known_pictures(store: Store, account: Account) -> dict[str, dict[str, Any]]:
    """Rows of earlier readings whose file is stored, by source reference."""
    known: dict[str, dict[str, Any]] = {}
    for partition in partitions(store, "creative_images"):
        if (partition.platform, partition.account_id) != (account.platform, account.account_id):
            continue
        for row in read_table(store, partition.key).to_pylist():
            if row["status"] == "stored" and row["source_ref"]:
                known[row["source_ref"]] = row
    return known


def move_bookmark(store: Store, account: Account, day: date) -> date:
    """Say that the account is read up to `day`, once everything that says so is durable.

    Returns:
        the day the bookmark stands on; an older day that is repaired does not move it back.

    Raises:
        QualityFailed: a partition of the reading is missing.
    """
    missing = [
        key
        for key in (
            Partition(name, day, account.platform, account.account_id).key for name in TABLES
        )
        if not store.exists(key)
    ]
    if missing:
        raise QualityFailed(
            f"{account.platform} {account.account_id} {day}: {missing[0]} is not there "
            f"({len(missing)} missing). Run the failed step of this account again."
        )
    key = f"bookmarks/{account.platform}/{account.account_id}.json"
    through = day
    if store.exists(key):
        through = max(day, date.fromisoformat(json.loads(store.read(key))["through"]))
    store.write(key, json.dumps({"through": through.isoformat()}).encode())
    return through


def is_final(platform: str, report_date: object, day: date) -> bool:
    """Whether the platform no longer changes a report day, seen from the day of reading.

    False for what is no date: such a row is on its way to quarantine.
    """
    if not isinstance(report_date, date):
        return False
    return (day - report_date).days > RESTATEMENT_DAYS[platform]


def _split(name: str, parsed: Parsed, account: Account, landing: Landing) -> Split:
    rows = parsed.rows.get(name, [])
    if name == "ad_daily":
        raw_sha256 = hashlib.sha256(landing.to_json()).hexdigest()
        rows = [
            {
                **row,
                "is_final": is_final(account.platform, row.get("report_date"), landing.day),
                "run_id": landing.run_id,
                "fetched_at": landing.fetched_at,
                "raw_sha256": raw_sha256,
            }
            for row in rows
        ]
    return rows_to_table(name, rows, account=account, landing=landing)


def _report(
    store: Store, account: Account, landing: Landing, splits: dict[str, Split]
) -> dict[str, dict[str, int]]:
    counts = {
        name: {
            "read": split.accepted.num_rows + split.quarantined.num_rows,
            "accepted": split.accepted.num_rows,
            "quarantined": split.quarantined.num_rows,
        }
        for name, split in splits.items()
    }
    write_quality_report(store, account, landing.day, run_id=landing.run_id, counts=counts)
    return counts
