"""The data dictionary: every table and column of the lake and the warehouse, as one page.

    python -m include.dictionary        # writes docs/data-dictionary.md

The page is made of the definitions that the code itself reads, so it cannot say something else.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from include.tables import PLATFORMS, RESTATEMENT_DAYS, TABLES, Column, Table
from include.warehouse.tables import WAREHOUSE

PAGE = Path(__file__).parents[1] / "docs" / "data-dictionary.md"

_START = f"""# Data dictionary

Written by `python -m include.dictionary` from `include/tables.py` and
`include/warehouse/tables.py`; do not edit.

How to read it:

* **Absent** says what a value means that the platform leaves out. `required`: the row is set
  aside, with the reason. `0`: platforms leave zeros out, so absent is 0. `null`: not offered or
  not asked for; it stays null and is no zero.
* A ratio (click-through rate, cost per click) is never stored: it is null when its denominator
  is 0, and the ratio of many rows is the ratio of sums.
* Money is exact, in the account's currency, with the currency beside it.
* `is_final` is true for report days that the platform no longer restates:
  {", ".join(f"{platform} {days} days" for platform, days in RESTATEMENT_DAYS.items())}.
* On X more link clicks than clicks are no fault: it counts link clicks on shared copies too.
* Texts that advertisers wrote are untrusted and reach no prompt.

## The lake

Parquet, `lake/<table>/year=/month=/day=/platform=/account=/part-0.parquet`. The day is the day of
reading; one file holds all that one reading of one account told. Rows that broke a rule lie in
`quarantine/<table>/run=/day=/platform=/account=/part-0.parquet`; accepted + quarantined = read.
"""

_WAREHOUSE = """
## The warehouse

One DuckDB file, `warehouse/<version>.duckdb`; `warehouse/current.json` names the version to read.
Each table is made by `include/warehouse/<table>.sql`. Columns that a table has from the lake mean
the same here.
"""


def dictionary() -> str:
    """The page as Markdown."""
    parts = [_START]
    parts += [_section(table, sources=True) for table in TABLES.values()]
    parts.append(_WAREHOUSE)
    parts += [_section(table, sources=False) for table in WAREHOUSE.values()]
    return "\n".join(parts)


def type_name(kind: pa.DataType) -> str:
    """An Arrow type in the words of people who write SQL."""
    if pa.types.is_list(kind):
        return f"list of {type_name(kind.value_type)}"
    if pa.types.is_struct(kind):
        return "(" + ", ".join(f"{field.name} {type_name(field.type)}" for field in kind) + ")"
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision}, {kind.scale})"
    return _NAMES[kind]


_NAMES = {
    pa.string(): "text",
    pa.int32(): "integer",
    pa.int64(): "bigint",
    pa.float32(): "float",
    pa.float64(): "double",
    pa.bool_(): "boolean",
    pa.date32(): "date",
    pa.timestamp("us", tz="UTC"): "timestamp (UTC)",
}
_ABSENT = {"required": "required", "zero": "0", "null": "null"}


def _section(table: Table, *, sources: bool) -> str:
    key = ", ".join(f"`{name}`" for name in table.key)
    lines = [f"### {table.name}", "", table.meaning]
    if key:
        within = " within one reading of one account" if sources else ""
        lines += ["", f"Key{within}: {key}."]
    told = sources and any(column.sources for column in table.columns)
    head = ["Column", "Type", "Unit", "Meaning"]
    if sources:
        head.append("Absent")
    if told:
        head += PLATFORMS
    lines += ["", _row(head), _row(["---"] * len(head))]
    lines += [_row(_cells(column, absent=sources, told=told)) for column in table.columns]
    return "\n".join([*lines, ""])


def _cells(column: Column, *, absent: bool, told: bool) -> list[str]:
    cells = [f"`{column.name}`", type_name(column.type), column.unit, column.meaning]
    if absent:
        cells.append(_ABSENT[column.absent])
    if told:
        cells += [column.sources.get(platform, "") for platform in PLATFORMS]
    return cells


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    PAGE.write_text(dictionary(), encoding="utf-8")
