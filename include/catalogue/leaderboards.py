"""Stored leaderboards, as the catalogue shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from generation.vocabulary import CATEGORIES
from include.catalogue.manifest import Details, Evidence, Text, Trait
from include.leaderboards import LEADERBOARD, TRAITS, ranked_days, read_leaderboard, read_traits
from include.store import Store


@dataclass(frozen=True)
class Leaderboards:
    """All cells of one day: columns as `include.rank` writes them."""

    as_of: date
    table: pa.Table
    shared: pa.Table

    def cell(self, node: str, objective: str) -> list[dict[str, Any]]:
        """The pieces of one cell, best first, each with its `evidence`."""
        rows = _of_cell(self.table, node, objective).sort_by("rank").to_pylist()
        return [{**row, "evidence": evidence_of(row)} for row in rows]

    def traits(self, node: str, objective: str) -> list[Trait]:
        """What pieces of one cell with a label did against those without it.

        Labels that have left the vocabulary have no words, so they are left out.
        """
        return [
            trait
            for row in _of_cell(self.shared, node, objective).to_pylist()
            if (trait := _trait(row)) is not None
        ]

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
    days = ranked_days(store)
    return leaderboard_of(store, days[-1]) if days else None


def leaderboard_of(store: Store, day: date) -> Leaderboards | None:
    """The leaderboard stored for a day, or None where there is none.

    Columns that came later are null in older ones.
    """
    try:
        table = read_leaderboard(store, day)
    except FileNotFoundError:
        return None
    if table.num_rows == 0:
        return None
    try:
        shared = read_traits(store, day)
    except FileNotFoundError:
        shared = TRAITS.empty_table()
    return Leaderboards(day, _with_columns(table, LEADERBOARD), _with_columns(shared, TRAITS))


def evidence_of(row: Mapping[str, Any]) -> Evidence | None:
    """What stands behind one row; None where its ranking did not tell it yet."""
    if row["grade"] is None:
        return None
    return Evidence(
        **{name: row[name] for name in ("verdict", "worn", "grade", "missing")},
        details=Details(es=row["details_es"], en=row["details_en"]),
        revenue=row["revenue"],
        guard_rails=row["guard_rails"],
    )


def _of_cell(table: pa.Table, node: str, objective: str) -> pa.Table:
    return table.filter((pc.field("node") == node) & (pc.field("objective") == objective))


def _with_columns(table: pa.Table, schema: pa.Schema) -> pa.Table:
    return pa.concat_tables([schema.empty_table(), table], promote_options="default")


def _trait(row: Mapping[str, Any]) -> Trait | None:
    words = CATEGORIES.get(row["category"], {}).get(row["label"])
    if words is None:
        return None
    return Trait.model_validate({**row, "text": Text(es=words.es, en=words.en)})
