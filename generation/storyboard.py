"""The image engine without weights: draws the structured brief of each job.

Pictures are sketches ("bocetos"), said to be drawn wherever they are shown. The same job
gives the same picture, whatever else is in the batch.
"""

import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from generation.jobs import GenerationJob
from generation.scenes import Palette, Scene, render, svg

REVISION = "1"
"""Of the drawings: raised when the same job gives another picture than before."""

COMPOSITIONS = ("centred", "wide", "close_up", "detail")
"""The composition of image k is the k-th of these, and round again."""

_DEFAULTS: Mapping[str, Any] = {
    "setting": "studio",
    "people": "one",
    "props": ("phone",),
    "light": "morning",
    "palette": ("#2f7fd1",),
}
_GRAIN = 5
"""Levels of noise up or down, of 255: paper, not dirt."""


def images(jobs: Sequence[GenerationJob]) -> Iterator[tuple[GenerationJob, Image.Image]]:
    """Each job with its drawn picture (RGB, the size asked for), in order.

    Raises:
        ValueError: a brief has a key or a label that the vocabulary lacks; the message names
            the job, the label and what is known. Nothing is drawn before all briefs are read.
    """
    scenes = [scene_of(job) for job in jobs]
    for job, scene in zip(jobs, scenes, strict=True):
        yield job, _drawn(job, scene)


def scene_of(job: GenerationJob) -> Scene:
    """The scene that a job's brief asks for; what the brief leaves open takes a default.

    Raises:
        ValueError: as for `images`.
    """
    where = f"job {job.set_id} image {job.k}"
    unknown = sorted(set(job.scene) - set(_DEFAULTS))
    if unknown:
        raise ValueError(
            f"{where}: unknown key {unknown[0]!r} in the scene, "
            f"expected some of {', '.join(_DEFAULTS)}."
        )
    if job.k < 1:
        raise ValueError(f"{where}: k counts from 1.")
    brief = {key: job.scene.get(key, default) for key, default in _DEFAULTS.items()}
    for key in ("props", "palette"):
        if isinstance(brief[key], str):
            raise ValueError(f"{where}: {key} must be a list, got the text {brief[key]!r}.")
    try:
        return Scene(
            setting=brief["setting"],
            people=brief["people"],
            props=tuple(brief["props"]),
            light=brief["light"],
            palette=Palette.of(tuple(brief["palette"]) or _DEFAULTS["palette"]),
            composition=COMPOSITIONS[(job.k - 1) % len(COMPOSITIONS)],
            seed=job.seed,
            cast=_first_cast(job.set_id) + job.k - 1,
        )
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error


def _first_cast(set_id: str) -> int:
    """Where a set starts in the round of people; its images then go on from there."""
    return hashlib.sha256(set_id.encode()).digest()[0]


def _drawn(job: GenerationJob, scene: Scene) -> Image.Image:
    document = svg(scene, width=job.width, height=job.height, rich=True)
    png = render(document, job.width, job.height)
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    return _with_grain(_with_bloom(picture), job.seed)


def _with_bloom(picture: Image.Image) -> Image.Image:
    """Bright places shine a little over their edges."""
    small = picture.reduce(4)
    bright = small.point([max(0, value - 184) // 2 for value in range(256)] * 3)
    spread = bright.filter(ImageFilter.GaussianBlur(max(2, min(small.size) // 40)))
    return ImageChops.screen(picture, spread.resize(picture.size, Image.Resampling.BICUBIC))


def _with_grain(picture: Image.Image, seed: int) -> Image.Image:
    """Fine noise, the same in all three channels, so that flat areas look printed."""
    random = np.random.default_rng(seed % 2**32)
    noise = random.integers(-_GRAIN, _GRAIN + 1, (picture.height, picture.width, 1), dtype=np.int16)
    pixels = np.asarray(picture, dtype=np.int16) + noise
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
