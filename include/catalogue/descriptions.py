"""What the describer says of a piece: labels, caption, photo box, and what was taken out.

Captions, labels and words read on a picture come from models and from strangers' ads. They
are text, and nothing else, wherever they are shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from generation.vocabulary import CATEGORIES
from include.catalogue.manifest import Text
from include.catalogue.rows import ask
from include.store import Store

_DESCRIBED = """
    SELECT picture, describer, revision, caption, whole_caption, labels, palette, photo_box,
           text_share, ocr_text, removed, error,
           -- as `include.describe.describer_key` names the describer's files
           describer || '-' || revision || '-' || left(sha256(settings), 12) AS key
    FROM descriptions
    WHERE picture IN (SELECT unnest($pictures))
    ORDER BY picture, key
"""
_SHOWN_IN = """
    SELECT p.picture, count(DISTINCT (p.platform, p.account_id, p.ad_id)) AS ads,
           list_sort(list_distinct(list(p.platform))) AS platforms,
           arg_max({'node': c.node, 'objective': c.objective},
                   (c.node = $node AND c.objective = $objective)::INT) AS cell
    FROM ad_pictures p
    JOIN ads a USING (platform, account_id, ad_id)
    JOIN campaigns c USING (platform, account_id, campaign_id)
    WHERE p.picture IN (SELECT unnest($pictures)) AND c.node IS NOT NULL
          AND c.objective IS NOT NULL
    GROUP BY p.picture
    ORDER BY ads DESC, p.picture
"""
_COLOUR = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
_WHOLE = 0.995  # a photo box as large as this is the picture itself


@dataclass(frozen=True)
class Seen:
    """One label that a describer found, and how well it fits (0 to 1)."""

    category: str
    text: Text
    similarity: float


@dataclass(frozen=True)
class Box:
    """The photo inside its template, as percentages of the picture."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Removed:
    """Words that were taken out, and the rule of brand safety that took them."""

    text: str
    rule: str


@dataclass(frozen=True)
class Description:
    """One describer's word on a picture.

    Args:
        key: describer, revision and settings, as its files are named.
        whole_caption: of the piece with its template; None where that says the same.
        box: None where the whole picture is the photo.
        error: why there is nothing else.
    """

    describer: str
    revision: str
    key: str
    caption: str | None
    whole_caption: str | None
    labels: Sequence[Seen]
    palette: Sequence[str]
    box: Box | None
    text_share: float | None
    ocr_text: str | None
    removed: Sequence[Removed]
    error: str | None


@dataclass(frozen=True)
class Twin:
    """A picture of the same creative: in how many ads, on which platforms, and one of its cells."""

    picture: str
    ads: int
    platforms: Sequence[str]
    node: str
    objective: str


def descriptions(store: Store, pictures: Iterable[str]) -> dict[str, Description]:
    """What each picture shows; a picture that nobody described is left out.

    Where several describers saw a picture, the one of this installation's profile speaks, else
    the last by name.
    """
    from include.describe import describer_key_of

    rows = ask(store, {"rows": _DESCRIBED}, {"pictures": sorted(set(pictures))})["rows"]
    if not rows:
        return {}
    own = describer_key_of()
    found: dict[str, Description] = {}
    for row in rows:
        told = _description(row)
        known = found.get(row["picture"])
        if known is None or known.key != own:
            found[row["picture"]] = told
    return found


def twins(
    store: Store, picture: str, described: Description | None, *, node: str, objective: str
) -> list[Twin]:
    """The pictures of the same creative that ads show, this one among them; most ads first.

    Args:
        described: whose grouping counts; None: the picture stands alone.
    """
    same = _same_creative(store, picture, described)
    which = {"pictures": same, "node": node, "objective": objective}
    rows = ask(store, {"rows": _SHOWN_IN}, which)["rows"]
    return [Twin(r["picture"], r["ads"], r["platforms"], **r["cell"]) for r in rows]


def _same_creative(store: Store, picture: str, described: Description | None) -> list[str]:
    from include.vectors import read_clusters

    if described is None:
        return [picture]
    clusters = read_clusters(store, described.key)
    own = clusters.filter(pc.equal(clusters["picture"], pa.scalar(picture)))["creative"]
    same = clusters.filter(pc.is_in(clusters["creative"], own.combine_chunks()))["picture"]
    return sorted({picture, *map(str, same.to_pylist())})


def _description(row: Mapping[str, Any]) -> Description:
    caption, whole = row["caption"], row["whole_caption"]
    return Description(
        describer=row["describer"],
        revision=row["revision"],
        key=row["key"],
        caption=caption,
        whole_caption=None if whole == caption else whole,
        labels=[_seen(label) for label in sorted(row["labels"] or [], key=_place)],
        palette=[colour for colour in row["palette"] or [] if _COLOUR.fullmatch(colour)],
        box=_box(row["photo_box"]),
        text_share=row["text_share"],
        ocr_text=row["ocr_text"],
        removed=[Removed(one["text"], one["rule"]) for one in row["removed"] or []],
        error=row["error"],
    )


def _seen(label: Mapping[str, Any]) -> Seen:
    known = CATEGORIES.get(label["category"], {}).get(label["label"])
    words = label["label"].replace("_", " ")
    text = Text(es=words, en=words) if known is None else Text(es=known.es, en=known.en)
    return Seen(label["category"], text, label["similarity"])


def _place(label: Mapping[str, Any]) -> tuple[int, float]:
    """Categories in the vocabulary's order, those of one describer alone after them."""
    order = list(CATEGORIES)
    category = label["category"]
    at = order.index(category) if category in order else len(order)
    return at, -label["similarity"]


def _box(sides: Sequence[float] | None) -> Box | None:
    if sides is None:
        return None
    left, top, right, bottom = (min(1.0, max(0.0, side)) for side in sides)
    if right <= left or bottom <= top or (right - left) * (bottom - top) >= _WHOLE:
        return None
    return Box(*(round(100 * v, 2) for v in (left, top, right - left, bottom - top)))
