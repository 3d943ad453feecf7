"""Charts as SVG, and SVG as PNG: what mail programs show is a picture, never a script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

FONTS = Path(__file__).parents[1] / "assets" / "fonts"

WIDTH = 576
LABELS, NUMBERS = 104, 56  # px kept free on the left and on the right
ROW, BAR = 36, 22
AXIS = 24
# The colours of include/catalogue/static/tokens.css, light.
INK, QUIET, LINE, FILL, SURFACE = "#16191d", "#4d545e", "#dfe0db", "#539f86", "#ffffff"


@dataclass(frozen=True)
class Bar:
    """One bar with its range; `shown` is the number as readers of the language write it."""

    label: str
    value: float
    low: float
    high: float
    shown: str


def bars(rows: Sequence[Bar], *, usual: str) -> str:
    """Horizontal bars from 0, each with its range as a line, and a mark at 1.0 called `usual`.

    The scale ends at the next half above the highest range, and at 1.5 at least.
    """
    end = max([1.5, *(-(-row.high // 0.5) * 0.5 for row in rows)])
    scale = (WIDTH - LABELS - NUMBERS) / end
    height = AXIS + ROW * len(rows) + 4
    one = LABELS + scale
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="Inter" font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="{SURFACE}"/>',
    ]
    step = 0.5 if end <= 3 else 1.0
    for i in range(int(end / step) + 1):
        x = LABELS + i * step * scale
        parts.append(_stroke(f"M{x:.1f} {AXIS}V{height - 4}", LINE, 1))
    for i, row in enumerate(rows):
        parts += _bar(row, AXIS + ROW * i + (ROW - BAR) / 2, scale)
    parts += [
        f'<path d="M{one:.1f} {AXIS}V{height - 4}" stroke="{QUIET}" stroke-width="1.5" '
        'stroke-dasharray="3 3" fill="none"/>',
        f'<text x="{one:.1f}" y="14" text-anchor="middle" font-size="12" fill="{QUIET}">'
        f"{escape(usual)}</text>",
        "</svg>",
    ]
    return "".join(parts)


def _bar(row: Bar, y: float, scale: float) -> list[str]:
    middle, text = y + BAR / 2, y + 16
    low, high = LABELS + row.low * scale, LABELS + row.high * scale
    return [
        f'<text x="{LABELS - 12}" y="{text:.1f}" text-anchor="end" fill="{INK}">'
        f"{escape(row.label)}</text>",
        f'<rect x="{LABELS}" y="{y:.1f}" width="{row.value * scale:.1f}" height="{BAR}" rx="4" '
        f'fill="{FILL}"/>',
        _stroke(f"M{low:.1f} {middle - 4}v8m0-4H{high:.1f}m0-4v8", INK, 2),
        f'<text x="{high + 10:.1f}" y="{text:.1f}" font-weight="700" fill="{INK}">'
        f"{escape(row.shown)}</text>",
    ]


def _stroke(path: str, colour: str, width: float) -> str:
    return f'<path d="{path}" stroke="{colour}" stroke-width="{width}" stroke-linecap="round"/>'


def png(svg: str, *, zoom: int = 2) -> bytes:
    """The drawing as PNG, sharp on dense screens; the same drawing gives the same bytes.

    Only our own fonts are used, so a machine without fonts draws the same picture.
    """
    import resvg_py

    drawn: bytes = resvg_py.svg_to_bytes(
        svg_string=svg,
        zoom=zoom,
        font_family="Inter",
        font_files=[str(path) for path in sorted(FONTS.glob("*.otf"))],
        skip_system_fonts=True,
    )
    return drawn
