"""The five lights: what the sky and the windows show, and the grade laid over the whole picture.

The grade is what a describer can measure without knowing the subject: midday is the
brightest, golden the most orange, evening the darkest and bluest, indoor is amber and
falls off towards the edges, morning is bright with a warm beam from one side.
"""

from dataclasses import dataclass
from random import Random

from generation.scenes import colour
from generation.scenes.sheet import Sheet, circle, path, rect


@dataclass(frozen=True)
class Light:
    """One light.

    Args:
        sky: colours of the sky from top to horizon; windows show it too.
        sun: colour and position (fractions of the picture) of sun or moon.
        far: what distance mixes into mountains and towers.
        multiply: colours laid over the picture, from the lit side to the other.
        beam: colour and strength of the light that comes from the lit side.
        lamps: how strongly lamps glow, 0 to 1.
        edge: how dark the corners become, 0 to 1.
    """

    sky: tuple[str, str]
    sun: tuple[str, float, float]
    far: str
    multiply: tuple[str, str]
    beam: tuple[str, float]
    lamps: float
    edge: float


LIGHTS = {
    "morning": Light(
        sky=("#a9d5ee", "#fdeacb"),
        sun=("#fff3c9", 0.16, 0.4),
        far="#dbe5ea",
        multiply=("#fff6e2", "#f3ece9"),
        beam=("#ffe6ad", 0.55),
        lamps=0.0,
        edge=0.1,
    ),
    "midday": Light(
        sky=("#4fa9ea", "#cdecfb"),
        sun=("#fffbe6", 0.74, 0.12),
        far="#bcdcf0",
        multiply=("#ffffff", "#fbfeff"),
        beam=("#ffffff", 0.3),
        lamps=0.0,
        edge=0.0,
    ),
    "golden": Light(
        sky=("#ef8f5c", "#ffd78c"),
        sun=("#fff0b8", 0.8, 0.46),
        far="#f6b27a",
        multiply=("#ffcf8f", "#e29c74"),
        beam=("#ff9f3f", 0.6),
        lamps=0.25,
        edge=0.22,
    ),
    "evening": Light(
        sky=("#1b2a5c", "#6a6fb0"),
        sun=("#eef1ff", 0.76, 0.14),
        far="#46508c",
        multiply=("#93a0d6", "#6f7cba"),
        beam=("#5a78d8", 0.12),
        lamps=1.0,
        edge=0.4,
    ),
    "indoor": Light(
        sky=("#98a6c4", "#e2d2c6"),
        sun=("#f2e6d8", 0.7, 0.2),
        far="#bdbac4",
        multiply=("#fbe3ba", "#e3bf8e"),
        beam=("#ffd48a", 0.28),
        lamps=0.8,
        edge=0.46,
    ),
}


def sky(sheet: Sheet, light_id: str, w: float, h: float, rnd: Random) -> str:
    """Sky with sun or moon, clouds or stars, over the whole picture."""
    light = LIGHTS[light_id]
    top, bottom = light.sky
    parts = [rect(0, 0, w, h, sheet.linear((0, top, 1), (0.75, bottom, 1)))]
    shine, fx, fy = light.sun
    radius = 0.055 * min(w, h) * (0.8 if light_id == "evening" else 1.2)
    if light_id != "indoor":
        strength = 0.35 if light_id == "evening" else 0.8
        parts.append(sheet.glow(w * fx, h * fy, radius * 4.5, shine, strength))
        parts.append(circle(w * fx, h * fy, radius, shine))
    if light_id == "evening":
        parts.append(circle(w * fx - radius * 0.4, h * fy - radius * 0.2, radius * 0.86, top))
        parts += [
            circle(rnd.uniform(0, w), rnd.uniform(0, h * 0.4), rnd.uniform(1, 2.6), "#ffffff", opacity=0.8)
            for _ in range(26)
        ]
    else:
        for _ in range(4):
            parts.append(_cloud(rnd.uniform(0, w), rnd.uniform(h * 0.06, h * 0.34), rnd.uniform(50, 95)))
    return "".join(parts)


def _cloud(x: float, y: float, r: float) -> str:
    d = (
        f"M{x - r:.0f} {y:.0f}a{r * 0.34:.0f} {r * 0.34:.0f} 0 0 1 {r * 0.3:.0f} {-r * 0.44:.0f}"
        f"a{r * 0.5:.0f} {r * 0.5:.0f} 0 0 1 {r * 0.9:.0f} {-r * 0.08:.0f}"
        f"a{r * 0.36:.0f} {r * 0.36:.0f} 0 0 1 {r * 0.62:.0f} {r * 0.2:.0f}a{r * 0.24:.0f} {r * 0.24:.0f} 0 0 1 "
        f"{r * 0.1:.0f} {r * 0.32:.0f}Z"
    )
    return path(d, "#ffffff", opacity=0.55)


def grade(
    sheet: Sheet, light_id: str, w: float, h: float, lamps: list[tuple[float, float, float]], rnd: Random
) -> str:
    """What is laid over the finished drawing.

    Args:
        sheet: takes the gradients.
        light_id: vocabulary `light`.
        w: width in drawing units.
        h: height in drawing units.
        lamps: x, y and radius of things that glow when lamps are on.
        rnd: nudges the strength of the light a little from picture to picture.
    """
    light = LIGHTS[light_id]
    near, off = light.multiply
    from_left = light.sun[1] < 0.5
    start, end = ((0.0, 0.0), (1.0, 0.7)) if from_left else ((1.0, 0.0), (0.0, 0.7))
    tone = sheet.linear((0, near, 1), (1, off, 1), start=start, to=end)
    parts = [rect(0, 0, w, h, tone, style="mix-blend-mode:multiply")]
    shine, strength = light.beam
    strength *= rnd.uniform(0.85, 1.1)
    x = 0.02 if from_left else 0.98
    if light_id == "indoor":
        x = rnd.uniform(0.4, 0.6)
    fall = sheet.radial((0, shine, strength), (0.5, shine, strength * 0.4), (1, shine, 0), centre=(x, 0.08), radius=0.95)
    parts.append(rect(0, 0, w, h, fall, style="mix-blend-mode:screen"))
    if light_id in ("morning", "golden"):
        parts.append(_beams(sheet, w, h, shine, from_left, 0.2))
    if light.lamps:
        for lx, ly, r in lamps:
            parts.append(sheet.glow(lx, ly, r, "#ffd489", 0.75 * light.lamps))
    if light.edge:
        corner = colour.mix(light.multiply[1], "#0a0f22", 0.8)
        dark = sheet.radial((0.55, corner, 0), (1, corner, light.edge), centre=(0.5, 0.48), radius=0.78)
        parts.append(rect(0, 0, w, h, dark))
    return "".join(parts)


def _beams(sheet: Sheet, w: float, h: float, shine: str, from_left: bool, strength: float) -> str:
    """Two slanting shafts of low sun."""
    to = (1.0, 0.8) if from_left else (0.0, 0.8)
    start = (0.0, 0.0) if from_left else (1.0, 0.0)
    fill = sheet.linear((0, shine, strength), (0.8, shine, 0), start=start, to=to)
    shafts = ""
    for a, b, c, d in ((0.0, 0.1, 0.55, 0.85), (0.2, 0.26, 0.98, 1.12)):
        x0, x1, x2, x3 = (w * (v if from_left else 1 - v) for v in (a, b, d, c))
        shafts += path(f"M{x0:.0f} 0L{x1:.0f} 0L{x2:.0f} {h:.0f}L{x3:.0f} {h:.0f}Z", fill)
    return shafts
