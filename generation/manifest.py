"""`manifest.json`: the family tree of a set, and all that is needed to make its images again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from generation.jobs import GenerationJob
from generation.provenance import SOURCE_TYPES

SCHEMA_VERSION = 1


def canonical(content: Any) -> bytes:
    """JSON with sorted keys, UTF-8 and a final line break: equal content, equal bytes."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1, sort_keys=True)
    return f"{text}\n".encode()


# What a manifest must hold. A type: a value of it. A dict: an object with at least these
# keys. A list with one item: a list of such.
_TEXT_PAIR: dict[str, Any] = {"es": str, "en": str}
_NUMBER = (int, float)
_SHAPE: dict[str, Any] = {
    "schema_version": int,
    "set_id": str,
    "night": str,
    "node": str,
    "objective": str,
    "profile": {
        "name": str,
        "engine": str,
        "kind": str,
        "checkpoint": str,
        "revision": str,
        "num_inference_steps": int,
        "guidance_scale": _NUMBER,
    },
    "made_with": dict,
    "scene": dict,
    "lint": [{"kind": str, "found": str, "advice": _TEXT_PAIR}],
    "fusion": {"by": str},
    "title": _TEXT_PAIR,
    "description": _TEXT_PAIR,
    "prompt": str,
    "prompt_es": str,
    "negative_prompt": str,
    "phrases": [
        {
            "category": str,
            "text": str,
            "text_es": str,
            "weight": (*_NUMBER, type(None)),
            "kept": bool,
            "origin": str,
            "pictures": [str],
        }
    ],
    "images": [
        {
            "k": int,
            "file": str,
            "sha256": str,
            "width": int,
            "height": int,
            "seed": int,
            "candidate": int,
            "pixels_sha256": str,
            "composition": str,
            "prompt": str,
            "alt": _TEXT_PAIR,
        }
    ],
    "inspirations": [
        {
            "picture": str,
            "rank": int,
            "weight": _NUMBER,
            "mean": _NUMBER,
            "low": _NUMBER,
            "high": _NUMBER,
            "prob_above_baseline": _NUMBER,
            "verdict": str,
            "results": _NUMBER,
            "expected": _NUMBER,
            "impressions": int,
            "link_clicks": int,
            "spend": [{"currency": str, "amount": str}],
            "first_date": str,
            "last_date": str,
            "reason": _TEXT_PAIR,
            "description": str,
            "ads": [
                {
                    "platform": str,
                    "account_id": str,
                    "ad_id": str,
                    "name": str,
                    "campaign": str,
                    "impressions": int,
                    "results": _NUMBER,
                    "spend": str,
                    "currency": str,
                }
            ],
        }
    ],
    "traits": [
        {
            "category": str,
            "label": str,
            "text": _TEXT_PAIR,
            "effect": _NUMBER,
            "low": _NUMBER,
            "high": _NUMBER,
            "pieces": int,
        }
    ],
    "leaderboard": {"as_of": str, "pieces": int, "kpi": str, "rule_version": str},
    "gate": [
        {
            "k": int,
            "round": int,
            "candidates": int,
            "chosen": bool,
            "scores": dict,
            "reasons": [str],
        }
    ],
    "needs_review": bool,
    "lineage": {"run_id": str, "warehouse_version": str, "pauta_version": str, "made_at": str},
}


def check_manifest(manifest: Mapping[str, Any]) -> None:
    """Nothing, when the manifest tells the whole family tree of its set.

    Raises:
        ValueError: a key is missing or of another type (its path is named), the schema is
            another version, or a phrase comes from a picture that is no inspiration.
    """
    where = f"manifest {manifest.get('set_id', '?')}"
    _check_shape(manifest, _SHAPE, where)
    if manifest["schema_version"] != SCHEMA_VERSION:
        raise ValueError(
            f"{where}: schema_version {manifest['schema_version']}, expected {SCHEMA_VERSION}."
        )
    if manifest["profile"]["kind"] not in SOURCE_TYPES:
        raise ValueError(f"{where}: profile.kind is {manifest['profile']['kind']!r}.")
    known = {inspiration["picture"] for inspiration in manifest["inspirations"]}
    for phrase in manifest["phrases"]:
        if strangers := set(phrase["pictures"]) - known:
            raise ValueError(
                f"{where}: phrase {phrase['text']!r} comes from {sorted(strangers)}, "
                "which is not among the inspirations."
            )


def _check_shape(value: Any, shape: Any, path: str) -> None:
    if isinstance(shape, dict):
        if not isinstance(value, Mapping):
            raise ValueError(f"{path}: an object was expected, got {value!r:.60}.")
        for key, inner in shape.items():
            if key not in value:
                raise ValueError(f"{path}.{key}: missing.")
            _check_shape(value[key], inner, f"{path}.{key}")
    elif isinstance(shape, list):
        if not isinstance(value, list):
            raise ValueError(f"{path}: a list was expected, got {value!r:.60}.")
        for at, item in enumerate(value):
            _check_shape(item, shape[0], f"{path}[{at}]")
    elif not isinstance(value, shape) or (isinstance(value, bool) and shape is not bool):
        expected = shape.__name__ if isinstance(shape, type) else "a number"
        raise ValueError(f"{path}: {expected} was expected, got {value!r:.60}.")


def job_of(manifest: Mapping[str, Any], k: int) -> GenerationJob:
    """The job that makes image k of a finished set again, alone.

    Raises:
        ValueError: the set has no image k.
    """
    image = next((image for image in manifest["images"] if image["k"] == k), None)
    if image is None:
        there = ", ".join(str(image["k"]) for image in manifest["images"])
        raise ValueError(f"manifest {manifest['set_id']}: no image {k}, there are {there}.")
    profile = manifest["profile"]
    return GenerationJob(
        set_id=manifest["set_id"],
        k=image["candidate"],
        prompt=image["prompt"],
        negative_prompt=manifest["negative_prompt"],
        seed=image["seed"],
        checkpoint=profile["checkpoint"],
        revision=profile["revision"],
        width=image["width"],
        height=image["height"],
        num_inference_steps=profile["num_inference_steps"],
        guidance_scale=profile["guidance_scale"],
        scene=dict(manifest["scene"]),
    )
