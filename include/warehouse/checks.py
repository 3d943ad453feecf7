"""What must hold of a new warehouse before anybody reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from include.errors import QualityFailed
from include.tables import TABLES
from include.warehouse.inputs import Inputs
from include.warehouse.tables import WAREHOUSE

if TYPE_CHECKING:
    import duckdb

_AD_DAY = "platform, account_id, ad_id, report_date"


def check_warehouse(warehouse: duckdb.DuckDBPyConnection, inputs: Inputs) -> dict[str, int]:
    """Count every table and hold it against the files it was made of.

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
        _check_key(warehouse, name, rows[name])
    _equal("ad_daily_readings", "rows", rows["ad_daily_readings"], inputs.rows["ad_daily"])
    _equal("quarantined", "rows", rows["quarantined"], inputs.rows["quarantined"])
    _equal("leaderboards", "rows", rows["leaderboards"], inputs.rows["leaderboards"])
    _equal("promises", "rows", rows["promises"], inputs.rows["promises"])
    _equal("quality_runs", "rows", rows["quality_runs"], inputs.reports.num_rows)
    for name, table in TABLES.items():
        # A newer listing may have fewer pictures of a creative, but no fewer creatives.
        key = ", ".join(column for column in table.key if column != "position")
        keys = f"SELECT count(*) FROM (SELECT DISTINCT {key} FROM "  # noqa: S608
        kept = _count(warehouse, f"{keys}{name})")
        read = f"read_parquet(getvariable('{name}_files'), union_by_name = true)"
        _equal(name, "keys", kept, _count(warehouse, f"{keys}{read})"))
    older = f"""
        SELECT count(*) FROM ad_daily JOIN ad_daily_readings AS reading USING ({_AD_DAY})
        WHERE reading.as_of > ad_daily.as_of
    """  # noqa: S608
    _equal("ad_daily", "rows with a newer reading", _count(warehouse, older), 0)
    for column in ("impressions", "link_clicks", "spend"):
        sums = [
            _count(warehouse, f"SELECT coalesce(sum({column}), 0) FROM {name}")  # noqa: S608
            for name in ("account_results", "ad_daily")
        ]
        _equal("account_results", column, *sums)
    return rows


def _check_columns(warehouse: duckdb.DuckDBPyConnection, name: str) -> None:
    found = warehouse.table(name)
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
        distinct = f"SELECT count(*) FROM (SELECT DISTINCT {key} FROM {name})"  # noqa: S608
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
