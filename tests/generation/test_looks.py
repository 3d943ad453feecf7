"""Models that judge pictures, on tiny random checkpoints: right shapes, nothing fetched."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from generation.checkpoint import write_lock
from generation.gate import Candidate, Checks, choose
from generation.looks import HEAD, ClipLooks, NsfwClassifier

from .tiny_describers import write_tiny_clip

pytest.importorskip("torch")


def pictures(count: int) -> list[Image.Image]:
    random = np.random.default_rng(0)
    return [
        Image.fromarray(random.integers(0, 255, (6, 6, 3), dtype=np.uint8)).resize((64, 64))
        for _ in range(count)
    ]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A tiny CLIP as open_clip reads it."""
    write_tiny_clip(tmp_path)
    return tmp_path


def test_pictures_and_words_become_vectors_of_one_space(clip: Path) -> None:
    """Length 1; the same picture gives the same vector in another batch; no head, no taste."""
    looks = ClipLooks(clip)
    images, texts = looks.images(pictures(3)), looks.texts(["a shop", "a gun"])
    assert images.shape[1] == texts.shape[1] and (len(images), len(texts)) == (3, 2)
    assert np.allclose(np.linalg.norm(images, axis=1), 1, atol=1e-5)
    assert np.allclose(looks.images(pictures(3)[1:2]), images[1:2], atol=1e-5)
    assert looks.preference(images) is None


def test_a_preference_head_beside_the_weights_is_used(clip: Path) -> None:
    """One linear layer: weight and bias by hand."""
    from safetensors.numpy import save_file

    width = ClipLooks(clip).images(pictures(1)).shape[1]
    weight = np.zeros((1, width), np.float32)
    weight[0, 0] = 2.0
    save_file({"weight": weight, "bias": np.array([0.5], np.float32)}, clip / HEAD)
    write_lock(clip)
    looks = ClipLooks(clip)
    vectors = looks.images(pictures(2))
    assert np.allclose(looks.preference(vectors), vectors[:, 0] * 2 + 0.5, atol=1e-5)


def test_the_gate_scores_with_them(clip: Path) -> None:
    """Every candidate that is not barred before has its cosines."""
    candidates = [Candidate(k, p, "a shop") for k, p in enumerate(pictures(3), start=1)]
    checks = Checks(looks=ClipLooks(clip), sources=tuple(pictures(1)))
    verdicts = choose(candidates, n=2, size=(64, 64), checks=checks)
    assert verdicts[0].barred and "copy of a source" in verdicts[0].reasons[0]
    assert {"alignment", "disallowed", "source"} <= set(verdicts[1].scores)


def test_changed_weights_are_not_loaded(clip: Path) -> None:
    """A file that nobody listed."""
    (clip / "extra.bin").write_bytes(b"x")
    with pytest.raises(ValueError, match=r"extra\.bin"):
        ClipLooks(clip)


def classifier(folder: Path, labels: dict[int, str]) -> Any:
    from transformers import ViTConfig, ViTForImageClassification, ViTImageProcessor

    config = ViTConfig(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        image_size=32,
        patch_size=16,
        id2label=labels,
        label2id={name: at for at, name in labels.items()},
    )
    ViTForImageClassification(config).save_pretrained(folder)
    ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(folder)
    write_lock(folder)


def test_a_classifier_says_how_unsafe_each_picture_is(tmp_path: Path) -> None:
    """Between 0 and 1, by the label that begins with nsfw."""
    classifier(tmp_path, {0: "normal", 1: "nsfw"})
    found = NsfwClassifier(tmp_path)(pictures(3))
    assert len(found) == 3 and all(0 <= share <= 1 for share in found)


def test_a_classifier_of_something_else_is_refused(tmp_path: Path) -> None:
    """Cats and dogs say nothing about safety."""
    classifier(tmp_path, {0: "cat", 1: "dog"})
    with pytest.raises(ValueError, match=r"no label `nsfw` among \['cat', 'dog'\]"):
        NsfwClassifier(tmp_path)
