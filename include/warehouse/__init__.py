"""The warehouse: one DuckDB file made of the lake, checked, then published by a pointer."""

from __future__ import annotations

from include.warehouse.building import build
from include.warehouse.versions import Pointer, open_warehouse, read_pointer

__all__ = ["Pointer", "build", "open_warehouse", "read_pointer"]
