"""Columns say the same as rows read one by one, or that they cannot tell."""

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.sources import columns
from include.sources.columns import NotPlain
from include.sources.strict import MICROS, UNPARSED, put_count, put_fraction, put_money

ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.integers().map(str),
    st.decimals(places=2, allow_nan=False, allow_infinity=False).map(str),
    st.text("0123456789.,-+xeE_ \t", max_size=8),
    st.text(max_size=6),
    # Around what 64 bits and decimal(18, 6) hold.
    st.sampled_from([10**12, 10**18, 2**63]).flatmap(
        lambda most: st.integers(most - 2, most + 2).flatmap(
            lambda n: st.sampled_from([n, -n, str(n), str(-n)])
        )
    ),
)


def by_row(put, column, values, **options):
    """The values as `include.sources.strict` reads them; None when one could not be read."""
    rows = [{} for _ in values]
    for row, value in zip(rows, values, strict=True):
        put(row, column, value, **options)
    return None if any(UNPARSED in row for row in rows) else [row[column] for row in rows]


def agrees(make, expected):
    """A column that could be made has what the rows have; of a bad value nothing is made."""
    try:
        made = make()
    except NotPlain:
        return
    assert expected is not None
    assert made.to_pylist() == expected


@settings(deadline=None, max_examples=300)  # the first call loads Arrow's kernels
@given(st.lists(ANYTHING, max_size=4))
def test_counts_are_those_of_the_rows(values):
    """Whole numbers or their texts; a truth value or half a click is no count."""
    agrees(lambda: columns.counts(values, absent=0), by_row(put_count, "clicks", values))
    agrees(lambda: columns.counts(values), by_row(put_count, "reach", values))


@settings(deadline=None, max_examples=300)  # the first call loads Arrow's kernels
@given(st.lists(ANYTHING, max_size=4))
def test_fractions_are_those_of_the_rows(values):
    """Finite numbers or their texts."""
    agrees(lambda: columns.fractions(values), by_row(put_fraction, "leads", values))


@settings(deadline=None, max_examples=300)  # the first call loads Arrow's kernels
@given(st.lists(ANYTHING, max_size=4))
def test_money_is_that_of_the_rows(values):
    """Exact to six places, absent spend is nothing, absent revenue is unknown."""
    agrees(lambda: columns.money(values, absent=0), by_row(put_money, "spend", values))
    agrees(lambda: columns.money(values), by_row(put_money, "revenue", values))


@settings(deadline=None, max_examples=300)  # the first call loads Arrow's kernels
@given(st.lists(ANYTHING, max_size=4))
def test_micros_are_those_of_the_rows(values):
    """Millionths, as Google and X send them."""
    expected = by_row(put_money, "spend", values, divisor=MICROS)
    agrees(lambda: columns.money_of_micros(values, absent=0), expected)
    expected = by_row(put_money, "revenue", values, divisor=MICROS)
    agrees(lambda: columns.money_of_micros(values), expected)


def test_plain_pages_are_read_by_columns():
    """If these raised, every page would go the slow way and nobody would see it."""
    assert columns.texts(["a", None]).to_pylist() == ["a", None]
    assert columns.days(["2026-11-20"]).to_pylist() == [date(2026, 11, 20)]
    assert columns.counts(["12", "0"]).to_pylist() == [12, 0]
    assert columns.counts([12, None], absent=0).to_pylist() == [12, 0]
    assert columns.counts([None, None]).to_pylist() == [None, None]
    assert columns.fractions(["1.5", None]).to_pylist() == [1.5, None]
    assert columns.fractions([1, 2.25]).to_pylist() == [1.0, 2.25]
    assert columns.money(["12.34", None], absent=0).to_pylist() == [Decimal("12.34"), Decimal(0)]
    told = columns.money_of_micros(["14350000", "-1", None])
    assert told.to_pylist() == [Decimal("14.35"), Decimal("-0.000001"), None]
    assert columns.money_of_micros([1, None], absent=0).to_pylist() == [
        Decimal("0.000001"),
        Decimal(0),
    ]
    assert columns.constant("meta", 2, pa.string()).to_pylist() == ["meta", "meta"]


@pytest.mark.parametrize(
    ("make", "values"),
    [
        (columns.texts, [1]),
        (columns.texts, ["\ud83d"]),
        (columns.days, ["20/11/2026"]),
        (columns.days, ["2026-11-31"]),
        (columns.counts, ["1.5"]),
        (columns.counts, ["0x10"]),
        (columns.counts, ["0XFF"]),
        (columns.counts, [True]),
        (columns.counts, [1, "2"]),
        (columns.counts, [10**18]),
        (columns.counts, ["-1000000000000000000"]),
        (columns.counts, [2**63]),
        (columns.fractions, ["nan"]),
        (columns.fractions, [{"value": 1}]),
        (columns.money, ["1,5"]),
        (columns.money, ["0.0000001"]),
        (columns.money, ["1000000000000"]),
        (columns.money, [1.5]),
        (columns.money_of_micros, [10**18]),
        (columns.money_of_micros, [-(2**63)]),
        (columns.money_of_micros, ["12.5"]),
    ],
)
def test_what_is_not_plain_is_left_to_the_rows(make, values):
    """One odd value sends the whole page to the strict reader, which names it."""
    with pytest.raises(NotPlain):
        make(values)
