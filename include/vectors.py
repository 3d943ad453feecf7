"""The pictures' vectors: searching them by words, and grouping pictures that are one creative.

`vectors/<describer_key>/*.parquet` holds one row per picture: the four columns of its identity
and `vector`, a list of float16 of length 1. `clusters/<describer_key>.parquet` says of each
described picture which picture stands for its creative.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from generation.describe.near_duplicates import Look, creatives
from include.describe import read_descriptions
from include.lake import read_table, write_table
from include.store import Store

logger = logging.getLogger(__name__)

CLUSTERS = pa.schema(
    [
        pa.field("picture", pa.string(), nullable=False),
        pa.field("creative", pa.string(), nullable=False),
    ]
)


@dataclass(frozen=True)
class Vectors:
    """Pictures and their vectors, in the order of the pictures.

    Args:
        pictures: sha256 of each.
        values: shape (n, d), float16, length 1.
    """

    pictures: tuple[str, ...]
    values: NDArray[np.float16]

    def nearest(self, words: NDArray[np.floating], count: int) -> list[tuple[str, float]]:
        """The pictures nearest to the vector of some words, with their cosine; ties by sha256.

        Args:
            words: shape (d,), length 1, from the same model (`ClipInterrogator.text_vectors`).
        """
        if not self.pictures:
            return []
        cosines = self.values.astype(np.float32) @ np.asarray(words, np.float32)
        order = np.argsort(-cosines, kind="stable")[:count]
        return [(self.pictures[i], round(float(cosines[i]), 4)) for i in order]


def read_vectors(store: Store, describer_key: str) -> Vectors:
    """All vectors of one describer; none where it has no model."""
    found: dict[str, NDArray[np.float16]] = {}
    for key in store.keys(f"vectors/{describer_key}"):
        rows = read_table(store, key)
        values = pc.list_flatten(rows["vector"]).to_numpy().reshape(rows.num_rows, -1)
        found.update(zip(map(str, rows["picture"].to_pylist()), values, strict=True))
    pictures = tuple(sorted(found))
    if not pictures:
        return Vectors((), np.empty((0, 0), np.float16))
    return Vectors(pictures, np.stack([found[picture] for picture in pictures]))


def clusters_key(describer_key: str) -> str:
    """Where the creatives of one describer's pictures lie."""
    return f"clusters/{describer_key}.parquet"


def read_clusters(store: Store, describer_key: str) -> pa.Table:
    """picture -> creative of every described picture; empty before the first grouping."""
    key = clusters_key(describer_key)
    return read_table(store, key) if store.exists(key) else CLUSTERS.empty_table()


def group_pictures(store: Store, describer_key: str) -> int:
    """Write which pictures are one creative; returns how many creatives there are.

    A picture that stood for a creative before goes on standing for it, so that a creative keeps
    its name when copies of it come. Pictures that could not be described are in no creative.
    """
    rows = read_descriptions(store, describer_key).select(["picture", "look"]).to_pylist()
    found = read_vectors(store, describer_key)
    vectors = dict(zip(found.pictures, found.values, strict=True))
    looks = [
        Look(row["picture"], row["look"], vectors.get(row["picture"]))
        for row in rows
        if row["look"] is not None
    ]
    grouped = creatives(looks, first=earlier_leaders(read_clusters(store, describer_key)))
    pairs = [{"picture": picture, "creative": grouped[picture]} for picture in sorted(grouped)]
    table = pa.Table.from_pylist(pairs, schema=CLUSTERS)
    write_table(store, clusters_key(describer_key), table)
    count = len(set(grouped.values()))
    logger.info("%d pictures are %d creatives", len(grouped), count)
    return count


def earlier_leaders(clusters: pa.Table) -> Sequence[str]:
    """The pictures that stand for a creative, sorted."""
    return sorted(set(map(str, clusters["creative"].to_pylist())))
