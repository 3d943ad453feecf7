"""What a platform's totals hold beyond its ads, as rows of their own.

Platforms tell totals that no list of ads adds up to: ads deleted long ago, campaign types
without ads, rows that were cut or set aside. Sums over ads would then be too small without
anybody seeing it. So each day of each account or campaign whose ads lack something gets one
row more, `ad_id = __residual__:<account or campaign id>`, and the difference is published.
Where ads say more than the total nothing is taken away; that is told.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc

from include.errors import SchemaDrift
from include.sources.replies import Account
from include.tables import RESIDUAL

Row = dict[str, Any]

MEASURES = ("impressions", "clicks", "spend")
STATUS = "residual"
# Amounts that are rounded to six places ad by ad may differ from their rounded sum by less.
# Less than a cent without an impression or a click is no missing ad.
_DUST = Decimal("0.01")
_SHOWN = 5
# A sum of decimal(18, 6) over some rows, and room for one subtraction.
_TYPES: dict[str, pa.DataType] = {
    "level_id": pa.string(),
    "report_date": pa.date32(),
    "impressions": pa.int64(),
    "clicks": pa.int64(),
    "spend": pa.decimal128(28, 6),
}
_SUMS = pa.schema(_TYPES)
_ZERO: dict[str, Any] = {"impressions": 0, "clicks": 0, "spend": Decimal(0)}


@dataclass(frozen=True)
class Residuals:
    """What has to be added so that ads sum to totals.

    Args:
        rows: of `ad_daily` without lineage, ordered by level id and day.
        reconciliation: what is kept of it in the quality report; None when the platform told
            no totals. `ads`, `total` and `difference` (total - ads) sum each measure over all
            days; `residual_rows` were added; `above_total` are the level days on which ads say
            more than the total, of which the first few stand in `examples`.
    """

    rows: list[Row]
    reconciliation: dict[str, Any] | None


def residual_rows(ads: pa.Table, totals: pa.Table, account: Account) -> Residuals:
    """The rows that ads lack, by level id and day.

    Args:
        ads: accepted rows of `ad_daily` of one reading of one account.
        totals: accepted rows of `totals_daily` of the same reading, all of one level.

    Raises:
        SchemaDrift: the totals are of two levels; added up they would count twice.
    """
    if totals.num_rows == 0:
        return Residuals([], None)
    levels = [str(level) for level in pc.unique(totals["level"]).to_pylist()]
    if len(levels) != 1:
        raise SchemaDrift(
            f"{account.platform} {account.account_id} totals_daily: levels {sorted(levels)}, "
            f"expected one. A developer has to look at include/sources/{account.platform}.py."
        )
    level = levels[0]
    told = _sums(totals, "level_id")
    counted = _sums(ads, "campaign_id" if level == "campaign" else "account_id")
    lacks = _differences(told, counted)
    lacking = pc.or_(
        pc.or_(_more_than(lacks, "impressions", 0), _more_than(lacks, "clicks", 0)),
        pc.invert(_less_than(lacks, "spend", _DUST)),
    )
    above = lacks.filter(
        pc.or_(
            pc.or_(_less_than(lacks, "impressions", 0), _less_than(lacks, "clicks", 0)),
            _less_than(lacks, "spend", 0),
        )
    )
    rows = [_row(account, level, lack) for lack in lacks.filter(lacking).to_pylist()]
    total, ads_say = _total(told), _total(counted)
    reconciliation = {
        "level": level,
        "total": _written(total),
        "ads": _written(ads_say),
        "difference": _written({name: total[name] - ads_say[name] for name in MEASURES}),
        "residual_rows": len(rows),
        "above_total": above.num_rows,
        "examples": [_written(row) for row in above.slice(0, _SHOWN).to_pylist()],
    }
    return Residuals(rows, reconciliation)


def placeholders(
    rows: list[Row], campaigns: Collection[str], account: Account
) -> dict[str, list[Row]]:
    """The ad, ad set and campaign of each residual row, so that joins find one.

    Args:
        campaigns: ids of the campaigns that are listed already.

    Returns:
        rows of `ads`, `ad_sets` and `campaigns`.
    """
    same = {"platform": account.platform, "account_id": account.account_id}
    made = {**same, "name": None, "status": STATUS, "created_at": None}
    pairs = sorted({(row["ad_id"], row["campaign_id"]) for row in rows})
    parents = [{**made, "ad_set_id": ad_id, "campaign_id": campaign} for ad_id, campaign in pairs]
    unknown = {"objective": "unknown", "objective_raw": None}
    return {
        "ads": [{**row, "ad_id": row["ad_set_id"], "creative_id": None} for row in parents],
        "ad_sets": parents,
        "campaigns": [
            {**made, "campaign_id": campaign, **unknown}
            for campaign in sorted({campaign for _, campaign in pairs} - set(campaigns))
        ],
    }


def _sums(data: pa.Table, level_id: str) -> pa.Table:
    """Measures by level id and day."""
    summed = data.group_by([level_id, "report_date"]).aggregate(
        [(name, "sum") for name in MEASURES]
    )
    columns = [summed[level_id], summed["report_date"], *(summed[f"{n}_sum"] for n in MEASURES)]
    return pa.table(columns, names=["level_id", "report_date", *MEASURES]).cast(_SUMS)


def _differences(told: pa.Table, counted: pa.Table) -> pa.Table:
    """Total - ads for every level id and day that either knows, in their order."""
    both = told.join(
        counted, ["level_id", "report_date"], join_type="full outer", right_suffix="_of_ads"
    ).sort_by([("level_id", "ascending"), ("report_date", "ascending")])
    columns = [both["level_id"], both["report_date"]]
    for name in MEASURES:
        zero: Any = pa.scalar(0, type=both.schema.field(name).type)
        total: Any = pc.fill_null(both[name], zero)
        ads: Any = pc.fill_null(both[f"{name}_of_ads"], zero)
        columns.append(pc.subtract(total, ads))
    return pa.table(columns, names=_SUMS.names)


def _more_than(data: pa.Table, name: str, limit: Any) -> pa.BooleanArray:
    values: Any = data[name]
    return cast("pa.BooleanArray", pc.greater(values, pa.scalar(limit, type=values.type)))


def _less_than(data: pa.Table, name: str, limit: Any) -> pa.BooleanArray:
    values: Any = data[name]
    return cast("pa.BooleanArray", pc.less(values, pa.scalar(limit, type=values.type)))


def _total(sums: pa.Table) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in MEASURES:
        values: Any = sums[name]
        found[name] = pc.sum(values).as_py() or _ZERO[name]
    return found


def _row(account: Account, level: str, lack: Mapping[str, Any]) -> Row:
    ad_id = f"{RESIDUAL}{lack['level_id']}"
    return {
        "platform": account.platform,
        "account_id": account.account_id,
        "report_date": lack["report_date"],
        "timezone": account.timezone,
        "currency": account.currency,
        "campaign_id": lack["level_id"] if level == "campaign" else ad_id,
        "ad_set_id": ad_id,
        "ad_id": ad_id,
        **{name: max(lack[name], _ZERO[name]) for name in MEASURES},
    }


def _written(row: Mapping[str, Any]) -> dict[str, Any]:
    """In JSON's own types; money as text, exact."""

    def written(value: Any) -> Any:
        if isinstance(value, Decimal):
            return f"{value.normalize():f}"
        return value.isoformat() if isinstance(value, date) else value

    return {name: written(value) for name, value in row.items()}
