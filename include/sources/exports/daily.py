"""The days of the ads in one export: by columns where every cell is plain, else row by row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from include.errors import ConfigurationError
from include.sources import columns
from include.sources.columns import NotPlain
from include.sources.exports.names import COUNTS, FRACTIONS, MONEY
from include.sources.replies import Account
from include.sources.strict import (
    Row,
    of_account,
    put_count,
    put_fraction,
    put_money,
    set_aside,
    to_float,
)
from include.tables import AD_DAILY, DAILY_PARSED, FRACTION

Cells = dict[str, list[str | None]]
Key = tuple[str | None, date]

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
_SPREADSHEET_NUMBER = re.compile(r"\d([.,]\d+)?[eE]\+?\d+")
_PARTS = ("purchases", "leads")  # what conversions are, where no column says so
_ZERO_WHEN_ABSENT = {column.name for column in AD_DAILY.columns if column.absent == "zero"}


@dataclass(frozen=True)
class Days:
    """One row per ad and day; the same position in every list is the same row.

    Args:
        ids: campaign, ad set and ad.
        batch: all rows as `DAILY_PARSED`; None where a row needs a closer look.
        rows: all rows as `include.sources.strict` makes them, when there is no batch.
    """

    ids: list[tuple[str | None, str | None, str | None]]
    days: list[date]
    batch: pa.RecordBatch | None
    rows: list[Row]

    @property
    def keys(self) -> list[Key]:
        """Ad and day of each row."""
        return [(ids[2], day) for ids, day in zip(self.ids, self.days, strict=True)]

    def take(self, positions: Sequence[int]) -> Days:
        """Some of the rows."""
        return replace(
            self,
            ids=[self.ids[at] for at in positions],
            days=[self.days[at] for at in positions],
            batch=None if self.batch is None else self.batch.take(pa.array(positions, pa.int64())),
            rows=[self.rows[at] for at in positions] if self.rows else [],
        )

    def values(self, position: int) -> Row:
        """What a row says, for comparing it with another file's."""
        if self.batch is None:
            row = self.rows[position]
        else:
            row = self.batch.slice(position, 1).to_pylist()[0]
        return {name: value for name, value in row.items() if value is not None}

    def sum(self, name: str) -> Decimal:
        """All rows of a column together."""
        if self.batch is not None:
            return Decimal(pc.sum(self.batch[name]).as_py() or 0)
        return sum((Decimal(row[name]) for row in self.rows if row[name] is not None), Decimal(0))


def days_of(cells: Cells, at: Sequence[int], days: Sequence[date], account: Account) -> Days:
    """The rows at these positions.

    Args:
        cells: texts and plain numbers of every field.
        days: of each of the positions.
    """
    ids = [_ids(cells, position, account) for position in at]
    try:
        return Days(ids, list(days), _batch(cells, at, days, ids, account=account), [])
    except NotPlain:
        pass  # a row says what is unusual about it
    rows = [
        _row(cells, position, day, own, account=account)
        for position, day, own in zip(at, days, ids, strict=True)
    ]
    return Days(ids, list(days), None, rows)


def id_of(text: str | None) -> str | None:
    """A plain id: LinkedIn's URNs end with it, and spreadsheets keep long ones with a `'`."""
    return None if text is None else text.lstrip("'").rsplit(":", 1)[-1]


def check_ids(found: Days, where: str) -> None:
    """Refuse ids that a spreadsheet has turned into numbers.

    Raises:
        ConfigurationError: an id is none any more.
    """
    for own in dict.fromkeys(found.ids):
        for name, text in zip(("campaign_id", "ad_set_id", "ad_id"), own, strict=True):
            for part in (text or "").split("~"):
                if part and (_SPREADSHEET_NUMBER.fullmatch(part) or not _ID.fullmatch(part)):
                    raise ConfigurationError(
                        f"{where}: {name} is {part!r:.40}, which is no id. Long ids lose digits "
                        "in a spreadsheet; use the file as the platform wrote it."
                    )


def _ids(cells: Cells, at: int, account: Account) -> tuple[str | None, str | None, str | None]:
    ad_set_id, ad_id = id_of(cells["ad_set_id"][at]), id_of(cells["ad_id"][at])
    tweet_id = id_of(cells["tweet_id"][at])
    if account.platform == "google_ads" and ad_id is not None:
        ad_id = f"{ad_set_id}~{ad_id}"  # an ad can stand in several groups
    elif ad_id is None and tweet_id is not None:
        ad_id = f"{ad_set_id}~{tweet_id}"  # and a post can be promoted by several
    return id_of(cells["campaign_id"][at]), ad_set_id, ad_id


def _batch(
    cells: Cells,
    at: Sequence[int],
    days: Sequence[date],
    ids: Sequence[tuple[str | None, str | None, str | None]],
    *,
    account: Account,
) -> pa.RecordBatch:
    """All rows at once.

    Raises:
        NotPlain: an id is missing, or a number is none.
    """
    if any(None in own for own in ids):
        raise NotPlain("a row without an id")
    told = {name: [cells[name][position] for position in at] for name in cells}
    absent = {name: 0 if name in _ZERO_WHEN_ABSENT else None for name in told}
    arrays: dict[str, Any] = {
        "report_date": pa.array(list(days), pa.date32()),
        "timezone": columns.constant(account.timezone, len(at), pa.string()),
        "currency": columns.constant(account.currency, len(at), pa.string()),
        "attribution_setting": columns.texts(told["attribution_setting"]),
        **{
            name: columns.constant(value, len(at), pa.string())
            for name, value in of_account(account).items()
        },
        **{
            name: columns.texts([own[number] for own in ids])
            for number, name in enumerate(("campaign_id", "ad_set_id", "ad_id"))
        },
        **{name: columns.counts(told[name], absent=absent[name]) for name in COUNTS},
        **{name: columns.fractions(told[name]) for name in FRACTIONS},
        **{name: columns.money(told[name], absent=absent[name]) for name in MONEY},
    }
    if account.platform != "google_ads":
        arrays["conversions"] = _conversions(*(arrays[name] for name in _PARTS))
    return pa.RecordBatch.from_arrays(
        [arrays[name] for name in DAILY_PARSED.names], schema=DAILY_PARSED
    )


def _conversions(purchases: Any, leads: Any) -> Any:
    """Purchases and leads together, as the clients of the APIs count them."""
    zero = pa.scalar(0.0, FRACTION)
    both = pc.add(pc.fill_null(purchases, zero), pc.fill_null(leads, zero))
    told = pc.or_(pc.is_valid(purchases), pc.is_valid(leads))
    return pc.if_else(told, both, pa.scalar(None, FRACTION))


def _row(
    cells: Cells,
    at: int,
    day: date,
    ids: tuple[str | None, str | None, str | None],
    *,
    account: Account,
) -> Row:
    row: Row = {
        **of_account(account),
        "report_date": day,
        "timezone": account.timezone,
        "currency": account.currency,
        "campaign_id": ids[0],
        "ad_set_id": ids[1],
        "ad_id": ids[2],
        "attribution_setting": cells["attribution_setting"][at],
    }
    for name in COUNTS:
        put_count(row, name, cells[name][at])
    for name in FRACTIONS:
        put_fraction(row, name, cells[name][at])
    for name in MONEY:
        put_money(row, name, cells[name][at])
    if account.platform != "google_ads":
        _put_conversions(row, [cells[name][at] for name in _PARTS])
    return row


def _put_conversions(row: Row, parts: Sequence[Any]) -> None:
    told = [text for text in parts if text is not None]
    found = [to_float(text) for text in told]
    if None in found:
        set_aside(row, "conversions", " + ".join(told))
    else:
        put_fraction(row, "conversions", sum(n for n in found if n is not None) if told else None)
