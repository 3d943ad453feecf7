"""What a platform client gives and what its parser takes.

A client turns HTTP into `Reply` objects; they are stored as they came and can be
parsed again years later without the network. A parser turns them into plain rows.
"""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, BinaryIO, Protocol

import orjson
import pyarrow as pa

from include.sources.answers import Packed, decoded, unpacked

# Of pages of numbers: 40 % larger than level 9 makes them, eight times as quick.
_LEVEL = 3
_CHUNK = 1 << 20
_BODY = b',"body":'
_END = b"}\n"
_NOT_DECODED = object()


@dataclass(frozen=True)
class Account:
    """One ad account, as named in `include/config/nodes.yaml`."""

    platform: str
    account_id: str
    name: str
    currency: str
    timezone: str
    connection: str
    lookback_days: int


@dataclass(frozen=True)
class Window:
    """Report days to read, both ends included, in the account's time zone."""

    since: date
    until: date

    def __post_init__(self) -> None:
        if self.since > self.until:
            raise ValueError(f"window: since {self.since} must not be after until {self.until}.")


class Answered(Protocol):
    """What a reply is made of: see `include.sources.http.Answer`."""

    @property
    def status(self) -> int: ...
    @property
    def url(self) -> str: ...
    @property
    def content(self) -> bytes: ...
    @property
    def packed(self) -> Packed | None: ...


class Reply:
    """One HTTP reply: its bytes as they came, and where and when it was read.

    `body` is decoded when it is first asked for, so that storing a reply costs no decoding.
    `url` and `content` hold no secret: tokens and signatures are removed by the client.

    Args:
        body: the decoded reply, for a source that has no bytes; else give `content`.
        content: the reply as it came.
        packed: the reply as it came, when it came gzipped.
    """

    __slots__ = ("_body", "_content", "entity", "fetched_at", "packed", "status", "url")

    def __init__(
        self,
        entity: str,
        url: str,
        status: int,
        fetched_at: datetime,
        body: Any = None,
        *,
        content: bytes | None = None,
        packed: Packed | None = None,
    ) -> None:
        self.entity = entity
        self.url = url
        self.status = status
        self.fetched_at = fetched_at
        self.packed = packed
        self._body = body if content is None and packed is None else _NOT_DECODED
        self._content = content

    @classmethod
    def of(cls, entity: str, answer: Answered, fetched_at: datetime) -> Reply:
        """The reply that an answer of `include.sources.http.call` is."""
        packed = answer.packed
        content = answer.content if packed is None else None
        return cls(entity, answer.url, answer.status, fetched_at, content=content, packed=packed)

    @property
    def body(self) -> Any:
        """The decoded JSON.

        Raises:
            ValueError: the bytes are no JSON.
        """
        if self._body is _NOT_DECODED:
            self._body = decode(self.content)
        return self._body

    @property
    def content(self) -> bytes:
        """The bytes as they came; of a reply made from a body, the shortest JSON."""
        if self._content is None and self.packed is not None:
            return unpacked(self.packed.data)[0]
        if self._content is None:
            self._content = json.dumps(
                self._body, ensure_ascii=False, separators=(",", ":")
            ).encode("utf-8", "surrogatepass")
        return self._content

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reply) and self._told() == other._told()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Reply({self.entity!r}, {self.url!r}, {self.status}, {self.content[:80]!r})"

    def _told(self) -> tuple[str, str, int, datetime, bytes]:
        return (self.entity, self.url, self.status, self.fetched_at, self.content)


def decode(content: bytes) -> Any:
    """The JSON value of a reply.

    Raises:
        ValueError: the bytes are no JSON.
    """
    try:
        return decoded(content)
    except orjson.JSONDecodeError:
        # A text that a platform cut inside an emoji holds half a character: JSON to Python's
        # own reader, not to orjson.
        return json.loads(content)


@dataclass
class Parsed:
    """Rows per table, and how often a field or value was seen that nobody mapped.

    Args:
        rows: table -> plain rows, as `include.sources.strict` makes them.
        batches: rows of `ad_daily` that could be read column by column, `DAILY_PARSED`;
            together with `rows["ad_daily"]` they are all that was read.
        unknown: `entity.field` or `entity.field=VALUE` -> how often.
    """

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    batches: list[pa.RecordBatch] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)


def write_replies(replies: Iterable[Reply], out: BinaryIO) -> None:
    """Write replies as gzipped lines of JSON; the same replies give the same bytes."""
    writer = RawWriter(out)
    for reply in replies:
        writer.add(reply)
    writer.close()


class RawWriter:
    """Writes replies one by one into a raw file, gzipped, holding none of them.

    A line is `{"entity":…,"url":…,"status":…,"fetched_at":…,"bytes":N,"body":` and then the N
    bytes of the reply as they came, and `}`. So tools for JSON lines read it (of a reply that
    came on many lines, tools for concatenated JSON), and not one byte of a reply is changed.

    A reply that came gzipped is a member of the file as it came: the file is several gzips one
    behind the other, which is a gzip too (RFC 1952, section 2.2).
    """

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._gzip = _packer()

    def add(self, reply: Reply) -> None:
        """Append one reply."""
        packed = reply.packed
        content = reply.content if packed is None else b""
        head = {
            "entity": reply.entity,
            "url": reply.url,
            "status": reply.status,
            "fetched_at": reply.fetched_at.isoformat(),
            "bytes": len(content) if packed is None else packed.size,
        }
        start = json.dumps(head, ensure_ascii=False, separators=(",", ":"))[:-1].encode()
        self._out.write(self._gzip.compress(start + _BODY))
        if packed is None:
            self._out.write(self._gzip.compress(content))
        else:
            self._out.write(self._gzip.flush())
            self._out.write(packed.data)
            self._gzip = _packer()
        self._out.write(self._gzip.compress(_END))

    def close(self) -> None:
        """Write what is still held back; the file below stays open."""
        self._out.write(self._gzip.flush())


def _packer() -> zlib._Compress:
    # No file name and no time in the header: they would differ on every rerun.
    return zlib.compressobj(_LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)


def read_replies(source: BinaryIO) -> Iterator[Reply]:
    """The replies of one raw file, in the order they were read; one is held at a time.

    Raises:
        ValueError: the file is not what `RawWriter` writes.
    """
    with gzip.GzipFile(fileobj=source) as plain, io.BufferedReader(plain, _CHUNK) as lines:
        while line := lines.readline():
            start, found, content = line.partition(_BODY)
            if not found:
                raise ValueError(f"raw file: {line[:80]!r} is not the start of a reply.")
            head = json.loads(start + b"}")
            length = head["bytes"] + len(_END)
            if len(content) < length:  # the reply itself holds line breaks
                content += lines.read(length - len(content))
            if len(content) != length or not content.endswith(_END):
                raise ValueError(
                    f"raw file: the reply from {head['url']} is not {head['bytes']} bytes long, "
                    "as its line says. Collect the day again."
                )
            yield Reply(
                entity=head["entity"],
                url=head["url"],
                status=head["status"],
                fetched_at=datetime.fromisoformat(head["fetched_at"]),
                content=content[: -len(_END)],
            )


def dump_replies(replies: Iterable[Reply]) -> bytes:
    """The bytes of a raw file that holds these replies."""
    buffer = io.BytesIO()
    write_replies(replies, buffer)
    return buffer.getvalue()


def load_replies(data: bytes) -> Iterator[Reply]:
    """The replies in the bytes of a raw file."""
    return read_replies(io.BytesIO(data))
