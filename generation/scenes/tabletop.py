"""Things seen from above, each with its shadow on the table."""

from random import Random

from generation.scenes import colour, devices, props
from generation.scenes.scene import Palette
from generation.scenes.sheet import Sheet, circle, ellipse, group, line, num, path, placed, rect

BLACK = "#10162a"

WIDTHS = {
    "phone": 150.0,
    "card": 224.0,
    "keys": 160.0,
    "coffee": 260.0,
    "laptop": 520.0,
    "boxes": 340.0,
    "produce": 330.0,
    "plant": 280.0,
    "bags": 240.0,
    "house": 350.0,
    "car": 380.0,
}


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
        drawn = {
            "phone": self._phone,
            "card": self._card,
            "keys": self._keys,
            "coffee": self._coffee,
            "laptop": self._laptop,
            "boxes": self._boxes,
            "produce": self._bowl,
            "plant": self._plant,
            "bags": self._bag,
            "house": self._house,
            "car": self._car,
        }
        return drawn[prop](), WIDTHS[prop]

    def _phone(self) -> str:
        shadow = self.cast(rect(-50, -102, 100, 204, BLACK, r=17))
        phone = devices.phone(self.sheet, self.palette, self.rnd)
        return group(shadow, phone, transform="scale(1.35)")

    def _card(self) -> str:
        shadow = self.cast(rect(-82, -52, 164, 104, BLACK, r=13), 7, 10)
        return group(shadow, devices.card(self.sheet, self.palette), transform="scale(1.35)")

    def _keys(self) -> str:
        shape = circle(0, -70, 40, BLACK) + rect(-40, -40, 76, 140, BLACK, r=20)
        return self.cast(shape, 8, 12) + placed(props.keys(self.palette), 0, -84, scale=1.35)

    def _bag(self) -> str:
        p = self.palette
        art = placed(props.bag(self.sheet, p.main, p.pale, self.rnd), 0, 120, scale=1.5)
        return self.cast(rect(-112, -150, 224, 270, BLACK, r=6)) + art

    def _house(self) -> str:
        shape = path("M-150 140V-60L-176 -50L-130 -116H130L176 -50L150 -60V140Z", BLACK)
        return self.cast(shape) + placed(props.house(self.sheet, self.palette), 0, 140, scale=0.82)

    def _car(self) -> str:
        shape = path("M-184 60V10L-120 -20L-70 -88H60L130 -20L184 10V60Z", BLACK)
        return self.cast(shape) + placed(props.car(self.sheet, self.palette), 0, 74, scale=0.8)

    def _coffee(self) -> str:
        p, sheet = self.palette, self.sheet
        heart = "M0 34C-46 4 -34 -34 0 -14C34 -34 46 4 0 34Z"
        crema = sheet.radial((0, "#8a5530", 1), (0.8, "#6b3f22", 1), (1, "#4c2b17", 1))
        return (
            self.cast(circle(0, 0, 128, BLACK))
            + circle(0, 0, 128, "#fbf7f0")
            + circle(0, 0, 112, "none", stroke=p.main, stroke_width=6, opacity=0.8)
            + rect(70, -15, 74, 30, "#f1ebe1", r=15)
            + circle(4, 6, 84, BLACK, opacity=0.14)
            + circle(0, 0, 82, sheet.linear((0, "#ffffff", 1), (1, "#e9e2d6", 1), to=(1, 1)))
            + circle(0, 0, 67, crema)
            + path(heart, "#f0d8b6")
            + path("M0 22C-28 2 -20 -20 0 -8C20 -20 28 2 0 22Z", "#c08a57", opacity=0.5)
            + placed(
                rect(-5, -58, 10, 90, "#cfd6e2", r=5) + ellipse(0, -68, 13, 20, "#dfe5ee"),
                -104,
                22,
                turn=-28,
            )
        )

    def _laptop(self) -> str:
        p = self.palette
        keys = "".join(
            rect(-214 + i * 36, 28 + j * 30, 31, 25, "#3a4258", r=4)
            for j in range(4)
            for i in range(12)
        )
        tiles = "".join(
            rect(
                -200 + i * 138,
                -160,
                122,
                96,
                colour.tint((p.main, p.second, p.accent)[i], 0.35),
                r=8,
            )
            for i in range(3)
        )
        screen = self.sheet.linear(
            (0, "#FFFFFF", 1), (1, colour.tint(p.main, 0.8).upper(), 1), flat=False
        )
        return (
            self.cast(rect(-250, -210, 500, 452, BLACK, r=20))
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
                self.cast(rect(-w / 2, -h / 2, w, h, BLACK, r=4))
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
        spots = [(0, 0), (62, 0), (31, 54), (-31, 54), (-62, 0), (-31, -54), (31, -54)]
        spots += [(100, 52), (-4, 108), (-98, 56), (-100, -50), (6, -108), (98, -56)]
        heap = "".join(
            placed(art, x, y, scale=1.5, turn=rnd.uniform(-60, 60))
            for art, (x, y) in reversed(list(zip(fruit, spots, strict=True)))
        )
        return (
            self.cast(circle(0, 0, 160, BLACK))
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
                    f"M0 0C{length * 0.34:.0f} {-length * 0.34:.0f} "
                    f"{length * 0.24:.0f} {-length * 0.84:.0f} 0 {-length}"
                    f"C{-length * 0.24:.0f} {-length * 0.84:.0f} "
                    f"{-length * 0.34:.0f} {-length * 0.34:.0f} 0 0Z",
                    (props.LEAF_DARK, props.LEAF, "#63b586")[ring],
                )
                leaves += placed(
                    blade + line(f"M0 -8V{-length * 0.84:.0f}", "#ffffff", 2, opacity=0.25),
                    0,
                    0,
                    turn=a,
                )
        return (
            self.cast(circle(0, 0, 124, BLACK))
            + circle(0, 0, 84, p.accent)
            + circle(0, 0, 70, "#5e4230")
            + leaves
        )
