"""What the agencies delivered in a calendar month: pictures, and where each is shown.

A month depends on nothing but the seed, the month and how many creatives it has, so the
history stays what it was when today moves on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from generation.vocabulary import CATEGORIES
from include.sandbox.accounts import ACCOUNTS, NODES, OBJECTIVES, OFFERED, SandboxAccount
from include.sandbox.effects import OWN_SD
from include.sandbox.templates import LAYOUTS
from include.sandbox.wording import CALLS_TO_ACTION, HEADLINES

EMPTY_CELL = ("tu360inmobiliario", "engagement")
"""Nearly nobody advertises here: one tiny ad every second month."""

# Distinct pictures among a month's creatives; the others show a picture of the same month again.
_DISTINCT = 0.85

_SETTINGS = {
    "wompi": {"shop": 5, "market": 4, "cafe": 4, "city": 2, "home": 1, "studio": 3},
    "tu360compras": {"home": 4, "shop": 3, "market": 2, "city": 2, "office": 1, "studio": 4},
    "tu360inmobiliario": {"home": 5, "city": 4, "road": 2, "office": 2, "shop": 1, "studio": 1},
    "banco": {"office": 4, "cafe": 3, "city": 3, "home": 3, "road": 2, "market": 1, "studio": 2},
}
_PROPS = {
    "wompi": {"phone": 8, "card": 4, "produce": 3, "bags": 2, "coffee": 3, "boxes": 2, "plant": 1},
    "tu360compras": {"bags": 6, "boxes": 5, "phone": 4, "laptop": 3, "card": 2, "plant": 2},
    "tu360inmobiliario": {"house": 5, "keys": 5, "plant": 3, "phone": 2, "boxes": 2, "car": 1},
    "banco": {"card": 6, "phone": 4, "laptop": 4, "car": 3, "coffee": 3, "house": 2, "produce": 1},
}
_PEOPLE = {
    "wompi": {"none": 3, "one": 6, "two": 3, "family": 1},
    "tu360compras": {"none": 3, "one": 5, "two": 4, "family": 2},
    "tu360inmobiliario": {"none": 4, "one": 3, "two": 3, "family": 5},
    "banco": {"none": 3, "one": 5, "two": 3, "family": 3},
}
_PALETTES = {
    "wompi": {"green": 6, "neutral": 2, "yellow": 2, "blue": 2, "coral": 1, "purple": 1},
    "tu360compras": {"coral": 6, "purple": 4, "yellow": 2, "neutral": 2, "blue": 1, "green": 1},
    "tu360inmobiliario": {"blue": 6, "neutral": 3, "yellow": 2, "green": 2, "coral": 2},
    "banco": {"yellow": 6, "blue": 3, "neutral": 2, "coral": 2, "green": 1},
}
_INDOOR = {"shop", "cafe", "office", "home"}
_LIGHT = {"morning": 4, "midday": 4, "golden": 3, "evening": 2, "indoor": 3}


@dataclass(frozen=True)
class Picture:
    """One drawn picture: what it shows and how it is laid out.

    `key` names it in the truth; `own` is what it does beyond the things it shows (log scale).
    """

    key: str
    month: int
    number: int
    node: str
    objective: str
    setting: str
    people: str
    props: tuple[str, ...]
    light: str
    palette: str
    composition: str
    layout: str
    headline: str
    call_to_action: str
    own: float
    seed: int
    mime: str

    @property
    def text_share(self) -> str:
        """How much of it is text: a property of its layout."""
        return LAYOUTS[self.layout].text_share

    @property
    def attributes(self) -> Mapping[str, Any]:
        """What it shows, by category of the vocabulary; `prop` holds several labels."""
        return {
            "setting": self.setting,
            "people": self.people,
            "prop": self.props,
            "light": self.light,
            "palette": self.palette,
            "composition": self.composition,
            "text_share": self.text_share,
        }


@dataclass(frozen=True)
class Placement:
    """A picture shown for an objective of a node in one account: one creative to be."""

    account: SandboxAccount
    node: str
    objective: str
    picture: Picture


@dataclass(frozen=True)
class MonthPlan:
    """All pictures of a month, and all placements in the order in which they were made."""

    month: int
    pictures: tuple[Picture, ...]
    placements: tuple[Placement, ...]


def month_number(year: int, month: int) -> int:
    """Months since year 0, so that months can be counted; 2026-11 is 24322."""
    return year * 12 + month - 1


def month_name(month: int) -> str:
    """`2026-11`."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def _pick(rng: np.random.Generator, weights: Mapping[str, int]) -> str:
    total = sum(weights.values())
    return str(rng.choice(list(weights), p=[w / total for w in weights.values()]))


def _cells(rng: np.random.Generator, month: int, creatives: int) -> list[tuple[str, str]]:
    """The (node, objective) of each creative: all cells alike but for the empty one."""
    full = [(n, o) for n in NODES for o in OBJECTIVES if (n, o) != EMPTY_CELL]
    cells = [full[i % len(full)] for i in range(creatives)]
    if month % 2 == 0:  # 2026-11 is an even month number
        cells[-1] = EMPTY_CELL
    return [cells[i] for i in rng.permutation(len(cells))]


def _account(
    rng: np.random.Generator, objective: str, other_than: SandboxAccount | None
) -> SandboxAccount:
    offered = [a for a in ACCOUNTS if objective in OFFERED[a.platform] and a != other_than]
    weights = np.array([a.weight for a in offered])
    return offered[int(rng.choice(len(offered), p=weights / weights.sum()))]


def _picture(
    rng: np.random.Generator, month: int, number: int, node: str, objective: str
) -> Picture:
    setting = _pick(rng, _SETTINGS[node])
    first = _pick(rng, _PROPS[node])
    second = _pick(rng, _PROPS[node])
    props = (first,) if second == first or rng.random() < 0.5 else (first, second)
    light = _pick(rng, _LIGHT)
    if light == "indoor" and setting not in _INDOOR:
        light = "midday"
    people = _pick(rng, _PEOPLE[node])
    composition = str(rng.choice(list(CATEGORIES["composition"])))
    if composition == "detail":
        people = "none"  # a detail of the objects shows nobody
    return Picture(
        key=f"{month_name(month)}-{number:04d}",
        month=month,
        number=number,
        node=node,
        objective=objective,
        setting=setting,
        people=people,
        props=props,
        light=light,
        palette=_pick(rng, _PALETTES[node]),
        composition=composition,
        layout=str(rng.choice(list(LAYOUTS))),
        headline=str(rng.choice(HEADLINES[node])),
        call_to_action=str(rng.choice(CALLS_TO_ACTION[objective])),
        own=float(rng.normal(0.0, OWN_SD)),
        seed=int(rng.integers(2**31)),
        mime="image/png" if rng.random() < 0.2 else "image/jpeg",
    )


def _again(rng: np.random.Generator, shown: Sequence[Placement], node: str) -> Placement | None:
    """A picture of the same node that ran elsewhere this month, now shown once more."""
    same = [p for p in shown if p.node == node and (p.node, p.objective) != EMPTY_CELL]
    if not same:
        return None
    first = same[int(rng.integers(len(same)))]
    objective = first.objective
    if rng.random() < 0.25:
        objective = str(rng.choice([o for o in OBJECTIVES if (node, o) != EMPTY_CELL]))
    account = _account(rng, objective, first.account if rng.random() < 0.8 else None)
    return Placement(account, node, objective, first.picture)


def month_plan(seed: int, month: int, creatives: int) -> MonthPlan:
    """The month's pictures and placements.

    Args:
        seed: the world's seed.
        month: as `month_number` counts.
        creatives: how many placements the month has; about 85 % show a picture of their own.
    """
    rng = np.random.default_rng([seed, 21, month, creatives])
    pictures: list[Picture] = []
    placements: list[Placement] = []
    distinct = round(creatives * _DISTINCT)
    for i, (node, objective) in enumerate(_cells(rng, month, creatives)):
        again = None
        # Repeats are spread over the month; the quota of distinct pictures is kept exactly.
        left = creatives - i
        if (node, objective) != EMPTY_CELL and rng.random() > (distinct - len(pictures)) / left:
            again = _again(rng, placements, node)
        if again is None:
            picture = _picture(rng, month, len(pictures), node, objective)
            pictures.append(picture)
            if (node, objective) == EMPTY_CELL:
                account = ACCOUNTS[0]
            else:
                account = _account(rng, objective, None)
            again = Placement(account, node, objective, picture)
        placements.append(again)
    return MonthPlan(month, tuple(pictures), tuple(placements))
