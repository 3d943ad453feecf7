"""Colours as hex text, and the few sums an illustrator does with them."""

import colorsys

INK = "#1c2333"
PAPER = "#fffaf2"


def channels(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of `#rrggbb`, each 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix(colour: str, other: str, share: float) -> str:
    """`colour` with this share (0 to 1) of `other` stirred in."""
    pairs = zip(channels(colour), channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def tint(colour: str, share: float) -> str:
    """Lighter: towards warm paper."""
    return mix(colour, PAPER, share)


def shade(colour: str, share: float) -> str:
    """Darker: towards ink, which stays bluer than black does."""
    return mix(colour, INK, share)


def turned(colour: str, degrees: float) -> str:
    """The colour with its hue moved round the wheel."""
    red, green, blue = (c / 255 for c in channels(colour))
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    rgb = colorsys.hls_to_rgb((hue + degrees / 360) % 1.0, lightness, saturation)
    return "#" + "".join(f"{round(c * 255):02x}" for c in rgb)
