"""A signed file says who made it and how; a changed one is found out."""

import hashlib
import io
import json
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from PIL import Image

from generation.credentials import (
    Authority,
    Credential,
    check_credential,
    checked,
    key_signer,
    new_authority,
    signed,
    statement,
)
from generation.provenance import SOURCE_TYPES, encode, source_type

pytest.importorskip("c2pa")

FORMATS: list[Literal["PNG", "JPEG", "WEBP"]] = ["PNG", "JPEG", "WEBP"]
MIMES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
NOW = datetime.now(UTC)


def picture() -> Image.Image:
    noise = np.random.default_rng(0).integers(0, 255, (8, 8, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((128, 128), Image.Resampling.BICUBIC)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return new_authority("Banco de Prueba", now=NOW)


@pytest.fixture(scope="module")
def credential(authority: Authority) -> Credential:
    return Credential(authority.chain, key_signer(authority.key))


def content(name: str) -> dict[str, Any]:
    return statement(
        title="set-1 image 1",
        mime=MIMES[name],
        kind="generated",
        system="org/model@0123",
        seed=7,
        prompt_sha256=hashlib.sha256(b"a secret campaign").hexdigest(),
        generation={"set_id": "set-1", "k": 1},
    )


def signed_file(name: Any, credential: Credential) -> bytes:
    data = encode(picture(), kind="generated", system="org/model@0123", format=name)
    return signed(data, content(name), credential)


@pytest.mark.parametrize("name", FORMATS)
def test_a_signed_file_is_trusted_by_its_own_authority(
    name: Any, credential: Credential, authority: Authority
) -> None:
    """By nobody else; the statement names source type, model and seed and no prompt."""
    data = signed_file(name, credential)
    ours, anyone = checked(data, trust_anchors=authority.root), checked(data)
    assert (ours.state, ours.problems, ours.signer) == ("trusted", (), "Banco de Prueba")
    assert anyone.state == "valid"
    told = json.dumps(ours.claims)
    assert SOURCE_TYPES["generated"] in told and '"seed": "7"' in told and "org/model" in told
    assert "secret" not in told
    assert "thumbnail" not in told


@pytest.mark.parametrize("name", FORMATS)
def test_signing_changes_no_pixel_and_adds_little(name: Any, credential: Credential) -> None:
    """About 13 kB; the library's own thumbnail would add ten times that."""
    plain = encode(picture(), kind="generated", system="org/model@0123", format=name)
    data = signed_file(name, credential)
    assert len(data) - len(plain) < 20_000
    before, after = (np.asarray(Image.open(io.BytesIO(d)).convert("RGB")) for d in (plain, data))
    assert np.array_equal(before, after)
    assert source_type(data) == SOURCE_TYPES["generated"]


def places_to_flip(data: bytes) -> list[int]:
    """Bytes of the picture and its packet, and letters of the statement in the credential.

    What only holds the credential together says nothing and no hash covers it: the names and
    types of its boxes, and some 10 kB of zeros behind the signature.
    """
    begin = data.index(b"jumb") - 8
    (padding,) = re.finditer(rb"\0{5000,}", data)
    outside = [*range(60, begin - 16, 97), *range(padding.end() + 200, len(data), 97)]
    told = (b"trainedAlgorithmicMedia", b"prompt_sha256", b"org/model", b"set_id")
    return [*outside, *(data.index(word, begin) + 3 for word in told)]


@pytest.mark.parametrize("name", FORMATS)
def test_a_flipped_byte_is_found(name: Any, credential: Credential, authority: Authority) -> None:
    """In the picture, in its packet or in what the credential states."""
    data = signed_file(name, credential)
    places = places_to_flip(data)
    assert len(places) > 15
    for at in places:
        changed = bytearray(data)
        changed[at] ^= 1
        found = checked(bytes(changed), trust_anchors=authority.root)
        assert found.state in {"invalid", "absent"}, f"byte {at} of {len(data)}: {found.state}"


def test_a_file_without_credential_has_none() -> None:
    """Absent is not invalid."""
    data = encode(picture(), kind="drawn", system="x")
    assert checked(data).state == "absent"


def test_what_pillow_saves_again_has_lost_its_credential(credential: Credential) -> None:
    """Known: software that does not know C2PA drops it."""
    out = io.BytesIO()
    Image.open(io.BytesIO(signed_file("PNG", credential))).save(out, "PNG")
    assert checked(out.getvalue()).state == "absent"


def test_another_authority_is_not_believed(credential: Credential) -> None:
    """Its root is not the signer's."""
    other = new_authority("Somebody else", now=NOW)
    assert checked(signed_file("PNG", credential), trust_anchors=other.root).state != "trusted"


def test_a_certificate_of_another_key_is_refused_before_the_night(authority: Authority) -> None:
    """And so is a file that is no certificate."""
    check_credential(Credential(authority.chain, key_signer(authority.key)))
    other = new_authority("Other", now=NOW)
    with pytest.raises(ValueError, match="does not belong to the key"):
        check_credential(Credential(authority.chain, key_signer(other.key)))
    with pytest.raises(ValueError, match="signing certificate: not PEM"):
        check_credential(Credential("hello", key_signer(other.key)))


def test_a_key_of_another_kind_is_refused() -> None:
    """ES256 needs P-256."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    pem = ec.generate_private_key(ec.SECP384R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with pytest.raises(ValueError, match="P-256"):
        key_signer(pem)


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"RIFF0000WAVE"])
def test_what_is_no_picture_is_told(data: bytes) -> None:
    """Instead of an error of the library."""
    with pytest.raises(ValueError, match="not a PNG, JPEG or WebP file"):
        checked(data)


@pytest.mark.needs("exiftool")
@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("with_credential", [False, True])
def test_another_tool_reads_packet_and_credential(
    name: Any, with_credential: bool, credential: Credential, tmp_path: Path
) -> None:
    """exiftool from Debian."""
    data = encode(picture(), kind="generated", system="org/model@0123", format=name)
    if with_credential:
        data = signed(data, content(name), credential)
    path = tmp_path / f"image.{name.lower()}"
    path.write_bytes(data)
    told = subprocess.run(
        ["exiftool", "-json", "-XMP:all", "-JUMBF:all", str(path)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    (found,) = json.loads(told)
    assert found["DigitalSourceType"] == SOURCE_TYPES["generated"]
    assert found["AISystemUsed"] == "org/model@0123"
    if with_credential and name != "WEBP":  # this exiftool reads no JUMBF in WebP
        assert "c2pa" in told.lower()
