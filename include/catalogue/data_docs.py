"""Great Expectations' pages for readers: which there are, and one of them.

No part of an address becomes part of a key: platform, account and table are looked up among
the known ones, and the day is read as a date.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date

from include.catalogue.rows import ask
from include.config.nodes import Nodes
from include.store import Store
from include.tables import TABLES
from include.warehouse.judging import FOLDER

INDEX = "index"

_ACCOUNTS = "SELECT platform, account_id FROM freshness"

Place = tuple[str, str]  # platform, account id


def with_pages(store: Store, accounts: Iterable[Place]) -> set[Place]:
    """Of these accounts, those that have pages."""
    asked = list(accounts)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        there = pool.map(store.exists, [f"{_folder(place)}/{INDEX}.html" for place in asked])
        return {place for place, exists in zip(asked, there, strict=True) if exists}


def is_warehouse_judged(store: Store) -> bool:
    """Whether the warehouse has pages of its own."""
    return store.exists(f"{FOLDER}/{INDEX}.html")


def index_page(store: Store, nodes: Nodes, platform: str, account_id: str) -> bytes:
    """The list of an account's pages.

    Raises:
        FileNotFoundError: there is no such account, or it has no pages.
    """
    return store.read(f"{_folder(_known(store, nodes, platform, account_id))}/{INDEX}.html")


def result_page(
    store: Store, nodes: Nodes, platform: str, account_id: str, *, day: str, table: str
) -> bytes:
    """What was checked of one table of one reading.

    Raises:
        FileNotFoundError: there is no such page.
    """
    folder = _folder(_known(store, nodes, platform, account_id))
    names = {name: name for name in TABLES}
    try:
        return store.read(f"{folder}/{date.fromisoformat(day)}/{names[table]}.html")
    except (KeyError, ValueError) as error:
        raise FileNotFoundError(f"no Data Docs of {table!r} on {day!r}.") from error


def warehouse_page(store: Store, name: str) -> bytes:
    """What was found in one table of the warehouse, or the list of those pages.

    Raises:
        FileNotFoundError: there is no such page.
    """
    known = {key.removeprefix(f"{FOLDER}/"): key for key in store.keys(FOLDER)}
    try:
        return store.read(known[f"{name}.html"])
    except KeyError as error:
        raise FileNotFoundError(f"no Data Docs of the warehouse's {name!r}.") from error


def _known(store: Store, nodes: Nodes, platform: str, account_id: str) -> Place:
    """The account as `nodes.yaml` or the warehouse names it."""
    known = {(a.platform, a.account_id) for a in nodes.accounts}
    if (platform, account_id) not in known:
        rows = ask(store, {"accounts": _ACCOUNTS}, {})["accounts"]
        known = {(row["platform"], row["account_id"]) for row in rows}
    for place in known:
        if place == (platform, account_id):
            return place
    raise FileNotFoundError(f"no account {account_id!r} of {platform!r}.")


def _folder(place: Place) -> str:
    return f"data_docs/{place[0]}/{place[1]}"
