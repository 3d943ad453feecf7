"""How complete recent days are, and how much old ones still tell.

Platforms credit conversions for days or weeks after the click. A day that is 60 % complete
gives an ordinary ad 60 % of its results so far, so expected results are scaled by the learned
completeness: an ad of yesterday is held against ads of yesterday.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ranking.fitting import Array

# Before any reading is compared with a later one: as typical of conversions credited by the day
# of the click, 60 % are told on the first morning and the rest follow, half of it within a sixth
# of the window. Believed as strongly as 50 results.
FIRST_MORNING, SIXTH, BELIEVED = 0.6, 6.0, 50.0

# A result of half a year ago counts about half; a node may differ in `objectives.yaml`.
HALF_LIFE_DAYS = 150.0


def usual_completeness(window: int) -> Array:
    """Share of final conversions told by age in days, 0 to `window`, before anything is seen.

    Args:
        window: days after which the platform changes nothing any more.
    """
    age = np.arange(window + 1)
    told = 1.0 - (1.0 - FIRST_MORNING) * 0.5 ** (age * SIXTH / max(window, 1))
    told[-1] = 1.0
    return np.asarray(told, dtype=np.float64)


def completeness(seen: npt.ArrayLike, final: npt.ArrayLike, usual: npt.ArrayLike) -> Array:
    """Share of final results told by age, learned from readings of days that are final now.

    Each age leans on the usual share (worth BELIEVED results), and the curve never falls.

    Args:
        seen: shape (ages,), results as told at each age.
        final: shape (ages,), results of the same days as told at last.
        usual: shape (ages,), what is believed before; its last is 1.

    Returns:
        shape (ages,), more than 0 and at most 1, the last 1.

    Raises:
        ValueError: shapes differ, or a number is negative or not finite.

    Source: the chain-ladder idea of development factors (Mack 1993, ASTIN Bulletin 23), here
    as shares of the final count; pool-adjacent-violators for monotony (Barlow et al. 1972).
    """
    told, whole = np.asarray(seen, dtype=np.float64), np.asarray(final, dtype=np.float64)
    believed = np.asarray(usual, dtype=np.float64)
    if not told.shape == whole.shape == believed.shape:
        raise ValueError(
            f"ranking.completeness: seen has shape {told.shape}, final {whole.shape}, usual "
            f"{believed.shape}; expected three of shape (ages,)."
        )
    if not (np.isfinite(told) & np.isfinite(whole) & (told >= 0) & (whole >= 0)).all():
        raise ValueError("ranking.completeness: expected counts of 0 or more in seen and final.")
    weight = whole + BELIEVED
    share = (told + BELIEVED * believed) / weight
    rising = _rising(share, weight)
    if len(rising):
        rising[-1] = 1.0
    return np.clip(rising, 1e-6, 1.0)


def recency(age_days: npt.ArrayLike, half_life: npt.ArrayLike = HALF_LIFE_DAYS) -> Array:
    """Weight of a result by its age: 1 today, a half after one half-life.

    Tastes, audiences and rivals change; what a picture did two years ago is a rumour.

    Args:
        age_days: shape (n,), 0 or more.
        half_life: days, more than 0; a number or one of each row.
    """
    return np.asarray(0.5 ** (np.asarray(age_days, dtype=np.float64) / np.asarray(half_life)))


def _rising(values: Array, weight: Array) -> Array:
    """The nearest sequence that never falls (pool adjacent violators)."""
    blocks: list[tuple[float, float, int]] = []
    for value, heavy in zip(values.tolist(), weight.tolist(), strict=True):
        block = (value, heavy, 1)
        while blocks and blocks[-1][0] > block[0]:
            before = blocks.pop()
            total = before[1] + block[1]
            mean = (before[0] * before[1] + block[0] * block[1]) / total
            block = (mean, total, before[2] + block[2])
        blocks.append(block)
    return np.array([value for value, _, length in blocks for _ in range(length)])
