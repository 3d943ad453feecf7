"""Readings of long ago, kept as the rows that changed.

Every night reads a whole window again, so that each ad-day is stored some 28 times, mostly
unchanged. Readings older than `WHOLE_DAYS` are merged: a row that several readings in turn told
alike is kept once, with the first and the last of them. Nothing is lost: `include.lake.rows_of`
gives each reading back as it was.

The merged file is durable before the files it stands for are deleted. While both are there, the
reading's own file counts, so a compaction that was killed, or a reading that is collected again
after it was compacted, is right at every instant; the next compaction takes it in.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from include.errors import QualityFailed
from include.lake import (
    SPAN,
    Compacted,
    Partition,
    Reading,
    compacted_files,
    compacted_schema,
    partitions,
    read_compacted,
    read_table,
    write_compacted,
)
from include.store import Store
from include.tables import TABLES

log = logging.getLogger(__name__)

# The windows of all platforms (30 days), and five for outages.
WHOLE_DAYS = 35

Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Compaction:
    """What was merged of one table of one account.

    Args:
        readings: readings merged, each of which was a file.
        rows_before: rows of the files that were there.
        rows_after: rows of the compacted files in their place.
    """

    table: str
    platform: str
    account_id: str
    readings: int
    rows_before: int
    rows_after: int


def compact(store: Store, *, day: date, dry_run: bool = False) -> list[Compaction]:
    """Merge every reading older than `WHOLE_DAYS` before `day`; ran again, it finds nothing.

    Args:
        dry_run: say what would be merged; `rows_after` is 0.

    Raises:
        QualityFailed: a reading tells one key twice, or its rows disagree about their lineage.
    """
    done = []
    for table in TABLES:
        old: dict[tuple[str, str], list[Partition]] = defaultdict(list)
        for partition in partitions(store, table):
            if partition.as_of < day - timedelta(days=WHOLE_DAYS):
                old[partition.platform, partition.account_id].append(partition)
        for found in old.values():
            result = _dry(store, found) if dry_run else _compact_account(store, found)
            log.info("Compacted %s.", result)
            done.append(result)
    return done


def factor(store: Store, table: str = "ad_daily") -> float | None:
    """Rows kept of compacted readings per key they tell of; None when nothing is compacted.

    1 is a lake whose numbers never changed after the first reading.
    """
    rows = keys = 0
    for place in compacted_files(store, table):
        data, _ = read_compacted(store, place.key)
        rows += data.num_rows
        keys += data["superseded_on"].null_count
    return rows / keys if keys else None


def merged(
    table: str,
    compacted: tuple[pa.Table, Sequence[Reading]] | None,
    whole: Iterable[tuple[Reading, pa.Table]],
) -> tuple[pa.Table, list[Reading]]:
    """The rows and readings of a compacted file that takes in further readings.

    A reading that it held before is replaced.

    Args:
        whole: readings and their rows, within the file's month.
    """
    schema = compacted_schema(table)
    known: dict[date, Reading] = {}
    parts: list[pa.Table] = []
    fresh = list(whole)
    if compacted is not None:
        data, before = compacted
        known = {reading.as_of: reading for reading in before}
        parts.append(without(data, before, {reading.as_of for reading, _ in fresh}))
    for reading, rows in fresh:
        known[reading.as_of] = reading
        parts.append(_spanned(rows, reading.as_of, schema))
    readings = sorted(known.values())
    told = pa.concat_tables([part.select(schema.names).cast(schema) for part in parts])
    return _runs(told, readings, TABLES[table].key), readings


def without(data: pa.Table, readings: Sequence[Reading], days: Collection[date]) -> pa.Table:
    """The rows of a compacted file as if some of its readings were not in it.

    `superseded_on` is that of the remaining rows only where `merged` or the warehouse makes it
    anew: here it is null.
    """
    data = data.set_column(
        data.schema.get_field_index("superseded_on"), SPAN[2], pa.nulls(len(data), pa.date32())
    )
    gone = np.array(sorted(day.toordinal() for day in days), np.int64)
    if not len(gone) or not len(data):
        return data
    first, last = _ordinals(data["as_of"]), _ordinals(data["told_until"])
    touched = np.searchsorted(gone, last, "right") > np.searchsorted(gone, first, "left")
    covered = _Covered(readings)
    rows: list[int] = []
    told: list[int] = []
    report = _report_days(data)
    for row in np.flatnonzero(touched):
        for day in covered.of(int(report[row])):
            if first[row] <= day <= last[row] and day not in gone:
                rows.append(int(row))
                told.append(int(day))
    split = data.take(pa.array(rows, pa.int64()))
    day_column = _days(np.array(told, np.int64))
    for name in ("as_of", "told_until"):
        index = split.schema.get_field_index(name)
        split = split.set_column(index, data.schema.field(name), day_column)
    return pa.concat_tables([data.filter(pa.array(~touched, pa.bool_())), split])


class _Covered:
    """The readings that cover each report day, as ordinals, oldest first."""

    def __init__(self, readings: Iterable[Reading]) -> None:
        ordered = sorted(readings)
        self._as_of = np.array([r.as_of.toordinal() for r in ordered], np.int64)
        # A table without report days has the day 0, which every reading covers.
        self._since = np.array([r.since.toordinal() if r.since else 0 for r in ordered], np.int64)

    def of(self, report_day: int) -> Places:
        """Readings that would have told of the day."""
        return self._as_of[self._since <= report_day]


def _runs(told: pa.Table, readings: Sequence[Reading], key: tuple[str, ...]) -> pa.Table:
    """Rows that readings in turn told alike become one; each knows which row supersedes it."""
    told = told.sort_by([(name, "ascending") for name in (*key, "as_of")]).combine_chunks()
    if not len(told):
        return told
    values = [name for name in told.column_names if name not in {field.name for field in SPAN}]
    same_key = _as_above(told, key)
    first, last = _ordinals(told["as_of"]), _ordinals(told["told_until"])
    if (same_key[1:] & (first[1:] <= last[:-1])).any():
        twice = told.slice(1 + int(np.argmax(same_key[1:] & (first[1:] <= last[:-1]))), 1)
        raise QualityFailed(
            f"compaction: the reading of {twice['as_of'][0]} tells "
            f"{ {name: twice[name][0].as_py() for name in key} } twice, expected once. Collect "
            "that day again; nothing was merged."
        )
    at_first, at_last = _places(told, first, readings), _places(told, last, readings)
    goes_on = same_key & _as_above(told, values)
    goes_on[1:] &= at_first[1:] == at_last[:-1] + 1
    starts = np.flatnonzero(~goes_on)
    ends = np.append(starts[1:], len(told)) - 1
    runs = told.take(pa.array(starts, pa.int64()))
    until = _days(last[ends])
    superseded = np.append(first[starts[1:]], 0)
    alone = ~np.append(same_key[starts[1:]], False)  # the next run is another key's
    changed = pa.array(superseded - _EPOCH, mask=alone).cast(pa.int32()).cast(pa.date32())
    for field, column in zip(SPAN[1:], (until, changed), strict=True):
        runs = runs.set_column(runs.schema.get_field_index(field.name), field, column)
    return runs


def _as_above(told: pa.Table, names: Iterable[str]) -> npt.NDArray[np.bool_]:
    """Whether each row has the values of the row above it; null equals null."""
    same = np.ones(len(told), np.bool_)
    same[0] = False
    for name in names:
        column = told[name].combine_chunks()
        here, above = column.slice(1), column.slice(0, len(column) - 1)
        equal = np.asarray(pc.fill_null(pc.equal(here, above), pa.scalar(value=False)))
        same[1:] &= equal | (np.asarray(here.is_null()) & np.asarray(above.is_null()))
    return same


def _places(told: pa.Table, days: Places, readings: Sequence[Reading]) -> Places:
    """Which one of the readings that cover its report day each day of reading is."""
    covered = _Covered(readings)
    report = _report_days(told)
    places = np.empty(len(told), np.int64)
    for day in np.unique(report):
        rows = report == day
        places[rows] = np.searchsorted(covered.of(int(day)), days[rows])
    return places


def _compact_account(store: Store, found: Sequence[Partition]) -> Compaction:
    """Merge the readings month by month, then delete their files."""
    table, platform, account_id = found[0].table, found[0].platform, found[0].account_id
    tables = {partition: read_table(store, partition.key) for partition in found}
    before = sum(data.num_rows for data in tables.values())
    slices: dict[date, list[tuple[Reading, pa.Table]]] = defaultdict(list)
    for partition, data in tables.items():
        for month, reading, rows in _slices(partition, data):
            slices[month].append((reading, rows))
    # A reading that is collected anew may reach less far back: months that hold it must forget it.
    again = {partition.as_of for partition in found}
    after = 0
    for place in compacted_files(store, table, platform, account_id):
        if place.month not in slices:
            held = {reading.as_of for reading in read_compacted(store, place.key)[1]}
            if held & again:
                slices[place.month] = []
    for month, whole in sorted(slices.items()):
        place = Compacted(table, month, platform, account_id)
        held_before = read_compacted(store, place.key) if store.exists(place.key) else None
        if held_before is not None:
            data, kept = held_before
            told_here = {reading.as_of for reading, _ in whole}
            forgotten = again - told_here
            rest = [reading for reading in kept if reading.as_of not in forgotten]
            held_before = without(data, kept, forgotten), rest
        rows_now, readings = merged(table, held_before, whole)
        write_compacted(store, place, rows_now, readings)
        after += rows_now.num_rows
    for partition in found:
        store.delete(partition.key)
    return Compaction(table, platform, account_id, len(found), before, after)


def _dry(store: Store, found: Sequence[Partition]) -> Compaction:
    rows = sum(read_table(store, partition.key).num_rows for partition in found)
    first = found[0]
    return Compaction(first.table, first.platform, first.account_id, len(found), rows, 0)


def reading_of(partition: Partition, data: pa.Table) -> Reading:
    """What a compacted file has to remember of a reading.

    Raises:
        QualityFailed: its rows disagree about their lineage.
    """
    reading = Reading(partition.as_of, None, data.num_rows)
    if "report_date" in data.column_names:
        since = pc.min(data["report_date"]).as_py() or partition.as_of
        reading = replace(reading, since=min(since, partition.as_of))
    if "run_id" in data.column_names and data.num_rows:
        names = ("run_id", "fetched_at", "raw_sha256")
        for name in names:
            if len(pc.unique(data[name])) != 1:
                raise QualityFailed(
                    f"compaction: {partition.key} has several values of {name}, expected one. "
                    "Collect that day again; nothing was merged."
                )
        reading = replace(reading, **{name: data[name][0].as_py() for name in names})
    return reading


def _slices(partition: Partition, data: pa.Table) -> Iterable[tuple[date, Reading, pa.Table]]:
    """The reading's part in each month's file; also a month of which it told nothing."""
    reading = reading_of(partition, data)
    if reading.since is None:
        yield partition.as_of.replace(day=1), reading, data
        return
    last = max(partition.as_of, pc.max(data["report_date"]).as_py() or partition.as_of)
    month = reading.since.replace(day=1)
    while month <= last:
        following = (month + timedelta(days=32)).replace(day=1)
        inside = pc.and_(
            pc.greater_equal(data["report_date"], pa.scalar(month, pa.date32())),
            pc.less(data["report_date"], pa.scalar(following, pa.date32())),
        )
        rows = data.filter(inside)
        yield month, replace(reading, rows=rows.num_rows), rows
        month = following


def _spanned(rows: pa.Table, as_of: date, schema: pa.Schema) -> pa.Table:
    """Rows of one reading with the columns of a compacted file."""
    day = pa.repeat(pa.scalar(as_of, pa.date32()), len(rows))
    columns = rows.select([n for n in schema.names if n in rows.column_names])
    for field, column in zip(SPAN, (day, day, pa.nulls(len(rows), pa.date32())), strict=True):
        columns = columns.append_column(field, column)
    return columns.cast(schema)


_EPOCH = date(1970, 1, 1).toordinal()


def _ordinals(column: pa.ChunkedArray[Any]) -> Places:
    days = column.combine_chunks().cast(pa.int32())
    return np.asarray(days, np.int64) + _EPOCH


def _days(ordinals: Places) -> pa.Array[Any]:
    return pa.array(ordinals - _EPOCH).cast(pa.int32()).cast(pa.date32())


def _report_days(data: pa.Table) -> Places:
    if "report_date" in data.column_names:
        return _ordinals(data["report_date"])
    return np.zeros(len(data), np.int64)
