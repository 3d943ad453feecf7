"""clip-interrogator with our label tables instead of its own.

Imported only when its models are loaded: it brings torch, transformers and open_clip.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import open_clip
from clip_interrogator import Config, Interrogator, LabelTable
from PIL import Image


class CuratedInterrogator(Interrogator):  # type: ignore[misc]  # the package has no types
    """The package's captioner and image encoder; the tables are those passed in.

    Its artist and trending tables are never built, so they can neither be chosen nor cost time.
    """

    def __init__(self, config: Config, texts: Mapping[str, Sequence[str]]) -> None:
        self.texts = texts
        super().__init__(config)

    def load_clip_model(self) -> None:
        """Take the model from the configuration and encode our labels."""
        self.clip_model = self.config.clip_model
        self.clip_preprocess = self.config.clip_preprocess
        self.tokenize = open_clip.get_tokenizer(self.config.clip_model_name.split("/")[0])
        self._prepare_clip()
        self.tables = {
            category: LabelTable(list(texts), None, self) for category, texts in self.texts.items()
        }

    def table_similarities(self, image: Image.Image) -> dict[str, np.ndarray]:
        """Cosine of the picture and each label, per category, float32."""
        features = self.image_to_features(image)[0].float().cpu().numpy()
        return {
            category: np.stack(table.embeds).astype(np.float32) @ features
            for category, table in self.tables.items()
        }
