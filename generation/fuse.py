"""What worked, in the brand's voice: winners' labels and brand manual to prompts.

Everything that reaches a prompt is a phrase of the vocabulary, a phrase of the reviewed
brand manual, or a free label that passed the deny filter. Captions, texts read from pictures
and ad copy never do. The same input gives the same prompt.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from generation import wording
from generation.deny import Deny
from generation.guide import Guide, Idea, Phrase
from generation.vocabulary import CATEGORIES, PLACES, label
from generation.votes import Vote, Winner, free_votes, votes

PromptStyle = Literal["tags", "prose"]
Origin = Literal["winners", "brand", "tone", "objective"]

IMAGES = 4
COMPOSITIONS = tuple(CATEGORIES["composition"])
# A setting, a number of people or a prop is taken over when most of the evidence shows it,
# a light or a colour when it leads clearly; below that the brand's idea stands.
MOST = 0.5
SOME = 0.3
MENTIONED = 0.15
MAX_PROPS = 3

# What models get wrong in any picture; words for a negative prompt only.
_FLAWS = ("text", "letters", "watermark", "logo", "deformed hands", "blurry", "low quality")
_EMPTY_SCENE = ("people", "faces", "hands")
# Spanish for the moods that describers know; another one is shown as it came.
_MOODS = {
    "cheerful": "alegre",
    "calm": "tranquilo",
    "energetic": "enérgico",
    "trustworthy": "confiable",
    "festive": "festivo",
    "serious": "serio",
}


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
class Fused:
    """The words of one set.

    Args:
        prompts: one per image; they differ in the people and the composition.
        scene: vocabulary ids and colours for drawn engines.
        alts: one per image; they name people only as generally as a drawing shows them.
    """

    prompts: tuple[str, ...]
    negative_prompt: str
    phrases: tuple[FusedPhrase, ...]
    title: Phrase
    description: Phrase
    alts: tuple[Phrase, ...]
    compositions: tuple[str, ...]
    scene: Mapping[str, Any]
    idea: str


@dataclass(frozen=True)
class _Slot:
    """A place in the prompt: what it says in each image, and the phrases it stands for."""

    group: int  # phrases of one group make one sentence in prose
    variants: tuple[str, ...]
    phrases: tuple[FusedPhrase, ...]


@dataclass(frozen=True)
class _Choice:
    """The scene that was decided on, with the votes that decided."""

    idea: Idea
    setting: str
    people: str
    props: tuple[str, ...]
    light: str
    hue: str | None
    compositions: tuple[str, ...]
    by_label: Mapping[tuple[str, str], Vote]


def rough_tokens(text: str) -> int:
    """About how many CLIP tokens a text has, for planning without a tokenizer; rather more."""
    words = re.findall(r"[^\W\d_]+|\d|[^\w\s]", text)
    return sum(math.ceil(len(word) / 8) for word in words)


def fuse(
    winners: Sequence[Winner],
    guide: Guide,
    deny: Deny,
    *,
    budget: int,
    count_tokens: Callable[[str], int] = rough_tokens,
    style: PromptStyle = "tags",
    compositions: Sequence[str] | None = None,
) -> Fused:
    """The prompts, words and scene of one set of four.

    Args:
        winners: may be empty; then the brand's first idea speaks alone.
        budget: most tokens a prompt may have, by `count_tokens`.
        style: phrases for CLIP encoders, or sentences for language-model encoders.
        compositions: fixed by the engine, one per image; None: the winners' best first.

    Raises:
        ValueError: the subject alone exceeds the budget, or a brand phrase is disallowed.
    """
    choice = _choose(winners, guide, compositions)
    slots = _slots(choice, guide, free_votes(winners, deny))
    for phrase in (phrase for slot in slots for phrase in slot.phrases):
        if found := deny.hits(f"{phrase.text} {phrase.text_es}"):
            raise ValueError(f"brand phrase {phrase.text!r}: {found} is on the disallow list.")
    kept, phrases = _fit(slots, budget, count_tokens, style)
    prompts = tuple(_render(kept, at, style) for at in range(IMAGES))
    return Fused(
        prompts=prompts,
        negative_prompt=_negative(choice, guide, budget, count_tokens),
        phrases=(*phrases, *_outweighed(choice)),
        title=choice.idea.title,
        description=wording.description(
            choice.idea,
            guide,
            setting=choice.setting,
            people=choice.people,
            props=choice.props,
            light=choice.light,
        ),
        alts=tuple(
            wording.alt(choice.idea, choice.setting, choice.people, composition)
            for composition in choice.compositions
        ),
        compositions=choice.compositions,
        scene={
            "setting": choice.setting,
            "people": choice.people,
            "props": list(choice.props),
            "light": choice.light,
            "palette": list(guide.palette),
        },
        idea=choice.idea.id,
    )


def _choose(winners: Sequence[Winner], guide: Guide, compositions: Sequence[str] | None) -> _Choice:
    seen = {category: votes(winners, category) for category in CATEGORIES}
    share = {(v.category, v.label): v.share for found in seen.values() for v in found}

    def place_share(setting: str) -> float:
        return share.get(("place", PLACES[setting]), 0.0)

    def agreement(idea: Idea) -> float:
        setting = max(share.get(("setting", s), 0.0) for s in idea.settings)
        place = max(map(place_share, idea.settings))
        props = sum(share.get(("prop", p), 0.0) for p in idea.props) / len(idea.props)
        return 2 * setting + place + share.get(("people", idea.people), 0.0) + props / 2

    idea = max(guide.ideas, key=agreement)  # the first of equals
    setting = _leading(seen["setting"], MOST)
    if setting is None:
        setting = max(idea.settings, key=place_share)
    elif setting not in idea.settings:
        # The winners' place is no place for this idea: keep what the business does anywhere.
        idea = replace(guide.anywhere, people=idea.people)
    people = _leading(seen["people"], MOST) or idea.people
    shown = [v.label for v in seen["prop"] if v.share >= SOME]
    props = tuple(dict.fromkeys([idea.props[0], *shown, *idea.props]))[:MAX_PROPS]
    lights = [
        v.label
        for v in seen["light"]
        if v.share >= SOME and not (v.label == "indoor" and PLACES[setting] == "outdoor")
    ]
    if compositions is None:
        best = _leading(seen["composition"], SOME)
        compositions = sorted(COMPOSITIONS, key=lambda c: c != best)
    return _Choice(
        idea=idea,
        setting=setting,
        people=people,
        props=props,
        light=lights[0] if lights else "morning",
        hue=_leading(seen["palette"], SOME),
        compositions=tuple(compositions),
        by_label={(v.category, v.label): v for found in seen.values() for v in found},
    )


def _leading(found: Sequence[Vote], at_least: float) -> str | None:
    return found[0].label if found and found[0].share >= at_least else None


def _slots(choice: _Choice, guide: Guide, free: Sequence[Vote]) -> list[_Slot]:
    """Every place of the prompt, the most important first."""

    def own(category: str, text: Phrase, origin: Origin = "brand") -> FusedPhrase:
        return FusedPhrase(category, text.en, text.es, None, origin)

    def seen(category: str, label_id: str) -> FusedPhrase:
        known = label(category, label_id)
        vote = choice.by_label.get((category, label_id))
        if vote is None:
            return FusedPhrase(category, known.en, known.es, None, "brand")
        return FusedPhrase(category, known.en, known.es, vote.share, "winners", vote.pictures)

    def one(group: int, phrase: FusedPhrase, text: str | None = None) -> _Slot:
        return _Slot(group, ((phrase.text if text is None else text),) * IMAGES, (phrase,))

    subjects, subject_phrases = _subjects(choice, guide)
    props = tuple(
        replace(seen("prop", prop), text=words.en, text_es=words.es)
        for prop in choice.props
        for words in [wording.prop_words(prop, guide)]
    )
    slots = [
        _Slot(0, subjects, (*subject_phrases, seen("people", choice.people))),
        one(0, seen("setting", choice.setting), wording.located(choice.setting).en),
        _Slot(0, tuple(_unsaid(subject, choice.props, props) for subject in subjects), props),
        one(4, own("style", guide.style)),
        one(2, seen("light", choice.light)),
        _Slot(
            1,
            tuple(label("composition", c).en for c in choice.compositions),
            (seen("composition", choice.compositions[0]),),
        ),
    ]
    if choice.hue is not None:
        slots.append(one(2, seen("palette", choice.hue)))
    slots += [
        one(1, own("objective", guide.objective_phrase, "objective")),
        one(2, own("colours", guide.colours)),
        one(3, own("tone", guide.tone, "tone")),
        *(one(4, own("must_have", phrase)) for phrase in guide.must_have),
        one(3, own("warmth", guide.warmth)),
    ]
    place = PLACES[choice.setting]
    if ("place", place) in choice.by_label and place != "plain":
        slots.append(one(3, seen("place", place)))
    slots += [
        one(
            3,
            FusedPhrase(
                v.category, f"{v.label} mood", _mood(v.label), v.share, "winners", v.pictures
            ),
        )
        for v in free[:1]
    ]
    return slots


def _unsaid(subject: str, ids: Sequence[str], props: Sequence[FusedPhrase]) -> str:
    """`with shopping bags`: the props that the subject does not name already."""
    extra = [
        phrase.text
        for prop, phrase in zip(ids, props, strict=True)
        if not wording.mentions(subject, prop, "en")
    ]
    return f"with {wording.listed(extra, 'and')}" if extra else ""


def _mood(mood: str) -> str:
    return f"ánimo {_MOODS.get(mood, mood)}"


def _subjects(choice: _Choice, guide: Guide) -> tuple[tuple[str, ...], tuple[FusedPhrase, ...]]:
    """Who does what, once per image; a picture of objects only shows the objects."""
    idea = choice.idea
    still = FusedPhrase("activity", idea.still.en, idea.still.es, None, "brand")
    if choice.people == "none":
        return (idea.still.en,) * IMAGES, (still,)
    people = guide.people[choice.people]
    subjects = tuple(
        idea.still.en
        if composition == "detail"
        else f"{people[at % len(people)].en} {idea.activity.en}"
        for at, composition in enumerate(choice.compositions)
    )
    activity = wording.activity(idea, choice.people)
    everyone = Phrase("; ".join(p.en for p in people), "; ".join(p.es for p in people))
    return subjects, (
        FusedPhrase("activity", activity.en, activity.es, None, "brand"),
        FusedPhrase("representation", everyone.en, everyone.es, None, "brand"),
    )


def _fit(
    slots: Sequence[_Slot], budget: int, count_tokens: Callable[[str], int], style: PromptStyle
) -> tuple[list[_Slot], tuple[FusedPhrase, ...]]:
    """The slots that fit, tried in order of importance, and all their phrases."""
    kept: list[_Slot] = []
    phrases: list[FusedPhrase] = []
    for slot in slots:
        tried = [*kept, slot]
        texts = {_render(tried, at, style) for at in range(IMAGES)}
        longest = max(count_tokens(text) for text in texts)
        if longest <= budget:
            kept = tried
            phrases += slot.phrases
        elif not kept:
            raise ValueError(
                f"prompt: the subject {slot.variants[0]!r} has {longest} tokens, the image model "
                f"reads {budget}; shorten the activity or the people phrases in brand.yaml."
            )
        else:
            phrases += [replace(p, kept=False, dropped="budget") for p in slot.phrases]
    return kept, tuple(phrases)


def _render(slots: Iterable[_Slot], at: int, style: PromptStyle) -> str:
    groups: dict[int, list[str]] = {}
    for slot in slots:
        if slot.variants[at]:  # props that the subject names already
            groups.setdefault(slot.group, []).append(slot.variants[at])
    if style == "prose":
        sentences = [", ".join(texts) for _, texts in sorted(groups.items())]
        return " ".join(f"{text[0].upper()}{text[1:]}." for text in sentences)
    return ", ".join(filter(None, (slot.variants[at] for slot in slots)))


def _negative(
    choice: _Choice, guide: Guide, budget: int, count_tokens: Callable[[str], int]
) -> str:
    """Flaws, then people in an empty scene, then the disallow list, as far as they fit."""
    kept: list[str] = []
    empty = _EMPTY_SCENE if choice.people == "none" else ()
    for word in dict.fromkeys((*_FLAWS, *empty, *guide.disallow)):
        if count_tokens(", ".join([*kept, word])) <= budget:
            kept.append(word)
    return ", ".join(kept)


def _outweighed(choice: _Choice) -> tuple[FusedPhrase, ...]:
    """What winners also show and the prompt does not say, strongest first."""
    taken = {
        ("setting", choice.setting),
        ("place", PLACES[choice.setting]),
        ("people", choice.people),
        ("light", choice.light),
        ("palette", choice.hue),
        *(("prop", prop) for prop in choice.props),
        *(("composition", composition) for composition in choice.compositions),
    }
    rest = [
        vote
        for key, vote in choice.by_label.items()
        # How much text an ad carries is the template's matter, not the picture's.
        if key not in taken and vote.category != "text_share" and vote.share >= MENTIONED
    ]
    rest.sort(key=lambda vote: (-vote.share, vote.category, vote.label))
    return tuple(
        FusedPhrase(
            v.category,
            label(v.category, v.label).en,
            label(v.category, v.label).es,
            v.share,
            "winners",
            v.pictures,
            kept=False,
            dropped="outweighed",
        )
        for v in rest
    )
