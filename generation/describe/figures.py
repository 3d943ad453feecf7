"""People in a picture, found as skin-coloured patches of the size and shape of a face.

A heuristic over colours and shapes. It says that somebody seems to be there and roughly how
many, never who, and it knows nothing of age, origin or sex. Wood and cardboard have the colours
of skin; that is why shape and the darker hair above decide.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


def skin(hue: Floats, saturation: Floats, value: Floats) -> Mask:
    """Pixels with a hue between red and orange, neither grey nor glaring nor black.

    All shades of skin lie on this arc; they differ in value, so value hardly decides.
    """
    return (
        (hue >= 8)
        & (hue <= 40)
        & (saturation >= 0.16)
        & (saturation <= 0.68)
        & (value >= 0.28)
        & (value <= 0.98)
    )


def face_heights(rgb: NDArray[np.int16], skin_pixels: Mask) -> list[float]:
    """Height of each face as a share of the picture's height, largest first.

    Args:
        rgb: shape (h, w, 3), longest side about 320.
        skin_pixels: shape (h, w).
    """
    height, width = skin_pixels.shape
    found, _ = ndimage.label(ndimage.binary_opening(skin_pixels, iterations=1))
    value = rgb.max(axis=2)
    heights = []
    for number, place in enumerate(ndimage.find_objects(found), start=1):
        tall, wide = place[0].stop - place[0].start, place[1].stop - place[1].start
        if tall < 0.03 * height or tall > 0.6 * height or not 0.75 <= tall / wide <= 2.2:
            continue
        patch = found[place] == number
        if not 0.5 <= patch.mean() <= 0.93:
            continue
        if _is_under_hair(value, place, patch) and _has_features(value[place], patch):
            heights.append(tall / height)
    return sorted(heights, reverse=True)


def _is_under_hair(
    value: NDArray[np.int16], place: tuple[slice, slice], patch: Mask
) -> bool:
    """Whether the strip right above the patch is clearly darker than the patch."""
    rows, columns = place
    tall = rows.stop - rows.start
    top = max(rows.start - max(tall // 5, 2), 0)
    above = value[top : rows.start, columns]
    if above.size == 0:
        return False
    middle = above[:, above.shape[1] // 4 : -(above.shape[1] // 4) or None]
    return float(np.median(middle)) < float(np.median(value[rows, columns][patch])) - 25


def _has_features(value: NDArray[np.int16], patch: Mask) -> bool:
    """Whether something darker (eyes, brows, mouth) lies inside the patch."""
    filled = ndimage.binary_fill_holes(patch)
    inside = ndimage.binary_erosion(filled, iterations=2)
    if not inside.any():
        return False
    dark = value[inside] < np.median(value[patch]) - 45
    return 0.004 <= float(dark.mean()) <= 0.35
