"""What the gate said of a set's candidates, in parts that pages put into words.

The gate keeps its reasons as English sentences with the numbers in them. Each is read back
into its kind and its values; one that no rule here knows is shown as it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from include.catalogue.manifest import Candidate, Manifest

_NUMBER = r"(\d+(?:\.\d+)?)"
_RULES = (
    ("size", re.compile(r"size (\d+)x(\d+), expected (\d+)x(\d+)")),
    ("flat", re.compile(rf"flat: deviation {_NUMBER} below {_NUMBER}")),
    ("no_edges", re.compile(rf"no edges: sharpness {_NUMBER} below {_NUMBER}")),
    ("letters", re.compile(rf"letters: {_NUMBER}% of the picture, {_NUMBER}% allowed")),
    ("copy", re.compile(r"a copy of a source: .*")),
    ("unsafe", re.compile(rf"unsafe: {_NUMBER}, {_NUMBER} allowed")),
    ("disallowed", re.compile(r"disallowed: looks more like ['\"](.*)['\"] than like the prompt")),
    ("alike", re.compile(r"like an image already chosen: (\d+) of 64 bits apart")),
    ("not_needed", re.compile(r"not needed: .*")),
)


@dataclass(frozen=True)
class Reason:
    """Why a candidate is out, or what is wrong with it although it was taken.

    Args:
        kind: `other` where no rule knows the sentence.
        values: the sentence's numbers and words, in its order.
        text: the sentence.
    """

    kind: str
    values: tuple[str, ...]
    text: str

    @classmethod
    def of(cls, text: str) -> Reason:
        """The reason that a manifest tells in this sentence."""
        for kind, pattern in _RULES:
            if match := pattern.fullmatch(text):
                return cls(kind, match.groups(), text)
        return cls("other", (), text)


@dataclass(frozen=True)
class Gate:
    """What became of all candidates of a set.

    Args:
        faults: why candidates were left out, and how many for each reason; the most first.
        by_image: what is wrong with an image that was taken all the same, by its number.
        scored: the names of all scores, in the order in which the checks come.
        rounds: how many times candidates were made.
    """

    candidates: Sequence[Candidate]
    chosen: int
    barred: int
    unneeded: int
    faults: Sequence[tuple[Reason, int]]
    by_image: dict[int, list[Reason]]
    scored: Sequence[str]
    rounds: int

    @property
    def out(self) -> int:
        """Candidates with something wrong that were not taken."""
        return len(self.candidates) - self.chosen - self.unneeded


def gate_of(manifest: Manifest) -> Gate | None:
    """The gate's word on a set; None where the manifest has none."""
    candidates = manifest.gate
    if not candidates:
        return None
    places = {image.candidate: image.k for image in manifest.images}
    left = [one for one in candidates if not one.chosen]
    unneeded = [one for one in left if _kinds(one) == {"not_needed"}]
    faulty = [one for one in left if one not in unneeded]
    return Gate(
        candidates=candidates,
        chosen=len(candidates) - len(left),
        barred=sum(one.barred for one in left),
        unneeded=len(unneeded),
        faults=_counted(reason for one in faulty for reason in map(Reason.of, one.reasons[:1])),
        by_image={
            places[one.k]: [Reason.of(text) for text in one.reasons]
            for one in candidates
            if one.chosen and one.reasons and one.k in places
        },
        scored=list(dict.fromkeys(name for one in candidates for name in one.scores)),
        rounds=max(one.round for one in candidates),
    )


def _kinds(candidate: Candidate) -> set[str]:
    return {Reason.of(text).kind for text in candidate.reasons}


def _counted(reasons: Iterable[Reason]) -> list[tuple[Reason, int]]:
    """One reason of each kind, with how many candidates it left out."""
    found = list(reasons)
    counts = Counter(reason.kind for reason in found)
    first = {reason.kind: reason for reason in reversed(found)}
    return [(first[kind], count) for kind, count in counts.most_common()]
