"""The curves of young days: which share is told by then, and where it is drawn."""

from __future__ import annotations

from typing import Any

from include.catalogue.growth import curves_of


def row(result: str, age: int, seen: float, *, platform: str = "meta", days: int = 9) -> Any:
    """One row of `completeness` with a final number of 200."""
    return {
        "platform": platform, "result": result, "age": age, "days": days, "seen": seen,
        "final": 200.0,
    }  # fmt: skip


def test_a_share_is_what_was_told_of_the_final_number() -> None:
    """120 of 200 at age 0, all at age 7; half way along there is nothing to draw."""
    (curve,) = curves_of([row("leads", 0, 120.0), row("leads", 7, 200.0, days=4)])
    (line,) = curve.lines
    assert line.shares == {0: 0.6, 7: 1.0}
    assert line.days == 4
    assert curve.ages == [0, 7]
    # 116 px high below 10: 40 % of it is 46.4; 270 px wide right of 40
    assert curve.points(line) == "40.0,56.4 310.0,10.0"
    assert curve.ticks == [0, 7]


def test_each_platform_has_its_drawing_and_each_result_its_style() -> None:
    """Purchases are always the first style; a result nobody draws is left out."""
    found = curves_of(
        [
            row("leads", 0, 100.0, platform="google_ads"),
            row("leads", 0, 100.0),
            row("likes", 0, 100.0),
            row("purchases", 0, 50.0),
        ]
    )
    assert [(c.platform, [(line.result, line.style) for line in c.lines]) for c in found] == [
        ("google_ads", [("leads", 3)]),
        ("meta", [("purchases", 1), ("leads", 3)]),
    ]


def test_results_that_were_taken_back_stay_within_the_drawing() -> None:
    """210 of 200 is drawn as all of it, and written as it is."""
    (curve,) = curves_of([row("purchases", 0, 210.0)])
    assert curve.points(curve.lines[0]) == "40.0,10.0"
    assert curve.lines[0].shares == {0: 1.05}
    assert (curve.oldest, curve.ticks) == (1, [0, 1])


def test_only_results_that_nobody_draws_make_no_drawing() -> None:
    """No empty frame."""
    assert curves_of([row("likes", 0, 100.0)]) == []
