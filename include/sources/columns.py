"""Typed columns from what a reply holds, many values at a time.

A row at a time costs some 40 microseconds, a column at a time two. So a parser first tries a
whole page of numbers by columns; `NotPlain` says that the page holds something unusual, and
the parser then reads that page row by row with `include.sources.strict`, which says what.
Both ways give the same values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.sources.replies import Account
from include.tables import MONEY

if TYPE_CHECKING:
    Values = pa.Array[Any]

# As in `include.sources.strict`: 18 digits; decimal(18, 6) holds as many millionths.
_MOST = 10**18


class NotPlain(Exception):
    """At least one value of the column needs a closer look."""


def texts(values: Sequence[Any]) -> Values:
    """Texts or None."""
    return _array(values, pa.string())


def days(values: Sequence[Any]) -> Values:
    """Dates from `YYYY-MM-DD`."""
    return _cast(texts(values), pa.date32())


def counts(values: Sequence[Any], *, absent: int | None = None) -> Values:
    """Whole numbers from integers or their texts, all of one kind; None becomes `absent`."""
    found = _numbers(values, pa.int64())
    ends: Any = pc.min_max(found).as_py()
    if ends["max"] is not None and max(ends["max"], -ends["min"]) >= _MOST:
        raise NotPlain("a number of more than 18 digits")
    return _filled(found, absent)


def fractions(values: Sequence[Any]) -> Values:
    """Finite numbers from numbers or their texts, all of one kind; None stays null."""
    found = _numbers(values, pa.float64())
    if _any(pc.invert(pc.is_finite(found))):
        raise NotPlain("a number that is not finite")
    return found


def money(values: Sequence[Any], *, absent: int | None = None) -> Values:
    """decimal(18, 6) from texts with at most 6 places; None becomes `absent`."""
    return _filled(_cast(texts(values), MONEY), absent)


def money_of_micros(values: Sequence[Any], *, absent: int | None = None) -> Values:
    """decimal(18, 6) from millionths, integers or their texts; None becomes `absent`."""
    micros = counts(values)
    low = _filled(micros, 0).to_numpy()
    # A decimal128 with 6 places is the number of millionths in 128 bits, low half first.
    both = np.stack([low, low >> 63], axis=1)
    found = pa.Array.from_buffers(MONEY, len(low), [None, pa.py_buffer(both.tobytes())])
    if micros.null_count:
        found = pc.if_else(pc.is_valid(micros), found, pa.scalar(None, MONEY))
    return _filled(found, absent)


def constant(value: Any, length: int, kind: pa.DataType) -> Values:
    """The same value in every row."""
    scalar: Any = pa.scalar(value, kind)
    return cast("Values", pa.repeat(scalar, length))


def totals(
    account: Account,
    level: str,
    *,
    ids: Sequence[Any],
    on: Sequence[Any],
    impressions: Sequence[Any],
    clicks: Sequence[Any],
    spend: Values,
) -> list[dict[str, Any]]:
    """Rows of `totals_daily` out of what one page says, column by column.

    Args:
        ids, on: which campaign or account, and which day as `YYYY-MM-DD`; in every row.
    """
    named, dates = texts(ids), days(on)
    if named.null_count or dates.null_count or "" in ids:
        raise NotPlain("a total that does not say whose it is, or of which day")
    same = {"platform": account.platform, "account_id": account.account_id, "level": level}
    told = zip(
        ids,
        dates.to_pylist(),
        counts(impressions, absent=0).to_pylist(),
        counts(clicks, absent=0).to_pylist(),
        spend.to_pylist(),
        strict=True,
    )
    return [
        {
            **same,
            "level_id": level_id,
            "report_date": day,
            "currency": account.currency,
            "impressions": shown,
            "clicks": clicked,
            "spend": spent,
        }
        for level_id, day, shown, clicked, spent in told
    ]


def strangers(parts: Sequence[Any], known: frozenset[str]) -> list[str]:
    """The names in these objects that are not known, each as often as it is there."""
    if set(map(type, parts)) - {dict}:
        raise NotPlain("a part is no object")
    new = set().union(*parts) - known
    return [name for part in parts for name in part if name in new] if new else []


def _numbers(values: Sequence[Any], kind: pa.DataType) -> Values:
    kinds = set(map(type, values)) - {type(None)}
    if kinds == {str}:
        found = _array(values, pa.string())
        # Arrow reads "0x10" as sixteen.
        if pa.types.is_integer(kind) and _any(pc.match_substring(found, "x", ignore_case=True)):
            raise NotPlain("a number that is not in decimal digits")
        return _cast(found, kind)
    if kinds <= {int} or (kinds <= {int, float} and kind == pa.float64()):
        return _array(values, kind)
    raise NotPlain(f"values of {sorted(found.__name__ for found in kinds)}")


def _array(values: Sequence[Any], kind: pa.DataType) -> Values:
    try:
        return pa.array(values, kind)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeEncodeError) as error:
        raise NotPlain(str(error)) from error


def _any(mask: Any) -> bool:
    return bool(pc.any(mask, min_count=0).as_py())


def _cast(values: Values, kind: pa.DataType) -> Values:
    try:
        return values.cast(kind)
    except pa.ArrowInvalid as error:
        raise NotPlain(str(error)) from error


def _filled(values: Values, absent: int | None) -> Values:
    if absent is None or not values.null_count:
        return values
    zero: Any = pa.scalar(absent, type=values.type)
    return cast("Values", pc.fill_null(values, zero))
