"""Leaderboards per node and objective, from the warehouse: estimates, verdicts, reasons, traits."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Set
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

import ranking
from include.config.objectives import Objective, Objectives, load_objectives
from include.lake import write_table
from include.leaderboards import LEADERBOARD, TRAITS, ranked_key
from include.store import Store
from include.warehouse import open_warehouse
from ranking.shrink import Array

# How a number comes about; changes with any change of method that moves one.
METHOD = "gamma-poisson/1"

# A group with fewer judged pieces borrows the prior of its objective over all nodes.
PIECES_FOR_A_PRIOR = 20

_PLACES = "SELECT * FROM picture_results WHERE node IS NOT NULL ORDER BY ALL"

_AD_SETS = """
SELECT c.node, c.objective, d.platform, d.account_id, p.picture, d.ad_set_id,
       sum(d.impressions) AS impressions, sum(d.link_clicks) AS link_clicks,
       sum(d.engagements) AS engagements, sum(d.video_views) AS video_views,
       sum(d.leads) AS leads, sum(d.purchases) AS purchases,
       sum(d.conversions) AS conversions, sum(d.spend) AS spend
FROM ad_daily d
JOIN ad_pictures p USING (platform, account_id, ad_id)
JOIN campaigns c USING (platform, account_id, campaign_id)
WHERE c.node IS NOT NULL
GROUP BY ALL
ORDER BY ALL
"""

_PIECES = """
WITH money AS (
    SELECT node, objective, picture, currency, sum(spend) AS amount
    FROM picture_results GROUP BY ALL
), spent AS (
    SELECT node, objective, picture,
           list({'currency': currency, 'amount': amount} ORDER BY currency) AS spend
    FROM money GROUP BY ALL
), shown AS (
    SELECT c.node, c.objective, p.picture, d.platform, d.account_id, d.campaign_id,
           sum(d.impressions) AS impressions
    FROM ad_daily d
    JOIN ad_pictures p USING (platform, account_id, ad_id)
    JOIN campaigns c USING (platform, account_id, campaign_id)
    GROUP BY ALL
), home AS (
    SELECT node, objective, picture,
           first({'platform': platform, 'account_id': account_id, 'campaign_id': campaign_id}
                 ORDER BY impressions DESC, platform, account_id, campaign_id) AS campaign
    FROM shown GROUP BY ALL
)
SELECT r.node, r.objective, r.picture,
       sum(r.impressions)::BIGINT AS impressions, sum(r.link_clicks)::BIGINT AS link_clicks,
       sum(r.ads)::BIGINT AS ads, list(DISTINCT r.platform ORDER BY r.platform) AS platforms,
       count(*) FILTER (WHERE r.spend > 0) AS accounts,
       min(r.first_date) AS first_date, max(r.last_date) AS last_date,
       any_value(s.spend) AS spend, any_value(h.campaign) AS campaign
FROM picture_results r
JOIN spent s USING (node, objective, picture)
LEFT JOIN home h USING (node, objective, picture)
WHERE r.node IS NOT NULL
GROUP BY r.node, r.objective, r.picture
ORDER BY ALL
"""

# One describer's words only, of one revision: two would count the same thing twice.
_LABELS = """
WITH described AS (
    SELECT describer, revision, settings, picture, unnest(labels) AS shown
    FROM descriptions WHERE error IS NULL
), busiest AS (
    SELECT describer, revision, settings FROM described
    GROUP BY ALL
    ORDER BY count(DISTINCT picture) DESC, describer, revision DESC, settings LIMIT 1
)
SELECT DISTINCT picture, shown.category AS category, shown.label AS label
FROM described JOIN busiest USING (describer, revision, settings)
ORDER BY ALL
"""


@dataclass(frozen=True)
class Ranked:
    """What one ranking wrote."""

    as_of: date
    cells: int
    pieces: int
    chosen: int


@dataclass(frozen=True)
class Facts:
    """What the ranking reads of one warehouse; `pieces` by (node, objective, picture)."""

    places: pa.Table
    ad_sets: pa.Table
    pieces: Mapping[tuple[str, str, str], dict[str, Any]]
    labels: pa.Table


@dataclass(frozen=True)
class Weighed:
    """All pieces of one objective by one result column; arrays of shape (n,).

    `results` and `expected` are what people read; `counted` and `evidence` are the same,
    added up over ad sets by what each ad set is worth.
    """

    node: npt.NDArray[np.str_]
    picture: npt.NDArray[np.str_]
    results: Array
    expected: Array
    counted: Array
    evidence: Array
    prior: ranking.Gamma

    def of(self, node: str) -> Weighed:
        """The pieces of one node, with their own prior where there are enough of them."""
        own = self.node == node
        counted, evidence = self.counted[own], self.evidence[own]
        prior = self.prior
        if (evidence > 0).sum() >= PIECES_FOR_A_PRIOR:
            prior = ranking.fit_gamma(counted, evidence)
        return Weighed(
            self.node[own],
            self.picture[own],
            self.results[own],
            self.expected[own],
            counted,
            evidence,
            prior,
        )


def rank(store: Store, day: date) -> Ranked:
    """Write the leaderboard and the traits of every node and objective, as of `day`.

    Reads the newest warehouse; the same warehouse gives the same bytes. After the repair of an
    older day the leaderboard of the newest reading is written again: an old one must not
    come to know what was read after it.
    """
    with open_warehouse(store) as warehouse:
        [(newest,)] = warehouse.execute("SELECT max(as_of) FROM ad_daily").fetchall()
        day = max(day, newest or day)
        leaderboard, traits = leaderboards(warehouse, load_objectives(), day)
    write_table(store, ranked_key(day, "traits"), traits)
    write_table(store, ranked_key(day, "leaderboard"), leaderboard)
    cells = leaderboard.group_by(["node", "objective"]).aggregate([])
    chosen = leaderboard.filter(pc.field("chosen")).num_rows
    return Ranked(day, cells.num_rows, leaderboard.num_rows, chosen)


def leaderboards(
    warehouse: DuckDBPyConnection, objectives: Objectives, day: date
) -> tuple[pa.Table, pa.Table]:
    """The leaderboard and the traits of every node and objective that has pieces."""
    facts = _read(warehouse)
    weighed: dict[tuple[str, str], Weighed] = {}
    rows: list[dict[str, Any]] = []
    traits: list[dict[str, Any]] = []
    known = {objective.id for objective in objectives.objectives}
    for node, name in sorted({(n, o) for n, o, _ in facts.pieces if o in known}):
        rules = objectives.of(node, name)
        if (name, rules.result) not in weighed:
            weighed[name, rules.result] = _weigh(facts, name, rules.result)
        cell = weighed[name, rules.result].of(node)
        place = {"as_of": day, "node": node, "objective": name}
        version = {"rule_version": rule_version(objectives)}
        rows += [{**row, **place, **version} for row in _leaderboard(facts, cell, rules)]
        traits += [{**row, **place} for row in _traits(facts.labels, cell)]
    return pa.Table.from_pylist(rows, LEADERBOARD), pa.Table.from_pylist(traits, TRAITS)


def rule_version(objectives: Objectives) -> str:
    """Which rules made a number: the method, and the version of `objectives.yaml`."""
    return f"{METHOD}+objectives/{objectives.version}"


def _read(warehouse: DuckDBPyConnection) -> Facts:
    def table(query: str) -> pa.Table:
        found: pa.Table = warehouse.sql(query).to_arrow_table()
        return found

    pieces = table(_PIECES).to_pylist()
    return Facts(
        places=table(_PLACES),
        ad_sets=table(_AD_SETS),
        pieces={(p["node"], p["objective"], p["picture"]): p for p in pieces},
        labels=table(_LABELS),
    )


def _weigh(facts: Facts, objective: str, result: str) -> Weighed:
    """Results, expected results and evidence of every piece of an objective."""
    counting = _counting(facts.places, result)
    places = _of_objective(facts.places, objective, counting)
    accounts = _pairs(places, "platform", "account_id")
    rates = ranking.account_rates(
        _floats(places, result),
        _floats(places, "spend"),
        np.unique(np.array(["/".join(pair) for pair in accounts]), return_inverse=True)[1],
        _texts(places, "currency"),
    )
    rate_of = dict(zip(accounts, rates.tolist(), strict=True))

    keys = sorted((n, p) for n, o, p in facts.pieces if o == objective)
    number: dict[tuple[str, ...], int] = {key: i for i, key in enumerate(keys)}
    which, results, expected = _against(places, result, rate_of, number)
    ad_sets = _of_objective(facts.ad_sets, objective, counting)
    piece, of_set, chance = _against(ad_sets, result, rate_of, number)
    paid = chance > 0
    variation = ranking.ad_set_variation(of_set[paid], chance[paid], piece[paid])
    weight = ranking.evidence_weights(chance, variation)

    def per_piece(rows: npt.NDArray[np.intp], values: Array) -> Array:
        return np.bincount(rows, values, minlength=len(keys)).astype(np.float64)

    counted = per_piece(piece, weight * of_set)
    evidence = per_piece(piece, weight * chance)
    return Weighed(
        node=np.array([n for n, _ in keys]),
        picture=np.array([p for _, p in keys]),
        results=per_piece(which, results),
        expected=per_piece(which, expected),
        counted=counted,
        evidence=evidence,
        prior=ranking.fit_gamma(counted, evidence),
    )


def _against(
    rows: pa.Table,
    result: str,
    rate_of: Mapping[tuple[str, ...], float],
    number: Mapping[tuple[str, ...], int],
) -> tuple[npt.NDArray[np.intp], Array, Array]:
    """Piece, results and expected results of the rows that something could be expected of.

    What a piece got in an account without ever costing anything there (organic reach) has
    nothing to be compared with, and is left out. Late results of an ad set without spend stay.
    """
    accounts = _pairs(rows, "platform", "account_id")
    expected = ranking.expected_results(
        _floats(rows, "spend"), [rate_of[account] for account in accounts]
    )
    pieces = _pairs(rows, "node", "picture")
    there = list(zip(pieces, accounts, strict=True))
    paid = {place for place, chance in zip(there, expected, strict=True) if chance > 0}
    kept = np.array([place in paid for place in there], dtype=np.bool_)
    which = np.array([number[piece] for piece in pieces], dtype=np.intp)
    return which[kept], _floats(rows, result)[kept], expected[kept]


def _of_objective(table: pa.Table, objective: str, counting: Set[tuple[str, ...]]) -> pa.Table:
    """The rows of an objective in the accounts that count its result."""
    kept = [
        found == objective and account in counting
        for found, account in zip(
            _texts(table, "objective"), _pairs(table, "platform", "account_id"), strict=True
        )
    ]
    return table.filter(np.array(kept, dtype=np.bool_))


def _counting(places: pa.Table, result: str) -> Set[tuple[str, ...]]:
    """The accounts that have a number for this result in any row, of any objective.

    There a null is a zero: Meta and Google leave out conversions that did not happen. An
    account without any number does not measure this result, and its money expects none.
    """
    return set(_pairs(places.filter(pc.is_valid(places[result])), "platform", "account_id"))


def _floats(table: pa.Table, column: str) -> Array:
    values = table[column].cast(pa.float64()).to_numpy()
    return np.nan_to_num(np.asarray(values, dtype=np.float64))


def _texts(table: pa.Table, column: str) -> npt.NDArray[np.str_]:
    return np.array(table.column(column).to_pylist(), dtype=np.str_)


def _pairs(table: pa.Table, *columns: str) -> list[tuple[str, ...]]:
    texts: list[list[Any]] = [table.column(column).to_pylist() for column in columns]
    return list(zip(*texts, strict=True))


def _leaderboard(facts: Facts, cell: Weighed, rules: Objective) -> list[dict[str, Any]]:
    """The pieces of one cell, best first."""
    estimates = ranking.rate(cell.counted, cell.evidence, prior=cell.prior)
    verdict = ranking.verdicts(
        estimates.prob_above_baseline, cell.expected, min_expected=rules.min_expected
    )
    pieces = [
        facts.pieces[node, rules.id, picture]
        for node, picture in zip(cell.node.tolist(), cell.picture.tolist(), strict=True)
    ]
    order = ranking.leaderboard_order(
        estimates.mean,
        cell.evidence,
        [piece["last_date"] for piece in pieces],
        cell.picture.tolist(),
        np.array([v != "not_enough_evidence" for v in verdict]),
    )
    chosen = ranking.choose(order, verdict, [_campaign(piece) for piece in pieces], k=rules.chosen)
    pull = ranking.weights(estimates.mean[chosen], estimates.prob_above_baseline[chosen])
    weight = dict(zip(chosen, pull.tolist(), strict=True))
    rows = []
    for place, i in enumerate(order, start=1):
        numbers = {
            "mean": float(estimates.mean[i]),
            "low": float(estimates.low[i]),
            "high": float(estimates.high[i]),
            "results": float(cell.results[i]),
            "expected": float(cell.expected[i]),
        }
        why = ranking.Evidence(
            verdict=verdict[i],
            min_expected=rules.min_expected,
            accounts=pieces[i]["accounts"],
            spend={s["currency"]: s["amount"] for s in pieces[i]["spend"]},
            noun={
                "es": (rules.noun.es.one, rules.noun.es.many),
                "en": (rules.noun.en.one, rules.noun.en.many),
            },
            **numbers,
        )
        rows.append(
            {
                **pieces[i],
                **numbers,
                "rank": place,
                "prob_above_baseline": float(estimates.prob_above_baseline[i]),
                "verdict": verdict[i],
                "evidence": float(cell.evidence[i]),
                "campaign_id": pieces[i]["campaign"] and pieces[i]["campaign"]["campaign_id"],
                "chosen": i in weight,
                "weight": weight.get(i, 0.0),
                "reason_es": ranking.reason(why, "es"),
                "reason_en": ranking.reason(why, "en"),
            }
        )
    return rows


def _campaign(piece: Mapping[str, Any]) -> Hashable:
    """The campaign that showed a piece most; ids are unique within an account only."""
    home = piece["campaign"]
    return home and (home["platform"], home["account_id"], home["campaign_id"])


def _traits(labels: pa.Table, cell: Weighed) -> list[dict[str, Any]]:
    """What pieces of one cell with a label did against those without it, the largest first.

    Pieces that nobody has described yet are left out: they are not "without" any label.
    """
    here = labels.filter(pc.field("picture").isin(cell.picture.tolist()))
    row_of = {picture: i for i, picture in enumerate(sorted(set(_texts(here, "picture").tolist())))}
    names = sorted(set(_pairs(here, "category", "label")))
    column_of = {name: i for i, name in enumerate(names)}
    shows = np.zeros((len(row_of), len(names)), dtype=np.bool_)
    for picture, *name in _pairs(here, "picture", "category", "label"):
        shows[row_of[picture], column_of[tuple(name)]] = True
    described = np.flatnonzero(np.isin(cell.picture, sorted(row_of)))
    described = described[np.argsort(cell.picture[described])]
    found = ranking.label_effects(
        cell.counted[described], cell.evidence[described], shows, cell.prior
    )
    rows = [
        {
            "category": names[column][0],
            "label": names[column][1],
            "effect": float(found.effect[i]),
            "low": float(found.low[i]),
            "high": float(found.high[i]),
            "pieces": int(found.pieces[i]),
        }
        for i, column in enumerate(found.label)
    ]
    return sorted(rows, key=lambda row: (-row["effect"], row["category"], row["label"]))
