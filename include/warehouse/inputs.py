"""What a build reads: files of the lake and of the rooms beside it, as paths on this machine."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from include.compaction import without
from include.config.nodes import Nodes
from include.lake import (
    Compacted,
    Partition,
    Reading,
    compacted_schema,
    lake_place,
    read_compacted,
    readings_in,
)
from include.store import Listed, LocalStore, Store
from include.tables import TABLES, TEXT, Table
from include.warehouse.footers import checked, moment, span
from include.warehouse.rooms import CLUSTERS, DESCRIPTIONS, LEADERBOARDS, PROMISES, VECTORS
from include.warehouse.tables import QUALITY_RUNS, QUARANTINED

# Read as they are, beside the lake: table of the warehouse, folder and end of its keys.
BESIDE = (
    (DESCRIPTIONS, "descriptions", ".parquet"),
    (CLUSTERS, "clusters", ".parquet"),
    (VECTORS, "vectors", ".parquet"),
    (LEADERBOARDS, "leaderboards", "/leaderboard.parquet"),
    (PROMISES, "leaderboards", "/promises.parquet"),
    (QUARANTINED, "quarantine", ".parquet"),
)


_TABLES: dict[str, Table] = TABLES | {table.name: table for table, _, _ in BESIDE}


@dataclass(frozen=True)
class Source:
    """One file that the warehouse is made of.

    Args:
        fingerprint: other when the file was written again, or counts for other readings.
        readings: what a file of the lake holds; of a compacted one without those that lie in
            files of their own.
        hidden: readings of a compacted file that its rows no longer stand for.
        first: oldest report day of its rows; None without report days or rows.
        last: newest report day.
    """

    key: str
    table: str
    fingerprint: str
    sha256: str
    rows: int
    readings: tuple[Reading, ...] = ()
    hidden: tuple[date, ...] = ()
    first: date | None = None
    last: date | None = None

    @property
    def whole(self) -> bool:
        """Whether it is one reading, in a file of its own."""
        return isinstance(lake_place(self.key), Partition)

    @property
    def account(self) -> tuple[str, str]:
        """Platform and account of a file of the lake."""
        place = lake_place(self.key)
        return place.platform, place.account_id


@dataclass(frozen=True)
class Inputs:
    """Everything one build is made of.

    Args:
        sources: key -> file.
        before: what the version before was made of; empty when it cannot be gone on from.
        sha256: of all files' bytes; the same files give the same.
    """

    store: Store
    folder: Path
    sources: Mapping[str, Source]
    before: Mapping[str, Source]
    sha256: str
    _reports: dict[str, dict[str, Any]] = field(default_factory=dict)
    _paths: dict[str, str] = field(default_factory=dict)

    def of(self, table: str) -> list[Source]:
        """The files of a table, by key."""
        return [source for _, source in sorted(self.sources.items()) if source.table == table]

    def changed(self, table: str) -> list[Source]:
        """Files of a table that are new or were written again."""
        return [s for s in self.of(table) if self._earlier(s) != s.fingerprint]

    def gone(self, table: str) -> list[Source]:
        """Files as the version before knew them, that are no more or were written again."""
        return [
            source
            for key, source in sorted(self.before.items())
            if source.table == table
            and (key not in self.sources or self.sources[key].fingerprint != source.fingerprint)
        ]

    def rows(self, table: str) -> int:
        """Rows by the files' own footers."""
        return sum(source.rows for source in self.of(table))

    def path(self, source: Source) -> str:
        """The file on this machine; of a compacted one, without the hidden readings."""
        if source.key not in self._paths:
            path = self.store.local_copy(source.key, self.folder / "copies")
            if source.hidden:
                path = _hiding(path, source, self.folder)
            self._paths[source.key] = str(path)
        return self._paths[source.key]

    def reports(self, sources: Iterable[Source]) -> pa.Table:
        """The rows of files of `quality/`, with the key of each."""
        rows = []
        for source in sources:
            if source.key not in self._reports:
                self._reports[source.key] = json.loads(self.store.read(source.key))
            rows.append({**self._reports[source.key], "key": source.key})
        day = REPORTS.get_field_index("as_of")
        text = REPORTS.set(day, pa.field("as_of", TEXT))
        return pa.Table.from_pylist(rows, schema=text).cast(REPORTS)

    def readings(self, table: str) -> pa.Table:
        """platform, account_id and the fields of `Reading`, one row per file that tells of it."""
        rows = [
            {
                "platform": source.account[0],
                "account_id": source.account[1],
                "as_of": reading.as_of,
                "since": reading.since,
                "rows": reading.rows,
                "run_id": reading.run_id,
                "fetched_at": reading.fetched_at,
                "raw_sha256": reading.raw_sha256,
            }
            for source in self.of(table)
            for reading in source.readings
        ]
        return pa.Table.from_pylist(rows, schema=_READINGS)

    def made_of(self) -> pa.Table:
        """The rows of the table `made_of`, from which `sources_in` makes the sources again."""
        rows = [
            {
                "key": source.key,
                "table_name": source.table,
                "fingerprint": source.fingerprint,
                "sha256": source.sha256,
                "rows": source.rows,
                "first_date": source.first,
                "last_date": source.last,
                "hidden": list(source.hidden),
                "readings": [vars(reading) for reading in source.readings],
            }
            for _, source in sorted(self.sources.items())
        ]
        return pa.Table.from_pylist(rows, schema=MADE_OF)

    def _earlier(self, source: Source) -> str | None:
        known = self.before.get(source.key)
        return None if known is None else known.fingerprint


_LINEAGE: list[tuple[str, pa.DataType]] = [
    ("run_id", TEXT),
    ("fetched_at", pa.timestamp("us", tz="UTC")),
    ("raw_sha256", TEXT),
]
_READING: list[tuple[str, pa.DataType]] = [
    ("as_of", pa.date32()),
    ("since", pa.date32()),
    ("rows", pa.int64()),
    *_LINEAGE,
]
REPORTS = QUALITY_RUNS.schema.insert(0, pa.field("key", TEXT))
# In the fingerprint of a compacted file before each reading that does not count.
_WITHOUT = "-without-"
_ACCOUNT: list[tuple[str, pa.DataType]] = [("platform", TEXT), ("account_id", TEXT)]
_READINGS = pa.schema(_ACCOUNT + _READING)
_MADE_OF: list[tuple[str, pa.DataType]] = [
    ("key", TEXT),
    ("table_name", TEXT),
    ("fingerprint", TEXT),
    ("sha256", TEXT),
    ("rows", pa.int64()),
    ("first_date", pa.date32()),
    ("last_date", pa.date32()),
    ("hidden", pa.list_(pa.date32())),
    ("readings", pa.list_(pa.struct(_READING))),
]
MADE_OF = pa.schema(_MADE_OF)


def sources_in(made_of: pa.Table) -> dict[str, Source]:
    """Undo `Inputs.made_of`."""
    lists: Any = made_of["readings"].combine_chunks()
    told: Any = lists.flatten()
    # Column by column: the readings of years are many, and rows as dicts take ten times as long.
    columns = [_values(told.field(name)) for name, _ in _READING]
    readings = [Reading(*values) for values in zip(*columns, strict=True)]
    ends = lists.offsets.to_pylist()
    return {
        row["key"]: Source(
            row["key"],
            row["table_name"],
            row["fingerprint"],
            row["sha256"],
            row["rows"],
            tuple(readings[ends[number] : ends[number + 1]]),
            tuple(row["hidden"]),
            row["first_date"],
            row["last_date"],
        )
        for number, row in enumerate(made_of.drop_columns(["readings"]).to_pylist())
    }


def _values(column: Any) -> list[Any]:
    """The column's values in Python's own types."""
    if not pa.types.is_timestamp(column.type):
        return list(column.to_pylist())
    return [
        None if told is None else moment(told)
        for told in column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_pylist()
    ]


def gather(store: Store, folder: Path, before: Mapping[str, Source]) -> Inputs:
    """Find every input; hash and look into those that `before` does not know as they are.

    Objects that lie elsewhere are copied into `folder` when they are looked into.

    Raises:
        QualityFailed: a file is no Parquet, or has not the columns of its table.
    """
    listed: list[tuple[Table, Listed]] = [
        (table, item) for name, table in TABLES.items() for item in store.listing(f"lake/{name}")
    ]
    for table, place, end in BESIDE:
        listed += [(table, item) for item in store.listing(place) if item.key.endswith(end)]
    listed += [(QUALITY_RUNS, item) for item in store.listing("quality")]
    whole = _whole_days([item.key for table, item in listed if table.name in TABLES])
    sources: dict[str, Source] = {}
    reports: dict[str, dict[str, Any]] = {}
    for table, item in listed:
        known = before.get(item.key)
        if known is not None and known.fingerprint.split(_WITHOUT)[0] != item.fingerprint:
            known = None
        if known is not None and _hidden(known, whole) == known.hidden:
            sources[item.key] = known
        elif table is QUALITY_RUNS:
            data = store.read(item.key)
            sha256 = hashlib.sha256(data).hexdigest()
            sources[item.key] = Source(item.key, table.name, item.fingerprint, sha256, 1)
            reports[item.key] = json.loads(data)
        else:
            path = store.local_copy(item.key, folder / "copies")
            data = path.read_bytes()
            sha256 = hashlib.sha256(data).hexdigest()
            source = Source(item.key, table.name, item.fingerprint, sha256, 0)
            sources[item.key] = _looked_into(source, path, data, whole=whole, folder=folder)
    seen = hashlib.sha256()
    for key, source in sorted(sources.items()):
        seen.update(f"{key} {source.sha256}\n".encode())
    return Inputs(store, folder, sources, before, seen.hexdigest(), reports)


def configured_accounts(nodes: Nodes) -> pa.Table:
    """The accounts of `nodes.yaml`."""
    rows = [
        {"platform": account.platform, "account_id": account.account_id, "name": account.name}
        for account in nodes.accounts
    ]
    columns = [("platform", TEXT), ("account_id", TEXT), ("name", TEXT)]
    return pa.Table.from_pylist(rows, schema=pa.schema(columns))


def campaign_names(names: Iterable[str], nodes: Nodes) -> pa.Table:
    """The node of each campaign name, by the patterns of `nodes.yaml`."""
    rows = [{"name": name, "node": nodes.node_of(name)} for name in names]
    return pa.Table.from_pylist(rows, schema=pa.schema([("name", TEXT), ("node", TEXT)]))


def _whole_days(keys: Iterable[str]) -> dict[tuple[str, str, str], list[date]]:
    """The readings that lie in files of their own, by table, platform and account."""
    days: dict[tuple[str, str, str], list[date]] = defaultdict(list)
    for place in map(lake_place, keys):
        if isinstance(place, Partition):
            days[place.table, place.platform, place.account_id].append(place.as_of)
    return days


def _hidden(
    source: Source, whole: Mapping[tuple[str, str, str], Iterable[date]]
) -> tuple[date, ...]:
    """The readings of a compacted file's time that lie in files of their own: those count.

    Such a reading was collected again, came late, or its compaction was killed.
    """
    place = Compacted.of(source.key)
    if place is None:
        return ()
    newest = max((*source.hidden, *(reading.as_of for reading in source.readings)))
    days = whole.get((place.table, place.platform, place.account_id), ())
    return tuple(sorted(day for day in days if place.month <= day <= newest))


def _looked_into(
    source: Source,
    path: Path,
    data: bytes,
    *,
    whole: Mapping[tuple[str, str, str], Iterable[date]],
    folder: Path,
) -> Source:
    """With rows, readings and report days, as the file itself tells them."""
    table = _TABLES[source.table]
    listed = table.name in TABLES
    schema = table.schema if not listed or source.whole else compacted_schema(table.name)
    file = checked(source.key, data, schema, strict=listed)
    source = replace(source, rows=int(file.metadata.num_rows))
    if not listed:
        return source
    first, last = span(file, "report_date")
    source = replace(source, first=first, last=last)
    if source.whole:
        as_of = Partition.of(source.key).as_of
        since = first or as_of if "report_date" in schema.names else None
        lineage = [span(file, name)[0] for name, _ in _LINEAGE]
        return replace(source, readings=(Reading(as_of, since, source.rows, *lineage),))
    kept = readings_in(file.schema_arrow)
    source = replace(source, readings=tuple(kept))
    hidden = _hidden(source, whole)
    if not hidden:
        return source
    shown = tuple(reading for reading in kept if reading.as_of not in hidden)
    fingerprint = _WITHOUT.join([source.fingerprint, *map(str, hidden)])
    source = replace(source, readings=shown, hidden=hidden, fingerprint=fingerprint)
    rows = pq.ParquetFile(_hiding(path, source, folder)).metadata.num_rows
    return replace(source, rows=rows)


def _hiding(path: Path, source: Source, folder: Path) -> Path:
    """A copy of a compacted file without its hidden readings."""
    target = folder / "without" / source.key
    if not target.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        data, kept = read_compacted(LocalStore(path.parent), path.name)
        pq.write_table(without(data, kept, source.hidden), target)
    return target
