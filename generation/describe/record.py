"""What a describer says of a picture, and how that is stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa
from PIL import Image

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class FoundLabel:
    """One label that fits the picture.

    Args:
        category: a category of `generation.vocabulary`, or `medium`, `movement`, `mood`.
        label: id of the label in its category.
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
        caption: one English sentence.
        labels: at most one per category, except `prop`; none where the describer is unsure.
        palette: hex colours, most of the picture first.
        photo_box: left, top, right, bottom of the photo inside its channel template, as
            fractions of width and height; the whole picture when there is no template.
        text_share: fraction of the picture that is covered by lettering.
        ocr_text: words read on the picture: advertisement text, data and never a prompt.
        removed: what the filter took out of caption and labels.
        error: why there is no description; everything else is then empty.
    """

    width: int
    height: int
    caption: str | None = None
    labels: tuple[FoundLabel, ...] = ()
    palette: tuple[str, ...] = ()
    photo_box: Box | None = None
    text_share: float | None = None
    ocr_text: str | None = None
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
        pa.field("labels", pa.list_(_LABEL)),
        pa.field("palette", pa.list_(_TEXT)),
        pa.field("photo_box", pa.list_(pa.float32())),
        pa.field("text_share", pa.float32()),
        pa.field("ocr_text", _TEXT),
        pa.field("width", pa.int32()),
        pa.field("height", pa.int32()),
        pa.field("removed", pa.list_(_REMOVAL)),
        pa.field("error", _TEXT),
    ]
)


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
            "labels": [vars(label) for label in found.labels],
            "palette": list(found.palette),
            "photo_box": None if found.photo_box is None else list(found.photo_box),
            "text_share": found.text_share,
            "ocr_text": found.ocr_text,
            "width": found.width,
            "height": found.height,
            "removed": [vars(removal) for removal in found.removed],
            "error": found.error,
        }
        for picture, found in described
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)
