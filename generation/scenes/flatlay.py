"""The table from above: things laid out on a surface, with hands that reach in but no face."""

from random import Random

from generation.scenes import colour, props
from generation.scenes.figure import capsule
from generation.scenes.people import Person
from generation.scenes.scene import Palette, Scene
from generation.scenes.sheet import (
    Sheet,
    circle,
    ellipse,
    group,
    line,
    num,
    path,
    placed,
    polygon,
    rect,
)
from generation.scenes.tabletop import BLACK, Tabletop

PLANKS = {
    "shop": "#c99564",
    "market": "#b98350",
    "home": "#d3a878",
    "kitchen": "#dcb98c",
    "workshop": "#a8794c",
    "classroom": "#d9b382",
    "park": "#a9764a",
    "farm": "#96693f",
    "beach": "#d6bd94",
}
"""The wood of a table, where it is one of wood."""


def table_from_above(
    sheet: Sheet, scene: Scene, people: list[Person], *, w: float, h: float, rnd: Random
) -> str:
    """The things of the brief on a surface of the place; hands when there are people."""
    top = Tabletop(sheet, scene.palette, rnd)
    listed = list(dict.fromkeys(scene.props)) or ["coffee", "plant"]
    drawn = [_surface(sheet, scene, w, h, rnd), _dressing(top, scene, w, h, rnd)]
    others = listed[1:5]
    spots = [(0.2, 0.22), (0.82, 0.26), (0.16, 0.78), (0.84, 0.8)]
    if people:
        spots = [(0.16, 0.17), (0.84, 0.16), (0.1, 0.56), (0.9, 0.52)]
    start = rnd.randrange(2)
    for i, prop in enumerate(others):
        fx, fy = spots[(i + start) % 2 + 2 * (i // 2)]
        art, wide = top.thing(prop)
        size = min(1.0, 300 / wide) * min(w, h) / 1000
        drawn.append(placed(art, w * fx, h * fy, scale=size, turn=rnd.uniform(-16, 16)))
    art, wide = top.thing(listed[0])
    size = min(1.75, 480 / wide) * min(w, h) / 1000
    hero_turn = rnd.uniform(-12, 12)
    x, y = w * 0.5, h * (0.45 if people else 0.5)
    hero = placed(art, x, y, scale=size, turn=hero_turn)
    if people:
        drawn.append(_hands(sheet, people, hero, x=x, y=y, half=wide * size / 2, w=w, h=h))
    else:
        drawn.append(hero)
    return "".join(drawn)


def _surface(sheet: Sheet, scene: Scene, w: float, h: float, rnd: Random) -> str:
    """Planks, tiles, marble, paper, cloth or a map: what a table there is made of."""
    p, setting = scene.palette, scene.setting
    if setting in PLANKS:
        tone = PLANKS[setting]
        count = 6
        step = h / count
        parts = []
        for i in range(count):
            plank = colour.mix(tone, "#8a5a34", rnd.uniform(0, 0.14))
            parts.append(rect(0, i * step, w, step, plank))
            parts.append(
                line(f"M0 {num(i * step)}H{num(w)}", colour.shade(tone, 0.35), 3, opacity=0.6)
            )
            for _ in range(3):
                x, y = rnd.uniform(0, w), i * step + rnd.uniform(0.25, 0.75) * step
                parts.append(
                    line(
                        f"M{num(x)} {num(y)}"
                        f"q60 {num(rnd.uniform(-8, 8))} {num(rnd.uniform(120, 240))} 0",
                        colour.shade(tone, 0.2),
                        2,
                        opacity=0.4,
                    )
                )
        if setting in ("home", "kitchen"):
            parts.append(_cloth(p, w, h))
        return "".join(parts)
    if setting == "cafe":
        veins = "".join(
            line(
                f"M{num(rnd.uniform(0, w))} 0"
                f"q{num(rnd.uniform(-160, 160))} {num(h * 0.4)} "
                f"{num(rnd.uniform(-90, 90))} {num(h)}",
                "#c9c2bc",
                rnd.uniform(1.5, 4),
                opacity=0.5,
            )
            for _ in range(6)
        )
        return (
            rect(
                0,
                0,
                w,
                h,
                sheet.linear(
                    (0, "#f7f4f0", 1), (1, colour.mix("#e9e3dc", p.main, 0.12), 1), to=(1, 1)
                ),
            )
            + veins
        )
    if setting in ("city", "plaza"):
        step = 190.0
        stones = rect(0, 0, w, h, "#a9a59f")
        for j in range(int(h // step) + 2):
            for i in range(int(w // step) + 2):
                tone = colour.mix("#c6c1b9", p.main, rnd.uniform(0.0, 0.14))
                stones += rect(
                    i * step - (j % 2) * step / 2 + 4, j * step + 4, step - 8, step - 8, tone, r=10
                )
        return stones
    if setting == "road":
        return _map(p, w, h, rnd)
    base = colour.tint(p.main, 0.45) if setting == "studio" else "#e7eaf0"
    sheets = polygon(
        ((w * 0.52, 0), (w, 0), (w, h), (w * 0.3, h)),
        colour.tint(p.main, 0.24 if setting == "studio" else 0.6),
    )
    disc = circle(w * 0.14, h * 0.86, 210, p.accent, opacity=0.75) if setting == "studio" else ""
    return rect(0, 0, w, h, base) + sheets + disc


def _cloth(p: Palette, w: float, h: float) -> str:
    """A checked runner across the table."""
    a, b = w * 0.2, w * 0.8
    parts = [rect(a, 0, b - a, h, colour.tint(p.main, 0.55))]
    step = (b - a) / 8
    parts += [rect(a + i * step, 0, step, h, p.main, opacity=0.16) for i in range(0, 8, 2)]
    count = int(h // step) + 1
    parts += [rect(a, j * step, b - a, step, p.main, opacity=0.16) for j in range(0, count, 2)]
    return "".join(parts)


def _map(p: Palette, w: float, h: float, rnd: Random) -> str:
    """A folded road map without a word on it."""
    parts = [rect(0, 0, w, h, "#efe9dc")]
    for _ in range(6):
        x, y, r = rnd.uniform(0, w), rnd.uniform(0, h), rnd.uniform(110, 230)
        parts.append(ellipse(x, y, r, r * 0.7, colour.mix("#bcdcae", p.main, 0.15), opacity=0.9))
    river = (
        f"M-20 {num(h * 0.72)}C{num(w * 0.3)} {num(h * 0.5)} {num(w * 0.5)} "
        f"{num(h * 0.98)} {num(w + 20)} {num(h * 0.66)}"
    )
    parts.append(line(river, "#a9d3ea", 38))
    roads = []
    for k in range(4):
        y = h * (0.14 + 0.24 * k)
        roads.append(
            f"M-20 {num(y)}Q{num(w * 0.5)} {num(y + rnd.uniform(-90, 90))} {num(w + 20)} {num(y)}"
        )
        x = w * (0.12 + 0.26 * k)
        roads.append(
            f"M{num(x)} -20Q{num(x + rnd.uniform(-90, 90))} {num(h * 0.5)} {num(x)} {num(h + 20)}"
        )
    parts += [line(d, "#d5ccba", 18) for d in roads] + [line(d, "#ffffff", 11) for d in roads]
    route = (
        f"M{num(w * 0.06)} {num(h * 0.94)}"
        f"C{num(w * 0.3)} {num(h * 0.7)} {num(w * 0.2)} "
        f"{num(h * 0.3)} {num(w * 0.94)} {num(h * 0.08)}"
    )
    parts.append(line(route, p.main, 12, stroke_dasharray="2 26"))
    for fx in (0.33, 0.66):
        parts.append(rect(w * fx, 0, 3, h, "#1c2333", opacity=0.1))
        parts.append(rect(w * fx + 3, 0, 16, h, "#ffffff", opacity=0.25))
    return "".join(parts)


def _dressing(top: Tabletop, scene: Scene, w: float, h: float, rnd: Random) -> str:
    """Two or three small things that say where we are."""
    p = scene.palette
    corner = (w * 0.9, h * 0.9) if rnd.random() < 0.5 else (w * 0.08, h * 0.92)
    if scene.setting == "market":
        leaves = "".join(
            placed(
                path(
                    "M0 0C26 -24 24 -80 0 -110C-24 -80 -26 -24 0 0Z",
                    (props.LEAF, props.LEAF_DARK)[i % 2],
                ),
                w * 0.95 - i * 30,
                h * 0.05 + i * 16,
                turn=150 + i * 40,
            )
            for i in range(4)
        )
        loose = "".join(
            placed(
                props.fruit(top.sheet, i),
                w * (0.03 + 0.07 * i),
                h * (0.95 - 0.03 * (i % 2)),
                scale=1.7,
            )
            for i in range(4)
        )
        return leaves + loose
    if scene.setting == "office":
        pad = top.cast(rect(-90, -120, 180, 240, BLACK, r=8)) + rect(
            -90, -120, 180, 240, "#fffdf8", r=8
        )
        pad += rect(-90, -120, 180, 34, p.second, r=8)
        pad += "".join(
            rect(-70, -60 + i * 34, 140 - 30 * (i % 2), 7, "#1c2333", r=3, opacity=0.15)
            for i in range(5)
        )
        return placed(pad, w * 0.9, h * 0.12, turn=12)
    if scene.setting == "shop":
        return "".join(
            placed(
                circle(3, 5, 30, BLACK, opacity=0.25)
                + circle(0, 0, 30, "#e3b54f")
                + circle(0, 0, 22, "none", stroke="#b98a2c", stroke_width=3),
                corner[0] + dx,
                corner[1] + dy,
            )
            for dx, dy in ((0, 0), (48, -30), (-30, -52))
        )
    if scene.setting == "cafe":
        return "".join(
            placed(
                ellipse(0, 0, 15, 21, "#5a3522") + line("M0 -15q7 15 0 30", "#3a2014", 3),
                corner[0] + rnd.uniform(-90, 90),
                corner[1] + rnd.uniform(-60, 50),
                turn=rnd.uniform(0, 180),
            )
            for _ in range(9)
        )
    return ""


def _hands(
    sheet: Sheet,
    people: list[Person],
    hero: str,
    *,
    x: float,
    y: float,
    half: float,
    w: float,
    h: float,
) -> str:
    """Forearms from the lower edge; they hold the main thing between them."""
    unit = min(w, h) / 1000
    drawn_under, drawn_over = [], []
    grip = min(half, 290 * unit)
    for side, person in ((-1, people[0]), (1, people[min(1, len(people) - 1)])):
        wrist = (x + side * (grip + 74 * unit), y + 190 * unit)
        start = (x + side * (grip + 190 * unit), h + 60 * unit)
        thick = 58 * unit if person.feminine else 66 * unit
        cuff = (start[0] + (wrist[0] - start[0]) * 0.62, start[1] + (wrist[1] - start[1]) * 0.62)
        cloth = person.top_colour
        sleeve = capsule(start, thick * 1.4, cuff, thick * 1.12, cloth)
        edge = capsule(
            cuff,
            thick * 1.14,
            (cuff[0] + (wrist[0] - cuff[0]) * 0.06, cuff[1] + (wrist[1] - cuff[1]) * 0.06),
            thick * 1.14,
            colour.shade(cloth, 0.16),
        )
        shadow = group(
            capsule(start, thick * 1.4, wrist, thick * 0.7, BLACK),
            transform=f"translate({num(16 * unit)} {num(22 * unit)})",
            opacity=0.24,
            filter=sheet.blur(9),
        )
        forearm = capsule(start, thick, wrist, thick * 0.7, person.skin)
        palm, thumb = _open_hand(person, side)
        turn = -side * 24
        drawn_under.append(
            shadow + forearm + edge + sleeve + placed(palm, *wrist, scale=unit, turn=turn)
        )
        drawn_over.append(placed(thumb, *wrist, scale=unit, turn=turn))
    return "".join(drawn_under) + hero + "".join(drawn_over)


def _open_hand(person: Person, side: int) -> tuple[str, str]:
    """A hand from above: four fingers beside the thing, the thumb over its edge."""
    skin, edge = person.skin, colour.mix(person.skin, person.skin_shade, 0.75)
    nail = colour.mix(person.skin, "#fff1e8", 0.5)
    fingers = ""
    for i, length in enumerate((112, 134, 128, 100)):
        fx = side * (40 - i * 29)
        tip_x = side * (44 - i * 34)
        fingers += line(f"M{num(fx)} -46L{num(tip_x)} {-46 - length}", edge, 33)
        fingers += line(f"M{num(fx)} -46L{num(tip_x)} {-46 - length}", skin, 29)
        fingers += ellipse(tip_x, -52 - length, 8, 11, nail)
    palm = path("M-50 34C-64 -10 -66 -60 -52 -84H52C66 -60 64 -10 50 34Z", skin)
    thumb = line(f"M{-side * 44} -6C{-side * 84} -26 {-side * 96} -52 {-side * 104} -86", edge, 39)
    thumb += line(f"M{-side * 40} -4C{-side * 84} -26 {-side * 96} -52 {-side * 104} -86", skin, 35)
    thumb += placed(ellipse(0, 0, 9, 13, nail), -side * 105, -92, turn=-side * 12)
    return fingers + palm, thumb
