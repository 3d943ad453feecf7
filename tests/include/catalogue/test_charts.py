"""Where a value is drawn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.catalogue.charts import Axis, bar, change_axis


def test_an_axis_of_indices_ends_at_the_whole_multiple_above_every_range() -> None:
    """2.83 asks for an axis to 3, with a tick at each multiple."""
    axis = Axis.of_indices([2.83, 1.4])
    assert axis.ticks == (0.0, 1.0, 2.0, 3.0)
    assert (axis.at(1.5), axis.width(1.5, 2.25)) == ("50.00%", "25.00%")


def test_an_axis_of_indices_is_never_shorter_than_two_nor_longer_than_eight() -> None:
    """The usual stays visible; one wild range does not flatten the others."""
    assert Axis.of_indices([]).end == 2.0
    assert Axis.of_indices([0.4]).end == 2.0
    assert Axis.of_indices([40.0]).ticks == (0.0, 2.0, 4.0, 6.0, 8.0)
    assert Axis.of_indices([4.2]).ticks == (0.0, 2.0, 4.0, 6.0)


def test_values_beyond_the_axis_are_drawn_at_its_edge() -> None:
    """A range that ends outside stops at the edge."""
    axis = Axis.of_indices([40.0])
    assert (axis.at(40), axis.at(-1), axis.width(6, 40)) == ("100.00%", "0.00%", "25.00%")


def test_twice_and_half_lie_equally_far_from_the_middle() -> None:
    """On an axis that reaches twice, both bars fill their half."""
    axis = change_axis([2.0, 0.5])
    assert bar(axis, 2.0) == ("50.00%", "50.00%")
    assert bar(axis, 0.5) == ("0.00%", "50.00%")
    assert bar(axis, 1.0) == ("50.00%", "0.00%")


@given(st.lists(st.floats(0, 1e6)), st.floats(0, 1e6))
def test_every_ratio_has_a_place_on_the_axis(ratios: list[float], ratio: float) -> None:
    """Zero and huge ratios too."""
    start, width = (float(text.rstrip("%")) for text in bar(change_axis(ratios), ratio))
    assert 0 <= start <= 100
    assert start + width == pytest.approx(min(100, start + width), abs=0.01)
