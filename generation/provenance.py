"""Where an image comes from, written into the file itself and beside it.

Into the file: an XMP packet with the IPTC digital source type, in PNG, JPEG and WebP.
Beside it: `manifest.json`, the family tree of a set.
"""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Mapping
from typing import Any, Literal

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
SCHEMA_VERSION = 1

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
    if format == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", packet)
        image.save(out, "PNG", pnginfo=info, compress_level=PNG_COMPRESSION)
    else:
        image.convert("RGB").save(out, format, quality=QUALITY, xmp=packet.encode())
    return out.getvalue()


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


def canonical(content: Any) -> bytes:
    """JSON with sorted keys, UTF-8 and a final line break: equal content, equal bytes."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1, sort_keys=True)
    return f"{text}\n".encode()


# What a manifest must hold. A type: a value of it. A dict: an object with at least these
# keys. A list with one item: a list of such.
_TEXT_PAIR: dict[str, Any] = {"es": str, "en": str}
_NUMBER = (int, float)
_SHAPE: dict[str, Any] = {
    "schema_version": int,
    "set_id": str,
    "night": str,
    "node": str,
    "objective": str,
    "profile": {
        "name": str,
        "engine": str,
        "kind": str,
        "checkpoint": str,
        "revision": str,
        "num_inference_steps": int,
        "guidance_scale": _NUMBER,
    },
    "title": _TEXT_PAIR,
    "description": _TEXT_PAIR,
    "prompt": str,
    "negative_prompt": str,
    "phrases": [
        {
            "category": str,
            "text": str,
            "text_es": str,
            "weight": (*_NUMBER, type(None)),
            "kept": bool,
            "origin": str,
            "pictures": [str],
        }
    ],
    "images": [
        {
            "k": int,
            "file": str,
            "sha256": str,
            "width": int,
            "height": int,
            "seed": int,
            "composition": str,
            "alt": _TEXT_PAIR,
        }
    ],
    "inspirations": [
        {
            "picture": str,
            "rank": int,
            "weight": _NUMBER,
            "mean": _NUMBER,
            "low": _NUMBER,
            "high": _NUMBER,
            "prob_above_baseline": _NUMBER,
            "verdict": str,
            "results": _NUMBER,
            "expected": _NUMBER,
            "impressions": int,
            "link_clicks": int,
            "spend": [{"currency": str, "amount": str}],
            "first_date": str,
            "last_date": str,
            "reason": _TEXT_PAIR,
            "description": str,
            "ads": [
                {
                    "platform": str,
                    "account_id": str,
                    "ad_id": str,
                    "name": str,
                    "campaign": str,
                    "impressions": int,
                    "results": _NUMBER,
                    "spend": str,
                    "currency": str,
                }
            ],
        }
    ],
    "traits": [
        {
            "category": str,
            "label": str,
            "text": _TEXT_PAIR,
            "effect": _NUMBER,
            "low": _NUMBER,
            "high": _NUMBER,
            "pieces": int,
        }
    ],
    "leaderboard": {"as_of": str, "pieces": int, "kpi": str, "rule_version": str},
    "gate": [{"k": int, "candidates": int, "chosen": bool, "scores": dict}],
    "lineage": {"run_id": str, "warehouse_version": str, "pauta_version": str, "made_at": str},
}


def check_manifest(manifest: Mapping[str, Any]) -> None:
    """Nothing, when the manifest tells the whole family tree of its set.

    Raises:
        ValueError: a key is missing or of another type (its path is named), the schema is
            another version, or a phrase comes from a picture that is no inspiration.
    """
    where = f"manifest {manifest.get('set_id', '?')}"
    _check_shape(manifest, _SHAPE, where)
    if manifest["schema_version"] != SCHEMA_VERSION:
        raise ValueError(
            f"{where}: schema_version {manifest['schema_version']}, expected {SCHEMA_VERSION}."
        )
    if manifest["profile"]["kind"] not in SOURCE_TYPES:
        raise ValueError(f"{where}: profile.kind is {manifest['profile']['kind']!r}.")
    known = {inspiration["picture"] for inspiration in manifest["inspirations"]}
    for phrase in manifest["phrases"]:
        if strangers := set(phrase["pictures"]) - known:
            raise ValueError(
                f"{where}: phrase {phrase['text']!r} comes from {sorted(strangers)}, "
                "which is not among the inspirations."
            )


def _check_shape(value: Any, shape: Any, path: str) -> None:
    if isinstance(shape, dict):
        if not isinstance(value, Mapping):
            raise ValueError(f"{path}: an object was expected, got {value!r:.60}.")
        for key, inner in shape.items():
            if key not in value:
                raise ValueError(f"{path}.{key}: missing.")
            _check_shape(value[key], inner, f"{path}.{key}")
    elif isinstance(shape, list):
        if not isinstance(value, list):
            raise ValueError(f"{path}: a list was expected, got {value!r:.60}.")
        for at, item in enumerate(value):
            _check_shape(item, shape[0], f"{path}[{at}]")
    elif not isinstance(value, shape) or (isinstance(value, bool) and shape is not bool):
        expected = shape.__name__ if isinstance(shape, type) else "a number"
        raise ValueError(f"{path}: {expected} was expected, got {value!r:.60}.")
