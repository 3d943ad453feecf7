"""C2PA credentials: a signed statement in the file of what made it.

The signing key may lie elsewhere (a KMS, an HSM): a `Credential` signs by a function. Prompts
may hold campaign secrets, so a file tells their hash and the manifest beside it their text.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from generation.provenance import SOURCE_TYPES, Kind

# The library's own thumbnails add 150 kB to a PNG and 1.4 MB to a WebP.
_SETTINGS: Mapping[str, Any] = {"builder": {"thumbnail": {"enabled": False}}}
_MIMES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}
_HALF = 32  # bytes of each of the two numbers of a P-256 signature
_CA_YEARS, _LEAF_YEARS = 10, 1

State = Literal["trusted", "valid", "invalid", "absent"]


@dataclass(frozen=True)
class Credential:
    """Who signs.

    Args:
        chain: the signer's certificate and those above it, PEM, the signer's first.
        sign: gives the 64-byte ES256 signature (r and s) of the bytes it gets.
    """

    chain: str
    sign: Callable[[bytes], bytes]


@dataclass(frozen=True)
class Checked:
    """What a file's credential says.

    Args:
        state: `trusted` by the given authority; `valid` and unchanged, by somebody else;
            `invalid`: changed, or signed wrongly; `absent`: there is none.
        problems: the library's codes, such as `assertion.dataHash.mismatch`.
        claims: the file's own statement: title, generator, actions; empty when absent.
    """

    state: State
    problems: tuple[str, ...]
    signer: str
    claims: Mapping[str, Any]


def key_signer(key_pem: bytes) -> Callable[[bytes], bytes]:
    """Signs with an elliptic key (P-256) in PEM.

    Raises:
        ValueError: it is another kind of key.
    """
    key = serialization.load_pem_private_key(key_pem, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise ValueError("signing key: expected an elliptic key on P-256 (PEM, no password).")

    def sign(data: bytes) -> bytes:
        r, s = utils.decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(_HALF) + s.to_bytes(_HALF)

    return sign


def check_credential(credential: Credential) -> None:
    """Nothing, when the certificate belongs to the key.

    Raises:
        ValueError: the chain is no certificate, or its first one is of another key.
    """
    try:
        leaf = x509.load_pem_x509_certificate(credential.chain.encode())
    except ValueError as error:
        raise ValueError(f"signing certificate: not PEM: {error}") from error
    public = leaf.public_key()
    sample = credential.sign(b"pauta")
    r, s = (int.from_bytes(half) for half in (sample[:_HALF], sample[_HALF:]))
    try:
        if not isinstance(public, ec.EllipticCurvePublicKey):
            raise InvalidSignature
        public.verify(utils.encode_dss_signature(r, s), b"pauta", ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise ValueError(
            f"signing certificate {leaf.subject.rfc4514_string()}: it does not belong to the "
            "key; the signer's own certificate comes first in the file."
        ) from error


def statement(
    *,
    title: str,
    mime: str,
    kind: Kind,
    system: str,
    seed: int,
    prompt_sha256: str,
    generation: Mapping[str, Any],
) -> dict[str, Any]:
    """What is signed: created by which software, from which model and seed."""
    software, _, release = system.partition("@")
    return {
        "claim_generator_info": [{"name": "pauta"}],
        "title": title,
        "format": mime,
        "assertions": [
            {
                "label": "c2pa.actions.v2",
                "data": {
                    "actions": [
                        {
                            "action": "c2pa.created",
                            "digitalSourceType": SOURCE_TYPES[kind],
                            "softwareAgent": {"name": software, "version": release or "1"},
                            "parameters": {"seed": str(seed), "prompt_sha256": prompt_sha256},
                        }
                    ]
                },
            },
            {
                "label": "cawg.training-mining",
                "data": {"entries": {"cawg.ai_generative_training": {"use": "notAllowed"}}},
            },
            {"label": "org.pauta.generation", "data": dict(generation)},
        ],
    }


def signed(data: bytes, content: Mapping[str, Any], credential: Credential) -> bytes:
    """The file with its credential; its pixels are the same.

    Args:
        data: a PNG, JPEG or WebP file.
        content: as `statement` gives it.
    """
    import c2pa

    settings = c2pa.Settings.from_dict(dict(_SETTINGS))
    signer = c2pa.Signer.from_callback(
        credential.sign, c2pa.C2paSigningAlg.ES256, credential.chain, None
    )
    out = io.BytesIO()
    with c2pa.Context(settings=settings) as context:
        builder = c2pa.Builder(json.dumps(content), context=context)
        builder.sign(signer, mime_of(data), io.BytesIO(data), out)
    return out.getvalue()


def checked(data: bytes, *, trust_anchors: str = "") -> Checked:
    """What a file's credential says, and whether the file is still what was signed.

    Args:
        trust_anchors: PEM of the authorities that are believed; without one nobody is.

    Raises:
        ValueError: the bytes are no PNG, JPEG or WebP file.
    """
    import c2pa

    mime = mime_of(data)
    trust = {"trust": {"trust_anchors": trust_anchors}, "verify": {"verify_trust": True}}
    settings = c2pa.Settings.from_dict({**_SETTINGS, **(trust if trust_anchors else {})})
    try:
        with c2pa.Context(settings=settings) as context:
            found = json.loads(c2pa.Reader(mime, io.BytesIO(data), context=context).json())
    except c2pa.C2paError as error:
        if isinstance(error, c2pa.C2paError.ManifestNotFound):
            return Checked("absent", (), "", {})
        return Checked("invalid", (str(error)[:200],), "", {})
    problems = tuple(
        status["code"]
        for status in found.get("validation_status") or []
        if status["code"] != "signingCredential.untrusted"
    )
    claims = found["manifests"].get(found.get("active_manifest"), {})
    state: State = {"Trusted": "trusted", "Valid": "valid"}.get(
        found.get("validation_state"), "invalid"
    )  # type: ignore[assignment]
    signer = (claims.get("signature_info") or {}).get("issuer") or ""
    return Checked(state, problems, signer, claims)


def mime_of(data: bytes) -> str:
    """The kind of picture by its first bytes.

    Raises:
        ValueError: it is none that can be signed.
    """
    for start, mime in _MIMES.items():
        if data.startswith(start) and (mime != "image/webp" or data[8:12] == b"WEBP"):
            return mime
    raise ValueError(f"not a PNG, JPEG or WebP file: it begins with {data[:8]!r}.")


@dataclass(frozen=True)
class Authority:
    """A certificate authority for trials, and the first signer under it; all PEM."""

    root: str
    root_key: bytes
    chain: str
    key: bytes


def new_authority(organisation: str, *, now: datetime) -> Authority:
    """A trial authority that signs one signer. A company's own comes from its own CA."""
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root_name = _name(f"{organisation} trial root", organisation)
    root = _certificate(root_name, root_name, root_key.public_key(), root_key, now=now, ca=True)
    leaf = _certificate(
        _name(f"{organisation} trial signer", organisation),
        root_name,
        key.public_key(),
        root_key,
        now=now,
        ca=False,
    )
    return Authority(
        root=_pem(root),
        root_key=_private(root_key),
        chain=_pem(leaf) + _pem(root),
        key=_private(key),
    )


def _name(common: str, organisation: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CO"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    signing: ec.EllipticCurvePrivateKey,
    *,
    now: datetime,
    ca: bool,
) -> x509.Certificate:
    years = _CA_YEARS if ca else _LEAF_YEARS
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        # A clock that runs a little late must not refuse it.
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=365 * years))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()),
            critical=False,
        )
        .add_extension(
            x509.KeyUsage(
                digital_signature=not ca,
                key_cert_sign=ca,
                crl_sign=ca,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    )
    if not ca:
        # The usage that C2PA readers take without further settings.
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(usage, critical=False)
    return builder.sign(signing, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
