"""Verdicts, order and choice."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking import choose, leaderboard_order, verdicts, weights

DAY = date(2026, 11, 20)


def test_verdicts_follow_probability_and_evidence() -> None:
    """Nine in ten makes a winner, one in ten a weak piece; little chance says nothing at all."""
    found = verdicts(
        np.array([0.95, 0.9, 0.5, 0.1, 0.999]),
        np.array([50.0, 50, 50, 50, 4]),
        min_expected=5,
    )
    assert found == ["winner", "winner", "ordinary", "weak", "not_enough_evidence"]


def test_the_order_is_by_mean_then_evidence_then_recency_then_id() -> None:
    """Four ties broken one after the other, and an unjudged piece last in spite of its mean."""
    order = leaderboard_order(
        np.array([1.0, 1.0, 1.0, 1.0, 2.0, 9.0]),
        np.array([5.0, 5.0, 5.0, 8.0, 5.0, 1.0]),
        [DAY, DAY, date(2026, 11, 21), DAY, DAY, DAY],
        ["b", "a", "c", "d", "e", "f"],
        np.array([True, True, True, True, True, False]),
    )
    assert order == [4, 3, 2, 1, 0, 5]


@given(st.permutations(range(6)))
def test_the_order_does_not_depend_on_row_order(rows: list[int]) -> None:
    """The same pieces, handed over in any order, stand in the same order."""
    mean = np.array([1.0, 1.0, 1.0, 2.0, 2.0, 0.5])
    ids = [f"p{i}" for i in range(6)]
    order = leaderboard_order(
        mean[rows], np.ones(6), [DAY] * 6, [ids[i] for i in rows], np.ones(6, dtype=bool)
    )
    assert [ids[rows[i]] for i in order] == ["p3", "p4", "p0", "p1", "p2", "p5"]


def test_at_most_two_pieces_of_a_campaign_are_chosen() -> None:
    """The third of campaign A gives way to the next of another; unknown campaigns are free."""
    verdict = ["winner"] * 7
    campaign = ["A", "A", "A", "B", None, None, None]
    assert choose(range(7), verdict, campaign, k=6) == [0, 1, 3, 4, 5, 6]  # type: ignore[arg-type]


def test_weak_and_unjudged_pieces_inspire_nothing() -> None:
    """Fewer than k come back rather than one that should not be followed."""
    verdict = ["weak", "ordinary", "not_enough_evidence", "winner"]
    assert choose([3, 1, 0, 2], verdict, list("abcd"), k=4) == [3, 1]  # type: ignore[arg-type]
    assert choose([0, 2], verdict, list("abcd"), k=4) == []  # type: ignore[arg-type]


def test_weights_by_hand() -> None:
    """2.0 x 0.9 against 1.0 x 0.6 is three to one."""
    assert weights(np.array([2.0, 1.0]), np.array([0.9, 0.6])).tolist() == [0.75, 0.25]


def test_weights_of_nothing_and_of_zeros() -> None:
    """No pieces, no weights; pieces without any pull share equally."""
    assert weights(np.array([]), np.array([])).shape == (0,)
    assert weights(np.zeros(4), np.zeros(4)).sum() == pytest.approx(1)
