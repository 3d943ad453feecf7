"""What worked, in the brand's voice: winners' labels and brand manual to prompts.

Everything that reaches a prompt is a phrase of the vocabulary, a phrase of the reviewed
brand manual, a free label that passed the deny filter, or a language model's phrase that
passed the same filter. Captions, texts read from pictures and ad copy never do. The same
input gives the same prompt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from generation import assembly, wording
from generation.assembly import IMAGES, FusedPhrase, Origin, PromptStyle, Slot, rough_tokens
from generation.deny import Deny
from generation.guide import Guide, Idea, Phrase, Wishes, Words
from generation.medoid import Caption, Similar, content_words, medoid
from generation.vocabulary import CATEGORIES, PLACES, label
from generation.votes import Vote, Winner, free_votes, votes

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
class Fused:
    """The words of one set.

    Args:
        prompts: one per image; they differ in the people and the composition.
        prompts_es: the same words for people; models get the English ones.
        scene: vocabulary ids and colours for drawn engines.
        alts: one per image; they name people only as generally as a drawing shows them.
        medoid: the picture whose caption chose between the brand's ideas; None without one.
    """

    prompts: tuple[str, ...]
    prompts_es: tuple[str, ...]
    negative_prompt: str
    phrases: tuple[FusedPhrase, ...]
    title: Phrase
    description: Phrase
    alts: tuple[Phrase, ...]
    compositions: tuple[str, ...]
    scene: Mapping[str, Any]
    idea: str
    medoid: str | None


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
    wished: frozenset[str]
    medoid: str | None


def fuse(
    winners: Sequence[Winner],
    guide: Guide,
    deny: Deny,
    *,
    budget: int,
    count_tokens: Callable[[str], int] = rough_tokens,
    style: PromptStyle = "tags",
    compositions: Sequence[str] | None = None,
    wishes: Wishes | None = None,
    words: Words | None = None,
    similar: Similar | None = None,
    alike: Callable[[str, str], float] | None = None,
) -> Fused:
    """The prompts, words and scene of one set of four.

    Args:
        winners: may be empty; then the brand's first idea speaks alone.
        budget: most tokens a prompt may have, by `count_tokens`.
        style: phrases for CLIP encoders, or sentences for language-model encoders.
        compositions: fixed by the engine, one per image; None: the winners' best first.
        wishes: what a brief fixes about the scene.
        words: a language model's refinement of the idea.
        similar: how near captions are to each other; see `generation.medoid`.
        alike: how near two free labels are; see `generation.votes`.

    Raises:
        ValueError: the subject alone exceeds the budget, or a brand phrase is disallowed.
    """
    central = medoid([Caption(w.picture, w.caption, w.weight) for w in winners], deny, similar)
    choice = _choose(winners, guide, compositions, wishes or Wishes(), central)
    if words is not None:
        activity = words.activity
        idea = replace(choice.idea, activity=activity, activity_many=activity.es)
        choice = replace(choice, idea=idea)
    slots = _slots(choice, guide, free_votes(winners, deny, alike), words, winners)
    for phrase in (phrase for slot in slots for phrase in slot.phrases):
        if found := deny.hits(f"{phrase.text} {phrase.text_es}"):
            raise ValueError(f"brand phrase {phrase.text!r}: {found} is on the disallow list.")
    kept, phrases = assembly.fit(slots, budget, count_tokens, style)
    empty = _EMPTY_SCENE if choice.people == "none" else ()
    return Fused(
        prompts=tuple(assembly.rendered(kept, at, style) for at in range(IMAGES)),
        prompts_es=tuple(assembly.rendered(kept, at, style, "es") for at in range(IMAGES)),
        # Flaws, then people in an empty scene, then the disallow list, as far as they fit.
        negative_prompt=assembly.joined((*_FLAWS, *empty, *guide.disallow), budget, count_tokens),
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
            "palette": list((wishes and wishes.palette) or guide.palette),
        },
        idea=choice.idea.id,
        medoid=choice.medoid,
    )


def _choose(
    winners: Sequence[Winner],
    guide: Guide,
    compositions: Sequence[str] | None,
    wishes: Wishes,
    central: Caption | None,
) -> _Choice:
    seen = {category: votes(winners, category) for category in CATEGORIES}
    share = {(v.category, v.label): v.share for found in seen.values() for v in found}
    told = frozenset() if central is None else content_words(central.text)

    def place_share(setting: str) -> float:
        return share.get(("place", PLACES[setting]), 0.0)

    def agreement(idea: Idea) -> float:
        setting = max(share.get(("setting", s), 0.0) for s in idea.settings)
        place = max(map(place_share, idea.settings))
        props = sum(share.get(("prop", p), 0.0) for p in idea.props) / len(idea.props)
        own = content_words(f"{idea.activity.en} {idea.still.en}")
        said = len(own & told) / max(len(own), 1)
        people = share.get(("people", idea.people), 0.0)
        return 2 * setting + place + people + props / 2 + said

    idea = max(guide.ideas, key=agreement)  # the first of equals
    setting = wishes.setting or _leading(seen["setting"], MOST)
    if setting is None:
        setting = max(idea.settings, key=place_share)
    elif setting not in idea.settings:
        # The winners' place is no place for this idea: keep what the business does anywhere.
        fitting = [one for one in guide.ideas if setting in one.settings] if wishes.setting else []
        anywhere = replace(guide.anywhere, people=idea.people)
        idea = max(fitting, key=agreement) if fitting else anywhere
    people = wishes.people or _leading(seen["people"], MOST) or idea.people
    shown = [v.label for v in seen["prop"] if v.share >= SOME]
    first = wishes.props or (idea.props[0],)
    props = tuple(dict.fromkeys([*first, *shown, *idea.props]))
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
        props=wishes.props or props[:MAX_PROPS],
        light=wishes.light or (lights[0] if lights else "morning"),
        hue=_leading(seen["palette"], SOME),
        compositions=tuple(compositions),
        by_label={(v.category, v.label): v for found in seen.values() for v in found},
        wished=frozenset(
            category
            for category, wish in (
                ("setting", wishes.setting),
                ("people", wishes.people),
                ("prop", wishes.props),
                ("light", wishes.light),
            )
            if wish
        ),
        medoid=None if central is None else central.picture,
    )


def _leading(found: Sequence[Vote], at_least: float) -> str | None:
    return found[0].label if found and found[0].share >= at_least else None


def _slots(
    choice: _Choice,
    guide: Guide,
    free: Sequence[Vote],
    words: Words | None,
    winners: Sequence[Winner],
) -> list[Slot]:
    """Every place of the prompt, the most important first."""

    def own(category: str, text: Phrase, origin: Origin = "brand") -> FusedPhrase:
        return FusedPhrase(category, text.en, text.es, None, origin)

    def seen(category: str, label_id: str) -> FusedPhrase:
        known = label(category, label_id)
        vote = choice.by_label.get((category, label_id))
        if category in choice.wished:
            return FusedPhrase(category, known.en, known.es, None, "brief")
        if vote is None:
            return FusedPhrase(category, known.en, known.es, None, "brand")
        return FusedPhrase(category, known.en, known.es, vote.share, "winners", vote.pictures)

    def one(group: int, phrase: FusedPhrase, text: Phrase | None = None) -> Slot:
        said = Phrase(phrase.text, phrase.text_es) if text is None else text
        return Slot(group, (said,) * IMAGES, (phrase,))

    subjects, subject_phrases = _subjects(choice, guide, words)
    props = tuple(
        replace(seen("prop", prop), text=spoken.en, text_es=spoken.es)
        for prop in choice.props
        for spoken in [wording.prop_words(prop, guide)]
    )
    slots = [
        Slot(0, subjects, (*subject_phrases, seen("people", choice.people))),
        one(0, seen("setting", choice.setting), wording.located(choice.setting)),
        Slot(0, tuple(_unsaid(subject, choice.props, props) for subject in subjects), props),
        one(4, own("style", guide.style)),
        one(2, seen("light", choice.light)),
        Slot(
            1,
            tuple(
                Phrase(known.en, known.es)
                for known in (label("composition", c) for c in choice.compositions)
            ),
            (seen("composition", choice.compositions[0]),),
        ),
    ]
    if words is not None:
        pictures = tuple(w.picture for w in sorted(winners, key=lambda w: (-w.weight, w.picture)))
        for category, text in (("detail", words.detail), ("mood", words.mood)):
            slots.append(one(3, replace(own(category, text, "llm"), pictures=pictures)))
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


def _unsaid(subject: Phrase, ids: Sequence[str], props: Sequence[FusedPhrase]) -> Phrase:
    """`with shopping bags`: the props that the subject does not name already."""
    extra = [
        phrase
        for prop, phrase in zip(ids, props, strict=True)
        if not wording.mentions(subject.en, prop, "en")
    ]
    if not extra:
        return Phrase("", "")
    return Phrase(
        f"with {wording.listed([phrase.text for phrase in extra], 'and')}",
        f"con {wording.listed_es([phrase.text_es for phrase in extra])}",
    )


def _mood(mood: str) -> str:
    return f"ánimo {_MOODS.get(mood, mood)}"


def _subjects(
    choice: _Choice, guide: Guide, words: Words | None
) -> tuple[tuple[Phrase, ...], tuple[FusedPhrase, ...]]:
    """Who does what, once per image; a picture of objects only shows the objects."""
    idea = choice.idea
    still = FusedPhrase("activity", idea.still.en, idea.still.es, None, "brand")
    if choice.people == "none":
        return (idea.still,) * IMAGES, (still,)
    people = guide.people[choice.people]
    activity = wording.activity(idea, choice.people)
    subjects = tuple(
        idea.still
        if composition == "detail"
        else Phrase(f"{who.en} {activity.en}", f"{who.es} {activity.es}")
        for at, composition in enumerate(choice.compositions)
        for who in [people[at % len(people)]]
    )
    everyone = Phrase("; ".join(p.en for p in people), "; ".join(p.es for p in people))
    origin: Origin = "brand" if words is None else "llm"
    return subjects, (
        FusedPhrase("activity", activity.en, activity.es, None, origin),
        FusedPhrase("representation", everyone.en, everyone.es, None, "brand"),
    )


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
