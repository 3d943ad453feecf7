"""The channel template round a photo: lettering, flat bands, and the box that the photo fills.

Measured on two copies of the picture: lettering where the longest side has about 640 pixels,
bands where it has about 320. All boxes are fractions (left, top, right, bottom).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from generation.describe.record import Box

WHOLE: Box = (0.0, 0.0, 1.0, 1.0)

CELL = 8  # pixels; a cell is about half as high as the smallest lettering that is read
EDGE = 36  # step between neighbouring grey pixels that a stroke makes
NEAR = 22  # grey or channel steps within which two pixels have the same colour
FLAT = 10  # the same within a band: printed in one colour, but for what JPEG does to it

# A photo that is smaller than this is a picture in a picture, not what the piece shows.
MIN_PHOTO = 0.15

THIN = 0.1  # a margin of the same colour needs no lettering
LETTERED = 0.03  # a band that carries the message has at least this share of lettering

LUMA = np.array([0.299, 0.587, 0.114])  # as Pillow turns RGB into grey

Pixels = NDArray[np.int16]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Line:
    """One line or block of text, and the grey (0 to 255) that it stands on."""

    box: Box
    ground: int


@dataclass(frozen=True)
class Lettering:
    """All text of a picture, and the share of the picture that it covers."""

    lines: tuple[Line, ...]
    share: float

    def on(self, strip: Box, ground: float) -> float:
        """Area of the lettering that stands on `ground` inside `strip`, as a share of it.

        A logo on a plate of its own does not make the floor below it a band.
        """
        covered = 0.0
        for line in self.lines:
            if abs(line.ground - ground) <= FLAT:
                width = min(line.box[2], strip[2]) - max(line.box[0], strip[0])
                height = min(line.box[3], strip[3]) - max(line.box[1], strip[1])
                covered += max(width, 0.0) * max(height, 0.0)
        return covered / ((strip[2] - strip[0]) * (strip[3] - strip[1]))


def lettering(grey: Pixels, photo: Box) -> Lettering:
    """Finds lines of text: many strokes side by side, in one colour on one colour.

    Args:
        grey: shape (h, w), 0 to 255, longest side about 640.
        photo: its box: no line runs across its border, and what stands on it is
            a line of text, not a block; blocks there are goods on shelves, or houses.
    """
    height, width = grey.shape
    steps = np.abs(np.diff(grey, axis=1)) > EDGE
    rows, columns = height // CELL, (width - 1) // CELL
    if rows == 0 or columns == 0:
        return Lettering((), 0.0)
    cells = steps[: rows * CELL, : columns * CELL].reshape(rows, CELL, columns, CELL)
    dense = cells.sum(axis=(1, 3)) >= 0.06 * CELL * CELL
    inside = np.zeros_like(dense)
    left, right = (round(x * columns) for x in (photo[0], photo[2]))
    top, bottom = (round(y * rows) for y in (photo[1], photo[3]))
    inside[top:bottom, left:right] = True
    lines = []
    side = min(height, width)
    for part, tallest in ((dense & inside, 0.12 * side), (dense & ~inside, 0.4 * side)):
        found, _ = ndimage.label(_joined(part))
        for place in ndimage.find_objects(found):
            y0, y1 = place[0].start * CELL, place[0].stop * CELL
            x0, x1 = place[1].start * CELL, place[1].stop * CELL
            if not 0.02 * side <= y1 - y0 <= tallest:
                continue
            ground = _ground(grey[y0:y1, x0:x1], steps[y0:y1, x0:x1])
            if ground is not None:
                box = (x0 / width, y0 / height, x1 / width, y1 / height)
                lines.append(Line(box, ground))
    areas = ((line.box[2] - line.box[0]) * (line.box[3] - line.box[1]) for line in lines)
    return Lettering(tuple(lines), min(sum(areas), 1.0))


def _joined(dense: Mask) -> Mask:
    """Neighbouring letters and words as one piece: gaps of up to four cells are filled."""
    padded: Mask = ndimage.binary_closing(np.pad(dense, 3), structure=np.ones((1, 5), dtype=bool))
    return padded[3:-3, 3:-3]


def _ground(grey: Pixels, steps: Mask) -> int | None:
    """The grey that lettering stands on, or None when a block of strokes is no lettering.

    It is told by shape, colours and rhythm. Lettering stands on a flat ground and is all
    darker than it, or all lighter; a scene has both. The strokes' own grey is no sign: thin
    letters are blurred into the ground.
    """
    height, width = grey.shape
    rhythm = float(np.percentile(steps.sum(axis=1), 75))
    if width < 1.6 * height or rhythm < max(8.0, 3 * width / height):
        return None
    levels = np.bincount(np.asarray(grey, np.int64).ravel() >> 2, minlength=64)
    ground = int(levels.argmax()) * 4 + 2
    off = grey - ground
    flat = float((np.abs(off) <= FLAT).mean())
    ink = off[np.abs(off) > NEAR]
    if not 0.3 <= flat <= 0.93 or ink.size == 0:
        return None
    darker = float((ink < 0).mean())
    return ground if max(darker, 1 - darker) >= 0.92 else None


def photo_box(rgb: Pixels, grey: Pixels) -> Box:
    """The part that the photo fills once flat bands round it are taken away.

    A band starts at a side of the picture, has one colour apart from what is set on it, and
    ends at a straight edge. It counts when it carries lettering, when it is a thin margin, or
    when it has the colour of a band that counts; otherwise it may be a wall, a floor or the sky.

    Args:
        rgb: shape (h, w, 3), 0 to 255, longest side about 320.
        grey: the same picture for `lettering`.

    Returns:
        Fractions; the whole picture when there is no band.
    """
    height, width = rgb.shape[:2]
    planes = np.ascontiguousarray(np.moveaxis(rgb, 2, 0))
    box = [0, 0, width, height]
    frame: list[Pixels] = []  # colours of the bands found so far
    for _ in range(2):  # margins beside the photo show only once the bands above are gone
        for side in range(4):
            inner = planes[:, box[1] : box[3], box[0] : box[2]]
            lines = np.swapaxes(inner, 1, 2) if side in (0, 2) else inner
            depth, colour = _band(lines[:, ::-1] if side in (2, 3) else lines)
            if depth == 0:
                continue
            smaller = list(box)
            smaller[side] += depth if side < 2 else -depth
            strip = list(box)
            strip[(side + 2) % 4] = smaller[side]
            band = _fractions(strip, width, height)
            thin = min(band[2] - band[0], band[3] - band[1]) <= THIN
            framed = any(np.abs(colour - known).max() <= FLAT for known in frame)
            if not (thin or framed):
                text = lettering(grey, _fractions(smaller, width, height))
                if text.on(band, float(colour @ LUMA)) < LETTERED:
                    continue
            box = smaller
            frame.append(colour)
    found = _fractions(box, width, height)
    area = (found[2] - found[0]) * (found[3] - found[1])
    return found if area >= MIN_PHOTO else WHOLE


def _fractions(box: list[int], width: int, height: int) -> Box:
    return box[0] / width, box[1] / height, box[2] / width, box[3] / height


def _band(lines: Pixels) -> tuple[int, Pixels]:
    """How many lines from the first one on form a flat band up to a straight edge; its colour.

    Args:
        lines: shape (3, lines, pixels of a line).

    Returns:
        Depth 0 when there is no band.
    """
    count = lines.shape[1]
    colour = _commonest(lines[:, : max(count // 60, 2)].reshape(3, -1))
    if (~_differ(lines[:, :1], colour[:, None, None])).mean() < 0.6:
        return 0, colour
    share = (~_differ(lines, colour[:, None, None])).mean(axis=1)
    change = _differ(lines[:, 1:], lines[:, :-1]).mean(axis=1)
    before = np.cumsum(share) / np.arange(1, count + 1)
    look_ahead = max(count // 20, 2)
    for depth in range(max(count // 50, 2), int(count * 0.8)):
        after = share[depth : depth + look_ahead].mean()
        if change[depth - 1] >= 0.7 and before[depth - 1] >= 0.45 and after < 0.3:
            return depth, colour
    return 0, colour


def _differ(some: Pixels, other: Pixels) -> Mask:
    """Where any of the three channels differs by more than `FLAT`."""
    red, green, blue = (np.abs(a - b) > FLAT for a, b in zip(some, other, strict=True))
    return np.asarray(red | green | blue)


def _commonest(pixels: Pixels) -> Pixels:
    """The commonest colour of shape (3, n): the mean of the fullest of 16 x 16 x 16 bins."""
    red, green, blue = pixels.astype(np.int64) >> 4
    bins = red * 256 + green * 16 + blue
    fullest = np.bincount(bins, minlength=4096).argmax()
    return np.asarray(pixels[:, bins == fullest].mean(axis=1).round(), dtype=np.int16)
