"""Channel templates: where the photo, the headline, the logo and the button sit, and drawing them.

Flat areas and plain detail on purpose: a picture of 640 px takes less than a tenth of a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from PIL import ImageFont

from generation.scenes import Palette, Scene, fragment, render
from include.sandbox.wording import BODIES

if TYPE_CHECKING:
    from include.sandbox.plan import Picture

_FONTS = Path(__file__).parents[1] / "assets" / "fonts"
FONT_FILES = (_FONTS / "Inter-Regular.otf", _FONTS / "Inter-Bold.otf")
_PAPER, _INK = "#fffdf8", "#16202e"
_LINE = 1.16
# Brightness (0 to 255) from which dark letters read better than white ones.
_BRIGHT = 150

HUES: Mapping[str, str] = MappingProxyType(
    {
        "green": "#0f9d6b",
        "coral": "#f4654a",
        "blue": "#2f76c9",
        "yellow": "#f0b41c",
        "purple": "#7a52c7",
        "neutral": "#8b8578",
    }
)
"""The main colour of each palette of the vocabulary."""

_BRANDS = {
    "wompi": "#00a878",
    "tu360compras": "#ff6b4a",
    "tu360inmobiliario": "#2f7fd1",
    "banco": "#f2b705",
}


@dataclass(frozen=True)
class Box:
    """A rectangle as fractions of the canvas."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True)
class Layout:
    """One template; boxes are fractions of the canvas, text sizes pixels.

    `headline` is None where the picture carries almost no text; `body` only where it carries
    a lot. `ground` is the colour of everything that is not photo: the palette's main colour,
    its pale one, or paper.
    """

    id: str
    width: int
    height: int
    photo: Box
    text_share: str
    ground: str
    logo: tuple[float, float]
    button: tuple[float, float]
    headline: Box | None = None
    headline_size: int = 34
    body: Box | None = None

    @property
    def photo_box(self) -> tuple[float, float, float, float]:
        """The photo's place as (x0, y0, x1, y1)."""
        return self.photo.x0, self.photo.y0, self.photo.x1, self.photo.y1


_WHOLE = Box(0.0, 0.0, 1.0, 1.0)
LAYOUTS: Mapping[str, Layout] = MappingProxyType(
    {
        layout.id: layout
        for layout in (
            Layout(
                "square_band",
                640,
                640,
                Box(0.0, 0.0, 1.0, 0.72),
                "medium",
                "main",
                logo=(0.05, 0.05),
                button=(0.05, 0.885),
                headline=Box(0.05, 0.745, 0.95, 0.875),
            ),
            Layout(
                "square_full",
                640,
                640,
                _WHOLE,
                "low",
                "pale",
                logo=(0.05, 0.05),
                button=(0.05, 0.87),
            ),
            Layout(
                "square_frame",
                640,
                640,
                Box(0.06, 0.27, 0.94, 0.84),
                "medium",
                "pale",
                logo=(0.06, 0.89),
                button=(0.58, 0.883),
                headline=Box(0.06, 0.06, 0.94, 0.25),
                headline_size=44,
            ),
            Layout(
                "portrait_band",
                512,
                640,
                Box(0.0, 0.0, 1.0, 0.68),
                "medium",
                "main",
                logo=(0.06, 0.05),
                button=(0.06, 0.885),
                headline=Box(0.06, 0.705, 0.94, 0.87),
                headline_size=36,
            ),
            Layout(
                "portrait_full",
                512,
                640,
                _WHOLE,
                "low",
                "pale",
                logo=(0.06, 0.05),
                button=(0.06, 0.87),
            ),
            Layout(
                "portrait_poster",
                512,
                640,
                Box(0.0, 0.52, 1.0, 1.0),
                "high",
                "main",
                logo=(0.06, 0.045),
                button=(0.06, 0.41),
                headline=Box(0.06, 0.115, 0.94, 0.28),
                headline_size=42,
                body=Box(0.06, 0.285, 0.94, 0.40),
            ),
            Layout(
                "landscape_side",
                640,
                336,
                Box(0.46, 0.0, 1.0, 1.0),
                "high",
                "paper",
                logo=(0.035, 0.07),
                button=(0.035, 0.80),
                headline=Box(0.035, 0.21, 0.44, 0.54),
                headline_size=32,
                body=Box(0.035, 0.55, 0.44, 0.78),
            ),
            Layout(
                "landscape_full",
                640,
                336,
                _WHOLE,
                "low",
                "pale",
                logo=(0.035, 0.07),
                button=(0.035, 0.80),
            ),
        )
    }
)


def palette(name: str) -> Palette:
    """The colours of a palette of the vocabulary."""
    return Palette.of([HUES[name]])


@dataclass(frozen=True)
class _Text:
    """Lines of text as they will be drawn."""

    lines: tuple[str, ...]
    size: int
    bold: bool

    @property
    def area(self) -> float:
        return sum(_width(line, self.size, self.bold) for line in self.lines) * self.size


@lru_cache(maxsize=64)
def _font(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT_FILES[1 if bold else 0], size)


def _width(text: str, size: int, bold: bool) -> float:
    return _font(size, bold).getlength(text)


def _wrapped(text: str, size: int, bold: bool, width: float) -> tuple[str, ...]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and _width(longer, size, bold) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return tuple(lines)


def _fitted(text: str, size: int, bold: bool, width: float, height: float) -> _Text:
    """The text at `size`, or as much smaller as it takes to fit."""
    while size > 9:
        lines = _wrapped(text, size, bold, width)
        widest = max(_width(line, size, bold) for line in lines)
        if widest <= width and len(lines) * size * _LINE <= height:
            return _Text(lines, size, bold)
        size -= 1
    return _Text(_wrapped(text, size, bold, width), size, bold)


def _bright(colour: str) -> bool:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue > _BRIGHT


def _rect(x: float, y: float, w: float, h: float, fill: str, *, radius: float = 0.0) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" rx="{radius:.1f}" '
        f'fill="{fill}"/>'
    )


def _lines(text: _Text, x: float, y: float, fill: str) -> str:
    """Text with its first line's top at y."""
    weight = 700 if text.bold else 400
    return "".join(
        f'<text x="{x:.1f}" y="{y + text.size * (0.93 + i * _LINE):.1f}" font-family="Inter" '
        f'font-weight="{weight}" font-size="{text.size}" fill="{fill}">{escape(line)}</text>'
        for i, line in enumerate(text.lines)
    )


@dataclass(frozen=True)
class _Words:
    """All text of one picture."""

    headline: _Text | None
    body: _Text | None
    logo: _Text
    button: _Text

    @property
    def area(self) -> float:
        return sum(
            t.area for t in (self.headline, self.body, self.logo, self.button) if t is not None
        )


def _words(picture: Picture) -> _Words:
    layout = LAYOUTS[picture.layout]

    def fit(text: str, size: int, bold: bool, box: Box | None) -> _Text | None:
        if box is None:
            return None
        width = (box.x1 - box.x0) * layout.width
        return _fitted(text, size, bold, width, (box.y1 - box.y0) * layout.height)

    small = 15 if layout.height < 400 else 18
    return _Words(
        headline=fit(picture.headline, layout.headline_size, True, layout.headline),
        body=fit(BODIES[picture.node], 19, False, layout.body),
        logo=_Text((picture.node,), small, True),
        button=_Text((picture.call_to_action,), small, True),
    )


def text_fraction(picture: Picture) -> float:
    """Share of the canvas that lines of text cover: line length times letter size."""
    layout = LAYOUTS[picture.layout]
    return _words(picture).area / (layout.width * layout.height)


def _pill(text: _Text, x: float, y: float, *, ground: str, ink: str, radius: float = 99.0) -> str:
    pad_x, pad_y = text.size * 0.75, text.size * 0.45
    w = _width(text.lines[0], text.size, text.bold) + 2 * pad_x
    h = text.size + 2 * pad_y
    return _rect(x, y, w, h, ground, radius=min(radius, h / 2)) + _lines(
        text, x + pad_x, y + pad_y, ink
    )


def svg(picture: Picture) -> str:
    """The picture as an SVG document."""
    layout, colours = LAYOUTS[picture.layout], palette(picture.palette)
    width, height = layout.width, layout.height
    ground = {"main": colours.main, "pale": colours.pale, "paper": _PAPER}[layout.ground]
    ink = _INK if _bright(ground) else "#ffffff"
    x0, y0 = layout.photo.x0 * width, layout.photo.y0 * height
    scene = Scene(
        setting=picture.setting,
        people=picture.people,
        props=picture.props,
        light=picture.light,
        palette=colours,
        composition=picture.composition,
        seed=picture.seed,
    )
    photo = fragment(
        scene,
        width=round((layout.photo.x1 - layout.photo.x0) * width),
        height=round((layout.photo.y1 - layout.photo.y0) * height),
    )
    words = _words(picture)
    drawn = [
        _rect(0, 0, width, height, ground),
        f'<g transform="translate({x0:.1f} {y0:.1f})">{photo}</g>',
    ]
    for text, box in ((words.headline, layout.headline), (words.body, layout.body)):
        if text is not None and box is not None:
            drawn.append(_lines(text, box.x0 * width, box.y0 * height, ink))
    brand = _BRANDS[picture.node]
    logo_x, logo_y = layout.logo[0] * width, layout.logo[1] * height
    drawn.append(_pill(words.logo, logo_x, logo_y, ground="#ffffff", ink=_INK, radius=6))
    # The brand's mark: a square of its colour before the name's box.
    drawn.append(_rect(logo_x - 4, logo_y, 6, words.logo.size * 1.9, brand, radius=2))
    button = colours.deep if layout.ground != "main" else "#ffffff"
    button_ink = _INK if _bright(button) else "#ffffff"
    button_x, button_y = layout.button[0] * width, layout.button[1] * height
    drawn.append(_pill(words.button, button_x, button_y, ground=button, ink=button_ink))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">{"".join(drawn)}</svg>'
    )


def draw(picture: Picture) -> bytes:
    """The picture as PNG bytes; the same on every machine."""
    layout = LAYOUTS[picture.layout]
    return render(svg(picture), layout.width, layout.height, font_files=FONT_FILES)
