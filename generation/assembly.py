"""Prompts from phrases: the most important first, whole ones dropped until every encoder fits."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from generation.guide import Phrase

PromptStyle = Literal["tags", "prose"]
Origin = Literal["winners", "brand", "tone", "objective", "brief", "llm"]
Language = Literal["en", "es"]

SEAM = 2
"""How many more tokens two parts may have together than apart, their comma counted."""

IMAGES = 4
"""Variants of each prompt: they differ in the people and the composition."""


@dataclass(frozen=True)
class FusedPhrase:
    """One phrase that was considered.

    Args:
        weight: the share of the winners' evidence that shows it; None for the brand's own.
        kept: it is in the prompt (`people` through the phrases of `representation`).
        dropped: why not: `budget`, or `outweighed` by a stronger label; None when kept.
        pictures: the winners that show it, heaviest first.
    """

    category: str
    text: str
    text_es: str
    weight: float | None
    origin: Origin
    pictures: tuple[str, ...] = ()
    kept: bool = True
    dropped: Literal["budget", "outweighed"] | None = None


@dataclass(frozen=True)
class Slot:
    """A place in the prompt: what it says in each image, and the phrases it stands for.

    Args:
        group: slots of one group make one sentence in prose.
        variants: one per image.
    """

    group: int
    variants: tuple[Phrase, ...]
    phrases: tuple[FusedPhrase, ...]


def rough_tokens(text: str) -> int:
    """About how many CLIP tokens a text has, for planning without a tokenizer; rather more."""
    words = re.findall(r"[^\W\d_]+|\d|[^\w\s]", text)
    return sum(math.ceil(len(word) / 8) for word in words)


def fit(
    slots: Sequence[Slot], budget: int, count_tokens: Callable[[str], int], style: PromptStyle
) -> tuple[list[Slot], tuple[FusedPhrase, ...]]:
    """The slots that fit, tried in order of importance, and all their phrases.

    Raises:
        ValueError: the first slot alone is too long.
    """
    kept: list[Slot] = []
    phrases: list[FusedPhrase] = []
    for slot in slots:
        tried = [*kept, slot]
        longest = max(_tokens(tried, at, budget, count_tokens, style) for at in range(IMAGES))
        if longest <= budget:
            kept = tried
            phrases += slot.phrases
        elif not kept:
            raise ValueError(
                f"prompt: the subject {slot.variants[0].en!r} has {longest} tokens, the image "
                f"model reads {budget}; shorten the activity or the people phrases in brand.yaml."
            )
        else:
            phrases += [replace(p, kept=False, dropped="budget") for p in slot.phrases]
    return kept, tuple(phrases)


def _tokens(
    slots: Sequence[Slot],
    at: int,
    budget: int,
    count_tokens: Callable[[str], int],
    style: PromptStyle,
) -> int:
    """Tokens of the prompt of image `at`; a sum of its parts where that is plainly enough.

    A tokenizer cuts at words, so the parts' tokens with a comma each are the prompt's, but
    for what happens where two parts meet: `SEAM` tokens at most. Only near the budget is the
    whole prompt counted, and that count decides.
    """
    parts = [text for slot in slots if (text := slot.variants[at].en)]
    about = sum(map(count_tokens, parts)) + len(parts)
    if about + SEAM * len(parts) <= budget:
        return about
    return count_tokens(rendered(slots, at, style))


def rendered(slots: Iterable[Slot], at: int, style: PromptStyle, language: Language = "en") -> str:
    """The prompt of image `at` (from 0): phrases with commas, or sentences."""
    groups: dict[int, list[str]] = {}
    tags = []
    for slot in slots:
        text: str = getattr(slot.variants[at], language)
        if text:  # props that the subject names already leave none
            tags.append(text)
            groups.setdefault(slot.group, []).append(text)
    if style == "tags":
        return ", ".join(tags)
    sentences = [", ".join(texts) for _, texts in sorted(groups.items())]
    return " ".join(f"{text[0].upper()}{text[1:]}." for text in sentences)


def joined(words: Iterable[str], budget: int, count_tokens: Callable[[str], int]) -> str:
    """The words with commas, in order, leaving out each that does not fit."""
    kept: list[str] = []
    for word in dict.fromkeys(words):
        if count_tokens(", ".join([*kept, word])) <= budget:
            kept.append(word)
    return ", ".join(kept)
