"""Priors of cells that lean on their objective, and the fits behind them."""

import numpy as np
import pytest
from scipy import stats

from ranking import beta_priors, fit_gamma, gamma_priors
from ranking.fitting import spread


def test_a_cell_with_many_pieces_has_its_own_prior() -> None:
    """400 pieces with mean 0.6 beside 400 with 1.5: each cell is found again."""
    world = np.random.default_rng(1)
    cell = np.repeat([0, 1], 400)
    expected = world.lognormal(2, 1.5, 800)
    truth = world.gamma(6.0, np.array([0.6, 1.5])[cell] / 6.0)
    found = gamma_priors(world.poisson(truth * expected), expected, cell, [0, 0])
    assert np.asarray(found.mean) == pytest.approx([0.6, 1.5], rel=0.1)
    assert np.asarray(found.shape) == pytest.approx([6, 6], rel=0.35)


def test_one_absurd_piece_does_not_widen_its_cell() -> None:
    """40 pieces alike within a quarter, and one with 230 results where 0.05 are usual.

    The plain fit takes it for proof that anything is possible.
    """
    world = np.random.default_rng(8)
    expected = world.lognormal(4, 0.5, 40)
    y = world.poisson(world.gamma(16.0, 1 / 16.0, 40) * expected)
    cell = np.zeros(41, dtype=int)
    clean = gamma_priors(y, expected, cell[:40], [0])
    found = gamma_priors(np.r_[y, 230.0], np.r_[expected, 0.05], cell, [0])
    assert float(np.asarray(found.shape)[0]) == pytest.approx(
        float(np.asarray(clean.shape)[0]), rel=0.02
    )
    assert float(np.asarray(found.mean)[0]) == pytest.approx(
        float(np.asarray(clean.mean)[0]), rel=0.01
    )
    assert float(fit_gamma(np.r_[y, 230.0], np.r_[expected, 0.05]).shape) < 2


def test_a_thin_cell_leans_on_its_objective_and_an_empty_one_takes_it() -> None:
    """Twelve cells near 1.5 teach what one piece with 0 of 1 cannot overturn; another
    objective near 0.5 does not matter."""
    world = np.random.default_rng(2)
    cell = np.repeat(np.arange(24), 40)
    mean = np.where(np.arange(24) < 12, 1.5, 0.5)
    expected = world.lognormal(2, 1, 960)
    y = world.poisson(world.gamma(8.0, mean[cell] / 8.0) * expected)
    objective = np.r_[mean < 1, False, False].astype(int)
    found = gamma_priors(np.r_[y, 0], np.r_[expected, 1.0], np.r_[cell, 24], objective)
    assert np.asarray(found.mean)[24] == pytest.approx(1.45, abs=0.12)
    assert np.asarray(found.mean)[25] == pytest.approx(1.5, abs=0.1)


def test_one_cell_alone_is_nearly_the_plain_fit() -> None:
    """With 300 pieces the parents add nothing."""
    y = stats.nbinom.rvs(5, 0.2, size=300, random_state=3)
    alone = fit_gamma(y, np.full(300, 20.0))
    found = gamma_priors(y, np.full(300, 20.0), np.zeros(300, dtype=int), [0])
    assert float(np.asarray(found.mean)[0]) == pytest.approx(float(alone.mean), rel=0.02)
    assert float(np.asarray(found.shape)[0]) == pytest.approx(float(alone.shape), rel=0.1)


def test_click_rates_of_cells_are_found_again() -> None:
    """1 % and 3 % with a Beta spread; binomial counts."""
    world = np.random.default_rng(4)
    cell = np.repeat([0, 1], 300)
    shown = world.lognormal(7, 1, 600).astype(int) + 1
    rate = np.array([0.01, 0.03])[cell]
    clicks = world.binomial(shown, world.beta(5, 5 / rate - 5))
    found = beta_priors(clicks, shown, cell, [0, 0])
    assert np.asarray(found.mean) == pytest.approx([0.01, 0.03], rel=0.1)


def test_a_cell_of_thousands_is_fitted_on_a_part_of_them() -> None:
    """Every n-th by size tells the same as all."""
    world = np.random.default_rng(5)
    expected = world.lognormal(2, 1.5, 20_000)
    y = world.poisson(world.gamma(4.0, 0.25, 20_000) * expected)
    found = gamma_priors(y, expected, np.zeros(20_000, dtype=int), [0])
    assert float(np.asarray(found.shape)[0]) == pytest.approx(4, rel=0.25)
    assert float(np.asarray(found.mean)[0]) == pytest.approx(1, abs=0.06)


def test_no_cells_and_no_rows_have_an_answer() -> None:
    """Nothing to rank is no error; cells without rows are the ordinary ad."""
    assert np.asarray(gamma_priors([], [], [], []).shape).shape == (0,)
    assert np.asarray(gamma_priors([], [], [], [0, 1]).mean).tolist() == [1, 1]
    assert np.asarray(beta_priors([], [], [], []).alpha).shape == (0,)


@pytest.mark.parametrize("truth", [0.05, 0.3])
def test_the_spread_of_differences_seen_with_error_is_found(truth: float) -> None:
    """2000 true differences, each seen with an error of 0.2."""
    world = np.random.default_rng(6)
    seen = world.normal(0, truth, 2000) + world.normal(0, 0.2, 2000)
    assert spread(seen, np.full(2000, 0.04), usual=0.1) == pytest.approx(truth, rel=0.2)
