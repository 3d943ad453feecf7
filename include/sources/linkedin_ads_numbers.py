"""adAnalytics: from its numbers to rows per ad and day.

A page is read by columns; one that holds anything unusual is read row by row, which says
what. Both ways give the same values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from operator import itemgetter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from include.errors import SchemaDrift
from include.sources import columns
from include.sources.columns import NotPlain
from include.sources.http import chunks
from include.sources.linkedin_ads_columns import counts, fractions, money, total
from include.sources.linkedin_ads_fields import (
    COUNTS,
    FRACTIONS,
    MAPPED,
    MONEY,
    PLACE,
)
from include.sources.replies import Account, Parsed
from include.sources.strict import (
    UNLISTED,
    Row,
    of_account,
    put_count,
    put_fraction,
    put_money,
    record,
)
from include.tables import DAILY_PARSED

CREATIVE = "urn:li:sponsoredCreative:"
_CREATIVE = f"^{CREATIVE}[0-9]+$"
_KNOWN = {*PLACE, *MAPPED.values()}
_BLOCK = 512
_EPOCH = date(1970, 1, 1).toordinal()


class Numbers:
    """Takes the pages of adAnalytics as they come, and puts their rows into a `Parsed`."""

    def __init__(self, parsed: Parsed, account: Account) -> None:
        self._parsed = parsed
        self._account = account

    def take(self, page: list[Any]) -> None:
        """Read one page."""
        if not page:
            return
        unknown: Counter[str] = Counter()
        try:
            batch = _batch(page, self._account, unknown)
        except NotPlain:
            unknown.clear()
            rows = _rows(page, self._account, unknown)
            self._parsed.rows["ad_daily"].extend(rows)
        else:
            self._parsed.batches.append(batch)
        self._parsed.unknown.update(unknown)

    def place(self, places: Mapping[str, tuple[str, str]]) -> None:
        """Say of every row which campaign and ad set its ad belongs to.

        Args:
            places: ad -> campaign and ad set; ads that are not there are `unlisted`.
        """
        nowhere = (UNLISTED, UNLISTED)
        for row in self._parsed.rows["ad_daily"]:
            row["campaign_id"], row["ad_set_id"] = places.get(row["ad_id"], nowhere)
        ads = pa.array(places, pa.string())
        parents = {
            name: pa.array([place[at] for place in places.values()], pa.string())
            for at, name in enumerate(("campaign_id", "ad_set_id"))
        }
        for at, batch in enumerate(self._parsed.batches):
            found = pc.index_in(batch.column("ad_id"), value_set=ads)
            parts = dict(zip(batch.schema.names, batch.columns, strict=True))
            for name, ids in parents.items():
                parts[name] = ids.take(found).fill_null(UNLISTED)
            self._parsed.batches[at] = pa.RecordBatch.from_arrays(
                list(parts.values()), schema=DAILY_PARSED
            )


# -- by columns --------------------------------------------------------------------------------


def _batch(page: list[Any], account: Account, unknown: Counter[str]) -> pa.RecordBatch:
    """The page as one batch.

    Raises:
        NotPlain: something needs a closer look.
    """
    values = _columns(page, unknown)
    length = len(values["ad"])
    ad_ids = pc.utf8_slice_codeunits(pa.array(values["ad"], pa.string()), start=len(CREATIVE))
    numbers = {
        **{ours: counts(values.get(name), ours, length) for ours, name in COUNTS.items()},
        **{ours: fractions(values.get(name), length) for ours, name in FRACTIONS.items()},
        **{ours: money(values.get(name), ours, length) for ours, name in MONEY.items()},
    }
    same = {
        **of_account(account),
        "timezone": account.timezone,
        "currency": account.currency,
        "campaign_id": UNLISTED,
        "ad_set_id": UNLISTED,
    }
    parts = {
        **{name: columns.constant(text, length, pa.string()) for name, text in same.items()},
        "report_date": pa.array(values["day"], pa.int32()).cast(pa.date32()),
        "ad_id": ad_ids,
        **numbers,
        "conversions": total(numbers["leads"], numbers["purchases"]),
    }
    return pa.RecordBatch.from_arrays(
        [
            parts[part.name] if part.name in parts else pa.nulls(length, part.type)
            for part in DAILY_PARSED
        ],
        schema=DAILY_PARSED,
    )


def _columns(page: list[Any], unknown: Counter[str]) -> dict[str, Sequence[Any]]:
    """LinkedIn's names -> values, with `ad` (URN) and `day` (days since 1970); counts strangers."""
    if not isinstance(page[0], dict):
        raise NotPlain("not an object")
    names = tuple(page[0])
    if len(names) < len(PLACE):
        raise NotPlain("a row without its place")
    try:
        found = _transposed(page, names)
        alike = sum(map(len, page)) == len(names) * len(page)
    except (KeyError, TypeError):
        alike = False
    if not alike:
        if set(map(type, page)) != {dict}:
            raise NotPlain("not an object")
        names = tuple(dict.fromkeys(name for fields in page for name in fields))
        found = {name: [fields.get(name) for fields in page] for name in names}
    for name in names:
        if name not in _KNOWN:
            there = len(page) if alike else sum(name in fields for fields in page)
            unknown[f"adAnalytics.{name}"] += there
    if "dateRange" not in found or "pivotValues" not in found:
        raise NotPlain("a row without its place")
    values = {name: found[name] for name in MAPPED.values() if name in found}
    return {**values, "ad": _urns(found["pivotValues"]), "day": _days(found["dateRange"])}


def _transposed(page: list[Any], names: tuple[str, ...]) -> dict[str, list[Any]]:
    """Every column of rows that have all names; row by row, so that each is looked at once.

    Raises:
        KeyError, TypeError: a row lacks a name, or is no object.
    """
    found: list[list[Any]] = [[] for _ in names]
    row_of = itemgetter(*names)
    for block in chunks(page, _BLOCK):  # small enough to stay in the processor's cache
        for column, part in zip(found, zip(*map(row_of, block), strict=True), strict=True):
            column.extend(part)
    return dict(zip(names, found, strict=True))


def _urns(pivots: Sequence[Any]) -> list[str]:
    if set(map(type, pivots)) != {list} or set(map(len, pivots)) != {1}:
        raise NotPlain("pivotValues that are not one value")
    urns = [pivot[0] for pivot in pivots]
    if set(map(type, urns)) != {str}:
        raise NotPlain("a pivot value that is no text")
    if not pc.all(pc.match_substring_regex(pa.array(urns, pa.string()), _CREATIVE)).as_py():
        raise NotPlain("a pivot value that is no creative")
    return urns


def _days(ranges: Sequence[Any]) -> list[int]:
    try:
        starts = [each["start"] for each in ranges]
        if starts != [each["end"] for each in ranges]:
            raise NotPlain("a row of several days")
        parts = list(map(itemgetter("year", "month", "day"), starts))
        known = {part: date(*part).toordinal() - _EPOCH for part in set(parts)}
    except (KeyError, TypeError, ValueError) as error:
        raise NotPlain(f"a day that is none: {error}") from error
    return [known[part] for part in parts]


# -- row by row --------------------------------------------------------------------------------


def _rows(page: Sequence[Any], account: Account, unknown: Counter[str]) -> list[Row]:
    """The page as rows; numbers that do not parse are set aside in theirs."""
    records = [record(item, "adAnalytics", account) for item in page]
    for fields in records:
        for name in fields:
            if name not in _KNOWN:
                unknown[f"adAnalytics.{name}"] += 1
    return [_row(fields, account) for fields in records]


def _row(fields: Row, account: Account) -> Row:
    row: Row = {
        **of_account(account),
        "report_date": _day(fields, account),
        "timezone": account.timezone,
        "currency": account.currency,
        "campaign_id": UNLISTED,
        "ad_set_id": UNLISTED,
        "ad_id": _ad_id(fields, account),
        "landing_page_views": None,
        "app_installs": None,
        "attribution_setting": None,
    }
    for column, name in COUNTS.items():
        put_count(row, column, fields.get(name))
    for column, name in FRACTIONS.items():
        put_fraction(row, column, fields.get(name))
    for column, name in MONEY.items():
        put_money(row, column, fields.get(name))
    parts = [row[name] for name in ("leads", "purchases") if row[name] is not None]
    put_fraction(row, "conversions", sum(parts) if parts else None)
    return row


def _ad_id(fields: Row, account: Account) -> str:
    pivots = fields.get("pivotValues")
    if not isinstance(pivots, list) or len(pivots) != 1 or not isinstance(pivots[0], str):
        raise SchemaDrift(
            f"linkedin_ads {account.account_id} adAnalytics: pivotValues is {pivots!r:.80}, "
            "expected one creative. A developer has to look at "
            "include/sources/linkedin_ads_numbers.py."
        )
    return pivots[0].rsplit(":", 1)[-1]


def _day(fields: Row, account: Account) -> date:
    return day_of(fields.get("dateRange"), f"linkedin_ads {account.account_id} adAnalytics")


def day_of(value: Any, where: str) -> date:
    """The one day that a row covers.

    Raises:
        SchemaDrift: it covers several, or none that can be read.
    """
    try:
        start, end = value["start"], value["end"]
        day = date(start["year"], start["month"], start["day"])
        last = date(end["year"], end["month"], end["day"])
    except (KeyError, TypeError, ValueError) as error:
        raise SchemaDrift(
            f"{where}: dateRange is {value!r:.120}, expected start and end with year, month and "
            "day. A developer has to look at include/sources/linkedin_ads_numbers.py."
        ) from error
    if day != last:
        raise SchemaDrift(
            f"{where}: a row covers {day} to {last}, expected one day. A developer has to look at "
            "include/sources/linkedin_ads_numbers.py."
        )
    return day
