"""Places under the sky: market, city street, mountain road."""

from itertools import pairwise
from random import Random

from generation.scenes import colour
from generation.scenes.light import LIGHTS, sky
from generation.scenes.props import produce
from generation.scenes.room import Room
from generation.scenes.scene import Palette
from generation.scenes.sheet import circle, group, line, num, path, placed, polygon, rect


def mountains(room: Room, height: float, tone: str) -> str:
    """A ridge across the picture; the farther it is, the more of the air's colour it has."""
    w, base, rnd = room.w, room.floor, room.rnd
    far = LIGHTS[room.light].far
    step = w / 5
    x, points = -step, []
    while x < w + step * 1.5:
        points.append((x, base - height * rnd.uniform(0.45, 1.0)))
        x += step * rnd.uniform(0.6, 1.0)
    d = f"M{num(points[0][0])} {num(base)}L{num(points[0][0])} {num(points[0][1])}"
    for (ax, ay), (bx, by) in pairwise(points):
        dip = max(ay, by) + height * 0.16
        mx = (ax + bx) / 2
        d += (
            f"Q{num((ax + mx) / 2)} {num((ay + dip) / 2 + 8)} {num(mx)} {num(dip)}"
            f"Q{num((mx + bx) / 2)} {num((by + dip) / 2 - 8)} {num(bx)} {num(by)}"
        )
    top = colour.mix(tone, far, 0.15)
    foot = colour.mix(tone, far, 0.6)
    return path(f"{d}V{num(base)}Z", room.sheet.linear((0, top, 1), (1, foot, 1)))


def skyline(room: Room, x: float, base: float, w: float, h: float) -> str:
    """Towers, farther ones paler; at night most windows are lit."""
    p, rnd = room.palette, room.rnd
    far = LIGHTS[room.light].far
    lit = LIGHTS[room.light].lamps > 0.5
    parts = []
    for depth, share in ((0.62, 1.0), (0.3, 0.72)):
        cursor = x - 20
        while cursor < x + w:
            width = rnd.uniform(0.09, 0.15) * max(w, 500)
            tall = h * share * rnd.uniform(0.45, 1.0)
            tone = colour.mix(rnd.choice((p.main, p.second, "#8d99b0", "#c9b39a")), far, depth)
            pane = "#FFDF94" if lit else colour.mix("#ffffff", far, 0.3)
            parts.append(rect(cursor, base - tall, width, tall, tone))
            parts.append(
                rect(
                    cursor + width * 0.62, base - tall, width * 0.38, tall, "#1c2333", opacity=0.08
                )
            )
            columns, rows = max(2, int(width // 34)), int(tall // 42)
            for i in range(columns):
                for j in range(rows):
                    if rnd.random() < 0.6:
                        parts.append(
                            rect(
                                cursor + 9 + i * (width - 14) / columns,
                                base - tall + 14 + j * 42,
                                14,
                                20,
                                pane,
                                r=2,
                                opacity=0.75,
                            )
                        )
            cursor += width + rnd.uniform(2, 16)
    return "".join(parts)


def tree(rnd: Random, size: float = 1.0) -> str:
    """A round-headed street tree, 300 high; origin at the foot."""
    tones = ("#4f9d62", "#3d8a55", "#66b072")
    crown = "".join(
        circle(dx, dy, r, tones[i % 3])
        for i, (dx, dy, r) in enumerate(
            ((-46, -200, 54), (44, -196, 58), (0, -250, 62), (-6, -180, 56), (22, -226, 40))
        )
    )
    trunk = path("M-11 0L-6 -150H6L11 0Z", "#7a5236")
    return placed(trunk + crown, 0, 0, scale=size * rnd.uniform(0.92, 1.08))


def palm(size: float = 1.0) -> str:
    """A wax palm of the Cocora valley, 520 high; origin at the foot."""
    fronds = "".join(
        placed(
            path("M0 0C30 -20 60 -18 92 14C60 2 30 4 0 0Z", ("#3f8f5c", "#2f7a4c")[i % 2]),
            0,
            -512,
            turn=t,
        )
        for i, t in enumerate((-150, -120, -88, -56, -28, 0, 28, 180, 152))
    )
    return placed(path("M-7 0L-4 -516H4L7 0Z", "#b9a88f") + fronds, 0, 0, scale=size)


def street_lamp() -> str:
    """A lamp post, 420 high; origin at the foot, bulb at (0, -392)."""
    return (
        rect(-6, -380, 12, 380, "#39445c")
        + rect(-16, -14, 32, 14, "#2b3448", r=4)
        + path("M-26 -380H26L18 -418H-18Z", "#FFF2C8")
        + rect(-30, -384, 60, 8, "#39445c", r=4)
        + path("M-22 -418H22L0 -434Z", "#39445c")
    )


def market(room: Room) -> str:
    """A market square: mountains, trees, striped stalls with crates, bunting."""
    p, rnd, w, h, floor = room.palette, room.rnd, room.w, room.h, room.floor
    parts = [sky(room.sheet, room.light, w, h, rnd)]
    parts.append(mountains(room, floor * 0.62, "#6f9c8c"))
    parts.append(mountains(room, floor * 0.36, "#5c9a6c"))
    for fx in (0.04, 0.5, 0.96):
        parts.append(placed(tree(rnd), w * fx, floor + 4, scale=1.0))
    stone = colour.mix("#dcc7a6", p.pale, 0.2)
    parts.append(room.ground(stone, tiles=True))
    size = max(0.92, floor / 760)
    parts.append(placed(_stall(room, p.main), w * 0.24, floor + 36, scale=size))
    parts.append(placed(_stall(room, p.accent), w * 0.78, floor + 36, scale=size))
    parts.append(_bunting(p, w, floor * 0.13))
    return "".join(parts)


def _stall(room: Room, tone: str) -> str:
    """A stall, 430 wide and 560 high."""
    sheet, rnd = room.sheet, room.rnd
    posts = rect(-200, -430, 14, 430, "#8a6343") + rect(186, -430, 14, 430, "#8a6343")
    back = rect(-190, -430, 380, 300, colour.shade(tone, 0.45), opacity=0.35)
    stripes = "".join(
        path(
            f"M{-228 + i * 57} -470L{-206 + i * 51.5:.1f} -560"
            f"H{-206 + (i + 1) * 51.5:.1f}L{-228 + (i + 1) * 57} -470V-440"
            "a28.5 24 0 0 1 -57 0Z",
            (tone, "#fffdf8")[i % 2],
        )
        for i in range(8)
    )
    shade = rect(-200, -418, 400, 60, sheet.linear((0, "#1c2333", 0.3), (1, "#1c2333", 0)))
    counter = rect(-206, -150, 412, 150, "#b07a48") + "".join(
        rect(-206, -148 + i * 50, 412, 44, "#c48c57", r=3) for i in range(3)
    )
    crates = placed(produce(sheet, rnd), -104, -150, scale=0.62) + placed(
        produce(sheet, rnd), 100, -150, scale=0.62
    )
    return (
        sheet.ground_shadow(0, 2, 250, 20, 0.35) + back + posts + crates + counter + shade + stripes
    )


def _bunting(p: Palette, w: float, y: float) -> str:
    count = max(10, round(w / 70))
    flags = ""
    for i in range(count):
        x = w * (i + 0.5) / count
        sag = y + 46 * (1 - (2 * x / w - 1) ** 2)
        flags += polygon(
            ((x - 20, sag), (x + 20, sag), (x, sag + 40)), (p.main, p.accent, p.second)[i % 3]
        )
    return line(f"M0 {num(y)}Q{num(w / 2)} {num(y + 92)} {num(w)} {num(y)}", "#6b5a4c", 3) + flags


def city(room: Room) -> str:
    """A street: the Andes, towers, painted house fronts with balconies, trees, a lamp."""
    p, rnd, w, h, floor = room.palette, room.rnd, room.w, room.h, room.floor
    parts = [sky(room.sheet, room.light, w, h, rnd)]
    parts.append(mountains(room, floor * 0.75, "#5f8f86"))
    parts.append(skyline(room, 0, floor, w, floor * 0.66))
    x = -30.0
    tones = [
        p.main,
        colour.tint(p.accent, 0.25),
        colour.tint(p.second, 0.45),
        "#f4ead8",
        colour.tint(p.main, 0.5),
    ]
    turn = rnd.randrange(5)
    i = 0
    while x < w:
        width = rnd.uniform(190, 250)
        parts.append(_front(room, x, width, floor * rnd.uniform(0.3, 0.4), tones[(i + turn) % 5]))
        x += width
        i += 1
    pavement, road = "#d6d2ca", "#59627a"
    edge = floor + (h - floor) * 0.5
    parts.append(rect(0, floor, w, h - floor, pavement))
    parts += [
        line(
            f"M{num(w * k / 14)} {num(floor)}"
            f"L{num(w / 2 + (w * k / 14 - w / 2) * 1.5)} {num(edge)}",
            "#b9b4aa",
            2,
        )
        for k in range(-3, 18)
    ]
    parts.append(rect(0, edge, w, h - edge, road) + rect(0, edge, w, 12, "#f0ece2"))
    dash = (h - edge) * 0.55
    parts += [
        polygon(
            (
                (w * k / 6, edge + dash),
                (w * k / 6 + 90, edge + dash),
                (w * k / 6 + 84, edge + dash + 14),
                (w * k / 6 - 8, edge + dash + 14),
            ),
            "#f6f1df",
            opacity=0.85,
        )
        for k in range(7)
    ]
    parts.append(
        placed(tree(rnd), w * 0.05, floor + 26, scale=1.15)
        + placed(tree(rnd), w * 0.92, floor + 26, scale=1.2)
    )
    parts.append(placed(street_lamp(), w * 0.19, floor + 30, scale=1.05))
    room.lamps.append((w * 0.19, floor + 30 - 400, 210))
    return "".join(parts)


def _front(room: Room, x: float, w: float, h: float, tone: str) -> str:
    """A painted two-storey house front with a tiled edge, a balcony and a door."""
    base = room.floor
    lit = LIGHTS[room.light].lamps > 0.5
    pane = "#FFDF94" if lit else "#cfe4ee"
    dark = colour.shade(tone, 0.4)
    parts = [
        rect(x, base - h, w, h, room.sheet.linear((0, colour.tint(tone, 0.1), 1), (1, tone, 1))),
        rect(x - 8, base - h - 16, w + 16, 22, "#c7674a", r=4),
        rect(x, base - h * 0.12, w, h * 0.12, colour.shade(tone, 0.18)),
    ]
    for f in (0.2, 0.62):
        parts.append(
            rect(
                x + w * f, base - h * 0.86, w * 0.2, h * 0.3, pane, r=3, stroke=dark, stroke_width=6
            )
        )
        parts.append(rect(x + w * f - 8, base - h * 0.58, w * 0.2 + 16, 7, dark, r=3))
        parts += [
            rect(x + w * f - 6 + j * (w * 0.2 + 8) / 4, base - h * 0.68, 4, h * 0.1, dark)
            for j in range(5)
        ]
        parts.append(rect(x + w * f - 8, base - h * 0.69, w * 0.2 + 16, 6, dark, r=3))
    parts.append(rect(x + w * 0.16, base - h * 0.4, w * 0.26, h * 0.4, dark, r=4))
    parts.append(
        rect(
            x + w * 0.56, base - h * 0.38, w * 0.3, h * 0.22, pane, r=3, stroke=dark, stroke_width=6
        )
    )
    return "".join(parts)


def road(room: Room) -> str:
    """A road through coffee hills with wax palms."""
    p, rnd, w, h, floor = room.palette, room.rnd, room.w, room.h, room.floor
    parts = [sky(room.sheet, room.light, w, h, rnd)]
    parts.append(mountains(room, floor * 0.7, colour.mix("#5f8f9c", p.main, 0.25)))
    parts.append(mountains(room, floor * 0.46, colour.mix("#4f9472", p.main, 0.15)))
    parts += [
        placed(palm(rnd.uniform(0.6, 0.95)), w * fx, floor + 10) for fx in (0.08, 0.2, 0.86, 0.95)
    ]
    grass = room.sheet.linear((0, "#6fae6a", 1), (1, "#4a8f58", 1))
    parts.append(
        path(
            f"M0 {num(floor + 6)}"
            f"Q{num(w * 0.3)} {num(floor - 40)} {num(w * 0.55)} {num(floor)}"
            f"T{num(w)} {num(floor - 14)}V{num(h)}H0Z",
            grass,
        )
    )
    for i in range(5):
        y = floor + 18 + i * (h - floor) * 0.17
        parts.append(
            line(
                f"M0 {num(y)}Q{num(w * 0.5)} {num(y - 26)} {num(w)} {num(y)}",
                "#3d8350",
                10 + i * 5,
                stroke_dasharray=f"1 {20 + i * 9}",
                opacity=0.5,
            )
        )
    mid = w * 0.5
    parts.append(
        path(
            f"M{num(mid - w * 0.04)} {num(floor - 8)}"
            f"C{num(mid + w * 0.1)} {num(floor + (h - floor) * 0.3)} "
            f"{num(mid - w * 0.5)} {num(floor + (h - floor) * 0.5)} "
            f"{num(mid - w * 0.42)} {num(h)}H{num(mid + w * 0.5)}"
            f"C{num(mid + w * 0.1)} {num(floor + (h - floor) * 0.5)} "
            f"{num(mid + w * 0.3)} {num(floor + (h - floor) * 0.3)} "
            f"{num(mid)} {num(floor - 8)}Z",
            "#5b6377",
        )
    )
    parts.append(
        line(
            f"M{num(mid - w * 0.01)} {num(floor + 12)}"
            f"C{num(mid + w * 0.16)} {num(floor + (h - floor) * 0.32)} "
            f"{num(mid - w * 0.14)} {num(floor + (h - floor) * 0.55)} "
            f"{num(mid + w * 0.02)} {num(h)}",
            "#fdf3d2",
            9,
            stroke_dasharray="46 40",
        )
    )
    parts.append(
        group(
            *(
                rect(w * fx, floor + 6, 9, 52, "#f4ede0")
                for fx in (0.64, 0.71, 0.78, 0.85, 0.92, 0.99)
            ),
            rect(w * 0.63, floor + 16, w * 0.4, 7, "#f4ede0"),
        )
    )
    return "".join(parts)
