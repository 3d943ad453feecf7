"""The four ways to frame a brief: medium shot, wide shot, close-up, and the table from above."""

from dataclasses import dataclass
from random import Random

from generation.scenes import colour, figure, indoors, light, outdoors, poses, props
from generation.scenes.flatlay import table_from_above
from generation.scenes.indoors import Room
from generation.scenes.people import Person, cast_of
from generation.scenes.scene import Scene
from generation.scenes.sheet import Sheet, circle, ellipse, group, placed, rect

PLACES = {
    "shop": indoors.shop,
    "cafe": indoors.cafe,
    "office": indoors.office,
    "home": indoors.home,
    "studio": indoors.studio,
    "market": outdoors.market,
    "city": outdoors.city,
    "road": outdoors.road,
}
LARGE = frozenset({"house", "car"})
"""Props that stand in the place itself when there is room, not on a table."""

STANDING = frozenset({"boxes", "bags", "produce", "plant"})
"""Props that may stand on the floor; the others need a table."""

OPEN_AIR = frozenset({"city", "road"})


@dataclass
class Frame:
    """One picture being composed: `w` by `h` drawing units, the shorter side 1000."""

    scene: Scene
    sheet: Sheet
    w: float
    h: float
    rnd: Random

    def __post_init__(self) -> None:
        self.people: list[Person] = cast_of(
            self.scene.people, self.scene.setting, self.scene.palette, self.scene.cast, self.rnd
        )
        self.lamps: list[tuple[float, float, float]] = []

    def place(self, *, floor: float, zoom: float = 1.0, blur: float = 0.0, veil: float = 0.0) -> str:
        """The setting, optionally nearer, out of focus and paler, so that people stand out."""
        scene, w, h = self.scene, self.w, self.h
        room = Room(self.sheet, scene.palette, scene.light, w, h, floor, self.rnd)
        drawn = PLACES[scene.setting](room)
        x0, y0 = w / 2, h * 0.4
        self.lamps += [(x0 + (x - x0) * zoom, y0 + (y - y0) * zoom, r * zoom) for x, y, r in room.lamps]
        if zoom != 1.0:
            move = f"translate({x0 * (1 - zoom):.1f} {y0 * (1 - zoom):.1f}) scale({zoom:g})"
            drawn = group(drawn, transform=move)
        if blur:
            drawn = group(drawn, filter=self.sheet.blur(blur))
        if veil:
            drawn += rect(0, 0, w, h, colour.tint(scene.palette.pale, 0.3), opacity=veil)
        return drawn

    def standing(self, prop: str, x: float, y: float, *, height: float, width: float | None = None) -> str:
        """A prop with its shadow, scaled to fit `height` (and `width`), foot at (x, y)."""
        drawn, w, h = props.front_view(self.sheet, prop, self.scene.palette, self.rnd)
        scale = height / h if width is None else min(height / h, width / w)
        shadow = self.sheet.ground_shadow(x, y, w * scale * 0.58, max(8.0, w * scale * 0.06), 0.34)
        return shadow + placed(drawn, x, y, scale=scale)

    def person(
        self, i: int, pose: figure.Pose, x: float, y: float, scale: float, *, legs: bool, flip: bool = False
    ) -> str:
        """Person `i`, the pit of the neck at (x, y)."""
        drawn = figure.figure(
            self.sheet,
            self.people[i],
            pose,
            turn=self.rnd.choice((-0.8, -0.4, 0.5, 0.9)),
            smile=self.rnd.choice((1.0, 1.0, 0.0)),
            legs=legs,
        )
        return placed(drawn, x, y, scale=scale, flip=flip)

    def pose(self, i: int, *, lift: float = 0.0, seated: bool = False) -> figure.Pose:
        """What person `i` does: the first holds the first prop, the second the next one."""
        if i < 2 and i < len(self.scene.props):
            free = poses.HIP_LEFT if self.rnd.random() < 0.4 else None
            return poses.holding(
                self.sheet, self.scene.props[i], self.scene.palette, self.rnd, lift=lift, free=free
            )
        return poses.at_counter(self.rnd) if seated else poses.greeting(self.rnd)

    def left_over(self) -> list[str]:
        """Props that nobody holds. Large ones are always shown: nobody can hold them."""
        held = min(len(self.people), 2)
        return [p for i, p in enumerate(self.scene.props) if i >= held or p in LARGE]


def composed(scene: Scene, sheet: Sheet, w: float, h: float) -> str:
    """The whole picture, graded by its light."""
    # Not for secrets: the seed must give the same drawing for ever.
    rnd = Random(f"{scene.seed}/{scene.composition}/{scene.setting}")  # noqa: S311
    frame = Frame(scene, sheet, w, h, rnd)
    draw = {"centred": _centred, "wide": _wide, "close_up": _close_up, "detail": table_from_above}
    if scene.composition == "detail":
        drawn = table_from_above(sheet, scene, frame.people, w, h, rnd)
    else:
        drawn = {"centred": _centred, "wide": _wide, "close_up": _close_up}[scene.composition](frame)
    return drawn + light.grade(sheet, scene.light, w, h, frame.lamps, rnd)


def _counter(frame: Frame, y: float) -> str:
    """The surface in front of us, from its far edge at `y` down to the frame."""
    p, sheet, w, h = frame.scene.palette, frame.sheet, frame.w, frame.h
    tone = {
        "office": "#dfe3ea",
        "studio": colour.tint(p.main, 0.3),
        "city": "#cfc8bc",
        "road": "#b98a5c",
    }.get(frame.scene.setting, "#c08a57")
    top = (h - y) * 0.34
    board = sheet.linear((0, colour.tint(tone, 0.26), 1), (1, colour.tint(tone, 0.06), 1))
    front = sheet.linear((0, colour.shade(tone, 0.22), 1), (1, colour.shade(tone, 0.1), 1))
    parts = [
        rect(0, y - 26, w, 30, sheet.linear((0, "#1c2333", 0), (1, "#1c2333", 0.28))),
        rect(0, y, w, top, board),
        rect(0, y + top, w, h - y, front),
        rect(0, y + top, w, 9, colour.shade(tone, 0.34), opacity=0.6),
    ]
    if frame.scene.setting in ("shop", "market", "cafe"):
        panels = max(4, round(w / 230))
        step = w / panels
        depth = h - y - top - 40
        parts += [
            rect(i * step + 16, y + top + 26, step - 32, depth + 40, p.main, r=10, opacity=0.85)
            for i in range(panels)
        ]
    return "".join(parts)


def _centred(frame: Frame) -> str:
    """Waist up behind a counter, eye to eye."""
    w, h, scene = frame.w, frame.h, frame.scene
    number = len(frame.people)
    rest = frame.left_over()
    small = [p for p in rest if p not in LARGE]
    outside = scene.setting in OPEN_AIR
    counter = not outside or number == 0 or bool(small)
    edge = h * (0.79 if counter else 1.02)
    drawn = [frame.place(floor=h * 0.74, zoom=1.3, blur=5, veil=0.16)]
    large = [p for p in rest if p in LARGE] if number else []
    for i, prop in enumerate(large[:2]):
        x = w * (0.78 - 0.56 * i)
        if outside or scene.setting == "market":
            drawn.append(frame.standing(prop, x, h * 0.86, height=h * 0.5, width=w * 0.62))
    if number:
        span = {1: 300, 2: 480, 3: 500}[number]
        scale = min(h * 0.63 / 390, w * 0.98 / span, 2.1)
        y = edge - 236 * scale if counter else h - 300 * scale
        xs = {1: (0.5,), 2: (0.3, 0.7), 3: (0.29, 0.71, 0.5)}[number]
        for i in range(number):
            child = frame.people[i].age == "child"
            top = edge - 118 * scale if child and counter else y + (130 * scale if child else 0)
            pose = frame.pose(i, seated=counter and number > 1)
            drawn.append(
                frame.person(i, pose, w * xs[i], top, scale, legs=not counter, flip=number > 1 and i == 0)
            )
    if counter:
        drawn.append(_counter(frame, edge))
    on_top = small + ([] if outside or scene.setting == "market" else large)
    if number == 0:
        drawn.append(_still_life(frame, list(scene.props), edge + (h - edge) * 0.2))
    else:
        for i, prop in enumerate(on_top[:4]):
            x = w * (0.14, 0.86, 0.3, 0.7)[i]
            tall = {"phone": 0.16, "card": 0.1, "keys": 0.15, "coffee": 0.14}.get(prop, 0.22) * h
            drawn.append(frame.standing(prop, x, edge + (h - edge) * 0.24, height=tall, width=w * 0.27))
    return "".join(drawn)


def _still_life(frame: Frame, wanted: list[str], y: float) -> str:
    """Props alone on the surface, the first one large in the middle."""
    w, h = frame.w, frame.h
    listed = wanted or ["plant", "coffee"]
    drawn = []
    for i, prop in reversed(list(enumerate(listed[:4]))):
        if i == 0:
            drawn.append(frame.standing(prop, w * 0.5, y + h * 0.03, height=h * 0.46, width=w * 0.5))
        else:
            x = w * (0.0, 0.17, 0.83, 0.3)[i]
            drawn.append(frame.standing(prop, x, y - h * 0.01 + i * 4, height=h * 0.26, width=w * 0.28))
    return "".join(drawn)


def _wide(frame: Frame) -> str:
    """The place itself, people whole and off to one side."""
    w, h, rnd = frame.w, frame.h, frame.rnd
    floor = h * 0.66
    drawn = [frame.place(floor=floor)]
    number = len(frame.people)
    left = rnd.random() < 0.5
    scale = min(h * 0.5 / 740, w * 0.8 / 740)
    ground = floor + (h - floor) * 0.62
    middle = w * (0.34 if left else 0.66)
    away = 1 if left else -1
    rest = frame.left_over() if number else list(frame.scene.props)
    stand_x = w * (0.74 if left else 0.26)
    table_top = ground - 150 * scale * 1.35
    on_table = [p for p in rest if p not in LARGE and p not in STANDING]
    for prop in (p for p in rest if p in LARGE):
        tall = scale * (760 if prop == "house" else 480)
        drawn.append(frame.standing(prop, stand_x, ground - 10, height=tall, width=w * 0.5))
        stand_x += away * -w * 0.02
    beside = [p for p in rest if p in STANDING]
    for i, prop in enumerate(beside[:3]):
        x = stand_x + away * (i - 0.5) * w * 0.16
        drawn.append(frame.standing(prop, x, ground + 16 + 10 * i, height=scale * 380, width=w * 0.26))
    if on_table:
        x = middle + away * 330 * scale * (1 if number < 3 else 1.25) if number else w * 0.5
        drawn.append(_side_table(frame, x, ground + 6, scale * 1.35))
        for i, prop in enumerate(on_table[:3]):
            offset = (0, -62, 62)[i] * scale * 1.35
            drawn.append(frame.standing(prop, x + offset, table_top, height=scale * 200, width=scale * 240))
    for i in range(number):
        step = {1: (0,), 2: (-0.5, 0.5), 3: (-0.62, 0.62, 0)}[number][i] * 250 * scale * away
        child = frame.people[i].age == "child"
        size = scale * 0.98 ** i
        sole = (figure.CHILD_BODY if child else 1) * figure.SOLE * size
        foot = ground + (14 if child else 0)
        x = middle + step
        drawn.append(frame.sheet.ground_shadow(x, foot, 130 * size, 20 * size, 0.4))
        drawn.append(frame.person(i, frame.pose(i), x, foot - sole, size, legs=True, flip=step < 0 and number > 1))
    return "".join(drawn)


def _side_table(frame: Frame, x: float, y: float, scale: float) -> str:
    shadow = frame.sheet.ground_shadow(0, 0, 120, 16, 0.35)
    legs = rect(-74, -146, 12, 146, "#7a5236", r=4) + rect(62, -146, 12, 146, "#7a5236", r=4)
    top = rect(-110, -158, 220, 20, "#c89461", r=8) + rect(-110, -158, 220, 7, "#e2b884", r=4)
    return placed(shadow + legs + top, x, y, scale=scale)


def _close_up(frame: Frame) -> str:
    """A face and what it holds, or one thing larger than life."""
    w, h, rnd, scene = frame.w, frame.h, frame.rnd, frame.scene
    drawn = [frame.place(floor=h * 0.8, zoom=2.1, blur=13, veil=0.3)]
    drawn.append(_bokeh(frame))
    number = len(frame.people)
    if number == 0:
        prop = (scene.props or ("plant",))[0]
        art, pw, ph = props.front_view(frame.sheet, prop, scene.palette, rnd)
        scale = min(w * 0.92 / pw, h * 0.86 / ph) * 1.12
        turn = 0 if prop in ("coffee", "house", "car", "plant", "produce") else rnd.choice((-7, 7))
        drawn.append(frame.sheet.ground_shadow(w * 0.5, h * 0.95, w * 0.52, h * 0.06, 0.4))
        drawn.append(placed(art, w * 0.54, h * 0.5 + ph * scale * 0.5, scale=scale, turn=turn))
        return "".join(drawn)
    scale = min(h / (330, 400, 430)[number - 1], w / (330, 400, 470)[number - 1])
    flip = rnd.random() < 0.5
    side = 1 if flip else -1
    xs = {1: (side * 46,), 2: (side * 84, -side * 84), 3: (side * 112, -side * 112, 0)}[number]
    base = h * 0.97 - 118 * scale if number < 3 else h * 0.84 - 118 * scale
    order = range(number) if number == 3 else reversed(range(number))
    for i in order:
        child = frame.people[i].age == "child"
        y = base + (96 * scale if child else 0)
        pose = frame.pose(i, lift=62.0) if i == 0 else figure.Pose(poses.DOWN_LEFT, poses.DOWN_RIGHT)
        drawn.append(
            frame.person(i, pose, w / 2 + xs[i] * scale, y, scale, legs=False, flip=flip if i == 0 else not flip)
        )
    return "".join(drawn)


def _bokeh(frame: Frame) -> str:
    """Soft discs of light far behind."""
    p, rnd = frame.scene.palette, frame.rnd
    tones = (p.main, p.accent, "#ffffff", colour.tint(p.main, 0.5))
    discs = "".join(
        circle(rnd.uniform(0, frame.w), rnd.uniform(0, frame.h * 0.7), rnd.uniform(22, 70), rnd.choice(tones), opacity=round(rnd.uniform(0.12, 0.3), 2))
        for _ in range(12)
    )
    return discs + ellipse(frame.w * 0.5, frame.h * 0.45, frame.w * 0.5, frame.h * 0.45, frame.sheet.radial((0, "#ffffff", 0.35), (1, "#ffffff", 0)))
