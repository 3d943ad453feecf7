"""Stored leaderboards and traits: their columns, where they lie, and reading them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa

from include.lake import read_table
from include.store import Store
from include.tables import MONEY, TEXT

_LEADERBOARD: list[pa.Field[Any]] = [
    pa.field("as_of", pa.date32()),
    pa.field("node", TEXT),
    pa.field("objective", TEXT),
    pa.field("picture", TEXT),
    pa.field("rank", pa.int32()),
    pa.field("mean", pa.float64()),
    pa.field("low", pa.float64()),
    pa.field("high", pa.float64()),
    pa.field("prob_above_baseline", pa.float64()),
    pa.field("verdict", TEXT),
    pa.field("results", pa.float64()),
    pa.field("expected", pa.float64()),
    pa.field("evidence", pa.float64()),
    pa.field("impressions", pa.int64()),
    pa.field("link_clicks", pa.int64()),
    pa.field("ads", pa.int64()),
    pa.field("platforms", pa.list_(TEXT)),
    pa.field("spend", pa.list_(pa.struct([("currency", TEXT), ("amount", MONEY)]))),
    pa.field("first_date", pa.date32()),
    pa.field("last_date", pa.date32()),
    pa.field("campaign_id", TEXT),
    pa.field("chosen", pa.bool_()),
    pa.field("weight", pa.float64()),
    pa.field("reason_es", TEXT),
    pa.field("reason_en", TEXT),
    pa.field("rule_version", TEXT),
]

_TRAITS: list[pa.Field[Any]] = [
    pa.field("as_of", pa.date32()),
    pa.field("node", TEXT),
    pa.field("objective", TEXT),
    pa.field("category", TEXT),
    pa.field("label", TEXT),
    pa.field("effect", pa.float64()),
    pa.field("low", pa.float64()),
    pa.field("high", pa.float64()),
    pa.field("pieces", pa.int64()),
]

LEADERBOARD = pa.schema(_LEADERBOARD)
TRAITS = pa.schema(_TRAITS)


def read_leaderboard(store: Store, day: date | None = None) -> pa.Table:
    """The leaderboard of a day, or of the newest day.

    Raises:
        FileNotFoundError: nothing was ranked then (or ever).
    """
    return _read_ranked(store, day, "leaderboard")


def read_traits(store: Store, day: date | None = None) -> pa.Table:
    """What the good pieces of each node and objective share, as of a day or the newest day.

    Raises:
        FileNotFoundError: nothing was ranked then (or ever).
    """
    return _read_ranked(store, day, "traits")


def ranked_days(store: Store) -> list[date]:
    """The days that have a leaderboard, oldest first."""
    keys = store.keys("leaderboards")
    return sorted(
        date.fromisoformat(key.split("/")[1].removeprefix("day="))
        for key in keys
        if key.endswith("/leaderboard.parquet")
    )


def _read_ranked(store: Store, day: date | None, name: str) -> pa.Table:
    if day is None:
        days = ranked_days(store)
        if not days:
            raise FileNotFoundError("leaderboards: nothing was ranked yet; run rank_creatives.")
        day = days[-1]
    return read_table(store, ranked_key(day, name))


def ranked_key(day: date, name: str) -> str:
    """Where a day's `leaderboard` or `traits` lie."""
    return f"leaderboards/day={day.isoformat()}/{name}.parquet"
