"""Descriptions from pixels: hand-made pictures with known answers, and drawn scenes."""

from __future__ import annotations

import io
import time

import numpy as np
import pytest
from PIL import Image

from generation.describe import layout, readout
from generation.describe.layout import Layout, caption, describe, in_pixels, smaller, text_label
from generation.describe.record import Description, FoundLabel
from generation.scenes import Palette, Scene, render, svg
from generation.vocabulary import CATEGORIES

GREEN, BLUE = "#0f9d6b", "#2f76c9"


def scene(
    setting: str, people: str, light: str, composition: str, *, colour: str = GREEN, seed: int = 5
) -> Image.Image:
    """A drawn scene without a template."""
    brief = Scene(
        setting=setting,
        people=people,
        props=("phone",),
        light=light,
        palette=Palette.of([colour]),
        composition=composition,
        seed=seed,
    )
    png = render(svg(brief, width=480, height=400), 480, 400)
    return Image.open(io.BytesIO(png)).convert("RGB")


def labels(found: Description) -> dict[str, str]:
    return {one.category: one.label for one in found.labels}


def noisy(colour: tuple[int, int, int]) -> Image.Image:
    """Grain round one colour: nothing that was drawn looks like this."""
    rng = np.random.default_rng(1)
    pixels = rng.normal(colour, 9, (300, 300, 3))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def test_a_flat_green_card_is_green_and_claims_nothing_else() -> None:
    """No people, no place, no framing: there is nothing to say them from."""
    found = describe(Image.new("RGB", (400, 300), GREEN))
    assert found.palette == (GREEN,)
    assert {"setting", "people", "composition"}.isdisjoint(labels(found))
    assert labels(found)["text_share"] == "low"
    assert found.photo_box == (0, 0, 1, 1)
    assert (found.width, found.height, found.error) == (400, 300, None)


@pytest.mark.parametrize(
    ("white", "name"),
    [
        ((255, 190, 120), "golden"),
        ((245, 210, 172), "indoor"),
        ((248, 235, 218), "morning"),
        ((252, 253, 255), "midday"),
        ((130, 140, 185), "evening"),
        ((120, 120, 120), None),
        ((255, 60, 20), None),
    ],
    ids=["low sun", "lamp", "early sun", "noon", "dusk", "underexposed", "red paint"],
)
def test_the_light_of_a_photograph_is_the_colour_of_its_whites(
    white: tuple[int, int, int], name: str | None
) -> None:
    """A grained ramp from shadow to a white wall that looks as given."""
    ramp = np.linspace(0.2, 1.0, 300)[:, None, None] * np.array(white, dtype=float)
    grain = np.random.default_rng(2).normal(0, 6, (300, 300, 1))
    image = Image.fromarray(np.clip(ramp + grain, 0, 255).astype(np.uint8))
    assert labels(describe(image)).get("light") == name


def test_noise_gets_colours_only() -> None:
    """A picture with grain in every pixel was not drawn, so the readout stays silent."""
    found = labels(describe(noisy((200, 60, 60))))
    assert set(found) <= {"light", "palette", "text_share"}
    assert not readout.looks_drawn(noisy((128, 128, 128)))


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ((230, 90, 70), "coral"),
        ((240, 190, 30), "yellow"),
        ((20, 160, 90), "green"),
        ((40, 110, 210), "blue"),
        ((120, 70, 190), "purple"),
        ((128, 128, 128), "neutral"),
    ],
)
def test_the_palette_of_a_photograph_is_its_strong_hue(
    colour: tuple[int, int, int], name: str
) -> None:
    """A patch of colour on a white ground, with grain."""
    image = noisy((235, 235, 235))
    image.paste(noisy(colour).crop((0, 0, 150, 150)), (75, 75))
    assert labels(describe(image)).get("palette") == name


@pytest.mark.parametrize(
    ("setting", "people", "light", "composition"),
    [
        ("city", "two", "midday", "wide"),
        ("cafe", "one", "indoor", "centred"),
        ("market", "one", "golden", "close_up"),
        ("home", "none", "evening", "detail"),
    ],
)
def test_most_of_a_drawn_scene_is_read_back(
    setting: str, people: str, light: str, composition: str
) -> None:
    """Of setting, people, light and composition at least three are found."""
    truth = {"setting": setting, "people": people, "light": light, "composition": composition}
    found = labels(describe(scene(setting, people, light, composition)))
    right = [category for category, name in truth.items() if found.get(category) == name]
    assert len(right) >= 3


def test_two_palettes_of_one_scene_are_told_apart() -> None:
    """The same brief in green and in blue."""
    green = labels(describe(scene("shop", "one", "midday", "centred")))
    blue = labels(describe(scene("shop", "one", "midday", "centred", colour=BLUE)))
    assert (green["palette"], blue["palette"]) == ("green", "blue")


def test_every_label_is_in_the_vocabulary_and_a_category_appears_once() -> None:
    """Later rooms look labels up; an unknown one would stop them."""
    found = describe(scene("office", "two", "morning", "centred"))
    assert all(one.label in CATEGORIES[one.category] for one in found.labels)
    assert all(0 < one.similarity <= 1 for one in found.labels)
    categories = [one.category for one in found.labels]
    assert len(categories) == len(set(categories))


def test_unsure_labels_are_left_out() -> None:
    """Below SURE there is no label; at it there is."""
    assert list(layout.sure_label("light", "golden", layout.SURE - 0.01)) == []
    assert [one.label for one in layout.sure_label("light", "golden", layout.SURE)] == ["golden"]


def test_the_layer_gives_probabilities() -> None:
    """Each category sums to 1."""
    likely = readout.fitted().probabilities(scene("road", "one", "golden", "wide"))
    assert set(likely) == {"setting", "people", "light", "palette", "composition"}
    assert [sum(shares.values()) for shares in likely.values()] == pytest.approx([1.0] * 5)


@pytest.mark.parametrize(
    ("share", "name"),
    [(0.0, "low"), (0.043, "low"), (0.05, "medium"), (0.12, "medium"), (0.2, "high")],
)
def test_text_share_has_three_kinds(share: float, name: str) -> None:
    """A logo is low, a headline is medium, headline and body text are high."""
    assert text_label(share).label == name


def test_the_caption_is_one_sentence_of_the_labels() -> None:
    """In the words of the vocabulary; what is unknown is not mentioned."""
    some = [
        FoundLabel("composition", "wide", 0.9),
        FoundLabel("people", "one", 0.9),
        FoundLabel("setting", "cafe", 0.9),
        FoundLabel("place", "indoor", 0.9),
        FoundLabel("light", "indoor", 0.9),
    ]
    assert caption(some) == "A wide shot with one person in a small café, soft lamp light."
    assert caption([FoundLabel("place", "outdoor", 0.9)]) == "A picture, outdoors."
    assert caption([]) == "A picture."


def test_the_same_picture_gives_the_same_description() -> None:
    """Alone or among others, now or later."""
    one, other = scene("studio", "one", "midday", "centred"), noisy((90, 90, 90))
    assert Layout().describe([one, other]) == [describe(one), describe(other)]


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (2, 2), (4000, 20)])
def test_odd_sizes_are_described(size: tuple[int, int]) -> None:
    """Tracking pixels and banners come through the same door."""
    found = describe(Image.new("RGB", size, "#808080"))
    assert (found.width, found.height) == size
    assert found.error is None


def test_boxes_in_pixels_are_never_empty() -> None:
    """Fractions of a tiny picture still hold one pixel."""
    assert in_pixels((0.5, 0.5, 0.5, 0.5), (1, 1)) == (0, 0, 1, 1)
    assert in_pixels((0.25, 0.0, 1.0, 0.5), (640, 480)) == (160, 0, 640, 240)


def test_small_pictures_are_not_enlarged() -> None:
    """Enlarging would add pixels that nobody drew."""
    assert smaller(Image.new("RGB", (100, 50)), 640).size == (100, 50)
    assert smaller(Image.new("RGB", (1280, 640)), 640).size == (640, 320)


def test_a_picture_takes_milliseconds() -> None:
    """Processor time of one 640 px picture, with room for a slow machine; 20 ms is usual."""
    image = scene("market", "family", "midday", "wide").resize((640, 640))
    describe(image)
    started = time.process_time()
    for _ in range(5):
        describe(image)
    assert (time.process_time() - started) / 5 < 0.1
