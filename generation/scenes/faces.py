"""Heads: face, hair, glasses, hats. The origin is the middle of the head, the chin at y = 60."""

import math
from dataclasses import dataclass

from generation.scenes import colour
from generation.scenes.people import Person
from generation.scenes.sheet import Sheet, circle, ellipse, group, line, path, rect

_BACKS = {
    "long": "M-54 -8C-62 -58 -36 -84 0 -84C36 -84 62 -58 54 -8C60 40 66 84 60 128"
    "C36 138 -36 138 -60 128C-66 84 -60 40 -54 -8Z",
    "wavy": "M-54 -14C-64 -62 -34 -86 2 -86C38 -86 66 -60 56 -14C72 4 58 24 68 44"
    "C80 66 62 84 68 106"
    "C60 126 34 124 24 118H-24C-36 126 -62 124 -68 106C-60 84 -80 66 -68 44C-58 24 -72 4 -54 -14Z",
    "bob": "M-56 -10C-62 -60 -34 -84 0 -84C34 -84 62 -60 56 -10C64 20 66 46 54 66"
    "C34 76 -34 76 -54 66C-66 46 -64 20 -56 -10Z",
    "ponytail": "M20 -70C78 -86 108 -30 92 40C88 66 80 88 66 94"
    "C56 84 68 56 64 24C60 -10 46 -34 16 -40Z",
}
_SIDE_PART = (
    "M-52 10C-60 -48 -38 -84 6 -84C46 -84 62 -46 52 10C49 -14 40 -36 20 -50"
    "C4 -34 -24 -28 -40 -24C-48 -14 -50 -2 -52 10Z"
)
_MIDDLE_PART = (
    "M-52 14C-60 -46 -38 -82 0 -82C38 -82 60 -46 52 14C50 -16 34 -42 2 -56C-32 -42 -50 -16 -52 14Z"
)
_PULLED_BACK = (
    "M-50 2C-58 -46 -36 -78 0 -78C36 -78 58 -46 50 2C47 -18 38 -42 6 -50C-30 -46 -46 -20 -50 2Z"
)
_FRONTS = {
    "long": _SIDE_PART,
    "wavy": _MIDDLE_PART,
    "bob": "M-54 14C-62 -48 -38 -82 0 -82C38 -82 62 -48 54 14C52 0 48 -14 44 -22"
    "C16 -18 -14 -20 -42 -28C-48 -14 -52 0 -54 14Z",
    "bun": _PULLED_BACK,
    "ponytail": _PULLED_BACK,
    "braids": _MIDDLE_PART,
    "short": "M-50 -2C-58 -54 -36 -82 4 -82C44 -82 58 -52 50 -2C48 -16 45 -26 39 -36"
    "C18 -46 -16 -46 -38 -34C-45 -26 -48 -16 -50 -2Z",
    "quiff": "M-50 0C-54 -32 -52 -56 -40 -66C-36 -90 16 -104 44 -80C58 -66 54 -30 50 0"
    "C48 -16 45 -28 40 -38C18 -54 -14 -40 -38 -36C-45 -26 -48 -14 -50 0Z",
    "side": "M-50 0C-58 -46 -40 -76 -6 -80C34 -86 58 -56 50 0C48 -16 46 -28 38 -40"
    "C26 -50 8 -54 -14 -54C-26 -50 -38 -38 -42 -26C-47 -18 -49 -8 -50 0Z",
}
_FACE = (
    "M-47 -12C-48 -48 -28 -66 0 -66C28 -66 48 -48 47 -12C46 10 43 26 35 40"
    "C26 54 12 61 0 61C-12 61 -26 54 -35 40C-43 26 -46 10 -47 -12Z"
)
_ROUND_FACE = (
    "M-48 -8C-48 -46 -28 -66 0 -66C28 -66 48 -46 48 -8C48 14 46 28 37 41"
    "C27 54 12 60 0 60C-12 60 -27 54 -37 41C-46 28 -48 14 -48 -8Z"
)


@dataclass(frozen=True)
class Head:
    """A drawn head in the two layers between which the body stands."""

    back: str
    front: str


def head(sheet: Sheet, person: Person, *, turn: float, smile: float) -> Head:
    """A head.

    Args:
        sheet: takes the gradients.
        person: the looks.
        turn: where the face points, -1 (left) to 1 (right).
        smile: 0 is a closed smile, 1 a laugh.
    """
    skin, dark = person.skin, person.skin_shade
    hair = sheet.linear((0, colour.mix(person.hair, "#c98f60", 0.16), 1), (0.6, person.hair, 1))
    outline = _ROUND_FACE if person.feminine or person.age == "child" else _FACE
    face_fill = sheet.linear(
        (0.45, skin, 1), (1, colour.mix(skin, dark, 0.55), 1), start=(0.2, 0), to=(0.95, 0.8)
    )
    ears = "".join(
        ellipse(side * 47 - turn * 4, 2, 9, 14, skin)
        + ellipse(side * 48 - turn * 4, 3, 4, 8, dark, opacity=0.5)
        for side in (-1, 1)
    )
    front = (
        ears
        + (_earrings(turn) if person.earrings else "")
        + path(outline, face_fill)
        + _beard(person, turn)
        + _features(person, turn, smile)
        + _hair_front(person, hair, turn)
        + (_glasses(turn) if person.glasses else "")
        + (_straw_hat(sheet) if person.hat == "straw" else "")
    )
    return Head(_hair_back(person, hair), front)


def _features(person: Person, turn: float, smile: float) -> str:
    dark = person.skin_shade
    brow = colour.mix(person.hair, "#20130f", 0.35) if person.age != "elder" else person.hair
    lip = colour.mix(person.skin, "#b5343c", 0.62 if person.feminine else 0.34)
    parts = []
    for side in (-1, 1):
        x = side * 19
        parts.append(ellipse(x, -1, 4.7, 6.1, "#24150f") + circle(x + 1.6, -3.4, 1.7, "#ffffff"))
        if person.feminine:
            parts.append(line(f"M{x + side * 3.5} -5.2l{side * 5} -1.6", "#24150f", 2.4))
        lift = -22 if person.age != "child" else -20
        weight = 3.4 if person.feminine or person.age == "child" else 4.6
        parts.append(
            line(f"M{x - side * 8} {lift + 2}q{side * 8} -5 {side * 18} 3.5", brow, weight)
        )
        parts.append(circle(x + side * 7 - turn * 4, 19, 9.5, "#e2573f", opacity=0.2))
        if person.age == "elder":
            parts.append(
                line(f"M{x + side * 12} 2q{side * 4} 3 {side * 3} 8", dark, 1.6, opacity=0.7)
            )
    parts.append(line("M1 2C3 9 6 14 3.5 17.5Q0 20.5 -5 18.5", dark, 3, opacity=0.75))
    if smile > 0.5:
        parts.append(path("M-17 28Q0 33 17 28Q14 46 0 46Q-14 46 -17 28Z", "#5d1f22"))
        parts.append(path("M-15 29.5Q0 34 15 29.5L13.4 35.5Q0 39.5 -13.4 35.5Z", "#ffffff"))
        parts.append(line("M-18 27.5Q0 33.5 18 27.5", lip, 2.2))
    else:
        parts.append(line("M-15 30Q1 43 17 28.5", colour.mix(lip, "#5d1f22", 0.35), 3.4))
        parts.append(line("M-5 44Q1 46 7 44", dark, 2, opacity=0.45))
    return group(*parts, transform=f"translate({turn * 8:.1f} 0)")


def _beard(person: Person, turn: float) -> str:
    if person.beard in ("full", "stubble"):
        chin = 66 if person.beard == "full" else 61
        d = (
            f"M-47 -8C-46 10 -44 27 -36 41C-27 55 -12 {chin} 0 {chin}C12 {chin} 27 55 36 41"
            "C44 27 46 10 47 -8C44 12 37 21 25 23C10 16 -10 16 -25 23C-37 21 -44 12 -47 -8Z"
        )
        return path(d, person.hair, opacity=0.22 if person.beard == "stubble" else 0.94)
    if person.beard == "moustache":
        d = "M-21 29C-12 20 -4 21 0 23C4 21 12 20 21 29C12 30 6 29 0 27C-6 29 -12 30 -21 29Z"
        return path(d, person.hair, transform=f"translate({turn * 7:.1f} 0)")
    return ""


def _hair_back(person: Person, hair: str) -> str:
    style = person.hair_style
    if person.hat == "straw" and style in ("afro", "curls"):
        return ""
    if style == "afro":
        return _puffs(person.hair, 58, 36, 16, -22)
    if style == "bun":
        return circle(0, -88, 27, hair) + line("M-14 -96q12 -10 26 -2", "#ffffff", 2, opacity=0.14)
    if style == "braids":
        return "".join(
            "".join(ellipse(side * (52 + j * 2), 18 + j * 22, 13, 15, hair) for j in range(6))
            for side in (-1, 1)
        )
    d = _BACKS.get(style)
    return path(d, hair) if d else ""


def _hair_front(person: Person, hair: str, turn: float) -> str:
    style = person.hair_style
    if style == "bald":
        return ellipse(-16, -46, 13, 6, "#ffffff", opacity=0.16)
    if style == "afro":
        return _puffs(person.hair, 46, 25, 9, -30, start=190, end=350)
    if style == "curls":
        return path(_FRONTS["short"], hair) + _puffs(hair, 44, 19, 8, -34, start=192, end=348)
    if style == "fade":
        sides = path(
            "M-48 4C-53 -40 -44 -66 0 -70C44 -66 53 -40 48 4C46 -14 43 -28 39 -36H-39"
            "C-43 -28 -46 -14 -48 4Z",
            colour.mix(person.skin, person.hair, 0.6),
        )
        top = "M-42 -34C-50 -62 -34 -82 2 -83C38 -84 52 -60 42 -34C20 -44 -20 -44 -42 -34Z"
        return sides + path(top, hair)
    front = path(_FRONTS[style], hair, transform=f"translate({turn * 2:.1f} 0)")
    if style == "long":
        lock = "M47 -18C58 16 62 70 58 124C50 132 40 130 38 118C48 78 50 24 40 -26Z"
        front += path(lock, hair) + path(lock, hair, transform="scale(-1 1)")
    shine = line("M-30 -58C-16 -70 8 -72 24 -64", "#ffffff", 4, opacity=0.12)
    return front + shine


def _puffs(
    fill: str, ring: float, r: float, count: int, y: float, *, start: float = 0, end: float = 360
) -> str:
    """Round curls along an arc of the head."""
    step = (end - start) / (count if end - start == 360 else count - 1)
    angles = [math.radians(start + i * step) for i in range(count)]
    return "".join(circle(math.cos(a) * ring, y + math.sin(a) * ring, r, fill) for a in angles)


def _earrings(turn: float) -> str:
    return "".join(circle(side * 48 - turn * 4, 20, 4.5, "#f4c95d") for side in (-1, 1))


def _glasses(turn: float) -> str:
    frame = "#2b2f3d"
    lenses = "".join(
        rect(
            side * 20 - 15,
            -13,
            30,
            25,
            "#ffffff",
            r=11,
            fill_opacity=0.16,
            stroke=frame,
            stroke_width=3,
        )
        for side in (-1, 1)
    )
    bridge = line("M-5 -4Q0 -8 5 -4M-35 -4L-47 -7M35 -4L47 -7", frame, 3)
    return group(lenses, bridge, transform=f"translate({turn * 7:.1f} 0)")


def _straw_hat(sheet: Sheet) -> str:
    straw = sheet.linear((0, "#f3dca4", 1), (1, "#d9b570", 1))
    return (
        path("M-44 -40C-44 -92 -26 -104 0 -104C26 -104 44 -92 44 -40Z", straw)
        + path("M-45 -56Q0 -44 45 -56V-42Q0 -30 -45 -42Z", "#5b3a2a")
        + path(
            "M-92 -40Q-60 -24 0 -24Q60 -24 92 -40Q70 -52 45 -46Q0 -36 -45 -46Q-70 -52 -92 -40Z",
            straw,
        )
        + line("M-80 -39Q-40 -29 0 -29Q40 -29 80 -39", "#a8843f", 1.8, opacity=0.6)
    )
