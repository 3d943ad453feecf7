"""The ratios of the trade and their null rules."""

from decimal import Decimal

import pytest

from ranking import (
    click_to_landing_gap,
    cpa,
    cpc,
    cpm,
    ctr,
    frequency,
    ratio_of_sums,
    roas,
    view_through_share,
)


def test_ratios_of_a_small_account() -> None:
    """200 clicks on 10 000 impressions for 500 000, with 4 sales worth 1 200 000."""
    spend = Decimal("500000")
    assert ctr(200, 10_000) == 0.02
    assert cpc(spend, 200) == Decimal("2500")
    assert cpm(spend, 10_000) == Decimal("50000")
    assert cpa(spend, 4) == Decimal("125000")
    assert roas(Decimal("1200000"), spend) == 2.4


def test_modelled_conversions_may_be_fractions() -> None:
    """Half a conversion for 10 is 20 each, exactly, as money is."""
    assert cpa(Decimal(10), 0.5) == Decimal(20)


@pytest.mark.parametrize("unknown", [0, None])
def test_nothing_below_the_line_is_null(unknown: int | None) -> None:
    """A denominator that is 0 or unknown gives null, not 0 and not infinity."""
    money = None if unknown is None else Decimal(unknown)
    assert ctr(0, unknown) is None
    assert cpc(Decimal(5), unknown) is None
    assert cpm(Decimal(5), unknown) is None
    assert cpa(Decimal(5), unknown) is None
    assert roas(Decimal(5), money) is None


def test_an_unknown_numerator_is_null_and_a_zero_one_is_zero() -> None:
    """Absent and 0 are two things."""
    assert ctr(None, 10) is None
    assert cpc(None, 10) is None
    assert cpm(None, 10) is None
    assert cpa(None, 10) is None
    assert roas(None, Decimal(10)) is None
    assert ctr(0, 10) == 0
    assert roas(Decimal(0), Decimal(10)) == 0


def test_a_ratio_of_rows_is_the_ratio_of_sums() -> None:
    """1 of 10 and 30 of 90 is 31 %, not the 22 % that the mean of the two ratios would say."""
    assert ratio_of_sums([1, 30], [10, 90]) == 0.31


def test_a_row_with_an_unknown_part_is_left_out_whole() -> None:
    """90 impressions without a click count say nothing about clicks."""
    assert ratio_of_sums([1, None], [10, 90]) == 0.1
    assert ratio_of_sums([None], [10]) is None
    assert ratio_of_sums([3], [0]) is None


def test_rows_must_pair_up() -> None:
    """A list that is too short is a mistake, not a row to drop."""
    with pytest.raises(ValueError, match="shorter"):
        ratio_of_sums([1, 2], [10])


def test_guard_rails_of_a_small_account() -> None:
    """3000 showings to 1200 people, 750 of 1000 clicks loaded the page, 5 of 20 only saw it."""
    assert frequency(3000, 1200) == 2.5
    assert click_to_landing_gap(750, 1000) == 0.25
    assert view_through_share(5, 20.0) == 0.25


def test_guard_rails_without_their_measure_are_null() -> None:
    """Not measured is not 0; more loads than clicks is no gap."""
    assert frequency(3000, None) is None
    assert frequency(None, 10) is None
    assert frequency(10, 0) is None
    assert click_to_landing_gap(None, 1000) is None
    assert click_to_landing_gap(0, 0) is None
    assert click_to_landing_gap(1100, 1000) == 0
    assert view_through_share(None, 20) is None
    assert view_through_share(0, 0) is None
    assert view_through_share(21, 20) == 1
