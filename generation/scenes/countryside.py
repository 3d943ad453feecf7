"""Places under the open sky that are no street: a park, a coffee farm, a beach, a town square."""

from generation.scenes import colour
from generation.scenes.light import LIGHTS, sky
from generation.scenes.outdoors import mountains, palm, street_lamp, tree
from generation.scenes.room import Room
from generation.scenes.sheet import circle, ellipse, line, num, path, placed, polygon, rect

WOOD = "#8a6343"


def park(room: Room) -> str:
    """A neighbourhood park: a lawn, a winding path, trees, a bench, swings, low houses behind."""
    p, rnd, w, h, floor = room.palette, room.rnd, room.w, room.h, room.floor
    parts = [sky(room.sheet, room.light, w, h, rnd), mountains(room, floor * 0.5, "#5f9c86")]
    tones = ("#f4ead8", colour.tint(p.main, 0.5), colour.tint(p.accent, 0.4), "#efe0c8")
    x, at = -40.0, 0
    while x < w:
        wide = rnd.uniform(130, 210)
        parts.append(_house_behind(room, x, wide, floor * rnd.uniform(0.16, 0.22), tones[at % 4]))
        x += wide + rnd.uniform(0, 24)
        at += 1
    hedge = "".join(
        circle(i * w / 18, floor + 2, w / 22 + 10, ("#4f9d62", "#458f5a")[i % 2]) for i in range(19)
    )
    parts.append(hedge)
    lawn = room.sheet.linear((0, "#86bf6c", 1), (1, "#5aa05a", 1))
    parts.append(rect(0, floor, w, h - floor, lawn))
    parts.append(
        path(
            f"M{num(w * 0.6)} {num(floor)}"
            f"C{num(w * 0.74)} {num(floor + (h - floor) * 0.3)} "
            f"{num(w * 0.12)} {num(floor + (h - floor) * 0.5)} {num(w * 0.2)} {num(h)}"
            f"H{num(w * 0.78)}"
            f"C{num(w * 0.5)} {num(floor + (h - floor) * 0.55)} "
            f"{num(w * 0.86)} {num(floor + (h - floor) * 0.3)} {num(w * 0.65)} {num(floor)}Z",
            "#e3d3b0",
        )
    )
    parts.append(placed(_swings(p.accent), w * 0.3, floor + 34, scale=max(0.7, floor / 900)))
    for fx, size in ((0.06, 1.35), (0.9, 1.5), (0.78, 0.95)):
        parts.append(placed(tree(rnd), w * fx, floor + 40 * size, scale=size))
    parts.append(placed(_bench(p.main), w * 0.86, floor + (h - floor) * 0.34, scale=1.1))
    for _ in range(26):
        fx, fy = rnd.uniform(0, w), rnd.uniform(floor + 30, h)
        parts.append(circle(fx, fy, rnd.uniform(4, 8), rnd.choice((p.accent, "#fff7e0", p.main))))
    return "".join(parts)


def _house_behind(room: Room, x: float, w: float, h: float, tone: str) -> str:
    base = room.floor
    far = LIGHTS[room.light].far
    pane = "#FFDF94" if LIGHTS[room.light].lamps > 0.5 else "#cfe4ee"
    wall = colour.mix(tone, far, 0.25)
    roof = polygon(
        ((x - 10, base - h), (x + w * 0.5, base - h * 1.45), (x + w + 10, base - h)),
        colour.mix("#b8674c", far, 0.25),
    )
    panes = "".join(
        rect(x + w * f, base - h * 0.78, w * 0.18, h * 0.3, pane, r=3) for f in (0.16, 0.64)
    )
    return rect(x, base - h, w, h, wall) + roof + panes


def _swings(tone: str) -> str:
    """Two swings in a frame, 330 wide and 300 high; origin between the feet."""
    frame = line("M-165 0L-120 -300M-75 0L-120 -300M165 0L120 -300M75 0L120 -300", "#5b6377", 11)
    beam = line("M-130 -300H130", "#5b6377", 13)
    seats = "".join(
        line(f"M{x - 24} -298V-92M{x + 24} -298V-92", "#8d99b0", 4)
        + rect(x - 32, -96, 64, 13, tone, r=5)
        for x in (-48, 50)
    )
    return ellipse(0, 4, 210, 14, "#1c2333", opacity=0.14) + frame + beam + seats


def _bench(tone: str) -> str:
    """A slatted bench, 300 wide and 150 high; origin between its feet."""
    legs = rect(-126, -70, 14, 70, "#39445c") + rect(112, -70, 14, 70, "#39445c")
    slats = "".join(
        rect(-150, y, 300, 16, colour.mix(WOOD, tone, 0.3), r=5) for y in (-82, -112, -134, -156)
    )
    return ellipse(0, 3, 170, 14, "#1c2333", opacity=0.16) + legs + slats


def farm(room: Room) -> str:
    """A coffee farm: rows of bushes with red cherries on a slope, a painted farmhouse, sacks."""
    p, rnd, w, h, floor = room.palette, room.rnd, room.w, room.h, room.floor
    parts = [sky(room.sheet, room.light, w, h, rnd)]
    parts.append(mountains(room, floor * 0.72, "#5f8f9c"))
    parts.append(mountains(room, floor * 0.44, "#4f9472"))
    for fx in (0.1, 0.9, 0.97):
        parts.append(placed(palm(rnd.uniform(0.55, 0.8)), w * fx, floor + 6))
    slope = room.sheet.linear((0, "#7fb26a", 1), (1, "#8a6a45", 1))
    parts.append(rect(0, floor, w, h - floor, slope))
    parts.append(placed(_farmhouse(room), w * 0.7, floor + 18, scale=max(0.85, floor / 720)))
    rows, y = 5, floor + 44.0
    for row in range(rows):
        size = 0.6 + row * 0.24
        step = 92 * size
        x = -step * rnd.uniform(0.1, 0.9)
        while x < w + step:
            # The middle stays free for whoever stands there.
            if row < 2 or abs(x - w / 2) > w * 0.24:
                parts.append(placed(_coffee_bush(rnd.randrange(3)), x, y, scale=size))
            x += step * rnd.uniform(0.86, 1.1)
        y += (h - floor) * (0.1 + row * 0.07)
    sacks = placed(_sack(p.main), w * 0.08, h * 0.93, scale=1.5)
    sacks += placed(_sack(p.second), w * 0.19, h * 0.95, scale=1.25)
    return "".join(parts) + sacks


def _farmhouse(room: Room) -> str:
    """A house of the coffee region: white walls, painted rail and doors; 520 wide, 300 high."""
    p = room.palette
    pane = "#FFDF94" if LIGHTS[room.light].lamps > 0.5 else "#cfe4ee"
    roof = polygon(((-290, -190), (-200, -300), (200, -300), (290, -190)), "#b8674c")
    tiles = "".join(
        line(f"M{-200 + i * 40} -298L{-272 + i * 54.5:.1f} -192", "#9a5038", 3) for i in range(11)
    )
    wall = rect(-240, -194, 480, 194, "#fbf4e6") + rect(
        -240, -56, 480, 56, colour.tint(p.main, 0.1)
    )
    doors = "".join(
        rect(x, -150, 66, 150, p.second, r=3) + rect(x + 10, -138, 46, 52, pane, r=2)
        for x in (-196, -34, 128)
    )
    posts = "".join(rect(x, -194, 10, 194, p.main) for x in (-246, -122, 0, 116, 236))
    rail = rect(-246, -84, 492, 9, p.main) + "".join(
        rect(-240 + i * 26, -78, 6, 70, p.main) for i in range(19)
    )
    return room.sheet.ground_shadow(0, 4, 310, 20, 0.3) + wall + doors + rail + posts + roof + tiles


def _coffee_bush(kind: int) -> str:
    """A bush with cherries, 110 wide and 100 high."""
    leaves = ("#3f8f5c", "#377f52", "#4b9c66")
    crown = "".join(
        ellipse(x, y, rx, ry, leaves[(kind + i) % 3])
        for i, (x, y, rx, ry) in enumerate(
            ((-30, -38, 30, 34), (30, -40, 30, 34), (0, -64, 36, 34), (0, -32, 42, 30))
        )
    )
    cherries = "".join(
        circle(x, y, 6, "#c8323a")
        for x, y in ((-34, -46), (-8, -70), (22, -54), (36, -30), (-14, -28), (6, -46))
    )
    return ellipse(0, -2, 48, 8, "#1c2333", opacity=0.16) + crown + cherries


def _sack(tone: str) -> str:
    """A tied jute sack, 110 wide and 150 high."""
    return (
        ellipse(0, 0, 66, 10, "#1c2333", opacity=0.2)
        + path("M-50 0C-66 -46 -56 -92 -26 -116H26C56 -92 66 -46 50 0Z", "#cfae7c")
        + path("M-26 -116C-40 -140 -22 -150 0 -142C22 -150 40 -140 26 -116Z", "#bb9862")
        + rect(-30, -122, 60, 11, tone, r=5)
        + ellipse(0, -54, 26, 20, tone, opacity=0.75)
    )


def beach(room: Room) -> str:
    """A Caribbean beach: the sea, sand, palms, a parasol with a chair, a painted boat."""
    p, rnd, w, h, floor = room.palette, room.rnd, room.w, room.h, room.floor
    far = LIGHTS[room.light].far
    parts = [sky(room.sheet, room.light, w, h, rnd)]
    horizon = floor * 0.82
    sea = room.sheet.linear((0, colour.mix("#2f8fb0", far, 0.35), 1), (1, "#6fd0c8", 1))
    parts.append(
        path(
            f"M0 {num(horizon)}H{num(w)}V{num(floor + 26)}"
            f"Q{num(w * 0.7)} {num(floor - 16)} {num(w * 0.42)} {num(floor + 18)}"
            f"T0 {num(floor + 8)}Z",
            sea,
        )
    )
    for i in range(7):
        y = horizon + 14 + i * (floor - horizon) / 7.4
        x = rnd.uniform(0, w * 0.6)
        parts.append(
            line(f"M{num(x)} {num(y)}h{num(rnd.uniform(60, 190))}", "#ffffff", 3, opacity=0.4)
        )
    sand = room.sheet.linear((0, "#f3dfb4", 1), (1, "#e2c48c", 1))
    parts.append(
        path(
            f"M0 {num(floor + 8)}"
            f"Q{num(w * 0.2)} {num(floor + 36)} {num(w * 0.42)} {num(floor + 18)}"
            f"T{num(w)} {num(floor + 26)}V{num(h)}H0Z",
            sand,
        )
    )
    foam = (
        f"M0 {num(floor + 8)}Q{num(w * 0.2)} {num(floor + 36)} {num(w * 0.42)} {num(floor + 18)}"
        f"T{num(w)} {num(floor + 26)}"
    )
    parts.append(line(foam, "#ffffff", 12, opacity=0.85))
    parts.append(placed(_boat(p.main, p.accent), w * 0.72, floor - 4, scale=max(0.7, floor / 900)))
    parts.append(placed(palm(1.15), w * 0.05, floor + 70, turn=8))
    parts.append(placed(palm(0.95), w * 0.95, floor + 54, turn=-9))
    parts.append(
        placed(_parasol(p.main, "#fffdf8"), w * 0.2, floor + (h - floor) * 0.3, scale=1.15)
    )
    for _ in range(24):
        x, y = rnd.uniform(0, w), rnd.uniform(floor + 60, h)
        parts.append(ellipse(x, y, rnd.uniform(4, 12), 3, "#c9a86a", opacity=0.5))
    return "".join(parts)


def _parasol(tone: str, other: str) -> str:
    """A striped parasol over a deck chair, 340 wide and 330 high."""
    stripes = "".join(
        path(
            f"M0 -330C{-170 + i * 57} -320 {-170 + i * 57} -250 {-170 + i * 57} -220"
            f"h57C{-113 + i * 57} -250 {-113 + i * 57} -320 0 -330Z",
            (tone, other)[i % 2],
        )
        for i in range(6)
    )
    chair = path("M20 0L150 -110L160 -100L44 0Z", "#c89461") + path(
        "M8 -36L150 -120L160 -108L16 -22Z", tone
    )
    return (
        ellipse(20, 6, 170, 18, "#1c2333", opacity=0.16)
        + rect(-6, -320, 12, 322, "#f4ede0")
        + chair
        + stripes
    )


def _boat(tone: str, trim: str) -> str:
    """A fisher's boat, 330 wide and 120 high."""
    hull = path(
        "M-170 -84C-120 -60 110 -60 172 -96C150 -30 110 -6 60 -4H-90C-130 -8 -156 -40 -170 -84Z",
        tone,
    )
    band = path("M-170 -84C-120 -60 110 -60 172 -96L166 -78C104 -46 -110 -44 -162 -66Z", trim)
    return (
        ellipse(0, 2, 160, 12, "#1c2333", opacity=0.2)
        + hull
        + band
        + rect(-60, -86, 120, 12, WOOD, r=4)
    )


def plaza(room: Room) -> str:
    """The square of a colonial town: a white church, balconies, a fountain, flagstones."""
    p, rnd, w, h, floor = room.palette, room.rnd, room.w, room.h, room.floor
    parts = [sky(room.sheet, room.light, w, h, rnd), mountains(room, floor * 0.7, "#5f8f86")]
    tones = (
        colour.tint(p.main, 0.25),
        "#f6ecd8",
        colour.tint(p.accent, 0.3),
        colour.tint(p.second, 0.45),
    )
    turn, x, at = rnd.randrange(4), -20.0, 0
    tall = floor * 0.42
    while x < w:
        wide = rnd.uniform(170, 230)
        if not w * 0.36 < x + wide / 2 < w * 0.64:
            parts.append(_arcade(room, x, wide, tall, tones[(at + turn) % 4]))
        x += wide
        at += 1
    parts.append(placed(_church(room), w * 0.5, floor + 4, scale=max(0.8, floor / 760)))
    parts.append(room.ground(colour.mix("#cbb797", p.pale, 0.2), tiles=True))
    parts.append(placed(_fountain(), w * 0.8, floor + (h - floor) * 0.26, scale=1.05))
    parts.append(placed(tree(rnd), w * 0.07, floor + 44, scale=1.25))
    parts.append(placed(street_lamp(), w * 0.22, floor + 40, scale=1.05))
    room.lamps.append((w * 0.22, floor + 40 - 410, 210))
    return "".join(parts)


def _arcade(room: Room, x: float, w: float, h: float, tone: str) -> str:
    """A painted front with a wooden balcony over two arches."""
    base = room.floor
    pane = "#FFDF94" if LIGHTS[room.light].lamps > 0.5 else "#cfe4ee"
    dark = colour.shade(tone, 0.45)
    parts = [
        rect(
            x, base - h, w + 2, h, room.sheet.linear((0, colour.tint(tone, 0.14), 1), (1, tone, 1))
        ),
        rect(x - 6, base - h - 16, w + 12, 22, "#b8674c", r=4),
    ]
    for f in (0.14, 0.56):
        left, wide = x + w * f, w * 0.3
        parts.append(
            path(
                f"M{num(left)} {num(base)}V{num(base - h * 0.28)}"
                f"a{num(wide / 2)} {num(wide / 2)} 0 0 1 {num(wide)} 0V{num(base)}Z",
                dark,
            )
        )
        parts.append(
            rect(
                left + 6,
                base - h * 0.9,
                wide - 12,
                h * 0.34,
                pane,
                r=3,
                stroke=WOOD,
                stroke_width=7,
            )
        )
    parts.append(rect(x + w * 0.06, base - h * 0.6, w * 0.88, 10, WOOD))
    parts += [
        rect(x + w * 0.06 + i * w * 0.088, base - h * 0.7, 5, h * 0.11, WOOD) for i in range(11)
    ]
    parts.append(rect(x + w * 0.06, base - h * 0.71, w * 0.88, 7, WOOD))
    return "".join(parts)


def _church(room: Room) -> str:
    """A white church with two bell towers, 430 wide and 520 high."""
    white, shade = "#fbf6ec", "#e6dcc8"
    pane = "#FFDF94" if LIGHTS[room.light].lamps > 0.5 else "#8fb4c4"
    towers = "".join(
        rect(x, -400, 100, 400, white)
        + rect(x + 66, -400, 34, 400, shade)
        + polygon(((x - 10, -400), (x + 50, -500), (x + 110, -400)), "#b8674c")
        + path(f"M{x + 32} -290V-340a18 18 0 0 1 36 0V-290Z", "#5e4f45")
        for x in (-215, 115)
    )
    nave = rect(-118, -300, 236, 300, white) + polygon(
        ((-126, -300), (0, -392), (126, -300)), white
    )
    trim = line("M-126 -300L0 -392L126 -300", shade, 10) + circle(0, -236, 34, pane)
    door = path("M-42 0V-104a42 42 0 0 1 84 0V0Z", "#7a5236")
    return room.sheet.ground_shadow(0, 2, 250, 18, 0.25) + nave + trim + door + towers


def _fountain() -> str:
    """A round stone fountain, 300 wide and 190 high."""
    stone, dark = "#d3cabb", "#b3a898"
    return (
        ellipse(0, 4, 170, 24, "#1c2333", opacity=0.2)
        + path("M-150 -60H150L132 0H-132Z", stone)
        + ellipse(0, -60, 150, 24, dark)
        + ellipse(0, -60, 134, 18, "#9fd4e0")
        + rect(-14, -150, 28, 90, stone)
        + ellipse(0, -150, 66, 14, stone)
        + ellipse(0, -153, 52, 8, "#9fd4e0")
        + line(
            "M0 -190C-30 -210 -52 -180 -54 -150M0 -190C30 -210 52 -180 54 -150M0 -190V-156",
            "#dff3f7",
            5,
        )
    )
