"""Order and choice."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking import choose, inspiring, label_looks, leaderboard_order, weights

DAY = date(2026, 11, 20)
ALL = np.ones(7, dtype=bool)


def test_the_order_is_by_mean_then_recency_then_id() -> None:
    """Ties broken one after the other, and an unjudged piece last in spite of its mean."""
    order = leaderboard_order(
        np.array([1.0, 1.0 + 1e-15, 1.0, 2.0, 9.0]),
        [DAY, DAY, date(2026, 11, 21), DAY, DAY],
        ["b", "a", "c", "e", "f"],
        np.array([True, True, True, True, False]),
    )
    assert order == [3, 2, 1, 0, 4]


@given(st.permutations(range(6)))
def test_the_order_does_not_depend_on_row_order(rows: list[int]) -> None:
    """The same pieces, handed over in any order, stand in the same order."""
    mean = np.array([1.0, 1.0, 1.0, 2.0, 2.0, 0.5])
    ids = [f"p{i}" for i in range(6)]
    order = leaderboard_order(mean[rows], [DAY] * 6, [ids[i] for i in rows], np.ones(6, dtype=bool))
    assert [ids[rows[i]] for i in order] == ["p3", "p4", "p0", "p1", "p2", "p5"]


def test_at_most_two_pieces_of_a_campaign_are_chosen() -> None:
    """The third of campaign A gives way to the next of another; unknown campaigns are free."""
    campaign = ["A", "A", "A", "B", None, None, None]
    assert choose(range(7), np.ones(7), ALL, campaign, k=6) == [0, 1, 3, 4, 5, 6]


def test_pieces_that_may_not_inspire_are_left_out() -> None:
    """Fewer than k come back rather than one that should not be followed."""
    able = np.array([False, True, False, True])
    assert choose([3, 1, 0, 2], np.ones(4), able, list("abcd"), k=4) == [3, 1]
    assert choose([0, 2], np.ones(4), able, list("abcd"), k=4) == []
    assert choose([0], np.ones(1), np.ones(1, dtype=bool), ["a"], k=0) == []


def test_probably_below_and_next_to_unknown_pieces_inspire_nothing() -> None:
    """A tenth of what a verdict needs is enough to be chosen, nothing at all is not."""
    found = inspiring(
        np.array([0.9, 0.9, 0.19, 0.5]), np.array([3.0, 2.9, 99, 0]), np.array([30.0, 30, 30, 0])
    )
    assert found.tolist() == [True, False, False, False]


def test_a_piece_that_looks_like_one_chosen_has_to_be_15_per_cent_better() -> None:
    """2.0 is taken; its twin with 1.8 is worth 0.90 - 0.15 of it, the other with 1.6 0.80."""
    looks = np.array([[1.0, 0], [1, 0], [0, 1]])
    mean = np.array([2.0, 1.8, 1.6])
    able = np.ones(3, dtype=bool)
    assert choose(range(3), mean, able, [None] * 3, k=2, looks=looks) == [0, 2]
    assert choose(range(3), mean, able, [None] * 3, k=2) == [0, 1]
    closer = np.array([2.0, 1.95, 1.6])
    assert choose(range(3), closer, able, [None] * 3, k=2, looks=looks) == [0, 1]


def test_at_most_two_that_look_the_same_are_chosen() -> None:
    """Four crops of one picture far ahead of a fifth: two of them and the fifth."""
    looks = np.array([[1.0, 0]] * 4 + [[0, 1]])
    mean = np.array([9.0, 9, 9, 9, 1])
    able = np.ones(5, dtype=bool)
    found = choose(range(5), mean, able, [None] * 5, k=4, looks=looks, same_look=0.95)
    assert found == [0, 1, 4]


def test_among_equals_the_one_least_like_the_others_is_taken() -> None:
    """All means are 0: likeness, then the order decides."""
    looks = np.array([[1.0, 0], [1, 0], [0, 1]])
    able = np.ones(3, dtype=bool)
    assert choose(range(3), np.zeros(3), able, [None] * 3, k=2, looks=looks) == [0, 2]


def test_labels_say_how_alike_pieces_are() -> None:
    """Two labels of which one is shared: a half; a piece without labels is like nothing."""
    looks = label_looks(np.array([[1, 1, 0], [0, 1, 1], [0, 0, 0]], dtype=bool))
    assert (looks @ looks.T) == pytest.approx(np.array([[1, 0.5, 0], [0.5, 1, 0], [0, 0, 0]]))


def test_weights_by_hand() -> None:
    """2.0 x 0.9 against 1.0 x 0.6 is three to one."""
    assert weights(np.array([2.0, 1.0]), np.array([0.9, 0.6])).tolist() == [0.75, 0.25]


def test_weights_of_nothing_and_of_zeros() -> None:
    """No pieces, no weights; pieces without any pull share equally."""
    assert weights(np.array([]), np.array([])).shape == (0,)
    assert weights(np.zeros(4), np.zeros(4)).sum() == pytest.approx(1)
