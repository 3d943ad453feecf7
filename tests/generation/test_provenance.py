"""Every file says how it came to be, and every manifest tells the whole family tree."""

import io
import re
from pathlib import Path
from typing import Any, Literal

import pytest
from PIL import Image

from generation.provenance import encode, source_type

FORMATS: list[Literal["PNG", "JPEG", "WEBP"]] = ["PNG", "JPEG", "WEBP"]


def gradient() -> Image.Image:
    return Image.linear_gradient("L").convert("RGB")


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize(
    ("kind", "name"), [("drawn", "algorithmicMedia"), ("generated", "trainedAlgorithmicMedia")]
)
def test_files_declare_their_digital_source_type(
    format_name: Literal["PNG", "JPEG", "WEBP"], kind: Literal["drawn", "generated"], name: str
) -> None:
    """Drawn by rules and made by a trained model are two IPTC terms."""
    data = encode(gradient(), kind=kind, system="model@abc", format=format_name)
    assert source_type(data) == f"http://cv.iptc.org/newscodes/digitalsourcetype/{name}"
    assert Image.open(io.BytesIO(data)).format == format_name


def test_a_png_keeps_its_pixels_and_its_bytes_are_reproducible() -> None:
    """Metadata costs no pixel, and the same image gives the same file."""
    data = encode(gradient(), kind="drawn", system="Pauta storyboard 1")
    assert Image.open(io.BytesIO(data)).tobytes() == gradient().tobytes()
    assert data == encode(gradient(), kind="drawn", system="Pauta storyboard 1")


@pytest.mark.parametrize("format_name", FORMATS)
def test_only_generated_files_name_an_ai_system(format_name: Any) -> None:
    """A drawing was trained on nothing; markup in a name stays a name."""
    drawn = encode(gradient(), kind="drawn", system="x", format=format_name)
    made = encode(gradient(), kind="generated", system='a"<b>@1', format=format_name)
    assert b"AISystemUsed" not in drawn
    assert b'Iptc4xmpExt:AISystemUsed="a&quot;&lt;b&gt;@1"' in made


def test_the_packet_is_well_formed_xml() -> None:
    """Other tools parse it as XML."""
    from xml.etree import ElementTree

    data = encode(gradient(), kind="generated", system='a"<&>@1', format="JPEG")
    (packet,) = re.findall(rb"<x:xmpmeta.*</x:xmpmeta>", data, re.DOTALL)
    (description,) = ElementTree.fromstring(packet).iter(  # noqa: S314 - our own packet
        "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description"
    )
    assert (
        description.attrib["{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}AISystemUsed"] == 'a"<&>@1'
    )


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_file_without_packet_declares_nothing(format_name: str) -> None:
    """None, not a guess."""
    out = io.BytesIO()
    gradient().save(out, format_name)
    assert source_type(out.getvalue()) is None


def test_a_packet_without_the_property_declares_nothing() -> None:
    """XMP of other software."""
    out = io.BytesIO()
    gradient().save(out, "JPEG", xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")
    assert source_type(out.getvalue()) is None


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"not an image"])
def test_what_is_no_image_is_refused(data: bytes) -> None:
    """The caller asked about a file that is not one of ours."""
    with pytest.raises(ValueError, match="not a PNG, JPEG or WebP file"):
        source_type(data)


def test_a_file_on_disk_can_be_asked(tmp_path: Path) -> None:
    """Write, read, ask: the way an auditor does it."""
    path = tmp_path / "image-1.png"
    path.write_bytes(encode(gradient(), kind="generated", system="m@1"))
    found = source_type(path.read_bytes())
    assert found is not None and found.endswith("trainedAlgorithmicMedia")
