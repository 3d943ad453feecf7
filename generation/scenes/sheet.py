"""The sheet that everything is drawn on: SVG text, and the gradients it refers to.

Shapes are plain strings; a drawing is their concatenation, back to front. Numbers are
rounded to a tenth so that the same scene is the same text everywhere.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from generation.scenes.colour import mix

Point = tuple[float, float]

_COLOUR = re.compile('(?<=")#[0-9a-f]{6}(?=")')


def num(value: float) -> str:
    """A coordinate with at most one decimal."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


def _attributes(values: dict[str, float | str | None]) -> str:
    """Attributes as text. Opacity of one shape is put on its paint: as `opacity` the renderer
    would set up a whole layer for it."""
    if "opacity" in values:
        opacity = values.pop("opacity")
        values |= {"stroke_opacity" if "stroke" in values else "fill_opacity": opacity}
    return _plain_attributes(values)


def _plain_attributes(values: dict[str, float | str | None]) -> str:
    return "".join(
        f' {name.replace("_", "-")}="{value if isinstance(value, str) else f"{value:g}"}"'
        for name, value in values.items()
        if value is not None
    )


def path(d: str, fill: str = "none", **attributes: float | str | None) -> str:
    """A `<path>`; underscores in attribute names become hyphens."""
    return f'<path d="{d}" fill="{fill}"{_attributes(attributes)}/>'


def line(d: str, stroke: str, width: float, **attributes: float | str | None) -> str:
    """An open stroke with round ends."""
    attributes |= {"stroke": stroke, "stroke_width": round(width, 1)}
    attributes |= {"stroke_linecap": "round", "stroke_linejoin": "round"}
    return f'<path d="{d}" fill="none"{_attributes(attributes)}/>'


def rect(
    x: float, y: float, w: float, h: float, fill: str, *, r: float = 0, **more: float | str | None
) -> str:
    """A rectangle, with rounded corners when `r` is given."""
    corner = f' rx="{num(r)}"' if r else ""
    box = f'x="{num(x)}" y="{num(y)}" width="{num(max(w, 0.1))}" height="{num(max(h, 0.1))}"'
    return f'<rect {box}{corner} fill="{fill}"{_attributes(more)}/>'


def circle(x: float, y: float, r: float, fill: str, **attributes: float | str | None) -> str:
    """A disc."""
    return (
        f'<circle cx="{num(x)}" cy="{num(y)}" r="{num(r)}" fill="{fill}"{_attributes(attributes)}/>'
    )


def ellipse(
    x: float, y: float, rx: float, ry: float, fill: str, **attributes: float | str | None
) -> str:
    """An ellipse with upright axes."""
    return (
        f'<ellipse cx="{num(x)}" cy="{num(y)}" rx="{num(rx)}" ry="{num(ry)}" '
        f'fill="{fill}"{_attributes(attributes)}/>'
    )


def group(*parts: str, **attributes: float | str | None) -> str:
    """Shapes that share a transform, an opacity or a filter."""
    return f"<g{_plain_attributes(attributes)}>{''.join(parts)}</g>"


def placed(
    content: str, x: float, y: float, *, scale: float = 1.0, turn: float = 0.0, flip: bool = False
) -> str:
    """A drawing moved to (x, y), scaled, turned clockwise by degrees, mirrored when `flip`."""
    transform = f"translate({num(x)} {num(y)})"
    if turn:
        transform += f" rotate({num(turn)})"
    if scale != 1.0 or flip:
        transform += f" scale({-scale if flip else scale:.3f} {scale:.3f})"
    return f'<g transform="{transform}">{content}</g>'


def polygon(points: Iterable[Point], fill: str, **attributes: float | str | None) -> str:
    """Straight edges through the points, closed."""
    d = "M" + "L".join(f"{num(x)} {num(y)}" for x, y in points) + "Z"
    return path(d, fill, **attributes)


Stop = tuple[float, str, float]
"""Offset 0 to 1, colour, opacity 0 to 1."""


def _untoned(colour: str, strength: float) -> str:
    return colour


@dataclass
class Sheet:
    """Collects gradients and filters while shapes are drawn, and tones colours for the light.

    Args:
        prefix: put before every id, so that two drawings can live in one document.
        rich: gradients, soft shadows and blur; a plain sheet is flat colour and much faster.
        tone: gives a colour as the light of the scene shows it, at a strength of 0 to 1.
            Colours in capitals (`#FFF2C8`) shine by themselves and stay as they are.
        strength: how strongly what is drawn next takes the light.
    """

    prefix: str
    rich: bool
    tone: Callable[[str, float], str] = _untoned
    strength: float = 1.0
    _known: dict[str, str] = field(default_factory=dict)

    def toned(self, drawing: str) -> str:
        """The drawing in the light of the scene."""
        seen: dict[str, str] = {}

        def replaced(found: re.Match[str]) -> str:
            colour = found[0]
            if colour not in seen:
                seen[colour] = self.tone(colour, self.strength)
            return seen[colour]

        return _COLOUR.sub(replaced, drawing)

    def _stops(self, stops: Iterable[Stop]) -> str:
        return "".join(
            f'<stop offset="{offset:g}" stop-color="{self._shown(colour)}"'
            + (f' stop-opacity="{opacity:g}"' if opacity < 1 else "")
            + "/>"
            for offset, colour, opacity in stops
        )

    def _shown(self, colour: str) -> str:
        return colour if colour.isupper() else self.tone(colour, self.strength)

    def _reference(self, template: str) -> str:
        found = self._known.get(template)
        if found is None:
            found = f"{self.prefix}{len(self._known)}"
            self._known[template] = found
        return f"url(#{found})"

    def linear(
        self, *stops: Stop, to: Point = (0.0, 1.0), start: Point = (0.0, 0.0), flat: bool = True
    ) -> str:
        """A gradient along the shape's own box, from `start` to `to` in fractions of it.

        On a plain sheet it is one flat colour between the first and the last, unless `flat`
        is False or the gradient is translucent.
        """
        if not self.rich and flat and all(opacity == 1 for _, _, opacity in stops):
            return mix(stops[0][1], stops[-1][1], 0.4)
        (x1, y1), (x2, y2) = start, to
        return self._reference(
            f'<linearGradient id="@" x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}">'
            f"{self._stops(stops)}</linearGradient>"
        )

    def radial(self, *stops: Stop, centre: Point = (0.5, 0.5), radius: float = 0.5) -> str:
        """A round gradient inside the shape's own box; flat on a plain sheet when it is opaque."""
        if not self.rich and all(opacity == 1 for _, _, opacity in stops):
            return stops[len(stops) // 2][1]
        return self._reference(
            f'<radialGradient id="@" cx="{centre[0]:g}" cy="{centre[1]:g}" r="{radius:g}">'
            f"{self._stops(stops)}</radialGradient>"
        )

    def clip(self, shape: str) -> str:
        """A clip path of this shape."""
        return self._reference(f'<clipPath id="@">{shape}</clipPath>')

    def blur(self, deviation: float, area: Point | None = None) -> str | None:
        """A blur filter on a rich sheet, None on a plain one.

        `area` is the width and height of the visible frame: blur is paid for by the area,
        and a zoomed background reaches far beyond what is seen.
        """
        if not self.rich:
            return None
        region = 'x="-8%" y="-8%" width="116%" height="116%"'
        if area is not None:
            rim = 3 * deviation
            region = (
                f'filterUnits="userSpaceOnUse" x="{num(-rim)}" y="{num(-rim)}" '
                f'width="{num(area[0] + 2 * rim)}" height="{num(area[1] + 2 * rim)}"'
            )
        # sRGB saves two conversions of the whole picture and looks the same here.
        return self._reference(
            f'<filter id="@" {region} color-interpolation-filters="sRGB">'
            f'<feGaussianBlur stdDeviation="{deviation:g}"/></filter>'
        )

    def defs(self) -> str:
        """Everything referred to so far."""
        return "".join(body.replace('id="@"', f'id="{name}"') for body, name in self._known.items())

    def ground_shadow(self, x: float, y: float, rx: float, ry: float, strength: float = 0.3) -> str:
        """A soft dark patch under something that stands on a surface."""
        dark = "#131A2C"
        if not self.rich:
            return ellipse(x, y, rx * 0.8, ry * 0.7, dark, opacity=strength * 0.6)
        fill = self.radial((0, dark, strength), (0.55, dark, strength * 0.6), (1, dark, 0))
        return ellipse(x, y, rx, ry, fill)

    def glow(self, x: float, y: float, r: float, colour: str, strength: float) -> str:
        """A soft bright patch that the light of the scene does not tone."""
        shine = colour.upper()
        if not self.rich:
            return circle(x, y, r * 0.55, shine, opacity=round(strength * 0.3, 3)) + circle(
                x, y, r * 0.28, shine, opacity=round(strength * 0.35, 3)
            )
        fill = self.radial((0, shine, strength), (0.45, shine, strength * 0.45), (1, shine, 0))
        return circle(x, y, r, fill)
