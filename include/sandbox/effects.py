"""What really works in the synthetic world: the truth that a ranking tries to find.

The result of an ad per money spent is multiplied by `exp` of the sum of the effects of
everything its picture shows, times a share that belongs to that picture alone. Effects differ
by business node and by objective, as they do in life: keys sell flats and not payments.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from generation.vocabulary import CATEGORIES
from include.sandbox.accounts import NODES, OBJECTIVES

Effects = Mapping[str, Mapping[str, float]]

# Log effects that hold everywhere; a label that is not named has effect 0.
_EVERYWHERE: Effects = {
    "setting": {"shop": 0.05, "market": 0.10, "city": -0.05, "road": -0.05, "studio": -0.20},
    "people": {"none": -0.25, "one": 0.12, "two": 0.05},
    "prop": {"coffee": 0.05, "plant": -0.05},
    "light": {"morning": 0.10, "golden": 0.20, "evening": -0.20},
    "palette": {"coral": 0.08, "yellow": 0.05, "purple": -0.05, "neutral": -0.18},
    "composition": {"close_up": 0.12, "wide": -0.10, "detail": -0.05},
    "text_share": {"low": 0.18, "high": -0.32},
}

_NODE: Mapping[str, Effects] = {
    "wompi": {
        "setting": {"shop": 0.18, "market": 0.22, "home": -0.15},
        "prop": {"phone": 0.32, "card": 0.10, "keys": -0.15, "house": -0.15},
        "palette": {"green": 0.16},
    },
    "tu360compras": {
        "setting": {"home": 0.10, "office": -0.15},
        "prop": {"bags": 0.30, "boxes": 0.20, "phone": 0.10, "house": -0.10},
        "palette": {"coral": 0.14},
        "people": {"two": 0.10},
    },
    "tu360inmobiliario": {
        "setting": {"home": 0.22, "city": 0.10, "shop": -0.15},
        "prop": {"keys": 0.25, "house": 0.28, "bags": -0.15},
        "palette": {"blue": 0.12},
        "people": {"family": 0.32, "one": -0.05},
    },
    "banco": {
        "setting": {"office": 0.12, "cafe": 0.12},
        "prop": {"card": 0.28, "laptop": 0.12, "car": 0.10, "produce": -0.10},
        "palette": {"yellow": 0.15},
        "people": {"family": 0.12},
    },
}

_OBJECTIVE: Mapping[str, Effects] = {
    "awareness": {"composition": {"wide": 0.18}, "people": {"family": 0.10}},
    "traffic": {"prop": {"phone": 0.12}, "composition": {"detail": 0.08}},
    "engagement": {"people": {"two": 0.15, "family": 0.15}, "light": {"golden": 0.08}},
    "leads": {"text_share": {"medium": 0.12, "low": -0.08}},
    "sales": {"prop": {"card": 0.10, "bags": 0.12}, "composition": {"detail": 0.14}},
}

# The price of an impression bends less than the wish to click.
_STRENGTH = {"awareness": 0.65, "traffic": 1.0, "engagement": 1.0, "leads": 1.0, "sales": 1.0}

OWN_SD = 0.18
"""Standard deviation of what a picture does beyond the things it shows (log scale)."""


@lru_cache(maxsize=8)
def true_effects(seed: int) -> Mapping[tuple[str, str], Effects]:
    """Log effect of every label, by (node, objective), then category, then label id."""
    table: dict[tuple[str, str], dict[str, dict[str, float]]] = {}
    for n, node in enumerate(NODES):
        for o, objective in enumerate(OBJECTIVES):
            # A little of its own in every cell, so that no two cells are copies.
            rng = np.random.default_rng([seed, 11, n, o])
            cell: dict[str, dict[str, float]] = {}
            for category in _EVERYWHERE:
                cell[category] = {}
                for label in CATEGORIES[category]:
                    named = sum(
                        part.get(category, {}).get(label, 0.0)
                        for part in (_EVERYWHERE, _NODE[node], _OBJECTIVE[objective])
                    )
                    own = float(rng.normal(0.0, 0.04))
                    cell[category][label] = round(_STRENGTH[objective] * (named + own), 4)
            table[node, objective] = cell
    return table


def log_effect(effects: Effects, attributes: Mapping[str, Any]) -> float:
    """Sum of the effects of what a picture shows; `attributes["prop"]` is a tuple of labels."""
    total = 0.0
    for category, labels in effects.items():
        shown = attributes[category]
        for label in shown if isinstance(shown, tuple) else (shown,):
            total += labels[label]
    return total
