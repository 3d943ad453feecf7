"""What image models get wrong, found in a prompt before it is asked for.

A finding stops nothing: the brief is told what to expect and what to write instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from generation.deny import plain
from generation.guide import Phrase

Kind = Literal["text", "count", "position", "transparency", "detail", "negation"]


@dataclass(frozen=True)
class Finding:
    """One habit of image models that a prompt runs into.

    Args:
        found: the words that were seen.
        advice: what happens and what to write instead.
    """

    kind: Kind
    found: str
    advice: Phrase


_NOUN = r"(?!\s+(?:en|of|de|to|a|al|per|por)\b)"
_RULES: tuple[tuple[Kind, str, Phrase], ...] = (
    (
        "text",
        r"\"[^\"]{2,}\"|\b(?:text|words?|letters?|lettering|logo|slogan|headline|caption|says|saying"
        r"|sign (?:reading|that)|texto|palabras?|letras?|letreros?|eslogan|titular|frase|que diga"
        r"|que dice|aviso)\b",
        Phrase(
            "Letters in the image come out wrong. Leave them out and lay the text over it later.",
            "Las letras salen mal en la imagen. Déjalas fuera y pon el texto después, encima.",
        ),
    ),
    (
        "count",
        r"\b(?:three|four|five|six|seven|eight|nine|ten|dozen|[3-9]|[1-9]\d+"
        r"|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|docena)\b" + _NOUN,
        Phrase(
            "Models do not count beyond two. Write `a few`, `a row of` or `a group of` instead.",
            "Los modelos no cuentan más allá de dos. Escribe «unos pocos» o «un grupo de».",
        ),
    ),
    (
        "position",
        r"\b(?:to the (?:left|right) of|on the (?:left|right)|left of|right of|on top of|underneath"
        r"|in between|upper (?:left|right)|lower (?:left|right)|a la (?:izquierda|derecha)"
        r"|encima de|debajo de|esquina (?:superior|inferior))\b",
        Phrase(
            "Positions are often mixed up. Say what is in the foreground and what is behind it.",
            "Las posiciones se suelen confundir. Di qué va en primer plano y qué va al fondo.",
        ),
    ),
    (
        "transparency",
        r"\b(?:transparent|see[- ]through|translucent|glass of|reflections?|mirror|behind glass"
        r"|transparentes?|translucid[oa]s?|vaso de|reflejos?|espejo|vidrio)\b",
        Phrase(
            "Glass and reflections come out unreal. Choose an opaque object.",
            "El vidrio y los reflejos salen irreales. Elige un objeto opaco.",
        ),
    ),
    (
        "detail",
        r"\b(?:fingers?|hands? close|jewell?ery|embroidery|tiny|intricate|crowds?|keyboard"
        r"|watch face|small print|dedos|joyas|bordados?|diminut[oa]s?|multitud|teclado"
        r"|letra pequena)\b",
        Phrase(
            "Fine detail dissolves. Show it large, or leave it out.",
            "El detalle fino se deshace. Muéstralo grande o déjalo fuera.",
        ),
    ),
    (
        "negation",
        r"\b(?:no|not|without|never|sin|nunca|ningun[oa]?)\s+\w+",
        Phrase(
            "Models overlook `no` and draw what follows. Say what should be there instead.",
            "Los modelos no entienden el «no» y dibujan lo que sigue. Di qué debe verse.",
        ),
    ),
)
_COMPILED = tuple((kind, re.compile(pattern), advice) for kind, pattern, advice in _RULES)


def lint(text: str) -> tuple[Finding, ...]:
    """Every habit that a prompt or brief runs into, Spanish or English, one finding per kind."""
    spoken = plain(text)
    found = []
    for kind, pattern, advice in _COMPILED:
        matches = [match.group() for match in pattern.finditer(spoken)]
        if matches:
            found.append(Finding(kind, ", ".join(dict.fromkeys(matches)), advice))
    return tuple(found)
