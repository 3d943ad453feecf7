"""Rooms: shop, café, office, home and studio, wall to wall with a floor."""

from generation.scenes import colour
from generation.scenes.light import LIGHTS
from generation.scenes.outdoors import skyline
from generation.scenes.props import plant
from generation.scenes.room import Room
from generation.scenes.scene import Palette
from generation.scenes.sheet import (
    circle,
    ellipse,
    group,
    line,
    num,
    path,
    placed,
    rect,
)

WOOD = "#b9824f"


def shop(room: Room) -> str:
    """A neighbourhood shop: full shelves, tiles, a striped valance."""
    p, rnd, w, floor = room.palette, room.rnd, room.w, room.floor
    parts = [room.wall(colour.tint(p.main, 0.66)), room.ground("#d9c2a3", tiles=True)]
    rows = max(3, round(floor / 210))
    gap = (floor * 0.8) / rows
    for i in range(rows):
        y = floor * 0.2 + gap * (i + 0.92)
        parts.append(_shelf(room, y, gap * 0.74, i))
    parts.append(_scallops(room, 0, w, 84))
    parts.append(room.pendant(w * 0.22, 96, p.second, 0.85))
    parts.append(room.pendant(w * 0.78, 96, p.second, 0.85))
    if rnd.random() < 0.5:
        parts.append(placed(plant(room.sheet, p, rnd), w * 0.06, floor + 40, scale=0.9))
    return "".join(parts)


def _scallops(room: Room, x: float, w: float, drop: float) -> str:
    p = room.palette
    count = max(6, round(w / 120))
    step = w / count
    stripes = "".join(
        path(
            f"M{num(x + i * step)} -4h{num(step)}v{num(drop * 0.7)}"
            f"a{num(step / 2)} {num(drop * 0.36)} 0 0 1 {num(-step)} 0Z",
            (p.main, "#fffdf8")[i % 2],
        )
        for i in range(count)
    )
    shadow = rect(
        x, drop * 0.7, w, drop * 0.55, room.sheet.linear((0, "#1c2333", 0.22), (1, "#1c2333", 0))
    )
    return shadow + stripes + rect(x, -4, w, 12, colour.shade(p.main, 0.25))


def _shelf(room: Room, y: float, height: float, row: int) -> str:
    """One board of goods; what stands there comes from the seed."""
    p, rnd = room.palette, room.rnd
    goods = (
        p.main,
        p.second,
        p.accent,
        colour.tint(p.main, 0.45),
        "#e8c9a0",
        colour.tint(p.accent, 0.4),
        "#fbf4e6",
    )
    parts = []
    x = -10.0 - rnd.uniform(0, 30)
    while x < room.w:
        kind, tone = rnd.randrange(5), rnd.choice(goods)
        copies = rnd.choice((1, 2, 2, 3))
        unit = height * rnd.uniform(0.5, 0.62)
        tall = height * rnd.uniform(0.62, 0.92)
        for _ in range(copies):
            parts.append(_item(kind, x, y, w=unit * 0.62, h=tall, tone=tone))
            x += unit * 0.62 + 5
        x += rnd.uniform(8, 30)
    board = rect(-10, y, room.w + 20, 13, WOOD) + rect(
        -10, y + 13, room.w + 20, 9, "#1c2333", opacity=0.12
    )
    return "".join(parts) + board


def _item(kind: int, x: float, y: float, *, w: float, h: float, tone: str) -> str:
    dark = colour.shade(tone, 0.2)
    label = colour.tint(tone, 0.7)
    if kind == 0:  # jar
        body = rect(x, y - h * 0.82, w, h * 0.82, tone, r=w * 0.22) + rect(
            x + w * 0.1, y - h * 0.92, w * 0.8, h * 0.12, dark, r=3
        )
        return body + rect(x, y - h * 0.55, w, h * 0.26, label)
    if kind == 1:  # bottle
        neck = rect(x + w * 0.34, y - h * 1.04, w * 0.32, h * 0.34, dark, r=4)
        return (
            neck
            + rect(x + w * 0.08, y - h * 0.76, w * 0.84, h * 0.76, tone, r=w * 0.3)
            + rect(x + w * 0.08, y - h * 0.46, w * 0.84, h * 0.2, label)
        )
    if kind == 2:  # tin
        return (
            rect(x, y - h * 0.56, w, h * 0.56, tone, r=4)
            + ellipse(x + w / 2, y - h * 0.56, w / 2, h * 0.06, "#d8dde6")
            + rect(x, y - h * 0.4, w, h * 0.2, label)
        )
    if kind == 3:  # packet
        return path(
            f"M{num(x)} {num(y)}V{num(y - h * 0.84)}"
            f"L{num(x + w / 2)} {num(y - h * 0.92)}L{num(x + w)} {num(y - h * 0.84)}"
            f"V{num(y)}Z",
            tone,
        ) + circle(x + w / 2, y - h * 0.44, w * 0.26, label)
    return (
        rect(x, y - h * 0.7, w, h * 0.7, tone, r=3)
        + rect(x, y - h * 0.7, w, h * 0.14, dark, r=3)
        + rect(x + w * 0.18, y - h * 0.42, w * 0.64, h * 0.2, label, r=3)
    )


def cafe(room: Room) -> str:
    """A small café: a big window, pendant lamps, cups on a rail, a bar."""
    p, rnd, w, floor = room.palette, room.rnd, room.w, room.floor
    parts = [room.wall(colour.tint(p.main, 0.68)), room.ground("#b98a62", tiles=False)]
    parts.append(rect(0, floor * 0.66, w, floor * 0.34, colour.shade(p.main, 0.18)))
    panels = max(5, round(w / 150))
    parts += [
        rect(
            i * w / panels + 14,
            floor * 0.7,
            w / panels - 28,
            floor * 0.25,
            colour.shade(p.main, 0.28),
            r=6,
        )
        for i in range(panels)
    ]
    parts.append(rect(0, floor * 0.655, w, 12, colour.shade(p.main, 0.4)))
    parts.append(room.window(w * 0.06, floor * 0.16, w * 0.36, floor * 0.42, "#7a5236"))
    for i in range(2):
        y = floor * (0.3 + i * 0.2)
        parts.append(rect(w * 0.54, y, w * 0.42, 12, WOOD))
        x = w * 0.56
        while x < w * 0.93:
            tone = rnd.choice((p.main, "#fbf6ee", p.accent, p.second))
            parts.append(
                rect(x, y - 42, 38, 42, tone, r=8)
                + circle(x + 42, y - 22, 11, "none", stroke=tone, stroke_width=6)
            )
            x += rnd.uniform(60, 84)
    for fx in (0.3, 0.5, 0.72):
        parts.append(
            room.pendant(w * fx, rnd.uniform(40, 90), p.accent if fx == 0.5 else p.second, 0.8)
        )
    parts.append(placed(_cafe_table(p), w * 0.86, floor + (room.h - floor) * 0.4, scale=1.15))
    parts.append(placed(plant(room.sheet, p, rnd), w * 0.07, floor + 50, scale=0.95))
    return "".join(parts)


def _cafe_table(p: Palette) -> str:
    chair = (
        rect(-46, -170, 12, 170, "#5e4230", r=4)
        + rect(-46, -86, 84, 14, p.main, r=6)
        + rect(26, -74, 12, 74, "#5e4230", r=4)
        + rect(-46, -172, 14, 90, p.main, r=6)
    )
    table = (
        ellipse(0, -128, 92, 14, "#e9d5b7")
        + rect(-6, -122, 12, 116, "#5e4230")
        + ellipse(0, -4, 46, 9, "#4a3426")
    )
    return placed(chair, -118, 0) + table


def office(room: Room) -> str:
    """A bright office: a window wall on the city, a board with a chart, shelves."""
    p, rnd, w, floor = room.palette, room.rnd, room.w, room.floor
    parts = [room.wall(colour.tint(p.main, 0.78)), room.ground("#c9cdd6", tiles=False)]
    x, y, ww, hh = w * 0.05, floor * 0.12, w * 0.5, floor * 0.6
    light = LIGHTS[room.light]
    pane = room.sheet.linear((0, light.sky[0].upper(), 1), (1, light.sky[1].upper(), 1), flat=False)
    clip = room.sheet.clip(rect(x, y, ww, hh, "#000000"))
    towers = skyline(room, x, y + hh, ww, hh * 0.6)
    parts.append(group(rect(x, y, ww, hh, pane), towers, clip_path=clip))
    parts.append(rect(x, y, ww, hh, "none", stroke="#f4f6f9", stroke_width=14))
    parts.append(
        line(
            f"M{num(x + ww / 3)} {num(y)}v{num(hh)}M{num(x + ww * 2 / 3)} {num(y)}v{num(hh)}",
            "#f4f6f9",
            10,
        )
    )
    bx, by, bw, bh = w * 0.62, floor * 0.14, w * 0.32, floor * 0.3
    parts.append(rect(bx, by, bw, bh, "#ffffff", r=8, stroke="#aab3c2", stroke_width=7))
    points = [
        (bx + bw * f, by + bh * g) for f, g in ((0.1, 0.76), (0.32, 0.5), (0.54, 0.6), (0.86, 0.2))
    ]
    parts.append(line("M" + "L".join(f"{num(a)} {num(b)}" for a, b in points), p.main, 9))
    parts += [circle(a, b, 10, p.second) for a, b in points]
    for i in range(2):
        sy = floor * (0.66 + i * 0.2)
        parts.append(rect(bx, sy, bw, 11, WOOD))
        sx = bx + 12
        while sx < bx + bw - 30:
            thick = rnd.uniform(16, 30)
            parts.append(
                rect(
                    sx,
                    sy - rnd.uniform(66, 96),
                    thick,
                    96,
                    rnd.choice((p.main, p.second, p.accent, "#e8ebf1")),
                    r=3,
                )
            )
            parts.append(rect(sx, sy, thick, 11, WOOD))
            sx += thick + rnd.choice((3, 3, 26))
        parts.append(
            rect(
                bx,
                sy + 11,
                bw,
                floor * 0.08,
                room.sheet.linear(
                    (0, colour.tint(p.main, 0.62), 1), (1, colour.tint(p.main, 0.78), 1)
                ),
            )
        )
    parts.append(room.pendant(w * 0.3, 50, p.second, 0.9))
    parts.append(room.pendant(w * 0.74, 50, p.second, 0.9))
    parts.append(placed(plant(room.sheet, p, rnd), w * 0.585, floor + 46, scale=1.05))
    return "".join(parts)


def home(room: Room) -> str:
    """A living room: curtains, sofa with cushions, pictures, a floor lamp, a rug."""
    p, rnd, w, h, floor = room.palette, room.rnd, room.w, room.h, room.floor
    parts = [
        room.wall(colour.tint(colour.mix(p.main, "#f3d9b8", 0.35), 0.45)),
        room.ground("#c6976b", tiles=False),
    ]
    wx, wy, ww, wh = w * 0.08, floor * 0.14, w * 0.3, floor * 0.5
    parts.append(room.window(wx, wy, ww, wh, "#fffaf0"))
    for side in (0, 1):
        edge = wx - 46 if side == 0 else wx + ww + 46
        inner = wx + ww * 0.16 if side == 0 else wx + ww * 0.84
        parts.append(
            path(
                f"M{num(edge)} {num(wy - 34)}H{num(inner)}"
                f"Q{num(inner - (inner - edge) * 0.2)} {num(wy + wh * 0.6)} "
                f"{num(edge + (inner - edge) * 0.3)} {num(wy + wh + 70)}H{num(edge)}Z",
                p.main,
                opacity=0.9,
            )
        )
    parts.append(rect(wx - 70, wy - 46, ww + 140, 12, "#7a5236", r=6))
    for i, (fx, fy, fw, fh) in enumerate(
        ((0.5, 0.2, 0.1, 0.17), (0.62, 0.14, 0.13, 0.25), (0.77, 0.2, 0.09, 0.15))
    ):
        x, y, a, b = w * fx, floor * fy, w * fw, floor * fh
        parts.append(rect(x, y, a, b, "#fffdf8", stroke="#8b6a4b", stroke_width=8))
        tone = (p.accent, p.second, p.main)[i]
        parts.append(circle(x + a * 0.5, y + b * 0.42, min(a, b) * 0.2, tone))
        parts.append(
            path(
                f"M{num(x + 5)} {num(y + b - 5)}"
                f"Q{num(x + a * 0.3)} {num(y + b * 0.5)} {num(x + a * 0.6)} "
                f"{num(y + b * 0.8)}T{num(x + a - 5)} {num(y + b * 0.7)}V{num(y + b - 5)}Z",
                colour.tint(tone, 0.4),
            )
        )
    parts.append(
        ellipse(
            w * 0.62,
            floor + (h - floor) * 0.5,
            w * 0.36,
            (h - floor) * 0.28,
            colour.tint(p.main, 0.5),
        )
    )
    parts.append(
        ellipse(
            w * 0.62,
            floor + (h - floor) * 0.5,
            w * 0.3,
            (h - floor) * 0.21,
            "none",
            stroke="#fffaf0",
            stroke_width=6,
        )
    )
    parts.append(placed(plant(room.sheet, p, rnd), w * 0.36, floor + 20, scale=0.9))
    parts.append(
        placed(_sofa(room), w * 0.66, floor + (h - floor) * 0.22, scale=max(1.0, w / 1000))
    )
    room.lamps.append((w * 0.93, floor * 0.5, 260))
    lamp = (
        rect(-5, -300, 10, 300, "#4a3b33")
        + ellipse(0, -2, 44, 9, "#4a3b33")
        + path("M-36 -390H36L60 -290H-60Z", "#FFE9BB")
    )
    parts.append(placed(lamp, w * 0.94, floor + 26, scale=1.1))
    return "".join(parts)


def _sofa(room: Room) -> str:
    p = room.palette
    main = colour.mix(p.second, "#8f97a8", 0.25)
    dark = colour.shade(main, 0.2)
    cushion = "M-42 -40Q0 -50 42 -40Q50 0 42 38Q0 48 -42 38Q-50 0 -42 -40Z"
    return (
        room.sheet.ground_shadow(0, 8, 300, 22, 0.35)
        + rect(-230, -190, 460, 150, main, r=30)
        + rect(-200, -96, 198, 66, colour.tint(main, 0.14), r=16)
        + rect(2, -96, 198, 66, colour.tint(main, 0.14), r=16)
        + rect(-216, -46, 432, 40, dark, r=8)
        + rect(-264, -136, 72, 130, main, r=26)
        + rect(192, -136, 72, 130, main, r=26)
        + rect(-230, -8, 16, 18, "#5e4230")
        + rect(214, -8, 16, 18, "#5e4230")
        + placed(path(cushion, p.accent), -136, -122, turn=-10)
        + placed(path(cushion, p.main), 132, -122, turn=9)
    )


def studio(room: Room) -> str:
    """A plain backdrop with two large quiet shapes."""
    p, rnd, w, h, floor = room.palette, room.rnd, room.w, room.h, room.floor
    back = room.sheet.linear((0, colour.tint(p.main, 0.5), 1), (1, colour.tint(p.main, 0.34), 1))
    ground = room.sheet.linear(
        (0, colour.tint(p.main, 0.2), 1),
        (0.35, colour.tint(p.main, 0.4), 1),
        (1, colour.tint(p.main, 0.55), 1),
    )
    x = w * rnd.uniform(0.42, 0.58)
    r = min(w * 0.4, floor * 0.52)
    arch = (
        f"M{num(x - r)} {num(floor)}V{num(floor * 0.62)}"
        f"A{num(r)} {num(r)} 0 0 1 {num(x + r)} {num(floor * 0.62)}V{num(floor)}Z"
    )
    disc = circle(x + r * rnd.choice((-1, 1)), floor * 0.3, r * 0.36, p.accent, opacity=0.85)
    return (
        rect(0, 0, w, floor + 2, back)
        + rect(0, floor, w, h - floor, ground)
        + path(arch, colour.tint(p.main, 0.12), opacity=0.7)
        + disc
    )
