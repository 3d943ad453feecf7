"""One account and one day, from the platform to the lake.

Four steps, each of which may be killed and run again: land the raw replies, load them into
checked partitions, fetch new pictures, move the bookmark. What a step reads, the step before
it has written whole. `replay` does the middle two from what is stored.
"""

from __future__ import annotations

import json
from datetime import date

from include.errors import AccountUnreadable, QualityFailed
from include.lake import Partition
from include.landing import (
    Client,
    Landing,
    land_raw,
    parse_landing,
    raw_folder,
    read_landing,
    window_of,
)
from include.picture_files import fetch_pictures, replay_pictures
from include.reading import is_final, load_reading
from include.sources.replies import Account
from include.store import Store
from include.tables import TABLES

__all__ = [
    "Client",
    "Landing",
    "fetch_pictures",
    "is_final",
    "land_raw",
    "load_reading",
    "move_bookmark",
    "note_unreadable",
    "parse_landing",
    "raw_folder",
    "read_landing",
    "replay",
    "window_of",
]


def replay(store: Store, account: Account, day: date) -> dict[str, dict[str, int]]:
    """Rebuild a reading's partitions from what was landed, byte for byte, without the network.

    `creative_images` is rebuilt when its pictures were fetched for this landing.

    Returns:
        per table: read, accepted, quarantined.

    Raises:
        FileNotFoundError: the account was not landed that day.
        QualityFailed: as `load_reading`.
    """
    counts = load_reading(store, account, day)
    return counts | replay_pictures(store, account, read_landing(store, account, day))


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
    key = _bookmark_key(account)
    through = day
    if store.exists(key):
        through = max(day, date.fromisoformat(json.loads(store.read(key))["through"]))
    store.write(key, json.dumps({"through": through.isoformat()}).encode())
    store.delete(_state_key(account))
    return through


def note_unreadable(store: Store, account: Account, error: AccountUnreadable, day: date) -> bool:
    """Keep that an account cannot be read, and say whether that is news.

    The state lies at `accounts_state/<platform>/<account>.json` until the account is read again.

    Returns:
        True when the account was read before and this is the first day it cannot be, also when
        that day is tried again.
    """
    key = _state_key(account)
    since = day
    if store.exists(key):
        since = date.fromisoformat(json.loads(store.read(key))["since"])
    state = {
        "kind": error.kind,
        "message": str(error),
        "since": since.isoformat(),
        "day": day.isoformat(),
    }
    store.write(key, json.dumps(state, sort_keys=True).encode())
    return since == day and store.exists(_bookmark_key(account))


def _state_key(account: Account) -> str:
    return f"accounts_state/{account.platform}/{account.account_id}.json"


def _bookmark_key(account: Account) -> str:
    return f"bookmarks/{account.platform}/{account.account_id}.json"
