"""Makes a warehouse of the lake: built aside, checked, published last.

A build goes on from the version before: it takes a copy of that, renews the report days of which
files changed, and makes the small tables anew. Where it cannot (other tables, or most of the
files changed) it starts from nothing; both ways end at the same contents.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from include.config.exchange_rates import Rates, load_rates
from include.config.nodes import Nodes
from include.store import Store
from include.tables import AD_DAILY, RESTATEMENT_DAYS
from include.warehouse.checks import check_warehouse
from include.warehouse.daily import NAME as READINGS
from include.warehouse.daily import renew_readings
from include.warehouse.footers import columns_file
from include.warehouse.inputs import (
    BESIDE,
    REPORTS,
    Inputs,
    Source,
    campaign_names,
    configured_accounts,
    gather,
    sources_in,
)
from include.warehouse.listings import LISTED, list_all
from include.warehouse.statements import MACRO, OF_READINGS, recipe, statement
from include.warehouse.tables import EXCHANGE_RATES, QUALITY_RUNS, RESTATEMENT, WAREHOUSE
from include.warehouse.versions import (
    KEPT,
    Pointer,
    local_version,
    open_version,
    publish,
    read_pointer,
)

if TYPE_CHECKING:
    import duckdb

log = logging.getLogger(__name__)

# The build shares a machine with Airflow; beyond this DuckDB spills into the scratch folder.
THREADS = 2
MEMORY = "1GB"

# Space that renewed rows leave in the file is used again but never given back: with more of it
# than this share, and when more rows than this share changed, the file is made anew.
WORN = 0.5

_LISTED_NAMES = "SELECT DISTINCT name FROM {} WHERE name IS NOT NULL"


def build(
    store: Store,
    *,
    day: date,
    run_id: str,
    nodes: Nodes,
    now: datetime,
    rates: Rates | None = None,
) -> str:
    """Make a new version of the warehouse of everything the lake holds, and switch to it.

    Killed at any moment, it leaves the version before readable; run again, it makes the same
    contents. Where nothing has changed since the current version, that one stays.

    Args:
        day: the day of reading that asked for the build; newer readings are taken too.
        now: gives the version its name, so that versions sort by time.
        rates: by default those of `exchange_rates.csv`.

    Returns:
        the current version, such as `20261121T120000-1f2e3d4c`.

    Raises:
        QualityFailed: an input is unreadable or a check failed; the version before stands.
    """
    if rates is None:
        rates = load_rates()
    current = read_pointer(store)
    folder = store.scratch("warehouse")
    try:
        earlier = None if current is None else local_version(store, current)
        before = {} if earlier is None else _made_before(earlier)
        inputs = gather(store, folder, before)
        sha256 = _made_of(inputs, nodes, rates)
        if current is not None and earlier is not None and current.inputs == sha256:
            log.info("Warehouse %s is made of the same files; nothing to do.", current.version)
            return current.version
        version = f"{now.astimezone(UTC):%Y%m%dT%H%M%S}-{sha256[:8]}"
        path = folder / f"{version}.duckdb"
        rows = make(path, inputs, nodes, rates, earlier=earlier if _goes_on(inputs) else None)
        kept_before = () if current is None else current.kept
        kept = (version, *(other for other in kept_before if other != version))[:KEPT]
        publish(store, path, Pointer(version, day.isoformat(), run_id, sha256, kept, rows))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    log.info("Warehouse %s: %d ad-days, %d ads.", version, rows["ad_daily"], rows["ads"])
    return version


def make(
    path: Path, inputs: Inputs, nodes: Nodes, rates: Rates, *, earlier: Path | None = None
) -> dict[str, int]:
    """Write and check one DuckDB file; returns the rows of each table.

    Args:
        earlier: the version that `inputs.before` tells of, to go on from.
    """
    import duckdb

    if earlier is not None:
        shutil.copyfile(earlier, path)
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": THREADS,
        "memory_limit": MEMORY,
        "temp_directory": str(path.parent / "spill"),
        # Rows have no order of their own, and keeping one costs memory.
        "preserve_insertion_order": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        # One checkpoint at the end: a killed build is thrown away whole.
        "wal_autocheckpoint": "1TB",
    }
    with duckdb.connect(str(path), config=config) as warehouse:
        anew = earlier is None
        _restrict(warehouse, inputs, path.parent)
        _clear(warehouse, anew=anew)
        blocks = renew_readings(warehouse, inputs, anew=anew)
        listed = list_all(warehouse, inputs, anew=anew)
        _register(warehouse, inputs, nodes, rates)
        _renew_reports(warehouse, inputs, anew=anew)
        for name in WAREHOUSE:
            if name == READINGS or (name in LISTED and name not in listed):
                continue
            if name == "campaigns":
                names = warehouse.execute(_LISTED_NAMES.format("campaigns_listed")).fetchall()
                warehouse.register("campaign_names", campaign_names([n for (n,) in names], nodes))
            warehouse.execute(f"DROP {'VIEW' if name == 'ad_daily' else 'TABLE'} IF EXISTS {name}")
            warehouse.execute(statement(name))
        warehouse.execute(statement(MACRO))
        rows = check_warehouse(warehouse, inputs, blocks, listed)
        _remember(warehouse, inputs)
        warehouse.execute("CHECKPOINT")
        return rows


def _restrict(warehouse: duckdb.DuckDBPyConnection, inputs: Inputs, folder: Path) -> None:
    """Forbid every file but those of the build, and the network."""
    for table, _, _ in BESIDE:
        empty = columns_file(table.schema, table.name, folder)
        files = [empty, *map(inputs.path, inputs.of(table.name))]
        warehouse.execute(f"SET VARIABLE {table.name}_files = ?", [files])
    places = {str(folder), inputs.store.root}
    allowed = ", ".join(_quoted(place) for place in sorted(places) if "://" not in place)
    warehouse.execute(f"SET allowed_directories = [{allowed}]")
    warehouse.execute("SET enable_external_access = false")
    warehouse.execute("SET lock_configuration = true")


def _clear(warehouse: duckdb.DuckDBPyConnection, *, anew: bool) -> None:
    """The tables that are filled and not made, in a file of its own or as the copy has them."""
    if anew:
        for name, schema in ((READINGS, WAREHOUSE[READINGS].schema), ("quality_reports", REPORTS)):
            warehouse.register("empty", _plain(schema).empty_table())
            warehouse.execute(f"CREATE TABLE {name} AS FROM empty")
            warehouse.unregister("empty")
        return
    for name in ("made_of", "recipe"):
        warehouse.execute(f"DROP TABLE {name}")
    warehouse.execute(f"DROP MACRO TABLE {MACRO}")


def _register(
    warehouse: duckdb.DuckDBPyConnection, inputs: Inputs, nodes: Nodes, rates: Rates
) -> None:
    """What the statements read besides files."""
    warehouse.register("readings_of_files", inputs.readings(AD_DAILY.name))
    warehouse.register("configured_accounts", configured_accounts(nodes))
    days = [{"platform": name, "days": days} for name, days in RESTATEMENT_DAYS.items()]
    warehouse.register("restatement_days", pa.Table.from_pylist(days, _plain(RESTATEMENT.schema)))
    told = [{**asdict(r), "reporting_currency": rates.reporting_currency} for r in rates.rates]
    own = {"day": date(1, 1, 1), "currency": rates.reporting_currency, "rate": 1}
    told.append({**own, "reporting_currency": rates.reporting_currency})
    warehouse.register("rates", pa.Table.from_pylist(told, _plain(EXCHANGE_RATES.schema)))


def _plain(schema: pa.Schema) -> pa.Schema:
    return pa.schema([(part.name, part.type) for part in schema])


def _renew_reports(warehouse: duckdb.DuckDBPyConnection, inputs: Inputs, *, anew: bool) -> None:
    """The reports of `quality/` are many small files: a night reads one night's."""
    name = QUALITY_RUNS.name
    gone = [source.key for source in inputs.gone(name)]
    warehouse.execute("DELETE FROM quality_reports WHERE list_contains(?::VARCHAR[], key)", [gone])
    fresh = inputs.of(name) if anew else inputs.changed(name)
    warehouse.register("reports", inputs.reports(fresh))
    warehouse.execute("INSERT INTO quality_reports FROM reports")


def _remember(warehouse: duckdb.DuckDBPyConnection, inputs: Inputs) -> None:
    """What the next build goes on from."""
    warehouse.register("sources", inputs.made_of())
    warehouse.execute("CREATE TABLE made_of AS FROM sources")
    warehouse.execute("CREATE TABLE recipe AS SELECT ? AS sha256", [recipe()])


def _made_before(path: Path) -> dict[str, Source]:
    """What a version was made of; nothing when it cannot be gone on from."""
    with open_version(path) as warehouse:
        tables = {name for (name,) in warehouse.execute("SHOW TABLES").fetchall()}
        if not {"made_of", "recipe"} <= tables:
            return {}
        if warehouse.execute("SELECT sha256 FROM recipe").fetchall() != [(recipe(),)]:
            return {}
        found = warehouse.execute(
            "SELECT total_blocks, free_blocks FROM pragma_database_size()"
        ).fetchall()
        total, free = found[0]
        if free > WORN * total:
            return {}
        return sources_in(warehouse.sql("FROM made_of").to_arrow_table())


def _goes_on(inputs: Inputs) -> bool:
    """Whether so little changed that renewing is less work than making anew."""
    if not inputs.before:
        return False
    name = AD_DAILY.name
    touched = sum(source.rows for source in (*inputs.changed(name), *inputs.gone(name)))
    return touched <= WORN * inputs.rows(name)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _made_of(inputs: Inputs, nodes: Nodes, rates: Rates) -> str:
    """sha256 of all that decides what the warehouse holds: files, configuration, SQL."""
    seen = hashlib.sha256(inputs.sha256.encode())
    seen.update(nodes.model_dump_json().encode())
    seen.update(repr(rates).encode())
    for name in (*WAREHOUSE, *OF_READINGS, MACRO):
        seen.update(statement(name).encode())
    return seen.hexdigest()
