"""Meta's totals per campaign and day, by columns; a page that holds anything unusual by rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from include.sources.columns import NotPlain, money, strangers, totals
from include.sources.meta_daily import one_day
from include.sources.replies import Account, Parsed
from include.sources.strict import (
    Row,
    check_same,
    count_left,
    leave,
    of_account,
    put_count,
    put_money,
    record,
    take_id,
    take_text,
)

_KNOWN = frozenset(
    {
        "account_id",
        "account_currency",
        "campaign_id",
        "impressions",
        "clicks",
        "spend",
        "date_start",
        "date_stop",
    }
)


def read_totals(items: Sequence[Any], account: Account, parsed: Parsed) -> None:
    """Add a page of what Meta says campaigns did per day.

    Raises:
        SchemaDrift, ConfigurationError: as in `read_days`.
    """
    rows = parsed.rows["totals_daily"]
    try:
        rows += _totals(items, account, parsed.unknown)
    except NotPlain:
        rows += [_total_row(item, account, parsed.unknown) for item in items]


def _totals(items: Sequence[Any], account: Account, unknown: Counter[str]) -> list[Row]:
    if set(map(type, items)) - {dict}:
        raise NotPlain("a row that is no object")
    starts = [item.get("date_start") for item in items]
    currencies = {item.get("account_currency") for item in items}
    if starts != [item.get("date_stop") for item in items] or currencies - {account.currency, None}:
        raise NotPlain("rows of several days, or of another currency")
    rows = totals(
        account,
        "campaign",
        ids=[item.get("campaign_id") for item in items],
        on=starts,
        impressions=[item.get("impressions") for item in items],
        clicks=[item.get("clicks") for item in items],
        spend=money([item.get("spend") for item in items], absent=0),
    )
    unknown.update(f"totals.{name}" for name in strangers(items, _KNOWN))
    return rows


def _total_row(item: Any, account: Account, unknown: Counter[str]) -> Row:
    """What Meta says a campaign did on a day."""
    fields = record(item, "totals", account)
    row: Row = {
        **of_account(account),
        "level": "campaign",
        "level_id": take_id(fields, "campaign_id", "totals", account),
        "report_date": one_day(fields, account),
        "currency": account.currency,
    }
    check_same(account, "currency", take_text(fields, "account_currency"), account.currency)
    put_count(row, "impressions", fields.pop("impressions", None))
    put_count(row, "clicks", fields.pop("clicks", None))
    put_money(row, "spend", fields.pop("spend", None))
    leave(fields, ("account_id",))
    count_left(fields, "totals", unknown)
    return row
