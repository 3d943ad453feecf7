"""Captions and labels from a BLIP and a CLIP checkpoint, through the clip-interrogator package.

Both models are loaded here, from this machine and from safetensors only, and handed to the
package, which therefore downloads nothing. Traps of the package and how they are avoided:
its four model slots are not dataclass fields and have to be set after `Config(...)`;
`download_cache` asks the network once per table; label vectors are cached under the model's
name, so a cache would survive a change of weights: no cache is used.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from PIL import Image

from generation.describe import layout
from generation.describe.brand_safety import Filter, package_artists
from generation.describe.record import Description, FoundLabel
from generation.vocabulary import CATEGORIES

LABELS_FILE = Path(__file__).parent / "labels.yaml"
CONFIG_FILE = "open_clip_config.json"
WEIGHTS_FILE = "open_clip_model.safetensors"
MODES = ("medium", "fast")

# Composition is a property of the whole piece; everything else of the photo inside it.
FROM_CROP = ("medium", "movement", "mood", "setting", "people", "prop", "light")
FROM_WHOLE = ("composition",)
FROM_PIXELS = ("palette", "place", "text_share")

# A label is kept when it beats the second best by this much. Cosines of ViT-L-14 with short
# phrases lie between 0.15 and 0.30, and unrelated phrases differ by about 0.005.
MIN_MARGIN = 0.01


class ClipInterrogator:
    """Describes pictures with two pinned checkpoints.

    Args:
        mode: `medium`: caption and the best label per category of a small curated list.
            `fast`: the package's own `interrogate_fast`, filtered.
        caption_checkpoint: BLIP repository in the local Hugging Face cache, or a folder.
        caption_revision: its commit, 40 hex digits.
        clip_folder: holds `open_clip_config.json` and `open_clip_model.safetensors`.
        clip_sha256: of that weights file.
        clip_model_name: open_clip's name of the architecture; chooses the tokeniser.
        device: `cpu` or `cuda`.
        data_path: a folder with the package's five label lists, for `fast`; default its own.

    Raises:
        ValueError: an unknown mode, or a revision that is not a commit.
    """

    name = "clip_interrogator"

    def __init__(
        self,
        *,
        caption_checkpoint: str,
        caption_revision: str,
        clip_folder: Path,
        clip_sha256: str,
        clip_model_name: str = "ViT-L-14",
        mode: str = "medium",
        device: str = "cpu",
        data_path: Path | None = None,
    ) -> None:
        if mode not in MODES:
            raise ValueError(f"clip_interrogator: mode is {mode!r}, expected {' or '.join(MODES)}.")
        if len(caption_revision) != 40 or set(caption_revision) - set("0123456789abcdef"):
            raise ValueError(
                f"clip_interrogator: revision of {caption_checkpoint} is {caption_revision!r}; "
                "expected a commit of 40 hex digits, so that the weights cannot change unseen."
            )
        self.mode = mode
        self.caption_checkpoint = caption_checkpoint
        self.caption_revision = caption_revision
        self.clip_folder = clip_folder
        self.clip_sha256 = clip_sha256
        self.clip_model_name = clip_model_name
        self.device = device
        self.data_path = data_path
        self.revision = f"{caption_revision[:12]}+{clip_sha256[:12]}"
        self.settings = json.dumps(
            {
                "caption_checkpoint": caption_checkpoint,
                "caption_revision": caption_revision,
                "clip_model_name": clip_model_name,
                "clip_sha256": clip_sha256,
                "labels": hashlib.sha256(LABELS_FILE.read_bytes()).hexdigest()[:12],
                "layout": layout.REVISION,
                "lists": None if data_path is None else hash_of_lists(data_path),
                "min_margin": MIN_MARGIN,
                "mode": mode,
                # Cosines differ in their last digits between half and single precision.
                "precision": "fp16" if device == "cuda" else "fp32",
            },
            sort_keys=True,
        )

    def describe(self, images: Sequence[Image.Image]) -> list[Description]:
        """One description per image; loads the models when called for the first time."""
        describe = self._medium if self.mode == "medium" else self._fast
        with quiet_package():
            return [describe(image) for image in images]

    def _medium(self, image: Image.Image) -> Description:
        pixels = layout.describe(image)
        crop = photo_of(image, pixels)
        caption, removed = self.filter.clean_caption(self.interrogator.generate_caption(crop))
        content = self.interrogator.table_similarities(crop)
        whole = content if crop.size == image.size else self.interrogator.table_similarities(image)
        found = [
            *best_labels({c: content[c] for c in FROM_CROP}, self.label_ids),
            *best_labels({c: whole[c] for c in FROM_WHOLE}, self.label_ids),
            *(label for label in pixels.labels if label.category in FROM_PIXELS),
        ]
        return replace(pixels, caption=caption, labels=tuple(found), removed=tuple(removed))

    def _fast(self, image: Image.Image) -> Description:
        pixels = layout.describe(image)
        crop = photo_of(image, pixels)
        said = self.interrogator.generate_caption(crop)
        # The package takes an empty caption for none and would caption again.
        text = self.interrogator.interrogate_fast(crop, caption=said or "a picture")
        caption, removed = self.filter.clean_caption(said)
        kept, dropped = self.filter.kept(text[len(said or "a picture") + 2 :].split(", "))
        return replace(
            pixels,
            caption=", ".join(part for part in [caption, *kept] if part),
            labels=tuple(label for label in pixels.labels if label.category in FROM_PIXELS),
            removed=(*removed, *dropped),
        )

    @cached_property
    def filter(self) -> Filter:
        """The brand-safety filter with the package's list of artists."""
        return Filter(package_artists())

    @cached_property
    def label_ids(self) -> dict[str, list[str]]:
        """Label ids per category, in the order of their texts."""
        return {category: list(texts) for category, texts in self.texts.items()}

    @cached_property
    def texts(self) -> dict[str, dict[str, str]]:
        """Texts by category and label id, those that the filter allows."""
        allowed = {}
        for category, labels in curated_labels().items():
            kept, _ = self.filter.kept(labels.values())
            allowed[category] = {k: text for k, text in labels.items() if text in kept}
        return allowed

    @cached_property
    def interrogator(self) -> Any:
        """The package with our models inside."""
        from clip_interrogator import Config, Interrogator

        from generation.describe.curated_interrogator import CuratedInterrogator

        config = Config(
            clip_model_name=f"{self.clip_model_name}/local",
            cache_path=None,
            download_cache=False,
            device=self.device,
            quiet=True,
        )
        if self.data_path is not None:
            config.data_path = str(self.data_path)
        config.caption_model, config.caption_processor = self._caption_model()
        config.clip_model, config.clip_preprocess = self._clip_model()
        if self.mode == "medium":
            return CuratedInterrogator(
                config, {category: list(texts.values()) for category, texts in self.texts.items()}
            )
        return Interrogator(config)

    def _caption_model(self) -> tuple[Any, Any]:
        import torch
        from transformers import BlipForConditionalGeneration, BlipProcessor

        source = {"revision": self.caption_revision, "local_files_only": True}
        try:
            model = BlipForConditionalGeneration.from_pretrained(
                self.caption_checkpoint,
                **source,
                use_safetensors=True,
                dtype=torch.float16 if self.device == "cuda" else torch.float32,
            )
            processor = BlipProcessor.from_pretrained(self.caption_checkpoint, **source)
        except OSError as error:
            raise ValueError(
                f"{self.caption_checkpoint}@{self.caption_revision}: not on this machine as "
                f"safetensors. Put the repository at that commit into HF_HOME ({error})."
            ) from error
        return model.eval().to(self.device), processor

    def _clip_model(self) -> tuple[Any, Any]:
        import open_clip

        check_weights(self.clip_folder, self.clip_sha256)
        model, _, preprocess = open_clip.create_model_and_transforms(
            f"local-dir:{self.clip_folder.absolute()}",
            precision="fp16" if self.device == "cuda" else "fp32",
            device=self.device,
        )
        return model.eval(), preprocess


def photo_of(image: Image.Image, pixels: Description) -> Image.Image:
    """The photo without its template; the whole image when there is none."""
    box = pixels.photo_box
    return image if box is None else image.crop(layout.in_pixels(box, image.size))


def hash_of_lists(folder: Path) -> str:
    """One hash over the package's label lists in a folder."""
    lists = [path.read_bytes() for path in sorted(folder.glob("*.txt"))]
    return hashlib.sha256(b"\0".join(lists)).hexdigest()[:12]


def curated_labels() -> dict[str, dict[str, str]]:
    """Texts by category and label id: the vocabulary's, and those of `labels.yaml`."""
    shared = {
        category: {found.id: found.en for found in labels.values()}
        for category, labels in CATEGORIES.items()
        if category in FROM_CROP + FROM_WHOLE
    }
    own = yaml.safe_load(LABELS_FILE.read_text(encoding="utf-8"))
    return shared | {
        category: {row["id"]: row["text"] for row in rows} for category, rows in own.items()
    }


def best_labels(
    similarities: Mapping[str, np.ndarray], ids: Mapping[str, Sequence[str]]
) -> Iterator[FoundLabel]:
    """The best label of each category that beats the second by `MIN_MARGIN`."""
    for category, values in similarities.items():
        second, best = np.argsort(values)[-2:]
        if values[best] - values[second] >= MIN_MARGIN:
            yield FoundLabel(category, ids[category][best], round(float(values[best]), 4))


def check_weights(folder: Path, sha256: str) -> None:
    """Raises ValueError unless the folder holds the CLIP weights with this hash."""
    for name in (CONFIG_FILE, WEIGHTS_FILE):
        if not (folder / name).is_file():
            raise ValueError(
                f"{folder}: no {name}. Only safetensors are loaded; convert other formats once, "
                "on another machine."
            )
    with (folder / WEIGHTS_FILE).open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise ValueError(
            f"{folder / WEIGHTS_FILE}: sha256 is {found}, expected {sha256}. Fetch the file again, "
            "or enter the new hash if the change was meant."
        )


@contextmanager
def quiet_package() -> Iterator[None]:
    """Without the two warnings that the package causes 196 times per picture."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"`?torch.cuda.amp.autocast", FutureWarning)
        warnings.filterwarnings("ignore", r".*CUDA is not available", UserWarning)
        yield
