"""How fair a comparison is: beside whom a piece ran."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from ranking.fitting import Codes

Grade = Literal["same_ad_set", "same_campaign", "different_audiences"]

# The best kind of comparison that at least this share of a piece's evidence allows.
HALF = 0.5


def grades(
    expected: npt.ArrayLike,
    beside: npt.ArrayLike,
    campaign: npt.ArrayLike,
    piece: npt.ArrayLike,
    pieces: int,
) -> npt.NDArray[np.str_]:
    """What each piece was compared with, for most of its evidence.

    `same_ad_set`: other pieces ran in the same ad set on the same days, so audience, budget and
    season were the same and the platform chose between them. `same_campaign`: others ran in the
    campaign, to other audiences or on other days. `different_audiences`: only other campaigns of
    the account; the difference may be theirs.

    Args:
        expected: shape (rows,), one row per piece and ad set.
        beside: shape (rows,), share of the row's exposure on days on which another piece ran in
            the same ad set.
        campaign: shape (rows,), whole numbers from 0.
        piece: shape (rows,), whole numbers from 0, below `pieces`.
    """
    e = np.asarray(expected, dtype=np.float64)
    which, home = np.asarray(piece, dtype=np.intp), np.asarray(campaign, dtype=np.intp)
    total = np.bincount(which, e, pieces)
    close = np.bincount(which, e * np.asarray(beside, dtype=np.float64), pieces)
    shared = _has_others(home, which)[home] if len(home) else np.zeros(0)
    near = np.bincount(which, e * shared, pieces)
    enough = HALF * total
    return np.select(
        [(total > 0) & (close >= enough), (total > 0) & (near >= enough)],
        ["same_ad_set", "same_campaign"],
        "different_audiences",
    )


def _has_others(campaign: Codes, piece: Codes) -> npt.NDArray[np.bool_]:
    """Whether each campaign showed more than one piece."""
    pairs = np.unique(campaign * (int(piece.max()) + 1) + piece)
    found: npt.NDArray[np.bool_] = np.bincount(pairs // (int(piece.max()) + 1)) > 1
    return found
