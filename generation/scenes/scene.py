"""What a drawn picture shows, as data."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from generation.scenes import colour
from generation.vocabulary import label

_HEX = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True)
class Palette:
    """Five colours: clothes, awnings, screens and walls take theirs from here.

    Each is `#rrggbb` in lower case. `main` is the one that people remember.
    """

    main: str
    second: str
    accent: str
    pale: str
    deep: str

    def __post_init__(self) -> None:
        for name in ("main", "second", "accent", "pale", "deep"):
            value = getattr(self, name)
            if not _HEX.fullmatch(value):
                raise ValueError(f"palette: {name} must be a colour like #00a878, got {value!r}.")

    @classmethod
    def of(cls, colours: Sequence[str]) -> "Palette":
        """A palette around a brand's colours, most important first; what is missing is derived.

        Raises:
            ValueError: the list is empty or holds something else than `#rrggbb`.
        """
        if not colours:
            raise ValueError("palette: expected at least one colour like #00a878, got none.")
        given = [str(c).lower() for c in colours]
        for value in given:
            if not _HEX.fullmatch(value):
                raise ValueError(f"palette: expected colours like #00a878, got {value!r}.")
        main = given[0]
        second = given[1] if len(given) > 1 else colour.shade(colour.turned(main, 24), 0.45)
        accent = given[2] if len(given) > 2 else _accent(main)
        pale = given[3] if len(given) > 3 else colour.tint(main, 0.82)
        deep = given[4] if len(given) > 4 else colour.shade(main, 0.62)
        return cls(main, second, accent, pale, deep)


def _accent(main: str) -> str:
    """A warm companion that is never mistaken for the main colour."""
    red, green, blue = colour.channels(main)
    return "#ffc857" if blue > red or green > red else "#2a9d8f"


@dataclass(frozen=True)
class Scene:
    """One picture: vocabulary ids, a palette, and a seed for everything left open.

    Args:
        setting: vocabulary `setting`.
        people: vocabulary `people`.
        props: vocabulary `prop` ids, the most important first; the first is held or centred.
        light: vocabulary `light`.
        palette: the node's colours.
        composition: vocabulary `composition`.
        seed: chooses faces, clothes, goods on the shelves; the same seed draws the same picture.
        cast: which kind of person leads, so that pictures of one set show different people;
            None leaves that to the seed.

    Raises:
        ValueError: a label is not in the vocabulary; the message names the known ones.
    """

    setting: str
    people: str
    props: tuple[str, ...]
    light: str
    palette: Palette
    composition: str
    seed: int
    cast: int | None = None

    def __post_init__(self) -> None:
        for category in ("setting", "people", "light", "composition"):
            label(category, getattr(self, category))
        for prop in self.props:
            label("prop", prop)
