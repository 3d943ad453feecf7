"""Describing the pictures of a folder by hand, into one file."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from generation.describe.decode import MAX_BYTES, UndecodablePicture, decoded
from generation.describe.record import (
    SCHEMA,
    Describer,
    Description,
    descriptions_table,
)
from include.describe import (
    BATCH_SIZE,
    Asking,
    Progress,
    Unpacked,
    described,
    log_progress,
)

logger = logging.getLogger(__name__)

ENDINGS = (".parquet", ".jsonl")


def describe_folder(
    images: Path,
    describer: Describer,
    out: Path,
    *,
    batch_size: int = BATCH_SIZE,
    progress: Callable[[Progress], None] = log_progress,
) -> dict[str, int]:
    """One row per file below `images`, in the order of their names; hidden files are left out.

    A file that is no picture has a row with the reason. `out` is there when all are described.

    Args:
        out: `.parquet`, or `.jsonl` for reading by eye; replaced.

    Returns:
        files `described` and `broken`.

    Raises:
        ValueError: `images` is no folder or holds no file, or `out` ends otherwise.
    """
    if out.suffix not in ENDINGS:
        raise ValueError(f"--out {out}: expected a file ending in {' or '.join(ENDINGS)}.")
    if not images.is_dir():
        raise ValueError(f"--images {images}: no such folder.")
    files = sorted(
        path
        for path in images.rglob("*")
        if path.is_file()
        and path != out
        and not any(part.startswith(".") for part in path.relative_to(images).parts)
    )
    if not files:
        raise ValueError(f"--images {images}: the folder holds no files.")
    counts = {"described": 0, "broken": 0}
    out.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
    os.close(handle)
    try:
        write = _write_parquet if out.suffix == ".parquet" else _write_lines
        tables = _tables(images, files, describer, counts, batch_size=batch_size, tell=progress)
        write(Path(temporary), tables)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(out)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return counts


def _tables(
    images: Path,
    files: Sequence[Path],
    describer: Describer,
    counts: dict[str, int],
    *,
    batch_size: int,
    tell: Callable[[Progress], None],
) -> Iterator[pa.Table]:
    """The rows of each batch, with the file's name in front and its vector at the end."""
    asking = Asking(batch_size)
    started = time.monotonic()
    for start in range(0, len(files), batch_size):
        batch = files[start : start + batch_size]
        read = [_read(path) for path in batch]
        rows = list(
            zip(
                [sha256 for sha256, _ in read],
                described([found for _, found in read], describer, asking),
                strict=True,
            )
        )
        broken = sum(one.error is not None for _, one in rows)
        counts["broken"] += broken
        counts["described"] += len(rows) - broken
        names = [path.relative_to(images).as_posix() for path in batch]
        vectors = [None if one.vector is None else one.vector.tolist() for _, one in rows]
        table = descriptions_table(rows, describer)
        table = table.add_column(0, pa.field("file", pa.string()), pa.array(names, pa.string()))
        yield table.append_column("vector", pa.array(vectors, pa.list_(pa.float16())))
        done = start + len(batch)
        rate = done / max(time.monotonic() - started, 1e-9)
        tell(Progress(done, len(files), rate, (len(files) - done) / rate))


def _read(path: Path) -> tuple[str, Unpacked]:
    """The sha256 of a file and what it holds; a file too large to be a picture is not read."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        error = f"the file has {size} bytes, at most {MAX_BYTES} are read"
        return sha256, Description(width=0, height=0, error=error)
    data = path.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        return sha256, decoded(data)
    except UndecodablePicture as error:
        logger.warning("%s: %s", path, error)
        return sha256, Description(width=0, height=0, error=str(error))


def _write_parquet(path: Path, tables: Iterator[pa.Table]) -> None:
    first = next(tables)
    with pq.ParquetWriter(path, first.schema, compression="zstd") as writer:
        writer.write_table(first)
        for table in tables:
            writer.write_table(table)


def _write_lines(path: Path, tables: Iterator[pa.Table]) -> None:
    """Without the two columns that nobody reads by eye."""
    with path.open("w", encoding="utf-8") as file:
        for table in tables:
            for row in table.select(
                ["file", *(n for n in SCHEMA.names if n != "look")]
            ).to_pylist():
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
