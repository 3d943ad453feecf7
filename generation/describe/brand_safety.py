"""What may not go from a description into a prompt, and the record of what was taken out.

Names of artists and of famous people, franchises, brands, image sites, words about ethnicity or
body, nudity and violence would steer a picture in ways nobody asked for. Who is shown is decided
by the brand manual, not by what a model saw. Text that a captioner read off the piece is an
advertisement's, and a sentence that goes round in circles is a captioner's accident.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import yaml

from generation.describe.record import Removal

DENIED_FILE = Path(__file__).with_name("denied_words.yaml")

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
# What a captioner says it read: `with the words "50% off"`, `a sign that says open`, `logo of x`.
READ_TEXT = re.compile(
    r"""\s*\b(?:(?:with|and|has|showing)\s+)?(?:the\s+|a\s+|an\s+)?
    (?:(?:words?|text|caption|slogan|title|letters?|logo|writing|inscription)\b(?:\s+.*)?$
    |(?:that|which)\s+(?:says?|reads?)\b.*$
    |(?:saying|reading\s+["“']).*$)
    |\s*["“”][^"“”]*["“”]""",
    re.I | re.X,
)
# BLIP's training left it words that mean nothing.
ARTEFACT = re.compile(r"\b(?:there (?:is|are) )?ara(?:f+e+|f+ed|f+y|fe?d)\w*\b", re.I)

# What a sentence ends with once its end was cut off.
DANGLING = re.compile(r"(?:\s+(?:and|with|of|a|an|the|in|on|for|to))+$", re.I)

_LOOP = 3  # a word or phrase this often in a row is a loop


class Filter:
    """Takes out what is denied, and says by which rule.

    Args:
        artists: names as the clip-interrogator package lists them.
        denied: words and names by rule, beside those of `denied_words.yaml`: the rivals and the
            disallowed words of the brand file.
    """

    def __init__(
        self, artists: Iterable[str], denied: Mapping[str, Iterable[str]] | None = None
    ) -> None:
        self._rules: dict[str, str] = {}
        for rule, names in (denied or {}).items():
            self._rules.update({_words(name): rule for name in names})
        for rule, names in denied_words().items():
            self._rules.update({_words(name): rule for name in names})
        self._rules.update({_words(name): "artist" for name in artists})
        for name in ("", *NOT_ARTISTS):
            self._rules.pop(name, None)
        self._longest = max((len(name.split()) for name in self._rules), default=0)

    def rule_against(self, text: str) -> str | None:
        """The rule by which `text` may not be used as a label, or None."""
        if STYLE_OF.search(text):
            return "artist"
        if (found := self.name_in(text)) is not None:
            return found[1]
        if SITE.search(text):
            return "site"
        if BODY.search(text):
            return "body"
        return None

    def name_in(self, text: str) -> tuple[str, str] | None:
        """The first denied name in the text and its rule; whole words, accents do not matter."""
        words = _words(text).split()
        for start in range(len(words)):
            for end in range(min(start + self._longest, len(words)), start, -1):
                name = " ".join(words[start:end])
                for form in (name, name.removesuffix("s"), name.removesuffix("es")):
                    # Of artists the exact name only: "waters" is no "Water".
                    rule = self._rules.get(form)
                    if rule is not None and (form == name or rule != "artist"):
                        return name, rule
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
        """The caption without denied words; None when what is left would be noise.

        Loops, text that was read off the piece, words about ethnicity or body and "by ..." are
        cut out. A sentence that still names somebody or something denied is dropped whole.
        """
        caption, removed = without_loops(caption)
        for pattern, rule in (
            (ARTEFACT, "artefact"),
            (STYLE_OF, "artist"),
            (READ_TEXT, "text"),
            (BODY, "body"),
        ):
            removed += [
                Removal(found.group(0).strip(), rule) for found in pattern.finditer(caption)
            ]
            caption = pattern.sub("", caption)
        caption = " ".join(caption.split()).strip(" ,")
        if removed:
            caption = DANGLING.sub("", caption).strip(" ,")
        rule_left = self.rule_against(caption)
        if rule_left is not None:
            return None, [*removed, Removal(caption, rule_left)]
        return caption or None, removed


def without_loops(text: str) -> tuple[str, list[Removal]]:
    """The text up to the second turn of a word or phrase that stands three times in a row.

    "a phone and a phone and a phone and" keeps "a phone and"; the rest is one removal.
    """
    words = text.split()
    for start in range(len(words)):
        for size in range(1, (len(words) - start) // _LOOP + 1):
            turn = words[start : start + size]
            turns = 1
            while words[start + turns * size : start + (turns + 1) * size] == turn:
                turns += 1
            if turns >= _LOOP:
                kept, dropped = words[: start + size], words[start + size :]
                return " ".join(kept), [Removal(" ".join(dropped), "repetition")]
    return text, []


@cache
def denied_words() -> dict[str, tuple[str, ...]]:
    """The names of `denied_words.yaml` by rule."""
    content = yaml.safe_load(DENIED_FILE.read_text(encoding="utf-8"))
    return {
        rule: tuple(" ".join(name.split()) for name in text.split("|"))
        for rule, text in content.items()
    }


def package_data() -> Path:
    """The folder of the clip-interrogator package's lists; the package is not imported.

    Raises:
        ModuleNotFoundError: it is not installed.
    """
    spec = find_spec("clip_interrogator")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("clip_interrogator is not installed: pip install 'pauta[gpu]'.")
    return Path(spec.origin).parent / "data"


def package_artists() -> list[str]:
    """The names in the clip-interrogator package's own list."""
    return (package_data() / "artists.txt").read_text(encoding="utf-8").splitlines()


def package_filter(denied: Mapping[str, Iterable[str]] | None = None) -> Filter:
    """The filter with the package's artists."""
    return Filter(package_artists(), denied)


def _words(text: str) -> str:
    """Lower case, without accents, single spaces; `Mœbius` stays as it is written."""
    plain = unicodedata.normalize("NFKD", text.lower())
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w'&-]+", " ", letters).split())
