"""Priors, posterior means and ranges against numbers worked out elsewhere."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ranking import Beta, Gamma, binomial, fit_beta, fit_gamma, rate

COUNTS = st.integers(0, 10_000)
PAIRS = st.lists(st.tuples(COUNTS, st.floats(0.01, 5_000)), min_size=1, max_size=12)

# Tarone's control groups of rats (tumours, rats), the worked example of Gelman et al.,
# Bayesian Data Analysis, table 5.1.
TUMOURS = (
    "0/20 0/20 0/20 0/20 0/20 0/20 0/20 0/19 0/19 0/19 0/19 0/18 0/18 0/17 1/20 1/20 1/20 1/20 "
    "1/19 1/19 1/18 1/18 2/25 2/24 2/23 2/20 2/20 2/20 2/20 2/20 2/20 1/10 5/49 2/19 5/46 3/27 "
    "2/17 7/49 7/47 3/20 3/20 2/13 9/48 10/50 4/20 4/20 4/20 4/20 4/20 4/20 4/20 10/48 4/19 4/19 "
    "4/19 5/22 11/46 12/49 5/20 5/20 6/23 5/19 6/22 6/20 6/20 6/20 16/52 15/47 15/46 9/24 4/14"
)


def test_the_beta_prior_of_the_rat_tumours_is_the_published_one() -> None:
    """Gelman et al. report a posterior mode near (2.4, 14.3) and 14 % tumours on average."""
    tumours, rats = np.array([pair.split("/") for pair in TUMOURS.split()], dtype=float).T
    prior = fit_beta(tumours, rats)
    assert prior.alpha == pytest.approx(2.4, abs=0.3)
    assert prior.beta == pytest.approx(14.3, abs=1.8)
    assert prior.mean == pytest.approx(0.144, abs=0.005)
    # Experiment 71 has 4 of 14 = 0.286; its shrunk mean is (2.4 + 4) / (16.7 + 14) = 0.208.
    assert binomial(tumours, rats).mean[-1] == pytest.approx(0.208, abs=0.01)


def test_a_beta_binomial_posterior_is_scipys() -> None:
    """Beta(2, 8) after 3 of 10 is Beta(5, 15): mean 0.25, and scipy's quantiles."""
    found = binomial([3], [10], prior=Beta(2, 8))
    scipys = stats.beta(5, 15)
    assert found.mean[0] == 0.25
    assert found.low[0] == pytest.approx(scipys.ppf(0.1))
    assert found.high[0] == pytest.approx(scipys.ppf(0.9))
    assert found.prob_above_baseline[0] == pytest.approx(scipys.sf(0.2))


def test_a_gamma_poisson_posterior_is_scipys() -> None:
    """Gamma(4, 4) after 12 results where 6 were expected is Gamma(16, 10): mean 1.6."""
    found = rate([12], [6.0], prior=Gamma(4, 4))
    scipys = stats.gamma(16, scale=0.1)
    assert found.mean[0] == pytest.approx(1.6)
    assert found.low[0] == pytest.approx(scipys.ppf(0.1))
    assert found.high[0] == pytest.approx(scipys.ppf(0.9))
    assert found.prob_above_baseline[0] == pytest.approx(scipys.sf(1.0))


def test_the_gamma_fit_is_where_scipys_negative_binomial_is_most_likely() -> None:
    """With equal expectations the model is scipy's nbinom; its own fit finds the same place."""
    seen = stats.nbinom.rvs(5, 0.2, size=3000, random_state=11)
    scipys = stats.fit(
        stats.nbinom, seen, {"n": (1, 20), "p": (0.01, 0.9)}, optimizer=_minimise
    ).params
    prior = fit_gamma(seen, np.full(3000, 10.0))
    assert prior.shape == pytest.approx(scipys.n, rel=0.01)
    assert prior.mean == pytest.approx(seen.mean() / 10, rel=0.002)


def _minimise(loss, bounds, **_):  # type: ignore[no-untyped-def]
    from scipy.optimize import minimize

    return minimize(
        lambda x: loss([x[0], x[1], 0.0]) if len(bounds) == 3 else loss(x),
        [5.0, 0.3, 0.0][: len(bounds)],
        method="Nelder-Mead",
        options={"xatol": 1e-4, "fatol": 1e-6},
    )


@pytest.mark.parametrize(("shape", "mean"), [(2.0, 0.5), (8.0, 1.4)])
def test_the_gamma_prior_of_a_simulated_world_is_found_again(shape: float, mean: float) -> None:
    """4000 pieces with heavy-tailed exposure, half of them nearly unseen."""
    world = np.random.default_rng(3)
    truth = world.gamma(shape, mean / shape, 4000)
    expected = world.lognormal(1.0, 2.0, 4000)
    prior = fit_gamma(world.poisson(truth * expected), expected)
    assert prior.shape == pytest.approx(shape, rel=0.1)
    assert prior.mean == pytest.approx(mean, rel=0.03)


def test_the_beta_prior_of_a_simulated_world_is_found_again() -> None:
    """Click rates near 1 %, impressions from a handful to a hundred thousand."""
    world = np.random.default_rng(4)
    impressions = world.lognormal(6, 2, 4000).astype(int)
    clicks = world.binomial(impressions, world.beta(4, 396, 4000))
    prior = fit_beta(clicks, impressions)
    assert prior.alpha == pytest.approx(4, rel=0.1)
    assert prior.mean == pytest.approx(0.01, rel=0.03)


def test_four_of_five_ranges_hold_the_truth() -> None:
    """On 4000 simulated pieces the 80 % range covers the true index 80 % of the time."""
    world = np.random.default_rng(5)
    truth = world.gamma(4, 0.25, 4000)
    expected = world.lognormal(1.5, 1.5, 4000)
    found = rate(world.poisson(truth * expected), expected)
    inside = (found.low <= truth) & (truth <= found.high)
    assert inside.mean() == pytest.approx(0.8, abs=0.02)


def test_one_click_on_three_impressions_does_not_win() -> None:
    """33 % raw, but next to pieces with 2 % on many impressions it is only a rumour."""
    clicks = np.array([1, 2000, 1500, 900, 1200, 1100])
    impressions = np.array([3, 100_000, 100_000, 90_000, 100_000, 110_000])
    found = binomial(clicks, impressions)
    assert np.argmax(found.mean) == 1
    assert found.prob_above_baseline[0] < 0.9


def test_a_piece_without_trials_or_expectation_gets_the_prior() -> None:
    """Nothing seen, nothing learnt: the prior's own mean and quantiles."""
    assert binomial([0], [0], prior=Beta(2, 8)).mean[0] == pytest.approx(0.2)
    unseen = rate([0], [0], prior=Gamma(4, 5))
    assert unseen.mean[0] == pytest.approx(0.8)
    assert unseen.high[0] == pytest.approx(stats.gamma(4, scale=0.2).ppf(0.9))


def test_no_rows_give_no_estimates() -> None:
    """An empty cell is not an error."""
    assert rate([], []).mean.shape == (0,)
    assert binomial([], []).low.shape == (0,)
    assert fit_gamma([], []).mean == pytest.approx(1.0)


def test_all_zeros_give_a_small_index_and_no_crash() -> None:
    """Ten pieces without one result where five were expected each are surely below par."""
    found = rate(np.zeros(10), np.full(10, 5.0))
    assert (found.mean < 0.2).all()
    assert (found.mean > 0).all()
    assert (found.prob_above_baseline < 0.05).all()
    assert (binomial(np.zeros(10), np.full(10, 100)).mean < 0.01).all()


def test_one_row_alone_is_not_believed_blindly() -> None:
    """20 results where 2 were expected: far up, but not the raw 10, and a range around it."""
    found = rate([20], [2.0])
    assert 1 < found.mean[0] < 9
    assert found.high[0] / found.low[0] > 1.3


def test_pieces_that_do_not_differ_are_pulled_together() -> None:
    """Counts without overdispersion fit a narrow prior: true differences there are none."""
    world = np.random.default_rng(6)
    expected = np.full(500, 40.0)
    found = rate(world.poisson(expected), expected)
    assert np.ptp(found.mean) < 0.15
    assert found.mean.mean() == pytest.approx(1.0, abs=0.03)


def test_huge_counts_fit_as_well_as_small_ones() -> None:
    """Impressions in the hundred millions: the prior is still found."""
    world = np.random.default_rng(7)
    truth = world.gamma(10, 0.1, 1000)
    expected = world.lognormal(16, 1.5, 1000)
    assert fit_gamma(truth * expected, expected).shape == pytest.approx(10, rel=0.1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: binomial([5], [3]), "row 0 has 5 successes on 3 trials"),
        (lambda: rate([1, 2], [1.0, 0.0]), "row 1 has 2 results where 0 are expected"),
        (lambda: rate([1, -2], [1.0, 1.0]), "successes of row 1 is -2; expected 0 or more"),
        (lambda: rate([1], [float("nan")]), "expected of row 0 is nan"),
        (lambda: binomial([1], [float("inf")]), "trials of row 0 is inf"),
        (lambda: rate([1, 2], [1.0]), r"shape \(2,\) and expected \(1,\)"),
    ],
)
def test_impossible_numbers_are_refused_by_row(call, message: str) -> None:  # type: ignore[no-untyped-def]
    """Clicks without impressions or results without any chance of one are somebody's mistake."""
    with pytest.raises(ValueError, match=message):
        call()


@settings(max_examples=20, deadline=None)
@given(PAIRS, st.randoms(use_true_random=False))
def test_row_order_changes_nothing(pairs: list[tuple[int, float]], random) -> None:  # type: ignore[no-untyped-def]
    """Not even the last bit: the fit sorts its rows before it sums."""
    shuffled = list(range(len(pairs)))
    random.shuffle(shuffled)
    y, e = np.array(pairs).T
    assert np.array_equal(rate(y, e).mean[shuffled], rate(y[shuffled], e[shuffled]).mean)
    n = y + np.ceil(e)
    assert np.array_equal(binomial(y, n).low[shuffled], binomial(y[shuffled], n[shuffled]).low)


@settings(max_examples=30, deadline=None)
@given(PAIRS)
def test_the_estimate_lies_between_prior_mean_and_raw_rate(pairs: list[tuple[int, float]]) -> None:
    """Shrinkage pulls towards the group, never past it and never away from it."""
    y, e = np.array(pairs).T
    prior = fit_gamma(y, e)
    found = rate(y, e, prior=prior)
    low, high = np.minimum(y / e, prior.mean), np.maximum(y / e, prior.mean)
    assert (found.mean >= low * (1 - 1e-9)).all()
    assert (found.mean <= high * (1 + 1e-9)).all()
    assert ((found.low <= found.high) & (found.prob_above_baseline <= 1)).all()


@settings(max_examples=30, deadline=None)
@given(COUNTS, st.floats(0.01, 1e4), st.floats(0.01, 1e4))
def test_more_expected_for_the_same_results_never_raises_the_index(
    results: int, expected: float, more: float
) -> None:
    """Money that brought nothing cannot make a piece look better."""
    prior = Gamma(4, 4)
    before = rate([results], [expected], prior=prior)
    after = rate([results], [expected + more], prior=prior)
    assert after.mean[0] < before.mean[0]
    assert after.prob_above_baseline[0] <= before.prob_above_baseline[0]
