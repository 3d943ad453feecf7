"""Titles, descriptions and alternative texts in Spanish and English, from known phrases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from generation.guide import Guide, Idea, Phrase
from generation.vocabulary import label

_WHERE_EN = {
    "market": "at",
    "city": "on",
    "road": "on",
    "studio": "against",
    "plaza": "on",
    "farm": "on",
    "beach": "on",
}
_WHERE_ES = {"studio": "sobre"}
_WHO = {
    "one": Phrase("one person", "una persona"),
    "two": Phrase("two people", "dos personas"),
    "family": Phrase("a family", "una familia"),
}
_NOUNS = {
    "en": {
        "phone": ("phone",),
        "laptop": ("laptop",),
        "card": ("card",),
        "bags": ("bag",),
        "boxes": ("parcel", "box"),
        "keys": ("key",),
        "coffee": ("coffee",),
        "produce": ("fruit", "vegetable"),
        "house": ("house",),
        "car": ("car",),
        "plant": ("plant",),
    },
    "es": {
        "phone": ("celular",),
        "laptop": ("computador",),
        "card": ("tarjeta",),
        "bags": ("bolsa",),
        "boxes": ("paquete", "caja"),
        "keys": ("llave",),
        "coffee": ("café",),
        "produce": ("fruta", "verdura"),
        "house": ("casa",),
        "car": ("carro",),
        "plant": ("planta",),
    },
}
_ROTATION = Phrase(
    "The people change from image to image: women and men from different regions of Colombia.",
    "En cada imagen cambian las personas: mujeres y hombres de distintas regiones de Colombia.",
)


def listed(items: Sequence[str], last: str) -> str:
    """`a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def listed_es(items: Sequence[str]) -> str:
    """`a, b y c`; before an i sound the `y` becomes `e`."""
    last = "e" if items and items[-1].startswith(("i", "hi")) else "y"
    return listed(items, last)


def located(setting: str) -> Phrase:
    """`at a market stall`, `en un puesto de plaza de mercado`."""
    where = label("setting", setting)
    return Phrase(
        f"{_WHERE_EN.get(setting, 'in')} {where.en}", f"{_WHERE_ES.get(setting, 'en')} {where.es}"
    )


def prop_words(prop: str, guide: Guide) -> Phrase:
    """What the node calls a prop, else the vocabulary's phrase."""
    known = label("prop", prop)
    return guide.prop_words.get(prop, Phrase(known.en, known.es))


def activity(idea: Idea, people: str) -> Phrase:
    """What they do, with the Spanish verb in the right number."""
    if people == "none":
        return idea.still
    spanish = idea.activity_many if people == "two" else idea.activity.es
    return Phrase(idea.activity.en, spanish)


def subject(idea: Idea, people: str) -> Phrase:
    """Who does what, without naming anyone more closely."""
    done = activity(idea, people)
    if people == "none":
        return done
    who = _WHO[people]
    return Phrase(f"{who.en} {done.en}", f"{who.es} {done.es}")


def alt(idea: Idea, setting: str, people: str, composition: str) -> Phrase:
    """What one image shows, in one sentence."""
    told = subject(idea, "none" if composition == "detail" else people)
    where, frame = located(setting), label("composition", composition)
    return Phrase(
        f"{_sentence(told.en)}, {where.en}; {_bare(frame.en)}.",
        f"{_sentence(told.es)}, {where.es}; {_bare(frame.es)}.",
    )


def description(
    idea: Idea, guide: Guide, *, setting: str, people: str, props: Sequence[str], light: str
) -> Phrase:
    """The set in a few sentences, for a conversation with the agency."""
    told, where = subject(idea, people), located(setting)
    more_en = [prop_words(p, guide).en for p in props if not mentions(told.en, p, "en")]
    more_es = [prop_words(p, guide).es for p in props if not mentions(told.es, p, "es")]
    bright, aim = label("light", light), guide.objective_phrase
    english = [
        f"{_sentence(told.en)}, {where.en}.",
        f"Also in the picture: {listed(more_en, 'and')}." if more_en else "",
        f"{_sentence(bright.en)}, {guide.colours.en}, and {aim.en}.",
        _ROTATION.en if people != "none" else "",
        f"{_sentence(guide.tone.en)}. {guide.purpose.en}",
    ]
    spanish = [
        f"{_sentence(told.es)}, {where.es}.",
        f"También se {_seen(more_es)} {listed_es(more_es)}." if more_es else "",
        f"{_sentence(bright.es)}, {guide.colours.es}, y {aim.es}.",
        _ROTATION.es if people != "none" else "",
        f"Tono {guide.tone.es}. {guide.purpose.es}",
    ]
    return Phrase(" ".join(filter(None, english)), " ".join(filter(None, spanish)))


def _seen(items: Sequence[str]) -> str:
    return "ve" if len(items) == 1 and items[0].startswith(("un ", "una ")) else "ven"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _bare(text: str) -> str:
    """Without its article."""
    return text.split(" ", 1)[1] if text.startswith(("a ", "an ", "un ", "una ")) else text


def mentions(text: str, prop: str, language: Literal["en", "es"]) -> bool:
    """Whether a text already names a prop: "paga con el celular" names `phone`."""
    spoken = {word.strip(",.;:") for word in text.lower().split()}
    return any({noun, f"{noun}s", f"{noun}es"} & spoken for noun in _NOUNS[language][prop])
