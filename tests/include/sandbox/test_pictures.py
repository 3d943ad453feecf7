"""The pictures: real files, the same bytes everywhere, laid out as the truth says."""

from datetime import UTC, date, datetime
from io import BytesIO
from itertools import islice

import numpy as np
import pytest
from PIL import Image

from include.sandbox.pictures import Pictures, extension, size_of
from include.sandbox.plan import month_number
from include.sandbox.templates import LAYOUTS, palette, text_fraction
from include.sandbox.world import World

MONTH = month_number(2026, 11)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def pictures(world):
    return world.plan(MONTH).pictures


def test_a_file_has_the_told_size_and_kind(world, pictures):
    """A PNG and a JPEG, decoded."""
    files = Pictures(world)
    for mime, kind in (("image/png", "PNG"), ("image/jpeg", "JPEG")):
        picture = next(p for p in pictures if p.mime == mime)
        image = Image.open(BytesIO(files.file(picture)))
        assert (image.format, image.size) == (kind, size_of(picture))
        assert extension(picture) == {"PNG": "png", "JPEG": "jpg"}[kind]


def test_the_same_picture_has_the_same_bytes_in_every_world(world, pictures, tmp_path):
    """Drawn twice, and once read back from the folder: identical, so one sha256."""
    other = World(today=date(2026, 11, 5), creatives_per_month=120, months=1)
    again = other.plan(MONTH).pictures[0]
    first = Pictures(world).file(pictures[0])
    kept = Pictures(other, tmp_path)
    assert kept.file(again) == first
    assert Pictures(other, tmp_path).file(again) == first
    assert [p.suffix for p in tmp_path.rglob("*.*")] == [f".{extension(again)}"]
    assert Pictures(world).file(pictures[1]) != first


def test_names_of_each_platform_lead_back_to_the_picture(world, pictures):
    """Image hash, simgad number, media id and image id; others are unknown."""
    files = Pictures(world)
    for kind in ("meta", "google_ads", "x_ads", "linkedin_ads"):
        names = {files.name(kind, p) for p in pictures}
        assert len(names) == len(pictures)
        assert files.named(kind, files.name(kind, pictures[7]), NOW) == pictures[7]
        assert files.named(kind, "nothing", NOW) is None
    assert len(files.name("meta", pictures[0])) == 32


def test_layouts_cover_the_formats_and_all_shares_of_text():
    """1:1, 4:5 and 1.91:1 (to the pixel), with little, some and much text each month."""
    ratios = {round(layout.width / layout.height, 1) for layout in LAYOUTS.values()}
    assert ratios == {1.0, 0.8, 1.9}
    assert {layout.text_share for layout in LAYOUTS.values()} == {"low", "medium", "high"}
    for layout in LAYOUTS.values():
        x0, y0, x1, y1 = layout.photo_box
        assert 0 <= x0 < x1 <= 1
        assert 0 <= y0 < y1 <= 1


def test_the_label_of_the_text_share_orders_its_size(pictures):
    """Under 3 % of the canvas is low, over 9 % is high."""
    limits = {"low": (0.001, 0.03), "medium": (0.03, 0.09), "high": (0.09, 0.25)}
    for picture in pictures:
        low, high = limits[picture.text_share]
        assert low < text_fraction(picture) < high, picture.headline


def test_what_is_not_photo_is_flat_ground_and_letters(world, pictures):
    """Left of a photo on the right, most pixels have one colour; in the photo they do not."""
    picture = next(p for p in pictures if p.layout == "landscape_side" and p.mime == "image/png")
    pixels = np.asarray(Image.open(BytesIO(Pictures(world).file(picture))).convert("RGB"))
    panel = pixels[:, : int(0.44 * pixels.shape[1])].reshape(-1, 3)
    colours, counts = np.unique(panel, axis=0, return_counts=True)
    assert counts.max() / len(panel) > 0.7
    assert colours[counts.argmax()].tolist() == [255, 253, 248]
    photo = pixels[:, int(0.47 * pixels.shape[1]) :].reshape(-1, 3)
    assert len(np.unique(photo, axis=0)) > 200


def test_bands_have_the_palettes_main_colour(world, pictures):
    """The dominant hue that the describers look for is really there."""
    picture = next(p for p in pictures if p.layout == "square_band")
    image = Image.open(BytesIO(Pictures(world).file(picture))).convert("RGB")
    colour = image.getpixel((620, 630))
    main = palette(picture.palette).main
    wanted = [int(main[i : i + 2], 16) for i in (1, 3, 5)]
    assert np.abs(np.array(colour) - wanted).max() <= 4  # JPEG changes a flat colour a little


def test_ten_pictures_are_drawn_in_a_few_seconds(world, pictures):
    """Every layout draws; a listing of new images does not take the night."""
    files = Pictures(world)
    by_layout = {p.layout: p for p in pictures}
    assert set(by_layout) == set(LAYOUTS)
    sizes = [len(files.file(p)) for p in islice(by_layout.values(), 10)]
    assert all(3_000 < size < 400_000 for size in sizes)
