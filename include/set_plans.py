"""The plan of one set: its manifest but for the images, and the jobs that make those."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from generation.deny import Deny, check_text
from generation.fuse import IMAGES, Fused, fuse
from generation.guide import Guide
from generation.jobs import GenerationJob
from generation.provenance import SCHEMA_VERSION, canonical
from generation.storyboard import COMPOSITIONS as DRAWN_COMPOSITIONS
from generation.vocabulary import CATEGORIES
from generation.votes import Winner
from include.config.profiles import Profile

Plan = dict[str, Any]


@dataclass(frozen=True)
class Subject:
    """What a set is about, and the evidence its manifest tells."""

    guide: Guide
    winners: Sequence[Winner]
    inspirations: Sequence[Mapping[str, Any]]
    traits: Sequence[Mapping[str, Any]]
    leaderboard: Mapping[str, Any]
    audience: str = ""
    prompt: str | None = None
    seed: int = 0


@dataclass(frozen=True)
class Planner:
    """Turns subjects into plans with one profile.

    Args:
        count_tokens: of the profile's text encoders.
        lineage: goes into the manifest and not into the set's id.
    """

    profile: Profile
    deny: Deny
    count_tokens: Callable[[str], int]
    night: date
    lineage: Mapping[str, str]

    def plan(self, subject: Subject) -> Plan:
        """`set_id`, the `manifest` without what only the images can tell, and the `jobs`.

        The id ends with a hash of everything that goes into the images and the manifest but
        the lineage: other winners, words, numbers or profile make another set.

        Raises:
            ValueError: the brief's own prompt is disallowed or too long for the image model.
        """
        fused = self._fused(subject)
        profile, guide = self.profile, subject.guide
        core: dict[str, Any] = {
            "schema_version": SCHEMA_VERSION,
            "night": self.night.isoformat(),
            "node": guide.node,
            "objective": guide.objective,
            "profile": {
                "name": profile.name,
                "engine": profile.engine,
                "kind": profile.kind,
                "checkpoint": profile.checkpoint,
                "revision": profile.revision,
                "num_inference_steps": profile.num_inference_steps,
                "guidance_scale": profile.guidance_scale,
            },
            "title": asdict(fused.title),
            "description": asdict(fused.description),
            "prompt": fused.prompts[0],
            "negative_prompt": fused.negative_prompt if profile.negative_prompt else "",
            "idea": fused.idea,
            "audience": subject.audience,
            "phrases": [{**asdict(p), "pictures": list(p.pictures)} for p in fused.phrases],
            "inspirations": list(subject.inspirations),
            "traits": [_trait(row) for row in subject.traits],
            "leaderboard": dict(subject.leaderboard),
        }
        images: list[dict[str, Any]] = [
            {
                "k": k,
                "file": f"image-{k}.png",
                "width": profile.width,
                "height": profile.height,
                "composition": fused.compositions[k - 1],
                "prompt": fused.prompts[k - 1],
                "alt": asdict(fused.alts[k - 1]),
            }
            for k in range(1, IMAGES + 1)
        ]
        inputs = {**core, "images": images, "scene": dict(fused.scene), "seed": subject.seed}
        digest = hashlib.sha256(canonical(inputs)).hexdigest()[:8]
        set_id = f"{guide.node}-{guide.objective}-{self.night.isoformat()}-{digest}"
        for image in images:
            image["seed"] = seed_of(set_id, image["k"])
        manifest = {**core, "set_id": set_id, "images": images, "lineage": dict(self.lineage)}
        jobs = [asdict(_job(manifest, image, fused.scene)) for image in images]
        return {"set_id": set_id, "manifest": manifest, "jobs": jobs}

    def _fused(self, subject: Subject) -> Fused:
        profile = self.profile
        fused = fuse(
            subject.winners,
            subject.guide,
            self.deny,
            budget=profile.token_budget,
            count_tokens=self.count_tokens,
            style=profile.prompt_style,
            compositions=DRAWN_COMPOSITIONS if profile.engine == "storyboard" else None,
        )
        if subject.prompt is None:
            return fused
        check_text(subject.prompt, self.deny, where="brief, prompt")
        tokens = self.count_tokens(subject.prompt)
        if tokens > profile.token_budget:
            raise ValueError(
                f"brief, prompt: {tokens} tokens, profile {profile.name} reads "
                f"{profile.token_budget}; shorten it."
            )
        return replace(fused, prompts=(subject.prompt,) * IMAGES, phrases=())


def seed_of(set_id: str, k: int) -> int:
    """The seed of image k: 32 bits of a hash, short enough to read aloud."""
    return int.from_bytes(hashlib.sha256(f"{set_id}|{k}".encode()).digest()[:4], "big")


def _trait(row: Mapping[str, Any]) -> dict[str, Any]:
    known = CATEGORIES.get(row["category"], {}).get(row["label"])
    words = row["label"].replace("_", " ")
    text = {"es": words, "en": words} if known is None else {"es": known.es, "en": known.en}
    names = ("category", "label", "effect", "low", "high", "pieces")
    return {**{name: row[name] for name in names}, "text": text}


def _job(
    manifest: Mapping[str, Any], image: Mapping[str, Any], scene: Mapping[str, Any]
) -> GenerationJob:
    profile = manifest["profile"]
    return GenerationJob(
        set_id=manifest["set_id"],
        k=image["k"],
        prompt=image["prompt"],
        negative_prompt=manifest["negative_prompt"],
        seed=image["seed"],
        checkpoint=profile["checkpoint"],
        revision=profile["revision"],
        width=image["width"],
        height=image["height"],
        num_inference_steps=profile["num_inference_steps"],
        guidance_scale=profile["guidance_scale"],
        scene=dict(scene),
    )
