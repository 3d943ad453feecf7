"""What good pieces share."""

import numpy as np
import pytest

from ranking import Gamma, label_effects


def test_the_effect_of_a_label_in_a_simulated_world_is_found_again() -> None:
    """The first label multiplies results by 1.5; nineteen others do nothing."""
    world = np.random.default_rng(1)
    shows = world.random((600, 20)) < 0.4
    expected = world.lognormal(3, 1, 600)
    truth = world.gamma(8, 1 / 8, 600) * np.where(shows[:, 0], 1.5, 1.0)
    found = label_effects(world.poisson(truth * expected), expected, shows, Gamma(6, 6))
    assert found.effect[0] == pytest.approx(1.45, abs=0.15)
    assert found.low[0] > 1.2
    assert found.pieces[0] == shows[:, 0].sum()
    assert np.abs(np.log(found.effect[1:])).max() < 0.15


def test_ranges_of_labels_without_effect_hold_no_effect() -> None:
    """Over 40 worlds of useless labels the 80 % range contains 1.0 at least four times in five."""
    inside = []
    for seed in range(40):
        world = np.random.default_rng(seed)
        shows = world.random((60, 10)) < 0.5
        expected = world.lognormal(3, 1, 60)
        results = world.poisson(world.gamma(6, 1 / 6, 60) * expected)
        found = label_effects(results, expected, shows, Gamma(6, 6))
        inside += list((found.low <= 1) & (found.high >= 1))
    assert np.mean(inside) > 0.8


def test_labels_of_one_piece_or_of_all_are_not_compared() -> None:
    """A label needs two pieces that show it and two that do not."""
    shows = np.array([[1, 1, 1], [0, 1, 1], [0, 1, 0], [0, 1, 0]], dtype=bool)
    found = label_effects(np.full(4, 9.0), np.full(4, 9.0), shows, Gamma(4, 4))
    assert found.label.tolist() == [2]
    assert found.effect[0] == pytest.approx(1.0)


def test_pieces_without_expectation_do_not_count() -> None:
    """Two of the four pieces of a label cost nothing, so it is a label of two pieces."""
    shows = np.array([[1], [1], [1], [1], [0], [0]], dtype=bool)
    expected = np.array([10.0, 10, 0, 0, 10, 10])
    found = label_effects(np.array([30.0, 30, 0, 0, 10, 10]), expected, shows, Gamma(4, 4))
    assert found.pieces.tolist() == [2]
    assert 1 < found.effect[0] < 3  # raw 3.0, pulled towards 1


def test_no_pieces_and_no_labels_give_no_traits() -> None:
    """An undescribed cell is not an error."""
    nothing = label_effects(np.array([]), np.array([]), np.zeros((0, 0), dtype=bool), Gamma(4, 4))
    assert nothing.effect.shape == (0,)


def test_a_label_without_results_has_a_finite_effect() -> None:
    """Zero results on one side do not make a logarithm explode."""
    shows = np.array([[1], [1], [0], [0]], dtype=bool)
    found = label_effects(np.array([0.0, 0, 5, 5]), np.full(4, 5.0), shows, Gamma(4, 4))
    assert 0 < found.effect[0] < 1
    assert np.isfinite(found.high[0])


def test_a_few_equal_labels_do_not_make_it_certain_that_labels_do_nothing() -> None:
    """Four pieces tell next to nothing: the range stays wide though both sides did the same."""
    shows = np.array([[1, 1], [1, 0], [0, 1], [0, 0]], dtype=bool)
    found = label_effects(np.full(4, 9.0), np.full(4, 9.0), shows, Gamma(4, 4))
    assert found.effect == pytest.approx([1, 1])
    assert (found.high > 1.08).all()
    assert (found.low < 0.93).all()
