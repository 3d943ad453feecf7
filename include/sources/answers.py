"""A platform's reply as the clients see it, with its secrets blotted out."""

from __future__ import annotations

import gc
import threading
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import quote

import orjson
from requests.structures import CaseInsensitiveDict

# Text of a reply that is shown in a message: enough to recognise it, too little to flood a log.
SHOWN = 200

_NOT_DECODED = object()
_collector = threading.Lock()


class Answer:
    """A reply whose secrets are blotted out; `content` is the reply as it came but for them.

    `body` is decoded when it is first asked for and kept until `let_go`: decoded, a reply is
    ten times as large.
    """

    __slots__ = ("_body", "content", "headers", "status", "url")

    def __init__(
        self, status: int, url: str, headers: Mapping[str, str], content: bytes = b""
    ) -> None:
        self.status = status
        self.url = url
        self.headers: Mapping[str, str] = CaseInsensitiveDict(headers)
        self.content = content
        self._body: Any = _NOT_DECODED

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

    def let_go(self) -> None:
        """Forget the decoded body; who asks for it again waits again."""
        self._body = _NOT_DECODED


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


def hide(content: bytes, secrets: Collection[str]) -> bytes:
    """The bytes with every secret, plain or percent-encoded, replaced by `***`."""
    for secret in secrets:
        for form in {secret, quote(secret, safe="")}:
            if form:
                content = content.replace(form.encode(), b"***")
    return content
