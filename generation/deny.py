"""Which words may come near a prompt.

Captions and free labels come from models that read other people's pictures, so they are
untrusted: a logo, a famous face or a sentence painted into an ad must not travel on.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

MAX_WORDS = 6
MAX_LETTERS = 60
REMEMBERED = 5_000  # texts that were searched
MAX_REMEMBERED = 300  # letters of such a text
_WORDS = re.compile(r"[a-z]+(?:[ -][a-z]+)*")
# Words that only make sense in a request to a machine, or that name somebody's work.
NEVER = re.compile(
    r"\b(?:ignore|disregard|forget|instructions?|prompt|system|assistant|override|write|render|print"
    r"|say|says|saying|reads?|text|words?|letters?|logo|watermark|signature|caption|brand(?:ed)?"
    r"|by|style of|inspired|artstation|deviantart|behance|shutterstock|getty|trending|octane"
    r"|ignora|olvida|escribe|instrucciones|sistema|texto|letras|marca|estilo de|famos[oa]"
    r"|unreal engine|nsfw|nude|naked|celebrity|famous|president|portrait of)\b"
)


def plain(text: str) -> str:
    """Lower case without accents, invisible characters and repeated blanks, for comparing."""
    text = unicodedata.normalize("NFKD", text).casefold()
    kept = (
        " " if unicodedata.category(c) in {"Cc", "Zs", "Zl", "Zp"} else c
        for c in text
        if unicodedata.category(c) not in {"Mn", "Cf"}
    )
    return " ".join("".join(kept).split())


class Deny:
    """The brand's disallowed words and rivals, found however they are spelled and accented."""

    def __init__(self, terms: Iterable[str]) -> None:
        """Args: terms: words or phrases; a word also matches its plural in -s or -es."""
        self.terms = tuple(sorted({plain(term) for term in terms}))
        # Blanks inside a name may be written as hyphens or left out: "mercado-pago".
        alternatives = "|".join(
            r"[\s_-]*".join(map(re.escape, term.split())) for term in self.terms
        )
        self._pattern = re.compile(rf"\b(?:{alternatives})(?:e?s)?\b") if self.terms else None
        # The sets of a night say the same phrases over and over.
        self._found = lru_cache(maxsize=REMEMBERED)(self._search)

    def hits(self, text: str) -> tuple[str, ...]:
        """The disallowed words in `text`, as found, in order."""
        return self._search(text) if len(text) > MAX_REMEMBERED else self._found(text)

    def _search(self, text: str) -> tuple[str, ...]:
        if self._pattern is None:
            return ()
        return tuple(match.group() for match in self._pattern.finditer(plain(text)))


def free_phrase(text: str, deny: Deny) -> str | None:
    """An untrusted label as a harmless phrase of at most six plain words and 60 letters, else None.

    Plain means lower-case Latin letters, single blanks and hyphens: no digits, quotes,
    markup, other alphabets, names of sites or people, orders, nor anything `deny` knows.
    """
    phrase = text.strip()
    if len(phrase) > MAX_LETTERS or len(phrase.split()) > MAX_WORDS:
        return None
    if not _WORDS.fullmatch(phrase):
        return None
    return None if NEVER.search(phrase) or deny.hits(phrase) else phrase


def check_text(text: str, deny: Deny, *, where: str) -> None:
    """Nothing, when a person's own prompt may go to an image model.

    Raises:
        ValueError: it holds a disallowed word, or characters that are not plain text.
    """
    odd = sorted({c for c in text if not (c.isprintable() and ord(c) < 0x250) or c in "<>{}&`|\\"})
    if odd:
        raise ValueError(
            f"{where}: plain Latin text was expected, got the characters "
            f"{', '.join(ascii(c) for c in odd[:5])}; remove them."
        )
    if found := deny.hits(text):
        raise ValueError(
            f"{where}: {', '.join(map(repr, found))} is on the disallow list of the brand manual; "
            "say it without."
        )
