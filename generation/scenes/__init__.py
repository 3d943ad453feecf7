"""Drawn scenes: a parametric illustrator that needs no weights and no network.

`svg` draws a `Scene` as a document, `fragment` as a piece of one, `render` makes PNG bytes.
The same scene at the same size is the same text, and the same text is the same picture.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import resvg_py

from generation.scenes.compose import composed
from generation.scenes.scene import Palette, Scene
from generation.scenes.sheet import Sheet, group, num

__all__ = ["Palette", "Scene", "fragment", "render", "svg"]

SHORTER_SIDE = 1000.0
"""Drawing units along the shorter side of every picture."""


def fragment(
    scene: Scene,
    *,
    width: int,
    height: int,
    rich: bool = False,
    prefix: str | None = None,
    clip: bool = True,
) -> str:
    """The scene as SVG content for a box of `width` by `height`, without the outer `<svg>`.

    Args:
        scene: what to draw.
        width: of the box, in the units of the surrounding document.
        height: of the box.
        rich: with blurred depth and soft shadows; slower.
        prefix: begins every id inside, so that two fragments can share a document. None
            derives it from the scene and the size, which tells different fragments apart.
        clip: cut off what reaches beyond the box. False is faster, for a fragment that fills
            its whole document.
    """
    if width <= 0 or height <= 0:
        raise ValueError(f"scene: width and height must be above 0, got {width} x {height}.")
    if prefix is None:
        of = repr((scene, width, height, rich))
        prefix = f"s{hashlib.sha256(of.encode()).hexdigest()[:10]}-"
    scale = min(width, height) / SHORTER_SIDE
    w, h = width / scale, height / scale
    sheet = Sheet(prefix, rich)
    drawn = composed(scene, sheet, w, h)
    frame = sheet.clip(f'<rect width="{num(w)}" height="{num(h)}"/>') if clip else None
    shown = group(drawn, transform=f"scale({scale:.5f})", clip_path=frame)
    return f"<defs>{sheet.defs()}</defs>{shown}"


def svg(scene: Scene, *, width: int, height: int, rich: bool = False) -> str:
    """The scene as a whole SVG document."""
    content = fragment(scene, width=width, height=height, rich=rich, clip=False)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">{content}</svg>'
    )


def render(
    document: str, width: int, height: int, *, font_files: Sequence[str | Path] = ()
) -> bytes:
    """A document as PNG bytes of this size.

    System fonts are never read, so that the picture is the same on every machine; text
    appears only in the fonts given.
    """
    return resvg_py.svg_to_bytes(
        svg_string=document,
        width=width,
        height=height,
        skip_system_fonts=True,
        font_files=[str(file) for file in font_files] or None,
    )
