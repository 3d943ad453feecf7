"""Leaderboards per node and objective, from the warehouse: estimates, verdicts, reasons, traits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

import ranking
from include.config.objectives import Objectives, load_objectives
from include.lake import write_table
from include.leaderboards import LEADERBOARD, RATES, TRAITS, ranked_key, read_leaderboard
from include.promises import promise_day, promises
from include.rank_facts import Facts, read_facts
from include.rank_rows import Cell, leaderboard_rows, trait_rows
from include.store import Store
from include.warehouse import open_warehouse
from ranking.fitting import Array, Codes

# How a number comes about; changes with any change of method that moves one.
METHOD = "shrunk-index/3"


@dataclass(frozen=True)
class Ranked:
    """What one ranking wrote."""

    as_of: date
    cells: int
    pieces: int
    chosen: int


@dataclass(frozen=True)
class Boards:
    """The tables of one ranking; schemas in `include/leaderboards.py`."""

    leaderboard: pa.Table
    traits: pa.Table
    rates: pa.Table
    promises: pa.Table


@dataclass(frozen=True)
class Coded:
    """Facts as whole numbers: pieces, cells and places, and their names by number.

    A place is an account and format for one KPI of one objective: where nodes count different
    results, their ordinary ads are different ones.
    """

    pieces: list[tuple[str, str, str]]  # node, objective, picture
    cells: list[tuple[str, str]]  # node, objective
    kpis: list[tuple[str, str, str]]  # objective, result, per
    places: list[tuple[tuple[str, str, str], str, str, str, str]]  # kpi, platform, account, ...
    piece: Codes  # of each row
    place: Codes  # of each row
    campaign: Codes  # of each row
    cell: Codes  # of each piece
    kpi: Codes  # of each cell


def rank(store: Store, day: date) -> Ranked:
    """Write the leaderboard of every node and objective as of `day`, and what belongs to it.

    Reads the newest warehouse; the same warehouse gives the same bytes. After the repair of an
    older day the leaderboard of the newest reading is written again: an old one must not
    come to know what was read after it.
    """
    with open_warehouse(store) as warehouse:
        [(newest,)] = warehouse.execute("SELECT max(as_of) FROM ad_daily").fetchall()
        day = max(day, newest or day)
        promised_on = promise_day(store, day)
        earlier = None if promised_on is None else read_leaderboard(store, promised_on)
        boards = leaderboards(warehouse, load_objectives(), day, earlier=earlier)
    for name in ("traits", "rates", "promises", "leaderboard"):
        write_table(store, ranked_key(day, name), getattr(boards, name))
    cells = boards.leaderboard.group_by(["node", "objective"]).aggregate([])
    chosen = boards.leaderboard.filter(pc.field("chosen")).num_rows
    return Ranked(day, cells.num_rows, boards.leaderboard.num_rows, chosen)


def leaderboards(
    warehouse: DuckDBPyConnection,
    objectives: Objectives,
    day: date,
    *,
    earlier: pa.Table | None = None,
) -> Boards:
    """The leaderboard and the traits of every node and objective that has pieces.

    Args:
        earlier: the stored leaderboard whose promises are held against what came after it.
    """
    has_earlier = earlier is not None and earlier.num_rows > 0
    promised_on = earlier["as_of"][0].as_py() if has_earlier and earlier is not None else None
    facts = read_facts(warehouse, objectives, day, promised_on=promised_on)
    coded = _coded(facts, objectives)
    weighed = ranking.weigh(_shown(facts, coded), _places(coded), coded.cell, coded.kpi)
    rules = [objectives.of(node, name) for node, name in coded.cells]
    least = np.array([rule.min_expected for rule in rules])[coded.cell]
    weighed, worn = weighed.without_wear(least)
    estimates = weighed.estimates()
    found = ranking.verdicts(estimates.prob_above_baseline, weighed.judged(least))
    grade = ranking.grades(
        weighed.row_expected,
        _shares(facts.rows, "beside", "exposure"),
        coded.campaign,
        coded.piece,
        len(coded.pieces),
    )
    version = rule_version(objectives)
    complete, prices = _complete(facts, coded), _prices(coded, weighed)
    rows: list[dict[str, Any]] = []
    traits: list[dict[str, Any]] = []
    for number, (node, name) in enumerate(coded.cells):
        own = np.flatnonzero(coded.cell == number)
        cell = Cell(
            node=node,
            objective=name,
            rules=rules[number],
            as_of=day,
            rule_version=version,
            picture=[coded.pieces[i][2] for i in own],
            pieces=[facts.pieces[coded.pieces[i]] for i in own],
            weighed=weighed,
            estimates=estimates,
            at=own,
            verdict=found.verdict[own],
            false_winners=found.false_winners,
            worn=worn[own],
            grade=grade[own],
            complete=complete[own],
            prices=[prices[i] for i in own],
        )
        rows += leaderboard_rows(cell, facts.seen)
        traits += trait_rows(cell, facts.seen.labels)
    return Boards(
        leaderboard=pa.Table.from_pylist(rows, LEADERBOARD),
        traits=pa.Table.from_pylist(traits, TRAITS),
        rates=_rates(coded, weighed, day),
        promises=promises(facts.rows, coded.piece, coded.pieces, weighed, earlier=earlier, day=day),
    )


def rule_version(objectives: Objectives) -> str:
    """Which rules made a number: the method, and the version of `objectives.yaml`."""
    return f"{METHOD}+objectives/{objectives.version}"


def _coded(facts: Facts, objectives: Objectives) -> Coded:
    """Numbers for names, in the order of the names."""
    columns = {
        name: facts.rows[name].to_pylist()
        for name in (
            "node",
            "objective",
            "picture",
            "platform",
            "account_id",
            "format",
            "currency",
            "campaign_id",
        )
    }
    pieces = sorted(facts.pieces)
    cells = sorted({(node, name) for node, name, _ in pieces})

    def kpi_of(node: str, name: str) -> tuple[str, str, str]:
        rule = objectives.of(node, name)
        return name, rule.result, rule.per

    kpis = sorted({kpi_of(*cell) for cell in cells})
    where = [
        (
            kpi_of(node, name),
            platform,
            account,
            form,
            currency if kpi_of(node, name)[2] == "spend" else "",
        )
        for node, name, platform, account, form, currency in zip(
            *(
                columns[c]
                for c in ("node", "objective", "platform", "account_id", "format", "currency")
            ),
            strict=True,
        )
    ]
    homes = list(
        zip(columns["platform"], columns["account_id"], columns["campaign_id"], strict=True)
    )
    keys = list(zip(columns["node"], columns["objective"], columns["picture"], strict=True))
    places = sorted(set(where))
    return Coded(
        pieces=pieces,
        cells=cells,
        kpis=kpis,
        places=places,
        piece=_numbers(keys, pieces),
        place=_numbers(where, places),
        campaign=_numbers(homes, sorted(set(homes))),
        cell=_numbers([(node, name) for node, name, _ in pieces], cells),
        kpi=_numbers([kpi_of(*cell) for cell in cells], kpis),
    )


def _numbers(values: list[Any], names: list[Any]) -> Codes:
    number = {name: i for i, name in enumerate(names)}
    return np.array([number[value] for value in values], dtype=np.intp)


def _places(coded: Coded) -> ranking.Places:
    def part(which: int) -> Codes:
        values = [place[which] for place in coded.places]
        return _numbers(values, sorted(set(values)))

    accounts = [place[1:3] for place in coded.places]
    return ranking.Places(
        objective=_numbers([place[0] for place in coded.places], coded.kpis),
        platform=part(1),
        account=_numbers(accounts, sorted(set(accounts))),
        format=part(3),
        currency=part(4),
    )


def _shown(facts: Facts, coded: Coded) -> ranking.Shown:
    return ranking.Shown(
        piece=coded.piece,
        place=coded.place,
        results=_floats(facts.rows, "results"),
        exposure=_floats(facts.rows, "exposure"),
        recency=_shares(facts.rows, "aged", "exposure", empty=1.0),
        fresh_results=_floats(facts.rows, "fresh_results"),
        fresh_exposure=_floats(facts.rows, "fresh_exposure"),
    )


def _floats(rows: pa.Table, name: str) -> Array:
    values = np.asarray(rows[name].combine_chunks(), dtype=np.float64)
    return np.asarray(np.maximum(values, 0.0), dtype=np.float64)


def _shares(rows: pa.Table, top: str, bottom: str, *, empty: float = 0.0) -> Array:
    """One column over another, at most 1."""
    above, below = _floats(rows, top), _floats(rows, bottom)
    found = np.divide(above, below, out=np.full(len(above), empty), where=below > 0)
    return np.asarray(np.minimum(found, 1.0), dtype=np.float64)


def _complete(facts: Facts, coded: Coded) -> Array:
    """Share of its final results that each piece has been credited with by now."""
    pieces = len(coded.pieces)
    told = np.bincount(coded.piece, _floats(facts.rows, "exposure"), pieces)
    paid = np.bincount(coded.piece, _floats(facts.rows, "paid"), pieces)
    return np.asarray(np.divide(told, paid, out=np.ones(pieces), where=paid > 0), dtype=np.float64)


def _prices(coded: Coded, weighed: ranking.Weighed) -> list[tuple[str, float] | None]:
    """Currency and usual price of one result where each piece had most to expect.

    None for a piece that had nothing to expect, or that is not held against money.
    """
    found: list[tuple[str, float] | None] = [None] * len(coded.pieces)
    most = [0.0] * len(coded.pieces)
    rows = zip(
        coded.piece.tolist(), coded.place.tolist(), weighed.row_expected.tolist(), strict=True
    )
    for piece, place, expected in rows:
        (_, _, per), _, _, _, currency = coded.places[place]
        if per == "spend" and expected > most[piece]:
            most[piece] = expected
            found[piece] = currency, 1.0 / float(weighed.rates.rate[place])
    return found


def _rates(coded: Coded, weighed: ranking.Weighed, day: date) -> pa.Table:
    """What an ordinary ad gets in each place."""
    ad_sets = np.bincount(coded.place, minlength=len(coded.places))
    rows = [
        {
            "as_of": day,
            "objective": objective,
            "result": result,
            "per": per,
            "platform": platform,
            "account_id": account,
            "format": form,
            "currency": currency or None,
            "rate": float(weighed.rates.rate[i]),
            "error": float(np.sqrt(weighed.rates.doubt[i])),
            "ad_sets": int(ad_sets[i]),
        }
        for i, ((objective, result, per), platform, account, form, currency) in enumerate(
            coded.places
        )
    ]
    return pa.Table.from_pylist(rows, RATES)
