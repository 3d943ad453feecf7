"""The family tree of a set as one graph: image, prompt, phrases, creatives, ads, ranking.

Pages and other tools draw it; every number is the manifest's own, as of that night.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NUMBERS = (
    "rank",
    "weight",
    "mean",
    "low",
    "high",
    "prob_above_baseline",
    "verdict",
    "results",
    "expected",
    "impressions",
    "link_clicks",
    "spend",
    "first_date",
    "last_date",
)


def family_of(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Nodes and edges, from the images to the rule that ranked what inspired them.

    A node has `id`, `kind` (set, image, model, prompt, phrase, creative, ad, leaderboard) and
    what belongs to that kind; an edge says that `to` went into `from`. Phrases that were
    dropped are there with `kept` false and without a prompt: the tree also tells what was not
    taken.
    """
    nodes: list[dict[str, Any]] = []
    edges: list[dict[str, str]] = []

    def node(id_: str, kind: str, **more: Any) -> str:
        nodes.append({"id": id_, "kind": kind, **more})
        return id_

    def edge(from_: str, to: str) -> None:
        edges.append({"from": from_, "to": to})

    root = node(
        f"set:{manifest['set_id']}",
        "set",
        night=manifest["night"],
        title=manifest["title"],
        needs_review=manifest["needs_review"],
        lineage=manifest["lineage"],
    )
    model = node("model", "model", profile=manifest["profile"], made_with=manifest["made_with"])
    prompts: dict[str, str] = {}
    for image in manifest["images"]:
        shown = node(
            f"image:{image['k']}",
            "image",
            file=image["file"],
            sha256=image["sha256"],
            seed=image["seed"],
            alt=image["alt"],
            gate=_gate_of(manifest, image),
        )
        edge(root, shown)
        edge(shown, model)
        if image["prompt"] not in prompts:
            prompts[image["prompt"]] = node(
                f"prompt:{len(prompts) + 1}",
                "prompt",
                text=image["prompt"],
                text_es=image.get("prompt_es", ""),
                negative=manifest["negative_prompt"],
            )
        edge(shown, prompts[image["prompt"]])
    for at, phrase in enumerate(manifest["phrases"], start=1):
        said = node(
            f"phrase:{at}",
            "phrase",
            **{key: value for key, value in phrase.items() if key != "pictures"},
        )
        for text, prompt in prompts.items():
            if _went_in(phrase, text):
                edge(prompt, said)
        for picture in phrase["pictures"]:
            edge(said, f"creative:{picture}")
    board = node("leaderboard", "leaderboard", **manifest["leaderboard"])
    for inspiration in manifest["inspirations"]:
        creative = node(
            f"creative:{inspiration['picture']}",
            "creative",
            picture=inspiration["picture"],
            reason=inspiration["reason"],
            description=inspiration["description"],
            numbers={name: inspiration[name] for name in NUMBERS},
        )
        edge(creative, board)
        for ad in inspiration["ads"]:
            edge(
                creative,
                node(f"ad:{ad['platform']}:{ad['account_id']}:{ad['ad_id']}", "ad", **ad),
            )
    return {
        "schema_version": 1,
        "set_id": manifest["set_id"],
        "nodes": _once(nodes),
        "edges": edges,
    }


def _went_in(phrase: Mapping[str, Any], prompt: str) -> bool:
    """The images of a set have a composition each; the manifest lists that of the first."""
    kept = bool(phrase["kept"])
    return kept and (phrase["category"] != "composition" or phrase["text"] in prompt)


def _gate_of(manifest: Mapping[str, Any], image: Mapping[str, Any]) -> Any:
    return next((row for row in manifest["gate"] if row["k"] == image["candidate"]), None)


def _once(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """An ad that showed two of the pictures is one ad."""
    return list({node["id"]: node for node in nodes}.values())
