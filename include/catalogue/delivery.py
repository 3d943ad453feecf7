"""Bytes on their way out: style sheets and scripts, cache headers, the ZIP of a set."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from include.catalogue.manifest import Manifest
from include.store import Store

FOLDER = Path(__file__).parent / "static"
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the same set gives the same archive


@dataclass(frozen=True)
class Asset:
    """One file of the folder `static`; `version` changes with its bytes."""

    data: bytes
    media_type: str
    version: str


class Assets(dict[str, Asset]):
    """The files of the folder `static` by name, read once: no request ever names a path."""

    @classmethod
    def load(cls) -> Assets:
        """Everything in the folder."""
        found = cls()
        for path in sorted(FOLDER.iterdir()):
            data = path.read_bytes()
            found[path.name] = Asset(data, MEDIA_TYPES[path.suffix], digest(data)[:12])
        return found


def digest(data: bytes) -> str:
    """A short name for exactly these bytes."""
    return hashlib.blake2b(data, digest_size=20).hexdigest()


def cached(
    request: Request,
    data: bytes,
    media_type: str,
    rule: str,
    *,
    tag: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An answer with a strong ETag, or 304 where the reader has these bytes already."""
    etag = f'"{digest(data) if tag is None else tag}"'
    sent = {"ETag": etag, "Cache-Control": rule, **(headers or {})}
    asked = (t.strip() for t in request.headers.get("if-none-match", "").split(","))
    if any(t.removeprefix("W/") == etag for t in asked):
        return Response(status_code=304, headers=sent)
    return Response(data, media_type=media_type, headers=sent)


def set_archive(store: Store, manifest: Manifest, brief: str) -> bytes:
    """A ZIP with the four images and the brief, all named after the set."""
    out = io.BytesIO()
    name = manifest.set_id
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:

        def add(member: str, data: bytes) -> None:
            archive.writestr(zipfile.ZipInfo(f"{name}/{member}", _ZIP_TIME), data)

        for image in manifest.images:
            suffix = image.file.rpartition(".")[2]
            add(f"{name}-{image.k}.{suffix}", store.read(f"sets/{name}/{image.file}"))
        add(f"{name}-brief.txt", brief.encode())
    return out.getvalue()
