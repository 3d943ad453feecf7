"""Rows of an export that add up ads: kept for days, held against the ads for whole files."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from include.errors import ConfigurationError
from include.sources.exports.daily import id_of
from include.sources.exports.table import Export, Table
from include.sources.replies import Account
from include.sources.strict import Row, of_account, put_count, put_money

_SUMS = ("impressions", "clicks", "spend")


def put_totals(export: Export, table: Table, account: Account) -> None:
    """Give the export its totals of single days; report others that are not what the ads sum to.

    Raises:
        ConfigurationError: several rows would be the total of the same thing and day.
    """
    seen = set(export.days.days)
    only = next(iter(seen)) if len(seen) == 1 else None
    for at, level in enumerate(table.kinds):
        if level not in {"account", "campaign"}:
            continue
        told = table.days[at]
        row: Row = {
            **of_account(account),
            "level": level,
            "level_id": account.account_id
            if level == "account"
            else id_of(table.cells["campaign_id"][at]),
            "report_date": only if told is None else told,
            "currency": account.currency,
        }
        put_count(row, "impressions", table.cells["impressions"][at])
        put_count(row, "clicks", table.cells["clicks"][at])
        put_money(row, "spend", table.cells["spend"][at])
        if row["report_date"] is not None:
            export.totals[level].append(row)
        elif level == "account":
            _compare(row, export)
    _check_single(export)


def _check_single(export: Export) -> None:
    rows = (row for level in export.totals.values() for row in level)
    for (level_id, day), count in Counter(
        (row["level_id"], row["report_date"]) for row in rows
    ).items():
        if count > 1:
            raise ConfigurationError(
                f"{export.where}: {count} rows of {day} name no ad, as if each were the total of "
                f"{level_id}. Export with the ids of campaign, ad set and ad in every row."
            )


def _compare(total: Row, export: Export) -> None:
    """Report where the total over all days of the file is not the sum of its ads."""
    for name in _SUMS:
        if total[name] is None:
            continue
        parts = export.days.sum(name)
        if Decimal(total[name]) != parts:
            told = f"total of {name} is {total[name]}, its ads add up to {parts}"
            export.unknown[f"export_files.{told}"] += 1
