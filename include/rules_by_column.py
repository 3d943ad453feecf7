"""The rules of `include.rules`, a whole column at a time.

They find the rows that break no rule; what is wrong with the others, and whether it is, the
rules by row say. A row costs 40 microseconds there and less than one here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import compress
from types import NoneType
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.rules import (
    COUNTS,
    LINK_CLICKS_MAY_EXCEED_CLICKS,
    MODELLED,
    TOTAL_LEVELS,
    Place,
    known_currencies,
)
from include.tables import COUNT, FRACTION, MONEY, TABLES, TEXT
from include.whole_columns import joined

if TYPE_CHECKING:
    Values = pa.ChunkedArray[Any]

# Tables of many rows.
BY_COLUMN = frozenset({"ad_daily", "totals_daily"})

_NEVER_NEGATIVE = (*COUNTS, *MODELLED, "spend")
_PYTHON: dict[pa.DataType, set[type]] = {
    TEXT: {str, NoneType},
    COUNT: {int, NoneType},
    MONEY: {Decimal, NoneType},
    FRACTION: {int, float, NoneType},
    pa.bool_(): {bool, NoneType},
    pa.date32(): {date, NoneType},
}
_ABSENT = {
    name: {column.name: column.absent for column in table.columns} for name, table in TABLES.items()
}

# What people can take back, and a platform may book on a later day.
TAKEN_BACK = ("reactions", "comments", "shares", "follows")


@dataclass(frozen=True)
class Seen:
    """What a look at whole columns tells.

    Args:
        data: rows that break no rule, without the constant columns.
        rows: for each of them the parser's row, or None when it came in a batch.
        odd: the other rows, for a closer look.
    """

    data: pa.Table
    rows: list[Mapping[str, Any] | None]
    odd: list[Mapping[str, Any]]


def seen_by_column(
    name: str,
    batches: list[pa.RecordBatch],
    rows: list[Mapping[str, Any]],
    place: Place,
    constants: Mapping[str, Any],
) -> Seen:
    """The batches, and the rows if they are plain, judged by columns."""
    # What may be null is judged here, not by Arrow.
    schema = pa.schema(
        [part.with_nullable(True) for part in TABLES[name].schema if part.name not in constants]
    )
    data = joined(batches) if batches else schema.empty_table()
    unseen: list[Mapping[str, Any]] = []
    known: list[Mapping[str, Any] | None] = [None] * data.num_rows
    if rows:
        columns = None
        if name in BY_COLUMN:
            bare = [{k: row[k] for k in row.keys() - constants.keys()} for row in rows]
            columns = plain(bare, schema)
        if columns is None:
            unseen = rows
        else:
            data = pa.concat_tables([data, columns])
            known += rows
    if not known:
        return Seen(data, known, unseen)
    came, data = data, filled(name, data, schema)
    good = unbroken(name, data, place)
    if pc.all(good).as_py():
        return Seen(data, known, unseen)
    mask = np.asarray(good)
    bad = np.flatnonzero(~mask)
    values = came.take(pa.array(bad, pa.int64())).to_pylist()
    odd = [known[at] or {**row, **constants} for at, row in zip(bad, values, strict=True)]
    return Seen(data.filter(good), list(compress(known, mask)), [*odd, *unseen])


def plain(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.Table | None:
    """The rows as columns, when every value has just the type of its column; else None.

    What is not plain may still be right: the rules by row know.
    """
    names = set(schema.names)
    if not _PYTHON.keys() >= set(schema.types) or not all(names.issuperset(row) for row in rows):
        return None
    columns = []
    for part in schema:
        values = [row.get(part.name) for row in rows]
        if not set(map(type, values)) <= _PYTHON[part.type]:
            return None
        try:
            columns.append(pa.array(values, part.type))
        except (pa.ArrowException, ValueError, OverflowError):
            return None
    return pa.table(columns, schema=schema)


def filled(table: str, data: pa.Table, schema: pa.Schema) -> pa.Table:
    """The rows with absent numbers as their columns want them: zero where zeros are left out.

    Raises:
        ValueError: the columns are not those expected.
    """
    if data.schema.names != schema.names or data.schema.types != schema.types:
        raise ValueError(
            f"{table}: batches have the columns {data.schema.names}, expected {schema.names}, "
            "with the types of include/tables.py."
        )
    for place, part in enumerate(schema):
        if _ABSENT[table][part.name] == "zero" and data.column(place).null_count:
            zero: Any = pa.scalar(0, type=part.type)
            zeros: Values = pc.fill_null(data.column(place), zero)
            data = data.set_column(place, part.name, zeros)
    return data


def unbroken(table: str, data: pa.Table, place: Place) -> pa.BooleanArray:
    """For each row of `filled` whether it surely breaks no rule.

    Raises:
        ValueError: the table is none of `BY_COLUMN`.
    """
    if table not in BY_COLUMN:
        raise ValueError(f"{table} is judged row by row; by columns only {sorted(BY_COLUMN)}.")
    masks = [
        pc.equal(data["platform"], pa.scalar(place.platform)),
        pc.equal(data["account_id"], pa.scalar(place.account_id)),
        pc.equal(data["currency"], pa.scalar(place.currency)),
        pc.less_equal(data["report_date"], pa.scalar(place.day)),
        pc.greater_equal(data["report_date"], pa.scalar(place.since)),
        *(_there(data[name]) for name in data.column_names if _ABSENT[table][name] == "required"),
        *(_finite(data[part.name]) for part in data.schema if part.type == FRACTION),
        *(_at_least_zero(data[name]) for name in _NEVER_NEGATIVE if name in data.column_names),
    ]
    if table == "totals_daily":
        masks.append(pc.is_in(data["level"], pa.array(sorted(TOTAL_LEVELS))))
    elif place.platform not in LINK_CLICKS_MAY_EXCEED_CLICKS:
        masks.append(pc.less_equal(data["link_clicks"], data["clicks"]))
    if place.currency not in known_currencies():
        masks.append(pc.is_null(data["currency"]))  # no row has a currency that is none
    good = masks[0]
    for mask in masks[1:]:
        good = pc.and_(good, mask)
    return _decided(good, unknown=False)


def warnings_of(table: str, data: pa.Table) -> Counter[str]:
    """Rules that accepted rows break and that the platforms' definitions allow: rule -> rows."""
    if table != "ad_daily" or data.num_rows == 0:
        return Counter()
    found = {
        # A click may come a day after its impression; on single days both can be seen.
        "more_clicks_than_impressions": pc.greater(data["clicks"], data["impressions"]),
        "more_link_clicks_than_clicks": pc.greater(data["link_clicks"], data["clicks"]),
        # Google lets an advertiser take back the value of a conversion later.
        "negative_revenue": _below_zero(data["revenue"]),
        **{f"negative_{name}": _below_zero(data[name]) for name in TAKEN_BACK},
    }
    counted = {rule: _trues(mask) for rule, mask in found.items()}
    return Counter({rule: count for rule, count in counted.items() if count})


def _there(values: Values) -> pa.BooleanArray:
    """Neither null nor an empty text."""
    if pa.types.is_string(values.type):
        return pc.not_equal(values, pa.scalar(""))
    return pc.is_valid(values)


def _finite(values: Values) -> pa.BooleanArray:
    return _decided(pc.is_finite(values), unknown=True)


def _at_least_zero(values: Values) -> pa.BooleanArray:
    return _decided(pc.greater_equal(values, pa.scalar(0, type=values.type)), unknown=True)


def _below_zero(values: Values) -> pa.BooleanArray:
    return pc.less(values, pa.scalar(0, type=values.type))


def _trues(mask: pa.BooleanArray) -> int:
    return int(np.count_nonzero(_decided(mask, unknown=False)))


def _decided(mask: pa.BooleanArray, *, unknown: bool) -> pa.BooleanArray:
    """The mask with an answer also where a value is absent."""
    return cast("pa.BooleanArray", pc.fill_null(mask, pa.scalar(unknown)))
