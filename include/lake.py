"""Partition paths of the lake, and reading and writing whole Parquet objects.

The day in a path is the day of reading (the Airflow partition key); one file holds
the whole window that was read of one account, so a rerun replaces its own file only.
Readings of long ago lie compacted, many in one file (`include.compaction`); the functions
here that speak of readings see both.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from include.store import Store
from include.tables import LINEAGE, RESTATEMENT_DAYS, TABLES

_PARTITION = re.compile(
    r"lake/(?P<table>\w+)/year=(?P<year>\d{4})/month=(?P<month>\d{2})/day=(?P<day>\d{2})"
    r"/platform=(?P<platform>\w+)/account=(?P<account>\w+)/part-0\.parquet"
)
_COMPACTED = re.compile(
    r"lake/(?P<table>\w+)/year=(?P<year>\d{4})/month=(?P<month>\d{2})"
    r"/platform=(?P<platform>\w+)/account=(?P<account>\w+)/compacted-0\.parquet"
)
_READINGS = b"pauta.readings"

# What a compacted row has beside its table's columns: the first and the last reading that told
# it thus, and the first that told its key otherwise.
SPAN = (
    pa.field("as_of", pa.date32(), nullable=False),
    pa.field("told_until", pa.date32(), nullable=False),
    pa.field("superseded_on", pa.date32()),
)


@dataclass(frozen=True, order=True)
class Partition:
    """One reading of one account: what a single Parquet file of the lake holds."""

    table: str
    as_of: date
    platform: str
    account_id: str

    @property
    def key(self) -> str:
        """`lake/ad_daily/year=2026/month=11/day=20/platform=meta/account=101/part-0.parquet`."""
        day = f"year={self.as_of:%Y}/month={self.as_of:%m}/day={self.as_of:%d}"
        place = f"platform={self.platform}/account={self.account_id}"
        return f"lake/{self.table}/{day}/{place}/part-0.parquet"

    @classmethod
    def of(cls, key: str) -> Partition:
        """The partition whose path is `key`.

        Raises:
            ValueError: the key is not a partition path.
        """
        match = _PARTITION.fullmatch(key)
        if match is None:
            raise ValueError(f"lake: {key!r} is not a partition path.")
        day = date(int(match["year"]), int(match["month"]), int(match["day"]))
        return cls(match["table"], day, match["platform"], match["account"])


@dataclass(frozen=True, order=True)
class Compacted:
    """Many readings of one account in one file.

    `month` is its first day: the month of the report days of tables that have them, else the
    month of reading. So a file holds all that compacted readings ever told of its report days.
    """

    table: str
    month: date
    platform: str
    account_id: str

    @property
    def key(self) -> str:
        """`lake/ad_daily/year=2026/month=11/platform=meta/account=101/compacted-0.parquet`."""
        month = f"year={self.month:%Y}/month={self.month:%m}"
        place = f"platform={self.platform}/account={self.account_id}"
        return f"lake/{self.table}/{month}/{place}/compacted-0.parquet"

    @classmethod
    def of(cls, key: str) -> Compacted | None:
        """The compacted file whose path is `key`, or None when it is none."""
        match = _COMPACTED.fullmatch(key)
        if match is None:
            return None
        month = date(int(match["year"]), int(match["month"]), 1)
        return cls(match["table"], month, match["platform"], match["account"])


@dataclass(frozen=True, order=True)
class Reading:
    """One reading as a compacted file remembers it.

    Args:
        since: first report day that it covered; None for tables without report days.
        rows: rows of it that the file stands for.
        lineage: what its rows had in the columns of lineage; None for tables without.
    """

    as_of: date
    since: date | None
    rows: int
    run_id: str | None = None
    fetched_at: datetime | None = None
    raw_sha256: str | None = None

    def covers(self, report_date: date) -> bool:
        """Whether it would have told of the day, had there been something to tell."""
        return self.since is None or self.since <= report_date


def lake_place(key: str) -> Partition | Compacted:
    """What a key below `lake/` holds.

    Raises:
        ValueError: the key is neither a partition nor a compacted file.
    """
    return Compacted.of(key) or Partition.of(key)


def compacted_schema(table: str) -> pa.Schema:
    """Columns of a compacted file: lineage is kept once per reading, in the footer."""
    kept = [field for field in TABLES[table].schema if field.name not in LINEAGE]
    return pa.schema([*kept, *SPAN])


def write_table(store: Store, key: str, data: pa.Table) -> None:
    """Put one table as one Parquet object; the same rows give the same bytes."""
    buffer = io.BytesIO()
    pq.write_table(data, buffer, compression="zstd", compression_level=3)
    store.write(key, buffer.getvalue())


def read_table(store: Store, key: str) -> pa.Table:
    """One Parquet object as a table."""
    return pq.read_table(io.BytesIO(store.read(key)))


def write_partition(store: Store, partition: Partition, data: pa.Table) -> None:
    """Replace one reading of one account.

    Raises:
        ValueError: the columns are not those of the table definition.
    """
    expected = TABLES[partition.table].schema
    if not data.schema.equals(expected):
        raise ValueError(
            f"lake {partition.key}: columns are {data.schema.names}, expected {expected.names}, "
            "with the types of include/tables.py."
        )
    write_table(store, partition.key, data)


def write_compacted(
    store: Store, place: Compacted, data: pa.Table, readings: Iterable[Reading]
) -> None:
    """Replace a compacted file; `readings` are those it stands for."""
    expected = compacted_schema(place.table)
    told = json.dumps([_plain(reading) for reading in sorted(readings)], sort_keys=True)
    write_table(
        store,
        place.key,
        data.select(expected.names)
        .cast(expected)
        .replace_schema_metadata({_READINGS: told.encode()}),
    )


def read_compacted(store: Store, key: str) -> tuple[pa.Table, list[Reading]]:
    """A compacted file: rows with `SPAN`, and the readings it stands for."""
    data = read_table(store, key)
    return data.replace_schema_metadata(None), readings_in(data.schema)


def readings_in(schema: pa.Schema) -> list[Reading]:
    """The readings that a compacted file's schema tells of, oldest first.

    Raises:
        ValueError: the file tells of none.
    """
    told = (schema.metadata or {}).get(_READINGS)
    if told is None:
        raise ValueError("lake: a compacted file without its list of readings (pauta.readings).")
    return [_reading(fields) for fields in json.loads(told)]


def rows_of(data: pa.Table, reading: Reading, *, table: str, platform: str) -> pa.Table:
    """One reading out of a compacted file, as it was before; rows are ordered by the key."""
    day = pa.scalar(reading.as_of, pa.date32())
    told = pc.and_(pc.less_equal(data["as_of"], day), pc.greater_equal(data["told_until"], day))
    if reading.since is not None:
        covered = pc.greater_equal(data["report_date"], pa.scalar(reading.since, pa.date32()))
        told = pc.and_(told, covered)
    rows = data.filter(told).drop_columns([field.name for field in SPAN])
    schema = TABLES[table].schema
    if "run_id" in schema.names:
        first_open = reading.as_of.toordinal() - RESTATEMENT_DAYS[platform]
        final = pc.less(rows["report_date"], pa.scalar(date.fromordinal(first_open), pa.date32()))
        rows = rows.append_column("is_final", final)
        for name in ("run_id", "fetched_at", "raw_sha256"):
            value = pa.scalar(getattr(reading, name), schema.field(name).type)
            rows = rows.append_column(name, pa.repeat(value, rows.num_rows))
    return rows.select(schema.names).cast(schema)


def partitions(store: Store, table: str) -> list[Partition]:
    """Every reading of a table that lies in a file of its own, oldest first."""
    keys = store.keys(f"lake/{table}")
    return sorted(Partition.of(key) for key in keys if Compacted.of(key) is None)


def latest(found: Iterable[Partition]) -> list[Partition]:
    """The newest reading of each account."""
    newest: dict[tuple[str, str], Partition] = {}
    for partition in sorted(found):
        newest[partition.platform, partition.account_id] = partition
    return sorted(newest.values())


def compacted_files(
    store: Store, table: str, platform: str | None = None, account_id: str | None = None
) -> list[Compacted]:
    """The compacted files of a table, or of one account of it, oldest month first."""
    found = (Compacted.of(key) for key in store.keys(f"lake/{table}"))
    return sorted(
        place
        for place in found
        if place is not None
        and platform in (None, place.platform)
        and account_id in (None, place.account_id)
    )


def readings(store: Store, table: str) -> list[Partition]:
    """Every reading of a table, in a file of its own or compacted, oldest first.

    This opens every compacted file; `partitions` suffices for the last 35 days.
    """
    found = set(partitions(store, table))
    for place in compacted_files(store, table):
        for reading in read_compacted(store, place.key)[1]:
            found.add(Partition(table, reading.as_of, place.platform, place.account_id))
    return sorted(found)


def read_reading(store: Store, partition: Partition) -> pa.Table:
    """The rows of one reading, whether it lies in a file of its own or compacted.

    Raises:
        FileNotFoundError: the account was not read that day.
    """
    if store.exists(partition.key):
        return read_table(store, partition.key)
    parts = []
    for place in compacted_files(store, partition.table, partition.platform, partition.account_id):
        data, kept = read_compacted(store, place.key)
        parts += [
            rows_of(data, reading, table=place.table, platform=place.platform)
            for reading in kept
            if reading.as_of == partition.as_of
        ]
    if not parts:
        raise FileNotFoundError(f"lake: no reading {partition.key}, nor a compacted one.")
    return pa.concat_tables(parts)


def told_rows(store: Store, table: str, platform: str, account_id: str) -> Iterator[pa.Table]:
    """All that was ever told of an account, oldest first; unchanged rows may stand once only.

    Without the columns of lineage.
    """
    plain = [name for name in TABLES[table].schema.names if name not in LINEAGE]
    for place in compacted_files(store, table, platform, account_id):
        yield read_table(store, place.key).sort_by("as_of").select(plain)
    for partition in partitions(store, table):
        if (partition.platform, partition.account_id) == (platform, account_id):
            yield read_table(store, partition.key).select(plain)


def newest_before(
    store: Store, table: str, platform: str, account_id: str, day: date
) -> pa.Table | None:
    """The rows of an account's newest reading before a day, or None when there is none."""
    own = [
        partition
        for partition in partitions(store, table)
        if (partition.platform, partition.account_id) == (platform, account_id)
        and partition.as_of < day
    ]
    if own:
        return read_table(store, own[-1].key)
    days = {
        reading.as_of
        for place in compacted_files(store, table, platform, account_id)
        for reading in read_compacted(store, place.key)[1]
        if reading.as_of < day
    }
    return read_reading(store, Partition(table, max(days), platform, account_id)) if days else None


def _plain(reading: Reading) -> dict[str, Any]:
    return {
        "as_of": reading.as_of.isoformat(),
        "since": None if reading.since is None else reading.since.isoformat(),
        "rows": reading.rows,
        "run_id": reading.run_id,
        "fetched_at": None if reading.fetched_at is None else reading.fetched_at.isoformat(),
        "raw_sha256": reading.raw_sha256,
    }


def _reading(fields: dict[str, Any]) -> Reading:
    since, fetched_at = fields["since"], fields["fetched_at"]
    return Reading(
        as_of=date.fromisoformat(fields["as_of"]),
        since=None if since is None else date.fromisoformat(since),
        rows=fields["rows"],
        run_id=fields["run_id"],
        fetched_at=None if fetched_at is None else datetime.fromisoformat(fetched_at),
        raw_sha256=fields["raw_sha256"],
    )
