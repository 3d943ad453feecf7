"""Broken candidates are out; of the sound ones the most different are taken."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from generation.gate import choose, dhash, distance, pixels_to_image, technical_scores

SIZE = (64, 64)


def drawing(at: int) -> Image.Image:
    """A dark bar at another place of a bright ground for each `at`."""
    image = Image.new("RGB", SIZE, "#e0e0e0")
    ImageDraw.Draw(image).rectangle(
        (at * 8, 8 * (at % 4), at * 8 + 15, 8 * (at % 4) + 31), "#202020"
    )
    return image


def test_difference_hash_of_a_ramp_is_known() -> None:
    """Brightness that rises to the right sets all 64 bits; falling sets none."""
    ramp = Image.fromarray(np.tile(np.arange(0, 252, 4, np.uint8), (63, 1)))
    assert dhash(ramp) == 2**64 - 1
    assert dhash(ramp.transpose(Image.Transpose.FLIP_LEFT_RIGHT)) == 0
    assert distance(dhash(ramp), 0) == 64


def test_scores_of_two_halves_are_known() -> None:
    """Half 0, half 200: deviation 100; one step of 200 in 63 columns, none in the rows."""
    halves = np.zeros((64, 64), np.uint8)
    halves[:, 32:] = 200
    assert technical_scores(Image.fromarray(halves)) == {
        "deviation": 100.0,
        "sharpness": pytest.approx(200 / 63 / 2, abs=1e-3),
    }


def test_a_flat_picture_and_a_wrong_size_are_out() -> None:
    """The reasons say what was seen and what was expected."""
    candidates = [(1, drawing(1)), (2, Image.new("RGB", SIZE)), (3, drawing(4).resize((32, 32)))]
    first, flat, small = choose(candidates, n=2, size=SIZE)
    assert first.chosen and not flat.chosen and not small.chosen
    assert flat.reasons == (
        "flat: deviation 0.0 below 4.0",
        "no edges: sharpness 0.0 below 0.2",
    )
    assert small.reasons == ("size 32x32, expected 64x64",)


def test_four_sound_and_different_candidates_pass_without_a_reason() -> None:
    """What a drawn set of four looks like to the gate."""
    verdicts = choose([(k, drawing(k)) for k in (1, 2, 4, 6)], n=4, size=SIZE)
    assert [v.chosen for v in verdicts] == [True] * 4
    assert all(v.reasons == () for v in verdicts)
    assert sum("distance" in v.scores for v in verdicts) == 3


def test_of_many_the_different_ones_are_chosen() -> None:
    """A near copy (one pixel brighter) is left for one that looks different."""
    copy = drawing(1)
    copy.putpixel((60, 60), (255, 255, 255))
    verdicts = choose([(1, drawing(1)), (2, copy), (3, drawing(4))], n=2, size=SIZE)
    chosen = {v.k for v in verdicts if v.chosen}
    assert 3 in chosen and len(chosen) == 2
    (left,) = [v for v in verdicts if not v.chosen]
    assert left.reasons == ("not needed: the others are sharper or more different",)


def test_a_set_that_cannot_be_different_is_filled_and_says_so() -> None:
    """Better four pictures with a remark than three."""
    verdicts = choose([(k, drawing(1)) for k in (1, 2)], n=2, size=SIZE)
    assert [v.chosen for v in verdicts] == [True, True]
    assert [v.reasons for v in verdicts] == [
        (),
        ("like an image already chosen: 0 of 64 bits apart",),
    ]


def test_pixels_become_a_picture() -> None:
    """Floats from 0 to 1; what lies outside is cut."""
    image = pixels_to_image(np.array([[[0.0, 0.5, 1.0], [-1.0, 2.0, 0.25]]]))
    assert [image.getpixel((x, 0)) for x in (0, 1)] == [(0, 128, 255), (0, 255, 64)]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_pixels_that_are_no_numbers_are_refused(value: float) -> None:
    """A model that overflowed in half precision gives those."""
    pixels = np.zeros((2, 2, 3))
    pixels[0, 0, 0] = value
    with pytest.raises(ValueError, match="1 of 12 values of the picture are not finite"):
        pixels_to_image(pixels)
