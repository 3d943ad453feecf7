"""The ordinary ad in the same place, and how much of a number is evidence."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranking import account_rates, evidence_weights, expected_results, rate, weekly_variation


def test_an_account_with_many_results_keeps_its_own_rate() -> None:
    """1000 clicks for 1 000 000 is one per 1000, whatever the cheap neighbour does."""
    rates = account_rates([1000, 4000], [1_000_000, 1_000_000], ["COP", "COP"])
    assert rates == pytest.approx([0.001, 0.004], rel=0.01)


def test_an_account_without_results_leans_on_the_others_of_its_currency() -> None:
    """No sale for 10 000 where others get one per 10 000 is thin, not a rate of 0."""
    rates = account_rates([0, 100, 120], [10_000, 1e6, 1e6], ["COP", "COP", "COP"])
    assert 0 < rates[0] < 0.00011
    assert rates[1] == pytest.approx(0.0001, rel=0.05)


def test_currencies_never_meet() -> None:
    """A dollar account alone keeps its own rate beside accounts in pesos."""
    rates = account_rates([500, 300], [2_000_000, 150], ["COP", "USD"])
    assert rates[0] == pytest.approx(500 / 2_000_000, rel=0.001)
    assert rates[1] == pytest.approx(2.0, rel=0.001)


def test_a_currency_without_results_or_money_expects_nothing() -> None:
    """No results anywhere give rate 0; an account that spent nothing gets its currency's rate."""
    assert account_rates([0, 0], [10, 20], ["COP", "COP"]).tolist() == [0, 0]
    assert account_rates([], [], []).shape == (0,)
    rates = account_rates([3, 50], [0, 100], ["USD", "USD"])
    assert rates[0] == pytest.approx(0.5)


def test_an_ad_that_cost_nothing_expects_nothing() -> None:
    """Expected results come from money: 200 at one per 100 is 2, and 0 is 0."""
    assert expected_results([200, 0], [0.01, 0.01]).tolist() == [2, 0]


ROWS = st.lists(
    st.tuples(st.integers(0, 500), st.floats(1, 1000), st.sampled_from(["COP", "USD"])),
    min_size=1,
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_cents_or_euros_give_the_same_index(rows: list[tuple[int, float, str]]) -> None:
    """Writing all money of a currency in hundredths changes no expected result and no estimate."""
    results, spend, currency = (np.array(column) for column in zip(*rows, strict=True))
    cents = np.where(currency == "USD", 100.0, 1.0)
    plain = expected_results(spend, account_rates(results, spend, currency))
    scaled = expected_results(spend * cents, account_rates(results, spend * cents, currency))
    assert scaled == pytest.approx(plain, rel=1e-6)
    assert rate(results, scaled + 1).mean == pytest.approx(rate(results, plain + 1).mean, rel=1e-5)


def test_weeks_that_scatter_like_counts_vary_by_nothing() -> None:
    """Poisson weeks: the squared coefficient of variation beyond chance is near 0."""
    world = np.random.default_rng(1)
    expected = world.lognormal(5, 1, 4000)
    piece = np.arange(4000) // 8
    assert weekly_variation(world.poisson(expected), expected, piece) < 0.001


def test_the_variation_of_a_simulated_world_is_found_again() -> None:
    """Each week multiplied by gamma noise of variance 0.09, pieces with effects of their own."""
    world = np.random.default_rng(2)
    piece = np.arange(4000) // 8
    expected = world.lognormal(4, 1.5, 4000)
    truth = world.gamma(4, 0.25, 500)[piece] * world.gamma(1 / 0.09, 0.09, 4000)
    found = weekly_variation(world.poisson(truth * expected), expected, piece)
    assert found == pytest.approx(0.09, rel=0.12)


@pytest.mark.parametrize(
    ("results", "expected", "piece", "variation"),
    [
        ([], [], [], 0.0),
        ([5], [5.0], [0], 0.0),  # one cell has nothing to be compared with
        ([0, 0], [5.0, 5.0], [0, 0], 0.0),
        ([10, 10], [10.0, 10.0], [0, 0], 0.0),
    ],
)
def test_where_nothing_can_be_compared_nothing_varies(
    results: list[int], expected: list[float], piece: list[int], variation: float
) -> None:
    """No weeks, one week, no results, equal weeks."""
    assert weekly_variation(results, expected, piece) == variation


def test_variation_of_two_weeks_by_hand() -> None:
    """10 and 30 where 20 and 20 are expected: 200 / (20 + 400 v) = 1 gives v = 0.45."""
    assert weekly_variation([10, 30], [20.0, 20.0], [0, 0]) == pytest.approx(0.45)


def test_evidence_of_a_big_week_is_worth_less_than_its_size() -> None:
    """With v = 0.1, 90 expected in one week count as 9; ten in a week count as 5."""
    expected = np.array([90.0, 10.0, 0.0])
    assert (expected * evidence_weights(expected, 0.1)).tolist() == pytest.approx([9, 5, 0])


def test_ranges_hold_when_weeks_scatter() -> None:
    """With noisy weeks the 80 % range still covers the truth; plain counts would be too sure."""
    world = np.random.default_rng(8)
    piece = np.repeat(np.arange(2000), 4)
    expected = world.lognormal(6, 1, 8000)
    truth = world.gamma(4, 0.25, 2000)
    results = world.poisson(truth[piece] * expected * world.gamma(1 / 0.1, 0.1, 8000))
    variation = weekly_variation(results, expected, piece)
    weight = evidence_weights(expected, variation)
    careful = rate(np.bincount(piece, weight * results), np.bincount(piece, weight * expected))
    sure = rate(np.bincount(piece, results), np.bincount(piece, expected))
    covered = (careful.low <= truth) & (truth <= careful.high)
    assert covered.mean() == pytest.approx(0.8, abs=0.03)
    assert ((sure.low <= truth) & (truth <= sure.high)).mean() < 0.4
