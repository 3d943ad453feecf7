"""What may not go from a description into a prompt, and the record of what was taken out.

Artists' names, image sites and words about ethnicity or body would steer a picture in ways
nobody asked for. Who is shown is decided by the brand manual, not by what a model saw.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from generation.describe.record import Removal

# Ordinary words that the package lists as artists.
NOT_ARTISTS = frozenset({"artist", "bauhaus", "chippy", "constant"})

_SITES = (
    "artstation behance cgsociety deviantart dribbble? flickr instagram pexels pinterest pixabay "
    "pixiv polycount reddit shutterstock tumblr unsplash zbrush youtube tiktok facebook getty"
)
SITE = re.compile(
    rf"\b(?:{'|'.join(_SITES.split())}|cg society|trending|contest winner|featured on)", re.I
)
STYLE_OF = re.compile(
    r"\b(?:(?:inspired by|(?:in the )?style of|art(?:work)? by|painted by|drawn by|photo by)\s.+"
    r"|by [A-Z][\w'.-]+.*)"
)
_BODY = (
    "african asian arab caucasian ethnic(?:ity)? european hispanic indian latin[oax]? mestiz[oa] "
    "mulatt[oa] indigenous negr[oa] kenyan nigerian chinese japanese korean mexican russian "
    "slavic nordic dark-skinned light-skinned fair-skinned pale-skinned brown-skinned "
    "skinny fat obese chubby slim curvy muscular busty petite plump voluptuous thin"
)
_PERSON = (
    "person people man men woman women boy boys girl girls child children kid kids baby lady "
    "ladies guy guys family couple face hand hands arm arms leg legs body figure model skin"
)
# Colours are ordinary words, so they count only directly before a person or a part of one.
BODY = re.compile(
    rf"\b(?:{'|'.join(_BODY.split())})\b"
    rf"|\b(?:black|white|brown|dark|pale|tan(?:ned)?|fair|yellow)(?=\s+(?:{'|'.join(_PERSON.split())})\b)"
    r"|\b(?:\w+\s+)?(?:skin tone|complexion|race)\b",
    re.I,
)


class Filter:
    """Takes out what is denied, and says by which rule.

    Args:
        artists: names as the clip-interrogator package lists them.
    """

    def __init__(self, artists: Iterable[str]) -> None:
        names = {_words(name) for name in artists} - {""} - NOT_ARTISTS
        self._names = names
        self._longest = max((len(name.split()) for name in names), default=0)

    def rule_against(self, text: str) -> str | None:
        """The rule by which `text` may not be used as a label, or None."""
        if STYLE_OF.search(text) or self.artist_in(text):
            return "artist"
        if SITE.search(text):
            return "site"
        if BODY.search(text):
            return "body"
        return None

    def artist_in(self, text: str) -> str | None:
        """The first artist's name in the text, whole words only; accents do not matter."""
        words = _words(text).split()
        for start in range(len(words)):
            for end in range(start + 1, min(start + self._longest, len(words)) + 1):
                if (name := " ".join(words[start:end])) in self._names:
                    return name
        return None

    def kept(self, labels: Iterable[str]) -> tuple[list[str], list[Removal]]:
        """The labels that may be used, in order, and the others with their rule."""
        allowed, removed = [], []
        for text in labels:
            rule = self.rule_against(text)
            if rule is None:
                allowed.append(text)
            else:
                removed.append(Removal(text, rule))
        return allowed, removed

    def clean_caption(self, caption: str) -> tuple[str | None, list[Removal]]:
        """The caption without denied words; None when an artist or a site is in the middle.

        Words about ethnicity or body are cut out, and "by ..." is cut off. A sentence that
        still names an artist or a site is dropped whole: what is left of it would be noise.
        """
        removed = []
        for pattern, rule in ((STYLE_OF, "artist"), (BODY, "body")):
            removed += [Removal(found.group(0), rule) for found in pattern.finditer(caption)]
            caption = pattern.sub("", caption)
        caption = " ".join(caption.split()).strip(" ,")
        rule_left = self.rule_against(caption)
        if rule_left is not None:
            return None, [*removed, Removal(caption, rule_left)]
        return caption or None, removed


def package_artists() -> list[str]:
    """The names in the clip-interrogator package's own list; the package is not imported.

    Raises:
        ModuleNotFoundError: it is not installed.
    """
    spec = find_spec("clip_interrogator")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("clip_interrogator is not installed: pip install 'pauta[gpu]'.")
    path = Path(spec.origin).parent / "data" / "artists.txt"
    return path.read_text(encoding="utf-8").splitlines()


def _words(text: str) -> str:
    """Lower case, without accents, single spaces; `Mœbius` stays as it is written."""
    plain = unicodedata.normalize("NFKD", text.lower())
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w'&-]+", " ", letters).split())
