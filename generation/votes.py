"""What the winners agree on: labels weighed by how much each picture counts."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from generation.deny import Deny, free_phrase
from generation.vocabulary import CATEGORIES

# Describers may add labels of their own wording in these categories; see `free_votes`. What a
# winner was made with (`medium`: poster, screenshot) is the brand's decision, not evidence.
FREE_CATEGORIES = ("mood",)
# Two wordings whose vectors are nearer than this say the same.
ALIKE = 0.9
# One picture's odd label is an accident or an attack; two pictures make it a pattern.
MIN_PICTURES_FOR_FREE = 2


@dataclass(frozen=True)
class Observed:
    """One label that a describer gave a picture; `label` is a vocabulary id or free text."""

    category: str
    label: str
    similarity: float


@dataclass(frozen=True)
class Winner:
    """One picture that inspires the set.

    Args:
        picture: sha256 of the file.
        weight: how much it counts, above 0; the weights of a set add up to 1.
        caption: what a describer said about it; untrusted.
    """

    picture: str
    weight: float
    labels: tuple[Observed, ...]
    caption: str = ""


@dataclass(frozen=True)
class Vote:
    """How much of the winners' weight shows a label.

    Args:
        share: sum of weight x similarity, over the same sum if every winner showed the
            label as clearly as the clearest label of the category: 0 to 1.
        pictures: which winners show it, heaviest first.
    """

    category: str
    label: str
    share: float
    pictures: tuple[str, ...]


def votes(winners: Sequence[Winner], category: str) -> list[Vote]:
    """The vocabulary's labels of one category that winners show, strongest first.

    Labels outside the vocabulary are not counted; the order of `winners` changes nothing.
    """
    known = list(CATEGORIES[category])
    found = _tally(winners, category, {label: label for label in known})
    return sorted(found, key=lambda vote: (-vote.share, known.index(vote.label)))


def free_votes(
    winners: Sequence[Winner], deny: Deny, alike: Callable[[str, str], float] | None = None
) -> list[Vote]:
    """Harmless free labels that at least two winners share, near-duplicates merged.

    "warm light" and "light, warm" are one label, told in its shortest wording.

    Args:
        alike: the cosine of two wordings by some text encoder; above 0.9 they are one label too.
    """
    found = []
    for category in FREE_CATEGORIES:
        wordings: dict[frozenset[str], set[str]] = defaultdict(set)
        for text in {seen.label for w in winners for seen in w.labels if seen.category == category}:
            if phrase := free_phrase(_spaced(text), deny):
                wordings[frozenset(phrase.split())].add(text)
        names = {
            text: min(map(_spaced, same), key=lambda wording: (len(wording), wording))
            for same in wordings.values()
            for text in same
        }
        if alike is not None:
            names = _merged(names, alike)
        found += _tally(winners, category, names)
    shared = [vote for vote in found if len(vote.pictures) >= MIN_PICTURES_FOR_FREE]
    return sorted(shared, key=lambda vote: (-vote.share, vote.label))


def _merged(names: dict[str, str], alike: Callable[[str, str], float]) -> dict[str, str]:
    """Each wording under the first (shortest) one that says the same."""
    leaders: list[str] = []
    leader_of = {}
    for name in sorted(set(names.values()), key=lambda name: (len(name), name)):
        same = next((leader for leader in leaders if alike(leader, name) > ALIKE), None)
        if same is None:
            leaders.append(name)
        leader_of[name] = name if same is None else same
    return {text: leader_of[name] for text, name in names.items()}


def _spaced(text: str) -> str:
    return " ".join(text.lower().replace("_", " ").replace(",", " ").split())


def _tally(winners: Iterable[Winner], category: str, names: dict[str, str]) -> list[Vote]:
    """One vote per name; a picture counts each name once, by its clearest label."""
    clear: dict[str, dict[str, float]] = defaultdict(dict)
    weights = {}
    for winner in winners:
        weights[winner.picture] = winner.weight
        for seen in winner.labels:
            if seen.category != category or seen.label not in names:
                continue
            if not math.isfinite(seen.similarity) or seen.similarity <= 0:
                continue
            name = names[seen.label]
            before = clear[name].get(winner.picture, 0.0)
            clear[name][winner.picture] = max(before, seen.similarity)
    clearest = max((s for shown in clear.values() for s in shown.values()), default=1.0)
    whole = math.fsum(weights.values()) * clearest
    return [
        Vote(
            category,
            name,
            round(math.fsum(weights[p] * s for p, s in shown.items()) / whole, 6),
            tuple(sorted(shown, key=lambda p: (-weights[p], p))),
        )
        for name, shown in clear.items()
    ]
