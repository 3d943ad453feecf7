"""What can go wrong on the way, put between the sandbox's platforms and whoever asks.

A fault strikes requests that match its pattern. Tests hand in a `Faults`; a server of its
own is told over HTTP, with the admin token that it was started with:

    POST   /admin/faults    {"kind": "status", "path": "/meta/.*/insights", "status": 500}
    DELETE /admin/faults
    GET    /admin/requests
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from include.sandbox.edits import Edit, EditError, edited

__all__ = ["Asked", "Edit", "Fault", "FaultLayer", "Faults", "fault_of"]

Kind = Literal["status", "delay", "truncate", "drop", "headers", "body", "edit", "garble"]

# So much of a request's body is looked at and matched.
MATCHED_BYTES = 4096
# The log of a sandbox that runs for days does not fill the memory.
REMEMBERED = 100_000
_SECRET_PARAMETERS = re.compile(
    r"((?:access_token|appsecret_proof|client_secret|refresh_token|oauth_\w+)=)[^&\s]*"
)


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong with some requests.

    Args:
        kind: `status` answers in the platform's place with `status`, `headers` and `body`;
            `delay` asks the platform after `seconds`; `truncate` ends the body early, as if it
            were whole; `drop` breaks the connection; `headers` adds to the platform's headers;
            `body` puts `body` in place of the platform's; `edit` changes its JSON; `garble`
            puts bytes into it that are no text. A `Content-Length` among the headers is told
            as it is; when it promises more than there is, the line goes dead afterwards.
        path: pattern searched in `METHOD /path?query`, a new line and the body's first 4 kB.
        times: matching requests that it strikes; -1 strikes all.
        skip: matching requests that are let through before.
        body: bytes, text, or what becomes JSON.
        at: bytes of the body after which `truncate` and `drop` end it; half of it unless told.
            A `drop` at 0 sends nothing at all, not even a status.
    """

    kind: Kind
    path: str
    times: int = 1
    skip: int = 0
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    body: Any = field(default=None, hash=False)
    seconds: float = 0.0
    at: int | None = None
    edits: tuple[Edit, ...] = field(default=(), hash=False)

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"fault: kind {self.kind!r} is none of {', '.join(get_args(Kind))}.")
        try:
            re.compile(self.path)
        except re.error as error:
            raise ValueError(f"fault: path {self.path!r} is no pattern: {error}.") from error
        if (self.kind == "edit") != bool(self.edits):
            raise ValueError(f"fault {self.kind} {self.path}: edits go with kind `edit`, always.")

    @property
    def content(self) -> bytes:
        """`body` as bytes."""
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


@dataclass(frozen=True)
class Asked:
    """One request that the sandbox answered; tokens and signatures are blotted out.

    `status` is 0 when the connection was broken before a status.
    """

    method: str
    path: str
    query: str
    status: int


class Faults:
    """The faults that are set, what was asked, and which edits found nothing to change."""

    def __init__(self, *faults: Fault) -> None:
        self._lock = threading.Lock()
        self._set: list[tuple[Fault, list[int]]] = []
        self._requests: deque[Asked] = deque(maxlen=REMEMBERED)
        self.mistakes: list[str] = []
        for fault in faults:
            self.add(fault)

    def add(self, fault: Fault) -> None:
        """From now on, this may go wrong too."""
        with self._lock:
            self._set.append((fault, [0]))

    def clear(self) -> None:
        """Forget the faults, the mistakes and what was asked."""
        with self._lock:
            self._set.clear()
            self._requests.clear()
            self.mistakes.clear()

    @property
    def requests(self) -> list[Asked]:
        """What was asked, oldest first."""
        with self._lock:
            return list(self._requests)

    @property
    def struck(self) -> dict[Fault, int]:
        """How many requests each fault has struck."""
        with self._lock:
            return {fault: max(0, seen[0] - fault.skip) for fault, seen in self._set}

    def striking(self, request: str) -> list[Fault]:
        """The faults that strike this request, in the order they were set; counts them."""
        found = []
        with self._lock:
            for fault, seen in self._set:
                if not re.search(fault.path, request):
                    continue
                past = seen[0] - fault.skip
                if past >= 0 and past >= fault.times >= 0:
                    continue
                seen[0] += 1
                if past >= 0:
                    found.append(fault)
        return found

    def remember(self, asked: Asked) -> None:
        """Note a request and its status."""
        with self._lock:
            self._requests.append(asked)

    def misused(self, mistake: str) -> None:
        """Note an edit that changed nothing: the test that set it proves nothing."""
        with self._lock:
            self.mistakes.append(mistake)


class _Reply:
    """A whole answer, before it goes out."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = bytearray()
        self.told_length: int | None = None

    async def take(self, message: Message) -> None:
        """Stands in for `send`."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        else:
            self.body += message.get("body", b"")

    def add_headers(self, headers: Mapping[str, str]) -> None:
        """Set these, in place of any of the same name."""
        names = {name.lower().encode() for name in headers}
        for name, value in headers.items():
            if name.lower() == "content-length":
                self.told_length = int(value)
        kept = [pair for pair in self.headers if pair[0].lower() not in names]
        self.headers = [*kept, *((n.lower().encode(), v.encode()) for n, v in headers.items())]


class FaultLayer:
    """An ASGI application around the sandbox's: delays all, and lets faults strike some."""

    def __init__(self, app: ASGIApp, faults: Faults, *, delay_s: float = 0.0) -> None:
        self._app = app
        self._faults = faults
        self._delay_s = delay_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/admin/"):
            await self._app(scope, receive, send)
            return
        body, received = await _body(receive)
        path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
        query = scope["query_string"].decode("latin-1")
        target = f"{path}?{query}" if query else path
        start = body[:MATCHED_BYTES].decode("utf-8", "replace")
        striking = self._faults.striking(f"{scope['method']} {target}\n{start}")
        delay = self._delay_s + sum(fault.seconds for fault in striking if fault.kind == "delay")
        if delay and await _gone_within(delay, receive):
            self._faults.remember(Asked(scope["method"], path, _hidden(query), 0))
            return
        reply = _Reply()
        canned = next((fault for fault in striking if fault.kind == "status"), None)
        if canned is not None:
            reply.status, reply.body = canned.status, bytearray(canned.content)
            kind = b"text/html" if isinstance(canned.body, str) else b"application/json"
            reply.headers = [(b"content-type", kind)]
            reply.add_headers(canned.headers)
        else:
            await self._app(scope, received, reply.take)
        broken_at: int | None = None
        for fault in striking:
            if fault.kind == "drop":
                broken_at = len(reply.body) // 2 if fault.at is None else fault.at
            else:
                self._change(reply, fault, target)
        status = 0 if broken_at == 0 else reply.status
        self._faults.remember(Asked(scope["method"], path, _hidden(query), status))
        await _send(reply, send, broken_at)

    def _change(self, reply: _Reply, fault: Fault, target: str) -> None:
        if fault.kind == "truncate":
            del reply.body[len(reply.body) // 2 if fault.at is None else fault.at :]
        elif fault.kind == "headers":
            reply.add_headers(fault.headers)
        elif fault.kind == "body":
            reply.body = bytearray(fault.content)
            reply.add_headers(fault.headers)
        elif fault.kind == "garble":
            middle = len(reply.body) // 2
            reply.body[middle : middle + 8] = b"\xff\xfe\x00\xff\xc0\xc1\xff\xff"
        elif fault.kind == "edit":
            try:
                reply.body = bytearray(edited(bytes(reply.body), fault.edits))
            except EditError as error:
                self._faults.misused(f"{target.split('?', maxsplit=1)[0]}: {error}")
                reply.status, reply.body = 500, bytearray(f"fault: {error}".encode())


async def _body(receive: Receive) -> tuple[bytes, Receive]:
    """The request's whole body, and a `receive` that gives it again."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    content, given = bytes(body), False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": content, "more_body": False}

    return content, again


async def _gone_within(seconds: float, receive: Receive) -> bool:
    """Waits so long; ends at once, with True, when the caller loses patience."""
    gone = asyncio.ensure_future(receive())
    done, _ = await asyncio.wait({gone}, timeout=seconds)
    gone.cancel()
    return bool(done)


def _hidden(query: str) -> str:
    return _SECRET_PARAMETERS.sub(r"\1***", query)


async def _send(reply: _Reply, send: Send, broken_at: int | None) -> None:
    """The reply, up to `broken_at` bytes of its body; then the line goes dead."""
    length = len(reply.body) if reply.told_length is None else reply.told_length
    if length > len(reply.body) and broken_at is None:
        broken_at = len(reply.body)  # what is promised beyond never comes
    headers = [pair for pair in reply.headers if pair[0].lower() != b"content-length"]
    headers.append((b"content-length", str(length).encode()))
    if broken_at != 0:
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        body = bytes(reply.body) if broken_at is None else bytes(reply.body[:broken_at])
        await send({"type": "http.response.body", "body": body, "more_body": broken_at is not None})
    if broken_at is not None:
        # ASGI has no word for this; uvicorn's `send` is a method of what owns the connection.
        send.__self__.transport.close()  # type: ignore[attr-defined]
        await asyncio.sleep(0)  # so that uvicorn learns of it before we return


def fault_of(fields: Mapping[str, Any]) -> Fault:
    """A fault as JSON describes it.

    Raises:
        ValueError: an argument is missing or unknown, or has a wrong value.
    """
    try:
        edits = tuple(Edit(**edit) for edit in fields.get("edits", ()))
        return Fault(**{**fields, "edits": edits})
    except TypeError as error:
        raise ValueError(f"fault {dict(fields)!r:.200}: {error}.") from error
