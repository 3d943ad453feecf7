"""The sheet that everything is drawn on: SVG text, and the gradients it refers to.

Shapes are plain strings; a drawing is their concatenation, back to front. Numbers are
rounded to a tenth so that the same scene is the same text everywhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

Point = tuple[float, float]


def num(value: float) -> str:
    """A coordinate with at most one decimal."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


def _attributes(values: dict[str, float | str | None]) -> str:
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
    return path(
        d,
        stroke=stroke,
        stroke_width=round(width, 1),
        stroke_linecap="round",
        stroke_linejoin="round",
        **attributes,
    )


def rect(
    x: float, y: float, w: float, h: float, fill: str, *, r: float = 0, **more: float | str | None
) -> str:
    """A rectangle, with rounded corners when `r` is given."""
    corner = f' rx="{num(r)}"' if r else ""
    box = f'x="{num(x)}" y="{num(y)}" width="{num(max(w, 0.1))}" height="{num(max(h, 0.1))}"'
    return f'<rect {box}{corner} fill="{fill}"{_attributes(more)}/>'


def circle(x: float, y: float, r: float, fill: str, **attributes: float | str | None) -> str:
    """A disc."""
    return f'<circle cx="{num(x)}" cy="{num(y)}" r="{num(r)}" fill="{fill}"{_attributes(attributes)}/>'


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
    return f"<g{_attributes(attributes)}>{''.join(parts)}</g>"


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


@dataclass
class Sheet:
    """Collects gradients and filters while shapes are drawn.

    Args:
        prefix: put before every id, so that two drawings can live in one document.
        rich: allow filters (blur); without it everything is flat colour and gradients.
    """

    prefix: str
    rich: bool
    _known: dict[str, str] = field(default_factory=dict)

    def _reference(self, template: str) -> str:
        found = self._known.get(template)
        if found is None:
            found = f"{self.prefix}{len(self._known)}"
            self._known[template] = found
        return f"url(#{found})"

    def linear(self, *stops: Stop, to: Point = (0.0, 1.0), start: Point = (0.0, 0.0)) -> str:
        """A gradient along the shape's own box, from `start` to `to` in fractions of it."""
        (x1, y1), (x2, y2) = start, to
        return self._reference(
            f'<linearGradient id="@" x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}">'
            f"{_stops(stops)}</linearGradient>"
        )

    def radial(self, *stops: Stop, centre: Point = (0.5, 0.5), radius: float = 0.5) -> str:
        """A round gradient inside the shape's own box."""
        return self._reference(
            f'<radialGradient id="@" cx="{centre[0]:g}" cy="{centre[1]:g}" r="{radius:g}">'
            f"{_stops(stops)}</radialGradient>"
        )

    def clip(self, shape: str) -> str:
        """A clip path of this shape."""
        return self._reference(f'<clipPath id="@">{shape}</clipPath>')

    def blur(self, deviation: float) -> str | None:
        """A blur filter on a rich sheet, None on a plain one."""
        if not self.rich:
            return None
        return self._reference(
            '<filter id="@" x="-30%" y="-30%" width="160%" height="160%">'
            f'<feGaussianBlur stdDeviation="{deviation:g}"/></filter>'
        )

    def defs(self) -> str:
        """Everything referred to so far."""
        return "".join(body.replace('id="@"', f'id="{name}"') for body, name in self._known.items())

    def ground_shadow(self, x: float, y: float, rx: float, ry: float, strength: float = 0.3) -> str:
        """A soft dark patch under something that stands on a surface."""
        fill = self.radial((0, "#131a2c", strength), (0.55, "#131a2c", strength * 0.6), (1, "#131a2c", 0))
        return ellipse(x, y, rx, ry, fill)

    def glow(self, x: float, y: float, r: float, colour: str, strength: float) -> str:
        """A soft bright patch."""
        fill = self.radial((0, colour, strength), (0.45, colour, strength * 0.45), (1, colour, 0))
        return circle(x, y, r, fill)


def _stops(stops: Iterable[Stop]) -> str:
    return "".join(
        f'<stop offset="{offset:g}" stop-color="{colour}"'
        + (f' stop-opacity="{opacity:g}"' if opacity < 1 else "")
        + "/>"
        for offset, colour, opacity in stops
    )
