"""The four ways to frame a brief: medium shot, wide shot, close-up, and the table from above."""

from dataclasses import dataclass
from random import Random

from generation.scenes import colour, devices, figure, light, poses, props
from generation.scenes.flatlay import table_from_above
from generation.scenes.people import Person, cast_of
from generation.scenes.places import DRAWN, OPEN_AIR
from generation.scenes.room import Room
from generation.scenes.scene import Scene
from generation.scenes.sheet import Sheet, circle, group, placed, rect

LARGE = frozenset({"house", "car"})
"""Props that stand in the place itself when there is room, not on a table."""

STANDING = frozenset({"boxes", "bags", "produce", "plant"})
"""Props that may stand on the floor; the others need a table."""


@dataclass
class Frame:
    """One picture being composed: `w` by `h` drawing units, the shorter side 1000."""

    scene: Scene
    sheet: Sheet
    w: float
    h: float
    rnd: Random

    def __post_init__(self) -> None:
        scene = self.scene
        self.people: list[Person] = cast_of(
            scene.people, scene.setting, scene.palette, scene.cast, self.rnd
        )
        self.light = light.LIGHTS[scene.light]
        self.lamps: list[tuple[float, float, float]] = []
        outside = scene.setting in OPEN_AIR or scene.setting == "market"
        self.large = [p for p in scene.props if p in LARGE and outside]

    def place(
        self, *, floor: float, zoom: float = 1.0, blur: float = 0.0, veil: float = 0.0
    ) -> str:
        """The setting, optionally nearer, out of focus and paler, so that people stand out."""
        scene, w, h = self.scene, self.w, self.h
        self.sheet.strength = 1.0
        room = Room(self.sheet, scene.palette, scene.light, w, h, floor, self.rnd)
        drawn = DRAWN[scene.setting](room)
        x0, y0 = w / 2, h * 0.4
        self.lamps += [
            (x0 + (x - x0) * zoom, y0 + (y - y0) * zoom, r * zoom) for x, y, r in room.lamps
        ]
        if zoom != 1.0:
            move = f"translate({x0 * (1 - zoom):.1f} {y0 * (1 - zoom):.1f}) scale({zoom:g})"
            drawn = group(drawn, transform=move)
        if blur and self.sheet.rich:
            drawn = group(drawn, filter=self.sheet.blur(blur, (w, h)))
        if veil:
            drawn += rect(0, 0, w, h, colour.tint(scene.palette.pale, 0.3), opacity=veil)
        return self.sheet.toned(drawn) + light.beams(self.sheet, scene.light, w, h)

    def surface(self, drawn: str) -> str:
        """Furniture, which takes the light nearly as the room does."""
        return self.sheet.toned(drawn)

    def standing(
        self,
        prop: str,
        x: float,
        y: float,
        *,
        height: float,
        width: float | None = None,
        turn: float = 0.0,
    ) -> str:
        """A prop with its shadow, scaled to fit `height` (and `width`), foot at (x, y)."""
        self.sheet.strength = (1 + self.light.subject) / 2
        drawn, w, h = props.front_view(self.sheet, prop, self.scene.palette, self.rnd)
        scale = height / h if width is None else min(height / h, width / w)
        shadow = self.sheet.ground_shadow(x, y, w * scale * 0.58, max(8.0, w * scale * 0.06), 0.34)
        return self.sheet.toned(shadow + placed(drawn, x, y, scale=scale, turn=turn))

    def person(
        self,
        i: int,
        pose: figure.Pose,
        x: float,
        y: float,
        scale: float,
        *,
        legs: bool,
        flip: bool = False,
    ) -> str:
        """Person `i`, the pit of the neck at (x, y)."""
        self.sheet.strength = self.light.subject
        drawn = figure.figure(
            self.sheet,
            self.people[i],
            pose,
            turn=self.rnd.choice((-0.8, -0.4, 0.5, 0.9)),
            smile=self.rnd.choice((1.0, 1.0, 0.0)),
            legs=legs,
        )
        return self.sheet.toned(placed(drawn, x, y, scale=scale, flip=flip))

    def pose(self, i: int, *, lift: float = 0.0, counter: bool = False) -> figure.Pose:
        """What person `i` does: the first holds the first prop, the second the next one."""
        self.sheet.strength = self.light.subject
        prop = self.held_by(i)
        if prop is None:
            return poses.at_counter(self.rnd) if counter and i else poses.greeting(self.rnd)
        if prop == "laptop" and counter:
            return poses.typing()
        if prop in self.large:
            if i and self.held_by(0) in self.large:
                return poses.greeting(self.rnd)
            prop = "keys"
        free = poses.HIP_LEFT if self.rnd.random() < 0.4 else poses.DOWN_LEFT
        return poses.holding(self.sheet, prop, self.scene.palette, self.rnd, lift=lift, free=free)

    def held_by(self, i: int) -> str | None:
        """The prop in the hands of person `i`; the third person's hands are free."""
        return self.scene.props[i] if i < min(len(self.people), len(self.scene.props), 2) else None

    def left_over(self, *, counter: bool) -> list[str]:
        """Props that nobody holds and that do not stand in the place itself."""
        held = [self.held_by(i) for i in range(len(self.people))]
        rest = []
        for i, prop in enumerate(self.scene.props):
            in_hands = i < len(held) and held[i] is not None
            if prop in self.large and self.people:
                continue
            if not in_hands or prop == "car" or (prop == "laptop" and counter):
                rest.append(prop)
        return rest


def composed(scene: Scene, sheet: Sheet, w: float, h: float) -> str:
    """The whole picture in its light."""
    # Not for secrets: the seed must give the same drawing for ever.
    rnd = Random(f"{scene.seed}/{scene.composition}/{scene.setting}")  # noqa: S311
    sheet.tone = light.toning(scene.light)
    frame = Frame(scene, sheet, w, h, rnd)
    if scene.composition == "detail":
        sheet.strength = (1 + frame.light.subject) / 2
        drawn = sheet.toned(table_from_above(sheet, scene, frame.people, w=w, h=h, rnd=rnd))
        drawn += light.beams(sheet, scene.light, w, h)
    else:
        drawn = {"centred": _centred, "wide": _wide, "close_up": _close_up}[scene.composition](
            frame
        )
    drawn += light.laid_over(sheet, scene.light, w=w, h=h, lamps=frame.lamps, rnd=rnd)
    # A mirrored chart would fall instead of rise.
    charted = scene.setting == "office" or "laptop" in scene.props
    if rnd.random() < 0.5 and not charted:
        drawn = group(drawn, transform=f"translate({w:.1f} 0) scale(-1 1)")
    # Blurs and smoothed edges leave a trace of transparency; something opaque lies under them.
    under = rect(-4, -4, w + 8, h + 8, colour.tint(scene.palette.main, 0.5))
    return sheet.toned(under) + drawn


def _counter(frame: Frame, y: float) -> str:
    """The surface in front of us, from its far edge at `y` down to the frame."""
    p, sheet, w, h = frame.scene.palette, frame.sheet, frame.w, frame.h
    sheet.strength = 1.0
    tone = {
        "office": "#dfe3ea",
        "studio": colour.tint(p.main, 0.3),
        "city": "#cfc8bc",
        "road": "#b98a5c",
        "kitchen": "#efe3cf",
        "workshop": "#9a6b41",
        "park": "#a9764a",
        "plaza": "#c4b49a",
        "beach": "#d9c19a",
    }.get(frame.scene.setting, "#c08a57")
    top = (h - y) * 0.36
    board = sheet.linear((0, colour.tint(tone, 0.26), 1), (1, colour.tint(tone, 0.06), 1))
    front = sheet.linear((0, colour.shade(tone, 0.22), 1), (1, colour.shade(tone, 0.1), 1))
    parts = [
        rect(0, y, w, top, board),
        rect(0, y + top, w, h - y, front),
        rect(0, y + top, w, 9, colour.shade(tone, 0.34), opacity=0.6),
    ]
    if sheet.rich:
        fall = sheet.linear((0, "#1C2333", 0), (1, "#1C2333", 0.28))
        parts.insert(0, rect(0, y - 26, w, 30, fall))
    if frame.scene.setting in ("shop", "market", "cafe"):
        panels = max(4, round(w / 230))
        step = w / panels
        parts += [
            rect(i * step + 16, y + top + 26, step - 32, h - y - top, p.main, r=10, opacity=0.85)
            for i in range(panels)
        ]
    return sheet.toned("".join(parts))


def _centred(frame: Frame) -> str:
    """Waist up behind a counter, eye to eye."""
    w, h, scene = frame.w, frame.h, frame.scene
    number = len(frame.people)
    if not number:
        return _still_life(frame)
    outside = scene.setting in OPEN_AIR
    rest = frame.left_over(counter=True)
    counter = not outside or bool(rest)
    edge = h * 0.79
    drawn = [frame.place(floor=h * 0.74, zoom=1.3, blur=5, veil=0.16)]
    for i, prop in enumerate(frame.large[:2]):
        x = w * (0.8 - 0.6 * i)
        drawn.append(frame.standing(prop, x, h * 0.87, height=h * 0.5, width=w * 0.62))
    span = {1: 300, 2: 480, 3: 500}[number]
    scale = min(h * 0.63 / 390, w * 0.98 / span, 2.1)
    y = edge - 236 * scale if counter else h - 290 * scale
    xs = {1: (0.5,), 2: (0.29, 0.71), 3: (0.27, 0.73, 0.5)}[number]
    laptop = None
    for i in range(number):
        child = frame.people[i].age == "child"
        top = y + 118 * scale if child else y
        pose = frame.pose(i, counter=counter)
        flip = number > 1 and i == 0
        drawn.append(frame.person(i, pose, w * xs[i], top, scale, legs=not counter, flip=flip))
        if frame.held_by(i) == "laptop" and counter:
            laptop = (w * xs[i], scale)
    if counter:
        drawn.append(_counter(frame, edge))
    if laptop:
        rest.remove("laptop")
        x, size = laptop
        back = placed(
            devices.laptop_back(frame.sheet, scene.palette), x, edge + 26, scale=size * 0.66
        )
        drawn.append(
            frame.surface(frame.sheet.ground_shadow(x, edge + 26, 150 * size, 14, 0.4) + back)
        )
    for i, prop in enumerate(rest[:4]):
        x = w * (0.13, 0.87, 0.32, 0.68)[i]
        tall = {"phone": 0.16, "card": 0.1, "keys": 0.15, "coffee": 0.14}.get(prop, 0.22) * h
        drawn.append(frame.standing(prop, x, edge + (h - edge) * 0.26, height=tall, width=w * 0.25))
    return "".join(drawn)


def _still_life(frame: Frame) -> str:
    """Props alone, eye to eye: the first one large in the middle."""
    w, h = frame.w, frame.h
    listed = list(frame.scene.props) or ["plant", "coffee"]
    ground = frame.large and listed[0] in LARGE
    edge = h * 0.72
    drawn = [frame.place(floor=h * (0.68 if ground else 0.74), zoom=1.3, blur=4, veil=0.12)]
    y = h * 0.88
    if not ground:
        drawn.append(_counter(frame, edge))
        y = edge + (h - edge) * 0.3
    for i, prop in reversed(list(enumerate(listed[:4]))):
        if i == 0:
            drawn.append(
                frame.standing(
                    prop, w * 0.5, y, height=h * 0.5, width=w * (0.7 if ground else 0.52)
                )
            )
        else:
            x = w * (0.0, 0.15, 0.85, 0.3)[i]
            size = 1.5 if ground and prop in LARGE else 1.0
            drawn.append(
                frame.standing(prop, x, y - h * 0.03, height=h * 0.26 * size, width=w * 0.27 * size)
            )
    return "".join(drawn)


def _wide(frame: Frame) -> str:
    """The place itself, people whole and off to one side."""
    w, h, rnd = frame.w, frame.h, frame.rnd
    floor = h * 0.64
    drawn = [frame.place(floor=floor)]
    number = len(frame.people)
    away = 1 if rnd.random() < 0.5 else -1
    scale = min(h * 0.58, w * 0.78) / 740 * (1.0 if number else 1.5)
    ground = floor + (h - floor) * 0.68
    middle = w * 0.5 - away * w * (0.17 if number else 0)
    for i, prop in enumerate(frame.large[:2]):
        x = w * 0.5 + away * w * (0.2 - 0.46 * i)
        drawn.append(
            frame.standing(
                prop, x, floor + (h - floor) * (0.3 + 0.24 * i), height=h * 0.36, width=w * 0.52
            )
        )
    rest = [p for p in frame.left_over(counter=False) if p not in frame.large]
    on_table = [p for p in rest if p not in STANDING]
    if frame.scene.setting in ("shop", "cafe") or on_table:
        x = middle + away * (150 + 125 * max(number, 1) + 130) * scale if number else w * 0.5
        drawn.append(
            _table(frame, x, ground - 30 * scale, scale * (1.4 if number else 1.0), on_table)
        )
    for i, prop in enumerate([p for p in rest if p in STANDING][:3]):
        x = w * 0.5 + away * w * ((0.38, 0.24, -0.42)[i] if number else (-0.26, 0.26, 0.4)[i])
        drawn.append(
            frame.standing(prop, x, ground + 22 + 8 * i, height=scale * 350, width=w * 0.28)
        )
    for i in range(number):
        step = {1: (0,), 2: (-0.52, 0.52), 3: (-0.6, 0.6, 0)}[number][i] * 262 * scale * away
        child = frame.people[i].age == "child"
        sole = (figure.CHILD_BODY if child else 1) * figure.SOLE * scale
        foot = ground + (16 if child else 0)
        x = middle + step
        drawn.append(
            frame.surface(frame.sheet.ground_shadow(x, foot, 130 * scale, 20 * scale, 0.4))
        )
        flip = number > 1 and step < 0
        drawn.append(frame.person(i, frame.pose(i), x, foot - sole, scale, legs=True, flip=flip))
    return "".join(drawn)


def _table(frame: Frame, x: float, y: float, scale: float, things: list[str]) -> str:
    """A counter in a shop or café, a side table elsewhere, with things on it."""
    p, sheet = frame.scene.palette, frame.sheet
    sheet.strength = 1.0
    bar = frame.scene.setting in ("shop", "cafe")
    width, height = (400, 216) if bar else (250, 156)
    if not things:
        usual = {"shop": ("produce", "plant"), "cafe": ("coffee", "plant")}[frame.scene.setting]
        things = [p for p in usual if p not in frame.scene.props]
    if bar:
        body = rect(-190, -200, 380, 200, "#a9713f") + "".join(
            rect(-176 + i * 120, -176, 106, 150, p.main, r=8) for i in range(3)
        )
    else:
        body = rect(-92, -146, 13, 146, "#7a5236", r=4) + rect(79, -146, 13, 146, "#7a5236", r=4)
    top = rect(-width / 2, -height, width, 24, "#c89461", r=8)
    top += rect(-width / 2, -height, width, 8, "#e2b884", r=4)
    drawn = frame.surface(
        placed(sheet.ground_shadow(0, 0, width * 0.55, 16, 0.4) + body + top, x, y, scale=scale)
    )
    room = width * scale / max(len(things[:3]), 1)
    for i, prop in enumerate(things[:3]):
        at = x - width * scale / 2 + room * (i + 0.5)
        tall = {"phone": 120, "card": 84, "keys": 110, "coffee": 110}.get(prop, 170) * scale
        drawn += frame.standing(prop, at, y - (height - 5) * scale, height=tall, width=room * 0.92)
    return drawn


def _close_up(frame: Frame) -> str:
    """A face and what it holds, or one thing larger than life."""
    w, h, rnd, scene = frame.w, frame.h, frame.rnd, frame.scene
    drawn = [frame.place(floor=h * 0.8, zoom=2.1, blur=13, veil=0.3), _bokeh(frame)]
    number = len(frame.people)
    if number == 0:
        prop = (scene.props or ("plant",))[0]
        drawn.append(_counter(frame, h * 0.74))
        turn = 0 if prop not in ("phone", "card", "bags") else rnd.choice((-5, 5))
        x = w * rnd.choice((0.42, 0.58))
        drawn.append(frame.standing(prop, x, h * 0.93, height=h * 0.84, width=w * 1.05, turn=turn))
        return "".join(drawn)
    scale = min(h / (330, 390, 430)[number - 1], w / (330, 420, 480)[number - 1])
    flip = rnd.random() < 0.5
    side = 1 if flip else -1
    xs = {1: (side * 46,), 2: (side * 90, -side * 90), 3: (side * 118, -side * 118, 0)}[number]
    base = h * 0.97 - (118 if number < 3 else 160) * scale
    for i in range(number) if number == 3 else reversed(range(number)):
        child = frame.people[i].age == "child"
        y = base + (100 * scale if child else 0)
        raised = {"laptop": 20.0, "bags": 112.0}.get(frame.held_by(i) or "", 62.0)
        pose = (
            frame.pose(i, lift=raised) if i == 0 else figure.Pose(poses.DOWN_LEFT, poses.DOWN_RIGHT)
        )
        outward = flip if i == 0 else not flip
        drawn.append(
            frame.person(i, pose, w / 2 + xs[i] * scale, y, scale, legs=False, flip=outward)
        )
    return "".join(drawn)


def _bokeh(frame: Frame) -> str:
    """Soft discs of light far behind."""
    p, rnd = frame.scene.palette, frame.rnd
    frame.sheet.strength = 1.0
    tones = (p.main, p.accent, "#ffffff", colour.tint(p.main, 0.5))
    discs = ""
    for _ in range(12):
        x, y, r = rnd.uniform(0, frame.w), rnd.uniform(0, frame.h * 0.7), rnd.uniform(22, 70)
        discs += circle(x, y, r, rnd.choice(tones), opacity=round(rnd.uniform(0.12, 0.3), 2))
    return frame.sheet.toned(discs)
