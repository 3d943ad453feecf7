"""The newest leaderboard, as the catalogue shows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from include.leaderboards import ranked_days, read_leaderboard
from include.store import Store


@dataclass(frozen=True)
class Leaderboards:
    """All cells of one day: columns as `include.rank` writes them."""

    as_of: date
    table: pa.Table

    def cell(self, node: str, objective: str) -> list[dict[str, Any]]:
        """The pieces of one cell, best first."""
        here = (pc.field("node") == node) & (pc.field("objective") == objective)
        rows: list[dict[str, Any]] = self.table.filter(here).sort_by("rank").to_pylist()
        return rows

    def pieces(self) -> dict[tuple[str, str], int]:
        """How many pieces each cell ranks."""
        counts = self.table.group_by(["node", "objective"]).aggregate([("picture", "count")])
        return {(r["node"], r["objective"]): r["picture_count"] for r in counts.to_pylist()}

    def leaders(self, n: int) -> Iterable[str]:
        """The pictures of the first `n` places of each cell."""
        first = self.table.filter(pc.field("rank") <= n)
        return sorted({row["picture"] for row in first.select(["picture"]).to_pylist()})


def newest_leaderboard(store: Store) -> Leaderboards | None:
    """The leaderboard of the newest day, or None before the first ranking."""
    if not ranked_days(store):
        return None
    table = read_leaderboard(store)
    if table.num_rows == 0:
        return None
    return Leaderboards(table["as_of"][0].as_py(), table)
