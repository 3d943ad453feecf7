"""What the kill test runs in a process of its own: `python killed_work.py collect|generate …`."""

import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import requests

from include.store import LocalStore

DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def collect(store: LocalStore, base_url: str) -> None:
    """One Meta account, all four steps of the DAG."""
    from include.collect import fetch_pictures, land_raw, load_reading, move_bookmark
    from include.config.nodes import load_nodes
    from include.sandbox.credentials import META_TOKEN
    from include.sources.meta import Client

    account = load_nodes().account("meta", "1010000000000001")
    client = Client(host=f"{base_url}/meta", access_token=META_TOKEN)
    land_raw(store, client, account, DAY, run_id="run", now=NOW, window_days=7)
    load_reading(store, account, DAY)
    hosts = frozenset({base_url.removeprefix("http://")})
    with requests.Session() as session:
        fetch_pictures(store, account, DAY, session=session, hosts=hosts)
    move_bookmark(store, account, DAY)


def generate(store: LocalStore) -> None:
    """The plans that lie in the store, made into sets."""
    from include.generate import make_sets, read_plans

    for key in store.keys("plans"):
        make_sets(store, read_plans(store, key))


if __name__ == "__main__":
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    work, folder = sys.argv[1], LocalStore(Path(sys.argv[2]))
    if work == "collect":
        collect(folder, sys.argv[3])
    else:
        generate(folder)
