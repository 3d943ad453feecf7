"""What the runs noted of each account: that it cannot be read, or what was odd in its newest rows.

The notes lie in the store, not in the warehouse: an account that was never read has no rows.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Any

from include.catalogue.rows import ask
from include.store import Store

_STATE = re.compile(r"accounts_state/(?P<platform>[^/]+)/(?P<account_id>[^/]+)\.json")
_NEWEST_RUNS = """
SELECT platform, account_id, table_name, as_of, run_id
FROM quality_runs
JOIN freshness USING (platform, account_id)
WHERE as_of = newest_as_of
QUALIFY row_number() OVER (PARTITION BY platform, account_id, table_name ORDER BY run_id DESC) = 1
ORDER BY platform, account_id, table_name
"""

Place = tuple[str, str]  # platform, account id


@dataclass(frozen=True)
class State:
    """Why an account cannot be read, and since when; `message` is partly the platform's text."""

    kind: str
    message: str
    since: date


@dataclass(frozen=True)
class Odd:
    """What the newest reading of an account was not sure of.

    Args:
        unknown: `entity.field` or `entity.field=VALUE` -> in how many places.
        warnings: rule -> accepted rows that break it.
    """

    unknown: Mapping[str, int]
    warnings: Mapping[str, int]


def states(store: Store) -> dict[Place, State]:
    """Every account that cannot be read."""
    found = {}
    for key in store.keys("accounts_state"):
        match = _STATE.fullmatch(key)
        if match is None:
            continue
        told = json.loads(store.read(key))
        found[match["platform"], match["account_id"]] = State(
            told["kind"], told["message"], date.fromisoformat(told["since"])
        )
    return found


def oddities(store: Store) -> dict[Place, Odd]:
    """What was noted of the newest reading of each account; accounts without notes are left out."""
    runs = ask(store, {"runs": _NEWEST_RUNS}, {})["runs"]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        reports = list(pool.map(lambda run: _report(store, run), runs))
    found: dict[Place, Odd] = {}
    for place in sorted({(run["platform"], run["account_id"]) for run in runs}):
        own = [
            report
            for run, report in zip(runs, reports, strict=True)
            if (run["platform"], run["account_id"]) == place
        ]
        odd = Odd(_added(own, "unknown"), _added(own, "warnings"))
        if odd.unknown or odd.warnings:
            found[place] = odd
    return found


def _report(store: Store, run: Mapping[str, Any]) -> dict[str, Any]:
    """One quality report; empty where maintenance has removed it."""
    try:
        return dict(json.loads(store.read(report_key(run))))
    except FileNotFoundError:
        return {}


def report_key(run: Mapping[str, Any]) -> str:
    """Where `include.quality` keeps the report of one run, account and table."""
    run_id = re.sub(r"[^A-Za-z0-9_=.+@~-]", "-", run["run_id"])
    place = f"platform={run['platform']}/account={run['account_id']}"
    return f"quality/run={run_id}/day={run['as_of']}/{place}/{run['table_name']}.json"


def _added(reports: Sequence[Mapping[str, Any]], key: str) -> dict[str, int]:
    """The counts of all tables together, the most frequent first."""
    total: dict[str, int] = {}
    for name, count in _pairs(reports, key):
        total[name] = total.get(name, 0) + count
    return dict(sorted(total.items(), key=lambda pair: (-pair[1], pair[0])))


def _pairs(reports: Sequence[Mapping[str, Any]], key: str) -> Iterable[tuple[str, int]]:
    for report in reports:
        yield from report.get(key, {}).items()
