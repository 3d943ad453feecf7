"""Many jobs to images on diffusers, at close to the card's limit.

Every image has its own generator on the CPU, so image k of a batch is image k made alone:
bitwise with the same batch size on the same machine and libraries, else up to rounding.
Batches have a constant shape: the last one is filled with a repeated job and cut again.
"""

from __future__ import annotations

import gc
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image as PillowImage

from generation.checkpoint import check_checkpoint
from generation.counting import OFFLINE, on_this_machine
from generation.families import FAMILIES, Family, Tensors
from generation.jobs import GenerationJob

if TYPE_CHECKING:
    from PIL import Image

log = logging.getLogger(__name__)

# A card with less memory decodes one picture after the other: 16 pictures of 1024 px at once
# take about 20 GiB in the decoder.
SLICING_BELOW_GIB = 48
COMPILE_MODE = "max-autotune-no-cudagraphs"  # CUDA graphs help batches of one only


@dataclass(frozen=True)
class Failed:
    """Why a job has no image; the others of its batch are not touched."""

    reason: str


@dataclass(frozen=True)
class Speed:
    """What makes it faster without making it different: none of it changes more than rounding."""

    fused: bool = True
    channels_last: bool = False
    compiled: bool = False
    sliced: bool = False


class Engine:
    """One loaded pipeline and the prompt vectors it has already computed."""

    def __init__(self, pipeline: Any, family: Family, *, batch_size: int) -> None:
        self.pipeline = pipeline
        self.family = family
        self.batch_size = batch_size
        self.cost_s = 0.0  # seconds of the device per image, in the last batch
        self._embedded: dict[tuple[str, str, bool], Tensors] = {}

    @classmethod
    def load(
        cls,
        engine: str,
        checkpoint: str,
        revision: str,
        *,
        device: str,
        dtype: str,
        batch_size: int,
        compiled: bool = False,
    ) -> Engine:
        """The engine on one device.

        Args:
            engine: a key of `FAMILIES`.
            checkpoint: local folder with `models.lock`, or an id in the local cache.
            revision: 40 hex digits.
            dtype: a torch dtype by name; bf16 keeps SDXL's VAE in bf16, fp16 does not.
            batch_size: images per forward pass; halved when memory runs out.
            compiled: minutes of compiling, once per machine: the result is kept in
                `TORCHINDUCTOR_CACHE_DIR`.

        Raises:
            ValueError: weights that may not be loaded.
            FileNotFoundError: the checkpoint is not on this machine.
        """
        check_checkpoint(checkpoint, revision)
        os.environ.update(OFFLINE)
        import diffusers
        import torch

        family = FAMILIES[engine]
        options = {"add_watermarker": False} if engine == "sdxl" else {}
        with on_this_machine(checkpoint, revision):
            pipeline = getattr(diffusers, family.pipeline_class).from_pretrained(
                checkpoint,
                revision=None if Path(checkpoint).is_dir() else revision,
                dtype=getattr(torch, dtype),
                use_safetensors=True,
                local_files_only=True,
                **options,
            )
        on_gpu = device.startswith("cuda")
        speed = Speed(
            channels_last=on_gpu,
            compiled=compiled,
            sliced=on_gpu and _memory_gib(device) < SLICING_BELOW_GIB,
        )
        return cls(tuned(pipeline.to(device), speed), family, batch_size=batch_size)

    @property
    def facts(self) -> dict[str, str]:
        """With what the images are made, for the manifest."""
        import torch

        device = self.pipeline.device
        on_gpu = device.type == "cuda"
        return {
            "pipeline": type(self.pipeline).__name__,
            "denoiser": type(denoiser(self.pipeline)).__name__,
            "image_scheduler": type(self.pipeline.scheduler).__name__,
            "dtype": str(denoiser(self.pipeline).dtype).removeprefix("torch."),
            "device": torch.cuda.get_device_name(device) if on_gpu else "cpu",
            **{name: version(name) for name in ("torch", "diffusers", "transformers")},
        }

    def images(
        self, jobs: Sequence[GenerationJob]
    ) -> Iterator[tuple[GenerationJob, Image.Image | Failed]]:
        """Each job with its image, in order; prompts may differ within a batch.

        All prompts are encoded first and the encoders then leave the card. Out of memory
        halves the batch, for the rest of this engine's life; a job that does not fit alone, or
        whose picture is not made of numbers, fails and the others go on.
        """
        self._embed_all(jobs)
        for _, alike in groupby(jobs, key=_shape):
            waiting = list(alike)
            while waiting:
                size = self.batch_size
                batch = waiting[:size]
                begun = time.perf_counter()
                try:
                    made = self._make(batch, size)
                except _out_of_memory() as error:
                    _forget()
                    if size > 1:
                        self.batch_size = size // 2
                        log.warning("out of memory at batch size %d; halved", size)
                        continue
                    made = [Failed(f"out of memory for one image: {str(error).splitlines()[0]}")]
                self.cost_s = (time.perf_counter() - begun) / len(batch)
                yield from zip(batch, made, strict=True)
                del waiting[: len(batch)]

    def latents(self, jobs: Sequence[GenerationJob]) -> Any:
        """What the denoiser leaves for jobs of one shape, as one batch, on the CPU in fp32."""
        self._embed_all(jobs)
        return self._run(jobs, output_type="latent").float().cpu()

    def remember(self, job: GenerationJob, vectors: Tensors) -> None:
        """Take these vectors for the job's words instead of encoding them."""
        self._embedded[_words(job)] = vectors

    def _make(self, batch: Sequence[GenerationJob], size: int) -> list[Image.Image | Failed]:
        import torch

        filled = [*batch, *[batch[-1]] * (size - len(batch))]
        pixels = self._run(filled, output_type="pt")[: len(batch)]
        sound = torch.isfinite(pixels).flatten(1).all(1).tolist()
        # Rounded on the device: a quarter of the bytes travels.
        grey = (pixels.float().nan_to_num().clamp(0, 1) * 255).round().to(torch.uint8)
        arrays = grey.permute(0, 2, 3, 1).cpu().numpy()
        return [_image_or_failed(array, good) for array, good in zip(arrays, sound, strict=True)]

    def _run(self, jobs: Sequence[GenerationJob], *, output_type: str) -> Any:
        import torch

        first = jobs[0]
        return self.pipeline(
            **self.family.inputs(
                [self._embedded[_words(job)] for job in jobs], first, self.pipeline.device
            ),
            generator=[torch.Generator("cpu").manual_seed(job.seed) for job in jobs],
            width=first.width,
            height=first.height,
            num_inference_steps=first.num_inference_steps,
            output_type=output_type,
        ).images

    def _embed_all(self, jobs: Sequence[GenerationJob]) -> None:
        """The vectors of every prompt that is not known yet, kept on the CPU."""
        new = {_words(job): job for job in jobs if _words(job) not in self._embedded}
        if not new:
            return
        import torch

        encoders = [getattr(self.pipeline, name) for name in self.family.encoders]
        device = denoiser(self.pipeline).device
        for encoder in encoders:
            encoder.to(device)
        with torch.inference_mode():
            for words, job in new.items():
                self._embedded[words] = tuple(
                    part.cpu() for part in self.family.embed(self.pipeline, job)
                )
        if device.type == "cuda":
            for encoder in encoders:
                encoder.to("cpu")
            _forget()


def tuned(pipeline: Any, speed: Speed) -> Any:
    """The pipeline made faster, in place."""
    import torch

    pipeline.set_progress_bar_config(disable=True)
    network, vae = denoiser(pipeline), pipeline.vae
    for name in ("text_encoder", "text_encoder_2", "transformer", "unet", "vae"):
        part = getattr(pipeline, name, None)
        if part is not None:
            part.eval().requires_grad_(False)
    if speed.fused and hasattr(network, "fuse_qkv_projections"):
        network.fuse_qkv_projections()
    if speed.channels_last:
        # Convolutions only; a transformer has none worth it.
        for part in (vae, getattr(pipeline, "unet", None)):
            if part is not None and not _has_conv3d(part):
                part.to(memory_format=torch.channels_last)
    if speed.sliced and hasattr(vae, "enable_slicing"):
        vae.enable_slicing()
    if speed.compiled:
        folder = Path(os.environ.get("TORCHINDUCTOR_CACHE_DIR") or "~/.cache/pauta/inductor")
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(folder.expanduser())
        network.compile(mode=COMPILE_MODE, fullgraph=True)
        vae.decode = torch.compile(vae.decode, mode=COMPILE_MODE)
    return pipeline


def denoiser(pipeline: Any) -> Any:
    """The network that is run at every step."""
    return pipeline.unet if hasattr(pipeline, "unet") else pipeline.transformer


def _has_conv3d(module: Any) -> bool:
    import torch

    return any(isinstance(part, torch.nn.Conv3d) for part in module.modules())


def _memory_gib(device: str) -> float:
    import torch

    return float(torch.cuda.get_device_properties(device).total_memory) / 2**30


def _shape(job: GenerationJob) -> tuple[int, int, int, float]:
    return job.width, job.height, job.num_inference_steps, job.guidance_scale


def _words(job: GenerationJob) -> tuple[str, str, bool]:
    return job.prompt, job.negative_prompt, job.guidance_scale > 1


def _forget() -> None:
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _out_of_memory() -> type[Exception]:
    import torch

    return torch.OutOfMemoryError


def _image_or_failed(pixels: np.ndarray, sound: bool) -> Image.Image | Failed:
    if not sound:
        return Failed("some values of the picture are not finite numbers")
    return PillowImage.fromarray(pixels, "RGB")


Made = tuple[GenerationJob, "Image.Image | Failed"]
ImageMaker = Callable[[Sequence[GenerationJob]], Iterator[Made]]
