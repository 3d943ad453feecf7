"""Turning the bytes of an untrusted image file into an upright RGB picture."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
MAX_BYTES = 40_000_000
MAX_PIXELS = 50_000_000

# What Pillow's readers raise on damaged files; they have no common class of their own.
DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    IndexError,
    KeyError,
    EOFError,
    struct.error,
    zlib.error,
)


class UndecodablePicture(ValueError):
    """The file is not a picture that we read; the message says why."""


def decoded(data: bytes) -> Image.Image:
    """The first frame of an image file as RGB, turned upright, transparency on white.

    The kind of file is found by its content; names and declared types are not trusted.

    Raises:
        UndecodablePicture: empty, too large, of another kind, or damaged.
    """
    if not data:
        raise UndecodablePicture("the file is empty")
    if len(data) > MAX_BYTES:
        raise UndecodablePicture(f"the file has {len(data)} bytes, at most {MAX_BYTES} are read")
    try:
        # Pillow warns from 89 megapixels; our own limit below is lower and strict.
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            check_pixels(image)
            image.load()
            return in_rgb(ImageOps.exif_transpose(image))
    except UndecodablePicture:
        raise
    except UnidentifiedImageError as error:
        start = data[:16]
        raise UndecodablePicture(
            f"not a {', '.join(FORMATS)} file; it starts with {start!r}"
        ) from error
    except Image.DecompressionBombError as error:
        raise UndecodablePicture(f"too many pixels: {error}") from error
    except DAMAGED as error:
        raise UndecodablePicture(f"damaged file: {error}"[:200]) from error


def check_pixels(image: Image.Image) -> None:
    """Raises UndecodablePicture when the picture is larger than we unpack."""
    pixels = image.width * image.height
    if pixels > MAX_PIXELS:
        raise UndecodablePicture(
            f"{image.width} x {image.height} is {pixels} pixels, at most {MAX_PIXELS} are read"
        )


def in_rgb(image: Image.Image) -> Image.Image:
    """The picture in RGB; 16-bit grey is scaled, not clipped; transparency becomes white."""
    if image.mode.startswith("I"):
        grey = np.clip(np.asarray(image, dtype=np.int64) >> 8, 0, 255).astype(np.uint8)
        return Image.fromarray(grey).convert("RGB")
    if image.has_transparency_data:
        with_alpha = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, with_alpha).convert("RGB")
    return image.convert("RGB")
