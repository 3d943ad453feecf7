"""Answers kept while an account is read, so that an interrupted reading goes on where it was.

A limit or an outage may end a reading after hundreds of calls. Their answers are kept by
what was asked; the next try takes them from here and asks only for what it lacks.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import threading
import zlib
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlencode

from include.sources.answers import Answer, Packed, hide

_MAGIC = b"pauta memory 2\n"
# The file is one record after the other, each behind its length.
_LENGTH_BYTES = 8
_PIECE_BYTES = 1024 * 1024


def request_key(
    method: str,
    url: str,
    *,
    params: Mapping[str, Any] | None,
    json_body: Any,
    data: Mapping[str, str] | None,
    headers: Mapping[str, str] | None,
    secrets: Collection[str],
) -> str:
    """What makes two requests the same; holds no secret, and is the same with a renewed token."""
    asked = {
        "method": method,
        "url": url,
        "params": None if params is None else urlencode(params, doseq=True),
        "json": json_body,
        "data": None if data is None else urlencode(data),
        "headers": sorted((headers or {}).items()),
    }
    text = hide(json.dumps(asked, sort_keys=True, default=str).encode(), secrets)
    return hashlib.sha256(text).hexdigest()


class Memory:
    """Answers by request, in a temporary file that goes when the memory does."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the memory
        self._places: dict[str, tuple[int, int]] = {}
        self._end = 0
        self._at_end = True  # of the file, where the next answer goes
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._places)

    def recall(self, key: str) -> Answer | None:
        """The answer to a request that was asked before, or None."""
        with self._lock:
            if key not in self._places:
                return None
            start, length = self._places[key]
            self._at_end = False
            self._file.seek(start)
            record = self._file.read(length)
        return _answer(record)

    def keep(self, key: str, answer: Answer) -> None:
        """Remember a good answer; its secrets are blotted out already."""
        head = {
            "key": key,
            "status": answer.status,
            "url": answer.url,
            "headers": dict(answer.headers),
            "unpacks_to": None if answer.packed is None else answer.packed.size,
        }
        content = answer.content if answer.packed is None else answer.packed.data
        self._append(key, json.dumps(head).encode() + b"\n", content)

    def dump(self) -> bytes:
        """All answers, to be kept in a store; `load` undoes it."""
        packer = zlib.compressobj(level=1)
        parts = [_MAGIC]
        with self._lock:
            self._at_end = False
            self._file.seek(0)
            while piece := self._file.read(_PIECE_BYTES):
                parts.append(packer.compress(piece))
        return b"".join([*parts, packer.flush()])

    @classmethod
    def load(cls, data: bytes) -> Memory:
        """The memory that was dumped.

        Raises:
            ValueError: these bytes are no dump, or not a whole one.
        """
        if not data.startswith(_MAGIC):
            raise ValueError(
                f"memory: {len(data)} bytes that begin with {data[:16]!r} are no dump."
            )
        memory, packer = cls(), zlib.decompressobj()
        packed = data[len(_MAGIC) :]
        try:
            while packed:
                memory._file.write(packer.decompress(packed, _PIECE_BYTES))
                packed = packer.unconsumed_tail
        except zlib.error as error:
            raise ValueError(f"memory: the dump of {len(data)} bytes is damaged.") from error
        if not packer.eof:
            raise ValueError(f"memory: the dump of {len(data)} bytes is cut short.")
        memory._find_places()
        return memory

    def _find_places(self) -> None:
        self._end, self._at_end = self._file.tell(), False
        start = 0
        while start < self._end:
            self._file.seek(start)
            length = int.from_bytes(self._file.read(_LENGTH_BYTES), "big")
            start += _LENGTH_BYTES
            self._places[json.loads(self._file.readline())["key"]] = (start, length)
            start += length

    def _append(self, key: str, *parts: bytes) -> None:
        length = sum(map(len, parts))
        with self._lock:
            if not self._at_end:  # to go there writes out what is held back
                self._file.seek(self._end)
                self._at_end = True
            for part in (length.to_bytes(_LENGTH_BYTES, "big"), *parts):
                self._file.write(part)  # one by one: joined, a large answer would be copied
            self._places[key] = (self._end + _LENGTH_BYTES, length)
            self._end += _LENGTH_BYTES + length


def _answer(record: bytes) -> Answer:
    head, content = record.split(b"\n", 1)
    fields = json.loads(head)
    about = fields["status"], fields["url"], fields["headers"]
    if fields["unpacks_to"] is None:
        return Answer(*about, content)
    return Answer(*about, None, packed=Packed(content, fields["unpacks_to"]))
