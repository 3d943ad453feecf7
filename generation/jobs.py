"""One image to make, with everything needed to make it again alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class GenerationJob:
    """Image `k` of one set: what an engine needs, and nothing it has to look up.

    Args:
        set_id: the set that the image belongs to.
        k: its number in the set, from 1; drawn engines choose the composition by it.
        prompt: what to show, in words.
        negative_prompt: what not to show, in words.
        seed: of this image alone; image k of a batch equals image k made by itself.
        checkpoint: model id, or the name of the drawn engine.
        revision: commit hash of the checkpoint, or the drawn engine's version.
        width: pixels.
        height: pixels.
        num_inference_steps: as in diffusers; 0 for a drawn engine.
        guidance_scale: as in diffusers; 0.0 for a drawn engine.
        scene: the brief in structured form for drawn engines: `setting`, `people`, `light`
            as vocabulary ids, `props` a list of ids, `palette` a list of hex colours.
            Missing keys take defaults.
    """

    set_id: str
    k: int
    prompt: str
    negative_prompt: str
    seed: int
    checkpoint: str
    revision: str
    width: int
    height: int
    num_inference_steps: int
    guidance_scale: float
    scene: Mapping[str, Any]
