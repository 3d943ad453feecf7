"""The real clip-interrogator, transformers and open_clip code on tiny random weights."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from generation.describe.clip_interrogator import (
    ClipInterrogator,
    best_labels,
    check_weights,
    curated_labels,
    quiet_package,
)
from generation.describe.record import FoundLabel
from generation.vocabulary import CATEGORIES
from tests.generation.tiny_describers import COMMIT, Checkpoint

ALLOWED = {"soft light", "warm colours", "a photo", "a poster", "minimalism", "pop art"}


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package's five lists, short; half of them must never come through."""
    folder = tmp_path_factory.mktemp("lists")
    for name, lines in {
        "artists": ["Banksy", "Greg Rutkowski"],
        "flavors": ["soft light", "by Greg Rutkowski", "white skin", "warm colours"],
        "mediums": ["a photo", "a poster"],
        "movements": ["minimalism", "pop art"],
        "negative": ["blurry"],
    }.items():
        (folder / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def describer(tiny_blip: Checkpoint, tiny_clip: Checkpoint, **options: Any) -> ClipInterrogator:
    return ClipInterrogator(
        caption_checkpoint=str(tiny_blip.folder),
        caption_revision=COMMIT,
        clip_folder=tiny_clip.folder,
        clip_sha256=tiny_clip.sha256,
        **options,
    )


@pytest.fixture(scope="module")
def medium(tiny_blip: Checkpoint, tiny_clip: Checkpoint) -> ClipInterrogator:
    return describer(tiny_blip, tiny_clip)


@pytest.fixture(scope="module")
def images() -> Iterator[list[Image.Image]]:
    rng = np.random.default_rng(3)
    small = [rng.integers(0, 256, (6, 6, 3), dtype=np.uint8) for _ in range(3)]
    yield [Image.fromarray(pixels).resize((120, 90)) for pixels in small]


def test_medium_gives_a_caption_and_at_most_one_label_per_category(
    medium: ClipInterrogator, images: list[Image.Image]
) -> None:
    """Every label is one that we curated; a category appears once or not at all."""
    known = {category: set(labels) for category, labels in CATEGORIES.items()}
    known |= {category: set(labels) for category, labels in curated_labels().items()}
    for found in medium.describe(images):
        assert found.caption
        categories = [label.category for label in found.labels]
        assert len(categories) == len(set(categories))
        assert all(label.label in known[label.category] for label in found.labels)


def test_medium_does_not_depend_on_the_other_pictures(
    medium: ClipInterrogator, images: list[Image.Image]
) -> None:
    """A picture is described alone as it is among others, in the order asked."""
    together = medium.describe(images)
    assert [medium.describe([image])[0] for image in reversed(images)] == together[::-1]


def test_medium_never_builds_the_artist_and_trending_tables(medium: ClipInterrogator) -> None:
    """What is not loaded cannot be chosen."""
    assert not hasattr(medium.interrogator, "artists")
    assert not hasattr(medium.interrogator, "trendings")
    assert set(medium.interrogator.tables) == set(curated_labels())


def test_fast_is_the_packages_own_text_without_denied_labels(
    tiny_blip: Checkpoint, tiny_clip: Checkpoint, lists: Path, images: list[Image.Image]
) -> None:
    """Artists, sites and skin are taken out and recorded; the others keep their order."""
    fast = describer(tiny_blip, tiny_clip, mode="fast", data_path=lists)
    found = fast.describe(images[:1])[0]
    with quiet_package():
        said = fast.interrogator.generate_caption(images[0])
        upstream = fast.interrogator.interrogate_fast(images[0], caption=said)
    labels = upstream.removeprefix(said + ", ").split(", ")
    allowed = [text for text in labels if text in ALLOWED]
    assert (found.caption or "").endswith(", " + ", ".join(allowed))
    removed = [removal.text for removal in found.removed]
    assert removed[-len(labels) + len(allowed) :] == [x for x in labels if x not in ALLOWED]
    assert 0 < len(allowed) < len(labels)


def test_the_models_are_ours_and_no_cache_is_written(medium: ClipInterrogator) -> None:
    """The package's Config took our models; otherwise it would download its own."""
    inside = medium.interrogator
    assert inside.caption_model is inside.config.caption_model
    assert inside.clip_model is inside.config.clip_model
    assert inside.config.download_cache is False
    assert inside.config.cache_path is None


def test_weights_that_were_altered_are_refused(tiny_clip: Checkpoint, tmp_path: Path) -> None:
    """One flipped byte, and the message names the file and both hashes."""
    folder = tmp_path / "altered"
    shutil.copytree(tiny_clip.folder, folder)
    weights = folder / "open_clip_model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(bytes(data))
    with pytest.raises(ValueError, match=f"expected {tiny_clip.sha256}"):
        check_weights(folder, tiny_clip.sha256)


def test_a_clip_folder_with_pickles_only_is_refused(tiny_clip: Checkpoint, tmp_path: Path) -> None:
    """A .bin file would run code when loaded."""
    shutil.copy(tiny_clip.folder / "open_clip_config.json", tmp_path)
    (tmp_path / "open_clip_pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(ValueError, match="Only safetensors are loaded"):
        check_weights(tmp_path, tiny_clip.sha256)


def test_a_caption_model_with_pickles_only_is_refused(
    tiny_blip: Checkpoint, tiny_clip: Checkpoint, tmp_path: Path, images: list[Image.Image]
) -> None:
    """The same for the caption model, with what to do."""
    folder = tmp_path / "pickled"
    shutil.copytree(tiny_blip.folder, folder)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    pickled = describer(Checkpoint(folder, ""), tiny_clip)
    with pytest.raises(ValueError, match="not on this machine as safetensors"):
        pickled.describe(images[:1])


def test_a_repository_that_is_not_cached_is_refused_without_a_download(
    tiny_clip: Checkpoint, images: list[Image.Image]
) -> None:
    """Nothing is fetched; the message says where to put it."""
    absent = ClipInterrogator(
        caption_checkpoint="nobody/absent-blip",
        caption_revision=COMMIT,
        clip_folder=tiny_clip.folder,
        clip_sha256=tiny_clip.sha256,
    )
    with pytest.raises(ValueError, match="HF_HOME"):
        absent.describe(images[:1])


@pytest.mark.parametrize("revision", ["main", "v1.0", COMMIT[:12], COMMIT.upper()])
def test_a_revision_that_can_move_is_refused(
    revision: str, tiny_blip: Checkpoint, tiny_clip: Checkpoint
) -> None:
    """Branches, tags and short hashes are not commits."""
    with pytest.raises(ValueError, match="40 hex digits"):
        ClipInterrogator(
            caption_checkpoint=str(tiny_blip.folder),
            caption_revision=revision,
            clip_folder=tiny_clip.folder,
            clip_sha256=tiny_clip.sha256,
        )


def test_an_unknown_mode_is_refused(tiny_blip: Checkpoint, tiny_clip: Checkpoint) -> None:
    """The message lists the modes."""
    with pytest.raises(ValueError, match="expected medium or fast"):
        describer(tiny_blip, tiny_clip, mode="best")


def test_settings_tell_two_label_lists_apart(
    tiny_blip: Checkpoint, tiny_clip: Checkpoint, lists: Path
) -> None:
    """Whatever changes the answer changes the settings; constructing loads no model."""
    plain = describer(tiny_blip, tiny_clip, mode="fast")
    other_lists = describer(tiny_blip, tiny_clip, mode="fast", data_path=lists)
    assert plain.settings != other_lists.settings
    assert plain.settings != describer(tiny_blip, tiny_clip).settings
    assert plain.settings == describer(tiny_blip, tiny_clip, mode="fast").settings
    assert "interrogator" not in vars(plain)


def test_a_label_needs_a_margin_over_the_second() -> None:
    """0.25 against 0.20 is clear, 0.250 against 0.245 is not."""
    ids = {"light": ["morning", "midday", "golden"], "setting": ["shop", "cafe"]}
    values = {
        "light": np.array([0.20, 0.25, 0.10], np.float32),
        "setting": np.array([0.250, 0.245], np.float32),
    }
    assert list(best_labels(values, ids)) == [FoundLabel("light", "midday", 0.25)]


def test_importing_the_describer_imports_no_model_library() -> None:
    """The Airflow scheduler may import it; torch comes with the first picture."""
    import subprocess

    code = (
        "import sys, generation.describe.clip_interrogator; "
        "sys.exit(bool({'torch', 'transformers', 'open_clip'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
