"""What the colours of a picture say: its palette, the hue people remember, and the light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]

PALETTE_SIZE = 5

# Hue arcs in degrees. Between 20 and 40 lie skin, wood and cardboard, which are no choice of
# palette; so orange counts only where it is strong.
ARCS = {
    "coral": (340.0, 20.0),
    "yellow": (40.0, 68.0),
    "green": (75.0, 172.0),
    "blue": (182.0, 248.0),
    "purple": (252.0, 330.0),
}


@dataclass(frozen=True)
class Hsv:
    """Hue in degrees, saturation and value from 0 to 1; each of shape (h, w)."""

    hue: Floats
    saturation: Floats
    value: Floats


def hsv(image: Image.Image) -> Hsv:
    """The channels of an RGB picture."""
    channels = np.asarray(image.convert("HSV"), dtype=np.float32)
    return Hsv(channels[..., 0] * (360 / 256), channels[..., 1] / 255, channels[..., 2] / 255)


def palette(image: Image.Image) -> tuple[str, ...]:
    """Up to five hex colours by median cut, the one that covers most first."""
    small = image.resize((64, 64), Image.Resampling.BOX)
    cut = small.quantize(PALETTE_SIZE, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    counts = cut.getcolors() or []
    table = cut.getpalette() or []
    ordered = [index for _, index in sorted(counts, key=lambda pair: (-pair[0], pair[1]))]
    found = ["#" + bytes(table[3 * i : 3 * i + 3]).hex() for i in ordered if isinstance(i, int)]
    return tuple(dict.fromkeys(found))


def hue_shares(colours: Hsv) -> dict[str, float]:
    """How much of the picture each hue of `ARCS` holds, weighted by how colourful it is."""
    weight = np.where(colours.saturation >= 0.25, colours.saturation * colours.value, 0)
    shares = {}
    for name, (start, end) in ARCS.items():
        if start < end:
            inside = (colours.hue >= start) & (colours.hue < end)
        else:
            inside = (colours.hue >= start) | (colours.hue < end)
        shares[name] = float((weight * inside).mean())
    return shares
