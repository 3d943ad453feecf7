"""Completeness of young days and the weight of old ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking import completeness, recency, usual_completeness


def test_the_usual_curve_starts_at_60_per_cent_and_ends_complete() -> None:
    """Half of the rest is told within a sixth of the window: day 5 of 30."""
    curve = usual_completeness(30)
    assert curve[[0, 5, 10, 30]] == pytest.approx([0.6, 0.8, 0.9, 1.0])
    assert usual_completeness(0).tolist() == [1.0]


def test_what_was_seen_replaces_what_is_usual() -> None:
    """5000 final results of which 2000 were told on the first morning: 40 %, not 60 %."""
    found = completeness([2000, 4000, 5000], [5000, 5000, 5000], [0.6, 0.9, 1.0])
    assert found == pytest.approx([0.4, 0.8, 1.0], abs=0.003)


def test_without_readings_the_usual_is_believed_and_a_few_move_it_little() -> None:
    """10 of 10 against a belief worth 50 results: (10 + 30) / 60."""
    usual = usual_completeness(14)
    assert completeness(np.zeros(15), np.zeros(15), usual) == pytest.approx(usual)
    assert completeness([10, 0], [10, 0], [0.6, 1.0])[0] == pytest.approx(40 / 60)


def test_a_curve_never_falls_and_never_exceeds_everything() -> None:
    """An age seen low after one seen high is pooled with it; more than all is all."""
    found = completeness([9e6, 7e6, 1e7], [1e7, 1e7, 1e7], [0.5, 0.5, 1.0])
    assert found == pytest.approx([0.8, 0.8, 1.0], abs=0.001)
    assert completeness([12e6, 1e7], [1e7, 1e7], [0.5, 1.0]).max() == 1.0


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), min_size=1, max_size=31))
def test_any_counts_give_a_rising_curve_between_0_and_1(pairs: list[tuple[float, float]]) -> None:
    """Whatever the readings say."""
    seen, final = np.array(pairs).T
    curve = completeness(seen, final, usual_completeness(len(pairs) - 1))
    assert (np.diff(curve) >= -1e-12).all()
    assert ((curve > 0) & (curve <= 1)).all()
    assert curve[-1] == 1.0


@pytest.mark.parametrize(
    ("seen", "final"), [([1.0], [1.0, 2.0]), ([-1.0, 1], [1.0, 2]), ([np.nan, 1], [1.0, 2])]
)
def test_impossible_readings_are_refused(seen: list[float], final: list[float]) -> None:
    """Other shapes, and counts below 0."""
    with pytest.raises(ValueError, match=r"ranking\.completeness"):
        completeness(seen, final, [0.5, 1.0])


def test_evidence_halves_with_each_half_life() -> None:
    """0, 150 and 300 days at the default; a node may forget faster."""
    assert recency([0, 150, 300]) == pytest.approx([1, 0.5, 0.25])
    assert recency([90, 90], [90, 180]) == pytest.approx([0.5, 0.7071], abs=1e-4)
