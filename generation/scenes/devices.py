"""Phone, bank card and laptop. Their screens show shapes only, never text."""

from random import Random

from generation.scenes import colour
from generation.scenes.scene import Palette
from generation.scenes.sheet import Sheet, circle, line, path, rect


def phone(sheet: Sheet, palette: Palette, rnd: Random, *, screen: str | None = None) -> str:
    """A phone that faces us, 100 by 204, origin in its middle.

    The screen shows a tick, a code, goods or a chart.
    """
    kind = rnd.choice(("tick", "code", "grid", "chart")) if screen is None else screen
    glass = sheet.linear(
        (0, "#FFFFFF", 1), (1, colour.tint(palette.main, 0.84).upper(), 1), flat=False
    )
    parts = [
        rect(-50, -102, 100, 204, "#171d2e", r=17),
        rect(-50, -102, 100, 204, "none", r=17, stroke="#55607a", stroke_width=2),
        rect(-44, -96, 88, 192, glass, r=12),
        {"tick": _tick, "code": _code, "grid": _grid, "chart": _chart}[kind](palette),
        rect(-14, -91, 28, 6, "#171d2e", r=3),
        path("M-44 -96H14L-44 30Z", "#ffffff", opacity=0.12),
    ]
    return "".join(parts)


def _tick(palette: Palette) -> str:
    return (
        circle(0, -26, 29, palette.main)
        + line("M-13 -26L-3 -16L14 -35", "#ffffff", 7)
        + rect(-28, 18, 56, 8, "#1c2333", r=4, opacity=0.7)
        + rect(-20, 32, 40, 6, "#1c2333", r=3, opacity=0.25)
        + rect(-32, 60, 64, 20, palette.main, r=10)
    )


def _code(palette: Palette) -> str:
    cells = Random(5)  # noqa: S311 - a pattern that looks like a code, always the same
    dots = []
    for i in range(9):
        for j in range(9):
            corner = (i < 3 and j < 3) or (i < 3 and j > 5) or (i > 5 and j < 3)
            if not corner and cells.random() < 0.5:
                dots.append(rect(-32 + i * 7.2, -66 + j * 7.2, 6.4, 6.4, "#1c2333", r=1.4))
    for i, j in ((0, 0), (0, 6), (6, 0)):
        x, y = -32 + i * 7.2, -66 + j * 7.2
        dots.append(rect(x + 1.5, y + 1.5, 18, 18, "none", r=4, stroke="#1c2333", stroke_width=3))
        dots.append(rect(x + 7, y + 7, 7, 7, "#1c2333", r=2))
    return (
        "".join(dots)
        + rect(-32, 14, 64, 8, palette.main, r=4)
        + rect(-32, 60, 64, 20, palette.main, r=10)
    )


def _grid(palette: Palette) -> str:
    tiles = (palette.main, palette.accent, palette.second, colour.tint(palette.main, 0.5))
    parts = [rect(-36, -76, 72, 14, "#1c2333", r=7, opacity=0.1)]
    for i, tile in enumerate(tiles):
        x, y = -36 + (i % 2) * 38, -54 + (i // 2) * 54
        parts.append(
            rect(x, y, 34, 34, tile, r=7) + rect(x, y + 39, 24, 5, "#1c2333", r=2.5, opacity=0.4)
        )
    return "".join(parts) + rect(-36, 64, 72, 20, palette.main, r=10)


def _chart(palette: Palette) -> str:
    bars = "".join(
        rect(
            -34 + i * 15,
            10 - h,
            10,
            h,
            palette.main if i == 3 else colour.tint(palette.main, 0.5),
            r=3,
        )
        for i, h in enumerate((40, 54, 34, 64, 46))
    )
    rows = "".join(
        circle(-28, 34 + i * 22, 7, (palette.second, palette.accent)[i % 2])
        + rect(-14, 31 + i * 22, 46 - i * 10, 6, "#1c2333", r=3, opacity=0.3)
        for i in range(3)
    )
    return rect(-34, -78, 44, 9, "#1c2333", r=4, opacity=0.65) + bars + rows


def card(sheet: Sheet, palette: Palette) -> str:
    """A bank card, 164 by 104, origin in its middle."""
    face = sheet.linear(
        (0, palette.second, 1), (1, colour.shade(palette.second, 0.35), 1), to=(1, 1)
    )
    return (
        rect(-82, -52, 164, 104, face, r=13)
        + path(
            "M-82 20C-30 -20 20 60 82 -10V39A13 13 0 0 1 69 52H-69A13 13 0 0 1 -82 39Z",
            palette.main,
        )
        + rect(-64, -22, 30, 24, "#f2d27a", r=5)
        + line("M-64 -10H-34M-49 -22V2", "#b8923f", 1.6)
        + line("M-18 -20q8 9 0 18M-9 -25q12 14 0 28M0 -30q16 19 0 38", "#ffffff", 3, opacity=0.75)
        + "".join(
            circle(-60 + i * 11 + (i // 4) * 10, 30, 3, "#ffffff", opacity=0.85) for i in range(8)
        )
        + circle(54, -28, 12, "#ffffff", opacity=0.9)
        + circle(66, -28, 12, palette.accent, opacity=0.9)
    )


def laptop_back(sheet: Sheet, palette: Palette) -> str:
    """An open laptop seen from behind its lid, 360 wide; origin at the middle of its foot."""
    lid = sheet.linear((0, "#e4e9f1", 1), (1, "#b7c0cf", 1), to=(0.6, 1))
    mark = path(
        "M0 -152C16 -142 16 -118 0 -106C-16 -118 -16 -142 0 -152Z", palette.main, opacity=0.85
    )
    return (
        path(
            "M-156 -236H156C166 -236 172 -230 172 -220L178 -14H-178L-172 -220"
            "C-172 -230 -166 -236 -156 -236Z",
            lid,
        )
        + path(
            "M-156 -236H60L-20 -14H-178L-172 -220C-172 -230 -166 -236 -156 -236Z",
            "#ffffff",
            opacity=0.25,
        )
        + mark
        + rect(-196, -16, 392, 16, "#98a3b6", r=7)
        + rect(-40, -16, 80, 6, "#7f8a9e", r=3)
    )


def laptop_screen(sheet: Sheet, palette: Palette) -> str:
    """An open laptop that shows us its screen, 420 wide; origin at the middle of its foot."""
    screen = sheet.linear(
        (0, "#FFFFFF", 1), (1, colour.tint(palette.main, 0.84).upper(), 1), flat=False
    )
    bars = "".join(
        rect(
            -150 + i * 36,
            -92 - h,
            24,
            h,
            (palette.main, palette.second, palette.accent)[i % 3],
            r=5,
        )
        for i, h in enumerate((46, 70, 58, 104, 90))
    )
    tiles = "".join(
        rect(
            56,
            -232 + i * 58,
            104,
            46,
            colour.tint((palette.main, palette.accent, palette.second)[i], 0.55),
            r=8,
        )
        + circle(80, -209 + i * 58, 12, (palette.main, palette.accent, palette.second)[i])
        + rect(100, -217 + i * 58, 46, 7, "#1c2333", r=3, opacity=0.4)
        + rect(100, -203 + i * 58, 30, 6, "#1c2333", r=3, opacity=0.2)
        for i in range(3)
    )
    return (
        rect(-186, -262, 372, 234, "#20273a", r=16)
        + rect(-174, -250, 348, 208, screen, r=8)
        + bars
        + line("M-140 -176L-104 -196L-66 -180L-20 -222", palette.main, 6)
        + tiles
        + path("M-190 -30H190L222 -4C224 0 220 4 214 4H-214C-220 4 -224 0 -222 -4Z", "#c9d1de")
        + path("M-222 -4H222C222 4 218 8 210 8H-210C-218 8 -222 4 -222 -4Z", "#98a3b6")
        + path("M-160 -26H160L176 -12H-176Z", "#7f8a9e", opacity=0.6)
        + path("M-174 -250H20L-90 -42H-174Z", "#ffffff", opacity=0.14)
    )
