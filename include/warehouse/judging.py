"""Great Expectations over the warehouse: what no single partition can show.

Links between tables, how fresh each account is, its rows against its own past, and whether ads
add up. The build's own checks (`checks.py`) decide whether a version is published; what is
found here is told, page by page, in `data_docs/warehouse/`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from include.data_docs import write_list
from include.errors import QualityFailed
from include.expectations import frame_of, judge
from include.store import Store
from include.suites import LISTED, warehouse_suite
from include.tables import TABLES
from include.warehouse.versions import open_warehouse

log = logging.getLogger(__name__)

FOLDER = "data_docs/warehouse"

# Which table has what a column names.
_LINKS = {
    "campaigns": (("account_id", "accounts"),),
    "ad_sets": (("campaign_id", "campaigns"),),
    "ads": (("ad_set_id", "ad_sets"), ("campaign_id", "campaigns"), ("creative_id", "creatives")),
    "creative_images": (("creative_id", "creatives"),),
    "ad_daily": (("ad_id", "ads"), ("campaign_id", "campaigns")),
}
# Numbers of older days were judged when they were new.
_NEWEST_DAYS = 3

_ROW_COUNTS = """
WITH runs AS (
    -- Of several runs of a day the last one is published.
    SELECT *
    FROM quality_runs
    QUALIFY row_number() OVER (
        PARTITION BY platform, account_id, table_name, as_of ORDER BY run_id DESC
    ) = 1
),
placed AS (
    SELECT
        *,
        row_number() OVER readings AS back,
        median(accepted) OVER (readings ROWS BETWEEN 1 FOLLOWING AND 7 FOLLOWING) AS usual
    FROM runs
    WINDOW readings AS (PARTITION BY platform, account_id, table_name ORDER BY as_of DESC)
)
SELECT
    platform, account_id, table_name, as_of, accepted, usual,
    -- Few rows double easily.
    CASE WHEN usual >= 20 THEN accepted / usual END AS share_of_usual
FROM placed
WHERE back = 1
ORDER BY platform, account_id, table_name
"""
_FRESHNESS = """
SELECT
    platform, account_id, date_diff('day', newest_as_of, ?::DATE) AS days_behind,
    CASE WHEN rows > 0 THEN quarantined / rows END AS quarantined_share
FROM freshness
WHERE name IS NOT NULL AND newest_as_of IS NOT NULL
ORDER BY platform, account_id
"""
_RECONCILIATION = """
SELECT
    platform, account_id, currency, double_counts,
    CASE WHEN total_spend > 0 THEN (spend_difference / total_spend)::DOUBLE END
        AS share_told_by_nobody
FROM account_reconciliation
ORDER BY platform, account_id, currency
"""


@dataclass(frozen=True)
class Judged:
    """What was found in one table.

    Args:
        failed: critical expectations that failed, in words; `warned` those that only warn.
    """

    table: str
    rows: int
    failed: tuple[str, ...]
    warned: tuple[str, ...]
    page: str


def judge_warehouse(store: Store, *, day: date) -> list[Judged]:
    """Hold every table of the current version against its suite, and write their pages.

    Args:
        day: the newest day that can be read.

    Raises:
        QualityFailed: critical expectations failed; all pages are written.
    """
    queries = {name: _table_query(name) for name in TABLES}
    queries |= {"row_counts": _ROW_COUNTS, "freshness": _FRESHNESS}
    queries["account_reconciliation"] = _RECONCILIATION
    found = []
    with open_warehouse(store) as warehouse:
        for name, query in queries.items():
            asked = [day] if query is _FRESHNESS else []
            data: pa.Table = warehouse.sql(query, params=asked).to_arrow_table()
            found.append(_judged(store, name, data, day))
    write_list(store, FOLDER, "Data Docs: warehouse")
    failed = [f"{each.table}: {text}" for each in found for text in each.failed]
    if failed:
        raise QualityFailed(
            f"warehouse {day}: {'; '.join(failed)}. The version is published; see "
            f"{FOLDER}/index.html, and collect what is named again."
        )
    return found


def _judged(store: Store, name: str, data: pa.Table, day: date) -> Judged:
    columns: Sequence[str] = data.column_names
    result = judge(
        frame_of(data, columns),
        lambda: warehouse_suite(name, list(columns), day),
        f"warehouse {name}",
        day,
        index="index.html",
    )
    page = f"{FOLDER}/{name}.html"
    store.write(page, result.page.encode())
    for text in result.warned:
        log.warning("warehouse %s: %s; kept.", name, text)
    return Judged(name, data.num_rows, tuple(result.failed), tuple(result.warned), page)


def _table_query(name: str) -> str:
    """The columns that suites look at, and whether what each row names is listed."""
    links = "".join(
        f", ({column} IS NULL OR (platform, account_id, {column}) IN"  # noqa: S608
        f" (SELECT (platform, account_id, {column}) FROM {other})) AS {other}{LISTED}"
        for column, other in _LINKS.get(name, ())
    )
    if "report_date" not in TABLES[name].schema.names:
        return f"SELECT *{links} FROM {name}"  # noqa: S608
    newest = f"report_date > (SELECT max(report_date) - {_NEWEST_DAYS} FROM {name})"  # noqa: S608
    return f"SELECT *{links} FROM {name} WHERE {newest}"  # noqa: S608
