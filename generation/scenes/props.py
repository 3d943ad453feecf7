"""Things, seen from the front. Standing things have their origin at the middle of the foot."""

from random import Random

from generation.scenes import colour, devices
from generation.scenes.scene import Palette
from generation.scenes.sheet import Sheet, circle, ellipse, line, path, placed, polygon, rect

LEAF, LEAF_DARK = "#3f9b68", "#2a7a52"
CARDBOARD = "#d7a56c"


def bag(sheet: Sheet, main: str, second: str, rnd: Random) -> str:
    """A paper shopping bag, 150 by 180 with handles on top; origin at the middle of its foot."""
    dark = colour.shade(main, 0.2)
    motif = rnd.choice(
        (
            circle(-10, -84, 26, second, opacity=0.9),
            path("M-70 -60H64L66 -40H-72Z", second, opacity=0.9),
            path(
                "M-12 -62C-44 -86 -36 -112 -12 -100C12 -112 20 -86 -12 -62Z", second, opacity=0.95
            ),
        )
    )
    return (
        line("M-34 -172C-36 -226 26 -226 24 -172", dark, 7)
        + path(
            "M-68 -176H62L72 0H-76Z", sheet.linear((0, main, 1), (1, colour.shade(main, 0.1), 1))
        )
        + path("M38 -176H62L72 0H40Z", dark, opacity=0.75)
        + path("M38 -176L48 -88L40 0H56L50 -90Z", colour.shade(main, 0.35), opacity=0.4)
        + motif
        + line("M-40 -172C-42 -234 32 -234 30 -172", second, 7)
    )


def bags(sheet: Sheet, palette: Palette, rnd: Random) -> str:
    """Three shopping bags side by side, 330 wide."""
    return (
        placed(bag(sheet, palette.accent, palette.second, rnd), -106, -4, scale=0.82)
        + placed(
            bag(sheet, colour.tint(palette.main, 0.78), palette.main, rnd), 112, -2, scale=0.72
        )
        + placed(bag(sheet, palette.main, palette.pale, rnd), 6, 0, scale=1.05)
    )


def box(sheet: Sheet, palette: Palette, *, w: float = 200, h: float = 150) -> str:
    """A closed parcel with tape in the node's colour; origin at the middle of its foot."""
    face = sheet.linear((0, colour.tint(CARDBOARD, 0.1), 1), (1, CARDBOARD, 1))
    top = h * 0.2
    return (
        polygon(
            ((-w / 2, -h), (-w / 2 + 26, -h - top), (w / 2 + 20, -h - top), (w / 2, -h)), "#e9c490"
        )
        + polygon(
            ((w / 2, -h), (w / 2 + 20, -h - top), (w / 2 + 20, -top * 0.7), (w / 2, 0)), "#a9763f"
        )
        + rect(-w / 2, -h, w, h, face)
        + polygon(((-18, -h), (2, -h - top), (40, -h - top), (18, -h)), palette.main)
        + rect(-18, -h, 36, h * 0.42, colour.shade(palette.main, 0.1))
        + rect(w / 2 - 66, -h * 0.36, 48, 32, "#fbf4e6", r=4)
        + rect(w / 2 - 60, -h * 0.36 + 7, 30, 5, "#1c2333", r=2, opacity=0.35)
        + rect(w / 2 - 60, -h * 0.36 + 17, 20, 5, "#1c2333", r=2, opacity=0.25)
    )


def boxes(sheet: Sheet, palette: Palette) -> str:
    """A small stack of parcels, 380 wide."""
    return (
        placed(box(sheet, palette, w=190, h=120), -92, 0)
        + placed(box(sheet, palette, w=170, h=104), 112, 0)
        + placed(box(sheet, palette, w=150, h=96), -52, -120)
    )


def keys(palette: Palette) -> str:
    """Keys on a ring with a little house; hangs 150 down from its origin."""
    key = (
        path("M-6 40H6V118L14 124L6 130V138L-6 146Z", "#d9dee8")
        + circle(0, 26, 21, "#c3cad8")
        + circle(0, 20, 7, "#8a94a8")
        + path("M-6 40H0V142L-6 146Z", "#ffffff", opacity=0.4)
    )
    brass = key.replace("#d9dee8", "#f0cb74").replace("#c3cad8", "#dcae4d")
    fob = path("M0 30L34 60H26V100H-26V60H-34Z", palette.accent) + rect(
        -8, 74, 16, 26, "#fffaf2", r=3
    )
    return (
        placed(key, 0, 16, turn=24, scale=0.95)
        + placed(brass, 2, 18, turn=4, scale=0.9)
        + line("M-6 14L-22 38", "#8a94a8", 4)
        + placed(fob, -22, 14, turn=18)
        + circle(0, 6, 19, "none", stroke="#8a94a8", stroke_width=6)
        + circle(0, 6, 19, "none", stroke="#ffffff", stroke_width=1.6, opacity=0.6)
    )


def coffee(sheet: Sheet, palette: Palette, *, saucer: bool = True) -> str:
    """A steaming cup, 150 wide; origin at the middle of its foot."""
    cup = sheet.linear((0, "#ffffff", 1), (1, colour.tint(palette.main, 0.72), 1), to=(1, 0.3))
    steam = line(
        "M-18 -112q-16 -24 0 -46t0 -44M18 -108q-14 -20 0 -38t0 -36", "#ffffff", 7, opacity=0.5
    )
    return (
        (ellipse(0, -5, 92, 13, "#e8e2d8") + ellipse(0, -8, 92, 12, "#fbf8f2") if saucer else "")
        + line("M52 -76C96 -84 98 -28 44 -30", "#f4efe6", 13)
        + path("M-62 -96H62C62 -44 44 -6 16 -6H-16C-44 -6 -62 -44 -62 -96Z", cup)
        + path("M-60 -66H60L57 -50H-57Z", palette.main)
        + ellipse(0, -96, 62, 13, "#fdfbf7")
        + ellipse(0, -95, 53, 9.5, "#5a3522")
        + path("M-20 -96Q0 -106 20 -96Q0 -86 -20 -96Z", "#e9cba6")
        + steam
    )


def produce(sheet: Sheet, rnd: Random) -> str:
    """A crate heaped with fruit and vegetables, 300 wide; origin at the middle of its foot."""
    wood, dark = "#c68d54", "#9a6a3a"
    heap = []
    for row, (count, y) in enumerate(((7, -104), (6, -128), (4, -152))):
        for i in range(count):
            x = (i - (count - 1) / 2) * 39 + rnd.uniform(-5, 5)
            heap.append(
                placed(
                    fruit(sheet, rnd.randrange(5)),
                    x,
                    y + rnd.uniform(-4, 4),
                    scale=1.02 - row * 0.04,
                )
            )
    leaves = "".join(
        placed(
            path("M0 0C16 -18 16 -46 0 -64C-16 -46 -16 -18 0 0Z", (LEAF, LEAF_DARK)[i % 2]),
            x,
            -136,
            turn=t,
        )
        for i, (x, t) in enumerate(((-118, -38), (-104, -14), (-86, 12), (98, -8), (116, 22)))
    )
    slats = "".join(
        rect(
            -150,
            -96 + i * 34,
            300,
            28,
            sheet.linear((0, colour.tint(wood, 0.14), 1), (1, wood, 1)),
            r=3,
        )
        for i in range(3)
    )
    posts = "".join(rect(x, -98, 20, 98, dark, r=3) for x in (-150, 130))
    return leaves + "".join(heap) + rect(-146, -92, 292, 90, "#6d4726") + slats + posts


def fruit(sheet: Sheet, kind: int) -> str:
    """One piece of fruit about 46 wide: tomato, orange, lime, mango or avocado."""
    skin, shadow = (
        ("#e04f3a", "#b5322a"),
        ("#f49d37", "#d77a1c"),
        ("#8fbf4d", "#5f9434"),
        ("#f2c53d", "#d79f1e"),
        ("#4d7f46", "#33592f"),
    )[kind]
    fill = sheet.radial(
        (0, colour.tint(skin, 0.3), 1),
        (0.55, skin, 1),
        (1, shadow, 1),
        centre=(0.36, 0.3),
        radius=0.75,
    )
    if kind == 4:  # an avocado
        return path(
            "M0 -30C10 -30 14 -18 18 -6C24 12 14 26 0 26C-14 26 -24 12 -18 -6"
            "C-14 -18 -10 -30 0 -30Z",
            fill,
        )
    if kind == 3:  # a mango
        return path("M-24 2C-24 -18 -6 -26 8 -22C26 -18 30 4 20 16C8 28 -22 24 -24 2Z", fill)
    stem = path(
        "M-2 -20C-10 -28 -16 -26 -18 -24C-12 -18 -6 -18 -2 -20C0 -28 8 -30 12 -28"
        "C10 -22 4 -18 -2 -20Z",
        LEAF_DARK,
    )
    return circle(0, 0, 23, fill) + (stem if kind == 0 else circle(0, -17, 2.6, shadow))


def house(sheet: Sheet, palette: Palette) -> str:
    """A small Colombian house with a tiled roof and a balcony, 420 wide and 400 high."""
    wall = sheet.linear((0, "#fffdf8", 1), (1, colour.tint(palette.main, 0.8), 1), to=(1, 0.6))
    roof, roof_dark = "#d2694a", "#b14f36"
    window = _window(palette)
    tiles = "".join(
        line(f"M{x} -302L{x * 1.22:.0f} -222", roof_dark, 3.5, opacity=0.7)
        for x in range(-150, 151, 30)
    )
    return (
        rect(-180, -236, 360, 236, wall)
        + rect(90, -236, 90, 236, "#1c2333", opacity=0.07)
        + rect(-180, -44, 360, 44, palette.main)
        + polygon(((-214, -218), (-160, -312), (160, -312), (214, -218)), roof)
        + tiles
        + rect(-214, -226, 428, 14, roof_dark, r=6)
        + rect(96, -352, 38, 60, "#ded9d3")
        + rect(90, -360, 50, 14, roof_dark, r=4)
        + rect(-40, -146, 80, 146, palette.second, r=6)
        + rect(-30, -134, 60, 56, colour.tint(palette.second, 0.25), r=4)
        + circle(26, -66, 5.5, "#f6d58a")
        + placed(window, -112, -118)
        + placed(window, 112, -118)
        + rect(-60, -8, 120, 8, "#cfc6b8")
    )


def _window(palette: Palette) -> str:
    flowers = "".join(
        circle(-30 + i * 15, 36 - (i % 2) * 6, 8, (palette.accent, "#e8705a")[i % 2])
        for i in range(5)
    )
    return (
        rect(-36, -42, 72, 76, palette.main, r=5)
        + rect(-28, -34, 56, 62, "#FFE9B0")
        + line("M0 -34V28M-28 -4H28", palette.main, 5)
        + rect(-40, 36, 80, 16, "#a86b43", r=4)
        + flowers
    )


def car(sheet: Sheet, palette: Palette) -> str:
    """A small car from the side, 460 wide; origin at the middle between the wheels, on the road."""
    body = sheet.linear(
        (0, colour.tint(palette.main, 0.2), 1),
        (0.5, palette.main, 1),
        (1, colour.shade(palette.main, 0.25), 1),
    )
    glass = sheet.linear((0, "#eaf6fc", 1), (1, "#a9cfe3", 1), to=(1, 1))
    wheel = circle(0, 0, 45, "#20263a") + circle(0, 0, 25, "#cfd6e2") + circle(0, 0, 9, "#7d879b")
    spokes = line("M0 -20V20M-17 -10L17 10M-17 10L17 -10", "#98a3b6", 4)
    return (
        path(
            "M-226 -46C-232 -92 -206 -108 -164 -114C-128 -172 -104 -196 -58 -200H38"
            "C88 -200 118 -168 150 -124"
            "C198 -118 228 -104 228 -70L230 -46C230 -36 224 -32 214 -32H-212"
            "C-222 -32 -226 -38 -226 -46Z",
            body,
        )
        + path("M-134 -116C-104 -166 -90 -180 -58 -182H-22V-116Z", glass)
        + path("M-8 -182H36C74 -182 98 -158 124 -118L-8 -116Z", glass)
        + path(
            "M-112 -116L-66 -182H-46L-92 -116ZM32 -117L62 -174L76 -164L52 -117Z",
            "#ffffff",
            opacity=0.4,
        )
        + line("M-14 -114V-44", colour.shade(palette.main, 0.35), 3)
        + rect(-2, -98, 30, 7, colour.shade(palette.main, 0.4), r=3)
        + path(
            "M-226 -62H230L230 -46C230 -36 224 -32 214 -32H-212C-222 -32 -226 -38 -226 -46Z",
            "#1c2333",
            opacity=0.16,
        )
        + path("M206 -96C222 -92 228 -84 228 -72L208 -76Z", "#fff3c4")
        + rect(-228, -92, 16, 24, "#d8433a", r=5)
        + placed(wheel + spokes, -132, -44)
        + placed(wheel + spokes, 136, -44)
    )


def plant(sheet: Sheet, palette: Palette, rnd: Random) -> str:
    """A leafy plant in a pot, about 220 wide and 330 high."""
    green = sheet.linear((0, colour.tint(LEAF, 0.18), 1), (1, LEAF_DARK, 1))
    leaves = []
    for i, angle in enumerate((-66, 62, -40, 42, -20, 20, 0)):
        length = 150 + i * 14 + rnd.uniform(-10, 10)
        blade = (
            f"M0 0C{length * 0.3:.0f} {-length * 0.32:.0f} "
            f"{length * 0.22:.0f} {-length * 0.82:.0f} 0 {-length:.0f}"
            f"C{-length * 0.22:.0f} {-length * 0.82:.0f} "
            f"{-length * 0.3:.0f} {-length * 0.32:.0f} 0 0Z"
        )
        vein = line(f"M0 -8V{-length * 0.86:.0f}", "#ffffff", 2.4, opacity=0.28)
        leaves.append(placed(path(blade, green if i % 2 else LEAF_DARK) + vein, 0, -96, turn=angle))
    pot = sheet.linear(
        (0, colour.tint(palette.accent, 0.35), 1), (1, palette.accent, 1), to=(1, 0.4)
    )
    return (
        "".join(leaves)
        + path("M-54 -104H54L42 0H-42Z", pot)
        + rect(-60, -116, 120, 24, colour.tint(palette.accent, 0.2), r=7)
        + path("M10 -92H53L42 0H14Z", "#1c2333", opacity=0.1)
    )


def front_view(sheet: Sheet, prop: str, palette: Palette, rnd: Random) -> tuple[str, float, float]:
    """A prop standing by itself: drawing, width and height; origin at the middle of its foot."""
    if prop == "phone":
        stand = path("M-34 0L-22 -26H22L34 0Z", colour.shade(palette.second, 0.2))
        return stand + placed(devices.phone(sheet, palette, rnd), 0, -112), 110, 214
    if prop == "card":
        stand = path("M-60 0L-50 -16H50L60 0Z", "#8b6a4b")
        return placed(devices.card(sheet, palette), 0, -62, turn=-6) + stand, 170, 120
    if prop == "keys":
        hook = line("M-58 0V-196Q-58 -206 -48 -206H0V-184", "#8b6a4b", 9) + rect(
            -96, -8, 76, 8, "#8b6a4b", r=4
        )
        return hook + placed(keys(palette), 0, -186), 190, 210
    drawn = {
        "laptop": lambda: (devices.laptop_screen(sheet, palette), 440.0, 266.0),
        "bags": lambda: (bags(sheet, palette, rnd), 330.0, 240.0),
        "boxes": lambda: (boxes(sheet, palette), 400.0, 240.0),
        "coffee": lambda: (coffee(sheet, palette), 190.0, 200.0),
        "produce": lambda: (produce(sheet, rnd), 310.0, 190.0),
        "house": lambda: (house(sheet, palette), 430.0, 364.0),
        "car": lambda: (car(sheet, palette), 470.0, 206.0),
        "plant": lambda: (plant(sheet, palette, rnd), 240.0, 340.0),
    }
    return drawn[prop]()
