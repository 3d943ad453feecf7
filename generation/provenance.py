"""Where an image comes from, written into the file itself.

An XMP packet with the IPTC digital source type, in PNG, JPEG and WebP; `credentials` adds a
signature to that, `manifest` is the family tree beside the files.
"""

from __future__ import annotations

import html
import io
import re
import struct
import zlib
from collections.abc import Mapping
from typing import Literal

import numpy as np
from PIL import Image, PngImagePlugin

Kind = Literal["drawn", "generated"]
Format = Literal["PNG", "JPEG", "WEBP"]

_IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
SOURCE_TYPES: Mapping[str, str] = {
    "drawn": f"{_IPTC}algorithmicMedia",
    "generated": f"{_IPTC}trainedAlgorithmicMedia",
}

# Of a drawn picture (768 px), level 6 takes almost three times as long and saves 2 %.
PNG_COMPRESSION = 3
QUALITY = 92

_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    Iptc4xmpExt:DigitalSourceType="{source_type}"
    Iptc4xmpExt:AISystemUsed="{system}"
    xmp:CreatorTool="Pauta"/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""
_SOURCE_TYPE = re.compile(r"Iptc4xmpExt:DigitalSourceType\s*(?:=\s*[\"']|>)\s*([^\"'<\s]+)")


def encode(image: Image.Image, *, kind: Kind, system: str, format: Format = "PNG") -> bytes:  # noqa: A002
    """The image as a file that says how it came to be; the same image gives the same bytes.

    Args:
        kind: `drawn` by rules or `generated` by a trained model.
        system: the engine or `checkpoint@revision`, for people.
        format: Pillow's name.
    """
    packet = _PACKET.format(source_type=SOURCE_TYPES[kind], system=html.escape(system))
    if kind == "drawn":  # nothing was trained, so no AI system is named
        packet = re.sub(r"\n\s*Iptc4xmpExt:AISystemUsed=\"[^\"]*\"", "", packet)
    out = io.BytesIO()
    if format == "PNG" and kind == "generated":
        return _photo_png(image.convert("RGB"), packet)
    if format == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", packet)
        image.save(out, "PNG", pnginfo=info, compress_level=PNG_COMPRESSION)
    else:
        image.convert("RGB").save(out, format, quality=QUALITY, xmp=packet.encode())
    return out.getvalue()


def _photo_png(image: Image.Image, packet: str) -> bytes:
    """A PNG of a photograph: each row as its difference to the one above, Huffman-coded.

    Noise has no repetitions to look for. On a picture of 1024 px this takes a fifth of the
    time of Pillow's fastest level and gives a file 16 % smaller.
    """
    pixels = np.asarray(image)
    height, width, channels = pixels.shape
    flat = pixels.reshape(height, width * channels)
    rows = np.empty((height, 1 + width * channels), np.uint8)
    rows[:, 0] = 2  # the filter "up"
    rows[0, 1:] = flat[0]
    np.subtract(flat[1:], flat[:-1], out=rows[1:, 1:])
    coder = zlib.compressobj(1, zlib.DEFLATED, 15, 9, zlib.Z_HUFFMAN_ONLY)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    # Keyword, not compressed, no language, no translated keyword.
    xmp = b"XML:com.adobe.xmp\0\0\0\0\0" + packet.encode()
    chunks = (
        (b"IHDR", header),
        (b"iTXt", xmp),
        (b"IDAT", coder.compress(rows.tobytes()) + coder.flush()),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def source_type(data: bytes) -> str | None:
    """The digital source type that a PNG, JPEG or WebP file declares, or None.

    Raises:
        ValueError: the bytes are no such image.
    """
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as image:
            packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    except OSError as error:
        raise ValueError(f"not a PNG, JPEG or WebP file: {error}") from error
    if packet is None:
        return None
    if isinstance(packet, bytes):
        packet = packet.decode("utf-8", "replace")
    found = _SOURCE_TYPE.search(packet)
    return found.group(1) if found else None
