"""Verdicts, the order of a leaderboard, and the k pieces that inspire a set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt

from ranking.shrink import Array

Verdict = Literal["winner", "ordinary", "weak", "not_enough_evidence"]

# A winner beats the ordinary ad with at least this probability, so at most one winner in ten
# is expected to be a false one. The same holds for the weak.
CERTAIN = 0.9

PER_CAMPAIGN = 2


def verdicts(prob_above_baseline: Array, expected: Array, *, min_expected: float) -> list[Verdict]:
    """What can be said of each piece.

    Args:
        prob_above_baseline: shape (n,).
        expected: shape (n,), results an ordinary ad would have had in its place. Evidence is
            what a piece was given a chance to do, not what it did, so luck does not buy it.
        min_expected: below this nothing is said.
    """
    found: list[Verdict] = []
    for probability, chance in zip(prob_above_baseline, expected, strict=True):
        if chance < min_expected:
            found.append("not_enough_evidence")
        elif probability >= CERTAIN:
            found.append("winner")
        elif 1 - probability >= CERTAIN:
            found.append("weak")
        else:
            found.append("ordinary")
    return found


def leaderboard_order(
    mean: Array,
    expected: Array,
    last_date: Sequence[date],
    ids: Sequence[str],
    judged: npt.NDArray[np.bool_],
) -> list[int]:
    """Row numbers, best first; never by the order in which rows came.

    Judged pieces come before those without enough evidence. Within each: the higher
    posterior mean, then more evidence, then the more recent, then the smaller id.
    """
    return sorted(
        range(len(ids)),
        key=lambda i: (not judged[i], -mean[i], -expected[i], -last_date[i].toordinal(), ids[i]),
    )


def choose(
    order: Sequence[int],
    verdict: Sequence[Verdict],
    campaign: Sequence[Hashable],
    *,
    k: int,
    per_campaign: int = PER_CAMPAIGN,
) -> list[int]:
    """The first `k` of `order` that may inspire a set, at most two of one campaign.

    Pieces that are weak, or of which nothing can be said, inspire nothing; so fewer
    than `k` may come back, or none. A piece without a campaign (`None`) has no such limit.
    """
    chosen: list[int] = []
    taken: Counter[Hashable] = Counter()
    for row in order:
        if len(chosen) == k:
            break
        if verdict[row] not in {"winner", "ordinary"}:
            continue
        owner = campaign[row]
        if owner is not None and taken[owner] == per_campaign:
            continue
        taken[owner] += 1
        chosen.append(row)
    return chosen


def weights(mean: Array, prob_above_baseline: Array) -> Array:
    """How much each chosen piece counts in the brief: shape (n,), sum 1.

    Proportional to its index times the probability that it is above the ordinary.
    """
    pull = mean * prob_above_baseline
    total = pull.sum()
    if not len(pull):
        return pull
    return pull / total if total > 0 else np.full(len(pull), 1.0 / len(pull))
