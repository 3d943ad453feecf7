"""Broken candidates are out; of the sound ones the most different are taken."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from generation.gate import (
    Candidate,
    Checks,
    choose,
    dhash,
    distance,
    needs_review,
    technical_scores,
)

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
    candidates = [
        Candidate(1, drawing(1)),
        Candidate(2, Image.new("RGB", SIZE)),
        Candidate(3, drawing(4).resize((32, 32))),
    ]
    first, flat, small = choose(candidates, n=1, size=SIZE)
    assert first.chosen and not flat.chosen and not small.chosen
    assert (flat.barred, small.barred) == (False, True)
    assert flat.reasons == (
        "flat: deviation 0.0 below 4.0",
        "no edges: sharpness 0.0 below 0.2",
    )
    assert small.reasons == ("size 32x32, expected 64x64",)


def test_four_sound_and_different_candidates_pass_without_a_reason() -> None:
    """What a drawn set of four looks like to the gate."""
    verdicts = choose([Candidate(k, drawing(k)) for k in (1, 2, 4, 6)], n=4, size=SIZE)
    assert [v.chosen for v in verdicts] == [True] * 4
    assert all(v.reasons == () for v in verdicts)
    assert sum("distance" in v.scores for v in verdicts) == 3


def test_of_many_the_different_ones_are_chosen() -> None:
    """A near copy (one pixel brighter) is left for one that looks different."""
    copy = drawing(1)
    copy.putpixel((60, 60), (255, 255, 255))
    verdicts = choose(
        [Candidate(k, image) for k, image in ((1, drawing(1)), (2, copy), (3, drawing(4)))],
        n=2,
        size=SIZE,
    )
    chosen = {v.k for v in verdicts if v.chosen}
    assert 3 in chosen and len(chosen) == 2
    (left,) = [v for v in verdicts if not v.chosen]
    assert left.reasons == ("not needed: the others are better or more different",)


def test_a_set_that_cannot_be_different_is_filled_and_says_so() -> None:
    """Better four pictures with a remark than three."""
    verdicts = choose([Candidate(k, drawing(1)) for k in (1, 2)], n=2, size=SIZE)
    assert [v.chosen for v in verdicts] == [True, True]
    assert [v.reasons for v in verdicts] == [
        (),
        ("like an image already chosen: 0 of 64 bits apart",),
    ]


def test_what_is_flawed_fills_a_set_and_what_is_barred_never_does() -> None:
    """A flat picture with a remark; one of a wrong size not even when a place stays empty."""
    candidates = [
        Candidate(1, drawing(1)),
        Candidate(2, Image.new("RGB", SIZE)),
        Candidate(3, drawing(4).resize((32, 32))),
    ]
    verdicts = choose(candidates, n=3, size=SIZE)
    assert [v.chosen for v in verdicts] == [True, True, False]
    assert needs_review(verdicts, 3)
    assert not needs_review(choose(candidates[:1], n=1, size=SIZE), 1)


def test_every_prompt_of_a_set_is_shown_before_one_is_shown_twice() -> None:
    """Of eight sound candidates of four prompts, one of each."""
    candidates = [Candidate(k, drawing(k), variant=(k - 1) % 4) for k in (1, 2, 3, 4, 5, 6)]
    chosen = [v.k for v in choose(candidates, n=4, size=SIZE) if v.chosen]
    assert {(k - 1) % 4 for k in chosen} == {0, 1, 2, 3}


WORDS = {"shop": (1.0, 0.0, 0.0), "a": (0.0, 0.0, 1.0)}


class Plain:
    """Vectors by hand: a picture's is told by its top left pixel, a text's by its first word."""

    def __init__(self, liked: bool = False) -> None:
        self.liked = liked

    def images(self, pictures):
        vectors = np.array([p.getpixel((0, 0)) for p in pictures], np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def texts(self, texts):
        return np.array([WORDS[t.split()[0]] for t in texts], np.float32)

    def preference(self, vectors):
        return vectors[:, 1] * 2 if self.liked else None


def coloured(at: int, colour: tuple[int, int, int]) -> Image.Image:
    image = drawing(at)
    image.paste(colour, (0, 0, 2, 2))
    return image


def test_pictures_nearer_to_something_disallowed_than_to_the_prompt_are_barred() -> None:
    """Red is what was asked for, blue is a weapon."""
    candidates = [
        Candidate(1, coloured(1, (250, 0, 10)), "shop"),
        Candidate(2, coloured(4, (10, 0, 250)), "shop"),
    ]
    checks = Checks(looks=Plain(), disallow=("weapon",))
    good, bad = choose(candidates, n=2, size=SIZE, checks=checks)
    assert (good.barred, bad.barred, bad.chosen) == (False, True, False)
    assert bad.reasons == ("disallowed: looks more like 'weapon' than like the prompt",)
    assert bad.scores["disallowed"] == pytest.approx(0.9992, abs=1e-4)
    assert good.scores["alignment"] == pytest.approx(0.9992, abs=1e-4)


def test_a_copy_of_a_source_is_barred_by_hash_and_by_vector() -> None:
    """The same picture, and another one with nearly the same vector (cosine above 0.95)."""
    source = coloured(1, (200, 60, 0))
    candidates = [
        Candidate(1, source.copy(), "shop"),
        Candidate(2, coloured(4, (190, 70, 0)), "shop"),
        Candidate(3, coloured(6, (250, 0, 120)), "shop"),
    ]
    verdicts = choose(candidates, n=3, size=SIZE, checks=Checks(looks=Plain(), sources=(source,)))
    assert [v.barred for v in verdicts] == [True, True, False]
    assert verdicts[0].reasons[0].startswith("a copy of a source: 0 of 64 bits")
    assert verdicts[1].reasons[0].startswith("a copy of a source: cosine 0.99")
    assert "alignment" not in verdicts[0].scores  # the cheap check had spoken


def test_preference_and_variety_choose_among_the_sound() -> None:
    """The liked one first; then one that looks different before its near twin."""
    candidates = [
        Candidate(1, coloured(1, (200, 0, 60)), "shop"),
        Candidate(2, coloured(3, (150, 150, 0)), "shop"),
        Candidate(3, coloured(5, (150, 140, 40)), "shop"),
    ]
    verdicts = choose(candidates, n=2, size=SIZE, checks=Checks(looks=Plain(liked=True)))
    assert [v.chosen for v in verdicts] == [True, True, False]
    assert verdicts[1].scores["preference"] == pytest.approx(2**0.5, abs=1e-3)


def test_letters_and_unsafe_pictures_are_out() -> None:
    """More than 2 % letters is a flaw; what the classifier is sure of is barred."""
    candidates = [Candidate(k, drawing(k)) for k in (1, 4, 6)]
    shares = iter((0.0, 0.05, 0.01))
    checks = Checks(text_share=lambda _: next(shares), nsfw=lambda found: [0.1, 0.2, 0.9])
    fine, lettered, unsafe = choose(candidates, n=2, size=SIZE, checks=checks)
    assert fine.reasons == () and fine.scores["nsfw"] == 0.1
    assert lettered.chosen and lettered.reasons == ("letters: 5.0% of the picture, 2% allowed",)
    assert unsafe.barred and unsafe.reasons == ("unsafe: 0.90, 0.5 allowed",)


def test_no_candidates_give_no_verdicts() -> None:
    """A set of which nothing could be made."""
    assert choose([], n=4, size=SIZE, checks=Checks(looks=Plain())) == []
    assert needs_review([], 4)
