"""What clip-interrogator says of pictures, computed for many at a time. Imported with torch only.

`fast`, `classic` and `best` give the texts of clip-interrogator 0.6.0 on the same models, label
lists and pictures; where the package leaves ties to chance, `label_table` names the rule. The
package itself is not called: it compares 111,867 labels anew for each picture, and for `best`
encodes some 2,000 texts of 77 tokens per word that it appends.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import torch
from PIL import Image
from torch import Tensor

from generation.describe.label_table import CHUNK, LabelTable, joined, label_table
from generation.describe.text_tower import Ids, TextTower, unit

T = TypeVar("T")

TABLES = ("artists", "flavors", "mediums", "movements", "trendings")
CAPTION_TOKENS = 32  # the package's caption_max_length
CANDIDATES = 2_048  # its flavor_intermediate_count
MIN_FLAVOURS, MAX_FLAVOURS = 8, 32  # labels that `best` appends
FEW_FLAVOURS = 3  # labels that `classic` ends with
BATCH = 32


@dataclass(frozen=True)
class Models:
    """A captioner and a CLIP with what turns pictures and texts into their inputs."""

    captioner: Any
    caption_processor: Any
    clip: Any
    preprocess: Any
    tokenizer: Any
    device: str

    @property
    def precision(self) -> torch.dtype:
        """Half on a GPU, as the package has it; CLIP's cosines differ by 1e-3 and less."""
        return torch.float32 if self.device == "cpu" else torch.float16


class Interrogator:
    """Captions, image vectors, text vectors, and the package's texts.

    Args:
        models: loaded, in evaluation mode, on their device.
        labels: texts by table; the package's five, or any others.
        chunk: labels per chunk of a ranking (`LabelTable.best`).
        candidates: labels among which `best` chooses.
    """

    def __init__(
        self,
        models: Models,
        labels: Mapping[str, Sequence[str]],
        *,
        chunk: int = CHUNK,
        candidates: int = CANDIDATES,
    ) -> None:
        self.models = models
        self.chunk = chunk
        self.candidates = candidates
        self._threads = ThreadPoolExecutor(thread_name_prefix="resize")
        self.tower = TextTower(models.clip, models.tokenizer, models.device)
        self.tables = {name: label_table(texts, self.tower) for name, texts in labels.items()}

    @cached_property
    def merged(self) -> LabelTable:
        """The package's five tables as one."""
        return joined(self.tables[name] for name in TABLES)

    def captions(self, images: Sequence[Image.Image], *, batch: int = BATCH) -> list[str]:
        """One sentence per picture, greedy, so the same for any batch."""
        found: list[str] = []
        models = self.models
        for some in batches(images, batch):
            inputs = models.caption_processor(images=list(some), return_tensors="pt")
            with torch.inference_mode():
                tokens = models.captioner.generate(
                    **inputs.to(models.device).to(models.precision), max_new_tokens=CAPTION_TOKENS
                )
            texts = models.caption_processor.batch_decode(tokens, skip_special_tokens=True)
            found += [text.strip() for text in texts]
        return found

    def image_vectors(self, images: Sequence[Image.Image], *, batch: int = BATCH) -> Tensor:
        """Shape (n, d), length 1, on the device."""
        found = []
        for some in batches(images, batch):
            # Resizing is Pillow's and holds no lock.
            pixels = torch.stack(list(self._threads.map(self.models.preprocess, some)))
            with torch.inference_mode():
                pixels = pixels.to(self.models.device, self.models.precision)
                found.append(unit(self.models.clip.encode_image(pixels)))
        return torch.cat(found)

    def text_vectors(self, texts: Sequence[str]) -> Tensor:
        """Shape (n, d), length 1, on the device; texts longer than 75 tokens are cut."""
        return self.tower.vectors([self.tower.ids(text) for text in texts])

    def fast(
        self, vectors: Tensor, captions: Sequence[str], *, count: int = MAX_FLAVOURS
    ) -> list[str]:
        """The caption and the nearest labels of all tables, as many as fit."""
        labels = self.merged.labels
        return [
            self._fitted(", ".join([caption, *(labels[place] for place in places)]))
            for caption, places in zip(
                captions, self._best(self.merged, vectors, count), strict=True
            )
        ]

    def classic(
        self, vectors: Tensor, captions: Sequence[str], *, count: int = FEW_FLAVOURS
    ) -> list[str]:
        """Caption, medium, artist, trending site, movement and a few flavours."""
        first = {
            name: [
                self.tables[name].labels[places[0]]
                for places in self._best(self.tables[name], vectors, 1)
            ]
            for name in TABLES
            if name != "flavors"
        }
        flavours = self.tables["flavors"]
        texts = []
        for i, places in enumerate(self._best(flavours, vectors, count)):
            caption, medium = captions[i], first["mediums"][i]
            start = caption if caption.startswith(medium) else f"{caption}, {medium}"
            rest = [first[name][i] for name in ("artists", "trendings", "movements")]
            tail = ", ".join([*rest, ", ".join(flavours.labels[place] for place in places)])
            texts.append(self._fitted(f"{start} {tail}"))
        return texts

    def best(
        self,
        vectors: Tensor,
        captions: Sequence[str],
        *,
        min_flavours: int = MIN_FLAVOURS,
        max_flavours: int = MAX_FLAVOURS,
    ) -> list[str]:
        """The nearest to the picture of: caption, `classic`, `fast`, and a chain of labels."""
        candidates = self._best(self.merged, vectors, self.candidates)
        fast = self.fast(vectors, captions, count=max_flavours)
        classic = self.classic(vectors, captions, count=max_flavours)
        texts = []
        for i, caption in enumerate(captions):
            chain = self._chain(vectors[i], candidates[i], caption, min_flavours, max_flavours)
            offered = [caption, classic[i], fast[i], chain]
            nearness = (self.text_vectors(offered) @ vectors[i]).float()
            texts.append(offered[int(nearness.argmax())])
        return texts

    def step(self, vector: Tensor, prompt: str, endings: Sequence[Ids]) -> Tensor:
        """Cosines of a picture with `prompt, ending` for each ending, shape (n,), float32.

        The comma belongs to the prompt: CLIP's words end at blanks and punctuation, so an
        ending after ", " has the tokens that it has alone.
        """
        beginning = self.tower.ids(f"{prompt},") if prompt else ()
        once = {ending: i for i, ending in enumerate(dict.fromkeys(endings))}
        found = (self.tower.vectors(list(once), beginning) @ vector).float()
        return found[torch.tensor([once[ending] for ending in endings], device=found.device)]

    def _chain(
        self, vector: Tensor, places: Sequence[int], caption: str, least: int, most: int
    ) -> str:
        """Appends the label that brings the text nearest to the picture, again and again."""
        table = self.merged
        # The package puts its candidates into a set, so a text in two tables is there once.
        once: dict[str, int] = {}
        for place in places:
            once.setdefault(table.labels[place], place)
        left = list(once.values())
        best_text = text = caption
        if text:
            best = nearness = float((self.text_vectors([text])[0] @ vector).float())
        else:
            first = int(self.step(vector, "", [table.ids[place] for place in left]).argmax())
            best_text = text = table.labels[left.pop(first)]
            best = nearness = float((self.text_vectors([text])[0] @ vector).float())
        for number in range(most):
            if not left:
                break
            found = self.step(vector, text, [table.ids[place] for place in left])
            chosen = int(found.argmax())
            longer, value = f"{text}, {table.labels[left[chosen]]}", float(found[chosen])
            if value > best:
                best_text, best = longer, value
            if value <= nearness and number >= least:
                break
            text, nearness = longer, value
            if self.tower.is_full(text):
                break
            left.pop(chosen)
        return best_text

    def _best(self, table: LabelTable, vectors: Tensor, count: int) -> list[list[int]]:
        return table.best(vectors, count, chunk=self.chunk)

    def _fitted(self, text: str) -> str:
        """As many of the parts between commas as fit into CLIP's window.

        The package measures each part without the comma before it, and so is this.
        """
        parts = text.split(", ")
        fitted = parts[0]
        for part in parts[1:]:
            if self.tower.is_full(fitted + part):
                break
            fitted += ", " + part
        return fitted


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items, at most `size` at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
