"""Partition paths of the lake, and reading and writing whole Parquet objects.

The day in a path is the day of reading (the Airflow partition key); one file holds
the whole window that was read of one account, so a rerun replaces its own file only.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq

from include.store import Store
from include.tables import TABLES

_PARTITION = re.compile(
    r"lake/(?P<table>\w+)/year=(?P<year>\d{4})/month=(?P<month>\d{2})/day=(?P<day>\d{2})"
    r"/platform=(?P<platform>\w+)/account=(?P<account>\w+)/part-0\.parquet"
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


def partitions(store: Store, table: str) -> list[Partition]:
    """Every reading of a table, oldest first."""
    return sorted(Partition.of(key) for key in store.keys(f"lake/{table}"))


def latest(found: Iterable[Partition]) -> list[Partition]:
    """The newest reading of each account."""
    newest: dict[tuple[str, str], Partition] = {}
    for partition in sorted(found):
        newest[partition.platform, partition.account_id] = partition
    return sorted(newest.values())
