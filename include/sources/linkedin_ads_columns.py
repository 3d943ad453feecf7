"""Typed columns from the numbers of adAnalytics; `NotPlain` says that a value needs a closer look.

The values are None where no row has them; absent ones follow the column's rule in `include.tables`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa
import pyarrow.compute as pc

from include.sources import columns
from include.sources.columns import NotPlain
from include.tables import AD_DAILY, MONEY

if TYPE_CHECKING:
    Values = pa.Array[Any]

_ZERO = {column.name for column in AD_DAILY.columns if column.absent == "zero"}
_MOST_MONEY = 10**12
# Room for the dust of binary fractions on both sides of the point.
_WIDE = pa.decimal256(76, 40)


def _only(values: Sequence[Any], *kinds: type) -> None:
    found = set(map(type, values)) - {type(None), *kinds}
    if found:
        raise NotPlain(f"values of {sorted(kind.__name__ for kind in found)}")


def counts(values: Sequence[Any] | None, column: str, length: int) -> Values:
    """Whole numbers; LinkedIn sends them as numbers, never as texts."""
    if values is None:
        values = (None,) * length
    _only(values, int)
    return columns.counts(values, absent=0 if column in _ZERO else None)


def fractions(values: Sequence[Any] | None, length: int) -> Values:
    """Numbers that may be modelled."""
    if values is None:
        return cast("Values", pa.nulls(length, pa.float64()))
    _only(values, int, float)
    return columns.fractions(values)


def money(values: Sequence[Any] | None, column: str, length: int) -> Values:
    """Amounts rounded to six places, from texts with the dust of binary fractions."""
    if values is None:
        values = (None,) * length
    _only(values, str)
    try:
        wide = pa.array(values, pa.string()).cast(_WIDE)
        rounded: Any = pc.round(wide, 6, round_mode="half_to_even")
        bounds: Any = pc.min_max(pc.abs(wide)).as_py()
        if bounds["max"] is not None and bounds["max"] >= _MOST_MONEY:
            raise NotPlain("an amount too large for decimal(18, 6)")
        found: Values = rounded.cast(MONEY)
    except (pa.ArrowInvalid, UnicodeEncodeError) as error:
        raise NotPlain(str(error)) from error
    zero: Any = pa.scalar(0, MONEY)
    return cast("Values", pc.fill_null(found, zero)) if column in _ZERO else found


def total(left: Values, right: Values) -> Values:
    """The sum where at least one is known."""
    known, addends = [], []
    for part in (left, right):
        filled: Any = part.fill_null(0.0)
        addends.append(filled)
        known.append(part.is_valid())
    both: Any = pc.add(*addends)
    nothing: Any = pa.scalar(None, pa.float64())
    return cast("Values", pc.if_else(pc.or_(*known), both, nothing))
