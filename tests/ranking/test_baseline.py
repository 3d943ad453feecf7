"""The ordinary ad in the same place, and how much of a number is evidence."""

import numpy as np
import pytest

from ranking import Places, ad_set_variation, evidence_weights, place_rates, rate


def places(account: list[int], currency: list[int], form: list[int] | None = None) -> Places:
    """Places of one objective; accounts 0 to 3 on one platform."""
    zeros = np.zeros(len(account), dtype=np.intp)
    return Places(
        objective=zeros,
        platform=zeros,
        account=np.array(account),
        format=zeros if form is None else np.array(form),
        currency=np.array(currency),
    )


def test_a_place_with_many_results_keeps_its_own_rate() -> None:
    """30 000 clicks for 30 million is one per 1000, whatever the cheap neighbour does."""
    found = place_rates([30_000, 120_000], [3e7, 3e7], places([0, 1], [0, 0]))
    assert found.rate == pytest.approx([0.001, 0.004], rel=0.01)


def test_a_place_without_results_leans_on_the_others_of_its_currency() -> None:
    """No sale for 10 000 where others get one per 10 000 is thin, not a rate of 0."""
    found = place_rates([0, 100, 100], [10_000, 1e6, 1e6], places([0, 1, 2], [0, 0, 0]))
    assert 0.00005 < found.rate[0] < 0.0001
    assert found.rate[1] == pytest.approx(0.0001, rel=0.05)
    assert found.doubt[0] > 2 * found.doubt[1]


def test_a_new_format_of_an_account_leans_on_the_account_and_on_the_format() -> None:
    """Videos get half as much in both other accounts; an account twice as good gets about 1."""
    where = places([0, 0, 1, 1, 2, 2], [0] * 6, [0, 1] * 3)
    found = place_rates([1000, 500, 1000, 500, 2000, 0], [1e3, 1e3, 1e3, 1e3, 1e3, 0.01], where)
    assert found.rate[5] == pytest.approx(1.0, rel=0.15)


def test_currencies_never_meet() -> None:
    """A dollar account alone keeps its own rate beside accounts in pesos."""
    found = place_rates([10_000, 6_000], [4e7, 3000.0], places([0, 1], [0, 1]))
    assert found.rate == pytest.approx([10_000 / 4e7, 2.0], rel=0.01)


def test_a_currency_without_results_or_money_expects_nothing() -> None:
    """No results anywhere give rate 0; a place that spent nothing gets its currency's rate."""
    assert place_rates([0, 0], [10, 20], places([0, 1], [0, 0])).rate.tolist() == [0, 0]
    assert place_rates([], [], places([], [])).rate.shape == (0,)
    found = place_rates([0, 50], [0, 100], places([0, 1], [0, 0]))
    assert found.rate == pytest.approx([0.5, 0.5], rel=0.01)


def test_ad_sets_that_scatter_like_counts_vary_by_nothing() -> None:
    """Poisson counts: the squared coefficient of variation beyond chance is near 0."""
    world = np.random.default_rng(1)
    expected = world.lognormal(5, 1, 4000)
    piece = np.arange(4000) // 8
    assert ad_set_variation(world.poisson(expected), expected, piece) < 0.001


def test_the_variation_of_a_simulated_world_is_found_again() -> None:
    """Each ad set multiplied by gamma noise of variance 0.09, pieces with effects of their own."""
    world = np.random.default_rng(2)
    piece = np.arange(4000) // 8
    expected = world.lognormal(4, 1.5, 4000)
    truth = world.gamma(4, 0.25, 500)[piece] * world.gamma(1 / 0.09, 0.09, 4000)
    found = ad_set_variation(world.poisson(truth * expected), expected, piece)
    assert found == pytest.approx(0.09, rel=0.12)


@pytest.mark.parametrize(
    ("results", "expected", "piece"),
    [
        ([], [], []),
        ([5], [5.0], [0]),  # one ad set has nothing to be compared with
        ([0, 0], [5.0, 5.0], [0, 0]),
    ],
)
def test_where_nothing_can_be_compared_the_usual_is_believed(
    results: list[int], expected: list[float], piece: list[int]
) -> None:
    """No ad sets, one, or no results: audiences are taken to move a picture by 20 %."""
    assert ad_set_variation(results, expected, piece) == pytest.approx(0.2**2)


@pytest.mark.parametrize(
    ("results", "seen"),
    [([10, 30], 0.45), ([20, 20], 0.0), ([0, 20], 1.9)],
)
def test_variation_of_two_ad_sets_by_hand(results: list[int], seen: float) -> None:
    """200 / (20 + 400 v) = 1 gives v = 0.45; it is one comparison beside 20 believed ones."""
    found = ad_set_variation(results, [sum(results) / 2] * 2, [0, 0])
    assert found == pytest.approx((seen + 20 * 0.04) / 21)


def test_absurd_variation_has_an_end() -> None:
    """Ad sets with thousands of results where one was expected do not run away."""
    piece = np.repeat(np.arange(50), 2)
    found = ad_set_variation([9000, 0] * 50, [1.0, 9000.0] * 50, piece)
    assert 1 < found <= 100


def test_an_ad_set_that_spent_next_to_nothing_says_nothing_about_variation() -> None:
    """9000 results where 0.001 were expected leave the usual value as it was."""
    assert ad_set_variation([9000, 10], [0.001, 10.0], [0, 0]) == pytest.approx(0.04)


def test_one_scattered_piece_among_many_has_a_bounded_say() -> None:
    """Of 100 pieces with two ad sets of 100 results each, one has 100 and 5000.

    Without a bound its one comparison would count as thousands; now v hardly moves.
    """
    rng = np.random.default_rng(4)
    piece = np.repeat(np.arange(100), 2)
    results = rng.poisson(100 * rng.gamma(25, 0.04, 200)).astype(float)
    before = ad_set_variation(results, np.full(200, 100.0), piece)
    assert before == pytest.approx(0.04, abs=0.01)
    results[:2] = 100, 5000
    assert ad_set_variation(results, np.full(200, 100.0), piece) == pytest.approx(before, abs=0.007)


def test_evidence_of_a_big_ad_set_is_worth_less_than_its_size() -> None:
    """With v = 0.1, 90 expected in one ad set count as 9; ten in one as 5."""
    expected = np.array([90.0, 10.0, 0.0])
    assert (expected * evidence_weights(expected, 0.1)).tolist() == pytest.approx([9, 5, 0])


def test_ranges_hold_when_ad_sets_scatter() -> None:
    """With noisy ad sets the 80 % range still covers the truth; plain counts would be too sure."""
    world = np.random.default_rng(8)
    piece = np.repeat(np.arange(2000), 4)
    expected = world.lognormal(6, 1, 8000)
    truth = world.gamma(4, 0.25, 2000)
    results = world.poisson(truth[piece] * expected * world.gamma(1 / 0.1, 0.1, 8000))
    variation = ad_set_variation(results, expected, piece)
    weight = evidence_weights(expected, variation)
    careful = rate(np.bincount(piece, weight * results), np.bincount(piece, weight * expected))
    sure = rate(np.bincount(piece, results), np.bincount(piece, expected))
    covered = (careful.low <= truth) & (truth <= careful.high)
    assert covered.mean() == pytest.approx(0.8, abs=0.03)
    assert ((sure.low <= truth) & (truth <= sure.high)).mean() < 0.4
