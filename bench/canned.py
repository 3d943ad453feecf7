"""A server that keeps the sandbox's answers, for benchmarks: what was asked before costs it
nothing but the delay.

A platform's own thinking is not ours to measure, nor is how quickly it packs and sends. So an
answer is packed once, before the clock starts, and lies ready as the bytes that go out; the
server between it and the socket does as little as a server can. Answers are gzipped for whoever
takes gzip, as all four platforms do it.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from starlette.types import ASGIApp, Message

# What is another answer from one moment to the next, or begins something anew: Meta's reports
# and their states, the states of X's jobs. X's jobs themselves are begun once.
_CHANGES = re.compile(r"POST .*/insights|async_status|GET .*/stats/jobs/")
# What a request is, but for what its connection is.
_OF_THE_LINE = {"host", "connection", "content-length", "transfer-encoding"}
# Below a packet's size, packing is not worth it.
_LEAST_PACKED = 1_400
_LEVEL = 6  # what servers use unless told otherwise


class Canned:
    """Answers late, from memory where it can, and knows what it was asked.

    `GET /bench/requests` gives what was asked, as arguments of `requests.request`; `DELETE`
    forgets it.
    """

    def __init__(self, app: ASGIApp, *, delay_s: float) -> None:
        self._app = app
        self._delay_s = delay_s
        self._answers: dict[tuple[str, bytes], bytes] = {}
        self._asked: list[dict[str, Any]] = []

    def connection(self) -> Connection:
        """Somebody called."""
        return Connection(self)

    async def answer(self, method: str, target: str, headers: _Headers, body: bytes) -> bytes:
        """The whole answer, as it goes over the line; not before the delay is over."""
        if target == "/bench/requests":
            if method == "DELETE":
                self._asked.clear()
            return _bytes_of(200, [("content-type", "application/json")], _json(self._asked))
        self._asked.append(
            {
                "method": method,
                "url": f"http://{headers['host']}{target}",
                "headers": {k: v for k, v in headers.items() if k not in _OF_THE_LINE},
                "data": body.decode("latin-1"),
            }
        )
        late = asyncio.get_running_loop().create_task(asyncio.sleep(self._delay_s))
        asked = f"{method} {target}"
        known = self._answers.get((asked, body))
        if known is None:
            status, told, content = await self._ask(method, target, headers, body)
            known = _bytes_of(status, told, content)
            if status < 400 and not _CHANGES.search(asked):
                self._answers[asked, body] = known
        await late
        return known

    async def _ask(
        self, method: str, target: str, headers: _Headers, body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """What the sandbox says."""
        path, _, query = target.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode("latin-1"),
            "query_string": query.encode("latin-1"),
            "root_path": "",
            "headers": [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()],
            "client": ("127.0.0.1", 0),
            "server": tuple(headers["host"].split(":")),
        }
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        told = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in sent[0]["headers"]]
        content = b"".join(message.get("body", b"") for message in sent[1:])
        names = {name.lower() for name, _ in told}
        if (
            "gzip" in headers.get("accept-encoding", "")
            and "content-encoding" not in names
            and len(content) >= _LEAST_PACKED
        ):
            content = gzip.compress(content, _LEVEL, mtime=0)
            told.append(("content-encoding", "gzip"))
        return sent[0]["status"], told, content


_Headers = dict[str, str]


class Connection(asyncio.Protocol):
    """One connection, whose requests come one after the other."""

    def __init__(self, canned: Canned) -> None:
        self._canned = canned
        self._come = b""
        self._under_way: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        self._come += data
        head, found, body = self._come.partition(b"\r\n\r\n")
        if not found:
            return
        first, *lines = head.decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        if len(body) < int(headers.get("content-length", 0)):
            return
        self._come = b""
        method, target, _ = first.split(" ", 2)
        loop = asyncio.get_running_loop()
        self._under_way = loop.create_task(self._reply(method, target, headers, body))

    async def _reply(self, method: str, target: str, headers: _Headers, body: bytes) -> None:
        self._transport.write(await self._canned.answer(method, target, headers, body))


def _bytes_of(status: int, headers: list[tuple[str, str]], content: bytes) -> bytes:
    """An answer as it goes over the line."""
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers if name.lower() != "content-length"]
    lines.append(f"content-length: {len(content)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + content


def _json(value: object) -> bytes:
    return json.dumps(value).encode()
