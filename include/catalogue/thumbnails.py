"""Small copies of pictures, made once and found by the hash of the original's bytes."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass

from PIL import Image, ImageOps

from include.store import Store

WIDTHS = (256, 512, 1024)
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
QUALITY = 80
MAX_PIXELS = 60_000_000  # a 60 megapixel picture takes about 240 MB while it is decoded
_NAME = re.compile(r"([0-9a-f]{40})-(256|512|1024)")


class BrokenPictureError(ValueError):
    """The file is not a picture we can show; the page shows a grey tile in its place."""


@dataclass(frozen=True)
class Copies:
    """The small copies of one picture; `width` and `height` are the original's, in px."""

    digest: str
    width: int
    height: int
    widths: tuple[int, ...]


def digest_of(data: bytes) -> str:
    """BLAKE2b-160 of the bytes, as 40 hex digits."""
    return hashlib.blake2b(data, digest_size=20).hexdigest()


def thumbnail_key(digest: str, width: int) -> str:
    """Where the copy lies in the store.

    Raises:
        ValueError: not a digest of ours, or a width we do not make.
    """
    name = f"{digest}-{width}"
    if not _NAME.fullmatch(name):
        raise ValueError(f"thumbnail {name!r}: expected 40 hex digits and one of {WIDTHS}.")
    return f"thumbnails/{name}.webp"


def make_copies(store: Store, data: bytes, *, widths: Iterable[int] = WIDTHS) -> Copies:
    """Write the copies that are missing; a picture is never enlarged.

    Raises:
        BrokenPictureError: the bytes cannot be decoded, or would take too much memory.
    """
    digest = digest_of(data)
    wanted = tuple(sorted(widths))
    missing = [w for w in wanted if not store.exists(thumbnail_key(digest, w))]
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            size = opened.size
            if size[0] * size[1] > MAX_PIXELS:
                raise BrokenPictureError(
                    f"picture {digest}: {size[0]} x {size[1]} px; at most {MAX_PIXELS} allowed."
                )
            if missing:
                picture = _upright(opened)
                for width in missing:
                    store.write(thumbnail_key(digest, width), _webp(picture, width))
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise BrokenPictureError(f"picture {digest}: {error}") from error
    return Copies(digest, size[0], size[1], wanted)


def _upright(opened: Image.Image) -> Image.Image:
    picture = ImageOps.exif_transpose(opened)
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def _webp(picture: Image.Image, width: int) -> bytes:
    if width < picture.width:
        height = max(1, round(picture.height * width / picture.width))
        picture = picture.resize((width, height), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue()
