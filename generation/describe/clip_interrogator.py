"""Captions and labels from a BLIP and a CLIP checkpoint.

Mode `medium` asks only the reviewed labels (`labels.yaml`, `allowed_labels.tsv` and the shared
vocabulary), the best per category; the package's artist and trending tables are not loaded.
`fast`, `classic` and `best` are the algorithms of the clip-interrogator package on its own five
tables; what the brand-safety filter takes out of their answer is recorded.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import yaml
from numpy.typing import NDArray
from PIL import Image

from generation.checkpoint import COMMIT
from generation.describe import layout
from generation.describe.allow_list import ALLOWED_FILE, allowed_labels
from generation.describe.brand_safety import (
    DENIED_FILE,
    Filter,
    package_data,
    package_filter,
)
from generation.describe.record import Description, FoundLabel, Removal, Vector
from generation.describe.template import WHOLE
from generation.vocabulary import CATEGORIES

if TYPE_CHECKING:
    from torch import Tensor

    from generation.describe.interrogator import Interrogator

# Labels, the text's parts after the caption, and what the filter took out.
Answer = tuple[list[FoundLabel], list[str], list[Removal]]

LABELS_FILE = Path(__file__).with_name("labels.yaml")
MODES = ("medium", "fast", "classic", "best")
REVISION = "2"  # raise it with every change of code that changes an answer

# Composition is a property of the whole piece; everything else of the photo inside it.
FROM_WHOLE = ("composition", "composition_words")
FROM_CROP = (
    *("medium", "movement", "mood", "setting", "people", "prop", "light", "activity"),
    *("light_words", "colour_words", "mood_words"),
)
FROM_PIXELS = ("palette", "place", "text_share")
IN_TEXT = ("medium", "movement", "composition_words", "light_words", "colour_words", "mood_words")

# A label of a short list is kept when it beats the second best by this much. Cosines of ViT-L-14
# with short phrases lie between 0.15 and 0.30, and unrelated phrases differ by about 0.005.
MIN_MARGIN = 0.01
# Hundreds of near-synonyms have no clear second; there the best must stand out from the mean.
MIN_LEAD = 0.03


@dataclass(frozen=True)
class Category:
    """Labels of one category.

    Args:
        ids: as they are stored.
        texts: as CLIP reads them.
        are_words: hundreds of near-synonyms instead of a short list of choices; id and text
            are then the same.
    """

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    are_words: bool


class ClipInterrogator:
    """Describes pictures with two pinned checkpoints; see `models.load_models`.

    Args:
        mode: one of `MODES`.
        caption_checkpoint: BLIP folder, or repository in the local Hugging Face cache.
        caption_revision: its commit, or what `models.lock` gives a folder.
        clip_checkpoint: folder in open_clip's layout.
        clip_revision: what `models.lock` gives it.
        clip_model_name: open_clip's name of the architecture; chooses the tokeniser.
        device: `cpu` or `cuda`.
        data_path: a folder with the package's label lists; default its own.
        denied: words and names by rule that the filter takes out beside its own.

    Raises:
        ValueError: an unknown mode, or a revision that can move.
    """

    name = "clip_interrogator"

    def __init__(
        self,
        *,
        caption_checkpoint: str,
        caption_revision: str,
        clip_checkpoint: str,
        clip_revision: str,
        clip_model_name: str = "ViT-L-14",
        mode: str = "medium",
        device: str = "cpu",
        data_path: Path | None = None,
        denied: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        if mode not in MODES:
            raise ValueError(
                f"clip_interrogator: mode is {mode!r}, expected one of {', '.join(MODES)}."
            )
        for which, revision in (
            (caption_checkpoint, caption_revision),
            (clip_checkpoint, clip_revision),
        ):
            if not COMMIT.fullmatch(revision):
                raise ValueError(
                    f"clip_interrogator: revision of {which} is {revision!r}; expected a commit of "
                    "40 hex digits, so that the weights cannot change unseen."
                )
        self.mode = mode
        self.caption = (caption_checkpoint, caption_revision)
        self.clip = (clip_checkpoint, clip_revision)
        self.clip_model_name = clip_model_name
        self.device = device
        self.data_path = data_path
        self.denied = {rule: sorted(names) for rule, names in (denied or {}).items()}
        self.revision = f"{REVISION}-{caption_revision[:12]}+{clip_revision[:12]}"
        self.settings = json.dumps(
            {
                "caption_checkpoint": caption_checkpoint,
                "caption_revision": caption_revision,
                "clip_checkpoint": clip_checkpoint,
                "clip_model_name": clip_model_name,
                "clip_revision": clip_revision,
                "denied": hash_of(DENIED_FILE.read_bytes(), json.dumps(self.denied).encode()),
                "labels": hash_of(LABELS_FILE.read_bytes(), ALLOWED_FILE.read_bytes()),
                "layout": layout.REVISION,
                "lists": None if data_path is None else hash_of_lists(data_path),
                "min_lead": MIN_LEAD,
                "min_margin": MIN_MARGIN,
                "mode": mode,
                # Cosines differ in their last digits between half and single precision.
                "precision": "fp16" if device == "cuda" else "fp32",
            },
            sort_keys=True,
        )

    def describe(self, images: Sequence[Image.Image]) -> list[Description]:
        """One description per image; loads the models when called for the first time."""
        if not images:
            return []
        pixels = list(self._threads.map(layout.describe, images))
        photos = [photo_of(image, found) for image, found in zip(images, pixels, strict=True)]
        # A piece without a template is its own photo, and is looked at once.
        places = {
            i: len(images) + n
            for n, i in enumerate(i for i, photo in enumerate(photos) if photo is not images[i])
        }
        looked_at = [*photos, *(images[i] for i in places)]
        said = self.interrogator.captions(looked_at)
        vectors = self.interrogator.image_vectors(looked_at)
        of_photos = vectors[: len(images)]
        of_wholes = vectors[[places.get(i, i) for i in range(len(images))]]
        if self.mode == "medium":
            answers = self._medium(of_photos, of_wholes)
        else:
            answers = self._as_the_package(of_photos, said[: len(images)])
        stored = of_photos.half().cpu().numpy()
        descriptions = []
        for i, (labels, parts, removed) in enumerate(answers):
            caption, cut = self.filter.clean_caption(said[i])
            whole_caption: str | None = None
            cut_of_whole: list[Removal] = []
            if i in places:
                whole_caption, cut_of_whole = self.filter.clean_caption(said[places[i]])
            descriptions.append(
                replace(
                    pixels[i],
                    caption=caption,
                    whole_caption=whole_caption,
                    text=", ".join(part for part in (caption, *parts) if part) or None,
                    labels=(*labels, *(x for x in pixels[i].labels if x.category in FROM_PIXELS)),
                    vector=unit(stored[i]),
                    removed=(*cut, *cut_of_whole, *removed),
                )
            )
        return descriptions

    def text_vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of words, to be compared with those of pictures; shape (n, d), length 1."""
        found = self.interrogator.text_vectors(texts).float().cpu().numpy()
        return np.asarray(found, np.float32)

    def _as_the_package(self, photos: Tensor, captions: Sequence[str]) -> Iterator[Answer]:
        write = getattr(self.interrogator, self.mode)
        for caption, text in zip(captions, write(photos, captions), strict=True):
            parts = text.removeprefix(caption).strip(" ,").split(", ")
            kept, removed = self.filter.kept(part for part in parts if part)
            yield [], kept, removed

    def _medium(self, photos: Tensor, wholes: Tensor) -> Iterator[Answer]:
        tables = self.interrogator.tables
        values = {
            name: tables[name].similarities(wholes if name in FROM_WHOLE else photos).cpu().numpy()
            for name in self.categories
        }
        for i in range(len(photos)):
            labels, texts = [], {}
            for name, category in self.categories.items():
                place = best_place(category, values[name][i])
                if place is not None:
                    similarity = round(float(values[name][i][place]), 4)
                    labels.append(FoundLabel(name, category.ids[place], similarity))
                    texts[name] = category.texts[place]
            yield labels, [texts[name] for name in IN_TEXT if name in texts], []

    @cached_property
    def filter(self) -> Filter:
        """The brand-safety filter with the package's list of artists."""
        return package_filter(self.denied)

    @cached_property
    def categories(self) -> dict[str, Category]:
        """What mode `medium` may say, as far as the filter allows it."""
        return reviewed_labels(self.filter)

    @cached_property
    def interrogator(self) -> Interrogator:
        """The models and the tables of labels that the mode compares."""
        from generation.describe.interrogator import Interrogator
        from generation.describe.label_table import package_labels
        from generation.describe.models import load_models

        models = load_models(
            caption=self.caption,
            clip=self.clip,
            clip_model_name=self.clip_model_name,
            device=self.device,
        )
        if self.mode == "medium":
            labels = {name: category.texts for name, category in self.categories.items()}
            return Interrogator(models, labels)
        folder = package_data() if self.data_path is None else self.data_path
        return Interrogator(models, package_labels(folder))

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="layout")


def photo_of(image: Image.Image, pixels: Description) -> Image.Image:
    """The photo without its template; the whole image when there is none."""
    box = pixels.photo_box
    if box is None or box == WHOLE:
        return image
    return image.crop(layout.in_pixels(box, image.size))


def hash_of(*parts: bytes) -> str:
    """Twelve hex digits that change with any of the parts."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


def hash_of_lists(folder: Path) -> str:
    """One hash over the package's label lists in a folder."""
    return hash_of(*(path.read_bytes() for path in sorted(folder.glob("*.txt"))))


def reviewed_labels(deny: Filter) -> dict[str, Category]:
    """The vocabulary's labels, those of `labels.yaml`, and the words of the allow-list."""
    found = {}
    for name, texts in choices().items():
        kept, _ = deny.kept(texts.values())
        ids = [label for label, text in texts.items() if text in kept]
        found[name] = Category(tuple(ids), tuple(texts[label] for label in ids), False)
    for name, words in allowed_labels().items():
        kept_words = tuple(deny.kept(words)[0])
        found[name] = Category(kept_words, kept_words, True)
    return found


def choices() -> dict[str, dict[str, str]]:
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


def best_place(category: Category, similarities: NDArray[np.float32]) -> int | None:
    """Where the nearest label of a category stands, or None when it does not stand out."""
    second, best = np.argsort(-similarities, kind="stable")[1::-1]
    if category.are_words:
        clear = similarities[best] - similarities.mean() >= MIN_LEAD
    else:
        clear = similarities[best] - similarities[second] >= MIN_MARGIN
    return int(best) if clear else None


def unit(vector: NDArray[np.float16]) -> Vector:
    """The vector at length 1 as far as float16 can say it."""
    wide = vector.astype(np.float32)
    return np.asarray(wide / np.linalg.norm(wide), np.float16)
