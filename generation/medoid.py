"""The caption that says best what the winners have in common.

Captions are untrusted: they may repeat what is written in an ad. The medoid chooses between
the brand's own ideas and never enters a prompt; one that could give orders chooses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from generation.deny import NEVER, Deny, plain

MAX_LETTERS = 300
Similar = Callable[[Sequence[str]], NDArray[np.float64]]
"""Texts to their cosines with each other, shape (n, n); a CLIP text tower in practice."""

# Latin letters and single marks; a stop ends a sentence and stands in no address.
_PLAIN = re.compile(r"(?:[A-Za-zé0-9 ,'-]|\.(?= |$))+")
_COMMON = frozenset(
    re.findall(
        r"\w+",
        "a an the of in on at with and or to by for from into over under is are has have its their"
        " his her this that some one two people person man woman shot scene picture photo image"
        " almost no text tones light",
    )
)


@dataclass(frozen=True)
class Caption:
    """What a describer said about one winner, and how much the winner counts."""

    picture: str
    text: str
    weight: float


def content_words(text: str) -> frozenset[str]:
    """The words that carry meaning, in the singular as far as a final s tells."""
    words = re.findall(r"[a-z]{3,}", plain(text))
    return frozenset(
        word[:-1] if word.endswith("s") and not word.endswith("ss") else word
        for word in words
        if word not in _COMMON
    )


def trusted(text: str, deny: Deny) -> bool:
    """Whether a caption is a plain description: no orders, names, markup or other alphabets."""
    spoken = plain(text)
    return bool(
        0 < len(text) <= MAX_LETTERS
        and _PLAIN.fullmatch(text.strip())
        and not NEVER.search(spoken.replace("almost no text on the picture", ""))
        and not deny.hits(spoken)
    )


def medoid(
    captions: Sequence[Caption], deny: Deny, similar: Similar | None = None
) -> Caption | None:
    """The trusted caption nearest to all others, each as heavy as its winner; None without any.

    Args:
        similar: None: the share of meaningful words that two captions have in common.
    """
    sound = sorted(
        (c for c in captions if trusted(c.text, deny) and c.weight > 0), key=lambda c: c.picture
    )
    if not sound:
        return None
    near = (_shared if similar is None else similar)([c.text for c in sound])
    scores = near @ np.array([c.weight for c in sound])
    return sound[int(np.argmax(np.round(scores, 9)))]


def _shared(texts: Sequence[str]) -> NDArray[np.float64]:
    words = [content_words(text) for text in texts]
    return np.array(
        [[len(a & b) / len(a | b) if a | b else 1.0 for b in words] for a in words],
        dtype=np.float64,
    )
