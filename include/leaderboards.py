"""Stored leaderboards and what belongs to them: columns, where they lie, and reading them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa

from include.lake import read_table
from include.store import Store
from include.tables import MONEY, TEXT

_AMOUNTS = pa.list_(pa.struct([("currency", TEXT), ("amount", MONEY)]))
_GUARD_RAILS = pa.list_(pa.struct([("name", TEXT), ("value", pa.float64()), ("currency", TEXT)]))

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
    pa.field("spend", _AMOUNTS),
    pa.field("first_date", pa.date32()),
    pa.field("last_date", pa.date32()),
    pa.field("campaign_id", TEXT),
    pa.field("chosen", pa.bool_()),
    pa.field("weight", pa.float64()),
    pa.field("reason_es", TEXT),
    pa.field("reason_en", TEXT),
    pa.field("rule_version", TEXT),
    pa.field("result", TEXT),
    pa.field("per", TEXT),
    pa.field("current", pa.float64()),
    pa.field("complete", pa.float64()),
    pa.field("worn", pa.bool_()),
    pa.field("grade", TEXT),
    pa.field("missing", pa.struct([("currency", TEXT), ("amount", MONEY)])),
    pa.field("revenue", _AMOUNTS),
    pa.field("guard_rails", _GUARD_RAILS),
    pa.field("false_winners", pa.float64()),
    pa.field("details_es", pa.list_(TEXT)),
    pa.field("details_en", pa.list_(TEXT)),
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
    pa.field("share_winners", pa.float64()),
    pa.field("share_others", pa.float64()),
]

_RATES: list[pa.Field[Any]] = [
    pa.field("as_of", pa.date32()),
    pa.field("objective", TEXT),
    pa.field("result", TEXT),
    pa.field("per", TEXT),
    pa.field("platform", TEXT),
    pa.field("account_id", TEXT),
    pa.field("format", TEXT),
    pa.field("currency", TEXT),
    pa.field("rate", pa.float64()),
    pa.field("error", pa.float64()),
    pa.field("ad_sets", pa.int64()),
]

_PROMISES: list[pa.Field[Any]] = [
    pa.field("as_of", pa.date32()),
    pa.field("promised_on", pa.date32()),
    pa.field("node", TEXT),
    pa.field("objective", TEXT),
    pa.field("pieces", pa.int64()),
    pa.field("shown", pa.int64()),
    pa.field("expected", pa.float64()),
    pa.field("promised", pa.float64()),
    pa.field("delivered", pa.float64()),
    pa.field("low", pa.float64()),
    pa.field("high", pa.float64()),
    pa.field("ratio", pa.float64()),
    pa.field("covered", pa.float64()),
    pa.field("rule_version", TEXT),
]

LEADERBOARD = pa.schema(_LEADERBOARD)
TRAITS = pa.schema(_TRAITS)
RATES = pa.schema(_RATES)
PROMISES = pa.schema(_PROMISES)


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


def read_promises(store: Store, day: date | None = None) -> pa.Table:
    """What last month's leaderboard promised and its pieces delivered, per node and objective.

    No rows while no leaderboard is old enough.

    Raises:
        FileNotFoundError: nothing was ranked then (or ever).
    """
    return _read_ranked(store, day, "promises")


def read_rates(store: Store, day: date | None = None) -> pa.Table:
    """Results of an ordinary ad per money in each place, as of a day or the newest day.

    Raises:
        FileNotFoundError: nothing was ranked then (or ever).
    """
    return _read_ranked(store, day, "rates")


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
    """Where a day's `leaderboard`, `traits`, `rates` or `promises` lie."""
    return f"leaderboards/day={day.isoformat()}/{name}.parquet"
