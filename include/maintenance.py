"""What the lake needs once a week: merge, let go, look for what nobody wants, check what is there.

Each piece of work leaves `maintenance/<day>/<work>.json`, which `pauta doctor` prints. A dry run
says what it would do, and leaves nothing.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any, Literal

from include.compaction import compact, factor
from include.errors import QualityFailed
from include.lake import readings, told_rows
from include.landing import Landing
from include.store import Store

log = logging.getLogger(__name__)

Work = Literal["compaction", "expiry", "orphans", "checksums"]

# Two restatements of a year against the year before can still be replayed from raw.
KEEP_RAW_DAYS = 400

# Files younger than this may still be on their way into the lake.
SETTLED = timedelta(days=1)

# Every file is read once in so many weeks.
CHECKED_IN_WEEKS = 4

_RAW = re.compile(
    r"raw/(?P<platform>\w+)/(?P<account>\w+)"
    r"/year=(?P<year>\d{4})/month=(?P<month>\d{2})/day=(?P<day>\d{2})/[^/]+"
)
_SET = re.compile(r"sets/(?P<set_id>[a-z0-9_]+-[a-z0-9_]+-\d{4}-\d{2}-\d{2}-[0-9a-f]{8})/.+")
_NAMED = 20


def compact_readings(store: Store, *, day: date, dry_run: bool = False) -> dict[str, Any]:
    """Merge old readings; says what was merged, and how many rows are kept per ad-day."""
    done = compact(store, day=day, dry_run=dry_run)
    told = {
        "merged_readings": sum(each.readings for each in done),
        "rows_before": sum(each.rows_before for each in done),
        "rows_after": sum(each.rows_after for each in done),
        "merged": [asdict(each) for each in done],
        "rows_per_ad_day": None if dry_run else factor(store),
    }
    return _kept(store, "compaction", day, told, dry_run=dry_run)


def expire_raw(
    store: Store, *, day: date, keep_days: int = KEEP_RAW_DAYS, dry_run: bool = False
) -> dict[str, Any]:
    """Delete raw replies of readings older than `keep_days` that lie in the lake.

    A reading that never came into the lake keeps its raw replies: they are all there is of it.

    Raises:
        ValueError: `keep_days` is less than 35; replies of open windows are needed.
    """
    if keep_days < 35:
        raise ValueError(f"keep_days is {keep_days}, expected 35 or more.")
    old: dict[tuple[str, str, date], list[str]] = {}
    for key in store.keys("raw"):
        match = _RAW.fullmatch(key)
        if match is None:
            continue
        as_of = date(int(match["year"]), int(match["month"]), int(match["day"]))
        if as_of < day - timedelta(days=keep_days):
            old.setdefault((match["platform"], match["account"], as_of), []).append(key)
    there = set()
    if old:
        there = {(r.platform, r.account_id, r.as_of) for r in readings(store, "ad_daily")}
    expired = {place: keys for place, keys in old.items() if place in there}
    for keys in expired.values() if not dry_run else ():
        # Without its record nobody replays a reading of which half is gone.
        for key in sorted(keys, key=lambda key: not key.endswith("/landing.json")):
            store.delete(key)
    told = {
        "kept_days": keep_days,
        "expired_readings": len(expired),
        "expired_files": sum(map(len, expired.values())),
        "kept_because_not_in_the_lake": len(old) - len(expired),
    }
    return _kept(store, "expiry", day, told, dry_run=dry_run)


def search_orphans(
    store: Store, *, day: date, now: datetime, dry_run: bool = False
) -> dict[str, Any]:
    """Find pictures that no creative lists and sets without manifest; remove half-written files.

    Pictures and sets are told and left: a set may be gone on with, a picture may be wanted.
    """
    before = now - SETTLED
    found = store.listing("images/sha256")
    pictures = {item.key.rpartition("/")[2].partition(".")[0]: item for item in found}
    listed = _listed_pictures(store) if pictures else set()
    unlisted = [
        item.key
        for picture, item in sorted(pictures.items())
        if picture not in listed and item.written_at < before
    ]
    finished, begun = set(), {}
    for item in store.listing("sets"):
        match = _SET.fullmatch(item.key)
        if match is None:
            continue
        if item.key.endswith("/manifest.json"):
            finished.add(match["set_id"])
        elif item.written_at < before:
            begun[match["set_id"]] = item
    unfinished = sorted(set(begun) - finished)
    left = store.leftovers(before, remove=not dry_run)
    told = {
        "pictures_nobody_lists": len(unlisted),
        "sets_without_manifest": len(unfinished),
        "half_written_files": len(left),
        "examples": [*unlisted[:_NAMED], *unfinished[:_NAMED], *left[:_NAMED]],
    }
    return _kept(store, "orphans", day, told, dry_run=dry_run)


def verify_checksums(store: Store, *, day: date, dry_run: bool = False) -> dict[str, Any]:
    """Read a quarter of the raw replies and pictures, and hold them to their sha256.

    The quarters take turns by week, so that everything is read once in four weeks.

    Raises:
        QualityFailed: a file is gone or has other bytes; the message names the first.
    """
    turn = day.toordinal() // 7 % CHECKED_IN_WEEKS
    checked, broken = 0, []
    for number, (key, sha256) in enumerate(_named_sums(store)):
        if number % CHECKED_IN_WEEKS != turn:
            continue
        checked += 1
        try:
            seen = hashlib.sha256(store.read(key)).hexdigest()
        except FileNotFoundError:
            seen = "gone"
        if seen != sha256:
            broken.append({"key": key, "seen": seen, "expected": sha256})
    told = {"checked_files": checked, "broken_files": len(broken), "broken": broken[:_NAMED]}
    _kept(store, "checksums", day, told, dry_run=dry_run)
    if broken:
        first = broken[0]
        raise QualityFailed(
            f"maintenance: {first['key']} has sha256 {first['seen'][:12]}, expected "
            f"{first['expected'][:12]} ({len(broken)} of {checked} files). Restore it from a "
            "backup, or collect the day again; what was made of it stands."
        )
    return told


def newest_reports(store: Store) -> dict[str, tuple[date, dict[str, Any]]]:
    """The newest report of each piece of work, and its day."""
    newest = {}
    for key in store.keys("maintenance"):  # sorted, so the newest of each comes last
        _, day, name = key.split("/")
        newest[name.removesuffix(".json")] = (date.fromisoformat(day), key)
    return {work: (day, json.loads(store.read(key))) for work, (day, key) in sorted(newest.items())}


def _kept(
    store: Store, work: Work, day: date, told: dict[str, Any], *, dry_run: bool
) -> dict[str, Any]:
    log.info("%s%s: %s", "Dry run of " if dry_run else "", work, told)
    if not dry_run:
        data = json.dumps(told, sort_keys=True, indent=1).encode()
        store.write(f"maintenance/{day.isoformat()}/{work}.json", data)
    return told


def _listed_pictures(store: Store) -> set[str]:
    """Every picture that a creative ever showed."""
    found: set[str] = set()
    accounts = {(r.platform, r.account_id) for r in readings(store, "creative_images")}
    for platform, account_id in sorted(accounts):
        for rows in told_rows(store, "creative_images", platform, account_id):
            found.update(filter(None, rows["picture"].unique().to_pylist()))
    return found


def _named_sums(store: Store) -> Iterator[tuple[str, str]]:
    """Every file whose sha256 is written down somewhere, by key."""
    for key in store.keys("raw"):
        if key.endswith("/landing.json"):
            yield from sorted(Landing.of_json(store.read(key)).files.items())
    for key in store.keys("images/sha256"):
        yield key, key.rpartition("/")[2].partition(".")[0]
