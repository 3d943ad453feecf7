"""Describing a picture from its pixels alone: no network, milliseconds per picture.

Measured on every picture: palette, text share, the box of the photo inside its template. On
drawn scenes (`readout.py`) also setting, people, light and composition; on photographs light
and palette by colour only. Each label carries how sure it is, and there is none where the
pixels do not decide.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image

from generation.describe import colours, readout, template
from generation.describe.near_duplicates import look_of
from generation.describe.record import Box, Description, FoundLabel
from generation.vocabulary import PLACES, label

REVISION = "2"  # raise it with every change of code that changes an answer

LETTERING_SIDE = 640
BAND_SIDE = 320

# How likely a label must be to be said.
SURE = 0.6

# Share of the picture under lettering from which text is "medium" and "high". Between them lie
# the logo and button of a full-bleed piece (up to 0.05), the headline of a band (up to 0.12)
# and headline with body text (from 0.13).
TEXT_LIMITS = (0.044, 0.122)


class Layout:
    """The describer that needs nothing but pixels."""

    name = "layout"
    revision = REVISION

    def __init__(self) -> None:
        self.settings = json.dumps({"readout": readout.weights_hash(), "sure": SURE})

    def describe(self, images: Sequence[Image.Image]) -> list[Description]:
        """One description per RGB image."""
        return [describe(image) for image in images]


def describe(image: Image.Image) -> Description:
    """What an upright RGB picture shows, as far as its pixels tell."""
    grey = np.asarray(smaller(image, LETTERING_SIDE).convert("L"), dtype=np.int16)
    small = smaller(image, BAND_SIDE)
    box = template.photo_box(np.asarray(small, dtype=np.int16), grey)
    text_share = template.lettering(grey, box).share
    photo = small.crop(in_pixels(box, small.size))
    labels = (*photo_labels(photo), text_label(text_share))
    return Description(
        width=image.width,
        height=image.height,
        caption=caption(labels),
        labels=labels,
        palette=colours.palette(photo),
        photo_box=box,
        text_share=round(text_share, 4),
        look=look_of(small, photo),
    )


def photo_labels(photo: Image.Image) -> Iterator[FoundLabel]:
    """What the photo shows: everything on a drawn scene, colours on anything else."""
    likely = readout.fitted().probabilities(photo) if readout.looks_drawn(photo) else {}
    if not likely:
        if (light := colours.light(photo)) is not None:
            yield from sure_label("light", *light)
        yield from sure_label("palette", *colours.dominant_hue(photo))
        return
    for category, shares in likely.items():
        best = max(shares, key=lambda name: shares[name])
        yield from sure_label(category, best, shares[best])
    places: dict[str, float] = {}
    for setting, share in likely["setting"].items():
        places[PLACES[setting]] = places.get(PLACES[setting], 0.0) + share
    place = max(places, key=lambda name: places[name])
    yield from sure_label("place", place, places[place])


def sure_label(category: str, name: str, likelihood: float) -> Iterator[FoundLabel]:
    """The label when it is likely enough."""
    if likelihood >= SURE:
        yield FoundLabel(category, name, round(min(likelihood, 1.0), 3))


def text_label(share: float) -> FoundLabel:
    """Low, medium or high, and how far the share is from the next kind."""
    name = ("low", "medium", "high")[sum(share >= limit for limit in TEXT_LIMITS)]
    distance = min(abs(share - limit) for limit in TEXT_LIMITS)
    return FoundLabel("text_share", name, round(min(1.0, 0.6 + 10 * distance), 3))


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
    """One English sentence: "A wide shot of one person in a small café, soft lamp light, ..."."""
    found = {one.category: label(one.category, one.label).en for one in labels}
    sentence = found.get("composition", "a picture")
    if "people" in found:
        sentence += f" with {found['people']}"
    if "setting" in found:
        sentence += f" in {found['setting']}"
    elif "place" in found:
        sentence += f", {found['place']}"
    for category in ("light", "palette", "text_share"):
        if category in found:
            sentence += f", {found[category]}"
    return sentence[0].upper() + sentence[1:] + "."
