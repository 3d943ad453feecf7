"""What last month's leaderboard promised, and what its chosen pieces delivered since."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

import ranking
from include.leaderboards import PROMISES, ranked_days
from include.store import Store
from ranking.fitting import Array, Codes

# A promise is held to account after about a month: younger ones have delivered too little, and
# of older ones other reports have told.
MONTH, YOUNGEST, OLDEST = 30, 21, 60


def promise_day(store: Store, day: date) -> date | None:
    """The stored leaderboard nearest to a month before `day`; None when none is old enough."""
    able = [
        other
        for other in ranked_days(store)
        if timedelta(days=YOUNGEST) <= day - other <= timedelta(days=OLDEST)
    ]
    return min(able, key=lambda other: (abs((day - other).days - MONTH), other), default=None)


def promises(
    rows: pa.Table,
    piece: Codes,
    pieces: list[tuple[str, str, str]],
    weighed: ranking.Weighed,
    *,
    earlier: pa.Table | None,
    day: date,
) -> pa.Table:
    """Chosen pieces of an earlier leaderboard against their results since, per cell.

    What was delivered is held against ordinary ads in the same places, as they are known today;
    days that are still being credited count by their completeness.

    Args:
        rows: of `Facts`.
        piece: the piece of each row, as a number in `pieces`.
        earlier: a stored leaderboard; None, or one without choices, gives no rows.
    """
    chosen = [] if earlier is None else earlier.filter(pc.field("chosen")).to_pylist()
    if not chosen:
        return PROMISES.empty_table()
    later = np.asarray(rows["later_results"].combine_chunks(), dtype=np.float64)
    exposure = np.asarray(rows["later_exposure"].combine_chunks(), dtype=np.float64)
    whole = np.asarray(rows["exposure"].combine_chunks(), dtype=np.float64)
    share = np.divide(exposure, whole, out=np.zeros(len(whole)), where=whole > 0)
    paid = share > 0
    since = np.bincount(piece, np.where(paid, later, 0.0), len(pieces)).astype(np.float64)
    usual = np.bincount(piece, share * weighed.row_expected, len(pieces)).astype(np.float64)
    number = {key: i for i, key in enumerate(pieces)}
    at = [number.get((row["node"], row["objective"], row["picture"])) for row in chosen]

    def of(values: Array) -> Array:
        return np.array([0.0 if i is None else float(values[i]) for i in at])

    cells = sorted({(row["node"], row["objective"]) for row in chosen})
    group = np.array([cells.index((row["node"], row["objective"])) for row in chosen])
    found = ranking.kept(
        ranking.Estimates(
            mean=np.array([row["mean"] for row in chosen]),
            low=np.array([row["low"] for row in chosen]),
            high=np.array([row["high"] for row in chosen]),
            prob_above_baseline=np.array([row["prob_above_baseline"] for row in chosen]),
        ),
        delivered=of(since),
        expected=of(usual),
        variation=np.full(len(chosen), float(np.mean(weighed.variation))),
        group=group,
        groups=len(cells),
    )
    told = [
        {
            "as_of": day,
            "promised_on": chosen[0]["as_of"],
            "node": node,
            "objective": objective,
            "pieces": int(found.pieces[i]),
            "shown": int(found.shown[i]),
            "expected": float(found.expected[i]),
            "promised": float(found.promised[i]),
            "delivered": float(found.delivered[i]),
            "low": float(found.low[i]),
            "high": float(found.high[i]),
            "ratio": _known(found.ratio[i]),
            "covered": _known(found.covered[i]),
            "rule_version": chosen[0]["rule_version"],
        }
        for i, (node, objective) in enumerate(cells)
    ]
    return pa.Table.from_pylist(told, PROMISES)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
