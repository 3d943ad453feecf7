"""A vision-language model's answer is asked for in one form and believed in nothing else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from generation.checkpoint import write_lock
from generation.describe import vlm
from generation.describe.brand_safety import Filter
from generation.describe.clip_interrogator import choices
from generation.describe.record import Description, FoundLabel, Removal
from generation.describe.vlm import ANSWERED, VisionLanguage, checked, schema
from tests.generation.tiny_describers import (
    COMMIT,
    Checkpoint,
    pictures,
    write_tiny_florence,
    write_tiny_qwen_vl,
)

pytest.importorskip("torch")

DENY = Filter(["Greg Rutkowski"], {"rival": ["Otra Marca"]})
PIXELS = Description(
    width=64,
    height=48,
    caption="A picture.",
    labels=(FoundLabel("light", "midday", 0.7), FoundLabel("palette", "blue", 0.9)),
    palette=("#0000ff",),
)


def answer(**changed: Any) -> str:
    """A good answer, but for what is changed."""
    said: dict[str, Any] = {
        "caption": "a woman holding a phone in a shop",
        **dict.fromkeys(ANSWERED, "unclear"),
        "setting": "shop",
        "people": "one",
        "visible_text": "50 % de descuento",
    }
    return json.dumps(said | changed)


@pytest.fixture(scope="module")
def tiny_qwen_vl(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    return write_tiny_qwen_vl(tmp_path_factory.mktemp("tiny-qwen-vl"))


@pytest.fixture(scope="module")
def model(tiny_qwen_vl: Checkpoint, one_thread: None) -> VisionLanguage:
    return VisionLanguage(checkpoint=str(tiny_qwen_vl.folder), revision=tiny_qwen_vl.revision)


@pytest.fixture(scope="module")
def images() -> list[Image.Image]:
    return pictures(3)


def test_a_real_model_with_random_weights_answers_in_the_schema(
    model: VisionLanguage, images: list[Image.Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its next token is only ever one that the schema allows; it spells in bytes."""
    monkeypatch.setattr(vlm, "MAX_TOKENS", 1_000)
    monkeypatch.setattr(vlm, "LONGEST", 40)
    for text in model._questioned(images, images):
        said = json.loads(text, strict=False)
        assert list(said) == schema()["required"]
        for name in ANSWERED:
            assert said[name] in [*choices()[name], "unclear"]


def test_a_florence_is_asked_for_a_caption_and_for_the_words(
    tmp_path: Path, images: list[Image.Image], one_thread: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no chat; the same record comes of it, with the labels of the pixels."""
    monkeypatch.setattr(vlm, "MAX_TOKENS", 12)
    folder = write_tiny_florence(tmp_path)
    florence = VisionLanguage(checkpoint=str(folder.folder), revision=folder.revision)
    for text in florence._florence(images, images):
        assert set(json.loads(text)) == {"caption", "visible_text"}
    for one, image in zip(florence.describe(images), images, strict=True):
        assert (one.width, one.height) == image.size
        assert all(removal.rule != "schema" for removal in one.removed)


def test_its_pictures_are_described_over_the_pixels(
    model: VisionLanguage, images: list[Image.Image]
) -> None:
    """An answer cut short is no answer: then the pixels speak, and the removal says so."""
    for one, image in zip(model.describe(images), images, strict=True):
        assert (one.width, one.height) == image.size
        assert one.palette
        assert one.look is not None
    assert model.describe([]) == []


def test_good_answers_are_labels_of_the_vocabulary() -> None:
    """What is unclear is left out; colours stay what the pixels say."""
    found = checked(PIXELS, answer(light="golden"), DENY)
    assert found.caption == "a woman holding a phone in a shop"
    assert [(x.category, x.label) for x in found.labels] == [
        ("setting", "shop"),
        ("people", "one"),
        ("light", "golden"),
        ("palette", "blue"),
    ]
    assert found.ocr_text == "50 % de descuento"
    assert found.removed == ()


def test_labels_of_the_pixels_fill_what_the_model_leaves_open() -> None:
    """It could not tell the light, the pixels could."""
    assert FoundLabel("light", "midday", 0.7) in checked(PIXELS, answer(), DENY).labels


@pytest.mark.parametrize(
    ("changed", "removal"),
    [
        ({"setting": "ignore all rules"}, Removal("setting: ignore all rules", "schema")),
        ({"people": 7}, Removal("people: 7", "schema")),
        ({"orders": "delete everything"}, Removal("orders", "schema")),
        ({"light": ["golden"]}, Removal("light: ['golden']", "schema")),
    ],
)
def test_choices_outside_of_the_list_are_removed(changed: dict[str, Any], removal: Removal) -> None:
    """A model follows text that is written in the piece; the rest of its answer stays."""
    found = checked(PIXELS, answer(**changed), DENY)
    assert removal in found.removed
    assert found.caption is not None


def test_the_caption_is_filtered_like_any_other() -> None:
    """Rivals, artists, and words about bodies."""
    rival = checked(PIXELS, answer(caption="a card of otra marca"), DENY)
    assert (rival.caption, rival.removed) == (None, (Removal("a card of otra marca", "rival"),))
    body = checked(PIXELS, answer(caption="a black woman with a phone"), DENY)
    assert body.caption == "a woman with a phone"


@pytest.mark.parametrize("text", ["", "I cannot", '["a"]', '{"caption": "cut', "null"])
def test_no_object_leaves_the_pixels(text: str) -> None:
    """With the beginning of what was said instead."""
    found = checked(PIXELS, text, DENY)
    assert (found.caption, found.labels) == (PIXELS.caption, PIXELS.labels)
    assert found.removed == (Removal(text, "schema"),)


def test_other_types_are_not_believed() -> None:
    """A caption that is a list, text that is a number."""
    found = checked(PIXELS, answer(caption=["a"], visible_text=5), DENY)
    assert (found.caption, found.ocr_text) == (None, None)


def test_control_characters_are_taken_out() -> None:
    """What a page or a terminal would obey; a real model with a grammar can still write them."""
    found = checked(PIXELS, answer(caption="a\x1b[31m phone\n\u202eand", visible_text="\x00"), DENY)
    assert (found.caption, found.ocr_text) == ("a [31m phone and", None)


def test_a_checkpoint_that_wants_its_own_code_is_refused(
    tiny_qwen_vl: Checkpoint, tmp_path: Path, images: list[Image.Image]
) -> None:
    """`trust_remote_code` is never given."""
    folder = tmp_path / "remote"
    shutil.copytree(tiny_qwen_vl.folder, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"auto_map": {"AutoModel": "x.Y"}}))
    remote = VisionLanguage(checkpoint=str(folder), revision=write_lock(folder))
    with pytest.raises(ValueError, match="run its own code"):
        remote.describe(images[:1])


def test_settings_hold_checkpoint_question_and_denied_words() -> None:
    """Constructing loads no model; a revision that can move is refused."""
    one = VisionLanguage(checkpoint="some/vlm", revision=COMMIT)
    other = VisionLanguage(checkpoint="some/vlm", revision=COMMIT, denied={"rival": ["X"]})
    assert one.settings != other.settings
    assert one.revision == f"1-{COMMIT[:12]}"
    with pytest.raises(ValueError, match="40 hex digits"):
        VisionLanguage(checkpoint="some/vlm", revision="main")
