"""Many jobs to images with Stable Diffusion XL on diffusers.

Every image has its own generator on the CPU, so image k of a batch is image k made alone:
bitwise with the same batch size on the same machine and libraries, else up to rounding.
Batches have a constant shape: the last one is filled with a repeated job and cut again.
"""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generation.checkpoint import check_checkpoint
from generation.gate import pixels_to_image
from generation.jobs import GenerationJob

if TYPE_CHECKING:
    from PIL import Image

log = logging.getLogger(__name__)

# Read by the libraries when they are first imported; the firewall is the real control.
_OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DIFFUSERS_DISABLE_REMOTE_CODE": "1",
}

CLIP_TOKENS = 75  # 77 positions less the two that mark start and end


@dataclass(frozen=True)
class Failed:
    """Why a job has no image; the others of its batch are not touched."""

    reason: str


Embeddings = tuple[Any, Any, Any, Any]


class SdxlEngine:
    """One loaded pipeline and the prompt embeddings it has already computed."""

    def __init__(self, pipeline: Any, *, batch_size: int) -> None:
        self.pipeline = pipeline
        self.batch_size = batch_size
        self._embeddings: dict[tuple[str, str], Embeddings] = {}

    @classmethod
    def load(
        cls, checkpoint: str, revision: str, *, device: str, dtype: str, batch_size: int
    ) -> SdxlEngine:
        """The engine on one device.

        Args:
            checkpoint: local folder with `models.lock`, or an id in the local cache.
            revision: 40 hex digits.
            dtype: a torch dtype by name; bf16 keeps the VAE in bf16, fp16 does not.
            batch_size: images per forward pass; halved when memory runs out.

        Raises:
            ValueError: weights that may not be loaded.
            FileNotFoundError: the checkpoint is not on this machine.
        """
        check_checkpoint(checkpoint, revision)
        os.environ.update(_OFFLINE)
        import torch
        from diffusers import StableDiffusionXLPipeline

        with _on_this_machine(checkpoint, revision):
            pipeline = StableDiffusionXLPipeline.from_pretrained(
                checkpoint,
                revision=None if Path(checkpoint).is_dir() else revision,
                dtype=getattr(torch, dtype),
                use_safetensors=True,
                local_files_only=True,
                add_watermarker=False,
            ).to(device)
        pipeline.set_progress_bar_config(disable=True)
        return cls(pipeline, batch_size=batch_size)

    def count_tokens(self, text: str) -> int:
        """Tokens of `text` in the stricter of the two CLIP encoders, start and end left out."""
        return _longest(text, (self.pipeline.tokenizer, self.pipeline.tokenizer_2))

    def images(
        self, jobs: Sequence[GenerationJob]
    ) -> Iterator[tuple[GenerationJob, Image.Image | Failed]]:
        """Each job with its image, in order; prompts may differ within a batch.

        Out of memory halves the batch, for the rest of this engine's life; a job that does
        not fit alone, or whose picture is not made of numbers, fails and the others go on.
        """
        for _, alike in groupby(jobs, key=_shape):
            waiting = list(alike)
            while waiting:
                size = self.batch_size
                batch = waiting[:size]
                try:
                    made = self._make(batch, size)
                except _out_of_memory() as error:
                    self._forget()
                    if size > 1:
                        self.batch_size = size // 2
                        log.warning("out of memory at batch size %d; halved", size)
                        continue
                    made = [Failed(f"out of memory for one image: {str(error).splitlines()[0]}")]
                yield from zip(batch, made, strict=True)
                del waiting[: len(batch)]

    def _make(self, batch: Sequence[GenerationJob], size: int) -> list[Image.Image | Failed]:
        import torch

        filled = [*batch, *[batch[-1]] * (size - len(batch))]
        embeddings = [self._embed(job.prompt, job.negative_prompt) for job in filled]
        prompt, negative, pooled, negative_pooled = (
            torch.cat([one[part] for one in embeddings]) for part in range(4)
        )
        first = batch[0]
        pixels = self.pipeline(
            prompt_embeds=prompt,
            negative_prompt_embeds=negative,
            pooled_prompt_embeds=pooled,
            negative_pooled_prompt_embeds=negative_pooled,
            generator=[torch.Generator("cpu").manual_seed(job.seed) for job in filled],
            width=first.width,
            height=first.height,
            num_inference_steps=first.num_inference_steps,
            guidance_scale=first.guidance_scale,
            output_type="np",
        ).images
        return [_image_or_failed(pixels[at]) for at in range(len(batch))]

    def _embed(self, prompt: str, negative_prompt: str) -> Embeddings:
        key = (prompt, negative_prompt)
        if key not in self._embeddings:
            import torch

            with torch.inference_mode():
                # An absent negative prompt is zeros for SDXL base, an empty one is not.
                text, negative, pooled, negative_pooled = self.pipeline.encode_prompt(
                    prompt,
                    device=self.pipeline.device,
                    num_images_per_prompt=1,
                    do_classifier_free_guidance=True,
                    negative_prompt=negative_prompt or None,
                )
            self._embeddings[key] = (text, negative, pooled, negative_pooled)
        return self._embeddings[key]

    @staticmethod
    def _forget() -> None:
        import torch

        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def sdxl_token_counter(checkpoint: str, revision: str) -> Callable[[str], int]:
    """A counter for fitting prompts that loads the two tokenizers, not the weights.

    Raises:
        ValueError: weights that may not be loaded.
        FileNotFoundError: the checkpoint is not on this machine.
    """
    check_checkpoint(checkpoint, revision)
    os.environ.update(_OFFLINE)
    from huggingface_hub import snapshot_download
    from transformers import CLIPTokenizer

    with _on_this_machine(checkpoint, revision):
        folder = Path(checkpoint)
        if not folder.is_dir():
            folder = Path(snapshot_download(checkpoint, revision=revision, local_files_only=True))
        parts = [folder / part for part in ("tokenizer", "tokenizer_2")]
        for part in parts:
            # Without its files transformers 5 makes an empty tokenizer and says nothing.
            if not any((part / name).is_file() for name in ("tokenizer.json", "vocab.json")):
                raise FileNotFoundError(f"no vocabulary in {part}")
        tokenizers = [CLIPTokenizer.from_pretrained(part) for part in parts]
    return lambda text: _longest(text, tokenizers)


def _longest(text: str, tokenizers: Sequence[Any]) -> int:
    # Too long a text is what we are looking for: no warning.
    return max(len(t(text, add_special_tokens=False, verbose=False).input_ids) for t in tokenizers)


@contextmanager
def _on_this_machine(checkpoint: str, revision: str) -> Iterator[None]:
    """Says which checkpoint is missing; the libraries' own message does not."""
    try:
        yield
    except OSError as error:
        raise FileNotFoundError(
            f"checkpoint {checkpoint}@{revision}: not complete in the cache of this machine "
            f"(HF_HOME), and nothing is downloaded here. Copy it there first. ({error})"
        ) from error


def _shape(job: GenerationJob) -> tuple[int, int, int, float]:
    return job.width, job.height, job.num_inference_steps, job.guidance_scale


def _out_of_memory() -> type[Exception]:
    import torch

    return torch.OutOfMemoryError


def _image_or_failed(pixels: Any) -> Image.Image | Failed:
    try:
        return pixels_to_image(pixels)
    except ValueError as error:
        return Failed(str(error))
