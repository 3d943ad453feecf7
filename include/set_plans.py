"""The plan of one set: its manifest but for the images, and the jobs that make its candidates."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from generation.assembly import IMAGES
from generation.deny import Deny, check_text
from generation.fuse import Fused, fuse
from generation.guide import Guide, Wishes
from generation.jobs import GenerationJob
from generation.lint import lint
from generation.manifest import SCHEMA_VERSION, canonical
from generation.storyboard import COMPOSITIONS as DRAWN_COMPOSITIONS
from generation.vocabulary import CATEGORIES
from generation.votes import Winner
from generation.writer import Written
from include.config.profiles import Profile

Plan = dict[str, Any]


@dataclass(frozen=True)
class Subject:
    """What a set is about, and the evidence its manifest tells.

    Args:
        deny: what no prompt of this node may say.
        written: what a language model made of it; None: rules alone.
        n: images of the set.
        size: width and height; None: the profile's.
        guidance: None: the profile's.
    """

    guide: Guide
    deny: Deny
    winners: Sequence[Winner]
    inspirations: Sequence[Mapping[str, Any]]
    traits: Sequence[Mapping[str, Any]]
    leaderboard: Mapping[str, Any]
    audience: str = ""
    prompt: str | None = None
    seed: int = 0
    wishes: Wishes = field(default_factory=Wishes)
    written: Written | None = None
    n: int = IMAGES
    size: tuple[int, int] | None = None
    guidance: float | None = None


@dataclass(frozen=True)
class Planner:
    """Turns subjects into plans with one profile.

    Args:
        count_tokens: of the profile's text encoders.
        lineage: goes into the manifest and not into the set's id.
    """

    profile: Profile
    count_tokens: Callable[[str], int]
    night: date
    lineage: Mapping[str, str]

    def plan(self, subject: Subject) -> Plan:
        """The manifest without what only the images can tell, and how to make those.

        `set_id` ends with a hash of everything that goes into the images and the manifest
        but night and lineage: other winners, words, numbers or profile make another set.

        Raises:
            ValueError: the brief's own prompt is disallowed or too long for the image model.
        """
        fused = self._fused(subject)
        profile, guide = self.profile, subject.guide
        width, height = subject.size or (profile.width, profile.height)
        guidance = profile.guidance_scale if subject.guidance is None else subject.guidance
        core: dict[str, Any] = {
            "schema_version": SCHEMA_VERSION,
            "node": guide.node,
            "objective": guide.objective,
            "profile": {
                "name": profile.name,
                "engine": profile.engine,
                "kind": profile.kind,
                "checkpoint": profile.checkpoint,
                "revision": profile.revision,
                "num_inference_steps": profile.num_inference_steps,
                "guidance_scale": guidance,
                "dtype": profile.dtype,
                "batch_size": profile.batch_size,
                "compiled": profile.compiled,
                "licence": profile.licence.name,
            },
            "title": asdict(fused.title),
            "description": asdict(fused.description),
            "prompt": fused.prompts[0],
            "prompt_es": fused.prompts_es[0],
            "negative_prompt": fused.negative_prompt if profile.negative_prompt else "",
            "scene": dict(fused.scene),
            "lint": [asdict(finding) for finding in lint(subject.prompt or fused.prompts[0])],
            "fusion": self._fusion(subject, fused),
            "idea": fused.idea,
            "audience": subject.audience,
            "phrases": [{**asdict(p), "pictures": list(p.pictures)} for p in fused.phrases],
            "inspirations": list(subject.inspirations),
            "traits": [_trait(row) for row in subject.traits],
            "leaderboard": dict(subject.leaderboard),
        }
        variants = [
            {
                "composition": fused.compositions[at],
                "prompt": fused.prompts[at],
                "prompt_es": fused.prompts_es[at],
                "alt": asdict(fused.alts[at]),
                "width": width,
                "height": height,
            }
            for at in range(IMAGES)
        ]
        making = {
            "n": subject.n,
            "candidates": max(profile.candidates, -(-subject.n // IMAGES) * IMAGES),
        }
        # The day a ranking was made is no input; its numbers are.
        board = {key: value for key, value in subject.leaderboard.items() if key != "as_of"}
        inputs = {
            **core,
            "leaderboard": board,
            "variants": variants,
            "making": making,
            "seed": subject.seed,
        }
        digest = hashlib.sha256(canonical(inputs)).hexdigest()[:8]
        night = self.night.isoformat()
        set_id = f"{guide.node}-{guide.objective}-{night}-{digest}"
        lineage = dict(self.lineage)
        manifest = {**core, "night": night, "set_id": set_id, "lineage": lineage}
        return {
            "set_id": set_id,
            "manifest": manifest,
            "variants": variants,
            "disallow": list(guide.disallow),
            **making,
        }

    def _fused(self, subject: Subject) -> Fused:
        profile = self.profile
        fused = fuse(
            subject.winners,
            subject.guide,
            subject.deny,
            budget=profile.token_budget,
            count_tokens=self.count_tokens,
            style=profile.prompt_style,
            compositions=DRAWN_COMPOSITIONS if profile.engine == "storyboard" else None,
            wishes=subject.wishes,
            words=None if subject.written is None else subject.written.words,
        )
        if subject.prompt is None:
            return fused
        check_text(subject.prompt, subject.deny, where="brief, prompt")
        tokens = self.count_tokens(subject.prompt)
        if tokens > profile.token_budget:
            raise ValueError(
                f"brief, prompt: {tokens} tokens, profile {profile.name} reads "
                f"{profile.token_budget}; shorten it."
            )
        own = (subject.prompt,) * IMAGES
        return replace(fused, prompts=own, prompts_es=own, phrases=())

    def _fusion(self, subject: Subject, fused: Fused) -> dict[str, Any]:
        if subject.prompt is not None:
            return {"by": "brief"}
        told: dict[str, Any] = {"by": "rules", "medoid": fused.medoid}
        written, writer = subject.written, self.profile.writer
        if written is not None and writer is not None:
            told |= {
                "by": "rules" if written.words is None else "llm",
                "writer": f"{writer.checkpoint}@{writer.revision}",
                "tries": written.tries,
                "refused": list(written.refused),
            }
        return told


def jobs_of(plan: Mapping[str, Any], turn: int) -> list[GenerationJob]:
    """The jobs of one round of candidates: round 1 numbers them from 1, round 2 goes on."""
    first = (turn - 1) * int(plan["candidates"]) + 1
    manifest, profile = plan["manifest"], plan["manifest"]["profile"]
    return [
        GenerationJob(
            set_id=plan["set_id"],
            k=k,
            prompt=variant["prompt"],
            negative_prompt=manifest["negative_prompt"],
            seed=seed_of(plan["set_id"], k),
            checkpoint=profile["checkpoint"],
            revision=profile["revision"],
            width=variant["width"],
            height=variant["height"],
            num_inference_steps=profile["num_inference_steps"],
            guidance_scale=profile["guidance_scale"],
            scene=dict(manifest["scene"]),
        )
        for k in range(first, first + int(plan["candidates"]))
        for variant in [variant_of(plan, k)]
    ]


def variant_of(plan: Mapping[str, Any], k: int) -> Mapping[str, Any]:
    """Prompt and composition of candidate k."""
    variant: Mapping[str, Any] = plan["variants"][(k - 1) % len(plan["variants"])]
    return variant


def content_of(set_id: str) -> str:
    """The hash of a set's inputs, the same on every night that has the same ones."""
    return set_id.rpartition("-")[2]


def seed_of(set_id: str, k: int) -> int:
    """The seed of candidate k: 32 bits of a hash, short enough to read aloud."""
    return int.from_bytes(hashlib.sha256(f"{set_id}|{k}".encode()).digest()[:4], "big")


def _trait(row: Mapping[str, Any]) -> dict[str, Any]:
    known = CATEGORIES.get(row["category"], {}).get(row["label"])
    words = row["label"].replace("_", " ")
    text = {"es": words, "en": words} if known is None else {"es": known.es, "en": known.en}
    names = ("category", "label", "effect", "low", "high", "pieces")
    return {**{name: row[name] for name in names}, "text": text}
