"""Who is in the picture: looks chosen from a seed, so that a set shows many kinds of people."""

from dataclasses import dataclass
from random import Random

from generation.scenes import colour
from generation.scenes.scene import Palette

SKINS = ("#6b4733", "#83563b", "#956341", "#ad7650", "#c48a62", "#d8a37c", "#e6b896")
HAIRS = ("#1d1514", "#2b1c17", "#3d2820", "#553525", "#241a20")
GREYS = ("#8f9299", "#b9bcc2", "#d6d5d2")
WOMEN = ("long", "wavy", "bob", "bun", "ponytail", "afro", "braids")
MEN = ("short", "quiff", "curls", "fade", "bald", "side")

HAT_SETTINGS = frozenset({"market", "farm"})
APRON_SETTINGS = frozenset({"shop", "market", "cafe", "workshop"})


@dataclass(frozen=True)
class Person:
    """One person's looks; `age` is child, young, adult or elder."""

    age: str
    feminine: bool
    skin: str
    hair: str
    hair_style: str
    top: str
    top_colour: str
    under_colour: str
    bottom_colour: str
    skirt: bool
    apron: str | None
    glasses: bool
    beard: str | None
    earrings: bool
    hat: str | None

    @property
    def skin_shade(self) -> str:
        """The same skin out of the light."""
        return colour.mix(self.skin, "#3a1410", 0.22)


CASTS = 8
"""Kinds of leading person that `Scene.cast` rotates through."""

_CASTS = (
    (True, "adult", 3, "bun"),
    (False, "adult", 4, "short"),
    (True, "young", 1, "afro"),
    (False, "elder", 4, "side"),
    (True, "adult", 5, "bob"),
    (False, "young", 2, "fade"),
    (True, "elder", 5, "bun"),
    (False, "adult", 3, "curls"),
)


def cast_of(
    people: str, setting: str, palette: Palette, cast: int | None, rnd: Random
) -> list[Person]:
    """The people of a scene, the leading one first."""
    number = {"none": 0, "one": 1, "two": 2, "family": 3}[people]
    lead = rnd.randrange(CASTS) if cast is None else cast % CASTS
    cast_people: list[Person] = []
    for i in range(number):
        feminine, age, skin, style = _CASTS[(lead + (0, 1, 4)[i]) % CASTS]
        if people == "family":
            age = ("adult", "adult", "child")[i]
            skin = _CASTS[lead][2]
            feminine = feminine if i < 2 else rnd.random() < 0.5
        if setting == "office" and age == "elder":
            age = "adult"
        shifted = min(max(skin + rnd.choice((-1, 0, 0, 1)), 0), len(SKINS) - 1)
        cast_people.append(
            _person(
                i,
                feminine=feminine,
                age=age,
                skin=shifted,
                style=style,
                setting=setting,
                palette=palette,
                rnd=rnd,
            )
        )
    return cast_people


def _person(
    i: int,
    *,
    feminine: bool,
    age: str,
    skin: int,
    style: str,
    setting: str,
    palette: Palette,
    rnd: Random,
) -> Person:
    apron = setting in APRON_SETTINGS and i == 0 and age != "child"
    top_colour, under = _clothes(i, apron, palette)
    if feminine:
        tops = ("blouse", "tee", "cardigan", "shirt")
        style = style if style in WOMEN and rnd.random() < 0.6 else rnd.choice(WOMEN)
    else:
        tops = ("shirt", "tee", "polo", "hoodie")
        style = style if style in MEN and rnd.random() < 0.6 else rnd.choice(MEN)
    if age == "child":
        style = rnd.choice(
            ("bob", "ponytail", "afro", "braids") if feminine else ("short", "curls", "side")
        )
        top = rnd.choice(("tee", "hoodie"))
    elif setting == "office" and i == 0:
        top = "blazer"
    elif apron:
        top = rnd.choice(("tee", "shirt"))
    else:
        top = rnd.choice(tops)
    if age == "elder" and style in ("afro", "braids", "fade", "quiff"):
        style = "bun" if feminine else "side"
    hat = None
    if setting in HAT_SETTINGS and not feminine and age != "child" and rnd.random() < 0.6:
        hat = "straw"
    beard = None
    if not feminine and age != "child":
        beard = rnd.choice((None, None, "full", "stubble", "moustache"))
        if style == "bald" and beard is None:
            beard = "full"
    return Person(
        age=age,
        feminine=feminine,
        skin=SKINS[skin],
        hair=rnd.choice(GREYS) if age == "elder" else rnd.choice(HAIRS),
        hair_style=style,
        top=top,
        top_colour=top_colour,
        under_colour=under,
        bottom_colour=rnd.choice(("#33415f", "#4a5673", "#3b3a46", "#6b5a4c", palette.deep)),
        skirt=feminine and rnd.random() < 0.35,
        apron=palette.main if apron else None,
        glasses=rnd.random() < (0.6 if age == "elder" else 0.2),
        beard=beard,
        earrings=feminine and rnd.random() < 0.7,
        hat=hat,
    )


def _clothes(i: int, apron: bool, palette: Palette) -> tuple[str, str]:
    """Top and what shows under it; neighbours never wear the same colour."""
    if apron:
        return colour.mix("#fdfbf6", palette.pale, 0.35), palette.second
    tops = (palette.main, palette.accent, palette.second)
    under = ("#fdfbf6", colour.tint(palette.second, 0.75), colour.tint(palette.main, 0.7))
    return tops[i % 3], under[i % 3]
