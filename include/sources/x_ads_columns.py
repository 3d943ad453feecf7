"""X's hourly series to days, many at a time.

A page holds 20 ads, 24 hours a day and a dozen metrics: adding them up one by one costs 50
microseconds per ad and day, a slice of a series at a time two. What is not plain (a number
that is text, a series of another length) is left to `include.sources.x_ads_numbers`, which
says what it is; both give the same sums.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from include.sources.columns import NotPlain, constant, money_of_micros
from include.sources.replies import Account
from include.sources.strict import UNLISTED
from include.sources.x_ads_numbers import (
    CONVERSIONS,
    COUNTS,
    IGNORED,
    OF_COUNTS,
    OF_FRACTIONS,
    SUMS,
    Totals,
)
from include.tables import AD_DAILY, DAILY_PARSED

Ints = NDArray[np.int64]

_AT = {column: position for position, column in enumerate(SUMS)}
_SINGLE = {metric: _AT[column] for metric, column in COUNTS.items()}
_OBJECTS = {
    metric: tuple((part, _AT[column]) for part, column in parts.items())
    for metric, parts in CONVERSIONS.items()
}
_KNOWN = frozenset(COUNTS) | frozenset(CONVERSIONS) | IGNORED
_ABSENT = object()
# Sums of up to 90 such pages fit into 64 bits; nobody spends 10^11 in a day on an ad.
_MOST = 10**17
# decimal(18, 6) and the counts of the lake hold less than this; see `strict.put_money`.
_TOO_MUCH = 10**18
_EPOCH = date(1970, 1, 1).toordinal()
_ZERO_WHEN_ABSENT = {column.name for column in AD_DAILY.columns if column.absent == "zero"}


@dataclass(frozen=True)
class _Page:
    """Sums of one page: `values[column, ad, day]`, and which columns each ad was offered."""

    ads: list[str]
    days: Ints
    values: Ints
    offered: Ints  # per ad, bit k for SUMS[k]


class Days:
    """The sums per ad and day of all pages that could be read by columns."""

    def __init__(self) -> None:
        self._pages: list[_Page] = []

    def add(self, body: Any, content: bytes, days: Sequence[date], unknown: Counter[str]) -> None:
        """Add up one page.

        Args:
            days: the account's day of each point, see `x_ads_numbers.days_of_points`.

        Raises:
            NotPlain: something in it needs a closer look; nothing of it was added.
        """
        # A sum takes true for 1.
        if b"true" in content or b"false" in content:
            raise NotPlain("a value that is true or false")
        items = body.get("data")
        if not isinstance(items, list):
            raise NotPlain("no list of entities")
        ads, metrics = [], []
        for item in items:
            ad_id, measured = _entry(item)
            ads.append(ad_id)
            metrics.append(measured)
        if len(set(ads)) != len(ads):
            raise NotPlain("an entity that is there twice")
        starts = _day_starts(tuple(days))
        self._pages.append(_summed(ads, metrics, len(days), starts))
        for name in set().union(*metrics) - _KNOWN:
            unknown[f"stats.{name}"] += sum(name in measured for measured in metrics)

    def finish(
        self,
        account: Account,
        parents: Mapping[str, tuple[str, str]],
        rest: dict[tuple[str, date], Totals],
    ) -> Iterator[pa.RecordBatch]:
        """One batch of all days with activity, ordered by ad and day.

        A day that is also in `rest`, because another page of it was read row by row, goes there.
        """
        if not self._pages:
            return
        ads, codes, days, values, offered = self._joined()
        aside = (np.abs(values) >= _TOO_MUCH).any(axis=0)
        if rest:
            places = {ad: place for place, ad in enumerate(ads)}
            keys = {(places[ad], day.toordinal()) for ad, day in rest if ad in places}
            pairs = zip(codes.tolist(), days.tolist(), strict=True)
            aside |= np.fromiter((pair in keys for pair in pairs), bool, len(codes))
        for at in np.nonzero(aside)[0].tolist():
            total = rest[ads[codes[at]], date.fromordinal(int(days[at]))]
            _add_to(total, values[:, at].tolist(), int(offered[at]))
        keep = np.nonzero(~aside & (values != 0).any(axis=0))[0]
        if len(keep):
            yield _batch(
                account,
                parents,
                ads,
                codes=codes[keep],
                days=days[keep],
                values=values[:, keep],
                offered=offered[keep],
            )

    def empty_into(self, totals: dict[tuple[str, date], Totals]) -> None:
        """Add every day to `totals`: for the few that are wanted one by one."""
        if not self._pages:
            return
        ads, codes, days, values, offered = self._joined()
        for at, (code, day) in enumerate(zip(codes.tolist(), days.tolist(), strict=True)):
            total = totals[ads[code], date.fromordinal(day)]
            _add_to(total, values[:, at].tolist(), int(offered[at]))

    def _joined(self) -> tuple[list[str], Ints, Ints, Ints, Ints]:
        """Ads by name; per ad and day its ad, day, sums and offered columns, each once."""
        ads = sorted({ad for page in self._pages for ad in page.ads})
        places = {ad: place for place, ad in enumerate(ads)}
        codes, days, values, offered = [], [], [], []
        for page in self._pages:
            length = len(page.days)
            own = np.array([places[ad] for ad in page.ads], np.int64)
            codes.append(np.repeat(own, length))
            days.append(np.tile(page.days, len(page.ads)))
            values.append(page.values.reshape(len(SUMS), -1))
            offered.append(np.repeat(page.offered, length))
        self._pages.clear()
        every = np.concatenate(codes) * 10_000_000 + np.concatenate(days)
        order = np.argsort(every, kind="stable")
        every = every[order]
        sums = np.concatenate(values, axis=1)[:, order]
        seen = np.concatenate(offered)[order]
        first = np.nonzero(np.diff(every, prepend=-1))[0]
        if len(first) < len(every):
            sums = np.add.reduceat(sums, first, axis=1)
            seen = np.bitwise_or.reduceat(seen, first)
            every = every[first]
        found, day = np.divmod(every, 10_000_000)
        return ads, found, day, sums, seen


def _add_to(total: Totals, sums: Sequence[int], offered: int) -> None:
    for position, column in enumerate(SUMS):
        if offered >> position & 1:
            total.sums[column] = total.sums.get(column, 0) + sums[position]


def _entry(item: Any) -> tuple[str, Mapping[str, Any]]:
    """Id and metrics of one entity of a page."""
    if type(item) is not dict or item.keys() != {"id", "id_data"}:
        raise NotPlain("an entity with other fields")
    ad_id, entries = item["id"], item["id_data"]
    if type(ad_id) is not str or not ad_id or type(entries) is not list or len(entries) != 1:
        raise NotPlain("an entity without id, or with several entries")
    entry = entries[0]
    if type(entry) is not dict or not entry.keys() <= {"segment", "metrics"}:
        raise NotPlain("an entry with other fields")
    metrics = entry.get("metrics")
    if type(metrics) is not dict:
        raise NotPlain("an entry without metrics")
    return ad_id, metrics


def _summed(
    ads: list[str],
    metrics: Sequence[Mapping[str, Any]],
    length: int,
    starts: tuple[tuple[int, int, int], ...],
) -> _Page:
    """The page's series, added up by day."""
    slices = [slice(start, stop) for _, start, stop in starts]
    values = np.zeros((len(SUMS), len(ads), len(starts)), np.int64)
    offered = np.zeros(len(ads), np.int64)

    def put(series: Any, column: int, ad: int) -> None:
        if type(series) is not list or len(series) != length:
            raise NotPlain("a series of another length")
        sums = [sum(series[part]) for part in slices]
        if set(map(type, sums)) - {int}:
            raise NotPlain("a number with a fraction")
        values[column, ad] += sums

    try:
        for ad, measured in enumerate(metrics):
            told = 0
            for name, column in _SINGLE.items():
                series = measured.get(name, _ABSENT)
                if series is not _ABSENT:
                    told |= 1 << column
                    if series is not None:
                        put(series, column, ad)
            for name, parts in _OBJECTS.items():
                every = measured.get(name, _ABSENT)
                if every is _ABSENT:
                    continue
                if every is not None and type(every) is not dict:
                    raise NotPlain("conversions that are no object")
                for part, column in parts:
                    told |= 1 << column
                    series = (every or {}).get(part)
                    if series is not None:
                        put(series, column, ad)
            offered[ad] = told
    except (TypeError, OverflowError) as error:  # a text or null among the numbers, or a huge one
        raise NotPlain(str(error)) from error
    if values.size and int(np.abs(values).max()) >= _MOST:
        raise NotPlain("a sum that is very large")
    return _Page(ads, np.array([day for day, _, _ in starts], np.int64), values, offered)


@lru_cache(maxsize=64)
def _day_starts(days: tuple[date, ...]) -> tuple[tuple[int, int, int], ...]:
    """Day, first and last point + 1 of each run of points of one day."""
    found, at = [], 0
    for day, points in groupby(days):
        stop = at + sum(1 for _ in points)
        found.append((day.toordinal(), at, stop))
        at = stop
    return tuple(found)


def _batch(
    account: Account,
    parents: Mapping[str, tuple[str, str]],
    ads: Sequence[str],
    *,
    codes: Ints,
    days: Ints,
    values: Ints,
    offered: Ints,
) -> pa.RecordBatch:
    """Rows of `ad_daily`, without lineage."""
    length = len(codes)

    def known(*columns: str) -> NDArray[np.bool_]:
        bits = sum(1 << _AT[column] for column in columns)
        told: NDArray[np.bool_] = np.not_equal(offered & bits, 0)
        return told

    def of_ads(texts: Sequence[str]) -> pa.Array[Any]:
        return pa.array(texts, pa.string()).take(codes)

    unlisted = (UNLISTED, UNLISTED)
    columns: dict[str, pa.Array[Any]] = {
        "platform": constant(account.platform, length, pa.string()),
        "account_id": constant(account.account_id, length, pa.string()),
        "report_date": pa.array((days - _EPOCH).astype(np.int32)).cast(pa.date32()),
        "timezone": constant(account.timezone, length, pa.string()),
        "currency": constant(account.currency, length, pa.string()),
        "campaign_id": of_ads([parents.get(ad, unlisted)[0] for ad in ads]),
        "ad_set_id": of_ads([parents.get(ad, unlisted)[1] for ad in ads]),
        "ad_id": of_ads(ads),
    }
    for column in OF_COUNTS:
        nothing = None if column in _ZERO_WHEN_ABSENT else ~known(column)
        columns[column] = pa.array(values[_AT[column]], mask=nothing)
    for column in OF_FRACTIONS:
        columns[column] = pa.array(values[_AT[column]].astype(np.float64), mask=~known(column))
    both = values[_AT["leads"]] + values[_AT["purchases"]]
    columns["conversions"] = pa.array(both.astype(np.float64), mask=~known("leads", "purchases"))
    columns["spend"] = money_of_micros(values[_AT["spend"]].tolist())
    revenue = zip(values[_AT["revenue"]].tolist(), known("revenue").tolist(), strict=True)
    columns["revenue"] = money_of_micros([micros if told else None for micros, told in revenue])
    arrays = [columns.get(part.name, pa.nulls(length, part.type)) for part in DAILY_PARSED]
    return pa.RecordBatch.from_arrays(arrays, schema=DAILY_PARSED)
