"""What a large JSON reply says, seen without decoding it.

Decoding a page of numbers takes ten times as long as looking through its bytes, and while it
goes on no other thread can ask for the next one. Every function here says None, or False, when
a look is not enough; then the reply is to be decoded. None of them is the check of what is
stored: the parser decodes every byte.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import orjson

_ENDS = {b"{": b"}", b"[": b"]"}
_TAIL = 4096
_CHUNK = 1 << 18


def looks_whole(content: bytes) -> bool:
    """Whether JSON begins, ends and closes as much as it opens, and is text.

    False for whole JSON too, when a text in it holds a bracket.
    """
    first, last = content[:64].lstrip()[:1], content[-64:].rstrip()[-1:]
    if _ENDS.get(first) != last:
        return False
    if not _closes(content):
        return False
    if content.isascii():
        return True
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _closes(content: bytes) -> bool:
    """Whether there are as many brackets of each kind that open as that end."""
    open_still = dict.fromkeys(_ENDS, 0)
    seen = np.frombuffer(content, np.uint8)
    for start in range(0, len(seen), _CHUNK):  # so much stays near the processor
        piece = seen[start : start + _CHUNK]
        for opens, ends in _ENDS.items():
            open_still[opens] += int(np.count_nonzero(piece == opens[0]))
            open_still[opens] -= int(np.count_nonzero(piece == ends[0]))
    return not any(open_still.values())


def last_member(content: bytes, name: str) -> Any:
    """The value of an object's member when only members like it stand behind: `paging`, say.

    Args:
        name: of a member of the outermost object.
    """
    at = content.rfind(f'"{name}"'.encode(), max(0, len(content) - _TAIL))
    if at < 0:
        return None
    try:
        # It decodes only if nothing that was opened before is closed behind, but the object.
        return orjson.loads(b"{" + content[at:])[name]
    except orjson.JSONDecodeError:
        return None


def begins_with_list(content: bytes, name: str | None = None) -> bool:
    """Whether the reply is a list, or an object whose first member is a list of this name."""
    begins = rb"\s*\[" if name is None else rb'\s*\{\s*"%s"\s*:\s*\[' % name.encode()
    return re.match(begins, content) is not None


def texts(content: bytes, name: str, *, in_list: bool = False) -> tuple[int, frozenset[str]] | None:
    """How many texts are called `name`, or first in a list called so, and which ones.

    None when some are no plain text, or when there are none.
    """
    opens = rb"\[\s*" if in_list else rb""
    found = re.findall(rb'"%s"\s*:\s*%s"([^"\\]*)"' % (name.encode(), opens), content)
    if not found or len(found) != content.count(f'"{name}"'.encode()):
        return None
    try:
        return len(found), frozenset(text.decode() for text in set(found))
    except UnicodeDecodeError:
        return None
