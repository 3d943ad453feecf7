"""The picture files of a landed reading, and the table that lists them."""

from __future__ import annotations

import gzip
import json
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow.compute as pc
import requests

from include.lake import Partition, partitions, read_table, write_partition
from include.landing import Landing, parse_landing, raw_folder, read_landing
from include.quality import check_limits, rows_to_table, write_quality_report, write_quarantine
from include.reading import counted
from include.sources.images import Refresh, fetch_images
from include.sources.replies import Account, Parsed
from include.store import Store

log = logging.getLogger(__name__)

Row = dict[str, Any]

NAME = "creative_images"
NOT_SERVED = "no ad served it in the days read"


def fetch_pictures(
    store: Store,
    account: Account,
    day: date,
    *,
    session: requests.Session,
    hosts: frozenset[str],
    refresh: Refresh | None = None,
) -> dict[str, int]:
    """Fetch the picture files of the ads that ran in this reading; publish `creative_images`.

    A picture that cannot be had is a row with a reason, not a failure. Pictures that no ad
    served in the days read are listed as `waiting`: an account's first reading lists years of
    creatives, of which no number is known yet. What came of each is kept beside the raw
    replies, for `replay`.

    Args:
        refresh: gives fresh links for references whose link was refused; see `fetch_images`.

    Returns:
        rows per status.
    """
    landing = read_landing(store, account, day)
    parsed = parse_landing(store, account, landing)
    known = known_pictures(store, account)
    served = _served(parsed)
    wanted, waiting, settled = [], [], []
    for reference in parsed.rows.get("creative_images", []):
        if reference.get("status"):  # exports bring the files themselves
            settled.append(reference)
        elif reference["creative_id"] in served or reference["source_ref"] in known:
            wanted.append(reference)
        else:
            waiting.append(_waiting(reference))
    del parsed
    fetched = fetch_images(
        wanted, store, session=session, hosts=hosts, known=known, refresh=refresh
    )
    rows = [*settled, *fetched, *waiting]
    kept = json.dumps({"landing": landing.sha256, "rows": rows}, sort_keys=True).encode()
    store.write(_kept_key(account, day), gzip.compress(kept, mtime=0))
    _publish(store, account, landing, rows)
    return dict(Counter(row["status"] for row in rows))


def replay_pictures(store: Store, account: Account, landing: Landing) -> dict[str, dict[str, int]]:
    """Publish `creative_images` again from what came of the files when they were fetched.

    Nothing is published when that was for another landing of the day, or never done.

    Returns:
        per table: read, accepted, quarantined.
    """
    key = _kept_key(account, landing.day)
    kept = json.loads(gzip.decompress(store.read(key))) if store.exists(key) else {}
    if kept.get("landing") != landing.sha256:
        log.warning("%s: no pictures were fetched for this landing; creative_images stays.", key)
        return {}
    return _publish(store, account, landing, kept["rows"])


def _kept_key(account: Account, day: date) -> str:
    return f"{raw_folder(account, day)}/pictures.json.gz"


def _publish(
    store: Store, account: Account, landing: Landing, rows: Sequence[Row]
) -> dict[str, dict[str, int]]:
    from include.expectations import validate

    day = landing.day
    split = rows_to_table(NAME, rows, account=account, landing=landing)
    write_quarantine(store, NAME, account, split, run_id=landing.run_id)
    check_limits(NAME, split, account=account, store=store)
    validate(store, NAME, split.accepted, account=account, day=day)
    partition = Partition(NAME, day, account.platform, account.account_id)
    write_partition(store, partition, split.accepted)
    counts = {NAME: counted(split)}
    write_quality_report(store, account, day, run_id=landing.run_id, counts=counts)
    return counts


def _waiting(reference: Mapping[str, Any]) -> Row:
    row = {name: value for name, value in reference.items() if name != "url"}
    unknown = dict.fromkeys(("picture", "mime", "width", "height", "bytes"))
    preview = bool(reference.get("is_thumbnail"))
    return {**row, **unknown, "is_thumbnail": preview, "status": "waiting", "reason": NOT_SERVED}


def _served(parsed: Parsed) -> set[str]:
    """Creatives of the ads that have a row in the days read."""
    ran = {row["ad_id"] for row in parsed.rows.get("ad_daily", [])}
    for batch in parsed.batches:
        ran.update(pc.unique(batch["ad_id"]).to_pylist())
    ads = parsed.rows.get("ads", [])
    return {ad["creative_id"] for ad in ads if ad["ad_id"] in ran and ad["creative_id"]}


def known_pictures(store: Store, account: Account) -> dict[str, dict[str, Any]]:
    """Rows of earlier readings whose file is stored, by source reference."""
    known: dict[str, dict[str, Any]] = {}
    for partition in partitions(store, NAME):
        if (partition.platform, partition.account_id) != (account.platform, account.account_id):
            continue
        for row in read_table(store, partition.key).to_pylist():
            if row["status"] == "stored" and row["source_ref"]:
                known[row["source_ref"]] = row
    return known
