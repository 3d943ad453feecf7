"""What a describer said of the small world's pictures: good, hostile and broken ones."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from generation.describe.record import Description, FoundLabel, Removal, descriptions_table
from include.describe import describer_key
from include.lake import write_table
from include.store import LocalStore
from include.vectors import CLUSTERS, clusters_key


class Seeing:
    """A describer by name; what it said of the world stands in `put_descriptions`."""

    name = "layout"
    revision = "9"
    settings = "{}"

    def describe(self, images: Sequence[object]) -> list[Description]:
        """The same of every picture."""
        return [Description(width=300, height=300) for _ in images]


def put_descriptions(store: LocalStore, pictures: Sequence[str], hostile: str) -> None:
    """The first is a photo in a template, the third hostile, the sixth broken, no other is known.

    The first and the third picture are one creative.
    """
    first = Description(
        width=300,
        height=300,
        caption="A close-up with one person in a neighbourhood shop.",
        whole_caption="A poster with a shop and a price.",
        labels=(
            FoundLabel("light", "morning", 0.81),
            FoundLabel("setting", "shop", 0.97),
            FoundLabel("mood", "wide_awake", 0.4),
        ),
        palette=("#00a878", "#ffffff", "red; background: url(x)"),
        photo_box=(0.1, 0.25, 0.9, 0.75),
        text_share=0.12,
        ocr_text="20 % OFF",
    )
    third = Description(
        width=300,
        height=300,
        caption=hostile,
        labels=(FoundLabel("setting", hostile, 0.5), FoundLabel(hostile, "x", 0.5)),
        photo_box=(0.0, 0.0, 1.0, 1.0),
        ocr_text=hostile,
        removed=(
            Removal("a stock photo by Ada Hill Walker", "artist"),
            Removal("rappi", "rival"),
            Removal(hostile, hostile),
        ),
    )
    sixth = Description(width=0, height=0, error=f"cannot be read: {hostile}")
    seen = [(pictures[0], first), (pictures[2], third), (pictures[5], sixth)]
    key = describer_key(Seeing())
    write_table(store, f"descriptions/{key}/0.parquet", descriptions_table(seen, Seeing()))
    pairs = [
        {"picture": picture, "creative": pictures[0]} for picture in (pictures[0], pictures[2])
    ]
    write_table(store, clusters_key(key), pa.Table.from_pylist(pairs, CLUSTERS))
