"""Adds to a set what the leaderboard it was made from says of its pieces and traits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from include.catalogue.leaderboards import Leaderboards
from include.catalogue.manifest import Inspiration, Manifest, Trait


def with_evidence(manifest: Manifest, ranked: Leaderboards | None) -> Manifest:
    """The manifest with the evidence of its pieces, the shares of its traits and the false rate.

    A manifest tells the numbers of its night. Where the day was ranked again since with other
    rules or other data, the stored leaderboard speaks of other numbers, and nothing is added.

    Args:
        ranked: the leaderboard of the manifest's day; None adds nothing.
    """
    if ranked is None or not manifest.inspirations:
        return manifest
    rows = {row["picture"]: row for row in ranked.cell(manifest.node, manifest.objective)}
    if not all(_same(piece, rows.get(piece.picture), manifest) for piece in manifest.inspirations):
        return manifest
    shares = {(t.category, t.label): t for t in ranked.traits(manifest.node, manifest.objective)}
    first = rows[manifest.inspirations[0].picture]
    told = {"false_winners": first["false_winners"]}
    return manifest.model_copy(
        update={
            "inspirations": [
                piece.model_copy(update={"evidence": rows[piece.picture]["evidence"]})
                for piece in manifest.inspirations
            ],
            "traits": [_shared(trait, shares) for trait in manifest.traits],
            "leaderboard": manifest.leaderboard.model_copy(update=told),
        }
    )


def _same(piece: Inspiration, row: Mapping[str, Any] | None, manifest: Manifest) -> bool:
    if row is None:
        return False
    told = (piece.mean, str(manifest.leaderboard.rule_version))
    return told == (row["mean"], row["rule_version"])


def _shared(trait: Trait, found: Mapping[tuple[str, str], Trait]) -> Trait:
    same = found.get((trait.category, trait.label))
    if same is None or same.effect != trait.effect:
        return trait
    shares = {"share_winners": same.share_winners, "share_others": same.share_others}
    return trait.model_copy(update=shares)
