"""Versions of the warehouse and the pointer that names the one to read.

A published file never changes: a process that holds an old one reads on undisturbed, and
the next `open_warehouse` follows the pointer.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from include.store import Store

if TYPE_CHECKING:
    import duckdb

POINTER = "warehouse/current.json"

# Long enough for a reader that has read the pointer and not yet opened the file, and for
# looking at yesterday's numbers.
KEPT = 3

# Readers share the machine with Airflow; DuckDB would take 80 % of the memory.
READ_THREADS = 2
READ_MEMORY = "512MB"


@dataclass(frozen=True)
class Pointer:
    """Which version is current, what it was made of, and which versions are still there.

    Args:
        inputs: sha256 of everything the version was made of.
        kept: versions on the store, newest build first; `version` is the first.
        rows: table -> rows.
    """

    version: str
    day: str
    run_id: str
    inputs: str
    kept: tuple[str, ...]
    rows: dict[str, int]


def version_key(version: str) -> str:
    """`warehouse/20261121T120000-1f2e3d4c.duckdb`."""
    return f"warehouse/{version}.duckdb"


def read_pointer(store: Store) -> Pointer | None:
    """The current version, or None when nothing was built yet."""
    if not store.exists(POINTER):
        return None
    fields = json.loads(store.read(POINTER))
    return Pointer(**{**fields, "kept": tuple(fields["kept"])})


def publish(store: Store, source: Path, pointer: Pointer) -> None:
    """Put the file in its place, switch the pointer, then remove what is no longer kept."""
    store.move_file(version_key(pointer.version), source)
    store.write(POINTER, json.dumps(asdict(pointer), sort_keys=True, indent=1).encode())
    keep = {POINTER, *map(version_key, pointer.kept)}
    for key in store.keys("warehouse"):
        if key not in keep:
            store.delete(key)


def open_warehouse(store: Store, cache: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A read-only connection to the current version; close it, or use it in a `with`.

    Args:
        cache: where a warehouse that lies on S3 is kept on this machine; by default
            `$XDG_CACHE_HOME/pauta`, one folder per store.

    Raises:
        FileNotFoundError: nothing was built yet.
    """
    pointer = read_pointer(store)
    if pointer is None:
        raise FileNotFoundError(
            f"warehouse: {store.root} has no {POINTER}. Run the DAG build_warehouse once."
        )
    path = store.local_copy(version_key(pointer.version), _cache(store, pointer, cache))
    return open_version(path)


def open_version(path: Path) -> duckdb.DuckDBPyConnection:
    """A read-only connection to one version; all of a process have the same settings."""
    import duckdb

    return duckdb.connect(
        str(path),
        read_only=True,
        config={
            "threads": READ_THREADS,
            "memory_limit": READ_MEMORY,
            # Numbers are read by pages that strangers' text is shown on: no file, no network.
            "enable_external_access": False,
            "lock_configuration": True,
        },
    )


def local_version(store: Store, pointer: Pointer) -> Path | None:
    """The current version's file on this machine; None when the store no longer has it."""
    key = version_key(pointer.version)
    return store.local_copy(key, _cache(store, pointer, None)) if store.exists(key) else None


def _cache(store: Store, pointer: Pointer, folder: Path | None) -> Path:
    """Where copies of versions lie; those that the store no longer has are removed."""
    if folder is None:
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        folder = home / "pauta" / hashlib.sha256(store.root.encode()).hexdigest()[:16]
    _forget(folder / "warehouse", pointer.kept)
    return folder


def _forget(folder: Path, kept: tuple[str, ...]) -> None:
    """Remove copies of versions that the store no longer has."""
    for path in folder.glob("*.duckdb"):
        if path.stem not in kept:
            path.unlink(missing_ok=True)
