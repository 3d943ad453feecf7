"""Which traits are shown first."""

from __future__ import annotations

from include.catalogue.manifest import Text, Trait
from include.catalogue.traits import strongest


def trait(label: str, effect: float, low: float, high: float) -> Trait:
    """One trait with a range."""
    return Trait(
        category="light", label=label, text=Text(es=label, en=label), effect=effect, low=low,
        high=high, pieces=9,
    )  # fmt: skip


def test_sure_traits_come_before_large_ones_and_the_better_before_the_worse() -> None:
    """Two sure ones, one of them small, then the four largest; halving is as strong as doubling."""
    traits = [
        trait("flat", 1.01, 0.9, 1.1),
        trait("sure small", 1.05, 1.01, 1.1),
        trait("tripled", 3.0, 0.9, 9.0),
        trait("sure worse", 0.8, 0.7, 0.9),
        trait("touches 1", 1.04, 1.0, 1.1),
        trait("halved", 0.5, 0.2, 1.1),
        trait("added 60", 1.6, 0.9, 2.0),
        trait("took 40", 0.6, 0.3, 1.2),
    ]
    shown, others = strongest(traits)
    assert [t.label for t in shown] == [
        "tripled", "added 60", "sure small", "sure worse", "took 40", "halved",
    ]  # fmt: skip
    assert [t.label for t in others] == ["touches 1", "flat"]


def test_few_traits_are_all_shown() -> None:
    """Six are no others; an effect of 0 is as strong as can be and breaks nothing."""
    traits = [trait(str(n), 1 + n / 10, 0.5, 2.0) for n in range(5)] + [trait("none", 0, 0, 1.2)]
    shown, others = strongest(traits)
    assert (len(shown), shown[-1].label, others) == (6, "none", [])
