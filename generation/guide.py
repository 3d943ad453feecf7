"""What the brand says about one cell (node and objective): the fusion's second source.

The first source is what the winners show; the brand gives the words for it, and the scene
where the winners leave it open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Phrase:
    """The same words in the image model's language and in the analyst's."""

    en: str
    es: str


@dataclass(frozen=True)
class Idea:
    """One scene that fits the business.

    Args:
        title: short, as an analyst would call the set.
        settings: vocabulary ids; the first is the usual one, the others fit as well.
        people: vocabulary id.
        props: vocabulary ids, the most telling one first.
        activity: what one person or one family does; follows the people phrase.
        activity_many: the Spanish words for two people (the verb in the plural).
        still: the same moment told by things alone, for pictures without people.
    """

    id: str
    title: Phrase
    settings: tuple[str, ...]
    people: str
    props: tuple[str, ...]
    activity: Phrase
    activity_many: str
    still: Phrase


@dataclass(frozen=True)
class Guide:
    """Everything the brand manual says about one node and one objective.

    Args:
        ideas: the scenes for this objective, at least one.
        anywhere: the activity when the winners' setting is one that no idea knows.
        people: for each people id but `none`, four phrases, one per image of a set.
        palette: hex colours, the node's own first.
        colours: the palette in words.
        prop_words: the node's own words for a prop: boxes are moving boxes where homes are sold.
        purpose: what the piece is for, a sentence for people; never part of a prompt.
        must_have: phrases that every picture of the brand carries.
        disallow: English words for the negative prompt.
    """

    node: str
    objective: str
    ideas: tuple[Idea, ...]
    anywhere: Idea
    people: Mapping[str, tuple[Phrase, ...]]
    palette: tuple[str, ...]
    colours: Phrase
    prop_words: Mapping[str, Phrase]
    objective_phrase: Phrase
    purpose: Phrase
    tone: Phrase
    style: Phrase
    warmth: Phrase
    must_have: tuple[Phrase, ...]
    disallow: tuple[str, ...]


@dataclass(frozen=True)
class Wishes:
    """What a brief fixes about the scene; None or empty leaves it to winners and brand.

    Args:
        palette: hex colours, the most important first.
    """

    setting: str | None = None
    people: str | None = None
    props: tuple[str, ...] = ()
    light: str | None = None
    palette: tuple[str, ...] = ()


@dataclass(frozen=True)
class Words:
    """What a language model wrote for one set, already checked: it refines the brand's idea.

    Args:
        activity: what the people do, in place of the idea's own words.
        detail: what else is there.
        mood: how it feels.
    """

    activity: Phrase
    detail: Phrase
    mood: Phrase
