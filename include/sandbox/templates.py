"""Channel templates: where the photo, the headline, the logo and the button sit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Layout:
    """One template; boxes are (x0, y0, x1, y1) as fractions of the canvas."""

    id: str
    width: int
    height: int
    photo_box: tuple[float, float, float, float]
    text_share: str


LAYOUTS: Mapping[str, Layout] = MappingProxyType(
    {
        layout.id: layout
        for layout in (
            Layout("square_band", 640, 640, (0.0, 0.0, 1.0, 0.72), "medium"),
            Layout("square_full", 640, 640, (0.0, 0.0, 1.0, 1.0), "low"),
            Layout("square_frame", 640, 640, (0.06, 0.30, 0.94, 0.86), "medium"),
            Layout("portrait_band", 512, 640, (0.0, 0.0, 1.0, 0.68), "medium"),
            Layout("portrait_full", 512, 640, (0.0, 0.0, 1.0, 1.0), "low"),
            Layout("portrait_poster", 512, 640, (0.0, 0.5, 1.0, 1.0), "high"),
            Layout("landscape_side", 640, 336, (0.42, 0.0, 1.0, 1.0), "high"),
            Layout("landscape_full", 640, 336, (0.0, 0.0, 1.0, 1.0), "low"),
        )
    }
)


def draw(picture):  # placeholder until scenes are there
    import resvg_py

    layout = LAYOUTS[picture.layout]
    colour = f"#{picture.seed & 0xFFFFFF:06x}"
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=f'<svg xmlns="http://www.w3.org/2000/svg" width="{layout.width}" '
            f'height="{layout.height}"><rect width="100%" height="100%" fill="{colour}"/></svg>',
            skip_system_fonts=True,
        )
    )
