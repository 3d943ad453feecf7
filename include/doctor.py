"""What is there, how fresh it is, and what is missing; for `pauta doctor`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from include.config.nodes import load_nodes
from include.lake import compacted_files, latest, partitions, read_compacted
from include.maintenance import newest_reports
from include.store import Store
from include.warehouse import read_pointer

# A week, and some days for a Sunday that failed.
MAINTAINED_WITHIN = timedelta(days=10)
# Beyond this much free space nobody has to look.
ROOM_GB = 10


@dataclass(frozen=True)
class Finding:
    """One fact, and whether somebody should look at it."""

    what: str
    seen: str
    ok: bool


def examine(store: Store) -> list[Finding]:
    """Look at each account's bookmark and reading, the warehouse, the lake, and what follows.

    Raises:
        ConfigurationError: `nodes.yaml` is wrong.
    """
    findings = [Finding("data root", store.root, True), *_room(store)]
    whole = latest(partitions(store, "ad_daily"))
    newest = {(p.platform, p.account_id): p.as_of for p in whole}
    for account in load_nodes().accounts:
        place = (account.platform, account.account_id)
        known = newest.get(place) or _newest_compacted(store, *place)
        findings.append(_account(store, *place, known))
    findings.append(_warehouse(store))
    findings += _maintenance(store, max(newest.values(), default=None))
    for what, prefix, ending in (
        ("described pictures", "descriptions", ".parquet"),
        ("leaderboards", "leaderboards", "leaderboard.parquet"),
        ("sets", "sets", "manifest.json"),
    ):
        count = sum(key.endswith(ending) for key in store.keys(prefix))
        findings.append(Finding(what, f"{count} files", count > 0))
    return findings


def _account(store: Store, platform: str, account_id: str, read: date | None) -> Finding:
    what = f"{platform} {account_id}"
    state = f"accounts_state/{platform}/{account_id}.json"
    if store.exists(state):
        told = json.loads(store.read(state))
        return Finding(what, f"unreadable since {told['since']}: {told['message']}", False)
    if read is None:
        return Finding(what, f"never read: run collect_{platform}", False)
    bookmark = f"bookmarks/{platform}/{account_id}.json"
    if not store.exists(bookmark):
        return Finding(what, f"read {read}, but no bookmark: clear the run", False)
    through = json.loads(store.read(bookmark))["through"]
    return Finding(what, f"complete up to {through}", through == str(read))


def _newest_compacted(store: Store, platform: str, account_id: str) -> date | None:
    """The newest reading of an account that was last read long ago."""
    files = compacted_files(store, "ad_daily", platform, account_id)
    days = (r.as_of for place in files[-2:] for r in read_compacted(store, place.key)[1])
    return max(days, default=None)


def _warehouse(store: Store) -> Finding:
    pointer = read_pointer(store)
    if pointer is None:
        return Finding("warehouse", "none yet: run build_warehouse", False)
    rows = pointer.rows
    seen = f"{pointer.version}: {rows['ad_daily']:,} ad-days of {rows['ads']:,} ads"
    return Finding("warehouse", seen, True)


def _maintenance(store: Store, newest: date | None) -> Iterator[Finding]:
    """What the weekly work found, and whether it is done at all."""
    reports = newest_reports(store)
    if not reports:
        old = len({p.as_of for p in partitions(store, "ad_daily")})
        yield Finding("maintenance", f"never run; {old} days lie whole", old <= 45)
    for work, (day, told) in reports.items():
        late = newest is not None and newest - day > MAINTAINED_WITHIN
        numbers = ", ".join(
            f"{name.replace('_', ' ')} {round(value, 2)}"
            for name, value in told.items()
            if isinstance(value, int | float)
        )
        well = not (late or told.get("broken_files") or told.get("sets_without_manifest"))
        yield Finding(f"maintenance, {work}", f"{day}: {numbers}", well)


def _room(store: Store) -> Iterator[Finding]:
    """Free space, where the store is a folder of this machine."""
    path = Path(store.root)
    if "://" not in store.root and path.is_dir():
        free = shutil.disk_usage(path).free / 1e9
        yield Finding("free space", f"{free:,.0f} GB", free > ROOM_GB)
