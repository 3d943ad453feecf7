"""The table from above: things laid out on a surface, with hands that reach in but no face."""

from random import Random

from generation.scenes import colour, props
from generation.scenes.figure import capsule
from generation.scenes.people import Person
from generation.scenes.scene import Palette, Scene
from generation.scenes.sheet import Sheet, circle, ellipse, group, line, num, path, placed, polygon, rect


class Tabletop:
    """Draws things seen from above, each with its shadow on the table."""

    def __init__(self, sheet: Sheet, palette: Palette, rnd: Random) -> None:
        self.sheet, self.palette, self.rnd = sheet, palette, rnd

    def cast(self, silhouette: str, dx: float = 12, dy: float = 18) -> str:
        """The shadow of a silhouette drawn in solid black."""
        return group(
            silhouette,
            transform=f"translate({num(dx)} {num(dy)})",
            opacity=0.26,
            filter=self.sheet.blur(8),
        )

    def thing(self, prop: str) -> tuple[str, float]:
        """A prop from above around its own middle, and how wide it is."""
        p, sheet = self.palette, self.sheet
        if prop == "phone":
            shadow = self.cast(rect(-50, -102, 100, 204, "#10162a", r=17))
            return group(shadow, props.phone(sheet, p, self.rnd), transform="scale(1.35)"), 150
        if prop == "card":
            shadow = self.cast(rect(-82, -52, 164, 104, "#10162a", r=13), 7, 10)
            return group(shadow, props.card(sheet, p), transform="scale(1.35)"), 224
        if prop == "keys":
            body = placed(props.keys(p), 0, -84, scale=1.35)
            return self.cast(circle(0, -70, 40, "#10162a") + rect(-40, -40, 76, 140, "#10162a", r=20), 8, 12) + body, 160
        if prop == "coffee":
            return self._coffee(), 260
        if prop == "laptop":
            return self._laptop(), 520
        if prop == "boxes":
            return self._boxes(), 340
        if prop == "produce":
            return self._bowl(), 330
        if prop == "plant":
            return self._plant(), 280
        if prop == "bags":
            art = placed(props.bag(sheet, p.main, p.pale, self.rnd), 0, 120, scale=1.5)
            return self.cast(rect(-112, -150, 224, 270, "#10162a", r=6)) + art, 240
        if prop == "house":
            art = placed(props.house(sheet, p), 0, 140, scale=0.82)
            shape = path("M-150 140V-60L-176 -50L-130 -116H130L176 -50L150 -60V140Z", "#10162a")
            return self.cast(shape) + art, 350
        art = placed(props.car(sheet, p), 0, 74, scale=0.8)
        return self.cast(path("M-184 60V10L-120 -20L-70 -88H60L130 -20L184 10V60Z", "#10162a")) + art, 380

    def _coffee(self) -> str:
        p, sheet = self.palette, self.sheet
        heart = "M0 34C-46 4 -34 -34 0 -14C34 -34 46 4 0 34Z"
        crema = sheet.radial((0, "#8a5530", 1), (0.8, "#6b3f22", 1), (1, "#4c2b17", 1))
        return (
            self.cast(circle(0, 0, 128, "#10162a"))
            + circle(0, 0, 128, "#fbf7f0")
            + circle(0, 0, 112, "none", stroke=p.main, stroke_width=6, opacity=0.8)
            + rect(70, -15, 74, 30, "#f1ebe1", r=15)
            + circle(4, 6, 84, "#10162a", opacity=0.14)
            + circle(0, 0, 82, sheet.linear((0, "#ffffff", 1), (1, "#e9e2d6", 1), to=(1, 1)))
            + circle(0, 0, 67, crema)
            + path(heart, "#f0d8b6")
            + path("M0 22C-28 2 -20 -20 0 -8C20 -20 28 2 0 22Z", "#c08a57", opacity=0.5)
            + placed(rect(-5, -58, 10, 90, "#cfd6e2", r=5) + ellipse(0, -68, 13, 20, "#dfe5ee"), -104, 22, turn=-28)
        )

    def _laptop(self) -> str:
        p = self.palette
        keys = "".join(
            rect(-214 + i * 36, 28 + j * 30, 31, 25, "#3a4258", r=4) for j in range(4) for i in range(12)
        )
        tiles = "".join(
            rect(-200 + i * 138, -160, 122, 96, colour.tint((p.main, p.second, p.accent)[i], 0.35), r=8)
            for i in range(3)
        )
        screen = self.sheet.linear((0, "#ffffff", 1), (1, colour.tint(p.main, 0.8), 1))
        return (
            self.cast(rect(-250, -210, 500, 452, "#10162a", r=20))
            + path("M-238 -216H238L250 8H-250Z", "#20273a")
            + path("M-226 -204H226L236 -8H-236Z", screen)
            + rect(-200, -188, 150, 14, "#1c2333", r=7, opacity=0.5)
            + tiles
            + line("M-196 -30L-110 -44L-30 -24L60 -50L190 -36", p.main, 8)
            + rect(-250, 4, 500, 236, self.sheet.linear((0, "#dbe1ea", 1), (1, "#c3cbd8", 1)), r=18)
            + keys
            + rect(-70, 160, 140, 68, "#b3bccb", r=8)
        )

    def _boxes(self) -> str:
        def lid(w: float, h: float, tone: str) -> str:
            return (
                self.cast(rect(-w / 2, -h / 2, w, h, "#10162a", r=4))
                + rect(-w / 2, -h / 2, w, h, tone, r=4)
                + line(f"M{-w / 2 + 4} 0H{w / 2 - 4}", colour.shade(tone, 0.3), 2.5)
                + rect(-w / 2, -22, w, 44, self.palette.main, opacity=0.92)
                + rect(-w / 2 + 20, h / 2 - 62, 76, 44, "#fbf4e6", r=4)
                + rect(-w / 2 + 30, h / 2 - 52, 46, 7, "#1c2333", r=3, opacity=0.4)
                + rect(-w / 2 + 30, h / 2 - 38, 30, 6, "#1c2333", r=3, opacity=0.25)
            )

        return lid(310, 250, props.CARDBOARD) + placed(lid(150, 130, "#e3b983"), 96, -66, turn=16)

    def _bowl(self) -> str:
        rnd, sheet = self.rnd, self.sheet
        rim = "#f6efe2"
        fruit = [props.fruit(sheet, rnd.randrange(5)) for _ in range(13)]
        spots = [(0, 0)] + [(62, 0), (31, 54), (-31, 54), (-62, 0), (-31, -54), (31, -54)]
        spots += [(100, 52), (-4, 108), (-98, 56), (-100, -50), (6, -108), (98, -56)]
        heap = "".join(
            placed(art, x, y, scale=1.5, turn=rnd.uniform(-60, 60))
            for art, (x, y) in reversed(list(zip(fruit, spots, strict=True)))
        )
        return (
            self.cast(circle(0, 0, 160, "#10162a"))
            + circle(0, 0, 160, rim)
            + circle(0, 0, 146, colour.mix("#c9b79a", self.palette.main, 0.3))
            + heap
        )

    def _plant(self) -> str:
        rnd, p = self.rnd, self.palette
        leaves = ""
        for ring, (count, length) in enumerate(((8, 150), (7, 112), (5, 74))):
            for i in range(count):
                a = 360 / count * i + ring * 24 + rnd.uniform(-8, 8)
                blade = path(
                    f"M0 0C{length * 0.34:.0f} {-length * 0.34:.0f} {length * 0.24:.0f} {-length * 0.84:.0f} 0 {-length}"
                    f"C{-length * 0.24:.0f} {-length * 0.84:.0f} {-length * 0.34:.0f} {-length * 0.34:.0f} 0 0Z",
                    (props.LEAF_DARK, props.LEAF, "#63b586")[ring],
                )
                leaves += placed(blade + line(f"M0 -8V{-length * 0.84:.0f}", "#ffffff", 2, opacity=0.25), 0, 0, turn=a)
        return (
            self.cast(circle(0, 0, 124, "#10162a"))
            + circle(0, 0, 84, p.accent)
            + circle(0, 0, 70, "#5e4230")
            + leaves
        )


def table_from_above(
    sheet: Sheet, scene: Scene, people: list[Person], w: float, h: float, rnd: Random
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
        drawn.append(_hands(sheet, people, hero, x, y, wide * size / 2, w, h))
    else:
        drawn.append(hero)
    return "".join(drawn)


def _surface(sheet: Sheet, scene: Scene, w: float, h: float, rnd: Random) -> str:
    """Planks, tiles, marble, paper, cloth or a map: what a table there is made of."""
    p, setting = scene.palette, scene.setting
    if setting in ("shop", "market", "home"):
        tone = {"shop": "#c99564", "market": "#b98350", "home": "#d3a878"}[setting]
        count = 6
        step = h / count
        parts = []
        for i in range(count):
            plank = colour.mix(tone, "#8a5a34", rnd.uniform(0, 0.14))
            parts.append(rect(0, i * step, w, step, plank))
            parts.append(line(f"M0 {num(i * step)}H{num(w)}", colour.shade(tone, 0.35), 3, opacity=0.6))
            for _ in range(3):
                x, y = rnd.uniform(0, w), i * step + rnd.uniform(0.25, 0.75) * step
                parts.append(line(f"M{num(x)} {num(y)}q60 {num(rnd.uniform(-8, 8))} {num(rnd.uniform(120, 240))} 0", colour.shade(tone, 0.2), 2, opacity=0.4))
        if setting == "home":
            parts.append(_cloth(p, w, h))
        return "".join(parts)
    if setting == "cafe":
        veins = "".join(
            line(f"M{num(rnd.uniform(0, w))} 0q{num(rnd.uniform(-160, 160))} {num(h * 0.4)} {num(rnd.uniform(-90, 90))} {num(h)}", "#c9c2bc", rnd.uniform(1.5, 4), opacity=0.5)
            for _ in range(6)
        )
        return rect(0, 0, w, h, sheet.linear((0, "#f7f4f0", 1), (1, colour.mix("#e9e3dc", p.main, 0.12), 1), to=(1, 1))) + veins
    if setting == "city":
        step = 190.0
        stones = rect(0, 0, w, h, "#a9a59f")
        for j in range(int(h // step) + 2):
            for i in range(int(w // step) + 2):
                tone = colour.mix("#c6c1b9", p.main, rnd.uniform(0.0, 0.14))
                stones += rect(i * step - (j % 2) * step / 2 + 4, j * step + 4, step - 8, step - 8, tone, r=10)
        return stones
    if setting == "road":
        return _map(p, w, h, rnd)
    base = colour.tint(p.main, 0.45) if setting == "studio" else "#e7eaf0"
    sheets = polygon(((w * 0.52, 0), (w, 0), (w, h), (w * 0.3, h)), colour.tint(p.main, 0.24 if setting == "studio" else 0.6))
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
    river = f"M-20 {num(h * 0.72)}C{num(w * 0.3)} {num(h * 0.5)} {num(w * 0.5)} {num(h * 0.98)} {num(w + 20)} {num(h * 0.66)}"
    parts.append(line(river, "#a9d3ea", 38))
    roads = []
    for k in range(4):
        y = h * (0.14 + 0.24 * k)
        roads.append(f"M-20 {num(y)}Q{num(w * 0.5)} {num(y + rnd.uniform(-90, 90))} {num(w + 20)} {num(y)}")
        x = w * (0.12 + 0.26 * k)
        roads.append(f"M{num(x)} -20Q{num(x + rnd.uniform(-90, 90))} {num(h * 0.5)} {num(x)} {num(h + 20)}")
    parts += [line(d, "#d5ccba", 18) for d in roads] + [line(d, "#ffffff", 11) for d in roads]
    route = f"M{num(w * 0.06)} {num(h * 0.94)}C{num(w * 0.3)} {num(h * 0.7)} {num(w * 0.2)} {num(h * 0.3)} {num(w * 0.94)} {num(h * 0.08)}"
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
            placed(path("M0 0C26 -24 24 -80 0 -110C-24 -80 -26 -24 0 0Z", (props.LEAF, props.LEAF_DARK)[i % 2]), w * 0.95 - i * 30, h * 0.05 + i * 16, turn=150 + i * 40)
            for i in range(4)
        )
        loose = "".join(placed(props.fruit(top.sheet, i), w * (0.03 + 0.07 * i), h * (0.95 - 0.03 * (i % 2)), scale=1.7) for i in range(4))
        return leaves + loose
    if scene.setting == "office":
        pad = top.cast(rect(-90, -120, 180, 240, "#10162a", r=8)) + rect(-90, -120, 180, 240, "#fffdf8", r=8)
        pad += rect(-90, -120, 180, 34, p.second, r=8)
        pad += "".join(rect(-70, -60 + i * 34, 140 - 30 * (i % 2), 7, "#1c2333", r=3, opacity=0.15) for i in range(5))
        return placed(pad, w * 0.9, h * 0.12, turn=12)
    if scene.setting == "shop":
        coins = "".join(
            placed(circle(3, 5, 30, "#10162a", opacity=0.25) + circle(0, 0, 30, "#e3b54f") + circle(0, 0, 22, "none", stroke="#b98a2c", stroke_width=3), corner[0] + dx, corner[1] + dy)
            for dx, dy in ((0, 0), (48, -30), (-30, -52))
        )
        return coins
    if scene.setting == "cafe":
        beans = "".join(
            placed(ellipse(0, 0, 15, 21, "#5a3522") + line("M0 -15q7 15 0 30", "#3a2014", 3), corner[0] + rnd.uniform(-90, 90), corner[1] + rnd.uniform(-60, 50), turn=rnd.uniform(0, 180))
            for _ in range(9)
        )
        return beans
    return ""


def _hands(
    sheet: Sheet, people: list[Person], hero: str, x: float, y: float, half: float, w: float, h: float
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
        edge = capsule(cuff, thick * 1.14, (cuff[0] + (wrist[0] - cuff[0]) * 0.06, cuff[1] + (wrist[1] - cuff[1]) * 0.06), thick * 1.14, colour.shade(cloth, 0.16))
        shadow = group(
            capsule(start, thick * 1.4, wrist, thick * 0.7, "#10162a"),
            transform=f"translate({num(16 * unit)} {num(22 * unit)})",
            opacity=0.24,
            filter=sheet.blur(9),
        )
        forearm = capsule(start, thick, wrist, thick * 0.7, person.skin)
        palm, thumb = _open_hand(person, side)
        turn = -side * 24
        drawn_under.append(shadow + forearm + edge + sleeve + placed(palm, *wrist, scale=unit, turn=turn))
        drawn_over.append(placed(thumb, *wrist, scale=unit, turn=turn))
    return "".join(drawn_under) + hero + "".join(drawn_over)


def _open_hand(person: Person, side: int) -> tuple[str, str]:
    """A hand from above, fingers away from us: four fingers beside the thing, thumb over its edge."""
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
