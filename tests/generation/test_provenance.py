"""Every file says how it came to be, and every manifest tells the whole family tree."""

import copy
import io
import re
from pathlib import Path
from typing import Any, Literal

import pytest
from PIL import Image

from generation.provenance import canonical, check_manifest, encode, source_type

FORMATS: list[Literal["PNG", "JPEG", "WEBP"]] = ["PNG", "JPEG", "WEBP"]
PICTURE = "a" * 64


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


def test_canonical_json_does_not_depend_on_key_order() -> None:
    """Equal content, equal bytes; Spanish letters stay readable; NaN is no JSON."""
    assert canonical({"b": "ñ", "a": 1}) == canonical({"a": 1, "b": "ñ"})
    assert "ñ".encode() in canonical({"b": "ñ"})
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"a": float("nan")})


def manifest() -> dict[str, Any]:
    """The smallest whole one."""
    pair = {"es": "uno", "en": "one"}
    return {
        "schema_version": 1,
        "set_id": "wompi-sales-2026-11-20-1a2b3c4d",
        "night": "2026-11-20",
        "node": "wompi",
        "objective": "sales",
        "profile": {
            "name": "storyboard",
            "engine": "storyboard",
            "kind": "drawn",
            "checkpoint": "storyboard",
            "revision": "1",
            "num_inference_steps": 0,
            "guidance_scale": 0,
        },
        "title": pair,
        "description": pair,
        "prompt": "a shop",
        "negative_prompt": "",
        "phrases": [
            {
                "category": "light",
                "text": "soft morning light",
                "text_es": "luz suave",
                "weight": 0.5,
                "kept": True,
                "origin": "winners",
                "pictures": [PICTURE],
            }
        ],
        "images": [
            {
                "k": 1,
                "file": "image-1.png",
                "sha256": "b" * 64,
                "width": 8,
                "height": 8,
                "seed": 7,
                "composition": "close_up",
                "alt": pair,
            }
        ],
        "inspirations": [
            {
                "picture": PICTURE,
                "rank": 1,
                "weight": 1.0,
                "mean": 1.4,
                "low": 1.1,
                "high": 1.8,
                "prob_above_baseline": 0.99,
                "verdict": "winner",
                "results": 14.0,
                "expected": 10.0,
                "impressions": 1000,
                "link_clicks": 20,
                "spend": [{"currency": "COP", "amount": "1234.50"}],
                "first_date": "2026-10-01",
                "last_date": "2026-11-19",
                "reason": pair,
                "description": "",
                "ads": [],
            }
        ],
        "traits": [],
        "leaderboard": {"as_of": "2026-11-20", "pieces": 9, "kpi": "k", "rule_version": "1"},
        "gate": [{"k": 1, "candidates": 1, "chosen": True, "scores": {}}],
        "lineage": {"run_id": "r", "warehouse_version": "v", "pauta_version": "0", "made_at": "t"},
    }


def test_a_whole_manifest_passes() -> None:
    """More keys than needed are allowed: readers of an older version ignore them."""
    check_manifest({**manifest(), "needs_review": False})


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("prompt",), None, r"1a2b3c4d\.prompt: str was expected, got None"),
        (("images", 0, "k"), True, r"images\[0\]\.k: int was expected, got True"),
        (("inspirations", 0, "mean"), "1.4", r"inspirations\[0\]\.mean: a number was expected"),
        (("profile",), [], r"profile: an object was expected"),
        (("gate",), {}, r"gate: a list was expected"),
        (("schema_version",), 2, "schema_version 2, expected 1"),
        (("profile", "kind"), "painted", "profile.kind is 'painted'"),
        (("phrases", 0, "pictures"), ["c" * 64], "which is not among the inspirations"),
    ],
)
def test_a_broken_manifest_is_refused_with_the_place(
    path: tuple[Any, ...], value: Any, message: str
) -> None:
    """Whoever reads the error finds the key."""
    broken = copy.deepcopy(manifest())
    inner: Any = broken
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    with pytest.raises(ValueError, match=message):
        check_manifest(broken)


@pytest.mark.parametrize("key", sorted(manifest()))
def test_every_key_is_needed(key: str) -> None:
    """A manifest without one part of the tree is no manifest."""
    broken = manifest()
    del broken[key]
    with pytest.raises(ValueError, match=rf"\.{key}: missing"):
        check_manifest(broken)


def test_a_file_on_disk_can_be_asked(tmp_path: Path) -> None:
    """Write, read, ask: the way an auditor does it."""
    path = tmp_path / "image-1.png"
    path.write_bytes(encode(gradient(), kind="generated", system="m@1"))
    found = source_type(path.read_bytes())
    assert found is not None and found.endswith("trainedAlgorithmicMedia")
