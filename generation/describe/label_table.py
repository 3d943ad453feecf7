"""The clip-interrogator package's label lists, and which labels fit a picture best.

Imported with torch only. Ties: labels whose vectors are equally near to a picture stand in the
order of their table, the tables in the order artists, flavours, mediums, movements, trending.
The package itself takes whatever order its library gives, and for `best` that of a Python set.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from generation.describe.text_tower import Ids, TextTower

# The package compares in chunks of this many labels and keeps CHUNK // chunks of each.
CHUNK = 2_048

_SITES = (
    "Artstation",
    "behance",
    "cg society",
    "cgsociety",
    "deviantart",
    "dribble",
    "flickr",
    "instagram",
    "pexels",
    "pinterest",
    "pixabay",
    "pixiv",
    "polycount",
    "reddit",
    "shutterstock",
    "tumblr",
    "unsplash",
    "zbrush central",
)


@dataclass(frozen=True)
class LabelTable:
    """Labels with their tokens and vectors.

    Args:
        labels: texts as the package spells them.
        ids: tokens of each label.
        vectors: shape (n, d), rounded to float16 as the package stores them, on the device.
    """

    labels: tuple[str, ...]
    ids: tuple[Ids, ...]
    vectors: Tensor

    def similarities(self, pictures: Tensor) -> Tensor:
        """Cosines, shape (pictures, labels), float32."""
        return (pictures.to(self.vectors.dtype) @ self.vectors.T).float()

    def best(self, pictures: Tensor, count: int, *, chunk: int = CHUNK) -> list[list[int]]:
        """Places of the `count` nearest labels of each picture, nearest first.

        Follows the package's rule also where it is not the true ranking: a long table is cut
        into chunks, and of 111,867 labels in 55 chunks only 37 of each chunk are compared.
        """
        values = self.similarities(pictures)
        total = values.shape[1]
        if total <= chunk:
            return nearest(values, count).tolist()
        chunks = math.ceil(total / chunk)
        keep = chunk // chunks
        padding = chunks * chunk - total
        padded = torch.nn.functional.pad(values, (0, padding), value=float("-inf"))
        places = nearest(padded.view(len(values), chunks, chunk), keep)
        places = places + torch.arange(chunks, device=places.device)[None, :, None] * chunk
        places = places.flatten(1)
        kept = padded.gather(1, places)
        order = nearest(kept, min(count, total))
        found: list[list[int]] = places.gather(1, order).tolist()
        return [[place for place in row if place < total] for row in found]


def nearest(values: Tensor, count: int) -> Tensor:
    """Places of the largest values along the last axis; of equal ones the first comes first.

    `topk` promises no order among equals, so those that tie with the last one taken are
    settled by place: a value counts when it is larger, or equal and early enough.
    """
    count = min(count, values.shape[-1])
    top, places = values.topk(count, dim=-1)
    last = top[..., -1:]
    sure = (values > last).sum(dim=-1, keepdim=True)
    if bool(((values == last).sum(dim=-1, keepdim=True) + sure > count).any()):
        # Ties across the cut: a stable sort is exact, and slow enough to be kept for this.
        return values.sort(dim=-1, descending=True, stable=True).indices[..., :count]
    order = places.argsort(dim=-1)
    by_place = places.gather(-1, order)
    again = top.gather(-1, order).argsort(dim=-1, descending=True, stable=True)
    return by_place.gather(-1, again)


def label_table(labels: Sequence[str], tower: TextTower) -> LabelTable:
    """Encodes labels, each distinct sequence of tokens once."""
    ids = tuple(tower.ids(label) for label in labels)
    distinct = {text: i for i, text in enumerate(dict.fromkeys(ids))}
    vectors = tower.vectors(list(distinct)).half()
    if tower.device == "cpu":
        vectors = vectors.float()
    places = torch.tensor([distinct[text] for text in ids], device=vectors.device)
    return LabelTable(tuple(labels), ids, vectors[places])


def joined(tables: Iterable[LabelTable]) -> LabelTable:
    """Several tables as one, in the order given."""
    parts = list(tables)
    return LabelTable(
        tuple(label for part in parts for label in part.labels),
        tuple(ids for part in parts for ids in part.ids),
        torch.cat([part.vectors for part in parts]),
    )


def package_labels(folder: Path) -> dict[str, list[str]]:
    """The five tables of the package by name, made from its lists as it makes them itself."""
    names = lines(folder / "artists.txt")
    return {
        "artists": [*(f"by {name}" for name in names), *(f"inspired by {name}" for name in names)],
        "flavors": lines(folder / "flavors.txt"),
        "mediums": lines(folder / "mediums.txt"),
        "movements": lines(folder / "movements.txt"),
        "trendings": [
            *_SITES,
            *(f"trending on {site}" for site in _SITES),
            *(f"featured on {site}" for site in _SITES),
            *(f"{site} contest winner" for site in _SITES),
        ],
    }


def lines(path: Path) -> list[str]:
    """The lines of a list without blanks round them, read as the package reads them."""
    with path.open(encoding="utf-8", errors="replace") as file:
        return [line.strip() for line in file]
