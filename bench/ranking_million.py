"""Leaderboards of 200 cells over a million ads: seconds and memory, as one JSON line.

python bench/ranking_million.py [ADS]
"""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

import ranking

K = 6
PLATFORMS = ("meta", "google_ads", "x_ads", "linkedin_ads")


def million(ads: int = 1_000_000, nodes: int = 40, objectives: int = 5) -> dict[str, float]:
    """Leaderboards of 200 cells from a table of a million ads with ids as text."""
    rng = np.random.default_rng(5)
    cells = nodes * objectives
    pictures = ads // 5
    pool = np.array([f"{i:016x}" for i in rng.permutation(pictures)])
    picture = rng.integers(pictures, size=ads)
    cell = (picture * 7919 + rng.integers(2, size=ads)) % cells
    account = rng.integers(40, size=ads)
    effect = np.exp(rng.normal(0, 0.4, pictures))[picture]
    spend = rng.lognormal(3, 1.5, ads)
    text = pa.array([f"node{i:02d}" for i in range(nodes)])
    table = pa.table(
        {
            "node": text.take(pa.array(cell // objectives)),
            "objective": pa.array([f"o{i}" for i in range(objectives)]).take(
                pa.array(cell % objectives)
            ),
            "picture": pa.array(pool[picture]),
            "account": pa.array([f"act_{i}" for i in range(40)]).take(pa.array(account)),
            "platform": pa.array(PLATFORMS).take(pa.array(account % 4)),
            "format": pa.array(["image", "video", "carousel"]).take(
                pa.array(rng.integers(3, size=ads))
            ),
            "currency": pa.array(["COP", "USD"]).take(pa.array(account % 2)),
            "campaign": pa.array(cell * 40 + account),
            "results": rng.poisson(spend * 0.3 * effect).astype(np.float64),
            "exposure": spend,
            "recency": 0.5 ** (rng.integers(0, 365, ads) / 150.0),
        }
    )
    del picture, cell, account, effect, spend, pool
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    started, cpu = time.perf_counter(), time.process_time()
    chosen = boards(table)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "million_s": round(seconds, 2),
        "million_cpu_s": round(cpu, 2),
        "million_mb": round(after),
        "million_mb_before": round(before),
        "million_cells": cells,
        "million_chosen": chosen,
    }


def boards(table: pa.Table) -> int:
    """Estimates, verdicts, order and choice of every cell; returns how many were chosen."""

    def codes(*names: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """One code per distinct combination, and a row that has it."""
        code = np.zeros(table.num_rows, dtype=np.int64)
        for name in names:
            column = table[name].combine_chunks().dictionary_encode()
            number = np.asarray(column.indices, dtype=np.int64)
            code = code * (int(number.max()) + 1) + number
        _, row, inverse = np.unique(code, return_index=True, return_inverse=True)
        return inverse, row

    piece, of_piece = codes("node", "objective", "picture")
    place, of_place = codes("objective", "account", "format")
    cell, of_cell = codes("node", "objective")
    objective = codes("objective")[0]
    places = ranking.Places(
        objective=objective[of_place],
        platform=codes("platform")[0][of_place],
        account=codes("account")[0][of_place],
        format=codes("format")[0][of_place],
        currency=codes("currency")[0][of_place],
    )
    results, exposure = table["results"].to_numpy(), table["exposure"].to_numpy()
    shown = ranking.Shown(
        piece, place, results, exposure, table["recency"].to_numpy(), results * 0, exposure * 0
    )
    of_pieces = cell[of_piece]
    weighed = ranking.weigh(shown, places, of_pieces, objective[of_cell])
    estimates = weighed.estimates()
    least = np.full(len(of_pieces), 5.0)
    judged = weighed.judged(least)
    ranking.verdicts(estimates.prob_above_baseline, judged)
    able = ranking.inspiring(estimates.prob_above_baseline, weighed.current, least)
    campaign = table["campaign"].to_numpy()[of_piece]
    names = table["picture"].take(pa.array(of_piece)).to_pylist()
    today, count = date(2026, 11, 20), 0
    rows_of_cell = np.split(
        np.argsort(of_pieces, kind="stable"), np.cumsum(np.bincount(of_pieces))[:-1]
    )
    for rows in rows_of_cell:
        ids = [names[row] for row in rows]
        order = ranking.leaderboard_order(
            estimates.mean[rows], [today] * len(rows), ids, judged[rows]
        )
        taken = ranking.choose(
            order, estimates.mean[rows], able[rows], campaign[rows].tolist(), k=K
        )
        count += len(taken)
    return count


if __name__ == "__main__":
    print(json.dumps(million(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)))
