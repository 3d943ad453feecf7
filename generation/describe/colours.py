"""What the colours of a picture say: its palette, the hue people remember, and the light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]

PALETTE_SIZE = 5
SIDE = 128

# Hue arcs in degrees. Between 14 and 38 lie skin, wood and cardboard, which are no choice of
# palette.
ARCS = {
    "coral": (335.0, 14.0),
    "yellow": (38.0, 68.0),
    "green": (75.0, 176.0),
    "blue": (182.0, 246.0),
    "purple": (246.0, 330.0),
}
# Below this share of strong colour nobody remembers a hue.
COLOURFUL = 0.01

# Light by the ratio of blue to red in the white point: noon is white, a lamp amber, dusk blue.
# Boundaries and what lies between them; measured on drawn scenes with known light.
WARMTH = ((0.61, "golden"), (0.80, "indoor"), (0.95, "morning"), (9.9, "midday"))
DUSK = 205  # red of the white point below which the scene is dark


@dataclass(frozen=True)
class Hsv:
    """Hue in degrees, saturation and value from 0 to 1; each of shape (h, w)."""

    hue: Floats
    saturation: Floats
    value: Floats


def white_point(pixels: Floats) -> Floats:
    """The colour of the light: what the brightest 3 % of each channel reach, 1 to 255.

    Source: the "white patch" estimate of illumination (Land, 1977), by percentile because
    the very brightest pixels are lettering or glare.
    """
    flat = pixels.reshape(-1, 3)
    return np.maximum(np.percentile(flat, 97, axis=0), 1).astype(np.float32)


def plausible(white: Floats) -> bool:
    """Whether light can have this colour: sunset and dusk are less than 0.7 saturated.

    A card in one strong colour has a "white" point of that colour; that is paint, not light.
    """
    return bool(1 - white.min() / white.max() < 0.7)


def balanced(pixels: Floats, white: Floats) -> Floats:
    """The picture as if lit by white light; shape (h, w, 3), 0 to 1."""
    return np.asarray(np.minimum(pixels / white, 1), dtype=np.float32)


def hsv(pixels: Floats) -> Hsv:
    """Hue, saturation and value of RGB pixels from 0 to 1."""
    image = Image.fromarray((pixels * 255).astype(np.uint8)).convert("HSV")
    unit = np.array([360 / 256, 1 / 255, 1 / 255], dtype=np.float32)
    channels: Floats = np.asarray(image, dtype=np.float32) * unit
    return Hsv(channels[..., 0], channels[..., 1], channels[..., 2])


def skin(colours: Hsv) -> NDArray[np.bool_]:
    """Pixels with a hue between red and orange, neither grey nor glaring nor black.

    All shades of skin lie on this arc and differ in value, so value hardly decides. Wood and
    cardboard lie on it too: this is a measurement, not a detector.
    """
    return (
        (colours.hue >= 8)
        & (colours.hue <= 40)
        & (colours.saturation >= 0.16)
        & (colours.saturation <= 0.68)
        & (colours.value >= 0.28)
        & (colours.value <= 0.98)
    )


def palette(image: Image.Image) -> tuple[str, ...]:
    """Up to five hex colours by median cut, the one that covers most first."""
    small = image.resize((64, 64), Image.Resampling.BOX)
    cut = small.quantize(PALETTE_SIZE, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    counts = cut.getcolors() or []
    table = cut.getpalette() or []
    ordered = [index for _, index in sorted(counts, key=lambda pair: (-pair[0], str(pair[1])))]
    found = ["#" + bytes(table[3 * i : 3 * i + 3]).hex() for i in ordered if isinstance(i, int)]
    return tuple(dict.fromkeys(found))


def dominant_hue(image: Image.Image) -> tuple[str, float]:
    """The hue of `ARCS` with the most strong colour, or `neutral`; and its share of all hues."""
    pixels = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX), dtype=np.float32)
    white = white_point(pixels)
    colours = hsv(balanced(pixels, white if plausible(white) else np.full(3, 255, np.float32)))
    # Skies, walls and skin are pale; the cube lets what was chosen to be seen decide.
    weight = np.where(colours.saturation > 0.25, colours.saturation**3 * colours.value, 0)
    shares = {}
    for name, (start, end) in ARCS.items():
        after, before = colours.hue >= start, colours.hue < end
        inside = after & before if start < end else after | before
        shares[name] = float((weight * inside).mean())
    best = max(shares, key=lambda name: shares[name])
    total = sum(shares.values())
    if shares[best] < COLOURFUL:
        return "neutral", 1 - total / (5 * COLOURFUL)
    return best, shares[best] / total


def light(image: Image.Image) -> tuple[str, float] | None:
    """The light, and how far its colour is from the next kind, 0 to 1; None when it is unknown."""
    pixels = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX), dtype=np.float32)
    white = white_point(pixels)
    warmth = float(white[2] / white[0])
    if not plausible(white):
        return None
    if white[0] < DUSK:
        # Dark and not blue is underexposed: any light can do that.
        return ("evening", min(1.0, 0.5 + (warmth - 1.05) / 0.3)) if warmth > 1.05 else None
    name = next(name for limit, name in WARMTH if warmth < limit)
    distance = min(abs(warmth - limit) for limit, _ in WARMTH[:-1])
    return name, min(1.0, 0.5 + distance / 0.14)
