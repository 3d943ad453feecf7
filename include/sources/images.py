"""Fetches the picture files that creatives refer to, and keeps each under its sha256.

A picture that cannot be had or is no picture becomes a row with a reason; the others go on.
Only a host that cannot be reached at all stops the task, because trying later helps.
"""

from __future__ import annotations

import hashlib
import re
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any
from urllib.parse import urljoin

import requests
import stamina
from PIL import Image

from include.errors import SourceUnavailable
from include.sources.addresses import AddressRefused, allowed, checked_session, place
from include.sources.http import PassingError, in_order, own_session
from include.store import Store

__all__ = ["MAX_BYTES", "MAX_PIXELS", "Picture", "allowed", "decoded", "fetch_images"]

MAX_BYTES = 30 * 1024 * 1024  # Meta takes creatives up to this; the others less
MAX_PIXELS = 50_000_000
MAX_REDIRECTS = 3
TIMEOUT_S = (10.0, 60.0)
# A file that comes in drops for longer than this is given up.
LONGEST_S = 120.0
ATTEMPTS = 3
WORKERS = 4  # mostly waiting for the network
PIECE_BYTES = 64 * 1024
# Below this on both sides it is a preview: no platform takes creatives so small, and Meta's
# own previews have 64 px.
SMALL_PX = 100
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
# One picture of 50 million pixels unfolds to 200 MB: one at a time.
_unfolding = threading.Lock()

Row = dict[str, Any]
Ref = Mapping[str, Any]
_Name = tuple[str, bool]
Refresh = Callable[[Sequence[Ref]], Mapping[str, str]]


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


class _Expired(_Unavailable):
    """The link is no longer good; a fresh one may be."""


class _Broken(Exception):
    """The bytes are no picture we take; `str()` is the reason."""


class _ServerError(PassingError):
    """This file's server has trouble; other files may be fine."""


def fetch_images(
    refs: Sequence[Ref],
    store: Store,
    *,
    session: requests.Session,
    hosts: frozenset[str],
    known: Mapping[str, Ref],
    refresh: Refresh | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Row]:
    """One `creative_images` row per reference, in the order of the references.

    Args:
        refs: rows of a parser: the key columns, `role`, `source_ref`, `url`, `reason`; where
            the platform tells them, `width` and `height` of the whole picture; and
            `is_thumbnail` true where the link is known to lead to a preview.
        hosts: where files may come from: `host` or `*.domain` over https, and `host:port`
            (as in a sandbox or an own mirror) over http too. Redirects are held to it. Names
            must lead to public addresses, unless `host:port` is on the list.
        known: `source_ref` -> row of an earlier reading that is stored; not fetched again,
            unless it is a preview and the whole picture can now be had.
        refresh: asked once for fresh links, by `source_ref`, of the references whose link
            was refused (403, 404, 410); those are tried once more.
        clock: seconds that only grow.

    Raises:
        SourceUnavailable: a host could not be reached, or broke the connection three times.
        OSError: the store could not write, for example on a full disk.
        Exception: whatever `refresh` raises.
    """
    jobs: dict[_Name, Ref] = {}
    for ref in refs:
        if not _is_had(ref, known):
            jobs.setdefault(_name(ref), ref)
    checked = checked_session(session, hosts)

    def fetched(wanted: Mapping[_Name, Ref]) -> dict[_Name, Row | _Expired]:
        calls = (
            partial(_result, ref, store, checked, hosts, clock=clock) for ref in wanted.values()
        )
        return dict(zip(wanted, in_order(WORKERS, calls), strict=True))

    results = fetched(jobs)
    expired = {
        name: jobs[name]
        for name, result in results.items()
        if isinstance(result, _Expired) and jobs[name]["source_ref"]
    }
    if expired and refresh is not None:
        fresh = refresh(list(expired.values()))
        again = {
            name: {**ref, "url": fresh[ref["source_ref"]]}
            for name, ref in expired.items()
            if fresh.get(ref["source_ref"])
        }
        results |= fetched(again)
        for name in again:
            if isinstance(results[name], _Expired):
                results[name] = _Expired(f"{results[name]}, also with a fresh link")
    for ref in refs:
        found = known[ref["source_ref"]] if _is_had(ref, known) else results[_name(ref)]
        if isinstance(found, _Expired):
            found = _missing(ref, "unavailable", str(found))
        yield {
            **{key: value for key, value in ref.items() if key not in {"url", "reason"}},
            **{name: found[name] for name in _RESULT},
            # Readings of before the column existed hold whole pictures.
            "is_thumbnail": bool(found.get("is_thumbnail")),
        }


_RESULT = ("picture", "mime", "width", "height", "bytes", "status", "reason")


def decoded(path: Path) -> Picture:
    """The picture in this file; of an animation, the first frame is looked at.

    Raises:
        ValueError: it is no PNG, JPEG, WebP or GIF, is cut short, or has too many pixels.
    """
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
        file.seek(0)
        try:
            kind, width, height = _unfolded(file)
        except BROKEN as error:
            file.seek(0)
            start = _UNREADABLE_TEXT.sub(".", file.read(16).decode("latin-1"))
            raise ValueError(
                f"not a whole PNG, JPEG, WebP or GIF: {size} bytes that begin with {start!r} "
                f"({type(error).__name__})"
            ) from error
    if width * height > MAX_PIXELS:
        raise ValueError(f"{width} x {height} px, at most {MAX_PIXELS:,} px are taken")
    mime, extension = FORMATS[kind]
    return Picture(sha256, mime, extension, width, height, size)


def _unfolded(file: IO[bytes]) -> tuple[str, int, int]:
    """Format, width and height; unfolds the pixels, unless there are too many."""
    with Image.open(file, formats=tuple(FORMATS)) as image:
        width, height = image.size
        if width * height <= MAX_PIXELS:
            with _unfolding:
                image.load()
        return image.format or "", width, height


def _is_had(ref: Ref, known: Mapping[str, Ref]) -> bool:
    """Whether an earlier reading has the picture, or a preview and no more is offered now."""
    found = known.get(ref["source_ref"])
    return found is not None and bool(
        not found.get("is_thumbnail") or ref.get("is_thumbnail") or not ref.get("url")
    )


def _name(ref: Ref) -> _Name:
    """What makes two references the same file: the platform's name for it, else its address."""
    return str(ref["source_ref"] or ref.get("url")), bool(ref.get("is_thumbnail"))


def _result(
    ref: Ref,
    store: Store,
    session: requests.Session,
    hosts: frozenset[str],
    *,
    clock: Callable[[], float],
) -> Row | _Expired:
    url = ref.get("url")
    with tempfile.NamedTemporaryFile(prefix="pauta-picture-") as file:
        try:
            if not url:
                raise _Unavailable(ref.get("reason") or "the platform tells no address")
            _download(url, own_session(session), hosts, file, clock)
            file.flush()
            picture = decoded(Path(file.name))
        except _Expired as error:
            return error
        except _Unavailable as error:
            return _missing(ref, "unavailable", str(error))
        except (_Broken, ValueError) as error:
            return _missing(ref, "broken", str(error))
        if not store.exists(picture.key):
            store.write_file(picture.key, Path(file.name))
    return {
        "picture": picture.sha256,
        "mime": picture.mime,
        "width": picture.width,
        "height": picture.height,
        "bytes": picture.bytes,
        "is_thumbnail": _is_preview(ref, picture),
        "status": "stored",
        "reason": None,
    }


def _is_preview(ref: Ref, picture: Picture) -> bool:
    """Whether this is only a small copy: said by the link, by the size told, or tiny."""
    if ref.get("is_thumbnail"):
        return True
    longest = max(picture.width, picture.height)
    # Platforms shrink very large uploads; less than half of what they tell is a preview.
    told = max(ref.get("width") or 0, ref.get("height") or 0)
    return longest < SMALL_PX or 2 * longest < told


def _missing(ref: Ref, status: str, reason: str) -> Row:
    return {
        **dict.fromkeys(_RESULT),
        "is_thumbnail": bool(ref.get("is_thumbnail")),
        "status": status,
        "reason": reason,
    }


def _download(
    url: str,
    session: requests.Session,
    hosts: frozenset[str],
    file: IO[bytes],
    clock: Callable[[], float],
) -> None:
    """The file's bytes, within the limits, over at most three checked redirects."""
    for _ in range(MAX_REDIRECTS + 1):
        if not allowed(url, hosts):
            raise _Unavailable(
                f"{place(url)} is not among the connection's image hosts; add it there if it is "
                "the platform's"
            )
        leads_to = _get(url, session, file, clock)
        if leads_to is None:
            return
        url = urljoin(url, leads_to)
    raise _Unavailable(f"more than {MAX_REDIRECTS} redirects")


def _get(
    url: str, session: requests.Session, file: IO[bytes], clock: Callable[[], float]
) -> str | None:
    """Writes the file, or gives where a redirect leads; tried again where that can help."""
    try:
        for attempt in stamina.retry_context(
            on=PassingError, attempts=ATTEMPTS, timeout=180, wait_initial=0.5, wait_max=5
        ):
            with attempt:
                return _get_once(url, session, file, clock)
    except _ServerError as error:
        raise _Unavailable(f"{place(url)} {error}, {ATTEMPTS} times") from error
    except PassingError as error:
        raise SourceUnavailable(
            f"picture from {place(url)}: {error}, tried {ATTEMPTS} times. It is tried again "
            "later; if it goes on, check that the worker reaches this host."
        ) from error
    raise AssertionError("stamina ends by returning or raising")


def _get_once(
    url: str, session: requests.Session, file: IO[bytes], clock: Callable[[], float]
) -> str | None:
    file.seek(0)
    file.truncate()
    try:
        with session.get(
            url,
            timeout=TIMEOUT_S,
            stream=True,
            allow_redirects=False,
            auth=_nobody,
        ) as response:
            if response.is_redirect:
                return response.headers["location"]
            if response.status_code >= 500 or response.status_code == 429:
                raise _ServerError(f"answered {response.status_code}")
            if response.status_code in {403, 404, 410}:
                raise _Expired(f"{place(url)} answered {response.status_code}")
            if response.status_code != 200:
                raise _Unavailable(f"{place(url)} answered {response.status_code}")
            _write_bounded(response, file, clock)
            return None
    except AddressRefused as error:
        raise _Unavailable(str(error)) from error
    except (
        requests.ConnectionError,
        requests.Timeout,
        requests.exceptions.ChunkedEncodingError,
    ) as error:
        raise PassingError(f"no whole answer ({type(error).__name__})") from error
    except requests.RequestException as error:
        raise _Unavailable(f"{place(url)}: {type(error).__name__}") from error


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Sends no login: requests would look for one in a .netrc file of the worker."""
    return request


def _write_bounded(
    response: requests.Response, file: IO[bytes], clock: Callable[[], float]
) -> None:
    told = response.headers.get("content-length", "0")
    if told.isdecimal() and int(told) > MAX_BYTES:
        raise _Broken(f"{int(told):,} bytes, at most {MAX_BYTES:,} are taken")
    size, ends = 0, clock() + LONGEST_S
    for piece in response.iter_content(PIECE_BYTES):
        size += len(piece)
        if size > MAX_BYTES:
            raise _Broken(f"more than {MAX_BYTES:,} bytes")
        if clock() > ends:
            raise _Unavailable(f"after {LONGEST_S:.0f} s only {size:,} bytes had come")
        file.write(piece)
