"""Which pictures are one creative: a piece saved again, or a photo in another template.

Compared are light and dark (dHash) and colours, of the whole piece and of the photo in it, and a
model's vectors where there are some. Groups form round a first picture; a chain of small steps
never joins two pictures that differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

HASH_BYTES, COLOUR_BYTES = 16, 48
LOOK_BYTES = 2 * (HASH_BYTES + COLOUR_BYTES)

# Measured on the sandbox (bench/describe.py), as bits of 128 and mean step of 255. Of pieces
# saved again at half size and JPEG quality 40, 99 % differ by at most 8 bits and 1.0 steps; of
# 11,175 pairs of different pieces none by less than 11 bits, nor by less than 2.6 steps.
WHOLE_BITS, WHOLE_COLOUR = 8, 2.5
PHOTO_BITS, PHOTO_COLOUR = 8, 4.0
# Vectors of one photo in two templates; different photos of one subject lie below.
SAME_VECTOR = 0.97
ALIKE_BITS = 40
# A surface with fewer steps than this says nothing of what is shown; only its colours count.
MIN_STEPS = 12


@dataclass(frozen=True)
class Look:
    """What is compared of one picture.

    Args:
        picture: its sha256.
        look: `LOOK_BYTES` bytes, as `look_of` gives them.
        vector: length 1; None where no model looked.
    """

    picture: str
    look: bytes
    vector: NDArray[np.floating] | None = None


def look_of(piece: Image.Image, photo: Image.Image) -> bytes:
    """Light, dark and colours of a piece and of its photo: hash, hash, colours, colours."""
    parts = (piece, photo)
    return b"".join([*(dhash(part) for part in parts), *(colours(part) for part in parts)])


def dhash(image: Image.Image) -> bytes:
    """Where a picture gets lighter to the right (64 bits) and downwards (64 bits).

    Steps of less than 2 of 255 count as none, so that plain surfaces give zeros.
    """
    grey = image.convert("L")
    across = np.asarray(grey.resize((9, 8), Image.Resampling.BOX), np.int16)
    down = np.asarray(grey.resize((8, 9), Image.Resampling.BOX), np.int16)
    bits = [np.diff(across, axis=1) >= 2, np.diff(down, axis=0) >= 2]
    return np.packbits(np.concatenate([some.ravel() for some in bits])).tobytes()


def colours(image: Image.Image) -> bytes:
    """Mean red, green and blue of each of 4 x 4 cells."""
    return image.convert("RGB").resize((4, 4), Image.Resampling.BOX).tobytes()


def creatives(looks: Sequence[Look], *, first: Sequence[str] = ()) -> dict[str, str]:
    """The picture that stands for each picture's creative.

    Args:
        looks: in any order; the answer does not depend on it.
        first: pictures that stood for a creative before; they stay, so that a creative keeps its
            name when new pictures come.

    Returns:
        picture -> standing for it; itself when nothing before it is near.
    """
    known = {picture: i for i, picture in enumerate(first)}
    ordered = sorted(looks, key=lambda look: (known.get(look.picture, len(known)), look.picture))
    compared = _Compared(ordered)
    leaders = np.empty(len(ordered), np.int64)
    count = 0
    found: dict[str, str] = {}
    for i, look in enumerate(ordered):
        near = compared.nearest(i, leaders[:count])
        if near is None:
            leaders[count] = near = i
            count += 1
        found[look.picture] = ordered[near].picture
    return found


class _Compared:
    """Looks as arrays, in one order."""

    def __init__(self, looks: Sequence[Look]) -> None:
        count = len(looks)
        raw = np.frombuffer(b"".join(look.look for look in looks), np.uint8)
        raw = raw.reshape(count, LOOK_BYTES)
        ends = 2 * HASH_BYTES
        hashes = np.ascontiguousarray(raw[:, :ends]).view(np.uint64).reshape(count, 2, 2)
        self.hashes = hashes
        self.colours = raw[:, ends:].reshape(count, 2, COLOUR_BYTES).astype(np.int16)
        self.telling = np.bitwise_count(hashes).sum(axis=2) >= MIN_STEPS
        size = next((len(look.vector) for look in looks if look.vector is not None), 0)
        self.vectors = np.zeros((count, size), np.float32)
        self.seen = np.zeros(count, bool)
        for i, look in enumerate(looks):
            if look.vector is not None:
                self.vectors[i], self.seen[i] = look.vector, True

    def nearest(self, i: int, leaders: NDArray[np.int64]) -> int | None:
        """The leader that picture `i` is nearest to, if it is near to any; earlier ones first."""
        bits = np.bitwise_count(self.hashes[leaders] ^ self.hashes[i]).sum(axis=2)
        # Colours only of those few whose light and dark agree.
        alike = bits <= (WHOLE_BITS, PHOTO_BITS)
        alike &= self.telling[leaders] & self.telling[i] | (bits == 0)
        rows, sides = np.nonzero(alike)
        steps = np.abs(self.colours[leaders[rows], sides] - self.colours[i, sides]).mean(axis=1)
        close = steps <= np.where(sides == 0, WHOLE_COLOUR, PHOTO_COLOUR)
        near = np.zeros(len(leaders), bool)
        near[rows[close]] = True
        if self.seen[i]:
            cosine = self.vectors[leaders] @ self.vectors[i]
            near |= self.seen[leaders] & (cosine >= SAME_VECTOR) & (bits[:, 1] <= ALIKE_BITS)
        chosen = np.nonzero(near)[0]
        if chosen.size == 0:
            return None
        return int(leaders[chosen[bits[chosen].min(axis=1).argmin()]])
