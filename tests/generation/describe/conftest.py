"""One thread for torch: two cores are shared, and sums of one order are the same every time."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from generation.describe.brand_safety import package_data
from tests.generation.tiny_describers import Checkpoint

# Labels that CLIP reads as the same tokens; the package then chooses by chance.
TWINS = ["1980s sci-fi", "1 9 8 0 s sci - fi", "sci-fi", "sci - fi"]


@pytest.fixture(scope="session")
def one_thread() -> None:
    """Tiny models lose more by sharing work than they gain."""
    pytest.importorskip("torch").set_num_threads(1)


@pytest.fixture(scope="session")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package's own lists, fewer flavours and artists: the commonest and some of the rest."""
    folder = tmp_path_factory.mktemp("lists")
    chance = random.Random(0)
    kept = {"artists": 60, "flavors": 260}
    for name in ("artists", "flavors", "mediums", "movements", "negative"):
        labels = (package_data() / f"{name}.txt").read_text(encoding="utf-8").splitlines()
        if name in kept:
            half = kept[name] // 2
            labels = labels[:half] + chance.sample(labels[half:], half)
        if name == "flavors":
            labels += TWINS
        (folder / f"{name}.txt").write_text("\n".join(labels) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def models(tiny_blip: Checkpoint, tiny_clip: Checkpoint, one_thread: None) -> object:
    """Both checkpoints, loaded as a worker loads them."""
    from generation.describe.models import load_models

    return load_models(
        caption=tiny_blip.pinned,
        clip=tiny_clip.pinned,
        clip_model_name="ViT-L-14",
        device="cpu",
    )
