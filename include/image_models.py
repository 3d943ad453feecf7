"""From a profile to what makes its images, counts its tokens, judges and writes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from generation import storyboard
from generation.assembly import rough_tokens
from generation.counting import token_counter as counter_of
from generation.describe.template import WHOLE, lettering
from generation.engine import Engine
from generation.gate import Checks
from generation.writer import LocalModel, Model
from include.config.profiles import Profile
from include.making import Maker
from include.openai_images import OpenAiImages

LETTERING_SIDE = 640  # the longest side that lettering is looked for at


def maker(profile: Profile, environ: Mapping[str, str] | None = None) -> Maker:
    """What turns jobs into images for this profile; weights are loaded here."""
    if profile.engine == "storyboard":
        return Maker(storyboard.images, profile.kind, profile.system)
    if profile.engine == "openai_images":
        token = (os.environ if environ is None else environ).get("PAUTA_IMAGES_TOKEN", "")
        server = OpenAiImages(
            str(profile.url), profile.checkpoint, token=token, concurrency=profile.batch_size
        )
        facts = {"device": "server", "host": server.host}
        return Maker(server.images, profile.kind, profile.system, lambda: facts)
    engine = Engine.load(
        profile.engine,
        profile.checkpoint,
        str(profile.revision),
        device=profile.device,
        dtype=profile.dtype,
        batch_size=profile.batch_size,
        compiled=profile.compiled,
    )
    return Maker(
        engine.images, profile.kind, profile.system, lambda: engine.facts, lambda: engine.cost_s
    )


def token_counter(profile: Profile) -> Callable[[str], int]:
    """How the profile's text encoders count; a rough count where nothing encodes here."""
    if profile.engine in {"storyboard", "openai_images"}:
        return rough_tokens
    return counter_of(profile.engine, profile.checkpoint, str(profile.revision))


def checks(profile: Profile) -> Checks:
    """The models and measures that the profile's gate has; a drawing needs none of them."""
    if profile.kind == "drawn":
        return Checks()
    looks, nsfw = None, None
    if profile.gate.clip is not None:
        from generation.looks import ClipLooks

        looks = ClipLooks(Path(profile.gate.clip), device=profile.device)
    if profile.gate.nsfw is not None:
        from generation.looks import NsfwClassifier

        nsfw = NsfwClassifier(Path(profile.gate.nsfw), device=profile.device)
    return Checks(looks=looks, nsfw=nsfw, text_share=text_share)


def text_share(image: Image.Image) -> float:
    """Share of a picture that is covered by lines of letters."""
    small = image.convert("L")
    small.thumbnail((LETTERING_SIDE, LETTERING_SIDE), Image.Resampling.BOX)
    return lettering(np.asarray(small, dtype=np.int16), WHOLE).share


def writer(profile: Profile) -> Model | None:
    """The profile's language model, loaded; None where rules alone fuse."""
    if profile.writer is None:
        return None
    own = profile.writer
    return LocalModel.load(own.checkpoint, str(own.revision), device=own.device, dtype=own.dtype)
