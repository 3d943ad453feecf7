"""From candidates to the images of a set: what is broken is out, what is alike is not repeated.

Cheap checks come first, and what fails one is not looked at by the next. Every score and
every reason is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Vectors = NDArray[np.float32]

# A blank or black picture; the plainest good storyboard has a deviation above 20 of 255.
MIN_DEVIATION = 4.0
# Mean absolute step between neighbouring pixels; below it there is no edge anywhere.
MIN_SHARPNESS = 0.2
# Two pictures whose 64-bit difference hashes differ in fewer bits look the same side by side.
MIN_DISTANCE = 7
# The same for a source, where it is a matter of copying and not of variety.
COPY_DISTANCE = 4
SCORED_SIDE = 256
# Share of the picture under letters nobody asked for.
MAX_TEXT_SHARE = 0.02
# Cosine to a picture that inspired the set, or to one already chosen.
TOO_NEAR = 0.95
# How sure the classifier of unsafe pictures must be.
MAX_NSFW = 0.5
# How much likeness to images already chosen costs, in units of the score.
VARIETY = 0.5


@dataclass(frozen=True)
class Verdict:
    """One candidate after the gate.

    Args:
        k: the candidate's number.
        chosen: it becomes an image of the set.
        barred: nobody may see it; it is never taken, whatever is missing.
        scores: `deviation` and `sharpness` in grey levels of 255, `distance` to the nearest
            image chosen before it in bits of 64 (absent for the first); where there are
            models: `text_share`, `nsfw`, `disallowed` and `alignment` (cosines), `source`
            (cosine to the nearest source) and `preference`.
        reasons: why it is out, or why it was taken in spite of something; empty when good.
    """

    k: int
    chosen: bool
    scores: dict[str, float]
    reasons: tuple[str, ...] = field(default=())
    barred: bool = False


@dataclass(frozen=True)
class Candidate:
    """A picture and what it was made from; `variant` tells prompts of a set apart."""

    k: int
    image: Image.Image
    prompt: str = ""
    variant: int = 0


class Looks(Protocol):
    """A model that puts pictures and words into one space."""

    def images(self, pictures: Sequence[Image.Image]) -> Vectors:
        """Vectors of length 1, shape (n, d)."""

    def texts(self, texts: Sequence[str]) -> Vectors:
        """Vectors of length 1, shape (n, d)."""

    def preference(self, vectors: Vectors) -> NDArray[np.float32] | None:
        """How much people like pictures with these vectors, shape (n,); None: not known."""


@dataclass(frozen=True)
class Checks:
    """What a profile's gate can look at; all of it is optional.

    Args:
        looks: for safety, alignment, nearness and preference.
        nsfw: how surely a picture is unsafe, 0 to 1.
        text_share: share of a picture under letters.
        disallow: English words of the brand manual.
        sources: pictures that inspired the set.
    """

    looks: Looks | None = None
    nsfw: Callable[[Sequence[Image.Image]], Sequence[float]] | None = None
    text_share: Callable[[Image.Image], float] | None = None
    disallow: tuple[str, ...] = ()
    sources: tuple[Image.Image, ...] = ()


@dataclass
class _Judged:
    """A candidate on its way through the checks."""

    candidate: Candidate
    hash: int
    scores: dict[str, float]
    faults: list[str]
    barred: bool = False
    vector: Vectors | None = None
    rank: float = 0.0

    def bar(self, reason: str) -> None:
        self.faults.append(reason)
        self.barred = True


def dhash(image: Image.Image) -> int:
    """64-bit difference hash: whether brightness rises from each of 8 x 9 cells to the next."""
    grey = image.convert("L").resize((9, 8), Image.Resampling.BOX)
    cells = np.asarray(grey, np.int16)
    bits = (cells[:, 1:] > cells[:, :-1]).ravel()
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def distance(one: int, other: int) -> int:
    """How many bits two hashes differ in."""
    return (one ^ other).bit_count()


def technical_scores(image: Image.Image) -> dict[str, float]:
    """Contrast and sharpness of the picture at 256 px, in grey levels of 255."""
    small = image.convert("L")
    small.thumbnail((SCORED_SIDE, SCORED_SIDE), Image.Resampling.BOX)
    grey = np.asarray(small, np.float32)
    steps = [np.abs(np.diff(grey, axis=axis)).mean() for axis in (0, 1) if grey.shape[axis] > 1]
    sharpness = float(np.mean(steps)) if steps else 0.0
    return {"deviation": round(float(grey.std()), 2), "sharpness": round(sharpness, 3)}


def choose(
    candidates: Sequence[Candidate], *, n: int, size: tuple[int, int], checks: Checks | None = None
) -> list[Verdict]:
    """Up to `n` candidates: sound ones, the best first, as different from each other as can be.

    When fewer than `n` are sound and stand apart, the set is filled with the best of the
    others, and their verdict says what is wrong with them; barred ones are never taken.

    Args:
        n: how many the set needs. A caller with exactly n candidates learns whether they
            are sound and different.
        size: width and height that was asked for.
        checks: None: only what needs no model.

    Returns:
        one verdict per candidate, in the order given.
    """
    checks = Checks() if checks is None else checks
    judged = [_technical(candidate, size) for candidate in candidates]
    _check_text(judged, checks)
    _check_sources_by_hash(judged, checks)
    _check_nsfw(judged, checks)
    _check_looks(judged, checks)
    sound = [one for one in judged if not one.faults]
    chosen: list[_Judged] = []
    _take(sound, chosen, n)
    # What is left over is taken only where something is missing, and says what is wrong.
    _take([one for one in judged if one.faults and not one.barred], chosen, n)
    taken = {id(one) for one in chosen}
    return [
        Verdict(
            k=one.candidate.k,
            chosen=id(one) in taken,
            scores=one.scores,
            reasons=tuple(one.faults)
            if one.faults or id(one) in taken
            else ("not needed: the others are better or more different",),
            barred=one.barred,
        )
        for one in judged
    ]


def _technical(candidate: Candidate, size: tuple[int, int]) -> _Judged:
    image, scores = candidate.image, technical_scores(candidate.image)
    judged = _Judged(candidate, dhash(image), scores, [], rank=scores["sharpness"])
    if image.size != size:
        judged.bar(f"size {image.width}x{image.height}, expected {size[0]}x{size[1]}")
    if scores["deviation"] < MIN_DEVIATION:
        judged.faults.append(f"flat: deviation {scores['deviation']} below {MIN_DEVIATION}")
    if scores["sharpness"] < MIN_SHARPNESS:
        judged.faults.append(f"no edges: sharpness {scores['sharpness']} below {MIN_SHARPNESS}")
    return judged


def _check_text(judged: Sequence[_Judged], checks: Checks) -> None:
    if checks.text_share is None:
        return
    for one in judged:
        if not one.faults:
            share = one.scores["text_share"] = round(checks.text_share(one.candidate.image), 4)
            if share > MAX_TEXT_SHARE:
                one.faults.append(
                    f"letters: {share:.1%} of the picture, {MAX_TEXT_SHARE:.0%} allowed"
                )


def _check_sources_by_hash(judged: Sequence[_Judged], checks: Checks) -> None:
    hashes = [dhash(source) for source in checks.sources]
    for one in judged:
        near = min((distance(one.hash, known) for known in hashes), default=64)
        if near < COPY_DISTANCE:
            one.bar(f"a copy of a source: {near} of 64 bits apart")


def _check_nsfw(judged: Sequence[_Judged], checks: Checks) -> None:
    left = [one for one in judged if not one.barred]
    if checks.nsfw is None or not left:
        return
    for one, found in zip(left, checks.nsfw([o.candidate.image for o in left]), strict=True):
        one.scores["nsfw"] = round(float(found), 4)
        if found > MAX_NSFW:
            one.bar(f"unsafe: {found:.2f}, {MAX_NSFW} allowed")


def _check_looks(judged: Sequence[_Judged], checks: Checks) -> None:
    """Safety, alignment, nearness to the sources, preference."""
    looks, left = checks.looks, [one for one in judged if not one.barred]
    if looks is None or not left:
        return
    vectors = looks.images([one.candidate.image for one in left])
    prompts = looks.texts([one.candidate.prompt for one in left])
    aligned = np.einsum("nd,nd->n", vectors, prompts)
    disallow = looks.texts([f"a photo of {word}" for word in checks.disallow or ("a weapon",)])
    disallowed = vectors @ disallow.T
    liked = looks.preference(vectors)
    sources = looks.images(checks.sources) if checks.sources else None
    for at, one in enumerate(left):
        one.vector = vectors[at]
        one.scores["alignment"] = round(float(aligned[at]), 4)
        one.scores["disallowed"] = round(float(disallowed[at].max()), 4)
        one.rank = float(aligned[at])
        if liked is not None:
            one.scores["preference"] = round(float(liked[at]), 4)
            one.rank += float(liked[at])
        # Nearer to something disallowed than to what was asked for.
        if checks.disallow and disallowed[at].max() > aligned[at]:
            word = checks.disallow[int(disallowed[at].argmax())]
            one.bar(f"disallowed: looks more like {word!r} than like the prompt")
        if sources is not None:
            near = one.scores["source"] = round(float((sources @ vectors[at]).max()), 4)
            if near > TOO_NEAR:
                one.bar(f"a copy of a source: cosine {near}, {TOO_NEAR} allowed")


def _take(pool: Sequence[_Judged], chosen: list[_Judged], n: int) -> None:
    """Move the best and most different of the pool to the chosen, until there are n.

    Another prompt of the set goes before another picture of the same prompt.
    """
    left = list(pool)
    while left and len(chosen) < n:
        variants = {one.candidate.variant for one in chosen}
        best = max(
            left,
            key=lambda one: (
                # One that looks like a chosen image waits for all others.
                not _alike(one, chosen),
                one.candidate.variant not in variants,
                *_worth(one, chosen),
                -one.candidate.k,
            ),
        )
        near = min((distance(best.hash, other.hash) for other in chosen), default=64)
        if chosen:
            best.scores["distance"] = near
            if _alike(best, chosen):
                best.faults.append(f"like an image already chosen: {near} of 64 bits apart")
        left.remove(best)
        chosen.append(best)


def _alike(one: _Judged, chosen: Sequence[_Judged]) -> bool:
    return any(
        distance(one.hash, other.hash) < MIN_DISTANCE or _cosine(one, other) > TOO_NEAR
        for other in chosen
    )


def _worth(one: _Judged, chosen: Sequence[_Judged]) -> tuple[float, float]:
    if one.vector is None:
        return min((distance(one.hash, c.hash) for c in chosen), default=64), one.rank
    likeness = max((_cosine(one, other) for other in chosen), default=0.0)
    return one.rank - VARIETY * likeness, 0.0


def _cosine(one: _Judged, other: _Judged) -> float:
    if one.vector is None or other.vector is None:
        return -1.0
    return float(one.vector @ other.vector)


def needs_review(verdicts: Sequence[Verdict], n: int) -> bool:
    """Whether a person should look before the set is used: too few, or something is wrong."""
    chosen = [verdict for verdict in verdicts if verdict.chosen]
    return len(chosen) < n or any(verdict.reasons for verdict in chosen)
