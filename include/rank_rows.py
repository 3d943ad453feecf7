"""The rows of one leaderboard: order, choice, guard-rails and words; and its traits."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

import ranking
from include.config.objectives import Objective
from include.rank_facts import Seen
from ranking.fitting import Array, Codes

Row = dict[str, Any]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Cell:
    """All that is known of the pieces of one node and objective; sequences of shape (n,).

    `at` says where its pieces stand in `weighed` and `estimates`. `prices` is the currency and
    the usual price of one result where a piece spent most.
    """

    node: str
    objective: str
    rules: Objective
    as_of: date
    rule_version: str
    picture: list[str]
    pieces: list[Row]
    weighed: ranking.Weighed
    estimates: ranking.Estimates
    at: Codes
    verdict: npt.NDArray[np.str_]
    false_winners: float
    worn: Flags
    grade: npt.NDArray[np.str_]
    complete: Array
    prices: Sequence[tuple[str, float] | None]


def leaderboard_rows(cell: Cell, seen: Seen) -> list[Row]:
    """The pieces of one cell, best first."""
    mean = cell.estimates.mean[cell.at]
    chance = cell.estimates.prob_above_baseline[cell.at]
    order = ranking.leaderboard_order(
        mean,
        [piece["last_date"] for piece in cell.pieces],
        cell.picture,
        cell.verdict != "not_enough_evidence",
    )
    able = ranking.inspiring(
        chance,
        cell.weighed.current[cell.at],
        np.full(len(cell.at), cell.rules.min_expected),
    )
    looks, same_look = _looks(cell, seen)
    chosen = ranking.choose(
        order,
        mean,
        able,
        [_campaign(piece) for piece in cell.pieces],
        k=cell.rules.chosen,
        looks=looks,
        same_look=same_look,
        creative=[seen.creatives.get(picture, picture) for picture in cell.picture],
    )
    pull = ranking.weights(mean[chosen], chance[chosen])
    weight = dict(zip(chosen, pull.tolist(), strict=True))
    return [_row(cell, i, place, weight) for place, i in enumerate(order, start=1)]


def trait_rows(cell: Cell, labels: pa.Table) -> list[Row]:
    """What pieces of one cell with a label did against those without it, the largest first.

    Pieces that nobody has described yet are left out: they are not "without" any label.
    """
    shows, names = _shown_labels(cell, labels)
    described = np.flatnonzero(shows.any(axis=1)) if len(names) else np.zeros(0, dtype=np.intp)
    at = cell.at[described]
    prior = cell.weighed.prior.at(int(cell.at[0]))
    found = ranking.label_effects(
        cell.weighed.counted[at], cell.weighed.evidence[at], shows[described], prior
    )
    winner = cell.verdict[described] == "winner"
    rows = [
        {
            "as_of": cell.as_of,
            "node": cell.node,
            "objective": cell.objective,
            "category": names[column][0],
            "label": names[column][1],
            "effect": float(found.effect[i]),
            "low": float(found.low[i]),
            "high": float(found.high[i]),
            "pieces": int(found.pieces[i]),
            "share_winners": _mean(shows[described][winner, column]),
            "share_others": _mean(shows[described][~winner, column]),
        }
        for i, column in enumerate(found.label)
    ]
    return sorted(rows, key=lambda row: (-row["effect"], row["category"], row["label"]))


def guard_rails(names: Sequence[str], piece: Mapping[str, Any]) -> list[Row]:
    """Ratios shown beside the KPI; prices once per currency, null where not measured."""
    found = []
    for name in names:
        if name in {"cpc", "cpm", "cpa", "roas"}:
            found += [
                {"name": name, "value": _price(name, money), "currency": money["currency"]}
                for money in piece["money"]
            ]
        else:
            found.append({"name": name, "value": _share(name, piece), "currency": None})
    return found


def _price(name: str, money: Mapping[str, Any]) -> float | None:
    value: float | Decimal | None
    if name == "cpc":
        value = ranking.cpc(money["spend"], money["link_clicks"])
    elif name == "cpm":
        value = ranking.cpm(money["spend"], money["impressions"])
    elif name == "cpa":
        value = ranking.cpa(money["converting_spend"], money["conversions"])
    else:
        value = ranking.roas(money["revenue"], money["earning_spend"])
    return None if value is None else float(value)


def _share(name: str, piece: Mapping[str, Any]) -> float | None:
    if name == "ctr":
        return ranking.ctr(piece["link_clicks"], piece["impressions"])
    if name == "frequency":
        return ranking.frequency(piece["reached_impressions"], piece["reach"])
    if name == "view_through_share":
        return ranking.view_through_share(piece["view_through"], piece["conversions_with_views"])
    return ranking.click_to_landing_gap(piece["landing_page_views"], piece["landing_clicks"])


def _row(cell: Cell, i: int, place: int, weight: Mapping[int, float]) -> Row:
    at, piece = int(cell.at[i]), cell.pieces[i]
    told = _explanation(cell, i)
    amounts = [m for m in piece["money"] if m["revenue"] is not None]
    missing = told.missing
    return {
        **{name: piece[name] for name in ("impressions", "link_clicks", "ads", "platforms")},
        **{name: piece[name] for name in ("first_date", "last_date")},
        "as_of": cell.as_of,
        "node": cell.node,
        "objective": cell.objective,
        "picture": cell.picture[i],
        "rank": place,
        "mean": told.mean,
        "low": told.low,
        "high": told.high,
        "prob_above_baseline": told.prob_above_baseline,
        "verdict": told.verdict,
        "results": told.results,
        "expected": told.expected,
        "evidence": float(cell.weighed.evidence[at]),
        "spend": [{"currency": m["currency"], "amount": m["spend"]} for m in piece["money"]],
        "campaign_id": piece["campaign"]["campaign_id"],
        "chosen": i in weight,
        "weight": weight.get(i, 0.0),
        "reason_es": told.sentence("es"),
        "reason_en": told.sentence("en"),
        "rule_version": cell.rule_version,
        "result": cell.rules.result,
        "per": cell.rules.per,
        "current": told.current,
        "complete": told.complete,
        "worn": told.worn,
        "grade": told.grade,
        "missing": missing and {"currency": missing[0], "amount": missing[1]},
        "revenue": [{"currency": m["currency"], "amount": m["revenue"]} for m in amounts],
        "guard_rails": guard_rails(cell.rules.guard_rails, piece),
        "false_winners": cell.false_winners,
        "details_es": told.details("es"),
        "details_en": told.details("en"),
    }


def _explanation(cell: Cell, i: int) -> ranking.Explanation:
    at, piece, rules = int(cell.at[i]), cell.pieces[i], cell.rules
    current = float(cell.weighed.current[at])
    missing = None
    price = cell.prices[i]
    if price is not None and current < rules.min_expected:
        money = Decimal(str((rules.min_expected - current) * price[1]))
        missing = (price[0], _rounded_up(money))
    return ranking.Explanation(
        verdict=str(cell.verdict[i]),  # type: ignore[arg-type]
        mean=float(cell.estimates.mean[at]),
        low=float(cell.estimates.low[at]),
        high=float(cell.estimates.high[at]),
        prob_above_baseline=float(cell.estimates.prob_above_baseline[at]),
        results=float(cell.weighed.results[at]),
        beyond=float(cell.weighed.beyond[at]),
        expected=float(cell.weighed.expected[at]),
        current=current,
        min_expected=rules.min_expected,
        accounts=piece["accounts"],
        spend={m["currency"]: m["spend"] for m in piece["money"]},
        missing=missing,
        complete=float(cell.complete[i]),
        worn=bool(cell.worn[i]),
        grade=str(cell.grade[i]),  # type: ignore[arg-type]
        noun={
            "es": (rules.noun.es.one, rules.noun.es.many),
            "en": (rules.noun.en.one, rules.noun.en.many),
        },
        as_of=cell.as_of,
        rule_version=cell.rule_version,
    )


def _rounded_up(money: Decimal) -> Decimal:
    """Two significant figures: nobody can plan more exactly."""
    step = Decimal(1).scaleb(max(money.adjusted() - 1, -2))
    return ((money / step).to_integral_value(rounding="ROUND_CEILING") * step).quantize(
        Decimal("0.000001")
    )


def _shown_labels(cell: Cell, labels: pa.Table) -> tuple[Flags, list[tuple[str, str]]]:
    """Which pieces of the cell show which label: shape (n, labels), and the labels."""
    number = {picture: i for i, picture in enumerate(cell.picture)}
    here = labels.filter(pc.field("picture").isin(pa.array(cell.picture, pa.string()))).to_pylist()
    names = sorted({(row["category"], row["label"]) for row in here})
    column = {name: i for i, name in enumerate(names)}
    shows = np.zeros((len(number), len(names)), dtype=np.bool_)
    for row in here:
        shows[number[row["picture"]], column[row["category"], row["label"]]] = True
    return shows, names


def _looks(cell: Cell, seen: Seen) -> tuple[Array, float | None]:
    """How alike the pieces look, and from which likeness they look the same.

    By a model's vectors where it saw all that have labels: with some of them, those it did not
    see would seem like nothing else. Labels cannot tell whether two pictures are the same.
    """
    shows, _ = _shown_labels(cell, seen.labels)
    vectors = [seen.vectors.get(picture) for picture in cell.picture]
    there = np.array([vector is not None for vector in vectors])
    if not there.any() or (shows.any(axis=1) & ~there).any():
        return ranking.label_looks(shows), None
    looks = np.zeros((len(vectors), max(len(v) for v in vectors if v is not None)))
    for row, vector in zip(looks, vectors, strict=True):
        if vector is not None:
            row[:] = vector
    return looks, ranking.SAME_LOOK


def _mean(flags: Flags) -> float | None:
    return float(flags.mean()) if len(flags) else None


def _campaign(piece: Mapping[str, Any]) -> Hashable:
    """The campaign that showed a piece most; ids are unique within an account only."""
    home = piece["campaign"]
    return home["platform"], home["account_id"], home["campaign_id"]
