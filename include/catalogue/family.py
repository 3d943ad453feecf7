"""The family tree of a set as columns with lines between them: which image comes from what.

Nodes and edges are those of `generation.family`; here they get their places. Heights are
fixed, in CSS pixels at the usual text size, and `app.css` holds the same numbers in rem, so
that the lines meet the cards without any script.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from include.catalogue.manifest import Inspiration, InspiringAd, Manifest, Phrase

IMAGE, IMAGE_GAP = 120, 12
HEAD, PHRASE, PHRASE_GAP = 28, 48, 4
PIECE, AD, MORE, PIECE_GAP = 104, 52, 28, 12
ADS_SHOWN = 3
WIRE = 100  # width of the space between two columns, in the lines' own units

# The groups of phrases from top to bottom; tone and objective are the brand's too.
_GROUPS = ("winners", "brief", "llm", "brand")


@dataclass(frozen=True)
class Said:
    """A phrase with its id and the pieces that it comes from."""

    id: str
    phrase: Phrase
    pieces: Sequence[Inspiration]


@dataclass(frozen=True)
class Shown:
    """A piece with its id, the ads that are listed beside it and how many are not."""

    id: str
    piece: Inspiration
    ads: Sequence[tuple[str, InspiringAd]]
    more: int

    @property
    def height(self) -> int:
        """How high its card is, and the stack of its ads beside it."""
        return max(PIECE, self.stack)

    @property
    def stack(self) -> int:
        """How high its listed ads are; they stand in the middle of its height."""
        return AD * len(self.ads) + (MORE if self.more else 0)

    @property
    def size(self) -> str:
        """The class of that height."""
        return f"h{self.height}"


@dataclass(frozen=True)
class Wire:
    """A line between two columns: the path of an SVG, and whether it is on the picked way."""

    path: str
    picked: bool


class Tree:
    """The family tree of one set; `pick` marks the way through one of its nodes.

    Args:
        manifest: the set's words and numbers.
        graph: what `generation.family.family_of` gives for the same set.
        pick: a node's id; an id that the tree has not is no pick.
    """

    def __init__(self, manifest: Manifest, graph: Mapping[str, Any], pick: str = "") -> None:
        self.manifest = manifest
        self.nodes = {node["id"]: node for node in graph["nodes"]}
        self.pick = pick if self._pickable(pick) else ""
        pieces = {piece.picture: piece for piece in manifest.inspirations}
        said = [
            Said(f"phrase:{at}", phrase, [pieces[p] for p in phrase.pictures if p in pieces])
            for at, phrase in enumerate(manifest.phrases, start=1)
        ]
        self.dropped = [one for one in said if not one.phrase.kept]
        groups: dict[str, list[Said]] = {group: [] for group in _GROUPS}
        for one in said:
            if one.phrase.kept:
                origin = one.phrase.origin
                groups[origin if origin in groups else "brand"].append(one)
        self.groups = {group: found for group, found in groups.items() if found}
        self.pieces = [_shown(piece) for piece in sorted(pieces.values(), key=_heaviest)]
        self._after, self._before = _ways(graph["edges"])

    @property
    def images(self) -> list[str]:
        """The ids of the images, in their order."""
        return [f"image:{image.k}" for image in self.manifest.images]

    @property
    def picked(self) -> Mapping[str, Any] | None:
        """The node that was picked, with its `kind`."""
        return self.nodes.get(self.pick)

    @cached_property
    def kin(self) -> frozenset[str]:
        """What the picked node comes from and what came of it; everything without a pick."""
        if not self.pick:
            return frozenset(self.nodes)
        return frozenset({self.pick, *_reached(self._after, self.pick)}) | _reached(
            self._before, self.pick
        )

    def state(self, id_: str) -> str:
        """`on` or `off` the picked way; nothing without a pick."""
        if not self.pick:
            return ""
        return "on" if id_ in self.kin else "off"

    def kin_of(self, kind: str) -> list[Mapping[str, Any]]:
        """The nodes of one kind on the picked way."""
        return [
            node for id_, node in self.nodes.items() if node["kind"] == kind and id_ in self.kin
        ]

    @cached_property
    def height(self) -> int:
        """How high the tree is: as its highest column."""
        return max(self._columns().values())

    def wires(self, space: str) -> list[Wire]:
        """The lines of one space between columns: `phrases`, `pieces`, `ads` or `rule`."""
        found: list[Wire] = []
        middle = self.height / 2
        images, phrases, pieces = self._images(), self._phrases(), self._pieces()
        if space == "phrases":
            # The images of a set share their phrases, so the lines meet in one knot: the prompt.
            found += [self._wire((0, y), (WIRE / 2, middle), id_) for id_, y in images.items()]
            found += [self._wire((WIRE / 2, middle), (WIRE, y), id_) for id_, y in phrases.items()]
        elif space == "pieces":
            found += [
                self._wire((0, phrases[one.id]), (WIRE, pieces[f"creative:{p.picture}"]), one.id,
                           f"creative:{p.picture}")
                for group in self.groups.values() for one in group for p in one.pieces
            ]  # fmt: skip
        elif space == "ads":
            for shown in self.pieces:
                top = pieces[shown.id] - shown.stack / 2
                found += [
                    self._wire((0, pieces[shown.id]), (WIRE, top + AD * (at + 0.5)), shown.id)
                    for at in range(len(shown.ads))
                ]
        else:
            found += [
                self._wire((0, pieces[shown.id]), (WIRE, middle), shown.id) for shown in self.pieces
            ]
        # What is picked lies above the rest.
        return sorted(found, key=lambda wire: wire.picked)

    def _wire(self, start: tuple[float, float], end: tuple[float, float], *ids: str) -> Wire:
        (x, y), (to_x, to_y) = start, end
        half = (x + to_x) / 2
        path = f"M{x:g} {y:g}C{half:g} {y:g} {half:g} {to_y:g} {to_x:g} {to_y:g}"
        return Wire(path, bool(self.pick) and self.kin.issuperset(ids))

    def _columns(self) -> dict[str, int]:
        """The height of each column."""
        images, rows = len(self.images), sum(map(len, self.groups.values()))
        pieces = [shown.height for shown in self.pieces]
        return {
            "images": images * (IMAGE + IMAGE_GAP) - IMAGE_GAP,
            "phrases": len(self.groups) * HEAD + rows * (PHRASE + PHRASE_GAP),
            "pieces": max(0, sum(pieces) + (len(pieces) - 1) * PIECE_GAP),
        }

    def _images(self) -> dict[str, float]:
        top = (self.height - self._columns()["images"]) / 2
        return {
            id_: top + at * (IMAGE + IMAGE_GAP) + IMAGE / 2 for at, id_ in enumerate(self.images)
        }

    def _phrases(self) -> dict[str, float]:
        found, y = {}, (self.height - self._columns()["phrases"]) / 2
        for group in self.groups.values():
            y += HEAD
            for one in group:
                found[one.id] = y + PHRASE / 2
                y += PHRASE + PHRASE_GAP
        return found

    def _pieces(self) -> dict[str, float]:
        found, y = {}, (self.height - self._columns()["pieces"]) / 2
        for shown in self.pieces:
            found[shown.id] = y + shown.height / 2
            y += shown.height + PIECE_GAP
        return found

    def _pickable(self, id_: str) -> bool:
        return id_ in self.nodes and self.nodes[id_]["kind"] in {"image", "phrase", "creative"}


def _shown(piece: Inspiration) -> Shown:
    ads = [(f"ad:{ad.platform}:{ad.account_id}:{ad.ad_id}", ad) for ad in piece.ads]
    return Shown(f"creative:{piece.picture}", piece, ads[:ADS_SHOWN], max(0, len(ads) - ADS_SHOWN))


def _heaviest(piece: Inspiration) -> tuple[float, int]:
    return -piece.weight, piece.rank


def _ways(
    edges: Iterable[Mapping[str, str]],
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Where each node leads, and what leads to it."""
    after: dict[str, list[str]] = defaultdict(list)
    before: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        after[edge["from"]].append(edge["to"])
        before[edge["to"]].append(edge["from"])
    return after, before


def _reached(ways: Mapping[str, Sequence[str]], start: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for id_ in ways.get(waiting.pop(), ()):
            if id_ not in found:
                found.add(id_)
                waiting.append(id_)
    return found
