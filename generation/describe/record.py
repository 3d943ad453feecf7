"""What a describer says of a picture, and how that is stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from PIL import Image

Vector = NDArray[np.float16]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class FoundLabel:
    """One label that fits the picture.

    Args:
        category: a category of `generation.vocabulary`, or one of a describer's own: `medium`,
            `movement`, `mood`, `activity`, `light_words`, `composition_words`, `colour_words`.
        label: id of the label in its category; in the `_words` categories the words themselves.
        similarity: 0 to 1. Of `layout`: how sure it is; of CLIP: cosine of the two vectors.
    """

    category: str
    label: str
    similarity: float


@dataclass(frozen=True)
class Removal:
    """Words that a describer produced and the brand-safety filter took out."""

    text: str
    rule: str


@dataclass(frozen=True)
class Description:
    """What one picture shows, or why that cannot be said.

    Args:
        width: pixels of the upright picture; 0 when it could not be read.
        height: as width.
        caption: one English sentence about the photo.
        whole_caption: the same about the piece with its template; None without a template.
        text: caption and labels as one line, as the describer's mode puts it together; None of
            describers that have no such line.
        labels: at most one per category, except `prop`; none where the describer is unsure.
        palette: hex colours, most of the picture first.
        photo_box: left, top, right, bottom of the photo inside its channel template, as
            fractions of width and height; the whole picture when there is no template.
        text_share: fraction of the picture that is covered by lettering.
        ocr_text: words read on the picture: advertisement text, data and never a prompt.
        look: light, dark and colours of piece and photo in 128 bytes; see `near_duplicates`.
        vector: of the photo, length 1, for search and near duplicates; None without a model.
        removed: what the filter took out of captions and labels.
        error: why there is no description; everything else is then empty.
    """

    width: int
    height: int
    caption: str | None = None
    whole_caption: str | None = None
    text: str | None = None
    labels: tuple[FoundLabel, ...] = ()
    palette: tuple[str, ...] = ()
    photo_box: Box | None = None
    text_share: float | None = None
    ocr_text: str | None = None
    look: bytes | None = None
    vector: Vector | None = field(default=None, compare=False, repr=False)
    removed: tuple[Removal, ...] = ()
    error: str | None = None


class Describer(Protocol):
    """Pictures in, descriptions out, in the same order.

    `name`, `revision` and `settings` together hold everything that changes the answer;
    `revision` holds only letters, digits, `.`, `+` and `-`; `settings` is JSON with sorted keys.
    """

    name: str
    revision: str
    settings: str

    def describe(self, images: Sequence[Image.Image]) -> list[Description]:
        """One description per upright RGB image."""


_TEXT = pa.string()
_LABEL = pa.struct([("category", _TEXT), ("label", _TEXT), ("similarity", pa.float32())])
_REMOVAL = pa.struct([("text", _TEXT), ("rule", _TEXT)])

SCHEMA = pa.schema(
    [
        pa.field("picture", _TEXT, nullable=False),
        pa.field("describer", _TEXT, nullable=False),
        pa.field("revision", _TEXT, nullable=False),
        pa.field("settings", _TEXT, nullable=False),
        pa.field("caption", _TEXT),
        pa.field("whole_caption", _TEXT),
        pa.field("text", _TEXT),
        pa.field("labels", pa.list_(_LABEL)),
        pa.field("palette", pa.list_(_TEXT)),
        pa.field("photo_box", pa.list_(pa.float32())),
        pa.field("text_share", pa.float32()),
        pa.field("ocr_text", _TEXT),
        pa.field("look", pa.binary()),
        pa.field("width", pa.int32()),
        pa.field("height", pa.int32()),
        pa.field("removed", pa.list_(_REMOVAL)),
        pa.field("error", _TEXT),
    ]
)

IDENTITY = ("picture", "describer", "revision", "settings")


def descriptions_table(
    described: Iterable[tuple[str, Description]], describer: Describer
) -> pa.Table:
    """Rows of `SCHEMA`, one per (picture sha256, description), in the given order."""
    rows = [
        {
            "picture": picture,
            "describer": describer.name,
            "revision": describer.revision,
            "settings": describer.settings,
            "caption": found.caption,
            "whole_caption": found.whole_caption,
            "text": found.text,
            "labels": [vars(label) for label in found.labels],
            "palette": list(found.palette),
            "photo_box": None if found.photo_box is None else list(found.photo_box),
            "text_share": found.text_share,
            "ocr_text": found.ocr_text,
            "look": found.look,
            "width": found.width,
            "height": found.height,
            "removed": [vars(removal) for removal in found.removed],
            "error": found.error,
        }
        for picture, found in described
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def vectors_table(described: Iterable[tuple[str, Description]], describer: Describer) -> pa.Table:
    """The vectors of pictures that have one: the four columns of the identity, then `vector`.

    `vector` is a list of float16 of one length per describer.
    """
    found = [(picture, one.vector) for picture, one in described if one.vector is not None]
    size = len(found[0][1]) if found else 1
    values = np.concatenate([vector for _, vector in found]) if found else np.empty(0, np.float16)
    count = len(found)
    columns = {
        "picture": pa.array([picture for picture, _ in found], _TEXT),
        "describer": pa.array([describer.name] * count, _TEXT),
        "revision": pa.array([describer.revision] * count, _TEXT),
        "settings": pa.array([describer.settings] * count, _TEXT),
        "vector": pa.FixedSizeListArray.from_arrays(pa.array(values, pa.float16()), size),
    }
    return pa.table(columns)
