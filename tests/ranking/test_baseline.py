"""The ordinary ad in the same place, and how much of a number is evidence."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranking import account_rates, ad_set_variation, evidence_weights, expected_results, rate


def test_an_account_with_many_results_keeps_its_own_rate() -> None:
    """1000 clicks for 1 000 000 is one per 1000, whatever the cheap neighbour does."""
    rates = account_rates([1000] * 30 + [4000] * 30, [1e6] * 60, [0] * 30 + [1] * 30, ["COP"] * 60)
    assert rates[[0, 59]] == pytest.approx([0.001, 0.004], rel=0.05)


def test_an_account_without_results_leans_on_the_others_of_its_currency() -> None:
    """No sale for 10 000 where others get one per 10 000 is thin, not a rate of 0."""
    rates = account_rates([0, *[10] * 20], [10_000, *[1e5] * 20], [0, *[1, 2] * 10], ["COP"] * 21)
    assert 0 < rates[0] < 0.00011
    assert rates[1] == pytest.approx(0.0001, rel=0.05)


def test_currencies_never_meet() -> None:
    """A dollar account alone keeps its own rate beside accounts in pesos."""
    rates = account_rates(
        [500] * 20 + [300] * 20,
        [2e6] * 20 + [150.0] * 20,
        [0] * 20 + [1] * 20,
        ["COP"] * 20 + ["USD"] * 20,
    )
    assert rates[0] == pytest.approx(500 / 2_000_000, rel=0.01)
    assert rates[-1] == pytest.approx(2.0, rel=0.01)


def test_one_big_spender_is_not_the_yardstick() -> None:
    """Nine ads get 1 per 10 and one with nine times all their money gets 3: ordinary stays near 1.

    The plain ratio of sums would be 2.8 per 10.
    """
    rates = account_rates([100] * 9 + [24_300], [1000.0] * 9 + [81_000.0], [0] * 10, ["COP"] * 10)
    assert 0.09 < rates[0] < 0.15


def test_a_currency_without_results_or_money_expects_nothing() -> None:
    """No results anywhere give rate 0; an account that spent nothing gets its currency's rate."""
    assert account_rates([0, 0], [10, 20], [0, 1], ["COP", "COP"]).tolist() == [0, 0]
    assert account_rates([3], [0], [0], ["COP"]).tolist() == [0]
    assert account_rates([], [], [], []).shape == (0,)
    rates = account_rates([3, 50], [0, 100], [0, 1], ["USD", "USD"])
    assert rates == pytest.approx([0.5, 0.5])


def test_an_ad_that_cost_nothing_expects_nothing() -> None:
    """Expected results come from money: 200 at one per 100 is 2, and 0 is 0."""
    assert expected_results([200, 0], [0.01, 0.01]).tolist() == [2, 0]


ROWS = st.lists(
    st.tuples(st.integers(0, 500), st.floats(1, 1000), st.sampled_from(["COP", "USD"])),
    min_size=1,
    max_size=8,
)


@settings(max_examples=25, deadline=None)
@given(ROWS)
def test_cents_or_euros_give_the_same_index(rows: list[tuple[int, float, str]]) -> None:
    """Writing all money of a currency in hundredths changes no expected result and no estimate."""
    results, spend, currency = (np.array(column) for column in zip(*rows, strict=True))
    account = np.where(currency == "USD", 1, 0)
    cents = np.where(currency == "USD", 100.0, 1.0)
    plain = expected_results(spend, account_rates(results, spend, account, currency))
    scaled = expected_results(
        spend * cents, account_rates(results, spend * cents, account, currency)
    )
    assert scaled == pytest.approx(plain, rel=1e-6)
    assert rate(results, scaled + 1).mean == pytest.approx(rate(results, plain + 1).mean, rel=1e-5)


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
    """Ad sets with next to nothing expected and thousands of results do not run away."""
    found = ad_set_variation([9000, 0] * 5, [0.001, 9000.0] * 5, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4])
    assert 1 < found <= 100


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
