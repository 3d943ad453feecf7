"""A platform's reply as the clients see it, with its secrets blotted out."""

from __future__ import annotations

import gc
import threading
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import orjson
from requests.structures import CaseInsensitiveDict

from include.sources.glances import looks_whole

# Text of a reply that is shown in a message: enough to recognise it, too little to flood a log.
SHOWN = 200
# Up to here a reply is decoded to see that it is whole; a larger one is looked at.
DECODED_BYTES = 65_536

# What a gzip may unpack to: a month of a large account's numbers is some 100 MB.
MOST_PLAIN = 1 << 30

_GZIP = 16 + zlib.MAX_WBITS
_NOT_DECODED = object()
_collector = threading.Lock()


class TooLarge(Exception):
    """A gzip unpacks to more than anybody asked for."""


@dataclass(frozen=True)
class Packed:
    """A reply's bytes gzipped, as the platform sent them; `size` is what they unpack to."""

    data: bytes = field(repr=False)
    size: int


class Answer:
    """A reply whose secrets are blotted out; `content` is the reply as it came but for them.

    `body` is decoded when it is first asked for and kept until `let_go`: decoded, a reply is
    ten times as large.

    Args:
        content: the reply's bytes; may be left out when `packed` is there.
        packed: the same bytes gzipped; None when they came otherwise, or held a secret.
    """

    __slots__ = ("_body", "_content", "headers", "packed", "status", "url")

    def __init__(
        self,
        status: int,
        url: str,
        headers: Mapping[str, str],
        content: bytes | None = b"",
        *,
        packed: Packed | None = None,
    ) -> None:
        self.status = status
        self.url = url
        self.headers: Mapping[str, str] = CaseInsensitiveDict(headers)
        self.packed = packed
        self._content = content
        self._body: Any = _NOT_DECODED

    @property
    def content(self) -> bytes:
        """The reply's bytes."""
        if self._content is None:
            self._content = b"" if self.packed is None else unpacked(self.packed.data)[0]
        return self._content

    @property
    def text(self) -> str:
        """The reply's start."""
        return self.content[: 4 * SHOWN].decode(errors="replace")

    @property
    def body(self) -> Any:
        """The decoded JSON; None when the reply is none."""
        if self._body is _NOT_DECODED:
            try:
                self._body = decoded(self.content)
            except orjson.JSONDecodeError:  # also bytes that are no UTF-8
                self._body = None
        return self._body

    def mentions(self, name: str) -> bool:
        """Whether the reply has a member of this name anywhere; decoding tells where."""
        return f'"{name}"'.encode() in self.content

    @property
    def is_json(self) -> bool:
        """Whether the reply is whole JSON; of a large one, whether it looks so.

        What the look misses, the parser refuses later.
        """
        if self._body is _NOT_DECODED and len(self.content) > DECODED_BYTES:
            return looks_whole(self.content) or self.body is not None
        return self.body is not None

    def let_go(self) -> None:
        """Forget what can be had again: the decoded body, and the bytes when they are packed."""
        self._body = _NOT_DECODED
        if self.packed is not None:
            self._content = None


def decoded(content: bytes) -> Any:
    """The JSON value, made without Python's collector: JSON holds no cycles, and looking for
    some takes twice as long as the decoding.

    Raises:
        orjson.JSONDecodeError: the bytes are no JSON.
    """
    with _collector:  # nobody may find it off and leave it so; orjson takes turns anyway
        collects = gc.isenabled()
        gc.disable()
        try:
            return orjson.loads(content)
        finally:
            if collects:
                gc.enable()


def is_gzipped(headers: Mapping[str, str]) -> bool:
    """Whether a body with these headers came gzipped."""
    return headers.get("content-encoding", "").strip().lower() in {"gzip", "x-gzip"}


def unpacked(data: bytes, *, most: int = MOST_PLAIN) -> tuple[bytes, Packed | None]:
    """The bytes in a gzip of one or more members; the gzip itself, when it is nothing but that.

    Raises:
        TooLarge: it unpacks to more than `most` bytes.
        zlib.error: it is no gzip, damaged, or cut short.
    """
    pieces: list[bytes] = []
    rest = data
    while rest.startswith(b"\x1f\x8b") or not pieces:
        unpacker = zlib.decompressobj(_GZIP)
        pieces.append(unpacker.decompress(rest, most))
        if unpacker.unconsumed_tail or sum(map(len, pieces)) > most:
            raise TooLarge(f"{len(data)} bytes of gzip unpack to more than {most:,}")
        if not unpacker.eof:
            raise zlib.error(f"{len(data)} bytes of gzip that end too early")
        rest = unpacker.unused_data
    content = pieces[0] if len(pieces) == 1 else b"".join(pieces)
    return content, None if rest else Packed(data, len(content))


def hide(content: bytes, secrets: Collection[str]) -> bytes:
    """The bytes with every secret, plain or percent-encoded, replaced by `***`.

    The very same bytes when there is none in them.
    """
    for secret in secrets:
        for form in {secret, quote(secret, safe="")}:
            if form and form.encode() in content:
                content = content.replace(form.encode(), b"***")
    return content
