"""Slices of days: few, below the silent cut, and nothing left out when one is cut."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.sources.linkedin_ads_slices import Slice, slices
from include.sources.replies import Window

FIRST = date(2026, 1, 1)


def day(number):
    return FIRST + timedelta(days=number)


def lengths(found):
    return [(each.until - each.since).days + 1 for each in found]


@pytest.mark.parametrize(
    ("running", "days", "expected"),
    [
        (10, 30, [30]),  # 300 rows
        (400, 365, [37] * 9 + [32]),  # 37 x 400 = 14,800
        (1, 200, [92, 92, 16]),  # member reach is told for 92 days at most
        (15_000, 30, [7, 7, 7, 7, 2]),  # most of 15,000 listed creatives are idle: tried weekly
        (0, 1, [1]),
    ],
)
def test_slices_are_few(running, days, expected):
    """As many days as stay below 15,000 rows if every creative ran on each of its days."""
    lives = [(FIRST, day(days))] * running
    assert lengths(slices(Window(FIRST, day(days - 1)), lives)) == expected


def test_creatives_count_on_their_own_days_only():
    """200 in the first ten days, 200 others later: 20 rows a day fit where 40 would not."""
    lives = [(day(0), day(9))] * 200 + [(day(10), day(19))] * 200
    assert lengths(slices(Window(day(0), day(19)), lives, cut_at=4001)) == [20]
    assert lengths(slices(Window(day(0), day(19)), lives, cut_at=2001, least_days=1)) == [10, 10]


@given(
    st.integers(1, 400),
    st.lists(st.tuples(st.integers(-30, 400), st.integers(0, 90)), max_size=30),
    st.integers(2, 200),
    st.integers(1, 20),
)
def test_slices_are_the_window(days, lives, cut_at, least_days):
    """No day is lost or asked for twice, whatever the account looks like."""
    found = slices(
        Window(FIRST, day(days - 1)),
        [(day(start), day(start + length)) for start, length in lives],
        cut_at=cut_at,
        least_days=least_days,
    )
    covered = [each.since + timedelta(days=n) for each in found for n in range(lengths([each])[0])]
    assert covered == [day(n) for n in range(days)]


def test_a_cut_slice_is_halved_down_to_groups_of_creatives():
    """Seven days are 4 + 3; a day is asked for by creatives, these in halves."""
    assert Slice(day(0), day(6)).parts([], 10) == [Slice(day(0), day(3)), Slice(day(4), day(6))]
    urns = ["a", "b", "c", "d", "e"]
    groups = Slice(day(0), day(0)).parts(urns, 4)
    assert groups == [Slice(day(0), day(0), ("a", "b", "c")), Slice(day(0), day(0), ("d", "e"))]
    assert groups[0].parts(urns, 4) == [
        Slice(day(0), day(0), ("a",)),
        Slice(day(0), day(0), ("b", "c")),
    ]
    assert Slice(day(0), day(0), ("a",)).parts(urns, 4) == []


@given(st.integers(0, 20), st.integers(0, 30), st.integers(2, 12))
def test_parts_are_the_whole(days, creatives, cut_at):
    """Split to the end, every creative's every day is asked for once."""
    urns = [f"urn:{number}" for number in range(creatives)]
    atoms = []
    open_slices = [Slice(day(0), day(days))]
    while open_slices:
        each = open_slices.pop()
        parts = each.parts(urns, cut_at)
        if parts:
            open_slices += parts
        elif each.creatives:
            assert len(each.creatives) == 1
            atoms.append((each.since, each.creatives[0]))
    assert sorted(atoms) == sorted((day(n), urn) for n in range(days + 1) for urn in urns)
