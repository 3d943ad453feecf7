"""Image files as they come from platforms: decoded safely, or refused with a reason."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from generation.describe import decode
from generation.describe.decode import UndecodablePicture, decoded


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that says it has this size and holds nothing."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    file = b"\x89PNG\r\n\x1a\n"
    for name, body in ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 100))):
        file += struct.pack(">I", len(body)) + name + body
        file += struct.pack(">I", zlib.crc32(name + body))
    return file


GREEN = Image.new("RGB", (40, 20), (10, 200, 60))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_the_four_formats_are_read(kind: str) -> None:
    """Whatever the file is called; JPEG and GIF may shift a channel by a few steps."""
    image = decoded(saved(GREEN, kind))
    assert (image.mode, image.size) == ("RGB", (40, 20))
    assert np.abs(np.asarray(image, int) - (10, 200, 60)).max() <= 6


def test_a_turned_photo_is_put_upright() -> None:
    """EXIF orientation 6: the camera was held upright, the stored pixels lie on their side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    assert decoded(saved(GREEN, "JPEG", exif=exif)).size == (20, 40)


def test_transparency_becomes_white() -> None:
    """As in a browser on a white page, not black."""
    image = decoded(saved(Image.new("RGBA", (4, 4), (255, 0, 0, 0)), "PNG"))
    assert image.getpixel((1, 1)) == (255, 255, 255)


def test_sixteen_bit_grey_is_scaled() -> None:
    """Half of 65535 is middle grey; clipping would make it white."""
    pixels = np.full((4, 4), 32768, dtype=np.uint16)
    assert decoded(saved(Image.fromarray(pixels), "PNG")).getpixel((0, 0)) == (128, 128, 128)


def test_cmyk_becomes_rgb() -> None:
    """Print files come as CMYK JPEG."""
    assert decoded(saved(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG")).mode == "RGB"


def test_the_first_frame_of_an_animation_counts() -> None:
    """An animated GIF is described by what people see first."""
    frames = [Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue")]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert decoded(data).getpixel((0, 0)) == (255, 0, 0)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"<html><body>404</body></html>", "it starts with b'<html><body>404<'"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a PNG, JPEG, WEBP, GIF file"),
        (saved(GREEN, "TIFF"), "not a PNG, JPEG, WEBP, GIF file"),
        (saved(GREEN, "PNG")[:60], "damaged file"),
        (saved(GREEN.resize((400, 400)), "JPEG")[:900], "damaged file"),
        (png_header(9_000, 9_000), "9000 x 9000 is 81000000 pixels, at most 50000000"),
        (png_header(30_000, 30_000), "too many pixels: .*900000000"),
    ],
    ids=["empty", "html", "svg", "tiff", "png cut", "jpeg cut", "bomb", "larger bomb"],
)
def test_what_cannot_be_read_says_why(data: bytes, reason: str) -> None:
    """The reason is kept in the row of the picture."""
    with pytest.raises(UndecodablePicture, match="(?s)" + reason.replace("(", r"\(")):
        decoded(data)


def test_a_file_above_the_byte_cap_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cap holds before anything of the file is parsed."""
    data = saved(GREEN, "PNG")
    monkeypatch.setattr(decode, "MAX_BYTES", len(data) - 1)
    with pytest.raises(UndecodablePicture, match=f"{len(data)} bytes"):
        decoded(data)
