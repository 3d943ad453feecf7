"""Makes a warehouse of the lake: built aside, checked, published last."""

from __future__ import annotations

import hashlib
import logging
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from include.config.nodes import Nodes
from include.store import Store
from include.warehouse.checks import check_warehouse
from include.warehouse.inputs import Inputs, campaign_names, configured_accounts, gather
from include.warehouse.tables import WAREHOUSE
from include.warehouse.versions import KEPT, Pointer, publish, read_pointer, version_key

if TYPE_CHECKING:
    import duckdb

log = logging.getLogger(__name__)

# The build shares a machine with Airflow; beyond this DuckDB spills into the scratch folder.
THREADS = 2
MEMORY = "1GB"

_LISTED_NAMES = """
SELECT DISTINCT name FROM read_parquet(getvariable('campaigns_files'), union_by_name = true)
WHERE name IS NOT NULL
"""


def build(store: Store, *, day: date, run_id: str, nodes: Nodes, now: datetime) -> str:
    """Make a new version of the warehouse of everything the lake holds, and switch to it.

    Killed at any moment, it leaves the version before readable; run again, it makes the same
    contents. Where nothing has changed since the current version, that one stays.

    Args:
        day: the day of reading that asked for the build; newer readings are taken too.
        now: gives the version its name, so that versions sort by time.

    Returns:
        the current version, such as `20261121T120000-1f2e3d4c`.

    Raises:
        QualityFailed: an input is unreadable or a check failed; the version before stands.
    """
    with tempfile.TemporaryDirectory(prefix="pauta-warehouse-") as scratch:
        folder = Path(scratch)
        inputs = gather(store, folder)
        sha256 = _made_of(inputs, nodes)
        current = read_pointer(store)
        if (
            current is not None
            and current.inputs == sha256
            and store.exists(version_key(current.version))
        ):
            log.info("Warehouse %s is made of the same files; nothing to do.", current.version)
            return current.version
        version = f"{now.astimezone(UTC):%Y%m%dT%H%M%S}-{sha256[:8]}"
        path = folder / f"{version}.duckdb"
        rows = make(path, inputs, nodes)
        before = () if current is None else current.kept
        kept = (version, *(other for other in before if other != version))[:KEPT]
        publish(store, path, Pointer(version, day.isoformat(), run_id, sha256, kept, rows))
    log.info("Warehouse %s: %d ad-days, %d ads.", version, rows["ad_daily"], rows["ads"])
    return version


def make(path: Path, inputs: Inputs, nodes: Nodes) -> dict[str, int]:
    """Write and check one DuckDB file; returns the rows of each table."""
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": THREADS,
        "memory_limit": MEMORY,
        "temp_directory": str(path.parent / "spill"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    with duckdb.connect(str(path), config=config) as warehouse:
        _restrict(warehouse, inputs, path.parent)
        warehouse.register("readings", inputs.readings)
        warehouse.register("quality_reports", inputs.reports)
        warehouse.register("configured_accounts", configured_accounts(nodes))
        names = [name for (name,) in warehouse.execute(_LISTED_NAMES).fetchall()]
        warehouse.register("campaign_names", campaign_names(names, nodes))
        for name in WAREHOUSE:
            warehouse.execute(statement(name))
        return check_warehouse(warehouse, inputs)


def statement(name: str) -> str:
    """The SQL that makes a table."""
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")


def _restrict(warehouse: duckdb.DuckDBPyConnection, inputs: Inputs, folder: Path) -> None:
    """Tell the files to read, and forbid every other file and the network."""
    for name, files in inputs.files.items():
        warehouse.execute(f"SET VARIABLE {name}_files = ?", [files])
    allowed = sorted({path for files in inputs.files.values() for path in files})
    warehouse.execute(f"SET allowed_paths = [{', '.join(map(_quoted, allowed))}]")
    warehouse.execute(f"SET allowed_directories = [{_quoted(str(folder))}]")
    warehouse.execute("SET enable_external_access = false")
    warehouse.execute("SET lock_configuration = true")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _made_of(inputs: Inputs, nodes: Nodes) -> str:
    """sha256 of all that decides what the warehouse holds: files, nodes, SQL."""
    seen = hashlib.sha256(inputs.sha256.encode())
    seen.update(nodes.model_dump_json().encode())
    for name in WAREHOUSE:
        seen.update(statement(name).encode())
    return seen.hexdigest()
