"""What is there, how fresh it is, and what is missing; for `pauta doctor`."""

from __future__ import annotations

import json
from dataclasses import dataclass

from include.config.nodes import load_nodes
from include.lake import latest, partitions
from include.store import Store


@dataclass(frozen=True)
class Finding:
    """One fact, and whether somebody should look at it."""

    what: str
    seen: str
    ok: bool


def examine(store: Store) -> list[Finding]:
    """Look at each account's bookmark and reading, the warehouse, leaderboards and sets.

    Raises:
        ConfigurationError: `nodes.yaml` is wrong.
    """
    findings = [Finding("data root", store.root, True)]
    newest = {(p.platform, p.account_id): p.as_of for p in latest(partitions(store, "ad_daily"))}
    for account in load_nodes().accounts:
        what = f"{account.platform} {account.account_id}"
        key = f"bookmarks/{account.platform}/{account.account_id}.json"
        read = newest.get((account.platform, account.account_id))
        if read is None:
            findings.append(Finding(what, f"never read: run collect_{account.platform}", False))
        elif not store.exists(key):
            findings.append(Finding(what, f"read {read}, but no bookmark: clear the run", False))
        else:
            through = json.loads(store.read(key))["through"]
            findings.append(Finding(what, f"complete up to {through}", through == str(read)))
    pointer = "warehouse/current.json"
    if store.exists(pointer):
        findings.append(Finding("warehouse", json.loads(store.read(pointer))["version"], True))
    else:
        findings.append(Finding("warehouse", "none yet: run build_warehouse", False))
    for what, prefix, ending in (
        ("described pictures", "descriptions", ".parquet"),
        ("leaderboards", "leaderboards", "leaderboard.parquet"),
        ("sets", "sets", "manifest.json"),
    ):
        count = sum(key.endswith(ending) for key in store.keys(prefix))
        findings.append(Finding(what, f"{count} files", count > 0))
    return findings
