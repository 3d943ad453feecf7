"""A room or an open place being furnished: walls, floors, windows, lamps."""

from dataclasses import dataclass, field
from random import Random

from generation.scenes import colour
from generation.scenes.light import LIGHTS
from generation.scenes.scene import Palette
from generation.scenes.sheet import Sheet, ellipse, group, line, num, path, placed, polygon, rect


@dataclass
class Room:
    """A picture being furnished.

    Args:
        sheet: takes the gradients.
        palette: colours of what has no colour of its own.
        light: vocabulary `light`.
        w: width in drawing units.
        h: height.
        floor: y where the wall meets the floor, or the horizon.
        rnd: chooses goods, houses and trees.
        lamps: x, y and reach of every lamp hung so far.
    """

    sheet: Sheet
    palette: Palette
    light: str
    w: float
    h: float
    floor: float
    rnd: Random
    lamps: list[tuple[float, float, float]] = field(default_factory=list)

    def wall(self, tone: str) -> str:
        """The back wall with a skirting board."""
        fill = self.sheet.linear((0, colour.tint(tone, 0.22), 1), (1, tone, 1))
        return rect(0, 0, self.w, self.floor + 2, fill) + rect(
            0, self.floor - 12, self.w, 14, colour.shade(tone, 0.14)
        )

    def ground(self, tone: str, *, tiles: bool) -> str:
        """The floor, with boards or tiles running to a vanishing point."""
        w, h, floor = self.w, self.h, self.floor
        fill = self.sheet.linear((0, colour.shade(tone, 0.16), 1), (1, tone, 1))
        parts = [rect(0, floor, w, h - floor, fill)]
        seam = colour.shade(tone, 0.2)
        count = 12
        for i in range(-4, count + 5):
            x0, x1 = w * i / count, w / 2 + (w * i / count - w / 2) * 2.1
            parts.append(line(f"M{num(x0)} {num(floor)}L{num(x1)} {num(h)}", seam, 2, opacity=0.35))
        if tiles:
            y, step = floor + 22.0, 30.0
            while y < h:
                parts.append(line(f"M0 {num(y)}H{num(w)}", seam, 2, opacity=0.35))
                y, step = y + step, step * 1.4
        return "".join(parts)

    def window(
        self, x: float, y: float, w: float, h: float, frame: str, *, view: bool = True
    ) -> str:
        """A window that shows the sky of the hour, with hills or towers in it."""
        light = LIGHTS[self.light]
        pane = self.sheet.linear(
            (0, light.sky[0].upper(), 1), (1, light.sky[1].upper(), 1), flat=False
        )
        clip = self.sheet.clip(rect(x, y, w, h, "#000000"))
        outside = ""
        if view:
            far = colour.mix("#6d9a86", light.far, 0.45)
            near = colour.mix("#4f8a63", light.far, 0.2)
            outside = path(
                f"M{num(x)} {num(y + h)}V{num(y + h * 0.62)}"
                f"Q{num(x + w * 0.25)} {num(y + h * 0.32)} "
                f"{num(x + w * 0.5)} {num(y + h * 0.6)}T{num(x + w)} {num(y + h * 0.5)}"
                f"V{num(y + h)}Z",
                far,
            ) + path(
                f"M{num(x)} {num(y + h)}V{num(y + h * 0.8)}Q{num(x + w * 0.4)} {num(y + h * 0.6)} "
                f"{num(x + w)} {num(y + h * 0.84)}V{num(y + h)}Z",
                near,
            )
        glare = polygon(
            (
                (x + w * 0.1, y),
                (x + w * 0.38, y),
                (x + w * 0.1, y + h * 0.7),
                (x, y + h * 0.7),
                (x, y + h * 0.24),
            ),
            "#ffffff",
            opacity=0.18,
        )
        bars = line(
            f"M{num(x + w / 2)} {num(y)}V{num(y + h)}M{num(x)} {num(y + h * 0.42)}H{num(x + w)}",
            frame,
            9,
        )
        return (
            group(rect(x, y, w, h, pane), outside, glare, clip_path=clip)
            + bars
            + rect(x, y, w, h, "none", r=4, stroke=frame, stroke_width=16)
            + rect(x - 18, y + h + 2, w + 36, 16, colour.shade(frame, 0.12), r=4)
        )

    def pendant(self, x: float, drop: float, tone: str, size: float = 1.0) -> str:
        """A lamp on a cord; remembered so that it can glow."""
        self.lamps.append((x, drop + 62 * size, 190 * size))
        bulb = "#FFF3C4" if LIGHTS[self.light].lamps else "#f4efe4"
        shape = path("M-12 0H12L16 14C52 20 64 44 66 62H-66C-64 44 -52 20 -16 14Z", tone)
        shine = path("M-40 56C-38 38 -28 26 -12 20L-8 56Z", "#ffffff", opacity=0.2)
        cord = line(f"M{num(x)} 0V{num(drop)}", "#3a3f4f", 4)
        return cord + placed(ellipse(0, 62, 30, 13, bulb) + shape + shine, x, drop, scale=size)
