"""Bodies: torso, clothes, arms that bend at the elbow, hands that close round what they hold.

The origin is the pit of the neck, y grows downwards. An adult is 740 units tall: crown at
y = -150, hips at 280, soles at 590. Children are the same drawing with a smaller body.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from generation.scenes import colour
from generation.scenes.faces import head
from generation.scenes.people import Person
from generation.scenes.sheet import (
    Point,
    Sheet,
    circle,
    group,
    line,
    num,
    path,
    placed,
    rect,
)

CROWN, SOLE = -150.0, 590.0
UPPER, FORE = 122.0, 112.0
CHILD_BODY = 0.58

Stroke = tuple[Point, Point]
"""A finger from knuckle to tip."""


@dataclass(frozen=True)
class Arm:
    """Where a hand is, and how it looks there.

    Args:
        hand: wrist position in figure units.
        shape: rest, fist, palm, grip or wave (see `_hand`).
        turn: degrees; 0 means that the fingers point down.
        outward: the elbow points away from the body; False tucks it in.
        half: half the width of what a `grip` closes round.
    """

    hand: Point
    shape: str = "rest"
    turn: float = 0.0
    outward: bool = True
    half: float = 26.0


@dataclass(frozen=True)
class Pose:
    """Both arms (the viewer's left first) and what the hands hold.

    `held` is drawn over the arms; hands of shape `grip` close over it.
    """

    left: Arm
    right: Arm
    held: str = ""
    lean: float = 0.0


def capsule(start: Point, r1: float, end: Point, r2: float, fill: str) -> str:
    """A tapered limb segment with round ends."""
    (x1, y1), (x2, y2) = start, end
    length = math.hypot(x2 - x1, y2 - y1) or 1.0
    nx, ny = -(y2 - y1) / length, (x2 - x1) / length
    corners = [
        (x1 + nx * r1, y1 + ny * r1),
        (x2 + nx * r2, y2 + ny * r2),
        (x2 - nx * r2, y2 - ny * r2),
        (x1 - nx * r1, y1 - ny * r1),
    ]
    a, b, c, d = (f"{num(x)} {num(y)}" for x, y in corners)
    return path(f"M{a}L{b}A{num(r2)} {num(r2)} 0 0 0 {c}L{d}A{num(r1)} {num(r1)} 0 0 0 {a}Z", fill)


def elbow(shoulder: Point, hand: Point, *, side: int, outward: bool) -> Point:
    """Where the elbow lies between shoulder and wrist.

    Elbows point down and away from the body (or towards it). A hand near its shoulder does
    not throw the elbow far out: such an arm bends towards us, which looks shorter.
    """
    dx, dy = hand[0] - shoulder[0], hand[1] - shoulder[1]
    reach = math.hypot(dx, dy) or 1.0
    half = min(reach, UPPER + FORE - 1) / 2
    bend = min(math.sqrt(max(((UPPER + FORE) / 2) ** 2 - half**2, 0.0)), 74.0)
    ux, uy = dx / reach, dy / reach
    middle = (shoulder[0] + dx * 0.52, shoulder[1] + dy * 0.52)
    options = [(middle[0] - s * uy * bend, middle[1] + s * ux * bend) for s in (-1, 1)]
    away = side if outward else -side
    return max(options, key=lambda point: point[0] * away + point[1] * 0.9)


def figure(
    sheet: Sheet,
    person: Person,
    pose: Pose,
    *,
    turn: float = 0.0,
    smile: float = 1.0,
    legs: bool = True,
) -> str:
    """A whole person; with `legs` False for people behind a counter or cut by the frame."""
    child = person.age == "child"
    body = CHILD_BODY if child else 1.0
    skull = head(sheet, person, turn=turn, smile=smile)
    skull_scale = 0.88 if child else 0.98
    neck_y = -26 * body - 60 * skull_scale + (4 if child else 0)
    widths = _Build.of(person)
    parts = [placed(skull.back, turn * 3, neck_y, scale=skull_scale, turn=pose.lean)]
    torso = [
        _legs(person, widths) if legs else "",
        _torso(sheet, person, widths),
        _sleeved_arms(sheet, person, pose, widths),
    ]
    parts.append(group(_neck(person), transform=f"scale({body})" if child else None))
    parts.append(group(*torso, transform=f"scale({body})" if child else None))
    front = placed(skull.front, turn * 3, neck_y, scale=skull_scale, turn=pose.lean)
    lifted = min(pose.left.hand[1], pose.right.hand[1]) < 0
    return "".join(parts[:2] + ([front, parts[2]] if lifted else [parts[2], front]))


@dataclass(frozen=True)
class _Build:
    shoulder: float
    waist: float
    hip: float

    @classmethod
    def of(cls, person: Person) -> "_Build":
        if person.age == "child":
            return cls(86, 70, 72)
        return cls(82, 62, 76) if person.feminine else cls(96, 74, 74)


def _neck(person: Person) -> str:
    w = 21 if person.feminine or person.age == "child" else 26
    column = f"M{-w} -60V-8C{-w - 6} 8 {w + 6} 8 {w} -8V-60Z"
    shadow = f"M{-w} -44Q0 2 {w} -44V-24Q4 6 {-w} -18Z"
    return path(column, person.skin) + path(shadow, person.skin_shade, opacity=0.7)


def torso_outline(s: float, w: float, h: float) -> str:
    """Shoulders `s`, waist `w` and hips `h` half-widths."""
    right = (
        f"C{s * 0.4:.0f} 4 {s - 22:.0f} 6 {s - 8:.0f} 22C{s + 4:.0f} 34 {s:.0f} 66 {s - 8:.0f} 92"
    )
    right += f"C{s - 14:.0f} 124 {w} 140 {w} 176C{w} 214 {h} 236 {h} 292"
    left = f"H{-h}C{-h} 236 {-w} 214 {-w} 176C{-w} 140 {-s + 14:.0f} 124 {-s + 8:.0f} 92"
    left += (
        f"C{-s:.0f} 66 {-s - 4:.0f} 34 {-s + 8:.0f} 22"
        f"C{-s + 22:.0f} 6 {-s * 0.4:.0f} 4 -22 -10Q0 26 22 -10Z"
    )
    return f"M22 -10{right}{left}"


def _torso(sheet: Sheet, person: Person, build: _Build) -> str:
    top = person.top_colour
    dark = colour.shade(top, 0.22)
    fill = sheet.linear((0.35, top, 1), (1, colour.shade(top, 0.16), 1), to=(1, 0.35))
    outline = torso_outline(build.shoulder, build.waist, build.hip)
    parts = [path(outline, fill)]
    if person.top in ("tee", "hoodie"):
        parts.append(path("M-24 -12C-20 14 20 14 24 -12L20 -20H-20Z", person.skin))
        parts.append(path("M-23 -11C-14 2 14 2 23 -11Z", person.skin_shade, opacity=0.5))
        parts.append(line("M-25 -11C-20 15 20 15 25 -11", dark, 4))
    if person.top == "hoodie":
        parts.append(
            path("M-36 -14C-52 14 -26 30 0 32C26 30 52 14 36 -14C34 10 -34 10 -36 -14Z", dark)
        )
        parts.append(line("M-12 26V72M12 26V68", "#ffffff", 4, opacity=0.75))
        parts.append(path("M-44 190H44L56 250H-56Z", dark, opacity=0.5))
    if person.top == "cardigan":
        parts.append(path("M-24 -12C-16 6 16 6 24 -12L16 292H-16Z", person.under_colour))
        parts.append(path("M-22 -12C-14 4 14 4 22 -12Z", person.skin))
        parts.append(line("M-25 -12L-17 292M25 -12L17 292", dark, 4))
    if person.top == "blouse":
        parts.append(path("M-26 -14L0 46L26 -14C14 2 -14 2 -26 -14Z", person.skin))
        parts.append(
            path(
                "M-26 -14C-14 12 14 12 26 -14L20 -2C10 12 -10 12 -20 -2Z",
                person.skin_shade,
                opacity=0.45,
            )
        )
        parts.append(line("M-27 -14L0 48L27 -14", dark, 5))
    if person.top in ("shirt", "polo"):
        parts.append(path("M-22 -12L0 22L22 -12C10 0 -10 0 -22 -12Z", person.skin))
        collar = "M-26 -18L-36 -4L-16 28L0 18L-22 -12Z"
        parts.append(path(collar, colour.tint(top, 0.25), stroke=dark, stroke_width=2))
        parts.append(
            path(
                collar, colour.tint(top, 0.25), stroke=dark, stroke_width=2, transform="scale(-1 1)"
            )
        )
        end = 110 if person.top == "polo" else 286
        parts.append(line(f"M0 22V{end}", dark, 2.5, opacity=0.8))
        parts += [circle(5, y, 3.4, dark, opacity=0.9) for y in range(52, end - 10, 44)]
    if person.top == "blazer":
        parts.append(path("M-24 -14L0 150L24 -14C10 4 -10 4 -24 -14Z", person.under_colour))
        parts.append(path("M-18 -12L0 30L18 -12C8 0 -8 0 -18 -12Z", person.skin))
        parts.append(path("M-26 -18L-50 30L-32 40L-40 52L0 156L-22 -6Z", dark))
        parts.append(path("M26 -18L50 30L32 40L40 52L0 156L22 -6Z", dark))
        parts.append(line("M0 156V290", dark, 3) + circle(7, 176, 4.5, dark))
    if person.apron:
        parts.append(_apron(sheet, person.apron, build))
    return "".join(parts)


def _apron(sheet: Sheet, apron: str, build: _Build) -> str:
    dark = colour.shade(apron, 0.3)
    fill = sheet.linear(
        (0, colour.tint(apron, 0.08), 1), (1, colour.shade(apron, 0.12), 1), to=(1, 0.6)
    )
    hip, waist = build.hip + 4, build.waist
    bib = (
        f"M-44 64H44C46 110 {waist - 4} 130 {waist + 1} 172C{waist + 2} 214 {hip} 240 {hip} 380"
        f"H{-hip}C{-hip} 240 {-waist - 2} 214 {-waist - 1} 172C{-waist + 4} 130 -46 110 -44 64Z"
    )
    straps = line("M-40 66C-42 30 -34 10 -24 -8M40 66C42 30 34 10 24 -8", dark, 9)
    pocket = path(
        "M-36 206H36V250C36 262 28 268 18 268H-18C-28 268 -36 262 -36 250Z", dark, opacity=0.55
    )
    band = line(f"M{-waist} 172Q0 182 {waist} 172", dark, 6)
    return (
        straps + path(bib, fill) + pocket + band + line("M-38 74H38", colour.tint(apron, 0.35), 3)
    )


def _legs(person: Person, build: _Build) -> str:
    bottom, hip = person.bottom_colour, build.hip
    dark = colour.shade(bottom, 0.25)
    sole = "#f4f1ea" if person.age in ("young", "child") else "#3a2c2a"
    shoe = path("M18 548H50C52 562 74 566 76 590H16C14 576 18 562 18 548Z", sole)
    shoe += path("M15 583H77V590H15Z", "#000000", opacity=0.18)
    shoes = shoe + placed(shoe, 0, 0, flip=True)
    if person.skirt:
        calf = capsule((34, 300), 26, (34, 430), 21, person.skin)
        calf += capsule((34, 430), 21, (35, 556), 13, person.skin)
        cloth = (
            f"M{-hip} 270H{hip}C{hip + 14} 340 {hip + 20} 400 {hip + 24} 440Q0 456 {-hip - 24} 440"
            f"C{-hip - 20} 400 {-hip - 14} 340 {-hip} 270Z"
        )
        pleats = line("M-20 330L-28 436M24 330L34 436", dark, 4, opacity=0.5)
        return calf + placed(calf, 0, 0, flip=True) + shoes + path(cloth, bottom) + pleats
    left = path(f"M{-hip} 276H6L-6 340L-16 566H-56L{-hip - 3} 350Z", bottom)
    right = path(f"M{hip} 276H-6L6 340L16 566H56L{hip + 3} 350Z", dark)
    return shoes + right + left + path(f"M{-hip} 276H{hip}L{hip + 2} 320H{-hip - 2}Z", bottom)


def _sleeved_arms(sheet: Sheet, person: Person, pose: Pose, build: _Build) -> str:
    behind, over = [], []
    for side, arm in ((-1, pose.left), (1, pose.right)):
        limb, hand_back, hand_front = _arm(sheet, person, arm, side, build)
        behind.append(limb + hand_back)
        over.append(hand_front)
    return "".join(behind) + pose.held + "".join(over)


def _arm(sheet: Sheet, person: Person, arm: Arm, side: int, build: _Build) -> tuple[str, str, str]:
    shoulder = (side * (build.shoulder - 22), 40.0)
    joint = elbow(shoulder, arm.hand, side=side, outward=arm.outward)
    wrist = arm.hand
    slim = person.feminine or person.age == "child"
    thick = (26, 19, 14) if slim else (31, 23, 17)
    cloth = person.top_colour if side < 0 else colour.shade(person.top_colour, 0.07)
    edge = colour.shade(person.top_colour, 0.3)
    torso = path(torso_outline(build.shoulder, build.waist, build.hip))
    short = person.top in ("tee", "polo")
    skin = capsule(shoulder, thick[0] - 4, joint, thick[1] - 1, person.skin)
    skin += capsule(joint, thick[1] - 1, wrist, thick[2] - 2, person.skin)
    if short:
        cut = (
            shoulder[0] + (joint[0] - shoulder[0]) * 0.58,
            shoulder[1] + (joint[1] - shoulder[1]) * 0.58,
        )
        shadow = capsule(shoulder, thick[0] + 1.5, cut, thick[1] + 7.5, edge)
        limb = (
            skin
            + _on_torso(sheet, shadow, torso)
            + capsule(shoulder, thick[0], cut, thick[1] + 5, cloth)
        )
    else:
        cuff = (joint[0] + (wrist[0] - joint[0]) * 0.86, joint[1] + (wrist[1] - joint[1]) * 0.86)
        shadow = capsule(shoulder, thick[0] + 2, joint, thick[1] + 2.5, edge)
        shadow += capsule(joint, thick[1] + 2.5, cuff, thick[2] + 3.5, edge)
        sleeve = capsule(shoulder, thick[0], joint, thick[1], cloth)
        sleeve += capsule(joint, thick[1], cuff, thick[2] + 2, cloth)
        limb = skin + _on_torso(sheet, shadow, torso) + sleeve
    back, front = _hand(person, arm, side)
    return limb, placed(back, *wrist, turn=arm.turn), placed(front, *wrist, turn=arm.turn)


def _on_torso(sheet: Sheet, shadow: str, torso: str) -> str:
    """The soft line that an arm throws on the body; left out where layers must be few."""
    return group(shadow, opacity=0.5, clip_path=sheet.clip(torso)) if sheet.rich else ""


def _fingers(person: Person, tips: Iterable[Stroke], width: float) -> str:
    """Fingers as round strokes, each set off from the next by a darker edge."""
    edge = colour.mix(person.skin, person.skin_shade, 0.8)
    return "".join(
        line(f"M{num(a[0])} {num(a[1])}L{num(b[0])} {num(b[1])}", edge, width + 2.4)
        + line(f"M{num(a[0])} {num(a[1])}L{num(b[0])} {num(b[1])}", person.skin, width)
        for a, b in tips
    )


def _hand(person: Person, arm: Arm, side: int) -> tuple[str, str]:
    """A hand at the wrist, fingers along +y: the part behind what it holds, and the part over it.

    rest: relaxed. fist: closed round a handle below. palm: flat, carrying from below or behind.
    grip: palm behind the object, thumb and fingertips over its edges. wave: open.
    """
    skin = person.skin
    if arm.shape == "rest":
        mitt = path("M-13 -6C-18 12 -17 34 -8 44C0 50 10 46 13 34C16 20 16 6 12 -6Z", skin)
        return _fingers(person, [((side * -10, 6), (side * -17, 26))], 9) + mitt, ""
    if arm.shape == "wave":
        tips: list[Stroke] = [
            ((-10, 18), (-17, 48)),
            ((-3, 20), (-5, 56)),
            ((5, 20), (8, 54)),
            ((11, 16), (19, 44)),
        ]
        thumb: list[Stroke] = [((side * -10, 4), (side * -28, 18))]
        return _fingers(person, thumb + tips, 10) + path(
            "M-15 -6C-20 8 -18 26 -8 28H8C18 26 20 8 15 -6Z", skin
        ), ""
    if arm.shape == "palm":
        carried: list[Stroke] = [((i * 8.5 - 13, 14), (i * 8.5 - 15, 38)) for i in range(4)]
        return path("M-16 -6C-22 10 -18 28 -6 30H8C18 26 20 8 15 -6Z", skin), _fingers(
            person, carried, 9
        )
    if arm.shape == "fist":
        knuckles: list[Stroke] = [((i * 9 - 13.5, 8), (i * 9 - 13.5, 24)) for i in range(4)]
        palm = rect(-19, -6, 38, 32, skin, r=13)
        return palm, _fingers(person, [*knuckles, ((side * -4, 6), (side * -16, 12))], 9.5)
    palm = path("M-16 -8C-26 10 -24 34 -10 40H10C22 36 22 10 16 -8Z", skin)
    edge = arm.half
    closer: list[Stroke] = [((side * -(edge + 1), 12), (side * -(edge - 8), 42))]
    closing: list[Stroke] = [
        ((side * (edge + 1), 14 + i * 11), (side * (edge - 9), 15 + i * 11)) for i in range(4)
    ]
    return palm, _fingers(person, closing, 9.5) + _fingers(person, closer, 11)
