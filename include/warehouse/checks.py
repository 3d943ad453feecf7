"""What must hold of a new warehouse before anybody reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from include.errors import QualityFailed
from include.tables import AD_DAILY, TABLES
from include.warehouse.daily import NAME as READINGS
from include.warehouse.daily import Block
from include.warehouse.inputs import BESIDE, Inputs
from include.warehouse.rooms import DESCRIPTIONS, VECTORS
from include.warehouse.tables import QUALITY_RUNS, WAREHOUSE

if TYPE_CHECKING:
    import duckdb

# One pass over the report days of a block. Each key's rows, in the order of reading, must hand
# over to each other without gap or overlap, and the last one must be the newest.
_CHAINS = """
SELECT
    count(*) AS keys,
    count(*) FILTER (WHERE shown <> 1) AS shown_otherwise,
    count(*) FILTER (WHERE shown = 1 AND newest_shown <> newest) AS older_shown,
    count(*) FILTER (WHERE backwards OR handed_over <> newest - oldest) AS broken
FROM (
    SELECT
        count(*) FILTER (WHERE superseded_on IS NULL) AS shown,
        max(as_of) AS newest,
        min(as_of) AS oldest,
        max(as_of) FILTER (WHERE superseded_on IS NULL) AS newest_shown,
        bool_or(superseded_on <= as_of OR told_until < as_of) AS backwards,
        coalesce(sum(superseded_on - as_of), 0) AS handed_over
    FROM ad_daily_readings
    WHERE report_date BETWEEN ? AND ?
    GROUP BY hash(platform, account_id, ad_id, report_date)
)
"""


def check_warehouse(
    warehouse: duckdb.DuckDBPyConnection,
    inputs: Inputs,
    blocks: Sequence[Block],
    listed: Sequence[str],
) -> dict[str, int]:
    """Count every table and hold it against the files it was made of.

    Args:
        blocks: report days that this build wrote; the others were checked when they were.
        listed: tables of newest listings that this build made.

    Returns:
        rows per table.

    Raises:
        QualityFailed: rows were lost or doubled, a key is not unique, an older reading won,
            a sum is not that of its rows, or a table has other columns than
            `include/warehouse/tables.py` says.
    """
    rows = {name: _count(warehouse, f"SELECT count(*) FROM {name}") for name in WAREHOUSE}  # noqa: S608
    for name in WAREHOUSE:
        _check_columns(warehouse, name)
        if name not in (READINGS, AD_DAILY.name) and (name not in TABLES or name in listed):
            _check_key(warehouse, name, rows[name])
    _equal(READINGS, "rows", rows[READINGS], inputs.rows(AD_DAILY.name))
    shown = _count(warehouse, f"SELECT count(*) FROM {READINGS} WHERE superseded_on IS NULL")  # noqa: S608
    _equal(AD_DAILY.name, "rows", rows[AD_DAILY.name], shown)
    for table in (*(table for table, _, _ in BESIDE), QUALITY_RUNS):
        if table not in (DESCRIPTIONS, VECTORS):  # what two batches describe stands once
            _equal(table.name, "rows", rows[table.name], inputs.rows(table.name))
    for block in blocks:
        _check_chains(warehouse, block)
    for name in listed:
        # A newer listing may have fewer pictures of a creative, but no fewer creatives.
        key = ", ".join(column for column in TABLES[name].key if column != "position")
        keys = f"SELECT count(DISTINCT hash({key})) FROM "  # noqa: S608
        found = [_count(warehouse, f"{keys}{name}{end}") for end in ("", "_listed")]
        _equal(name, "keys", *found)
    for column in ("impressions", "link_clicks", "spend"):
        sums = [
            _count(warehouse, f"SELECT coalesce(sum({column}), 0) FROM {name}")  # noqa: S608
            for name in ("account_results", "ad_daily")
        ]
        _equal("account_results", column, *sums)
    # A picture of many ads, or shown twice by one ad, counts each ad once.
    pictured = "ad_results SEMI JOIN ad_pictures USING (platform, account_id, ad_id)"
    sums = [
        _count(warehouse, f"SELECT coalesce(sum(impressions), 0) FROM {name}")  # noqa: S608
        for name in ("picture_results", pictured)
    ]
    _equal("picture_results", "impressions", *sums)
    return rows


def _check_chains(warehouse: duckdb.DuckDBPyConnection, block: Block) -> None:
    found = warehouse.execute(_CHAINS, [block.first, block.last]).fetchall()
    _, otherwise, older, broken = found[0]
    days = f"of {block.first} to {block.last}"
    _equal(AD_DAILY.name, f"keys {days} with no row or several", otherwise, 0)
    _equal(AD_DAILY.name, f"rows {days} with a newer reading", older, 0)
    _equal(READINGS, f"keys {days} told twice by one reading", broken, 0)


def _check_columns(warehouse: duckdb.DuckDBPyConnection, name: str) -> None:
    found = warehouse.sql(f"FROM {name} LIMIT 0")
    expected = warehouse.from_arrow(_plain(WAREHOUSE[name].schema).empty_table())
    seen = dict(zip(found.columns, map(str, found.types), strict=True))
    wanted = dict(zip(expected.columns, map(str, expected.types), strict=True))
    if list(seen.items()) != list(wanted.items()):
        differing = sorted(seen.items() ^ wanted.items()) or "their order"
        raise QualityFailed(
            f"warehouse {name}: columns are not those of include/warehouse/tables.py; different: "
            f"{differing}. Nothing was published; the version before stands."
        )


def _plain(schema: pa.Schema) -> pa.Schema:
    return pa.schema([(field.name, field.type) for field in schema])


def _check_key(warehouse: duckdb.DuckDBPyConnection, name: str, rows: int) -> None:
    key = ", ".join(WAREHOUSE[name].key)
    if key:
        distinct = f"SELECT count(DISTINCT hash({key})) FROM {name}"  # noqa: S608
        _equal(name, f"rows against keys ({key})", rows, _count(warehouse, distinct))


def _count(warehouse: duckdb.DuckDBPyConnection, query: str) -> int:
    rows = warehouse.execute(query).fetchall()
    return rows[0][0]  # type: ignore[no-any-return]


def _equal(name: str, what: str, found: int, expected: int) -> None:
    if found != expected:
        raise QualityFailed(
            f"warehouse {name}: {what} are {found}, expected {expected}. Nothing was published; "
            "the version before stands."
        )
