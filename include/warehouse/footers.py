"""What Parquet files tell of themselves, without their rows being read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from include.errors import QualityFailed


def columns_file(schema: pa.Schema, name: str, folder: Path) -> str:
    """A file without rows that gives columns and types, also when nothing was kept."""
    path = folder / "columns" / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(schema.empty_table(), path)
    return str(path)


def span(file: pq.ParquetFile, column: str) -> tuple[Any, Any]:
    """Smallest and largest value of a column, by the footer where it tells them."""
    metadata = file.metadata
    names = metadata.schema.names
    if column not in names:
        return None, None
    found: list[Any] = []
    for group in range(metadata.num_row_groups):
        told = metadata.row_group(group).column(names.index(column)).statistics
        if told is None or not told.has_min_max:
            values = pc.min_max(file.read(columns=[column])[column])
            return values["min"].as_py(), values["max"].as_py()
        found += [
            _value(raw, file.schema_arrow.field(column).type)
            for raw in (told.min_raw, told.max_raw)
        ]
    return min(found, default=None), max(found, default=None)


def _value(raw: Any, kind: pa.DataType) -> Any:
    """A footer's value in Python's own type."""
    if isinstance(raw, bytes):
        return raw.decode()
    if pa.types.is_timestamp(kind):
        told: Any = pa.scalar(raw, pa.int64()).cast(kind).cast(_MOMENT)
        return moment(told.value)
    return pa.scalar(raw, pa.int32() if pa.types.is_date32(kind) else pa.int64()).cast(kind).as_py()


_MOMENT = pa.timestamp("us", tz="UTC")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(microseconds: int) -> datetime:
    """A moment since 1970; Arrow's own way would import pandas, which takes a second."""
    return _EPOCH + timedelta(microseconds=microseconds)


def checked(key: str, data: bytes, schema: pa.Schema, *, strict: bool) -> pq.ParquetFile:
    """The file, whose columns are those of the schema.

    A column may be missing when it may be null: files of years ago have fewer columns.

    Args:
        strict: complain about columns that the schema does not have.
    """
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
    except (pa.ArrowInvalid, OSError) as error:
        raise QualityFailed(
            f"warehouse: {key} is no readable Parquet file ({error}). Collect that day and account "
            "again; the warehouse published before stands."
        ) from error
    found = file.schema_arrow
    if found.equals(schema):
        return file
    types = dict(zip(found.names, found.types, strict=True))
    for part in schema:
        if not _fits(types.get(part.name, part.type), part.type) or (
            part.name not in types and not part.nullable
        ):
            raise QualityFailed(
                f"warehouse: {key} has column {part.name!r} as {types.get(part.name)}, expected "
                f"{part.type}. Collect that day and account again; the warehouse published "
                "before stands."
            )
    unknown = set(types) - set(schema.names)
    if unknown and strict:
        raise QualityFailed(
            f"warehouse: {key} has columns {sorted(unknown)}, which include/tables.py does not "
            "name. Add them there; the warehouse published before stands."
        )
    return file


def _fits(found: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether a column can be read as wanted: vectors are written as short and of one length."""
    if pa.types.is_fixed_size_list(found) and pa.types.is_list(wanted):
        return pa.types.is_floating(found.value_type) and pa.types.is_floating(wanted.value_type)
    return found == wanted
