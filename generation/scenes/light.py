"""The five lights: what sky and windows show, and how every colour looks in them.

Light is mixed into the colours themselves while they are written, so that a plain drawing
needs no layer for it; a rich one adds beams and corners. A describer can measure it without
knowing the subject: midday is the brightest, golden the most orange, evening the darkest
and bluest, indoor is a dim amber, morning is bright and a little warm.
"""

from collections.abc import Callable
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
        multiply: what every colour is multiplied by.
        lift: colour and share of it that every colour is screened with.
        beam: colour and strength of the light that comes from the lit side.
        subject: how strongly people take the light; less than 1 keeps faces readable.
        lamps: how strongly lamps glow, 0 to 1.
        edge: how dark the corners become, 0 to 1.
    """

    sky: tuple[str, str]
    sun: tuple[str, float, float]
    far: str
    multiply: str
    lift: tuple[str, float]
    beam: tuple[str, float]
    subject: float
    lamps: float
    edge: float


LIGHTS = {
    "morning": Light(
        sky=("#a9d5ee", "#fdeacb"),
        sun=("#fff3c9", 0.16, 0.36),
        far="#dbe5ea",
        multiply="#fbeedb",
        lift=("#ffe3b4", 0.1),
        beam=("#fff0c4", 0.42),
        subject=0.8,
        lamps=0.0,
        edge=0.08,
    ),
    "midday": Light(
        sky=("#4fa9ea", "#cdecfb"),
        sun=("#fffbe6", 0.74, 0.12),
        far="#bcdcf0",
        multiply="#ffffff",
        lift=("#ffffff", 0.12),
        beam=("#ffffff", 0.26),
        subject=0.7,
        lamps=0.0,
        edge=0.0,
    ),
    "golden": Light(
        sky=("#ee8f5e", "#ffdb98"),
        sun=("#fff0b8", 0.8, 0.42),
        far="#f6b27a",
        multiply="#f8c99c",
        lift=("#ff8f3a", 0.14),
        beam=("#ffb14d", 0.5),
        subject=0.72,
        lamps=0.25,
        edge=0.2,
    ),
    "evening": Light(
        sky=("#1b2a5c", "#6a6fb0"),
        sun=("#eef1ff", 0.76, 0.14),
        far="#46508c",
        multiply="#6f7dbe",
        lift=("#2a3f96", 0.14),
        beam=("#8aa0ff", 0.1),
        subject=0.45,
        lamps=1.0,
        edge=0.36,
    ),
    "indoor": Light(
        sky=("#8794b6", "#cdbfbb"),
        sun=("#f2e6d8", 0.7, 0.2),
        far="#a9a7b4",
        multiply="#e0bf90",
        lift=("#ffb65c", 0.03),
        beam=("#ffdf9e", 0.36),
        subject=0.8,
        lamps=0.8,
        edge=0.42,
    ),
}


def toning(light_id: str) -> Callable[[str, float], str]:
    """How this light changes a colour, as a function of the colour and a strength of 0 to 1."""
    light = LIGHTS[light_id]
    lift, share = light.lift

    def tone(value: str, strength: float) -> str:
        shown = "#"
        triples = zip(
            colour.channels(value),
            colour.channels(light.multiply),
            colour.channels(lift),
            strict=True,
        )
        for channel, factor, screen in triples:
            lit = channel * (1 + (factor / 255 - 1) * strength)
            lit += (255 - lit) * screen / 255 * share * strength
            shown += f"{round(lit):02x}"
        return shown

    return tone


def sky(sheet: Sheet, light_id: str, w: float, h: float, rnd: Random) -> str:
    """Sky with sun or moon, clouds or stars, over the whole picture."""
    light = LIGHTS[light_id]
    top, bottom = light.sky
    fill = sheet.linear((0, top.upper(), 1), (0.75, bottom.upper(), 1), flat=False)
    parts = [rect(0, 0, w, h, fill)]
    shine, fx, fy = light.sun
    radius = 0.055 * min(w, h) * (0.8 if light_id == "evening" else 1.2)
    if light_id != "indoor":
        strength = 0.35 if light_id == "evening" else 0.8
        parts.append(sheet.glow(w * fx, h * fy, radius * 4.5, shine, strength))
        parts.append(circle(w * fx, h * fy, radius, shine.upper()))
    if light_id == "evening":
        parts.append(
            circle(w * fx - radius * 0.4, h * fy - radius * 0.2, radius * 0.86, top.upper())
        )
        parts += [
            circle(
                rnd.uniform(0, w),
                rnd.uniform(0, h * 0.4),
                rnd.uniform(1, 2.6),
                "#FFFFFF",
                opacity=0.8,
            )
            for _ in range(26)
        ]
    else:
        for _ in range(4):
            parts.append(
                _cloud(rnd.uniform(0, w), rnd.uniform(h * 0.06, h * 0.34), rnd.uniform(50, 95))
            )
    return "".join(parts)


def _cloud(x: float, y: float, r: float) -> str:
    d = (
        f"M{x - r:.0f} {y:.0f}a{r * 0.34:.0f} {r * 0.34:.0f} 0 0 1 {r * 0.3:.0f} {-r * 0.44:.0f}"
        f"a{r * 0.5:.0f} {r * 0.5:.0f} 0 0 1 {r * 0.9:.0f} {-r * 0.08:.0f}"
        f"a{r * 0.36:.0f} {r * 0.36:.0f} 0 0 1 {r * 0.62:.0f} {r * 0.2:.0f}"
        f"a{r * 0.24:.0f} {r * 0.24:.0f} 0 0 1 "
        f"{r * 0.1:.0f} {r * 0.32:.0f}Z"
    )
    return path(d, "#FFFFFF", opacity=0.5)


def laid_over(
    sheet: Sheet,
    light_id: str,
    *,
    w: float,
    h: float,
    lamps: list[tuple[float, float, float]],
    rnd: Random,
) -> str:
    """Glowing lamps; on a rich sheet also the fall of light and dim corners.

    Args:
        sheet: takes the gradients.
        light_id: vocabulary `light`.
        w: width in drawing units.
        h: height in drawing units.
        lamps: x, y and radius of things that glow when lamps are on.
        rnd: nudges the strength of the light a little from picture to picture.
    """
    light = LIGHTS[light_id]
    shine, strength = light.beam
    strength *= rnd.uniform(0.8, 1.1)
    from_left = light.sun[1] < 0.5
    parts = []
    if light.lamps:
        parts += [sheet.glow(x, y, r, "#ffd489", 0.7 * light.lamps) for x, y, r in lamps]
    if not sheet.rich:
        return "".join(parts)
    x = 0.02 if from_left else 0.98
    if light_id == "indoor":
        x = rnd.uniform(0.35, 0.65)
    stops = (
        (0, shine.upper(), strength),
        (0.4, shine.upper(), strength * 0.28),
        (1, shine.upper(), 0),
    )
    parts.append(rect(0, 0, w, h, sheet.radial(*stops, centre=(x, 0.04), radius=0.9)))
    if light.edge:
        corner = colour.mix(light.multiply, "#0a0f22", 0.85).upper()
        dim = sheet.radial(
            (0.5, corner, 0), (1, corner, light.edge), centre=(0.5, 0.46), radius=0.8
        )
        parts.append(rect(0, 0, w, h, dim))
    return "".join(parts)


def beams(sheet: Sheet, light_id: str, w: float, h: float) -> str:
    """Two slanting shafts of low sun, in the morning and in the golden hour."""
    if light_id not in ("morning", "golden"):
        return ""
    light = LIGHTS[light_id]
    shine, from_left = light.beam[0], light.sun[1] < 0.5
    fill = shine.upper()
    if sheet.rich:
        to = (1.0, 0.8) if from_left else (0.0, 0.8)
        start = (0.0, 0.0) if from_left else (1.0, 0.0)
        fill = sheet.linear((0, fill, 0.26), (0.8, fill, 0), start=start, to=to)
    shafts = ""
    for a, b, c, d in ((0.0, 0.1, 0.55, 0.85), (0.2, 0.26, 0.98, 1.12)):
        x0, x1, x2, x3 = (w * (v if from_left else 1 - v) for v in (a, b, d, c))
        shape = f"M{x0:.0f} 0L{x1:.0f} 0L{x2:.0f} {h:.0f}L{x3:.0f} {h:.0f}Z"
        shafts += path(shape, fill, opacity=None if sheet.rich else 0.1)
    return shafts
