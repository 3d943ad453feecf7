"""What a build reads: files of the lake and of the rooms beside it, as paths on this machine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from include.config.nodes import Nodes
from include.errors import QualityFailed
from include.lake import Partition
from include.store import Store
from include.tables import TABLES, TEXT, Table
from include.warehouse.tables import (
    DESCRIPTIONS,
    LEADERBOARDS,
    PROMISES,
    QUALITY_RUNS,
    QUARANTINED,
)

# Read as they are, beside the lake: table of the warehouse, folder and end of its keys.
BESIDE = (
    (DESCRIPTIONS, "descriptions", ".parquet"),
    (LEADERBOARDS, "leaderboards", "/leaderboard.parquet"),
    (PROMISES, "leaderboards", "/promises.parquet"),
    (QUARANTINED, "quarantine", ".parquet"),
)


@dataclass(frozen=True)
class Inputs:
    """Everything one build is made of.

    Args:
        files: table -> paths; the first holds no rows and gives the columns and types.
        rows: table -> rows by the files' own footers.
        readings: path, table_name, platform, account_id, as_of of each partition.
        reports: the counts of `quality/`.
        sha256: of all files' bytes; the same files give the same.
    """

    files: dict[str, list[str]]
    rows: dict[str, int]
    readings: pa.Table
    reports: pa.Table
    sha256: str


def gather(store: Store, folder: Path) -> Inputs:
    """Find, hash and look into every input; objects that lie elsewhere are copied into `folder`.

    Raises:
        QualityFailed: a file is no Parquet, or has not the columns of its table.
    """
    seen = hashlib.sha256()
    files: dict[str, list[str]] = {}
    rows: dict[str, int] = {}
    readings: list[dict[str, Any]] = []

    def take(table: Table, keys: Iterable[str]) -> None:
        paths = [_columns_of(table, folder)]
        rows[table.name] = 0
        for key in keys:
            path = store.local_copy(key, folder / "copies")
            rows[table.name] += _check_file(key, path, table)
            seen.update(f"{key} {_sha256(path)}\n".encode())
            paths.append(str(path))
            if table.name in TABLES:
                partition = Partition.of(key)
                readings.append(
                    {
                        "path": str(path),
                        "table_name": table.name,
                        "platform": partition.platform,
                        "account_id": partition.account_id,
                        "as_of": partition.as_of,
                    }
                )
        files[table.name] = paths

    for name, table in TABLES.items():
        take(table, store.keys(f"lake/{name}"))
    for table, place, end in BESIDE:
        take(table, [key for key in store.keys(place) if key.endswith(end)])
    reports = []
    for key in store.keys("quality"):
        data = store.read(key)
        seen.update(f"{key} {hashlib.sha256(data).hexdigest()}\n".encode())
        reports.append(json.loads(data))
    return Inputs(files, rows, _readings(readings), _reports(reports), seen.hexdigest())


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


def _readings(rows: list[dict[str, Any]]) -> pa.Table:
    columns: list[tuple[str, pa.DataType]] = [
        ("path", TEXT),
        ("table_name", TEXT),
        ("platform", TEXT),
        ("account_id", TEXT),
        ("as_of", pa.date32()),
    ]
    return pa.Table.from_pylist(rows, schema=pa.schema(columns))


def _reports(rows: list[dict[str, Any]]) -> pa.Table:
    schema = QUALITY_RUNS.schema
    text = pa.schema([(f.name, TEXT if f.name == "as_of" else f.type) for f in schema])
    return pa.Table.from_pylist(rows, schema=text).cast(
        pa.schema([(f.name, f.type) for f in schema])
    )


def _columns_of(table: Table, folder: Path) -> str:
    """A file without rows that gives a table its columns and types, also when nothing was kept."""
    path = folder / "columns" / f"{table.name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table.schema.empty_table(), path)
    return str(path)


def _check_file(key: str, path: Path, table: Table) -> int:
    """Rows of one file.

    A column may be missing when it may be null: files of years ago have fewer columns.
    """
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise QualityFailed(
            f"warehouse: {key} is no readable Parquet file ({error}). Collect that day and account "
            "again; the warehouse published before stands."
        ) from error
    found = {field.name: field.type for field in file.schema_arrow}
    for field in table.schema:
        if found.get(field.name, field.type) != field.type or (
            field.name not in found and not field.nullable
        ):
            raise QualityFailed(
                f"warehouse: {key} has column {field.name!r} as {found.get(field.name)}, expected "
                f"{field.type}. Collect that day and account again; the warehouse published "
                "before stands."
            )
    unknown = set(found) - set(table.schema.names)
    if unknown and table.name in TABLES:
        raise QualityFailed(
            f"warehouse: {key} has columns {sorted(unknown)}, which include/tables.py does not "
            "name. Add them there; the warehouse published before stands."
        )
    return int(file.metadata.num_rows)


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
