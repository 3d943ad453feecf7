"""Models that judge pictures: CLIP with an optional preference head, and a safety classifier.

All are read from folders with a `models.lock`; nothing is fetched.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from generation.checkpoint import check_folder, folder_revision
from generation.counting import OFFLINE
from generation.gate import Vectors

HEAD = "preference.safetensors"
"""Beside the CLIP weights: `weight` of shape (1, d) and `bias` of a linear preference head."""

BATCH = 32


class ClipLooks:
    """A CLIP of open_clip, and the preference head that lies beside it, if one does."""

    def __init__(self, folder: Path, *, device: str = "cpu") -> None:
        """Args: folder: as open_clip reads it: `open_clip_config.json` and safetensors.

        Raises:
            ValueError: the folder is not what its list says.
        """
        check_folder(folder, folder_revision(folder))
        os.environ.update(OFFLINE)
        import open_clip

        name = f"local-dir:{folder}"
        self.model, _, self.preprocess = open_clip.create_model_and_transforms(name, device=device)
        self.model.eval()
        self.tokenizer = open_clip.get_tokenizer(name)
        self.device = device
        self.head = _head(folder / HEAD)

    def images(self, pictures: Sequence[Image.Image]) -> Vectors:
        import torch

        found: list[Any] = []
        with torch.inference_mode():
            for at in range(0, len(pictures), BATCH):
                batch = [self.preprocess(p.convert("RGB")) for p in pictures[at : at + BATCH]]
                found.append(self.model.encode_image(torch.stack(batch).to(self.device)).cpu())
        return _unit(torch.cat(found).float().numpy())

    def texts(self, texts: Sequence[str]) -> Vectors:
        import torch

        found: list[Any] = []
        with torch.inference_mode():
            for at in range(0, len(texts), BATCH):
                tokens = self.tokenizer(list(texts[at : at + BATCH])).to(self.device)
                found.append(self.model.encode_text(tokens).cpu())
        return _unit(torch.cat(found).float().numpy())

    def preference(self, vectors: Vectors) -> NDArray[np.float32] | None:
        if self.head is None:
            return None
        weight, bias = self.head
        liked: NDArray[np.float32] = vectors @ weight.ravel() + bias.item()
        return liked


class NsfwClassifier:
    """A transformers image classifier with a label that begins with `nsfw`."""

    def __init__(self, folder: Path, *, device: str = "cpu") -> None:
        """Raises: ValueError: the folder is not what its list says, or no label is `nsfw`."""
        check_folder(folder, folder_revision(folder))
        os.environ.update(OFFLINE)
        from transformers import AutoImageProcessor, AutoModelForImageClassification

        self.model = AutoModelForImageClassification.from_pretrained(
            folder, local_files_only=True, use_safetensors=True
        ).to(device)
        self.model.eval()
        self.processor = AutoImageProcessor.from_pretrained(
            folder, local_files_only=True, backend="pil"
        )
        labels = {int(at): str(name) for at, name in self.model.config.id2label.items()}
        unsafe = [at for at, name in labels.items() if name.lower().startswith("nsfw")]
        if not unsafe:
            raise ValueError(f"classifier {folder}: no label `nsfw` among {list(labels.values())}.")
        self.at = unsafe[0]

    def __call__(self, pictures: Sequence[Image.Image]) -> list[float]:
        """How surely each picture is unsafe, 0 to 1."""
        import torch

        inputs = self.processor([p.convert("RGB") for p in pictures], return_tensors="pt")
        with torch.inference_mode():
            logits = self.model(**inputs.to(self.model.device)).logits
        found: list[float] = logits.float().softmax(-1)[:, self.at].tolist()
        return found


def _head(path: Path) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
    if not path.is_file():
        return None
    from safetensors.numpy import load_file

    stored = load_file(path)
    return stored["weight"].astype(np.float32), stored["bias"].astype(np.float32)


def _unit(vectors: NDArray[np.float32]) -> Vectors:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = vectors / np.maximum(length, 1e-12)
    return unit
