"""The picture of `docs/ranking.md`, drawn from the runs of `ranking_truth.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

INK, QUIET, GRID = "#1d2b36", "#5b6b78", "#dfe5ea"
OURS, OTHER = "#0b6e4f", "#8d99a3"
LOW, HIGH = 0.2, 5.0
TICKS = (0.2, 0.5, 1.0, 2.0, 5.0)
SIDE, TOP, LEFT = 250, 74, 54
NAMES = {
    "ours": "este ranking",
    "eb": "Bayes empírico simple",
    "wilson": "cota de Wilson",
    "raw": "costo por resultado",
    "raw_impressions": "… desde 5.000 impresiones",
    "raw_spend": "… desde US$ 50",
}


def draw(runs: Sequence[Mapping[str, Floats]], figures: Mapping[str, float]) -> str:
    """Raw index and estimate against the truth of one world, and what each method delivers."""
    run = runs[0]
    seen = run["expected"] > 0
    truth = run["truth"][seen]
    cloud = [
        _cloud(LEFT, ("Sin corregir", "resultados / usuales"), run["raw"][seen], truth, OTHER),
        _cloud(
            LEFT + SIDE + 70, ("Este ranking", "índice estimado"), run["mean"][seen], truth, OURS
        ),
    ]
    bars = _bars(LEFT + 2 * SIDE + 140, figures)
    width, height = LEFT + 3 * SIDE + 250, TOP + SIDE + 62
    title = (
        "Cuánto se acerca cada número a lo que la pieza hace de verdad "
        f"(mundo 1 de {len(runs)}; {seen.sum():,} piezas) y cuánto logra cada método"
    ).replace(",", ".")
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" font-family="DejaVu Sans, sans-serif">',
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
            _text(20, 30, title, size=14, weight="bold"),
            *cloud,
            bars,
            "</svg>\n",
        ]
    )


def _cloud(left: int, names: tuple[str, str], value: Floats, truth: Floats, colour: str) -> str:
    """Pieces by what they really do (across) and what is said of them (up), both logarithmic."""
    title, up = names
    parts = [_text(left, TOP - 12, title, size=13, weight="bold")]
    for tick in TICKS:
        at = _place(tick)
        label = f"{tick:g}".replace(".", ",")
        parts += [
            _line(left + at, TOP, left + at, TOP + SIDE),
            _line(left, TOP + SIDE - at, left + SIDE, TOP + SIDE - at),
            _text(left + at, TOP + SIDE + 16, label, size=10, anchor="middle", colour=QUIET),
            _text(left - 6, TOP + SIDE - at + 4, label, size=10, anchor="end", colour=QUIET),
        ]
    parts.append(_line(left, TOP + SIDE, left + SIDE, TOP, colour=INK, dashed=True))
    for real, said in zip(truth, value, strict=True):
        x, y = left + _place(float(real)), TOP + SIDE - _place(float(said))
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.1" fill="{colour}" fill-opacity="0.55"/>'
        )
    parts += [
        _text(left + SIDE / 2, TOP + SIDE + 36, "índice verdadero", size=11, anchor="middle"),
        _text(left + SIDE, TOP - 12, f"{up} ↑", size=10, anchor="end", colour=QUIET),
    ]
    return "\n".join(parts)


def _bars(left: int, figures: Mapping[str, float]) -> str:
    """Share of the best attainable effect that each method delivers."""
    names = sorted(NAMES, key=lambda name: -figures[f"share_{name}"])
    step, reach, start = SIDE / len(names), 150, left + 150
    parts = [
        _text(left, TOP - 12, "Parte del mejor efecto posible que se logra", size=13, weight="bold")
    ]
    for number, name in enumerate(names):
        share, y = figures[f"share_{name}"], TOP + number * step
        colour = OURS if name == "ours" else OTHER
        label = f"{100 * share:.0f}\u00a0%"
        parts += [
            _text(start - 8, y + step / 2 + 4, NAMES[name], size=11, anchor="end"),
            f'<rect x="{start}" y="{y + 7:.1f}" width="{share * reach:.1f}" '
            f'height="{step - 14:.1f}" rx="2" fill="{colour}"/>',
            _text(start + share * reach + 6, y + step / 2 + 4, label, size=11, weight="bold"),
        ]
    return "\n".join(parts)


def _place(value: float) -> float:
    inside = min(max(value, LOW), HIGH)
    return float(SIDE * np.log(inside / LOW) / np.log(HIGH / LOW))


def _line(
    x0: float, y0: float, x1: float, y1: float, *, colour: str = GRID, dashed: bool = False
) -> str:
    dash = ' stroke-dasharray="4 4"' if dashed else ""
    ends = zip(("x1", "y1", "x2", "y2"), (x0, y0, x1, y1), strict=True)
    place = " ".join(f'{name}="{value:.1f}"' for name, value in ends)
    return f'<line {place} stroke="{colour}" stroke-width="1"{dash}/>'


def _text(
    x: float,
    y: float,
    text: str,
    *,
    size: int,
    anchor: str = "start",
    weight: str = "normal",
    colour: str = INK,
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" '
        f'font-weight="{weight}" fill="{colour}">{text}</text>'
    )
