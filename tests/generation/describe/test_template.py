"""The photo box and the lettering of hand-made templates whose answer is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from generation.describe.layout import smaller
from generation.describe.record import Box
from generation.describe.template import WHOLE, Lettering, lettering, photo_box

FONT = Path(__file__).parents[3] / "include" / "assets" / "fonts" / "Inter-Bold.otf"


def scene(width: int, height: int, seed: int = 0) -> Image.Image:
    """Soft blobs of many colours with grain: nothing flat and no straight edge."""
    rng = np.random.default_rng(seed)
    blobs = rng.integers(40, 216, (6, 6, 3), dtype=np.uint8)
    soft = Image.fromarray(blobs).resize((width, height), Image.Resampling.BICUBIC)
    grain = rng.normal(0, 6, (height, width, 1))
    return Image.fromarray(np.clip(np.asarray(soft) + grain, 0, 255).astype(np.uint8))


def template(
    size: tuple[int, int], box: tuple[int, int, int, int], ground: str, ink: str, text: str | None
) -> Image.Image:
    """A photo on a coloured ground; the text goes to the left of what is free."""
    image = Image.new("RGB", size, ground)
    image.paste(scene(box[2] - box[0], box[3] - box[1]), box[:2])
    if text is not None:
        y = 30 if box[1] > 100 else box[3] + 30 if box[3] < size[1] - 100 else size[1] // 3
        font = ImageFont.truetype(FONT, 36)
        ImageDraw.Draw(image).multiline_text((24, y), text, fill=ink, font=font)
    return image


def measure(image: Image.Image) -> tuple[Lettering, Box]:
    grey = np.asarray(smaller(image, 640).convert("L"), dtype=np.int16)
    box = photo_box(np.asarray(smaller(image, 320), dtype=np.int16), grey)
    return lettering(grey, box), box


def overlap(one: Box, other: Box) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    common = max(width, 0) * max(height, 0)
    return common / (sum((b[2] - b[0]) * (b[3] - b[1]) for b in (one, other)) - common)


@pytest.mark.parametrize(
    ("size", "box", "ground", "ink"),
    [
        ((640, 640), (0, 0, 640, 460), "#00a878", "#ffffff"),
        ((640, 640), (0, 180, 640, 640), "#fdeec7", "#1c2333"),
        ((640, 640), (40, 170, 600, 600), "#ffffff", "#1c2333"),
        ((512, 640), (0, 320, 512, 640), "#22304a", "#ffffff"),
        ((640, 336), (290, 0, 640, 336), "#f2b705", "#1c2333"),
        ((1080, 1080), (0, 0, 1080, 780), "#7a4fc0", "#ffffff"),
    ],
    ids=["band below", "band above", "frame", "poster", "side", "larger"],
)
def test_the_photo_box_is_found(
    size: tuple[int, int], box: tuple[int, int, int, int], ground: str, ink: str
) -> None:
    """Within two hundredths of the picture on every side: intersection over union above 0.95."""
    _, found = measure(template(size, box, ground, ink, "Recibe pagos\ncon un QR"))
    width, height = size
    truth = (box[0] / width, box[1] / height, box[2] / width, box[3] / height)
    assert overlap(found, truth) > 0.95


def test_a_picture_without_a_template_is_all_photo() -> None:
    """Nothing flat, nothing cut."""
    text, box = measure(scene(640, 480))
    assert box == WHOLE
    assert text.share == 0


def test_a_flat_floor_without_lettering_is_no_band() -> None:
    """A table in one colour with a straight edge belongs to the photo."""
    _, box = measure(template((640, 640), (0, 0, 640, 460), "#b98558", "#ffffff", None))
    assert box == WHOLE


def test_a_logo_on_its_own_plate_makes_no_band_of_the_floor() -> None:
    """The lettering stands on the plate, not on the floor."""
    image = template((640, 640), (0, 0, 640, 460), "#b98558", "#ffffff", None)
    pen = ImageDraw.Draw(image)
    pen.rectangle((30, 504, 330, 560), fill="#ffffff")
    pen.text((44, 508), "tu360compras", fill="#1c2333", font=ImageFont.truetype(FONT, 36))
    text, box = measure(image)
    assert text.share > 0
    assert box == WHOLE


def test_text_share_is_the_area_of_the_lines() -> None:
    """A line of 36 px over about 430 px on 640 x 640 covers some 4 %, rounded up to cells."""
    image = Image.new("RGB", (640, 640), "#ffffff")
    font = ImageFont.truetype(FONT, 36)
    pen = ImageDraw.Draw(image)
    pen.text((40, 300), "Recibe pagos con un QR", fill="#1c2333", font=font)
    left, top, right, bottom = pen.textbbox((40, 300), "Recibe pagos con un QR", font=font)
    grey = np.asarray(image.convert("L"), dtype=np.int16)
    found = lettering(grey, WHOLE)
    assert len(found.lines) == 1
    truth = (left / 640, top / 640, right / 640, bottom / 640)
    assert overlap(found.lines[0].box, truth) > 0.7
    assert found.share == pytest.approx((right - left) * (bottom - top) / 640**2, rel=0.3)


def test_text_on_the_photo_is_told_from_the_band_beside_it() -> None:
    """A headline that touches the photo stays a line of its own once the box is known."""
    image = template((640, 336), (330, 0, 640, 336), "#ffffff", "#1c2333", None)
    pen = ImageDraw.Draw(image)
    pen.text((20, 120), "Una tarjeta p", fill="#1c2333", font=ImageFont.truetype(FONT, 46))
    grey = np.asarray(image.convert("L"), dtype=np.int16)
    found = lettering(grey, (330 / 640, 0, 1, 1))
    assert [line.box[2] <= 0.53 for line in found.lines] == [True]


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (40, 3), (8, 8)])
def test_tiny_pictures_have_no_template(size: tuple[int, int]) -> None:
    """A tracking pixel is described, not refused."""
    text, box = measure(Image.new("RGB", size, "red"))
    assert (text.share, box) == (0, WHOLE)
