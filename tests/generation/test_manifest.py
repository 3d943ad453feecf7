"""Every manifest tells the whole family tree, and is enough to make an image again."""

import copy
from itertools import pairwise
from typing import Any

import pytest

from generation.family import family_of
from generation.manifest import canonical, check_manifest, job_of

PICTURE = "a" * 64


def test_canonical_json_does_not_depend_on_key_order() -> None:
    """Equal content, equal bytes; Spanish letters stay readable; NaN is no JSON."""
    assert canonical({"b": "ñ", "a": 1}) == canonical({"a": 1, "b": "ñ"})
    assert "ñ".encode() in canonical({"b": "ñ"})
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"a": float("nan")})


def manifest() -> dict[str, Any]:
    """The smallest whole one."""
    pair = {"es": "uno", "en": "one"}
    return {
        "schema_version": 1,
        "set_id": "wompi-sales-2026-11-20-1a2b3c4d",
        "night": "2026-11-20",
        "node": "wompi",
        "objective": "sales",
        "profile": {
            "name": "storyboard",
            "engine": "storyboard",
            "kind": "drawn",
            "checkpoint": "storyboard",
            "revision": "1",
            "num_inference_steps": 0,
            "guidance_scale": 0,
        },
        "made_with": {"device": "cpu"},
        "scene": {"setting": "shop"},
        "lint": [],
        "fusion": {"by": "rules"},
        "title": pair,
        "description": pair,
        "prompt": "a shop",
        "prompt_es": "una tienda",
        "negative_prompt": "",
        "phrases": [
            {
                "category": "light",
                "text": "soft morning light",
                "text_es": "luz suave",
                "weight": 0.5,
                "kept": True,
                "origin": "winners",
                "pictures": [PICTURE],
            }
        ],
        "images": [
            {
                "k": 1,
                "file": "image-1.png",
                "sha256": "b" * 64,
                "width": 8,
                "height": 8,
                "seed": 7,
                "candidate": 3,
                "pixels_sha256": "d" * 64,
                "composition": "close_up",
                "prompt": "a shop",
                "alt": pair,
            }
        ],
        "inspirations": [
            {
                "picture": PICTURE,
                "rank": 1,
                "weight": 1.0,
                "mean": 1.4,
                "low": 1.1,
                "high": 1.8,
                "prob_above_baseline": 0.99,
                "verdict": "winner",
                "results": 14.0,
                "expected": 10.0,
                "impressions": 1000,
                "link_clicks": 20,
                "spend": [{"currency": "COP", "amount": "1234.50"}],
                "first_date": "2026-10-01",
                "last_date": "2026-11-19",
                "reason": pair,
                "description": "",
                "ads": [
                    {
                        "platform": "meta",
                        "account_id": "101",
                        "ad_id": "a1",
                        "name": "n",
                        "campaign": "c",
                        "impressions": 1000,
                        "results": 14.0,
                        "spend": "1234.50",
                        "currency": "COP",
                    }
                ],
            }
        ],
        "traits": [],
        "leaderboard": {"as_of": "2026-11-20", "pieces": 9, "kpi": "k", "rule_version": "1"},
        "gate": [
            {
                "k": 3,
                "round": 1,
                "candidates": 8,
                "chosen": True,
                "scores": {"sharpness": 2.0},
                "reasons": [],
            }
        ],
        "needs_review": False,
        "lineage": {"run_id": "r", "warehouse_version": "v", "pauta_version": "0", "made_at": "t"},
    }


def test_a_whole_manifest_passes() -> None:
    """More keys than needed are allowed: readers of an older version ignore them."""
    check_manifest({**manifest(), "more": False})


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("prompt",), None, r"1a2b3c4d\.prompt: str was expected, got None"),
        (("images", 0, "k"), True, r"images\[0\]\.k: int was expected, got True"),
        (("inspirations", 0, "mean"), "1.4", r"inspirations\[0\]\.mean: a number was expected"),
        (("profile",), [], r"profile: an object was expected"),
        (("gate",), {}, r"gate: a list was expected"),
        (("schema_version",), 2, "schema_version 2, expected 1"),
        (("profile", "kind"), "painted", "profile.kind is 'painted'"),
        (("phrases", 0, "pictures"), ["c" * 64], "which is not among the inspirations"),
    ],
)
def test_a_broken_manifest_is_refused_with_the_place(
    path: tuple[Any, ...], value: Any, message: str
) -> None:
    """Whoever reads the error finds the key."""
    broken = copy.deepcopy(manifest())
    inner: Any = broken
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    with pytest.raises(ValueError, match=message):
        check_manifest(broken)


@pytest.mark.parametrize("key", sorted(manifest()))
def test_every_key_is_needed(key: str) -> None:
    """A manifest without one part of the tree is no manifest."""
    broken = manifest()
    del broken[key]
    with pytest.raises(ValueError, match=rf"\.{key}: missing"):
        check_manifest(broken)


def test_an_image_is_made_again_from_its_manifest() -> None:
    """Image 1 was candidate 3: its number, seed and words."""
    job = job_of(manifest(), 1)
    assert (job.k, job.seed, job.prompt) == (3, 7, "a shop")
    assert (job.width, job.height, job.scene) == (8, 8, {"setting": "shop"})
    with pytest.raises(ValueError, match=r"1a2b3c4d: no image 2, there are 1\."):
        job_of(manifest(), 2)


def test_the_family_tree_leads_from_image_to_rule() -> None:
    """Image, prompt, phrase, creative, ad and ranking, each edge between known nodes."""
    tree = family_of(manifest())
    kinds = {node["id"]: node["kind"] for node in tree["nodes"]}
    assert sorted(kinds.values()) == sorted(
        ["set", "model", "image", "prompt", "phrase", "leaderboard", "creative", "ad"]
    )
    edges = {(edge["from"], edge["to"]) for edge in tree["edges"]}
    assert {name for edge in edges for name in edge} == set(kinds)
    way = [
        "set:wompi-sales-2026-11-20-1a2b3c4d",
        "image:1",
        "prompt:1",
        "phrase:1",
        f"creative:{PICTURE}",
        "ad:meta:101:a1",
    ]
    assert set(pairwise(way)) <= edges
    assert (f"creative:{PICTURE}", "leaderboard") in edges
    by_id = {node["id"]: node for node in tree["nodes"]}
    assert by_id[f"creative:{PICTURE}"]["numbers"]["mean"] == 1.4
    assert by_id["leaderboard"]["rule_version"] == "1"
    assert by_id["image:1"]["gate"]["scores"] == {"sharpness": 2.0}


def test_what_was_left_out_led_to_no_image() -> None:
    """A dropped phrase hangs on no prompt; a composition only on the prompt that has it."""
    told = manifest()
    (said,) = told["phrases"]
    told["phrases"] = [
        said,
        {**said, "kept": False, "dropped": "budget"},
        {**said, "category": "composition", "text": "a close-up"},
    ]
    edges = {(edge["from"], edge["to"]) for edge in family_of(told)["edges"]}
    assert [to for from_, to in sorted(edges) if from_ == "prompt:1"] == ["phrase:1"]
    assert ("phrase:2", f"creative:{PICTURE}") in edges
