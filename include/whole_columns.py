"""Whole columns of many rows: joined, ordered, completed, and never held twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from include.tables import TABLES

Places = NDArray[np.int64]

# A column that is the same in every row is kept once for so many rows.
_BLOCK = 4096


def joined(batches: list[pa.RecordBatch]) -> pa.Table:
    """The batches as one table of whole columns; the list is empty afterwards."""
    data = pa.Table.from_batches(batches)
    batches.clear()
    names, columns = data.column_names, data.columns
    del data
    for index, column in enumerate(columns):
        columns[index] = pa.chunked_array([column.combine_chunks()])
    del column
    pa.default_memory_pool().release_unused()
    return pa.table(columns, names=names)


def by_key(table: str, data: pa.Table) -> tuple[Places, NDArray[np.bool_]]:
    """The places of the rows in the order of their key, and where in it a new key begins.

    The order is that of Python's tuples: texts by code point.

    Returns:
        shape (n,) each; the first place always begins a key.
    """
    codes = [_rank(data[name]) for name in TABLES[table].key]
    codes = [code for code in codes if len(code) and code.min() != code.max()] or codes[:1]
    order = np.lexsort(codes[::-1])
    first = np.ones(len(order), dtype=bool)
    if len(order):
        first[1:] = np.logical_or.reduce([np.diff(code[order]) != 0 for code in codes])
    return order, first


def taken(columns: list[pa.ChunkedArray[Any]], places: Places) -> None:
    """Replace each column by these of its rows, in this order.

    In the list itself and one by one: a year of numbers is not held twice.
    """
    if not columns or (len(places) == len(columns[0]) and (np.diff(places) == 1).all()):
        return
    for index, column in enumerate(columns):
        columns[index] = column.take(pa.array(places, pa.int64()))


def with_constants(
    name: str, columns: list[pa.ChunkedArray[Any]], length: int, constants: Mapping[str, Any]
) -> pa.Table:
    """All columns of the table; one that is the same everywhere is one small block, repeated."""
    schema, given = TABLES[name].schema, iter(columns)
    blocks, rest = divmod(length, _BLOCK)
    made = []
    for part in schema:
        if part.name not in constants:
            made.append(next(given))
            continue
        value: Any = pa.scalar(constants[part.name], part.type)
        block: Any = pa.repeat(value, _BLOCK)
        made.append(pa.chunked_array([*[block] * blocks, block.slice(0, rest)], type=part.type))
    return pa.table(made, schema=schema)


def _rank(values: pa.ChunkedArray[Any]) -> Places:
    """Numbers that are ordered as the values are; equal values have equal numbers."""
    if pa.types.is_date32(values.type):
        values = values.cast(pa.int32())
    if not pa.types.is_string(values.type):
        return np.asarray(values.to_numpy(), dtype=np.int64)
    encoded = values.combine_chunks().dictionary_encode()
    ranks = np.empty(len(encoded.dictionary), dtype=np.int64)
    ranks[pc.sort_indices(encoded.dictionary).to_numpy()] = np.arange(len(ranks))
    codes: Places = ranks[encoded.indices.to_numpy()]
    return codes
