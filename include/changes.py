"""What one reading told otherwise than the reading before it: platforms restate past numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa

from include.tables import AD_DAILY
from include.warehouse import open_warehouse

if TYPE_CHECKING:
    from include.store import Store

# Reach is no sum of anything, but it is restated like the rest.
MEASURES = tuple(
    column.name
    for column in AD_DAILY.columns
    if column.type in {pa.int64(), pa.float64()} or pa.types.is_decimal(column.type)
)

_TOLD = """
SELECT report_date, ad_id, metric, {value}
FROM (
    SELECT report_date, ad_id, {measures}
    FROM ad_daily_readings
    WHERE platform = $platform AND account_id = $account_id AND {which} = $day
)
UNPIVOT INCLUDE NULLS ({value} FOR metric IN ({names}))
"""
_CHANGES = """
WITH before AS ({before}), after AS ({after})
SELECT report_date, ad_id, metric, before, after
FROM before
JOIN after USING (report_date, ad_id, metric)
WHERE before IS DISTINCT FROM after
ORDER BY report_date DESC, ad_id, metric
"""
_NEWEST = """
SELECT max(as_of) FROM readings
WHERE platform = ? AND account_id = ? AND as_of <= coalesce(?, as_of)
"""


@dataclass(frozen=True)
class Change:
    """One number of one ad and day; None where the platform tells none."""

    report_date: date
    ad_id: str
    metric: str
    before: Decimal | None
    after: Decimal | None


def changes(
    store: Store, platform: str, account_id: str, day: date | None = None
) -> tuple[date, list[Change]]:
    """The numbers that a reading changed, newest report day first; and which reading it is.

    What it tells for the first time is no change.

    Args:
        day: the newest reading up to this day; None: the newest of all.

    Raises:
        FileNotFoundError: nothing was built, or the account has no such reading.
    """
    measures = ", ".join(f"{name}::DECIMAL(38, 6) AS {name}" for name in MEASURES)

    def told(value: str, which: str) -> str:
        return _TOLD.format(value=value, measures=measures, which=which, names=", ".join(MEASURES))

    query = _CHANGES.format(before=told("before", "superseded_on"), after=told("after", "as_of"))
    with open_warehouse(store) as warehouse:
        (newest,) = warehouse.execute(_NEWEST, [platform, account_id, day]).fetchall()[0]
        if newest is None:
            raise FileNotFoundError(
                f"{platform} {account_id}: the warehouse has no reading"
                + (f" up to {day}" if day else "")
                + "; collect the account and build the warehouse first."
            )
        asked = {"platform": platform, "account_id": account_id, "day": newest}
        return newest, [Change(*row) for row in warehouse.execute(query, asked).fetchall()]
