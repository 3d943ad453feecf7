"""Which traits of a cell a reader sees first."""

from __future__ import annotations

import math
from collections.abc import Iterable

from include.catalogue.manifest import Trait

STRONGEST = 6


def strongest(traits: Iterable[Trait]) -> tuple[list[Trait], list[Trait]]:
    """The six traits that tell most, and the others; both from most added to most taken.

    Traits whose 80 % range holds no "no change" come first, then the larger effects. Effects
    are compared by their logarithm: twice as good is as strong as half as good.
    """
    ordered = sorted(traits, key=lambda t: (t.low <= 1 <= t.high, -_strength(t.effect)))
    shown, others = ordered[:STRONGEST], ordered[STRONGEST:]
    return _best_first(shown), _best_first(others)


def _strength(ratio: float) -> float:
    return abs(math.log(ratio)) if ratio > 0 else math.inf


def _best_first(traits: Iterable[Trait]) -> list[Trait]:
    return sorted(traits, key=lambda t: -t.effect)
