"""From candidates to the images of a set: what is broken is out, what is alike is not repeated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

Array = np.ndarray

# A blank or black picture; the plainest good storyboard has a deviation above 20 of 255.
MIN_DEVIATION = 4.0
# Mean absolute step between neighbouring pixels; below it there is no edge anywhere.
MIN_SHARPNESS = 0.2
# Two pictures whose 64-bit difference hashes differ in fewer bits look the same side by side.
MIN_DISTANCE = 7
SCORED_SIDE = 256


@dataclass(frozen=True)
class Verdict:
    """One candidate after the gate.

    Args:
        k: the candidate's number.
        chosen: it becomes an image of the set.
        scores: `deviation` and `sharpness` in grey levels of 255, `distance` to the nearest
            image chosen before it in bits of 64 (absent for the first).
        reasons: why it is out, or why it was taken in spite of something; empty when good.
    """

    k: int
    chosen: bool
    scores: dict[str, float]
    reasons: tuple[str, ...] = field(default=())


def dhash(image: Image.Image) -> int:
    """64-bit difference hash: whether brightness rises from each of 8 x 9 cells to the next."""
    grey = image.convert("L").resize((9, 8), Image.Resampling.BOX)
    cells = np.asarray(grey, np.int16)
    bits = (cells[:, 1:] > cells[:, :-1]).ravel()
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def distance(one: int, other: int) -> int:
    """How many bits two hashes differ in."""
    return (one ^ other).bit_count()


def technical_scores(image: Image.Image) -> dict[str, float]:
    """Contrast and sharpness of the picture at 256 px, in grey levels of 255."""
    small = image.convert("L")
    small.thumbnail((SCORED_SIDE, SCORED_SIDE), Image.Resampling.BOX)
    grey = np.asarray(small, np.float32)
    steps = [np.abs(np.diff(grey, axis=axis)).mean() for axis in (0, 1) if grey.shape[axis] > 1]
    sharpness = float(np.mean(steps)) if steps else 0.0
    return {"deviation": round(float(grey.std()), 2), "sharpness": round(sharpness, 3)}


def technical_faults(
    image: Image.Image, scores: dict[str, float], size: tuple[int, int]
) -> list[str]:
    """Why the picture cannot be shown; empty when it can."""
    faults = []
    if image.size != size:
        faults.append(f"size {image.width}x{image.height}, expected {size[0]}x{size[1]}")
    if scores["deviation"] < MIN_DEVIATION:
        faults.append(f"flat: deviation {scores['deviation']} below {MIN_DEVIATION}")
    if scores["sharpness"] < MIN_SHARPNESS:
        faults.append(f"no edges: sharpness {scores['sharpness']} below {MIN_SHARPNESS}")
    return faults


def pixels_to_image(pixels: Array) -> Image.Image:
    """Floats between 0 and 1, shape (height, width, 3), as a picture.

    Raises:
        ValueError: some values are not numbers; a model that overflowed gives those.
    """
    broken = int((~np.isfinite(pixels)).sum())
    if broken:
        raise ValueError(f"{broken} of {pixels.size} values of the picture are not finite numbers")
    return Image.fromarray((np.clip(pixels, 0, 1) * 255).round().astype(np.uint8), "RGB")


def choose(
    candidates: Sequence[tuple[int, Image.Image]], *, n: int, size: tuple[int, int]
) -> list[Verdict]:
    """Up to `n` candidates: sound ones, as different from each other as can be.

    The first is the sharpest; then always the one farthest from those chosen. When fewer
    than `n` stand at least 7 bits apart, the set is filled with the farthest sound ones that
    are left, and their verdict says so. Broken candidates are never taken.

    Args:
        candidates: number and picture.
        n: how many the set needs. A caller with exactly n candidates learns whether they
            are sound and different.
        size: width and height that was asked for.

    Returns:
        one verdict per candidate, in the order given.
    """
    scores = {k: technical_scores(image) for k, image in candidates}
    hashes = {k: dhash(image) for k, image in candidates}
    reasons = {k: technical_faults(image, scores[k], size) for k, image in candidates}
    left = [k for k, _ in candidates if not reasons[k]]
    chosen: list[int] = []
    while left and len(chosen) < n:
        near = {k: min((distance(hashes[k], hashes[c]) for c in chosen), default=64) for k in left}
        k = max(left, key=lambda k: (near[k], scores[k]["sharpness"], -k))
        if chosen:
            scores[k]["distance"] = near[k]
            if near[k] < MIN_DISTANCE:
                reasons[k].append(f"like an image already chosen: {near[k]} of 64 bits apart")
        left.remove(k)
        chosen.append(k)
    for k in left:
        reasons[k].append("not needed: the others are sharper or more different")
    return [Verdict(k, k in chosen, scores[k], tuple(reasons[k])) for k, _ in candidates]
