"""What a weekly report says, as plain data: figures, objectives, best pieces, new sets."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from duckdb import DuckDBPyConnection

from generation.vocabulary import CATEGORIES
from include.catalogue.names import ad_title
from include.config.nodes import Nodes, load_nodes
from include.config.objectives import Objectives, load_objectives
from include.errors import QualityFailed
from include.leaderboards import ranked_days, read_leaderboard, read_traits
from include.reports.texts import Code
from include.reports.trust import differences, promises
from include.store import Store
from include.warehouse import open_warehouse

PIECES, PIECES_PER_NODE = 5, 2
SETS = 4
TRAITS, PIECES_OF_A_TRAIT = 3, 5


_SET = re.compile(
    r"sets/(?P<set_id>(?P<node>[a-z0-9_]+)-(?P<objective>[a-z0-9_]+)-"
    r"(?P<night>\d{4}-\d{2}-\d{2})-[0-9a-f]{8})/manifest\.json"
)

_ADS = """
SELECT count(DISTINCT (platform, account_id, ad_id)) AS ads
FROM ad_daily WHERE report_date BETWEEN ? AND ? AND impressions > 0
"""

_SPEND = """
SELECT currency, sum(spend) AS amount
FROM ad_daily WHERE report_date BETWEEN ? AND ?
GROUP BY currency HAVING sum(spend) > 0 ORDER BY currency
"""

_NAME = """
SELECT any_value(a.name) AS name, any_value(c.name) AS campaign, d.ad_id
FROM ad_daily d
JOIN ad_pictures p USING (platform, account_id, ad_id)
JOIN campaigns c USING (platform, account_id, campaign_id)
LEFT JOIN ads a USING (platform, account_id, ad_id)
WHERE c.node = ? AND c.objective = ? AND p.picture = ?
GROUP BY d.platform, d.account_id, d.ad_id
ORDER BY sum(d.impressions) DESC, d.platform, d.account_id, d.ad_id
LIMIT 1
"""


@dataclass(frozen=True)
class StoredSet:
    """A finished set, as its key tells."""

    set_id: str
    node: str
    objective: str
    night: date


@dataclass(frozen=True)
class Week:
    """Everything a report is made from."""

    first: date
    last: date
    as_of: date
    rows: Sequence[dict[str, Any]]
    traits: Sequence[dict[str, Any]]
    sets: Sequence[StoredSet]
    before: int
    nodes: Nodes
    objectives: Objectives


def collect(store: Store, week_end: date, language: Code) -> dict[str, Any]:
    """The numbers of the seven days up to `week_end`, ready to be written as JSON.

    Raises:
        QualityFailed: nothing was ranked up to that day.
    """
    week = _read(store, week_end)
    with open_warehouse(store) as warehouse:
        span = [week.first, week.last]
        ads = _rows(warehouse, _ADS, span)[0]["ads"]
        spend = _rows(warehouse, _SPEND, span)
        pieces = [_piece(warehouse, week, row, language) for row in _best(week.rows)]
        differing = differences(warehouse, week.nodes, week.first, week.last)
    judged = [row for row in week.rows if row["verdict"] != "not_enough_evidence"]
    winners = sum(row["verdict"] == "winner" for row in judged)
    cells = {(found.node, found.objective) for found in week.sets}
    return {
        "schema_version": 1,
        "week": {"first": week.first.isoformat(), "last": week.last.isoformat()},
        "language": language,
        "as_of": week.as_of.isoformat(),
        "rule_version": week.rows[0]["rule_version"] if week.rows else None,
        "ads": ads,
        "spend": [{"currency": s["currency"], "amount": str(s["amount"])} for s in spend],
        "figures": {
            "new_sets": {"value": len(week.sets), "before": week.before},
            "covered": {
                "value": len(cells),
                "of": len(week.nodes.nodes) * len(week.objectives.objectives),
            },
            "judged": {"value": len(judged), "of": len(week.rows)},
            "winners": {"value": winners},
        },
        "objectives": _by_objective(week, language),
        "pieces": pieces,
        "traits": _traits(week, language),
        "sets": [_set(store, found, week, language) for found in _shown(week)],
        "promises": promises(
            store, week.as_of, lambda node, objective: _place(week, node, objective, language)
        ),
        "differences": differing,
    }


def _read(store: Store, week_end: date) -> Week:
    days = [day for day in ranked_days(store) if day <= week_end]
    if not days:
        raise QualityFailed(
            f"weekly report {week_end}: nothing was ranked up to that day; run rank_creatives."
        )
    first = week_end - timedelta(days=6)
    sets = sorted(
        (
            StoredSet(m["set_id"], m["node"], m["objective"], date.fromisoformat(m["night"]))
            for m in map(_SET.fullmatch, store.keys("sets"))
            if m is not None
        ),
        key=lambda found: found.set_id,
    )
    return Week(
        first=first,
        last=week_end,
        as_of=days[-1],
        rows=read_leaderboard(store, days[-1]).to_pylist(),
        traits=read_traits(store, days[-1]).to_pylist(),
        sets=[found for found in sets if first <= found.night <= week_end],
        before=sum(first - timedelta(days=7) <= found.night < first for found in sets),
        nodes=load_nodes(),
        objectives=load_objectives(),
    )


def _rows(
    warehouse: DuckDBPyConnection, query: str, parameters: Sequence[Any]
) -> list[dict[str, Any]]:
    found = warehouse.execute(query, parameters)
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _by_objective(week: Week, language: Code) -> list[dict[str, Any]]:
    """The index of the chosen pieces of each objective, every node with the same weight.

    The mean of the pieces by their weight in the brief; the range from the pieces' own ranges
    as if they were normal and independent.
    """
    found = []
    for objective in week.objectives.objectives:
        rows = [r for r in week.rows if r["chosen"] and r["objective"] == objective.id]
        nodes = len({row["node"] for row in rows})
        if not nodes:
            continue
        mean = sum(row["weight"] * row["mean"] for row in rows) / nodes
        half = sum((row["weight"] * (row["high"] - row["low"]) / 2) ** 2 for row in rows) ** 0.5
        found.append(
            {
                "id": objective.id,
                "name": getattr(objective.name, language),
                "pieces": len(rows),
                "mean": mean,
                "low": max(0.0, mean - half / nodes),
                "high": mean + half / nodes,
            }
        )
    return found


def _best(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first piece of the best cells: five, at most two of a node, no picture twice."""
    first = sorted(
        (row for row in rows if row["rank"] == 1 and row["chosen"]),
        key=lambda row: (-row["mean"], row["node"], row["objective"]),
    )
    found: list[dict[str, Any]] = []
    for row in first:
        of_node = sum(other["node"] == row["node"] for other in found)
        seen = row["picture"] in {other["picture"] for other in found}
        if of_node < PIECES_PER_NODE and not seen and len(found) < PIECES:
            found.append(row)
    return found


def _piece(
    warehouse: DuckDBPyConnection, week: Week, row: Mapping[str, Any], language: Code
) -> dict[str, Any]:
    cell = [row["node"], row["objective"], row["picture"]]
    named = _rows(warehouse, _NAME, cell)
    noun = getattr(week.objectives.of(row["node"], row["objective"]).noun, language)
    numbers = ("mean", "low", "high", "prob_above_baseline", "results", "expected")
    return {
        **dict(zip(("node", "objective", "picture"), cell, strict=True)),
        "name": _plain(ad_title(**named[0])) if named else "",
        "place": _place(week, row["node"], row["objective"], language),
        "verdict": row["verdict"],
        "reason": row[f"reason_{language}"],
        "noun": noun.one if row["results"] == 1 else noun.many,
        "spend": [{"currency": s["currency"], "amount": str(s["amount"])} for s in row["spend"]],
        **{name: row[name] for name in numbers},
    }


def _plain(name: str) -> str:
    """An ad's name on one line of at most 60 characters; whoever named the ad wrote it."""
    visible = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in name)
    return " ".join(visible.split())[:60]


def _place(week: Week, node: str, objective: str, language: Code) -> str:
    """`wompi · Tráfico`."""
    named = next((n.name for n in week.nodes.nodes if n.id == node), node)
    return f"{named} · {getattr(week.objectives.of(node, objective).name, language)}"


def _traits(week: Week, language: Code) -> list[dict[str, Any]]:
    """Each node's strongest trait of five pieces or more that is surely above 1; three at most."""
    told = (t for t in week.traits if t["label"] in CATEGORIES.get(t["category"], {}))
    clear = sorted(
        (t for t in told if t["low"] > 1 and t["pieces"] >= PIECES_OF_A_TRAIT),
        key=lambda t: (-t["low"], t["node"], t["objective"], t["category"], t["label"]),
    )
    found: dict[str, dict[str, Any]] = {}
    for trait in clear:
        found.setdefault(trait["node"], trait)
    return [
        {
            "place": _place(week, t["node"], t["objective"], language),
            "text": getattr(CATEGORIES[t["category"]][t["label"]], language),
            **{name: t[name] for name in ("node", "objective", "category", "label", "pieces")},
            **{name: t[name] for name in ("effect", "low", "high")},
        }
        for t in list(found.values())[:TRAITS]
    ]


def _shown(week: Week) -> list[StoredSet]:
    """Four of the week's sets: newest of its cell, one node after the other, best cells first."""
    best: dict[tuple[str, str], float] = {}
    for row in week.rows:
        if row["chosen"]:
            cell = (row["node"], row["objective"])
            best[cell] = max(row["mean"], best.get(cell, 0.0))
    newest = {(s.node, s.objective): s for s in sorted(week.sets, key=lambda s: s.night)}
    left = sorted(newest.values(), key=lambda s: (-best.get((s.node, s.objective), 0.0), s.set_id))
    found: list[StoredSet] = []
    while left and len(found) < SETS:
        nodes = [s.node for s in found]
        objectives = [s.objective for s in found]
        taken = min(left, key=lambda s: (nodes.count(s.node), objectives.count(s.objective)))
        found.append(taken)
        left.remove(taken)
    return found


def _set(store: Store, found: StoredSet, week: Week, language: Code) -> dict[str, Any]:
    manifest = json.loads(store.read(f"sets/{found.set_id}/manifest.json"))
    image = manifest["images"][0]
    return {
        "set_id": found.set_id,
        "night": found.night.isoformat(),
        "place": _place(week, found.node, found.objective, language),
        "title": manifest["title"][language],
        "kind": manifest["profile"]["kind"],
        "alt": image["alt"][language],
        "file": f"sets/{found.set_id}/{image['file']}",
    }
