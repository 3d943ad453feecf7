"""What a report says of its own numbers: false winners, kept promises, accounts that differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from duckdb import DuckDBPyConnection

from include.catalogue.formats import Formats
from include.catalogue.promised import newest_promises
from include.config.nodes import Nodes
from include.store import Store
from ranking import FALSE_WINNERS

# Money that ads and totals disagree on; rounding stays far below it.
DIFFERENCE = 0.005
# Cells that missed their range, the worst first; the health page has all of them.
CELLS = 5

PLATFORMS = {"meta": "Meta", "google_ads": "Google Ads", "x_ads": "X", "linkedin_ads": "LinkedIn"}

_DIFFERENCES = """
SELECT
    platform, account_id,
    (sum(spend_difference) / sum(total_spend))::DOUBLE AS share
FROM reconciliation
WHERE report_date BETWEEN ? AND ? AND total_spend IS NOT NULL
GROUP BY platform, account_id, currency
HAVING sum(total_spend) > 0 AND abs(sum(spend_difference) / sum(total_spend)) > ?
ORDER BY platform, account_id, currency
"""

# Node and objective in, words out.
Place = Callable[[str, str], str]


def promises(store: Store, as_of: date, place: Place) -> dict[str, Any] | None:
    """Last month's promises against what came, of the comparison made on `as_of`.

    `missed` are the cells that delivered less or more than their 80 % range, those furthest from
    their promise first.
    """
    found = newest_promises(store, as_of)
    if found is None or not found.cells:
        return None
    missed = sorted(
        (cell for cell in found.cells if not cell.within),
        key=lambda cell: (-abs(cell.of_promise(cell.delivered) - 1), cell.node, cell.objective),
    )
    return {
        "promised_on": found.promised_on.isoformat(),
        "cells": len(found.cells),
        "within": found.within,
        "missed": [
            {
                "place": place(cell.node, cell.objective),
                **{name: getattr(cell, name) for name in ("node", "objective")},
                **{name: getattr(cell, name) for name in ("promised", "delivered", "low", "high")},
            }
            for cell in missed[:CELLS]
        ],
    }


def differences(
    warehouse: DuckDBPyConnection, nodes: Nodes, first: date, last: date
) -> list[dict[str, Any]]:
    """Accounts whose ads do not add up to the platform's total of those days.

    `share` of the total spend is missing from the ads; below zero they say more than the total.
    """
    names = {(a.platform, a.account_id): a.name for a in nodes.accounts}
    found = warehouse.execute(_DIFFERENCES, [first, last, DIFFERENCE]).fetchall()
    return [
        {
            "platform": platform,
            "account_id": account_id,
            "name": f"{PLATFORMS[platform]}, {names.get((platform, account_id), account_id)}",
            "share": share,
        }
        for platform, account_id, share in found
    ]


def words(data: Mapping[str, Any], t: Mapping[str, str], formats: Formats) -> dict[str, Any]:
    """The same as sentences."""
    kept = data["promises"]
    told = t["no_promises"]
    if kept is not None:
        told = t["kept_one" if kept["cells"] == 1 else "kept"].format(
            day=formats.day(date.fromisoformat(kept["promised_on"])),
            within=formats.number(kept["within"]),
            cells=formats.number(kept["cells"]),
        )
    return {
        "false_winners": t["false_winners"].format(share=formats.percent(FALSE_WINNERS)),
        "kept": told,
        "missed": [_missed(cell, t, formats) for cell in (kept or {"missed": []})["missed"]],
        "differences": [
            t["short" if row["share"] > 0 else "over"].format(
                name=row["name"], share=formats.percent(abs(row["share"]), 1)
            )
            for row in data["differences"]
        ],
    }


def _missed(cell: Mapping[str, Any], t: Mapping[str, str], formats: Formats) -> str:
    numbers = {
        name: formats.number(cell[name]) for name in ("promised", "delivered", "low", "high")
    }
    below = cell["delivered"] < cell["low"]
    return t["below" if below else "above"].format(place=cell["place"], **numbers)
