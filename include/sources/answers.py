"""A platform's reply as the clients see it, with its secrets blotted out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson
from requests.structures import CaseInsensitiveDict

# Text of a reply that is shown in a message: enough to recognise it, too little to flood a log.
SHOWN = 200


@dataclass(frozen=True)
class Answer:
    """A reply whose secrets are blotted out; `body` is None when the text was not JSON.

    `content` is the reply as it came but for the secrets, `text` its start.
    """

    status: int
    url: str
    headers: Mapping[str, str]
    text: str
    body: Any
    content: bytes = b""


def answer_of(status: int, url: str, headers: Mapping[str, str], content: bytes) -> Answer:
    """The answer with these bytes, whose secrets the caller has hidden."""
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:  # also bytes that are no UTF-8
        body = None
    return Answer(
        status=status,
        url=url,
        headers=CaseInsensitiveDict(headers),
        text=content[: 4 * SHOWN].decode(errors="replace"),
        body=body,
        content=content,
    )


def hide(content: bytes, secrets: Collection[str]) -> bytes:
    """The bytes with every secret, plain or percent-encoded, replaced by `***`."""
    for secret in secrets:
        for form in {secret, quote(secret, safe="")}:
            if form:
                content = content.replace(form.encode(), b"***")
    return content
