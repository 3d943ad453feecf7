"""adAnalytics: from two chunks of numbers to rows per ad and day.

The chunks of a slice come one after the other and are joined on creative and day. A page is
read by columns; one that holds anything unusual is read row by row, which says what. Both
ways give the same values.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
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
    NUMBERS_IGNORED,
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
ONLY_IN = ("adAnalytics (days of ads only in the first chunk)",
           "adAnalytics (days of ads only in the second chunk)")  # fmt: skip

Key = tuple[Any, Any, int]

_FIELDS = re.compile(r"&fields=[^&]*")
_CREATIVE = f"^{CREATIVE}[0-9]+$"
_KNOWN = {*PLACE, *MAPPED.values(), *NUMBERS_IGNORED}
_BLOCK = 512
_EPOCH = date(1970, 1, 1).toordinal()


class Numbers:
    """Takes the pages of adAnalytics as they come, and puts their rows into a `Parsed`."""

    def __init__(self, parsed: Parsed, account: Account) -> None:
        self._parsed = parsed
        self._account = account
        self._slice = ""
        self._pages: list[list[Any]] = []

    def take(self, url: str, elements: list[Any]) -> None:
        """One page; those whose addresses differ in their fields only belong together."""
        of = _FIELDS.sub("", url)
        # An address without fields asks for everything at once.
        if of != self._slice or of == url:
            self.finish()
        self._slice = of
        self._pages.append(elements)

    def finish(self) -> None:
        """Read what is still held."""
        pages, self._pages = self._pages, []
        if not any(pages):
            return
        unknown: Counter[str] = Counter()
        try:
            batch = _batch(pages, self._account, unknown)
        except NotPlain:
            unknown.clear()
            rows = _rows(pages, self._account, unknown)
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


def _batch(pages: Sequence[list[Any]], account: Account, unknown: Counter[str]) -> pa.RecordBatch:
    """All pages of a slice as one batch.

    Raises:
        NotPlain: something needs a closer look.
    """
    told = [_columns(page, unknown) for page in pages]
    values = told[0] if len(told) == 1 else _joined(told, unknown)
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
    if not page:
        return {"ad": (), "day": ()}
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
        # It is in both chunks, and where the first lacks it the second may have it.
        if any("impressions" not in fields for fields in page):
            raise NotPlain("a row without impressions")
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


def _joined(
    told: Sequence[dict[str, Sequence[Any]]], unknown: Counter[str]
) -> dict[str, Sequence[Any]]:
    """The chunks side by side; a day that one of them lacks is filled with None."""
    first, *others = told
    for at, other in enumerate(others, start=1):
        if list(first["ad"]) == list(other["ad"]) and list(first["day"]) == list(other["day"]):
            first = {**other, **first}
            continue
        left = _keys(zip(first["ad"], first["day"], strict=True))
        right = _keys(zip(other["ad"], other["day"], strict=True))
        order = {**dict.fromkeys(left), **dict.fromkeys(right)}
        _say(left, right, at, unknown)
        joined: dict[str, Sequence[Any]] = {}
        for name in {**first, **other}:
            lines: dict[Key, Any] = {}
            if name in other:
                lines.update(zip(right, other[name], strict=True))
            if name in first:
                lines.update(zip(left, first[name], strict=True))
            joined[name] = [lines.get(key) for key in order]
        first = joined
    return first


def _keys(places: Iterable[tuple[Any, Any]]) -> list[Key]:
    """Each place with how often it came before: a repeated row stays a row of its own."""
    seen: Counter[tuple[Any, Any]] = Counter()
    keys = []
    for place in places:
        keys.append((*place, seen[place]))
        seen[place] += 1
    return keys


def _say(left: Sequence[Key], right: Sequence[Key], at: int, unknown: Counter[str]) -> None:
    """Count the days of ads that only one chunk has."""
    for name, lacking in (
        (ONLY_IN[0], set(left) - set(right)),
        (ONLY_IN[min(at, len(ONLY_IN) - 1)], set(right) - set(left)),
    ):
        if lacking:
            unknown[name] += len(lacking)


# -- row by row --------------------------------------------------------------------------------


def _rows(pages: Sequence[list[Any]], account: Account, unknown: Counter[str]) -> list[Row]:
    """All pages of a slice as rows; numbers that do not parse are set aside in theirs."""
    records = [[record(item, "adAnalytics", account) for item in page] for page in pages]
    keys = []
    for page in records:
        for fields in page:
            for name in fields:
                if name not in _KNOWN:
                    unknown[f"adAnalytics.{name}"] += 1
        keys.append(_keys((_ad_id(fields, account), _day(fields, account)) for fields in page))
    joined = dict(zip(keys[0], records[0], strict=True))
    for at, (right, page) in enumerate(zip(keys[1:], records[1:], strict=True), start=1):
        if list(joined) != right:
            _say(list(joined), right, at, unknown)
        for key, fields in zip(right, page, strict=True):
            joined[key] = {**fields, **joined.get(key, {})}
    return [_row(ad_id, day, fields, account) for (ad_id, day, _), fields in joined.items()]


def _row(ad_id: str, day: date, fields: Row, account: Account) -> Row:
    row: Row = {
        **of_account(account),
        "report_date": day,
        "timezone": account.timezone,
        "currency": account.currency,
        "campaign_id": UNLISTED,
        "ad_set_id": UNLISTED,
        "ad_id": ad_id,
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
