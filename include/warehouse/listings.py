"""Where the newest listing of each thing comes from: all files, or the last result and new ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.lake import SPAN, compacted_schema
from include.tables import TABLES
from include.warehouse.footers import columns_file
from include.warehouse.inputs import Inputs

if TYPE_CHECKING:
    import duckdb

LISTED = tuple(name for name in TABLES if name != "ad_daily")

# The day of a listing in a file of its own is known by the file, of compacted ones by each row.
_LISTED = """
CREATE OR REPLACE TEMP VIEW {name}_listed AS
SELECT {columns}, getvariable('{name}_days')[file_index::BIGINT + 1] AS as_of
FROM read_parquet(
    getvariable('{name}_whole'), union_by_name = true, hive_partitioning = false
)
UNION ALL BY NAME
SELECT {columns}, told_until AS as_of
FROM read_parquet(
    getvariable('{name}_compacted'), union_by_name = true, hive_partitioning = false
)
"""
_BEFORE = "UNION ALL BY NAME SELECT {columns}, as_of FROM {name}_before"


def list_all(warehouse: duckdb.DuckDBPyConnection, inputs: Inputs, *, anew: bool) -> list[str]:
    """Make a view `<table>_listed` of every listed table; returns the tables to make.

    The newest listing of each key is also the newest of the last result and the files that came
    since, as long as no file is gone; so a night reads one night's files.

    Args:
        anew: there is no last result.
    """
    wanted = []
    for name in LISTED:
        goes_on = not anew and not inputs.gone(name)
        sources = inputs.changed(name) if goes_on else inputs.of(name)
        if goes_on and not sources and name != "campaigns":
            continue
        wanted.append(name)
        columns = ", ".join(TABLES[name].schema.names)
        query = _LISTED.format(name=name, columns=columns)
        if goes_on:
            warehouse.execute(f"CREATE OR REPLACE TEMP TABLE {name}_before AS FROM {name}")
            query += _BEFORE.format(name=name, columns=columns)
        whole = [source for source in sources if source.whole]
        compacted = [inputs.path(source) for source in sources if not source.whole]
        empty = columns_file(TABLES[name].schema, name, inputs.folder)
        spanned = columns_file(compacted_schema(name), f"{name}_{SPAN[0].name}", inputs.folder)
        for variable, value, kind in (
            ("whole", [empty, *map(inputs.path, whole)], "VARCHAR[]"),
            ("compacted", [spanned, *compacted], "VARCHAR[]"),
            ("days", [None, *(source.readings[0].as_of for source in whole)], "DATE[]"),
        ):
            warehouse.execute(f"SET VARIABLE {name}_{variable} = ?::{kind}", [value])
        warehouse.execute(query)
    return wanted
