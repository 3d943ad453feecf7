"""What differs between the image models: how each turns words into vectors and vectors into pixels.

All run the stock pipelines of diffusers 0.42; the prompt vectors are made apart, one prompt
at a time, so that a prompt has the same vectors whatever else is in the batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from generation.jobs import GenerationJob

Tensors = tuple[Any, ...]
"""The vectors of one prompt and negative prompt, on the CPU, the batch axis kept."""

# Prompts are padded to this many tokens by klein and cut there by the others.
SEQUENCE = 512


class Family(Protocol):
    """One kind of image model."""

    @property
    def pipeline_class(self) -> str:
        """Its class in diffusers."""

    @property
    def encoders(self) -> tuple[str, ...]:
        """The pipeline's parts that read prompts."""

    def embed(self, pipeline: Any, job: GenerationJob) -> Tensors:
        """The vectors of the job's prompts."""

    def inputs(
        self, embedded: Sequence[Tensors], job: GenerationJob, device: Any
    ) -> Mapping[str, Any]:
        """What the pipeline is called with, for a batch of these vectors and jobs like `job`."""


@dataclass(frozen=True)
class Sdxl:
    """Stable Diffusion XL: two CLIP encoders, a negative prompt, classifier-free guidance."""

    pipeline_class: str = "StableDiffusionXLPipeline"
    encoders: tuple[str, ...] = ("text_encoder", "text_encoder_2")

    def embed(self, pipeline: Any, job: GenerationJob) -> Tensors:
        # An absent negative prompt is zeros for SDXL base, an empty one is not.
        found: Tensors = pipeline.encode_prompt(
            job.prompt,
            device=pipeline.device,
            num_images_per_prompt=1,
            do_classifier_free_guidance=True,
            negative_prompt=job.negative_prompt or None,
        )
        return found

    def inputs(
        self, embedded: Sequence[Tensors], job: GenerationJob, device: Any
    ) -> Mapping[str, Any]:
        import torch

        names = (
            "prompt_embeds",
            "negative_prompt_embeds",
            "pooled_prompt_embeds",
            "negative_pooled_prompt_embeds",
        )
        parts = zip(names, zip(*embedded, strict=True), strict=True)
        return {
            **{name: torch.cat(part).to(device) for name, part in parts},
            "guidance_scale": job.guidance_scale,
        }


@dataclass(frozen=True)
class Klein:
    """FLUX.2 klein: one language model, no negative prompt; the distilled one has no guidance."""

    pipeline_class: str = "Flux2KleinPipeline"
    encoders: tuple[str, ...] = ("text_encoder",)
    # Which layers of the encoder are read; a tiny model has fewer.
    layers: tuple[int, ...] | None = None

    def embed(self, pipeline: Any, job: GenerationJob) -> Tensors:
        options = {} if self.layers is None else {"text_encoder_out_layers": self.layers}
        vectors, _ = pipeline.encode_prompt(
            job.prompt, device=pipeline.device, max_sequence_length=SEQUENCE, **options
        )
        if pipeline.config.is_distilled or job.guidance_scale <= 1:
            return (vectors,)
        nothing, _ = pipeline.encode_prompt(
            "", device=pipeline.device, max_sequence_length=SEQUENCE, **options
        )
        return vectors, nothing

    def inputs(
        self, embedded: Sequence[Tensors], job: GenerationJob, device: Any
    ) -> Mapping[str, Any]:
        import torch

        names = ("prompt_embeds", "negative_prompt_embeds")
        parts = zip(names, zip(*embedded, strict=True), strict=False)
        return {
            **{name: torch.cat(part).to(device) for name, part in parts},
            "guidance_scale": job.guidance_scale,
        }


@dataclass(frozen=True)
class ZImage:
    """Z-Image: one language model, prompts of their own length; Turbo runs without guidance."""

    pipeline_class: str = "ZImagePipeline"
    encoders: tuple[str, ...] = ("text_encoder",)

    def embed(self, pipeline: Any, job: GenerationJob) -> Tensors:
        guided = job.guidance_scale > 1
        found, negative = pipeline.encode_prompt(
            job.prompt,
            device=pipeline.device,
            do_classifier_free_guidance=guided,
            negative_prompt=job.negative_prompt or None,
            max_sequence_length=SEQUENCE,
        )
        return (found[0], negative[0]) if guided else (found[0],)

    def inputs(
        self, embedded: Sequence[Tensors], job: GenerationJob, device: Any
    ) -> Mapping[str, Any]:
        names = ("prompt_embeds", "negative_prompt_embeds")
        parts = zip(names, zip(*embedded, strict=True), strict=False)
        return {
            **{name: [one.to(device) for one in part] for name, part in parts},
            "guidance_scale": job.guidance_scale,
        }


@dataclass(frozen=True)
class Qwen:
    """Qwen-Image: a vision-language model as encoder; guidance is `true_cfg_scale` here."""

    pipeline_class: str = "QwenImagePipeline"
    encoders: tuple[str, ...] = ("text_encoder",)
    # Every prompt is padded to this length, so that a batch has one shape whoever is in it.
    length: int = field(default=SEQUENCE)

    def embed(self, pipeline: Any, job: GenerationJob) -> Tensors:
        prompts = [job.prompt]
        if job.guidance_scale > 1:
            prompts.append(job.negative_prompt or " ")
        found: list[Any] = []
        for prompt in prompts:
            vectors, mask = pipeline.encode_prompt(
                prompt, device=pipeline.device, max_sequence_length=self.length
            )
            found += self._padded(vectors, mask)
        return tuple(found)

    def _padded(self, vectors: Any, mask: Any) -> tuple[Any, Any]:
        import torch

        if mask is None:
            mask = torch.ones(vectors.shape[:2], dtype=torch.int64, device=vectors.device)
        more = self.length - vectors.shape[1]
        return (
            torch.nn.functional.pad(vectors, (0, 0, 0, more)),
            torch.nn.functional.pad(mask, (0, more)),
        )

    def inputs(
        self, embedded: Sequence[Tensors], job: GenerationJob, device: Any
    ) -> Mapping[str, Any]:
        import torch

        names = (
            "prompt_embeds",
            "prompt_embeds_mask",
            "negative_prompt_embeds",
            "negative_prompt_embeds_mask",
        )
        parts = zip(names, zip(*embedded, strict=True), strict=False)
        return {
            **{name: torch.cat(part).to(device) for name, part in parts},
            "true_cfg_scale": job.guidance_scale,
        }


FAMILIES: Mapping[str, Family] = {
    "sdxl": Sdxl(),
    "klein": Klein(),
    "zimage": ZImage(),
    "qwen": Qwen(),
}
"""By the engine's name in `profiles.yaml`."""
