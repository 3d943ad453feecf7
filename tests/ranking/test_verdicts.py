"""Verdicts with a stated rate of false winners, and wear."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranking import FALSE_WINNERS, Gamma, verdicts, worn

EVERY = np.ones(4, dtype=bool)


def test_the_surest_pieces_win_until_their_mean_doubt_is_the_allowed_one() -> None:
    """Doubts 0.01, 0.04, 0.10 have means 0.01, 0.025, 0.05; with 0.18 it would be 0.0825."""
    found = verdicts([0.99, 0.96, 0.90, 0.82], EVERY, allowed=0.0501)
    assert found.verdict.tolist() == ["winner", "winner", "winner", "ordinary"]
    assert found.false_winners == pytest.approx(0.05)


def test_no_winner_is_less_sure_than_four_in_five() -> None:
    """Any number of certain winners does not carry a doubtful one."""
    sure = np.r_[np.full(1000, 0.9999), 0.79]
    assert verdicts(sure, np.ones(1001, dtype=bool)).verdict[-1] == "ordinary"


def test_equal_pieces_get_equal_verdicts() -> None:
    """Where not all of a tie fit under the bar, none of them does."""
    found = verdicts([0.99, 0.88, 0.88, 0.88], EVERY, allowed=0.07)
    assert found.verdict.tolist() == ["winner", "ordinary", "ordinary", "ordinary"]


def test_weak_pieces_mirror_winners_and_thin_ones_are_not_judged() -> None:
    """One chance in a hundred is weak; without evidence nothing is said of either."""
    found = verdicts([0.01, 0.99, 0.01, 0.5], [True, False, False, True])
    assert found.verdict.tolist() == [
        "weak",
        "not_enough_evidence",
        "not_enough_evidence",
        "ordinary",
    ]
    assert found.false_winners == 0


def test_no_pieces_have_no_verdicts() -> None:
    """An empty leaderboard is not an error."""
    assert verdicts([], []).verdict.shape == (0,)


def test_false_winners_are_at_most_the_stated_share_where_probabilities_are_right() -> None:
    """200 000 pieces of which each is above with just its probability."""
    world = np.random.default_rng(1)
    above = world.beta(1.2, 2.0, 200_000)
    truly = world.random(200_000) < above
    winner = verdicts(above, np.ones(200_000, dtype=bool)).verdict == "winner"
    assert winner.sum() > 1000
    assert (~truly[winner]).mean() < FALSE_WINNERS / 2 + 0.005


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.integers(0, 29), st.floats(0, 1))
def test_a_surer_piece_never_loses_its_verdict(values: list[float], at: int, more: float) -> None:
    """Raising one probability never takes that piece's title away."""
    at %= len(values)
    before = verdicts(values, np.ones(len(values), dtype=bool)).verdict[at]
    values[at] += more * (1 - values[at])
    after = verdicts(values, np.ones(len(values), dtype=bool)).verdict[at]
    places = {"weak": 0, "ordinary": 1, "winner": 2}
    assert places[after] >= places[before]


def test_a_piece_that_halved_is_worn_and_a_dip_is_not() -> None:
    """400 of 200 expected before: 100 of 100 since is wear, 18 of 10 and 90 of 50 are not."""
    prior = Gamma(np.full(4, 4.0), np.full(4, 4.0))
    fresh = np.array([100.0, 18, 90, 0]), np.array([100.0, 10, 50, 0])
    before = np.full(4, 400.0), np.full(4, 200.0)
    assert worn(fresh, before, prior).tolist() == [True, False, False, False]
