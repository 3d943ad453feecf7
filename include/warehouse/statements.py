"""The SQL that makes each table, by name."""

from __future__ import annotations

import hashlib
from pathlib import Path

from include.warehouse.tables import WAREHOUSE

# What the stored readings come from, beside the statement of their name: when one of these
# changes, they are made anew.
OF_READINGS = ("ad_daily_settled", "ad_daily_superseded")
# Made beside the tables.
MACRO = "ad_daily_asof"


def statement(name: str) -> str:
    """The SQL that makes a table, view or macro."""
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")


def recipe() -> str:
    """sha256 of what a table of readings is made by; a version of another recipe is not renewed."""
    seen = hashlib.sha256()
    for name in ("ad_daily_readings", *OF_READINGS):
        seen.update(statement(name).encode())
    for table in WAREHOUSE.values():
        seen.update(str(table.schema).encode())
    return seen.hexdigest()
