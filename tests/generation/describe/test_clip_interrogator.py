"""The describer over the real models: what it stores, what it filters, what its key holds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from generation.describe import clip_interrogator
from generation.describe.clip_interrogator import (
    MODES,
    Category,
    ClipInterrogator,
    best_place,
    choices,
    reviewed_labels,
)
from generation.describe.record import Description
from generation.vocabulary import CATEGORIES
from tests.generation.tiny_describers import COMMIT, Checkpoint, pictures

pytest.importorskip("clip_interrogator")


@pytest.fixture(scope="module", autouse=True)
def any_lead() -> Any:
    """Cosines of random weights lie close together: the best label counts however close."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clip_interrogator, "MIN_MARGIN", 0.0)
        patch.setattr(clip_interrogator, "MIN_LEAD", 0.0)
        yield


def describer(tiny_blip: Checkpoint, tiny_clip: Checkpoint, **options: Any) -> ClipInterrogator:
    return ClipInterrogator(
        caption_checkpoint=str(tiny_blip.folder),
        caption_revision=tiny_blip.revision,
        clip_checkpoint=str(tiny_clip.folder),
        clip_revision=tiny_clip.revision,
        **options,
    )


@pytest.fixture(scope="module")
def medium(tiny_blip: Checkpoint, tiny_clip: Checkpoint, one_thread: None) -> ClipInterrogator:
    return describer(tiny_blip, tiny_clip)


def framed(photo: Image.Image) -> Image.Image:
    """The photo above a band with a line of black blocks: lettering to the pixels' describer."""
    piece = Image.new("RGB", (640, 640), "#00a878")
    grain = np.random.default_rng(0).normal(0, 6, (460, 640, 1))
    soft = np.asarray(photo.resize((640, 460), Image.Resampling.BICUBIC)) + grain
    piece.paste(Image.fromarray(np.clip(soft, 0, 255).astype(np.uint8)))
    for i in range(24):
        piece.paste("#ffffff", (40 + 22 * i, 500, 52 + 22 * i, 540))
    return piece


@pytest.fixture(scope="module")
def images() -> list[Image.Image]:
    return [*pictures(3), framed(pictures(1, seed=8)[0])]


@pytest.fixture(scope="module")
def found(medium: ClipInterrogator, images: list[Image.Image]) -> list[Description]:
    return medium.describe(images)


def test_medium_says_at_most_one_label_per_category(
    medium: ClipInterrogator, found: list[Description]
) -> None:
    """Every label is one that somebody reviewed; the text holds caption and free labels."""
    known = {name: set(category.ids) for name, category in medium.categories.items()}
    known |= {name: set(CATEGORIES[name]) for name in clip_interrogator.FROM_PIXELS}
    for one in found:
        categories = [label.category for label in one.labels]
        assert len(categories) == len(set(categories))
        assert {"medium", "activity", "light_words", "people"} <= set(categories)
        assert all(label.label in known[label.category] for label in one.labels)
        assert one.text
        assert one.text.startswith(one.caption or "")
        words = next(x.label for x in one.labels if x.category == "light_words")
        assert words in one.text


def test_vectors_have_length_one_in_half_precision(found: list[Description]) -> None:
    """Of the photo; as many numbers as the model's."""
    for one in found:
        assert one.vector is not None
        assert (one.vector.dtype, one.vector.shape) == (np.float16, (32,))
        assert np.linalg.norm(one.vector.astype(np.float32)) == pytest.approx(1, abs=2e-3)


def test_a_template_is_seen_with_and_without(
    medium: ClipInterrogator, images: list[Image.Image], found: list[Description]
) -> None:
    """The photo's caption and vector are those of the photo alone; the whole has its own."""
    piece = images[3]
    assert found[3].photo_box == pytest.approx((0, 0, 1, 460 / 640), abs=0.02)
    top = round((found[3].photo_box or (0, 0, 0, 0))[3] * 640)
    [alone] = medium.describe([piece.crop((0, 0, 640, top))])
    assert found[3].caption == alone.caption
    assert np.abs(np.asarray(found[3].vector) - np.asarray(alone.vector)).max() < 1e-3
    said = medium.interrogator.captions([piece])
    assert found[3].whole_caption == medium.filter.clean_caption(said[0])[0]
    assert [one.whole_caption for one in found[:3]] == [None] * 3


def test_a_picture_is_described_alone_as_among_others(
    medium: ClipInterrogator, images: list[Image.Image], found: list[Description]
) -> None:
    """In any order and number."""
    again = [medium.describe([image])[0] for image in reversed(images)]
    assert [(x.caption, x.text, x.removed) for x in again[::-1]] == [
        (x.caption, x.text, x.removed) for x in found
    ]


def test_medium_never_builds_the_artist_and_trending_tables(medium: ClipInterrogator) -> None:
    """What is not loaded cannot be chosen."""
    assert set(medium.interrogator.tables) == set(medium.categories)
    assert not {"artists", "trendings", "flavors"} & set(medium.interrogator.tables)


def test_no_label_of_medium_is_denied(medium: ClipInterrogator) -> None:
    """Neither an id nor a text."""
    for category in medium.categories.values():
        assert all(medium.filter.rule_against(text) is None for text in category.texts)


@pytest.mark.parametrize("mode", ["fast", "classic", "best"])
def test_the_packages_texts_are_filtered_part_by_part(
    mode: str, tiny_blip: Checkpoint, tiny_clip: Checkpoint, lists: Path, images: list[Image.Image]
) -> None:
    """What is kept and what is removed together are all that the package would say."""
    as_package = describer(tiny_blip, tiny_clip, mode=mode, data_path=lists)
    [one] = as_package.describe(images[:1])
    inside = as_package.interrogator
    said = inside.captions(images[:1])
    [text] = getattr(inside, mode)(inside.image_vectors(images[:1]), said)
    parts = [part for part in text.removeprefix(said[0]).strip(" ,").split(", ") if part]
    removed = [x.text for x in one.removed if x.text in parts]
    kept = (one.text or "").removeprefix(one.caption or "").strip(" ,").split(", ")
    assert sorted([*removed, *filter(None, kept)]) == sorted(parts)
    assert removed or mode == "best"
    assert "by " not in " ".join(kept)


def test_words_are_vectors_beside_the_pictures(
    medium: ClipInterrogator, found: list[Description]
) -> None:
    """Cosines between words and pictures lie between -1 and 1."""
    words = medium.text_vectors(["a person paying with a phone", "a house"])
    assert words.shape == (2, 32)
    assert np.linalg.norm(words, axis=1) == pytest.approx([1, 1], abs=1e-5)
    cosines = words @ np.stack([np.asarray(one.vector, np.float32) for one in found]).T
    assert np.abs(cosines).max() <= 1.001


def test_no_pictures_need_no_model(tiny_blip: Checkpoint, tiny_clip: Checkpoint) -> None:
    """Nothing is loaded for an empty batch."""
    idle = describer(tiny_blip, tiny_clip)
    assert idle.describe([]) == []
    assert "interrogator" not in vars(idle)


def test_an_unknown_mode_is_refused(tiny_blip: Checkpoint, tiny_clip: Checkpoint) -> None:
    """The message lists the modes."""
    with pytest.raises(ValueError, match="medium, fast, classic, best"):
        describer(tiny_blip, tiny_clip, mode="negative")


def test_a_revision_that_can_move_is_refused(tiny_clip: Checkpoint) -> None:
    """Before anything is loaded."""
    with pytest.raises(ValueError, match="40 hex digits"):
        ClipInterrogator(
            caption_checkpoint="some/blip",
            caption_revision="main",
            clip_checkpoint=str(tiny_clip.folder),
            clip_revision=tiny_clip.revision,
        )


def test_settings_hold_all_that_changes_the_answer(
    tiny_blip: Checkpoint, tiny_clip: Checkpoint, lists: Path
) -> None:
    """Mode, lists and denied words; constructing loads no model."""
    some = [
        describer(tiny_blip, tiny_clip),
        *(describer(tiny_blip, tiny_clip, mode=mode) for mode in MODES[1:]),
        describer(tiny_blip, tiny_clip, mode="fast", data_path=lists),
        describer(tiny_blip, tiny_clip, denied={"rival": ["Otra Marca"]}),
        describer(tiny_blip, tiny_clip, clip_model_name="ViT-B-32"),
    ]
    assert len({one.settings for one in some}) == len(some)
    assert describer(tiny_blip, tiny_clip).settings == some[0].settings
    assert some[0].revision == f"2-{tiny_blip.revision[:12]}+{tiny_clip.revision[:12]}"
    other = ClipInterrogator(
        caption_checkpoint=str(tiny_blip.folder),
        caption_revision=COMMIT,
        clip_checkpoint=str(tiny_clip.folder),
        clip_revision=tiny_clip.revision,
    )
    assert other.revision != some[0].revision


def test_a_choice_needs_a_margin_over_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """0.25 against 0.20 is clear, 0.250 against 0.245 is not."""
    monkeypatch.setattr(clip_interrogator, "MIN_MARGIN", 0.01)
    light = Category(("morning", "midday", "golden"), ("a", "b", "c"), are_words=False)
    assert best_place(light, np.array([0.20, 0.25, 0.10], np.float32)) == 1
    assert best_place(light, np.array([0.250, 0.245, 0.1], np.float32)) is None


def test_words_need_a_lead_over_the_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    """0.25 over a mean of 0.21 is clear, though the second has 0.249; of equals the first."""
    monkeypatch.setattr(clip_interrogator, "MIN_LEAD", 0.03)
    names = ("soft light", "soft lighting", "neon light", "dim light")
    words = Category(names, names, are_words=True)
    assert best_place(words, np.array([0.25, 0.249, 0.17, 0.17], np.float32)) == 0
    assert best_place(words, np.array([0.23, 0.22, 0.22, 0.21], np.float32)) is None
    assert best_place(words, np.array([0.17, 0.25, 0.25, 0.17], np.float32)) == 1


def test_reviewed_labels_cover_what_a_record_promises(medium: ClipInterrogator) -> None:
    """Medium, movement, setting, composition, light, colour and mood, activity, people."""
    promised = {"medium", "movement", "setting", "composition", "light", "mood", "activity"}
    assert promised | {"people"} <= set(choices())
    found = reviewed_labels(medium.filter)
    assert {name for name, category in found.items() if category.are_words} == {
        "light_words",
        "composition_words",
        "colour_words",
        "mood_words",
    }
    assert all(len(category.ids) >= 3 for category in found.values())


def test_importing_the_describer_imports_no_model_library() -> None:
    """The Airflow scheduler may import it; torch comes with the first picture."""
    code = (
        "import sys, generation.describe.clip_interrogator, generation.describe.vlm; "
        "sys.exit(bool({'torch', 'transformers', 'open_clip'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
