"""Rooms where people do something: a kitchen, a workshop, a classroom."""

from generation.scenes import colour
from generation.scenes.props import plant
from generation.scenes.room import Room
from generation.scenes.sheet import circle, ellipse, line, num, path, placed, polygon, rect

WOOD = "#b9824f"


def kitchen(room: Room) -> str:
    """A home kitchen: cupboards, a window over the sink, a stove with a pot, hanging pans."""
    p, rnd, w, floor = room.palette, room.rnd, room.w, room.floor
    parts = [
        room.wall(colour.tint(colour.mix(p.main, "#f3d9b8", 0.3), 0.62)),
        room.ground("#d8c3a0", tiles=True),
    ]
    tile = floor * 0.075
    for row in range(3):
        for i in range(round(w / tile) + 1):
            x = i * tile - (tile / 2 if row % 2 else 0)
            parts.append(
                rect(
                    x + 2,
                    floor * 0.44 + row * tile * 0.6,
                    tile - 4,
                    tile * 0.6 - 4,
                    rnd.choice(("#fffdf8", "#fffdf8", colour.tint(p.main, 0.7))),
                    r=3,
                )
            )
    parts.append(room.window(w * 0.34, floor * 0.1, w * 0.3, floor * 0.32, "#fffaf0"))
    for x in (0.02, 0.72):
        parts.append(_cupboards(w * x, floor * 0.08, w * 0.26, floor * 0.26, p.main))
    top = floor * 0.62
    parts.append(rect(0, top, w, floor - top, colour.tint(p.main, 0.2)))
    doors = 6
    for i in range(doors):
        x = i * w / doors
        parts.append(
            rect(x + 12, top + 34, w / doors - 24, floor - top - 52, p.main, r=6, opacity=0.85)
            + circle(x + w / doors - 34, top + 60, 7, "#f4ede0")
        )
    parts.append(rect(-10, top - 8, w + 20, 24, "#f1e8d8", r=4))
    parts.append(rect(-10, top + 14, w + 20, 10, "#1c2333", opacity=0.12))
    tap = f"M{num(w * 0.5)} {num(top - 6)}v-54q0 -26 26 -26t26 26v10"
    parts.append(line(tap, "#aab3c2", 10))
    parts.append(placed(_pot(p.accent), w * 0.8, top - 8, scale=1.0))
    parts.append(placed(_jars(p.second, p.accent), w * 0.17, top - 8))
    parts.append(placed(plant(room.sheet, p, rnd), w * 0.36, top - 6, scale=0.42))
    parts.append(room.pendant(w * 0.5, 40, p.second, 0.9))
    return "".join(parts)


def _cupboards(x: float, y: float, w: float, h: float, tone: str) -> str:
    light = colour.tint(tone, 0.3)
    doors = "".join(
        rect(x + i * w / 2 + 5, y + 5, w / 2 - 10, h - 10, light, r=6)
        + circle(x + w / 2 + (18 if i else -18), y + h * 0.8, 6, "#f4ede0")
        for i in (0, 1)
    )
    return rect(x, y, w, h, tone, r=8) + doors + rect(x, y + h, w, 10, "#1c2333", opacity=0.12)


def _pot(tone: str) -> str:
    """A pot on a stove plate with a little steam, 170 wide."""
    steam = line(
        "M-24 -128q-16 -22 0 -44t0 -44M22 -128q-16 -22 0 -44t0 -44", "#ffffff", 7, opacity=0.5
    )
    return (
        rect(-96, -10, 192, 12, "#39445c", r=4)
        + rect(-70, -96, 140, 88, tone, r=14)
        + rect(-92, -76, 24, 14, colour.shade(tone, 0.3), r=6)
        + rect(68, -76, 24, 14, colour.shade(tone, 0.3), r=6)
        + rect(-76, -108, 152, 16, colour.shade(tone, 0.2), r=8)
        + circle(0, -114, 9, "#39445c")
        + steam
    )


def _jars(one: str, two: str) -> str:
    """Three jars in a row, 200 wide."""
    return "".join(
        rect(x, -h, 54, h, tone, r=10)
        + rect(x + 4, -h - 12, 46, 16, WOOD, r=4)
        + rect(x + 6, -h * 0.6, 42, h * 0.3, "#fffdf8", r=3)
        for x, h, tone in ((-100, 104, one), (-34, 84, "#e8c9a0"), (32, 66, two))
    )


def workshop(room: Room) -> str:
    """A maker's workshop: tools on a board, a bench with a vice, planks, a bright window."""
    p, rnd, w, floor = room.palette, room.rnd, room.w, room.floor
    parts = [room.wall("#d9cdbb"), room.ground("#b9a48a", tiles=False)]
    parts.append(room.window(w * 0.7, floor * 0.1, w * 0.25, floor * 0.4, "#5b6377"))
    bx, by, bw, bh = w * 0.06, floor * 0.1, w * 0.54, floor * 0.42
    parts.append(rect(bx, by, bw, bh, colour.mix(WOOD, "#ffffff", 0.25), r=8))
    for i in range(12):
        for j in range(5):
            parts.append(circle(bx + bw * (i + 0.5) / 12, by + bh * (j + 0.5) / 5, 4, "#9a7650"))
    tools = (_hammer, _saw, _spanner, _brush)
    for i in range(6):
        x = bx + bw * (i + 0.6) / 6.2
        tool = tools[(i + rnd.randrange(2)) % 4](rnd.choice((p.main, p.accent, p.second)))
        parts.append(placed(tool, x, by + bh * 0.14, scale=max(0.7, bh / 260)))
    for i in range(5):
        x = w * 0.955 + i * 17
        parts.append(
            polygon(
                ((x, floor), (x + 14, floor), (x + 44, floor * 0.3), (x + 30, floor * 0.3)),
                ("#c89461", "#b9824f")[i % 2],
            )
        )
    top = floor * 0.72
    parts.append(rect(w * 0.02, top, w * 0.7, 26, "#9a6b41", r=4))
    parts.append(rect(w * 0.02, top + 26, w * 0.7, floor - top - 26, "#7a5236", opacity=0.55))
    for i in range(4):
        x = w * (0.04 + i * 0.17)
        parts.append(rect(x, top + 44, w * 0.14, (floor - top) * 0.42, p.main, r=6))
        parts.append(
            rect(x + w * 0.05, top + 44 + (floor - top) * 0.18, w * 0.04, 9, "#f4ede0", r=4)
        )
    parts.append(placed(_vice(p.second), w * 0.15, top))
    parts.append(placed(_cans(p.main, p.accent), w * 0.52, top))
    parts.append(room.pendant(w * 0.36, 30, "#39445c", 1.0))
    return "".join(parts)


def _hammer(tone: str) -> str:
    return rect(-7, 0, 14, 130, tone, r=5) + rect(-38, -10, 76, 32, "#5b6377", r=5)


def _saw(tone: str) -> str:
    return path("M-12 30L-30 150H34L20 30Z", "#c3cbd8") + rect(-30, -10, 60, 46, tone, r=14)


def _spanner(tone: str) -> str:
    return (
        rect(-8, 20, 16, 110, "#8d99b0", r=7)
        + path("M-26 -8L-10 14H10L26 -8L22 26L0 40L-22 26Z", "#8d99b0")
        + circle(0, 122, 9, tone)
    )


def _brush(tone: str) -> str:
    return (
        rect(-8, 0, 16, 74, tone, r=7)
        + rect(-24, 70, 48, 22, "#8d99b0")
        + rect(-22, 90, 44, 44, "#e8c9a0", r=4)
    )


def _vice(tone: str) -> str:
    return (
        rect(-30, -54, 60, 54, tone, r=6)
        + rect(-62, -78, 124, 30, "#5b6377", r=5)
        + line("M62 -64H104", "#8d99b0", 8)
    )


def _cans(one: str, two: str) -> str:
    return "".join(
        rect(x, -h, 60, h, "#c3cbd8", r=5)
        + rect(x, -h * 0.74, 60, h * 0.44, tone)
        + ellipse(x + 30, -h, 30, 7, tone)
        for x, h, tone in ((-64, 82, one), (4, 66, two))
    )


def classroom(room: Room) -> str:
    """A classroom: a green board with a drawing, a map, coloured desks, a shelf of books."""
    p, rnd, w, h, floor = room.palette, room.rnd, room.w, room.h, room.floor
    parts = [room.wall(colour.tint(p.main, 0.74)), room.ground("#cfa878", tiles=False)]
    bx, by, bw, bh = w * 0.24, floor * 0.14, w * 0.46, floor * 0.46
    parts.append(rect(bx - 12, by - 12, bw + 24, bh + 24, WOOD, r=6))
    parts.append(rect(bx, by, bw, bh, room.sheet.linear((0, "#2f5d50", 1), (1, "#3c6f60", 1))))
    parts.append(_chalk(bx, by, bw, bh))
    parts.append(rect(bx, by + bh + 12, bw, 12, WOOD, r=3))
    parts.append(
        _wall_map(w * 0.76, floor * 0.14, w * 0.18, floor * 0.34, one=p.accent, two=p.second)
    )
    parts.append(room.window(w * 0.03, floor * 0.14, w * 0.16, floor * 0.44, "#fffaf0"))
    shelf = floor * 0.84
    parts.append(rect(w * 0.76, shelf, w * 0.2, 11, WOOD))
    x = w * 0.765
    while x < w * 0.94:
        thick = rnd.uniform(12, 24)
        tall = rnd.uniform(60, 92)
        tone = rnd.choice((p.main, p.second, p.accent, "#e8ebf1"))
        parts.append(rect(x, shelf - tall, thick, tall, tone, r=3))
        x += thick + rnd.choice((2, 2, 20))
    for row, share in enumerate((0.14, 0.44)):
        y = floor + (h - floor) * share
        size = 0.85 + row * 0.35
        for i in range(4):
            x = w * (0.1 + i * 0.27) + row * 40
            tone = (p.main, p.accent, p.second)[(i + row) % 3]
            parts.append(placed(_desk(tone), x, y, scale=size))
    return "".join(parts)


def _chalk(x: float, y: float, w: float, h: float) -> str:
    """A sun, a house and a line of hills in chalk: pictures, no letters."""
    chalk = "#f4f2e4"
    hills = line(
        f"M{num(x + w * 0.08)} {num(y + h * 0.8)}q{num(w * 0.12)} {num(-h * 0.4)} {num(w * 0.24)} 0"
        f"q{num(w * 0.14)} {num(-h * 0.5)} {num(w * 0.28)} 0",
        chalk,
        5,
        opacity=0.8,
    )
    hx, hy = x + w * 0.76, y + h * 0.8
    house = line(
        f"M{num(hx - 46)} {num(hy)}v-62l46 -40l46 40v62zM{num(hx - 12)} {num(hy)}v-38h26v38",
        chalk,
        5,
        opacity=0.8,
    )
    sun = circle(
        x + w * 0.2, y + h * 0.26, h * 0.1, "none", stroke=chalk, stroke_width=5, opacity=0.8
    )
    return hills + house + sun


def _wall_map(x: float, y: float, w: float, h: float, *, one: str, two: str) -> str:
    land = path(
        f"M{num(x + w * 0.3)} {num(y + h * 0.12)}"
        f"L{num(x + w * 0.62)} {num(y + h * 0.2)}"
        f"L{num(x + w * 0.84)} {num(y + h * 0.48)}L{num(x + w * 0.62)} {num(y + h * 0.86)}"
        f"L{num(x + w * 0.4)} {num(y + h * 0.8)}L{num(x + w * 0.16)} {num(y + h * 0.5)}Z",
        colour.tint(one, 0.2),
    )
    return (
        rect(x, y, w, h, "#eaf4f7", r=4, stroke=WOOD, stroke_width=6)
        + land
        + circle(x + w * 0.5, y + h * 0.46, min(w, h) * 0.05, two)
    )


def _desk(tone: str) -> str:
    """A desk with a chair behind, 190 wide and 150 high."""
    chair = (
        rect(-34, -150, 68, 60, tone, r=10)
        + rect(-26, -92, 8, 92, "#5b6377")
        + rect(18, -92, 8, 92, "#5b6377")
    )
    legs = rect(-84, -86, 9, 86, "#5b6377") + rect(75, -86, 9, 86, "#5b6377")
    return (
        ellipse(0, 2, 110, 12, "#1c2333", opacity=0.16)
        + chair
        + legs
        + rect(-95, -96, 190, 15, "#d9b382", r=5)
    )
