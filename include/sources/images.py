"""Fetches the picture files that creatives refer to, and keeps each under its sha256.

A picture that cannot be had or is no picture becomes a row with a reason; the others go on.
Only a host that cannot be reached at all stops the task, because trying later helps.
"""

from __future__ import annotations

import hashlib
import io
import re
import struct
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
import stamina
from PIL import Image

from include.errors import SourceUnavailable
from include.sources.http import PassingError
from include.store import Store

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 50_000_000
MAX_REDIRECTS = 3
TIMEOUT_S = (10.0, 60.0)
ATTEMPTS = 3
WORKERS = 4  # mostly waiting for the network
# Decoder's name -> type and file extension; no other decoder is let near the bytes.
FORMATS = {
    "PNG": ("image/png", "png"),
    "JPEG": ("image/jpeg", "jpg"),
    "WEBP": ("image/webp", "webp"),
    "GIF": ("image/gif", "gif"),
}
# What Pillow raises on bytes that are not the picture they say they are.
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    struct.error,
    Image.DecompressionBombError,
)
_UNREADABLE_TEXT = re.compile(r"[^\x20-\x7e]")

Row = dict[str, Any]


@dataclass(frozen=True)
class Picture:
    """A file that decodes: its sha256, type and size."""

    sha256: str
    mime: str
    extension: str
    width: int
    height: int
    bytes: int

    @property
    def key(self) -> str:
        """Where the store keeps it."""
        return f"images/sha256/{self.sha256[:2]}/{self.sha256}.{self.extension}"


class _Unavailable(Exception):
    """The picture cannot be had now; `str()` is the reason."""


class _Broken(Exception):
    """The bytes are no picture we take; `str()` is the reason."""


def fetch_images(
    refs: Sequence[Mapping[str, Any]],
    store: Store,
    *,
    session: requests.Session,
    hosts: frozenset[str],
    known: Mapping[str, Mapping[str, Any]],
) -> Iterator[Row]:
    """One `creative_images` row per reference, in the order of the references.

    Args:
        refs: rows of a parser: the key columns, `role`, `source_ref`, `url`, `reason`.
        hosts: where files may come from: `host` or `*.domain` over https, and `host:port`
            (as in a sandbox or an own mirror) over http too. Redirects are held to it.
        known: `source_ref` -> row of an earlier reading that is stored; not fetched again.

    Raises:
        SourceUnavailable: a host could not be reached, or broke the connection three times.
        OSError: the store could not write, for example on a full disk.
    """
    jobs: dict[str, Mapping[str, Any]] = {}
    for ref in refs:
        if ref["source_ref"] not in known:
            jobs.setdefault(_name(ref), ref)
    # One session per thread: requests does not promise that one can be shared.
    local = threading.local()

    def own_session() -> requests.Session:
        if not hasattr(local, "session"):
            local.session = requests.Session()
            local.session.headers.update(session.headers)
            local.session.verify = session.verify
            local.session.proxies.update(session.proxies)
        own: requests.Session = local.session
        return own

    def work(ref: Mapping[str, Any]) -> Row:
        return _result(ref, store, own_session(), hosts)

    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        fetched = dict(zip(jobs, pool.map(work, jobs.values()), strict=True))
    for ref in refs:
        found = known.get(ref["source_ref"]) or fetched[_name(ref)]
        yield {
            **{key: value for key, value in ref.items() if key not in {"url", "reason"}},
            **{name: found[name] for name in _RESULT},
        }


_RESULT = ("picture", "mime", "width", "height", "bytes", "status", "reason")


def decoded(content: bytes) -> Picture:
    """The picture in these bytes; of an animation, the first frame is looked at.

    Raises:
        ValueError: they are no PNG, JPEG, WebP or GIF, are cut short, or are too large.
    """
    try:
        with Image.open(io.BytesIO(content), formats=tuple(FORMATS)) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise _Broken(f"{width} x {height} px, at most {MAX_PIXELS:,} px are taken")
            image.load()
            kind = image.format or ""
    except _Broken as error:
        raise ValueError(str(error)) from error
    except BROKEN as error:
        start = _UNREADABLE_TEXT.sub(".", content[:16].decode("latin-1"))
        raise ValueError(
            f"not a whole PNG, JPEG, WebP or GIF: {len(content)} bytes that begin with {start!r} "
            f"({type(error).__name__})"
        ) from error
    mime, extension = FORMATS[kind]
    sha256 = hashlib.sha256(content).hexdigest()
    return Picture(sha256, mime, extension, width, height, len(content))


def allowed(url: str, hosts: frozenset[str]) -> bool:
    """Whether a picture may be fetched from this address; see `fetch_images`."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    host = (parts.hostname or "").lower()
    if not host or parts.username is not None:
        return False
    if port is not None and f"{host}:{port}" in hosts:
        return parts.scheme in {"http", "https"}
    if parts.scheme != "https" or port not in {None, 443}:
        return False
    return host in hosts or any(
        host.endswith(pattern[1:]) for pattern in hosts if pattern.startswith("*.")
    )


def _name(ref: Mapping[str, Any]) -> str:
    """What makes two references the same file: the platform's name for it, else its address."""
    return str(ref["source_ref"] or ref.get("url"))


def _result(
    ref: Mapping[str, Any], store: Store, session: requests.Session, hosts: frozenset[str]
) -> Row:
    url = ref.get("url")
    try:
        if not url:
            raise _Unavailable(ref.get("reason") or "the platform tells no address")
        content = _download(url, session, hosts)
        picture = decoded(content)
    except _Unavailable as error:
        return _missing("unavailable", str(error))
    except (_Broken, ValueError) as error:
        return _missing("broken", str(error))
    if not store.exists(picture.key):
        store.write(picture.key, content)
    return {
        "picture": picture.sha256,
        "mime": picture.mime,
        "width": picture.width,
        "height": picture.height,
        "bytes": picture.bytes,
        "status": "stored",
        "reason": None,
    }


def _missing(status: str, reason: str) -> Row:
    return {**dict.fromkeys(_RESULT), "status": status, "reason": reason}


def _download(url: str, session: requests.Session, hosts: frozenset[str]) -> bytes:
    """The file, within the byte limit, over at most three checked redirects."""
    for _ in range(MAX_REDIRECTS + 1):
        if not allowed(url, hosts):
            raise _Unavailable(
                f"{_place(url)} is not among the connection's image hosts; add it there if it is "
                "the platform's"
            )
        status, location, content = _get(url, session)
        if location is None:
            if status != 200:
                raise _Unavailable(f"{_place(url)} answered {status}")
            return content
        url = urljoin(url, location)
    raise _Unavailable(f"more than {MAX_REDIRECTS} redirects")


def _get(url: str, session: requests.Session) -> tuple[int, str | None, bytes]:
    """Status, address of a redirect, and the bytes; tried again where that can help."""
    try:
        for attempt in stamina.retry_context(
            on=PassingError, attempts=ATTEMPTS, timeout=120, wait_initial=0.5, wait_max=5
        ):
            with attempt:
                return _get_once(url, session)
    except _ServerError as error:
        raise _Unavailable(f"{_place(url)} {error}, {ATTEMPTS} times") from error
    except PassingError as error:
        raise SourceUnavailable(
            f"picture from {_place(url)}: {error}, tried {ATTEMPTS} times. It is tried again "
            "later; if it goes on, check that the worker reaches this host."
        ) from error
    raise AssertionError("stamina ends by returning or raising")


class _ServerError(PassingError):
    """This file's server has trouble; other files may be fine."""


def _get_once(url: str, session: requests.Session) -> tuple[int, str | None, bytes]:
    try:
        with session.get(url, timeout=TIMEOUT_S, stream=True, allow_redirects=False) as response:
            if response.is_redirect:
                return response.status_code, response.headers["location"], b""
            if response.status_code >= 500 or response.status_code == 429:
                raise _ServerError(f"answered {response.status_code}")
            if response.status_code != 200:
                return response.status_code, None, b""
            return 200, None, _bounded(response)
    except (
        requests.ConnectionError,
        requests.Timeout,
        requests.exceptions.ChunkedEncodingError,
    ) as error:
        raise PassingError(f"no whole answer ({type(error).__name__})") from error
    except requests.RequestException as error:
        raise _Unavailable(f"{_place(url)}: {type(error).__name__}") from error


def _bounded(response: requests.Response) -> bytes:
    told = response.headers.get("content-length", "0")
    if told.isdigit() and int(told) > MAX_BYTES:
        raise _Broken(f"{int(told):,} bytes, at most {MAX_BYTES:,} are taken")
    content = bytearray()
    for piece in response.iter_content(64 * 1024):
        content += piece
        if len(content) > MAX_BYTES:
            raise _Broken(f"more than {MAX_BYTES:,} bytes")
    return bytes(content)


def _place(url: str) -> str:
    """Host and port of an address, for messages: picture links are signed."""
    try:
        parts: SplitResult = urlsplit(url)
    except ValueError:
        return "an address that is none"
    return parts.netloc.rsplit("@", 1)[-1] or f"{parts.scheme or 'no'} address"
